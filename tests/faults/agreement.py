"""What must hold between two stations and a hub: checks over what is really on their disks."""

import random
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import Direction, ScanResult
from hub_sync.contract.sync import PushItem, PushRequest
from hub_sync.hub.app import build_context
from hub_sync.hub.domains.check_in.tables import AccessConflict, AccessLog, VenueOccupancy, ZonePresence
from hub_sync.hub.domains.sync.push.service import push
from hub_sync.hub.domains.sync.tables import DeviceJournal, QuarantinedScan
from hub_sync.hub.kit.events.change_feed import EventFeed
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.rules.occupancy import AdmittedScan, count_inside
from tests.faults.network import Told
from tests.faults.station import MortalStation
from tests.faults.template import Template
from tests.support.builders.event import NOON, BuiltEvent
from tests.support.builders.hub import settings_for

PATIENCE = 40
"""Runs of the push lane that a poisoned row may take to be set aside."""


# --- a station ----------------------------------------------------------------------------------


def check_journal(station: MortalStation) -> None:
    """Invariants 1, 5 and 6, as far as they are the station's."""
    seen, rows = station.seen, list(station.journal())
    told = [(row.record.id, row.hash) for row in rows]
    assert told[: len(seen.rows)] == seen.rows, "the journal's past changed"  # 6
    if len(told) != len(seen.rows):
        assert station.store.journal.verify() is None
        assert [row.sequence for row in rows] == list(range(1, len(rows) + 1)), "a gap"
        _check_scans(station, [row.record.id for row in rows])
        admitted = [row.record.id for row in rows if row.record.result.admits]
        assert set(seen.pulses) <= set(admitted)  # 1; that none is pulsed twice, the turnstile sees
        shown_green = {id_ for id_, outcome in seen.shown.items() if outcome.decision.admits}
        assert shown_green <= set(seen.pulses), "shown green, and the gate never turned"
        lost = len(admitted) - len(seen.pulses)
        assert lost <= station.deaths, "pulses are missing that no death took"
    seen.rows, seen.journal = told, rows
    held = station.store.outbox.acknowledged()
    assert held.sequence <= len(rows)
    assert held.sequence == 0 or held.head == rows[held.sequence - 1].hash
    assert held.sequence >= seen.acknowledged, "the acknowledged prefix became shorter"
    seen.acknowledged = held.sequence


def _check_scans(station: MortalStation, ids: list[str]) -> None:
    """5: whatever was shown has its one row; what was begun and killed has one or none; there are no others."""
    counted = Counter(ids)
    assert set(counted.values()) <= {1}, "one scan, two rows"
    assert set(station.seen.shown) <= set(counted), "shown, and not on disk"
    assert set(counted) <= set(station.seen.begun)
    assert len(set(counted) - set(station.seen.shown)) <= station.deaths


def check_nobody_came_in_twice(stations: Mapping[str, MortalStation]) -> None:
    """No gate admits by the rules whom it let in last, where nobody ever left by another gate."""
    rows = {name: [row.record for row in station.seen.journal] for name, station in stations.items()}
    for name, records in rows.items():
        left_elsewhere = {
            (record.participant_id, record.zone)
            for other, theirs in rows.items()
            for record in theirs
            if other != name and record.direction is Direction.EXIT and record.result.admits
        }
        inside: set[tuple[str | None, str | None]] = set()
        for record in records:
            if not record.result.admits:
                continue
            who = (record.participant_id, record.zone)
            if record.direction is Direction.EXIT:
                inside.discard(who)
                continue
            by_the_rules = record.result is ScanResult.VALID
            assert not (by_the_rules and who in inside - left_elsewhere), f"{who} came in twice"
            inside.add(who)


def drain(station: MortalStation) -> None:
    """Push until all is acknowledged, poisoned rows set aside."""
    for _ in range(PATIENCE):
        if station.push():
            break
    assert station.store.journal.backlog().rows == 0, "a row blocks what is behind it"


# --- the hub ------------------------------------------------------------------------------------


def check_hub(hub: HubContext, template: Template, stations: Mapping[str, MortalStation]) -> None:
    """Invariant 6 at the hub, and 8."""
    with hub.uow.read() as work:
        journals = {row.device_id: row for row in work.session.scalars(select(DeviceJournal))}
        log = list(work.session.scalars(select(AccessLog)))
        aside = list(work.session.scalars(select(QuarantinedScan)))
        counts = {row.zone: row.current for row in work.session.scalars(select(VenueOccupancy))}
    assert len(journals) <= len(stations)
    for name, station in stations.items():
        device = template.devices[name]
        held = sorted([(row.sequence, row.journal_hash) for row in log if row.device_id == device])
        held = sorted([*held, *((row.sequence, row.hash) for row in aside if row.device_id == device)])
        upto = journals[device].sequence if device in journals else 0
        assert held == [
            (number, hash_) for number, (_, hash_) in enumerate(station.seen.rows[:upto], start=1)
        ]
        assert upto >= station.store.outbox.acknowledged().sequence, "acknowledged, and the hub has it not"
    check_counts(log, counts)


def check_counts(log: list[AccessLog], counts: Mapping[str | None, int]) -> None:
    """8: the counts are the fold of the log."""
    passed = passages(log)
    inside = count_inside(passed)
    assert {zone: count for zone, count in counts.items() if zone} == {
        zone: count for zone, count in inside.items() if zone
    }
    people = {one.participant_id for one in passed}
    anywhere = sum(
        any(count_inside([one for one in passed if one.participant_id == who]).values()) for who in people
    )
    assert counts.get(None, 0) == anywhere


def passages(log: list[AccessLog]) -> list[AdmittedScan]:
    """The log as occupancy sees it."""
    return [
        AdmittedScan(
            row.effective_at_ms,
            row.device_id,
            row.sequence,
            row.direction,
            row.zone,
            row.participant_id or "",
            row.result is ScanResult.MANUAL_OVERRIDE,
        )
        for row in log
        if row.result.admits
    ]


def check_everything_arrived(
    hub: HubContext, template: Template, stations: Mapping[str, MortalStation]
) -> None:
    """Every row of every journal is at the hub once, in the log or set aside by its station, and nothing else is."""
    with hub.uow.read() as work:
        log = Counter(work.session.scalars(select(AccessLog.id)))
        aside = [(row.device_id, row.sequence) for row in work.session.scalars(select(QuarantinedScan))]
    for name, station in stations.items():
        device = template.devices[name]
        there = {sequence for of, sequence in aside if of == device}
        assert len(there) <= station.store.journal.backlog().set_aside
        for row in station.journal():
            assert log.pop(row.record.id, 0) == (row.sequence not in there)
    assert not log, "the hub has scans that nobody made"


def check_times(hub: HubContext, template: Template, stations: Mapping[str, MortalStation]) -> None:
    """A scan of a boot that ever reached the hub has its true time there, however wrong the station's clock was."""
    with hub.uow.read() as work:
        log = list(work.session.scalars(select(AccessLog)))
    for name, station in stations.items():
        theirs = [row for row in log if row.device_id == template.devices[name]]
        known = station.store.boots.anchors(row.clock["boot_id"] for row in theirs)
        for row in theirs:
            if row.clock["boot_id"] in known:
                assert row.effective_at_ms == station.seen.begun[row.id], "a time that nobody corrected"


def check_stations_know(hub: HubContext, template: Template, stations: Mapping[str, MortalStation]) -> None:
    """What the stations pulled is what the hub holds: counts, who is where, conflicts."""
    truth = state_of(hub, template.venue)
    for station in stations.values():
        counts = {row.zone: row.current for row in station.store.venue.occupancy()}
        assert counts == {zone or "": current for zone, current in truth["counts"]} | {
            "": counts.get("", 0) if not truth["counts"] else dict(truth["counts"]).get(None, 0)
        }
        conflicts = {row.access_log_id for row in station.store.venue.conflicts(NOON.replace(year=2000))}
        assert conflicts == {later for _, _, later, *_ in truth["conflicts"]}
        for zone, who, direction, at_ms, device, sequence, entries in truth["presence"]:
            known = station.store.roster.find_presence_row(who, zone)
            assert known == (at_ms, device, sequence, direction.value, entries), (station.name, who, zone)


def new_epoch(hub: HubContext, venue: BuiltEvent, epoch: str) -> None:
    """The feed's past can't be relied on any more."""
    with hub.uow.begin() as work:
        work.session.execute(
            update(EventFeed).where(EventFeed.event_id == venue.event_id).values(epoch=epoch)
        )


# --- another hub --------------------------------------------------------------------------------


def state_of(hub: HubContext, venue: BuiltEvent) -> dict[str, Any]:
    """What a hub makes of scans, without what tells of their arrival (flags, feed numbers, dates of storing)."""

    def rows(table: type[Any], *names: str, **where: Any) -> list[tuple[Any, ...]]:
        found = work.session.scalars(select(table).filter_by(tenant_id=venue.tenant_id, **where)).all()
        return sorted((tuple(getattr(row, name) for name in names) for row in found), key=repr)

    log = ("id", "device_id", "journal_id", "sequence", "effective_at_ms", "result", "zone", "direction")
    last = ("zone", "participant_id", "direction", "at_ms", "device_id", "sequence", "entries")
    pair = ("zone", "participant_id", "later_id", "earlier_id", "device_id", "other_device_id")
    with hub.uow.read() as work:
        return {
            "log": rows(AccessLog, *log, "journal_hash", "participant_id"),
            "aside": rows(QuarantinedScan, "device_id", "journal_id", "sequence", "hash", "code"),
            "presence": rows(ZonePresence, *last),
            "conflicts": rows(AccessConflict, *pair, cleared=False),
            "counts": rows(VenueOccupancy, "zone", "current"),
        }


@dataclass(frozen=True)
class _Played:
    id: str
    tenant_id: str
    event_id: str


def another_hub(template: Template, folder: Path, told: Told, dice: random.Random) -> dict[str, Any]:
    """7: the state of a fresh hub that hears the same rows interleaved otherwise, with repetitions."""
    hub = build_context(settings_for(template.hub_in(folder)), ManualClock(NOON), template.ids("other"))
    venue, upto = template.venue, defaultdict[tuple[str, str], int](int)
    waiting = {key: rows for key, rows in told.journals.items() if rows}
    while waiting:
        key = dice.choice(sorted(waiting))
        first = dice.randint(max(1, upto[key] - 2), upto[key] + 1)
        upto[key] += 1
        items = [waiting[key][number][0] for number in range(first, upto[key] + 1)]
        with hub.uow.begin() as work:
            request = _request(key[1], items, waiting[key][upto[key]][1])
            answer = push(work, _Played(key[0], venue.tenant_id, venue.event_id), request)
            assert not isinstance(answer, Exception), answer
        if upto[key] == len(waiting[key]):
            del waiting[key]
    found = state_of(hub, venue)
    hub.uow.database.close()
    return found


def _request(journal_id: str, items: list[PushItem], anchors: dict[str, int]) -> PushRequest:
    return PushRequest(journal_id=journal_id, sent_at_ms=0, anchors=anchors, items=tuple(items))
