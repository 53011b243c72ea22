"""Checks of a push's rows, before any of them is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog

from hub_sync.contract.clock import epoch_ms
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
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.rules.times.scan_times import TimeBounds, possible_time

_log = structlog.get_logger()
_RECORDS = (ScanRecord, PassageRecord, QueueRecord)


@dataclass(frozen=True, slots=True)
class CheckedItem:
    """A row of a push, and what is to be stored of it: a scan, a passage, a queue action, or nothing of them."""

    item: PushItem
    verdict: PushVerdict
    entry: check_in.AccessLogEntry | None = None
    passage: check_in.PassageEntry | None = None
    action: QueueAction | None = None
    clock: queues.BootClock | None = None
    """The station's clock at the action."""

    @property
    def is_unfit(self) -> bool:
        """True if nothing of it is stored but the row itself."""
        return self.entry is None and self.passage is None and self.action is None


def check_items(
    work: Work, events: JournalEvents, station: StationIdentity, request: PushRequest, new: Sequence[PushItem]
) -> tuple[list[CheckedItem], PassageSettlement]:
    """Return the new rows with what each is, and what becomes of the admissions that passages are about."""
    origin = JournalOrigin(station.id, events.checkpoints_of)
    read = [
        (item, None if item.set_aside is not None else _read_record(item, origin, events, station))
        for item in new
    ]
    records = [record for _, record in read if isinstance(record, ScanRecord)]
    taken = check_in.taken_ids(work.session, station.tenant_id, [record.id for record in records])
    clashing = [check_in.success_id(record.id) for record in records if record.id in taken]
    taken |= check_in.taken_ids(work.session, station.tenant_id, clashing)
    passages = [record for _, record in read if isinstance(record, PassageRecord)]
    actions = [record for _, record in read if isinstance(record, QueueRecord)]
    bounds = time_bounds(work, station, request) if records or passages or actions else TimeBounds(0)
    if actions:
        # Before the numbers are looked at: nobody else may take one meanwhile.
        concerned = {record.event_id for _, record in read if isinstance(record, _RECORDS)}
        events.lock_all({*concerned, *(events.ever_assigned() if request.corrections else ())})
    queue_checks = queues.PushedActions(work, station, actions)
    settlement = PassageSettlement(work.session, station.tenant_id, passages)
    checked_items = []
    for item, record in read:
        if isinstance(record, PassageRecord):
            checked = _check_passage(item, record, request, settlement, bounds)
        elif isinstance(record, QueueRecord):
            checked = _check_action(item, record, request, queue_checks, bounds)
        else:
            checked = _check_item(item, record, request, taken, bounds)
        if checked.entry is not None:
            settlement.add_scan(checked.entry)
        checked_items.append(checked)
    return checked_items, settlement


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


def time_bounds(work: Work, station: StationIdentity, request: PushRequest) -> TimeBounds:
    """Return what is known of the true times of the rows that are sent just now."""
    enrolled_at = devices.enrolled_at(work, station.tenant_id, station.id)
    return TimeBounds(
        received_ms=epoch_ms(work.now()),
        enrolled_ms=None if enrolled_at is None else epoch_ms(enrolled_at),
        sent_at_ms=request.sent_at_ms,
    )


def _read_record(
    item: PushItem, origin: JournalOrigin, events: JournalEvents, station: StationIdentity
) -> ScanRecord | PassageRecord | QueueRecord | InvalidRecord:
    record = parse_record(item.body, origin)
    if not isinstance(record, InvalidRecord | QueueRecord) and not devices.may_send_scans(station.profile):
        return InvalidRecord(
            "ProfileForbidsRow", f"a station that is enrolled as {station.profile} scans nobody"
        )
    return _with_mark(record, events)


def _with_mark(
    record: ScanRecord | PassageRecord | QueueRecord | InvalidRecord, events: JournalEvents
) -> ScanRecord | PassageRecord | QueueRecord | InvalidRecord:
    """Mark a row that its checkpoint does not have; the zone may have changed after the scan, so nothing is refused."""
    if (
        isinstance(record, InvalidRecord | PassageRecord | QueueRecord)
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
