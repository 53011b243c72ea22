"""Validation of one journal row: a scan that can be stored, or what is wrong with it. Pure.

An invalid row is quarantined, never refused: the station can't change it, and the rows after it must not wait. Members and
marks of a newer station that this hub does not know make no row invalid.
"""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date

import orjson
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from hub_sync.contract.door import DoorRecord
from hub_sync.contract.enums import Mark, ScanResult
from hub_sync.contract.passage import PassageRecord, is_door, is_passage, is_queue
from hub_sync.contract.queue import QueueAction, QueueRecord
from hub_sync.contract.sync import ScanRecord
from hub_sync.hub.domains.sync.push.push_parsing import TIME_LIMIT

_MOST_ERRORS = 64
"""A newer station's row has a few members and marks that this hub does not know; none has as many as this."""
_UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class InvalidRecord:
    """The reason why a row is no valid scan: a code for programs, a sentence for people."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class JournalOrigin:
    """The station of a journal. `checkpoints_of` returns those of an event, deleted ones included; None: it never served the event."""

    device_id: str
    checkpoints_of: Callable[[str], Collection[str] | None]


def parse_record(
    body: str, origin: JournalOrigin
) -> ScanRecord | PassageRecord | QueueRecord | DoorRecord | InvalidRecord:
    """Return the scan, the passage, the queue action or the door's seats in a row's body, or why it is none of this station."""
    for is_of_kind, parse in _OTHER_KINDS:
        if is_of_kind(body):
            return parse(body, origin)
    try:
        record = ScanRecord.model_validate_json(body)
    except ValidationError as wrong:
        if wrong.error_count() > _MOST_ERRORS:
            return InvalidRecord("MalformedRecord", f"more than {_MOST_ERRORS} errors")
        errors = wrong.errors(include_url=False, include_context=False, include_input=False)
        newer = _parse_newer(body, errors)
        if newer is not None:
            return next((invalid for check in _CHECKS if (invalid := check(newer, origin))), newer)
        return _malformed(errors[0])
    return next((invalid for check in _CHECKS if (invalid := check(record, origin))), record)


def _parse_passage(body: str, origin: JournalOrigin) -> PassageRecord | InvalidRecord:
    try:
        record = PassageRecord.model_validate_json(body)
    except ValidationError as wrong:
        return _malformed(wrong.errors(include_url=False, include_context=False, include_input=False)[0])
    texts = (record.operator, record.note, record.scan_id)
    if any("\0" in text for text in texts if text):
        return InvalidRecord("MalformedRecord", "a text contains a NUL character")
    if record.scan_id is not None and not _UUID.fullmatch(record.scan_id):
        return InvalidRecord("MalformedRecord", "scan_id: not a UUID in lower case")
    return _check_id(record, origin) or _check_owner(record, origin) or record


def _parse_queue_action(body: str, origin: JournalOrigin) -> QueueRecord | InvalidRecord:
    try:
        record = QueueRecord.model_validate_json(body)
    except ValidationError as wrong:
        return _malformed(wrong.errors(include_url=False, include_context=False, include_input=False)[0])
    fault = _queue_action_fault(record.action, body)
    if fault:
        return InvalidRecord("MalformedRecord", fault)
    if record.device_id != origin.device_id:
        return InvalidRecord("ForeignDevice", "the action was taken at another station")
    if origin.checkpoints_of(record.event_id) is None:
        return InvalidRecord(
            "ForeignEvent", "the action belongs to an event that the station was never assigned to"
        )
    return record


def _parse_door(body: str, origin: JournalOrigin) -> DoorRecord | InvalidRecord:
    try:
        record = DoorRecord.model_validate_json(body)
    except ValidationError as wrong:
        return _malformed(wrong.errors(include_url=False, include_context=False, include_input=False)[0])
    if "\\u0000" in body:
        return InvalidRecord("MalformedRecord", "a text contains a NUL character")
    return _check_id(record, origin) or _check_owner(record, origin) or record


def _queue_action_fault(action: QueueAction, body: str) -> str:
    """Return what is wrong with the texts of an action, or ""."""
    ids = (action.id, action.ticket_id, action.queue_id, action.counter_id, action.to_queue_id)
    if not all(_UUID.fullmatch(each) for each in (*ids, action.to_counter_id) if each is not None):
        return "an id is not a UUID in lower case"
    if "\\u0000" in body:
        return "a text contains a NUL character"
    try:
        date.fromisoformat(action.service_date)
    except ValueError:
        return "service_date: not a date"
    return ""


def _malformed(error: ErrorDetails) -> InvalidRecord:
    place = ".".join(str(part) for part in error["loc"])
    return InvalidRecord("MalformedRecord", f"{place}: {error['msg']}" if place else error["msg"])


def _parse_newer(body: str, errors: Sequence[ErrorDetails]) -> ScanRecord | None:
    """Return a newer station's scan without the members and marks that this hub does not know.

    None if anything else is wrong. Somebody whom a newer station let in is inside, and an evacuation counts on it.
    """
    unknown_members = {str(error["loc"][0]) for error in errors if error["type"] == "extra_forbidden"}
    unknown_marks = [error for error in errors if error["type"] == "enum" and error["loc"][0] == "marks"]
    if len(errors) != len(unknown_marks) + sum(error["type"] == "extra_forbidden" for error in errors):
        return None
    if any(len(error["loc"]) != 1 for error in errors if error["type"] == "extra_forbidden"):
        return None
    members = {name: value for name, value in orjson.loads(body).items() if name not in unknown_members}
    members["marks"] = [
        mark for mark in members.get("marks", ()) if isinstance(mark, str) and mark in set(Mark)
    ]
    return ScanRecord.model_validate(members)


def _check_texts(record: ScanRecord, _: JournalOrigin) -> InvalidRecord | None:
    texts = [record.id, record.checkpoint_id, record.zone, record.participant_id, record.boot_id]
    if record.override is not None:
        texts += [record.override.reason, record.override.operator]
    if record.operator is not None:
        texts += [record.operator.id, record.operator.name]
    if any(text is not None and "\0" in text for text in texts):
        return InvalidRecord("MalformedRecord", "a text contains a NUL character")
    if (record.roster_age_s or 0) >= TIME_LIMIT:
        return InvalidRecord("MalformedRecord", "roster_age_s: out of range")
    return None


def _check_id(record: ScanRecord | PassageRecord | DoorRecord, _: JournalOrigin) -> InvalidRecord | None:
    if _UUID.fullmatch(record.id):
        return None
    return InvalidRecord("MalformedRecord", "id: not a UUID in lower case")


def _check_owner(
    record: ScanRecord | PassageRecord | DoorRecord, origin: JournalOrigin
) -> InvalidRecord | None:
    if record.device_id != origin.device_id:
        return InvalidRecord("ForeignDevice", "the scan was made by another station")
    checkpoints = origin.checkpoints_of(record.event_id)
    if checkpoints is None:
        return InvalidRecord(
            "ForeignEvent", "the scan belongs to an event that the station was never assigned to"
        )
    if record.checkpoint_id not in checkpoints:
        return InvalidRecord("UnknownCheckpoint", "the event has no such checkpoint")
    return None


def _check_override(record: ScanRecord, _: JournalOrigin) -> InvalidRecord | None:
    if record.result is ScanResult.MANUAL_OVERRIDE and record.override is None:
        return InvalidRecord("OverrideUnexplained", "an override without its reason and operator")
    return None


_OTHER_KINDS: tuple[
    tuple[
        Callable[[str], bool],
        Callable[[str, JournalOrigin], PassageRecord | QueueRecord | DoorRecord | InvalidRecord],
    ],
    ...,
] = ((is_passage, _parse_passage), (is_queue, _parse_queue_action), (is_door, _parse_door))
_CHECKS: tuple[Callable[[ScanRecord, JournalOrigin], InvalidRecord | None], ...] = (
    _check_texts,
    _check_id,
    _check_owner,
    _check_override,
)
