"""The invariants of two stations and a hub, checked on their disks."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from hub_sync.client.store import JournalRow, PassageRow
from hub_sync.client.sync.push_loop import ALARM_SETTING
from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import Direction, Mark, Passage, ScanResult
from hub_sync.contract.sync import MAX_BOOTS, PushItem, PushRequest, ScanRecord
from hub_sync.hub.domains.check_in.tables import (
    AccessConflict,
    AccessLog,
    PassageReport,
    VenueOccupancy,
    ZonePresence,
)
from hub_sync.hub.domains.devices.service import AuthenticatedDevice
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.sync.push.service import push
from hub_sync.hub.domains.sync.tables import DeviceJournal, QuarantinedScan
from hub_sync.hub.hub_context import build_context
from hub_sync.hub.kit.events.change_feed import EventFeed
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.rules.admitted_scan import AdmittedScan
from hub_sync.rules.conflicts import ConflictKind, ConflictState
from hub_sync.rules.occupancy import count_inside
from tests.faults.faulty_network import ReceivedRows
from tests.faults.hub_template import HubTemplate
from tests.faults.killable_station import KillableStation
from tests.support.builders.event import NOON, BuiltEvent
from tests.support.builders.hub import settings_for
from tests.support.builders.station import presence_here, rows_of_hub

LARGEST_WRITE = 3
"""The scans that are written at once: a group's."""
ZONES = ("hall", "vip", "")
MAX_PUSHES = 40
"""Runs of the push loop within which a poisoned row must be set aside."""


# --- a station ----------------------------------------------------------------------------------


def check_journal(station: KillableStation) -> None:
    """Check the station's part of invariants 1, 5 and 6."""
    history, rows = station.history, list(station.journal_rows())
    scans = [row for row in rows if isinstance(row, JournalRow)]
    current_rows = [(row.record.id, row.hash) for row in rows]
    assert current_rows[: len(history.rows)] == history.rows, "the journal's past changed"  # 6
    assert not history.violations  # 1
    if len(current_rows) != len(history.rows):
        assert station.store.journal.verify() is None
        assert [row.sequence for row in rows] == list(range(1, len(rows) + 1)), "a gap"
        _check_scans(station, [row.record.id for row in scans])
        admitted = [row.record.id for row in scans if row.record.result.admits]
        assert set(history.pulses) <= set(admitted)  # 1; that none is pulsed twice, the turnstile checks
        admitted_outcomes = {id_ for id_, outcome in history.outcomes.items() if outcome.decision.admits}
        assert admitted_outcomes <= set(history.pulses), "shown green, and the gate never turned"
        lost = len(admitted) - len(history.pulses)
        assert lost <= station.kills * LARGEST_WRITE, "pulses are missing without a kill"
    history.rows, history.journal = current_rows, rows
    prefix = station.store.outbox.acknowledged()
    assert prefix.sequence <= len(rows)
    assert prefix.sequence == 0 or prefix.head == rows[prefix.sequence - 1].hash
    assert prefix.sequence >= history.acknowledged, "the acknowledged prefix became shorter"
    history.acknowledged = prefix.sequence


def _check_scans(station: KillableStation, ids: list[str]) -> None:
    """Check invariant 5: one row for each shown scan, at most one for each killed scan, and no others."""
    counted = Counter(ids)
    assert set(counted.values()) <= {1}, "one scan, two rows"
    assert set(station.history.outcomes) <= set(counted), "shown, and not on disk"
    assert set(counted) <= set(station.history.started)
    assert len(set(counted) - set(station.history.outcomes)) <= station.kills * LARGEST_WRITE


def check_nobody_came_in_twice(stations: Mapping[str, KillableStation]) -> None:
    """Check that no gate admits a person by the rules who is inside, if nobody left by another gate."""
    for name, station in stations.items():
        left_elsewhere = {
            (record.participant_id, record.zone if zone is None else zone)
            for other, theirs in stations.items()
            for record in scans_of(theirs)
            for zone in (None, *(ZONES if not record.zone else ()))
            if other != name and record.direction is Direction.EXIT and record.result.admits
        }
        before: list[ScanRecord] = []
        annulled: set[str | None] = set()
        for row in station.history.journal:
            if isinstance(row, PassageRow):
                settle = annulled.add if row.record.outcome is Passage.NO_PASSAGE else annulled.discard
                settle(row.record.scan_id)
                continue
            record = row.record
            if record.result is ScanResult.VALID and record.direction is Direction.ENTRY:
                who = (record.participant_id, record.zone)
                is_inside = _is_inside(record, [each for each in before if each.id not in annulled])
                assert not is_inside or who in left_elsewhere, f"{who} came in twice"
            if record.result.admits:
                before.append(record)


def _is_inside(scan: ScanRecord, before: Iterable[ScanRecord]) -> bool:
    """Return True if the person of a scan was in its zone by earlier scans of one station."""
    inside = False
    for record in before:
        if record.participant_id != scan.participant_id:
            continue
        if record.zone == scan.zone:
            inside = record.direction is Direction.ENTRY
        elif record.direction is Direction.EXIT and not record.zone:
            inside = False
    return inside


def scans_of(station: KillableStation) -> list[ScanRecord]:
    """Return the scans of a station's journal, as it was checked last."""
    return [row.record for row in station.history.journal if isinstance(row, JournalRow)]


def annulled_scans(station: KillableStation) -> set[str]:
    """Return the ids of the admissions of a station that were given back."""
    outcomes = {
        row.record.scan_id: row.record.outcome
        for row in station.history.journal
        if isinstance(row, PassageRow)
    }
    return {scan_id for scan_id, outcome in outcomes.items() if scan_id and outcome is Passage.NO_PASSAGE}


def check_gates_agree(stations: Mapping[str, KillableStation], people: Iterable[str]) -> None:
    """Check that gates which have just told each other everything agree who is inside, whatever each has pulled."""
    for person in people:
        for zone in ZONES:
            inside = {name: presence_here(each.store, person, zone).inside for name, each in stations.items()}
            assert len(set(inside.values())) == 1, (person, zone, inside)


def drain(station: KillableStation) -> None:
    """Push until all rows are acknowledged, with poisoned rows set aside."""
    for _ in range(MAX_PUSHES):
        if station.push():
            break
    assert station.store.journal.backlog().rows == 0, "a row blocks what is behind it"


# --- the hub ------------------------------------------------------------------------------------


def check_hub(hub: HubContext, template: HubTemplate, stations: Mapping[str, KillableStation]) -> None:
    """Check invariant 6 at the hub, and invariant 8."""
    with hub.uow.read() as work:
        journals = {row.device_id: row for row in work.session.scalars(select(DeviceJournal))}
        log = list(work.session.scalars(select(AccessLog)))
        reports = list(work.session.scalars(select(PassageReport)))
        aside = list(work.session.scalars(select(QuarantinedScan)))
        counts = {row.zone: row.current for row in work.session.scalars(select(VenueOccupancy))}
    assert len(journals) <= len(stations)
    for name, station in stations.items():
        device = template.devices[name]
        logged = [(row.sequence, row.journal_hash) for row in log if row.device_id == device]
        logged += [(row.sequence, row.journal_hash) for row in reports if row.device_id == device]
        quarantined = [(row.sequence, row.hash) for row in aside if row.device_id == device]
        upto = journals[device].sequence if device in journals else 0
        assert sorted([*logged, *quarantined]) == [
            (number, hash_) for number, (_, hash_) in enumerate(station.history.rows[:upto], start=1)
        ]
        assert upto >= station.store.outbox.acknowledged().sequence, "acknowledged, and the hub has it not"
    check_counts(log, counts)


def check_counts(log: list[AccessLog], counts: Mapping[str | None, int]) -> None:
    """Check invariant 8: the stored counts are those of the access log. A zone whose scans were all given back has a count of 0."""
    inside = count_inside(admitted_scans(log))
    empty = dict.fromkeys((zone or "" for zone in counts), 0)
    assert {"": 0} | {zone or "": count for zone, count in counts.items()} == empty | inside


def admitted_scans(log: list[AccessLog]) -> list[AdmittedScan]:
    """Return the admitted scans of the log for occupancy."""
    return [
        AdmittedScan(
            row.effective_at_ms,
            row.device_id,
            row.sequence,
            row.direction,
            row.zone,
            row.participant_id or "",
            override=row.result is ScanResult.MANUAL_OVERRIDE,
            leaves_zones=row.leaves_zones,
        )
        for row in log
        if row.result.admits and row.passage is not Passage.NO_PASSAGE
    ]


def check_everything_arrived(
    hub: HubContext, template: HubTemplate, stations: Mapping[str, KillableStation]
) -> None:
    """Check that each row of each journal is at the hub once, in the log or set aside, and nothing else is."""
    with hub.uow.read() as work:
        log = Counter(work.session.scalars(select(AccessLog.id)))
        log.update(work.session.scalars(select(PassageReport.id)))
        aside = [(row.device_id, row.sequence) for row in work.session.scalars(select(QuarantinedScan))]
    for name, station in stations.items():
        device = template.devices[name]
        there = {sequence for of, sequence in aside if of == device}
        assert len(there) <= station.store.journal.backlog().set_aside
        for row in station.journal_rows():
            assert log.pop(row.record.id, 0) == (row.sequence not in there)
    assert not log, "the hub has scans of no station"


def check_times(hub: HubContext, template: HubTemplate, stations: Mapping[str, KillableStation]) -> None:
    """Check that scans of a boot that reached the hub have their true time, however wrong the station's clock was."""
    with hub.uow.read() as work:
        log = list(work.session.scalars(select(AccessLog)))
    for name, station in stations.items():
        theirs = [row for row in log if row.device_id == template.devices[name]]
        known = station.store.boots.anchors(row.clock["boot_id"] for row in theirs)
        for row in theirs:
            if row.clock["boot_id"] in known:
                assert row.effective_at_ms == station.history.started[row.id], "an uncorrected time"


def check_stations_know(
    hub: HubContext, template: HubTemplate, stations: Mapping[str, KillableStation]
) -> None:
    """Check that the stations' rosters equal the hub's counts, presence and conflicts."""
    truth = state_of(hub, template.venue)
    for station in stations.values():
        counts = {row.zone: row.current for row in station.store.venue.occupancy() if row.current}
        assert counts == {zone or "": current for zone, current in truth["counts"]}
        conflicts = {row.access_log_id for row in station.store.venue.conflicts(NOON.replace(year=2000))}
        assert conflicts == {later for _, _, later, *_ in truth["conflicts"]}
        for zone, who, direction, at_ms, device, sequence, *counts in truth["presence"]:
            known = [row for row in rows_of_hub(station.store, who) if row[4] == zone]
            expected = (who, at_ms, device, sequence, zone, direction.value, *counts)
            assert known == [expected], station.name


def check_no_alarm(stations: Mapping[str, KillableStation]) -> None:
    """Check that no journal diverged, and that a row was set aside only where the network poisoned one."""
    for station in stations.values():
        assert station.store.settings.get(ALARM_SETTING) is None
        assert station.network.poisoned or station.store.journal.backlog().set_aside == 0


def check_own_entries_are_counted(stations: Mapping[str, KillableStation]) -> None:
    """Check that a station counts the entry of the person whom it admitted last."""
    for station in stations.values():
        last = station.store.journal.last()
        record = None if last is None else last.record
        if (
            record is not None
            and record.id not in annulled_scans(station)
            and record.result.admits
            and record.direction is Direction.ENTRY
        ):
            assert presence_here(station.store, record.participant_id or "", record.zone).entries >= 1


def check_statuses(
    hub: HubContext, event: BuiltEvent, station: KillableStation, people: Iterable[str]
) -> None:
    """Check after a complete pull that a station has the hub's status of each participant (invariant 10)."""
    with hub.uow.read() as work:
        for participant_id in people:
            participant = station.store.roster.find(participant_id)
            assert participant is not None
            stored = participants.get(work, event.tenant_id, event.event_id, participant_id)
            assert participant.status is stored.status


def check_presence_agrees(hub: HubContext, stations: Mapping[str, KillableStation]) -> None:
    """Check that all gates and the hub agree who is inside, after everything arrived.

    People are skipped if a scan of theirs has no certain time (its boot never reached the hub) or was poisoned, or if two
    stations scanned them in the same millisecond.
    """
    with hub.uow.read() as work:
        inside_at_hub = {
            (row.participant_id, row.zone): row.direction is Direction.ENTRY
            for row in work.session.scalars(select(ZonePresence))
        }
    for key in _with_certain_order(stations):
        for station in stations.values():
            assert presence_here(station.store, *key).inside == inside_at_hub.get(key, False), (
                station.name,
                key,
            )


def _with_certain_order(stations: Mapping[str, KillableStation]) -> set[tuple[str, str]]:
    """Return the (participant, zone) pairs of people whose admitted scans have a certain order."""
    uncertain: set[str] = set()
    times: dict[str, dict[int, str]] = defaultdict(dict)
    zones: set[tuple[str, str]] = set()
    for name, station in stations.items():
        for record in (each for each in scans_of(station) if each.result.admits):
            person = record.participant_id or ""
            zones.add((person, record.zone or ""))
            at_ms = station.history.started[record.id]
            anchored = record.boot_id in station.store.boots.anchors((record.boot_id,))
            if not anchored or record.id in station.network.poisoned:
                uncertain.add(person)
            if times[person].setdefault(at_ms, name) != name:
                uncertain.add(person)
    return {(person, zone) for person, zone in zones if person not in uncertain}


def start_new_epoch(hub: HubContext, venue: BuiltEvent, epoch: str) -> None:
    """Give the change feed a new epoch, which invalidates all cursors."""
    with hub.uow.begin() as work:
        work.session.execute(
            update(EventFeed).where(EventFeed.event_id == venue.event_id).values(epoch=epoch)
        )


def has_impossible_times(hub: HubContext, venue: BuiltEvent) -> bool:
    """Return True if the hub gave a row the time of its arrival, because the time that its station claims can't be true."""
    with hub.uow.read() as work:
        marks = work.session.scalars(select(AccessLog.marks).filter_by(tenant_id=venue.tenant_id))
        return any(Mark.TIME_IMPOSSIBLE in row_marks for row_marks in marks)


def without_times(log: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Return the rows of a state's log without their effective times."""
    return [(*row[:4], *row[5:]) for row in log]


# --- another hub --------------------------------------------------------------------------------


def state_of(hub: HubContext, venue: BuiltEvent) -> dict[str, Any]:
    """Return a hub's state of scans, without data about their arrival (flags, feed numbers, dates of storing)."""

    def rows(table: type[Any], *names: str, **where: Any) -> list[tuple[Any, ...]]:
        result = work.session.scalars(select(table).filter_by(tenant_id=venue.tenant_id, **where)).all()
        return sorted((tuple(getattr(row, name) for name in names) for row in result), key=repr)

    log = ("id", "device_id", "journal_id", "sequence", "effective_at_ms", "result", "zone", "direction")
    last = ("zone", "participant_id", "direction", "at_ms", "device_id", "sequence")
    counts = ("entries", "entered_at_ms", "left_others_at_ms")
    nobody = (Direction.EXIT, 0)  # the row that tells stations of an entry that was given back
    pair = ("zone", "participant_id", "later_id", "earlier_id", "device_id", "other_device_id")
    with hub.uow.read() as work:
        return {
            "log": rows(AccessLog, *log, "journal_hash", "participant_id", "passage"),
            "passages": rows(PassageReport, "id", "device_id", "sequence", "outcome", "access_log_id"),
            "aside": rows(QuarantinedScan, "device_id", "journal_id", "sequence", "hash", "code"),
            "presence": [row for row in rows(ZonePresence, *last, *counts) if row[2:7:4] != nobody],
            "conflicts": rows(
                AccessConflict, *pair, state=ConflictState.OPEN, kind=ConflictKind.DOUBLE_ENTRY
            ),
            "counts": [row for row in rows(VenueOccupancy, "zone", "current") if row[1]],
        }


def replay_to_another_hub(
    template: HubTemplate,
    folder: Path,
    received: ReceivedRows,
    random_source: random.Random,
    now: datetime,
) -> dict[str, Any]:
    """Return the state of a new hub that receives the same rows now, in another order, with repetitions (invariant 7)."""
    hub = build_context(settings_for(template.hub_in(folder)), ManualClock(now), template.ids("other"))
    venue, upto = template.venue, defaultdict[tuple[str, str], int](int)
    waiting = {key: rows for key, rows in received.journals.items() if rows}
    while waiting:
        key = random_source.choice(sorted(waiting))
        first = random_source.randint(max(1, upto[key] - 2), upto[key] + 1)
        upto[key] += 1
        items = [waiting[key][number][0] for number in range(first, upto[key] + 1)]
        with hub.uow.begin() as work:
            request = _request(key[1], items, waiting[key][upto[key]][1])
            answer = push(
                work, AuthenticatedDevice(key[0], venue.tenant_id, venue.event_id, None, ""), request
            )
            assert not isinstance(answer, Exception), answer
        if upto[key] == len(waiting[key]):
            del waiting[key]
    for (device_id, journal_id), corrections in received.corrections.items():
        with hub.uow.begin() as work:
            request = PushRequest(
                journal_id=journal_id, sent_at_ms=0, corrections=tuple(corrections[-MAX_BOOTS:]), items=()
            )
            answer = push(
                work, AuthenticatedDevice(device_id, venue.tenant_id, venue.event_id, None, ""), request
            )
            assert not isinstance(answer, Exception), answer
    result = state_of(hub, venue)
    hub.uow.database.close()
    return result


def _request(journal_id: str, items: list[PushItem], anchors: dict[str, int]) -> PushRequest:
    return PushRequest(journal_id=journal_id, sent_at_ms=0, anchors=anchors, items=tuple(items))
