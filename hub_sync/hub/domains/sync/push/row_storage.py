"""Storing of a push's rows: each under its own event, whose feed is locked meanwhile.

Of several events the feeds are locked first, in the order of their ids. A correction of a station's clock may concern any
event that the station ever served.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.enums import ReasonCode
from hub_sync.contract.queue import QueueAction
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.queue import service as queues
from hub_sync.hub.domains.sync.push.passages import PassageSettlement
from hub_sync.hub.domains.sync.push.row_checks import CheckedItem, NewRows, time_bounds
from hub_sync.hub.domains.waitlist import door
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.admitted_scan import AdmittedScan


@dataclass
class _EventRows:
    """The rows of a push for one event. `recounted`: whose stored scans it changes, and `before` these scans as they were."""

    entries: list[check_in.AccessLogEntry] = field(default_factory=list)
    recounted: set[str] = field(default_factory=set)
    before: set[AdmittedScan] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class CheckedPush:
    """The new rows of a push, as they were checked."""

    rows: NewRows
    items: Sequence[CheckedItem]


def store_rows(work: Work, pushes: Sequence[CheckedPush], settlement: PassageSettlement) -> None:
    """Store scans, passages, queue actions and seats that were given at the door, correct times, and update the projections of the events concerned.

    Raises:
        LookupError: an event has no feed.
    """
    tenant_id = pushes[0].rows.station.tenant_id
    checked_items = [checked for push in pushes for checked in push.items]
    passages = [checked.passage for checked in checked_items if checked.passage is not None]
    by_event: dict[str, _EventRows] = defaultdict(_EventRows)
    for push in pushes:
        for entry in _flag_late(push):
            by_event[entry.record.event_id].entries.append(entry)
    actions = _actions_by_event(checked_items)
    fills = _fills_by_event(checked_items)
    concerned = {*by_event, *actions, *fills, *(passage.record.event_id for passage in passages)}
    corrected = [push.rows for push in pushes if push.rows.request.corrections]
    ever = {event_id for rows in corrected for event_id in rows.events.ever_assigned()}
    pushes[0].rows.events.lock({*concerned, *ever})
    for event_id in sorted(fills):  # before the scans: whoever got a seat is approved
        door.settle_fills(work, FeedKey(tenant_id, event_id), fills[event_id])
    for event_id, rows in by_event.items():
        key = FeedKey(tenant_id, event_id)
        rows.entries = settlement.with_outcomes(_with_flags(work, key, rows.entries))
    clocks = {
        checked.action.id: checked.clock
        for checked in checked_items
        if checked.action is not None and checked.clock is not None
    }
    for event_id in sorted(actions):
        queues.store_actions(work, FeedKey(tenant_id, event_id), actions[event_id], clocks)
    for event_id, people in settlement.recounted_people().items():
        by_event[event_id].recounted = people
        by_event[event_id].before = check_in.admitted_before(work, tenant_id, event_id, people)
    entries = [entry for rows in by_event.values() for entry in rows.entries]
    check_in.append(work, tenant_id, entries)
    check_in.append_passages(work, tenant_id, passages, settlement.stored_outcomes())
    check_in.record_conflicts(work, tenant_id, entries)
    for event_id, scan_ids in settlement.settled_by_event().items():
        check_in.reconcile_conflicts(work, FeedKey(tenant_id, event_id), scan_ids=scan_ids)
    for corrections in corrected:
        _correct_times(work, corrections, by_event)
    for event_id in sorted(by_event):
        _refresh(work, FeedKey(tenant_id, event_id), by_event[event_id])


def _actions_by_event(checked_items: Sequence[CheckedItem]) -> dict[str, list[QueueAction]]:
    actions: dict[str, list[QueueAction]] = defaultdict(list)
    for checked in checked_items:
        if checked.action is not None:
            actions[checked.action.event_id].append(checked.action)
    return actions


def _fills_by_event(checked_items: Sequence[CheckedItem]) -> dict[str, list[door.DoorFill]]:
    fills: dict[str, list[door.DoorFill]] = defaultdict(list)
    for checked in checked_items:
        if checked.fill is not None:
            fills[checked.fill.record.event_id].append(checked.fill)
    return fills


def _correct_times(work: Work, pushed: NewRows, by_event: dict[str, _EventRows]) -> None:
    station, request = pushed.station, pushed.request
    enrolled_ms = time_bounds(work, [pushed])[station.id].enrolled_ms
    moved = check_in.correct_times(work, station.tenant_id, station.id, request.corrections, enrolled_ms)
    check_in.correct_passage_times(work, station.tenant_id, station.id, request.corrections, enrolled_ms)
    queues.correct_action_times(work, station.tenant_id, station.id, request.corrections, enrolled_ms)
    for event_id, scans in moved.items():
        rows = by_event[event_id]
        added = check_in.added_scans(rows.entries)
        rows.before |= {
            scan for scan in scans.before - set(added) if scan.participant_id not in rows.recounted
        }
        rows.recounted |= scans.people
    for event_id in sorted({station.event_id, *by_event}):
        check_in.reconcile_conflicts(work, pushed.events.key(event_id), station.id)


def _refresh(work: Work, key: FeedKey, rows: _EventRows) -> None:
    admitted = {entry.record.participant_id for entry in rows.entries if entry.record.result.admits}
    people = {who for who in admitted if who} - rows.recounted
    if people or not rows.recounted:
        check_in.refresh(work, *key, people, added=check_in.added_scans(rows.entries))
    if rows.recounted:
        check_in.refresh(work, *key, rows.recounted, before=rows.before)


def _flag_late(push: CheckedPush) -> Iterator[check_in.AccessLogEntry]:
    """Yield the scans of a push; those have a flag that the station made when it could not know that it may not any more."""
    station, events = push.rows.station, push.rows.events
    for checked in push.items:
        if checked.entry is not None:
            ends = (station.withdrawn_at, events.removed_at(checked.entry.record.event_id))
            over = [end for end in ends if end is not None]
            yield _flag_after(checked.entry, epoch_ms(min(over))) if over else checked.entry


def _with_flags(
    work: Work, key: FeedKey, entries: list[check_in.AccessLogEntry]
) -> list[check_in.AccessLogEntry]:
    """Return the entries of an event; those that the hub would have refused have a flag."""
    participant_ids = {
        entry.record.participant_id or "" for entry in entries if check_in.may_be_flagged(entry.record)
    }
    if not participant_ids:
        return entries
    known, doubtful = participants.find_irregular(work.session, key, participant_ids)
    doubtful_people = participants.find_persons(work.session, key, doubtful)
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
    """Flag an admission that a station made after it was revoked, or served the event no longer, when it did not know of it yet."""
    if entry.effective_at_ms < withdrawn_ms or not check_in.may_be_flagged(entry.record):
        return entry
    return replace(entry, flag=ReasonCode.STATION_REVOKED)
