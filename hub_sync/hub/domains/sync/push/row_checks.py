"""Checks of a push's rows, before any of them is stored."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.door import DoorRecord
from hub_sync.contract.enums import Mark
from hub_sync.contract.passage import PassageRecord, passage_at_ms
from hub_sync.contract.queue import QueueAction, QueueRecord
from hub_sync.contract.sync import PushItem, PushRequest, PushVerdict, ScanRecord, effective_at_ms
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.queue import service as queues
from hub_sync.hub.domains.sync.push.journal_events import JournalEvents
from hub_sync.hub.domains.sync.push.passages import PassageSettlement
from hub_sync.hub.domains.sync.push.scan_records import InvalidRecord, JournalOrigin, parse_record
from hub_sync.hub.domains.sync.schemas import StationIdentity
from hub_sync.hub.domains.waitlist import door
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.rules.times.scan_times import TimeBounds, possible_time

_log = structlog.get_logger()
_RECORDS = (ScanRecord, PassageRecord, QueueRecord, DoorRecord)


@dataclass(frozen=True, slots=True)
class CheckedItem:
    """A row of a push, and what is to be stored of it: a scan, a passage, a queue action, seats at the door, or nothing of them."""

    item: PushItem
    verdict: PushVerdict
    entry: check_in.AccessLogEntry | None = None
    passage: check_in.PassageEntry | None = None
    action: QueueAction | None = None
    clock: queues.BootClock | None = None
    """The station's clock at the action."""
    fill: door.DoorFill | None = None

    @property
    def is_unfit(self) -> bool:
        """True if nothing of it is stored but the row itself."""
        return self.entry is None and self.passage is None and self.action is None and self.fill is None


@dataclass(frozen=True, slots=True)
class NewRows:
    """The rows of a push that the hub does not have."""

    station: StationIdentity
    request: PushRequest
    events: JournalEvents
    items: Sequence[PushItem]
    run: Callable[..., Any]
    """Calls a function about this push alone with its arguments."""


_StationRecord = ScanRecord | PassageRecord | QueueRecord | DoorRecord
_Record = _StationRecord | InvalidRecord | None
"""What a row says; None: its station has set it aside."""


@dataclass(frozen=True, slots=True)
class _StoredBefore:
    """What all pushes of a transaction are checked against; it grows with each row that is accepted."""

    taken: dict[str, bool]
    taken_by_fills: set[str]
    settlement: PassageSettlement


def check_items(
    work: Work, pushes: Sequence[NewRows]
) -> tuple[list[tuple[CheckedItem, ...]], PassageSettlement]:
    """Return for each push its new rows with what each is, and what becomes of the admissions that passages are about.

    The pushes are of different stations of a tenant. What is stored is read once for all of them, and each is checked as if those before
    it were stored.
    """
    read: list[list[tuple[PushItem, _Record]]] = [push.run(_read_records, push) for push in pushes]
    tenant_id = pushes[0].station.tenant_id
    everything = [record for rows in read for _, record in rows]
    scan_ids = [record.id for record in everything if isinstance(record, ScanRecord)]
    taken = check_in.taken_ids(work.session, tenant_id, scan_ids)
    clashing = [check_in.success_id(id_) for id_ in scan_ids if id_ in taken]
    taken |= check_in.taken_ids(work.session, tenant_id, clashing)
    with_records = [
        push for push, rows in zip(pushes, read, strict=True) if any(record is not None for _, record in rows)
    ]
    bounds = time_bounds(work, with_records)
    for push, rows in zip(pushes, read, strict=True):
        _lock_people_at_door(work, push, [record for _, record in rows if isinstance(record, DoorRecord)])
        if any(isinstance(record, QueueRecord) for _, record in rows):
            # Before the numbers are looked at: nobody else may take one meanwhile.
            concerned = {record.event_id for _, record in rows if isinstance(record, _RECORDS)}
            events = push.events
            events.lock_all({*concerned, *(events.ever_assigned() if push.request.corrections else ())})
    passages = [record for record in everything if isinstance(record, PassageRecord)]
    fill_ids = [record.id for record in everything if isinstance(record, DoorRecord)]
    taken_by_fills = door.taken_ids(work, tenant_id, fill_ids)
    stored = _StoredBefore(taken, taken_by_fills, PassageSettlement(work.session, tenant_id, passages))
    checked = [
        push.run(_check_rows, work, push, rows, stored, bounds.get(push.station.id, TimeBounds(0)))
        for push, rows in zip(pushes, read, strict=True)
    ]
    return checked, stored.settlement


def _lock_people_at_door(work: Work, push: NewRows, records: Sequence[DoorRecord]) -> None:
    """Lock those to whom seats were given, and those whose seats they were, before any feed is locked."""
    for event_id in sorted({record.event_id for record in records}):
        of_event = [record for record in records if record.event_id == event_id]
        door.lock_people(work, push.events.key(event_id), of_event)


def _read_records(push: NewRows) -> list[tuple[PushItem, _Record]]:
    origin = JournalOrigin(push.station.id, push.events.checkpoints_of)
    return [
        (
            item,
            None if item.set_aside is not None else _read_record(item, origin, push.events, push.station),
        )
        for item in push.items
    ]


def _check_rows(
    work: Work,
    push: NewRows,
    rows: Sequence[tuple[PushItem, _Record]],
    stored: _StoredBefore,
    bounds: TimeBounds,
) -> tuple[CheckedItem, ...]:
    request, settlement = push.request, stored.settlement
    actions = [record for _, record in rows if isinstance(record, QueueRecord)]
    queue_checks = queues.PushedActions(work, push.station, actions)
    checked_items = []
    for item, record in rows:
        if isinstance(record, PassageRecord):
            checked = _check_passage(item, record, request, settlement, bounds)
        elif isinstance(record, QueueRecord):
            checked = _check_action(item, record, request, queue_checks, bounds)
        elif isinstance(record, DoorRecord):
            checked = _check_fill(item, record, request, stored.taken_by_fills, bounds)
        else:
            checked = _check_item(item, record, request, stored.taken, bounds)
        if checked.entry is not None:
            settlement.add_scan(checked.entry)
        checked_items.append(checked)
    return tuple(checked_items)


def _check_passage(
    item: PushItem,
    record: PassageRecord,
    request: PushRequest,
    settlement: PassageSettlement,
    bounds: TimeBounds,
) -> CheckedItem:
    scan = settlement.settle(record)
    if isinstance(scan, InvalidRecord):
        _log.warning("passage_refused", device=record.device_id, scan=record.scan_id, code=scan.code)
        return _quarantined(item, scan)
    entry = check_in.PassageEntry(
        record=record,
        journal_id=request.journal_id,
        sequence=item.sequence,
        hash=item.hash,
        effective_at_ms=possible_time(passage_at_ms(record, request.anchors), bounds),
        scan=scan,
    )
    return CheckedItem(item, verdict(item, "ACCEPTED"), passage=entry)


def _check_action(
    item: PushItem,
    record: QueueRecord,
    request: PushRequest,
    checks: queues.PushedActions,
    bounds: TimeBounds,
) -> CheckedItem:
    checked = checks.check(record)
    if isinstance(checked, queues.RefusedAction):
        _log.warning("queue_action_refused", device=record.device_id, action=record.id, code=checked.code)
        return _quarantined(item, InvalidRecord(checked.code, checked.message))
    at_ms = record.action.at_ms
    if record.boot_id in request.anchors:
        at_ms = request.anchors[record.boot_id] + record.monotonic_ms
    action = checked.model_copy(update={"at_ms": max(0, possible_time(at_ms, bounds))})
    clock = queues.BootClock(record.boot_id, record.monotonic_ms)
    return CheckedItem(item, verdict(item, "ACCEPTED"), action=action, clock=clock)


def _check_fill(
    item: PushItem, record: DoorRecord, request: PushRequest, taken: set[str], bounds: TimeBounds
) -> CheckedItem:
    if record.id in taken:
        return _quarantined(item, InvalidRecord("DuplicateId", "seats were offered under this id already"))
    taken.add(record.id)
    at_ms = record.observed_at_ms + (record.clock_offset_ms or 0)
    if record.boot_id in request.anchors:
        at_ms = request.anchors[record.boot_id] + record.monotonic_ms
    fill = door.DoorFill(record, max(0, possible_time(at_ms, bounds)))
    return CheckedItem(item, verdict(item, "ACCEPTED"), fill=fill)


def time_bounds(work: Work, pushes: Sequence[NewRows]) -> dict[str, TimeBounds]:
    """Return what is known of the true times of the rows that are sent just now, by the ids of their stations."""
    if not pushes:
        return {}
    stations = [push.station.id for push in pushes]
    enrolled = devices.enrolment_times(work, pushes[0].station.tenant_id, stations)
    received_ms = epoch_ms(work.now())
    return {
        push.station.id: TimeBounds(
            received_ms=received_ms,
            enrolled_ms=epoch_ms(enrolled[push.station.id]) if push.station.id in enrolled else None,
            sent_at_ms=push.request.sent_at_ms,
        )
        for push in pushes
    }


def _read_record(
    item: PushItem, origin: JournalOrigin, events: JournalEvents, station: StationIdentity
) -> _StationRecord | InvalidRecord:
    record = parse_record(item.body, origin)
    if not isinstance(record, InvalidRecord | QueueRecord) and not devices.may_send_scans(station.profile):
        return InvalidRecord(
            "ProfileForbidsRow", f"a station that is enrolled as {station.profile} scans nobody"
        )
    return _with_mark(record, events)


def _with_mark(
    record: _StationRecord | InvalidRecord, events: JournalEvents
) -> _StationRecord | InvalidRecord:
    """Mark a row that its checkpoint does not have; the zone may have changed after the scan, so nothing is refused."""
    if (
        isinstance(record, InvalidRecord | PassageRecord | QueueRecord | DoorRecord)
        or Mark.CHECKPOINT_DIFFERS in record.marks
    ):
        return record
    places = events.checkpoints_of(record.event_id) or {}
    if places[record.checkpoint_id].fits(record.zone or "", record.direction):
        return record
    return record.model_copy(update={"marks": (*record.marks, Mark.CHECKPOINT_DIFFERS)})


def _check_item(
    item: PushItem,
    record: ScanRecord | InvalidRecord | None,
    request: PushRequest,
    taken: dict[str, bool],
    bounds: TimeBounds,
) -> CheckedItem:
    if record is None:
        return CheckedItem(item, verdict(item, "SET_ASIDE"))
    if isinstance(record, InvalidRecord):
        return _quarantined(item, record)
    id_ = _free_id(record, taken)
    if id_ is None:
        return _quarantined(item, InvalidRecord("DuplicateId", "a scan with this id is stored already"))
    taken[id_] = record.result.admits
    claimed_ms = effective_at_ms(record, request.anchors)
    at_ms = possible_time(claimed_ms, bounds, record)
    entry = check_in.AccessLogEntry(
        id=id_,
        record=record,
        journal_id=request.journal_id,
        sequence=item.sequence,
        hash=item.hash,
        effective_at_ms=at_ms,
        anchored=record.boot_id in request.anchors,
        claimed_at_ms=claimed_ms if at_ms != claimed_ms else None,
    )
    return CheckedItem(item, verdict(item, "ACCEPTED"), entry)


def _free_id(record: ScanRecord, taken: Mapping[str, bool]) -> str | None:
    """Return the id to store a scan under, or None if it is stored already. A refusal never blocks a success."""
    if record.id not in taken:
        return record.id
    second = check_in.success_id(record.id)
    if record.result.admits and not taken[record.id] and second not in taken:
        return second
    return None


def _quarantined(item: PushItem, reason: InvalidRecord) -> CheckedItem:
    return CheckedItem(item, verdict(item, "QUARANTINED", reason))


def verdict(item: PushItem, verdict: str, reason: InvalidRecord | None = None) -> PushVerdict:
    """Return a verdict without pydantic's validation: a push has a thousand, and all are written here."""
    code, message = (reason.code, reason.message) if reason else (None, None)
    return PushVerdict.model_construct(sequence=item.sequence, verdict=verdict, code=code, message=message)
