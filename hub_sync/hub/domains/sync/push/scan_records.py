"""Validation of one journal row: a scan that can be stored, or what is wrong with it. Pure.

An invalid row is quarantined, never refused: the station can't change it, and the rows after it must not wait.
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
class InvalidRecord:
    """The reason why a row is no valid scan: a code for programs, a sentence for people."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class JournalOrigin:
    """The station of a journal, and the checkpoints of its event, deleted ones included."""

    device_id: str
    event_id: str
    checkpoints: Collection[str]


def parse_record(body: str, origin: JournalOrigin) -> ScanRecord | InvalidRecord:
    """Return the scan in a row's body, or the reason why it is no valid scan of this station."""
    try:
        record = ScanRecord.model_validate_json(body)
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        return InvalidRecord("MalformedRecord", f"{place}: {first['msg']}" if place else first["msg"])
    return next((invalid for check in _CHECKS if (invalid := check(record, origin))), record)


def _check_texts(record: ScanRecord, _: JournalOrigin) -> InvalidRecord | None:
    texts = [record.id, record.checkpoint_id, record.zone, record.participant_id, record.boot_id]
    if record.override is not None:
        texts += [record.override.reason, record.override.operator]
    if any(text is not None and "\0" in text for text in texts):
        return InvalidRecord("MalformedRecord", "a text contains a NUL character")
    if (record.roster_age_s or 0) >= TIME_LIMIT:
        return InvalidRecord("MalformedRecord", "roster_age_s: out of range")
    return None


def _check_id(record: ScanRecord, _: JournalOrigin) -> InvalidRecord | None:
    if _UUID.fullmatch(record.id):
        return None
    return InvalidRecord("MalformedRecord", "id: not a UUID in lower case")


def _check_owner(record: ScanRecord, origin: JournalOrigin) -> InvalidRecord | None:
    if record.device_id != origin.device_id:
        return InvalidRecord("ForeignDevice", "the scan was made by another station")
    if record.event_id != origin.event_id:
        return InvalidRecord("ForeignEvent", "the scan belongs to another event than the station")
    if record.checkpoint_id not in origin.checkpoints:
        return InvalidRecord("UnknownCheckpoint", "the event has no such checkpoint")
    return None


def _check_override(record: ScanRecord, _: JournalOrigin) -> InvalidRecord | None:
    if record.result is ScanResult.MANUAL_OVERRIDE and record.override is None:
        return InvalidRecord("OverrideUnexplained", "an override without its reason and operator")
    return None


_CHECKS: tuple[Callable[[ScanRecord, JournalOrigin], InvalidRecord | None], ...] = (
    _check_texts,
    _check_id,
    _check_owner,
    _check_override,
)
