"""Push: store a station's journal, each row once, in order, a push as a whole or not at all.

    known rows               -> DUPLICATE
    valid scans and passages -> the access log, domain events, projections               ACCEPTED
    invalid rows             -> quarantine, with the reason                              QUARANTINED
    rows the station omits   -> quarantine, with the station's reason                    SET_ASIDE

The journal's row is locked first and the event's feed after it, as in `check_in.scans`, so that two pushes cannot
deadlock.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import structlog
from sqlalchemy import Table, insert, select
from sqlalchemy.orm import Session

from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.enums import Mark, ReasonCode
from hub_sync.contract.passage import PassageRecord, passage_at_ms
from hub_sync.contract.sync import (
    Acknowledged,
    PushItem,
    PushRequest,
    PushResponse,
    PushVerdict,
    ScanRecord,
    effective_at_ms,
)
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.check_in import sync_rows
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.sync.push import journals
from hub_sync.hub.domains.sync.push.hash_chain import (
    ChainBreak,
    ChainForked,
    ChainGap,
    ChainVerified,
    verify_chain,
)
from hub_sync.hub.domains.sync.push.passages import PassageSettlement
from hub_sync.hub.domains.sync.push.scan_records import InvalidRecord, JournalOrigin, parse_record
from hub_sync.hub.domains.sync.schemas import StationIdentity
from hub_sync.hub.domains.sync.seals import segments
from hub_sync.hub.domains.sync.tables import QuarantinedScan
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.errors import Conflict, Unprocessable
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.i18n import N_
from hub_sync.rules.times.scan_times import TimeBounds, possible_time

_QUARANTINE: Table = QuarantinedScan.metadata.tables[QuarantinedScan.__tablename__]
_LONGEST_MESSAGE = 500
_log = structlog.get_logger()


class JournalGap(Conflict):
    """Rows are missing before those of the push; the problem says what the hub has stored."""

    template = N_("Row %(expected)s is missing: row %(sequence)s came after row %(last)s.")


class JournalForked(Conflict):
    """The hub has stored another history of this journal: a cloned disk or a restored backup."""

    template = N_(
        "The hub has another row %(sequence)s of this journal: the station's disk was cloned or restored."
    )


class ChainBroken(Unprocessable):
    """A row's hash does not follow from its body and the row before it."""

    template = N_("Row %(sequence)s is not what the journal says: its hash does not follow.")


@dataclass(frozen=True, slots=True)
class _CheckedItem:
    item: PushItem
    verdict: PushVerdict
    entry: check_in.AccessLogEntry | None = None
    passage: check_in.PassageEntry | None = None


def push(work: Work, station: StationIdentity, request: PushRequest) -> PushResponse | JournalForked:
    """Store a push.

    A fork is returned, not raised: the suspicion is stored and must be committed, though the push is refused.

    Raises:
        JournalGap, ChainBroken: nothing of the push was stored.
        LookupError: the station's event has no feed.
    """
    if request.items:
        journal = journals.get_for_update(work, station, request.journal_id)
    else:  # a question: it creates no journal
        journal = journals.read(work, station, request.journal_id)
    acknowledged = Acknowledged(
        journal_id=journal.journal_id, sequence=journal.prefix.sequence, head=journal.prefix.head
    )
    outcome = verify_chain(
        journal.prefix, request.items, _stored_hashes(work.session, station, request, acknowledged.sequence)
    )
    match outcome:
        case ChainForked(sequence):
            devices.report_journal_fork(work, station.tenant_id, station.id, request.journal_id, sequence)
            return JournalForked(sequence=sequence, acknowledged=acknowledged.model_dump())
        case ChainGap(expected, sequence):
            raise JournalGap(
                expected=expected,
                last=expected - 1,
                sequence=sequence,
                acknowledged=acknowledged.model_dump(),
            )
        case ChainBreak(sequence):
            raise ChainBroken(sequence=sequence, acknowledged=acknowledged.model_dump())
        case ChainVerified():
            return _store(work, station, request, journal, outcome)


def _store(
    work: Work,
    station: StationIdentity,
    request: PushRequest,
    journal: journals.LockedJournal,
    outcome: ChainVerified,
) -> PushResponse:
    checked_items, settlement = _check_items(work, station, request, outcome.new)
    entries = _with_flags(
        work, station, [checked.entry for checked in checked_items if checked.entry is not None]
    )
    entries = settlement.with_outcomes(entries)
    recounted = settlement.recounted_people()
    before = check_in.admitted_before(work, station.tenant_id, station.event_id, recounted)
    check_in.append(work, station.tenant_id, entries)
    passages = [checked.passage for checked in checked_items if checked.passage is not None]
    check_in.append_passages(work, station.tenant_id, passages, settlement.stored_outcomes())
    check_in.record_conflicts(work, station.tenant_id, entries)
    if settled := list(settlement.stored_outcomes()):
        check_in.reconcile_conflicts(work, _key(station), scan_ids=settled)
    unfit = [checked for checked in checked_items if checked.entry is None and checked.passage is None]
    _quarantine(work, station, request.journal_id, unfit)
    added = check_in.added_scans(entries)
    if request.corrections:
        enrolled_ms = _time_bounds(work, station, request).enrolled_ms
        moved = check_in.correct_times(work, station.tenant_id, station.id, request.corrections, enrolled_ms)
        here = moved.pop(station.event_id, check_in.MovedScans())
        before |= {scan for scan in here.before - set(added) if scan.participant_id not in recounted}
        recounted |= here.people
        for event_id, scans in moved.items():
            check_in.refresh(work, station.tenant_id, event_id, scans.people, before=scans.before)
        for event_id in {station.event_id, *moved}:
            check_in.reconcile_conflicts(work, FeedKey(station.tenant_id, event_id), station.id)
    admitted = {entry.record.participant_id for entry in entries if entry.record.result.admits}
    check_in.refresh(
        work,
        station.tenant_id,
        station.event_id,
        {who for who in admitted if who} - recounted,
        added=added,
    )
    if recounted:
        check_in.refresh(work, station.tenant_id, station.event_id, recounted, before=before)
    if outcome.new:
        segments.add_segment(work, station, request.journal_id, outcome.new)
        journals.acknowledge(work, journal, outcome.prefix)
    new_verdicts: dict[int, PushVerdict | None] = {
        checked.item.sequence: checked.verdict for checked in checked_items
    }
    return PushResponse(
        verdicts=tuple(_verdicts(request.items, new_verdicts)),
        acknowledged=Acknowledged(
            journal_id=request.journal_id, sequence=outcome.prefix.sequence, head=outcome.prefix.head
        ),
        server_time_ms=epoch_ms(work.now()),
    )


def _verdicts(
    items: Iterable[PushItem], new_verdicts: dict[int, PushVerdict | None]
) -> Iterable[PushVerdict]:
    for item in items:
        # Taken out, so that the same row a second time in one push is a duplicate.
        yield new_verdicts.pop(item.sequence, None) or _verdict(item, "DUPLICATE")


def _stored_hashes(
    session: Session, station: StationIdentity, request: PushRequest, acknowledged: int
) -> Mapping[int, str]:
    known = [item.sequence for item in request.items if item.sequence <= acknowledged]
    if not known:
        return {}
    bounds = (min(known), max(known))
    c = _QUARANTINE.c
    quarantined = select(c.sequence, c.hash).where(
        c.tenant_id == station.tenant_id,
        c.device_id == station.id,
        c.journal_id == request.journal_id,
        c.sequence.between(*bounds),
    )
    stored = check_in.hashes(session, station.tenant_id, (station.id, request.journal_id), *bounds)
    return {**stored, **{row.sequence: row.hash for row in session.execute(quarantined)}}


# --- checking ------------------------------------------------------------------------------------


def _check_items(
    work: Work, station: StationIdentity, request: PushRequest, new: Sequence[PushItem]
) -> tuple[list[_CheckedItem], PassageSettlement]:
    places = sync_rows.checkpoint_places(work.session, _key(station))
    origin = JournalOrigin(station.id, station.event_id, places.keys())
    read = [
        (item, None if item.set_aside is not None else _with_mark(parse_record(item.body, origin), places))
        for item in new
    ]
    records = [record for _, record in read if isinstance(record, ScanRecord)]
    taken = check_in.taken_ids(work.session, station.tenant_id, [record.id for record in records])
    clashing = [check_in.success_id(record.id) for record in records if record.id in taken]
    taken |= check_in.taken_ids(work.session, station.tenant_id, clashing)
    passages = [record for _, record in read if isinstance(record, PassageRecord)]
    bounds = _time_bounds(work, station, request) if records or passages else TimeBounds(0)
    settlement = PassageSettlement(work.session, station.tenant_id, passages)
    checked_items = []
    for item, record in read:
        if isinstance(record, PassageRecord):
            checked = _check_passage(item, record, request, settlement, bounds)
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
) -> _CheckedItem:
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
    return _CheckedItem(item, _verdict(item, "ACCEPTED"), passage=entry)


def _time_bounds(work: Work, station: StationIdentity, request: PushRequest) -> TimeBounds:
    """Return what is known of the true times of the rows that are sent just now."""
    enrolled_at = devices.enrolled_at(work, station.tenant_id, station.id)
    return TimeBounds(
        received_ms=epoch_ms(work.now()),
        enrolled_ms=None if enrolled_at is None else epoch_ms(enrolled_at),
        sent_at_ms=request.sent_at_ms,
    )


def _with_mark(
    record: ScanRecord | PassageRecord | InvalidRecord, places: Mapping[str, sync_rows.CheckpointPlace]
) -> ScanRecord | PassageRecord | InvalidRecord:
    """Mark a row that its checkpoint does not have; the zone may have changed after the scan, so nothing is refused."""
    if isinstance(record, InvalidRecord | PassageRecord) or Mark.CHECKPOINT_DIFFERS in record.marks:
        return record
    if places[record.checkpoint_id].fits(record.zone or "", record.direction):
        return record
    return record.model_copy(update={"marks": (*record.marks, Mark.CHECKPOINT_DIFFERS)})


def _check_item(
    item: PushItem,
    record: ScanRecord | InvalidRecord | None,
    request: PushRequest,
    taken: dict[str, bool],
    bounds: TimeBounds,
) -> _CheckedItem:
    if record is None:
        return _CheckedItem(item, _verdict(item, "SET_ASIDE"))
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
    return _CheckedItem(item, _verdict(item, "ACCEPTED"), entry)


def _free_id(record: ScanRecord, taken: Mapping[str, bool]) -> str | None:
    """Return the id to store a scan under, or None if it is stored already. A refusal never blocks a success."""
    if record.id not in taken:
        return record.id
    second = check_in.success_id(record.id)
    if record.result.admits and not taken[record.id] and second not in taken:
        return second
    return None


def _quarantined(item: PushItem, reason: InvalidRecord) -> _CheckedItem:
    return _CheckedItem(item, _verdict(item, "QUARANTINED", reason))


def _verdict(item: PushItem, verdict: str, reason: InvalidRecord | None = None) -> PushVerdict:
    """Return a verdict without pydantic's validation: a push has a thousand, and all are written here."""
    code, message = (reason.code, reason.message) if reason else (None, None)
    return PushVerdict.model_construct(sequence=item.sequence, verdict=verdict, code=code, message=message)


def _with_flags(
    work: Work, station: StationIdentity, entries: list[check_in.AccessLogEntry]
) -> list[check_in.AccessLogEntry]:
    """Return the entries; those that the hub would have refused have a flag."""
    if station.withdrawn_at is not None:
        entries = [_flag_after(entry, epoch_ms(station.withdrawn_at)) for entry in entries]
    participant_ids = {
        entry.record.participant_id or "" for entry in entries if check_in.may_be_flagged(entry.record)
    }
    if not participant_ids:
        return entries
    known, doubtful = participants.find_irregular(work.session, _key(station), participant_ids)
    doubtful_people = participants.find_persons(work.session, _key(station), doubtful)
    refused = check_in.status_refusals({named.person for named in doubtful_people.values()}, work.now())
    flags: dict[str, ReasonCode] = dict.fromkeys(participant_ids - known, ReasonCode.UNKNOWN_PARTICIPANT)
    flags |= {
        who: refused[named.person.id] for who, named in doubtful_people.items() if named.person.id in refused
    }
    valid_from = {who: named.person.tickets_valid_from for who, named in doubtful_people.items()}
    if not (flags or valid_from):
        return entries
    return [check_in.with_flag(entry, flags, valid_from) for entry in entries]


def _flag_after(entry: check_in.AccessLogEntry, withdrawn_ms: int) -> check_in.AccessLogEntry:
    """Flag an admission that a station made after it was revoked, when it did not know of it yet."""
    if entry.effective_at_ms < withdrawn_ms or not check_in.may_be_flagged(entry.record):
        return entry
    return replace(entry, flag=ReasonCode.STATION_REVOKED)


def _quarantine(
    work: Work, station: StationIdentity, journal_id: str, checked_items: Sequence[_CheckedItem]
) -> None:
    rows: list[dict[str, Any]] = [
        {
            "tenant_id": station.tenant_id,
            "id": work.new_id(),
            "device_id": station.id,
            "journal_id": journal_id,
            "sequence": checked.item.sequence,
            "body": checked.item.body.replace("\0", "\\u0000"),
            "hash": checked.item.hash,
            "code": checked.verdict.code or "SetAside",
            "message": (checked.verdict.message or checked.item.set_aside or "")[:_LONGEST_MESSAGE],
            **work.timestamps(),
        }
        for checked in checked_items
    ]
    if rows:
        work.session.execute(insert(_QUARANTINE), rows)


def _key(station: StationIdentity) -> FeedKey:
    return FeedKey(station.tenant_id, station.event_id)
