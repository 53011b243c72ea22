"""Judging one journal row: a scan that can be stored, or what is wrong with it. Pure.

A row that is wrong is quarantined, never refused: the station can't change it, and what comes after must not wait.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass

from pydantic import ValidationError

from hub_sync.contract.enums import ScanResult
from hub_sync.contract.sync import ScanRecord
from hub_sync.hub.domains.sync.push.request_body import TIME_LIMIT

_UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Unfit:
    """Why a row can't be a scan: a code for programs, a sentence for people."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose journal it is, and the checkpoints of its event, closed ones included."""

    device_id: str
    event_id: str
    checkpoints: Collection[str]


def read_record(body: str, origin: Origin) -> ScanRecord | Unfit:
    """The scan in a row's body, if it is one of this station."""
    try:
        record = ScanRecord.model_validate_json(body)
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        return Unfit("MalformedRecord", f"{place}: {first['msg']}" if place else first["msg"])
    return next((found for check in _CHECKS if (found := check(record, origin))), record)


def _storable(record: ScanRecord, _: Origin) -> Unfit | None:
    texts = [record.id, record.checkpoint_id, record.zone, record.participant_id, record.boot_id]
    if record.override is not None:
        texts += [record.override.reason, record.override.operator]
    if any(text is not None and "\0" in text for text in texts):
        return Unfit("MalformedRecord", "a text contains a NUL character")
    if (record.roster_age_s or 0) >= TIME_LIMIT:
        return Unfit("MalformedRecord", "roster_age_s: out of range")
    return None


def _identified(record: ScanRecord, _: Origin) -> Unfit | None:
    if _UUID.fullmatch(record.id):
        return None
    return Unfit("MalformedRecord", "id: not a UUID in lower case")


def _own(record: ScanRecord, origin: Origin) -> Unfit | None:
    if record.device_id != origin.device_id:
        return Unfit("ForeignDevice", "the scan was made by another station")
    if record.event_id != origin.event_id:
        return Unfit("ForeignEvent", "the scan belongs to another event than the station")
    if record.checkpoint_id not in origin.checkpoints:
        return Unfit("UnknownCheckpoint", "the event has no such checkpoint")
    return None


def _accounted_for(record: ScanRecord, _: Origin) -> Unfit | None:
    if record.result is ScanResult.MANUAL_OVERRIDE and record.override is None:
        return Unfit("OverrideUnexplained", "an override without its reason and operator")
    return None


_CHECKS: tuple[Callable[[ScanRecord, Origin], Unfit | None], ...] = (
    _storable,
    _identified,
    _own,
    _accounted_for,
)
