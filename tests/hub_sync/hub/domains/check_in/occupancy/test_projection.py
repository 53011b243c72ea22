"""Invariants 7 and 8: the state does not depend on the order of deliveries.

However journals are cut, repeated and interleaved, presence, conflicts and counts come out the same, equal to the fold
of the log, and equal to what is rebuilt from it.

Each example plays the same journals twice, into two tenants whose ids are otherwise the same.
"""

import shutil
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import CheckpointDirection, CheckpointType, DeviceProfile, Direction, ScanResult
from hub_sync.contract.ids import new_id
from hub_sync.hub.domains.check_in.access_log import repository
from hub_sync.hub.domains.check_in.occupancy import projection
from hub_sync.hub.domains.check_in.tables import (
    AccessConflict,
    AccessLog,
    Checkpoint,
    OccupancyFlow,
    VenueOccupancy,
    ZonePresence,
)
from hub_sync.hub.domains.devices.service import AuthenticatedDevice
from hub_sync.hub.domains.devices.tables import KioskDevice
from hub_sync.hub.domains.events.tables import Event
from hub_sync.hub.domains.sync.push.service import JournalGap, push
from hub_sync.hub.domains.tenants.tables import Tenant
from hub_sync.hub.hub_context import build_context
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import change_feed
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.settings import HubSettings
from hub_sync.rules.admitted_scan import AdmittedScan
from hub_sync.rules.conflicts import ConflictKind, ConflictState
from hub_sync.rules.occupancy import count_inside
from tests.hub_sync.hub.station_client import Journal
from tests.support.thorough import sized

NOON = datetime(2026, 6, 10, 10, tzinfo=UTC)
DEVICES = ("dev-a", "dev-b", "dev-c")
PEOPLE = ("ada", "ben")
ZONES = (None, "hall", "vip")


scans = st.fixed_dictionaries(
    {
        "participant_id": st.sampled_from(PEOPLE),
        "zone": st.sampled_from(ZONES),
        "scanned_at_ms": st.sampled_from([0, 1, 2, 3, 60_004, 60_005, 120_006]),
        "clock_sure": st.booleans(),
        "boot_id": st.sampled_from(["boot-1", "boot-2"]),
        "direction": st.sampled_from([Direction.ENTRY, Direction.EXIT]),
        "leaves_zones": st.booleans(),
        "result": st.sampled_from(
            [ScanResult.VALID, ScanResult.VALID, ScanResult.MANUAL_OVERRIDE, ScanResult.INVALID]
        ),
    }
)
histories = st.tuples(*[st.lists(scans, max_size=7)] * len(DEVICES))
deliveries = st.lists(
    st.tuples(st.integers(0, len(DEVICES) - 1), st.integers(0, 7), st.integers(0, 7)), max_size=12
)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path) -> HubContext:
    """Return one hub for all examples."""
    data: Path = tmp_path_factory.mktemp("hub")
    hub_settings = HubSettings(data=data)
    shutil.copy(migrated_sqlite, data / "hub.db")
    return build_context(hub_settings, ManualClock(NOON), new_id)


def open_venue(work: Work) -> str:
    """Create a tenant with an event, a checkpoint and three stations, whose ids are the same in every tenant."""
    tenant, session = str(uuid4()), work.session
    session.add(Tenant(id=tenant, slug=tenant, name="T"))
    session.flush()
    change_feed.create_feed(session, tenant, "event", epoch=str(uuid4()))
    dates = {"starts_at": NOON, "ends_at": NOON.replace(hour=20), "time_zone": "UTC"}
    session.add(Event(tenant_id=tenant, id="event", slug="e", name="E", **dates))
    session.flush()
    point = {"name": "Gate", "type": CheckpointType.GATE, "direction": CheckpointDirection.BIDIRECTIONAL}
    session.add(Checkpoint(tenant_id=tenant, id="gate", event_id="event", **point))
    session.add_all(
        KioskDevice(tenant_id=tenant, id=id_, name=id_, profile=DeviceProfile.GATE, event_id="event")
        for id_ in DEVICES
    )
    return tenant


def write_journals(histories: tuple[list[dict[str, Any]], ...]) -> list[Journal]:
    journals = []
    for device, history in zip(DEVICES, histories, strict=True):
        journal = Journal(device, "event", "gate")
        for scan in history:
            override = (
                {"reason": "r", "operator": "o"} if scan["result"] is ScanResult.MANUAL_OVERRIDE else None
            )
            journal.scan(**scan, override=override)
        journals.append(journal)
    return journals


def deliver(hub: HubContext, tenant: str, journal: Journal, start: int, count: int) -> None:
    """Send a stretch; one that leaves a gap is refused and changes nothing."""
    stretch = journal.items[start : start + count]
    if not stretch:
        return
    try:
        with hub.uow.begin() as work:
            push(
                work,
                AuthenticatedDevice(journal.device_id, tenant, "event", None, ""),
                journal.request(*stretch),
            )
    except JournalGap:
        pass


def snapshot(work: Work, tenant: str) -> dict[str, Any]:
    def rows(table: type[Any], *names: str, **where: Any) -> list[tuple[Any, ...]]:
        rows_of_tenant = work.session.scalars(select(table).filter_by(tenant_id=tenant, **where)).all()
        return sorted((tuple(getattr(row, name) for name in names) for row in rows_of_tenant), key=repr)

    return {
        "log": rows(AccessLog, "id", "device_id", "sequence", "effective_at_ms"),
        "presence": rows(
            ZonePresence,
            "zone",
            "participant_id",
            "direction",
            "at_ms",
            "device_id",
            "sequence",
            "entries",
            "left_others_at_ms",
            "entered_by_id",
        ),
        "conflicts": rows(
            AccessConflict,
            "zone",
            "participant_id",
            "later_id",
            "earlier_id",
            "other_device_id",
            "kind",
            "subject",
            "scans",
            "at_ms",
            "until_ms",
            "verdict",
            state=ConflictState.OPEN,
        ),
        "counts": rows(VenueOccupancy, "zone", "current"),
        "flows": [
            row
            for row in rows(OccupancyFlow, "zone", "minute", "checkpoint_id", "entries", "exits")
            if any(row[3:])
        ],
        "flows_complete": rows(VenueOccupancy, "flows_complete", zone=None),
    }


def folded(work: Work, tenant: str) -> dict[str, int]:
    """Return the counts by the rules, from the log alone: by zone, and of people in the venue."""
    rows = work.session.scalars(select(AccessLog).filter_by(tenant_id=tenant)).all()
    passed = [
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
        for row in rows
        if row.result.admits
    ]
    return count_inside(passed)


@settings(
    max_examples=sized(20, 200), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(histories=histories, deliveries=deliveries, rest=st.permutations(range(len(DEVICES))))
def test_any_deliveries_come_to_the_same_state(
    hub: HubContext,
    histories: tuple[list[dict[str, Any]], ...],
    deliveries: list[tuple[int, int, int]],
    rest: list[int],
) -> None:
    with hub.uow.begin() as work:
        straight, crooked = open_venue(work), open_venue(work)
    journals = write_journals(histories)
    for journal in journals:
        deliver(hub, straight, journal, 0, 100)
    for which, start, count in deliveries:
        deliver(hub, crooked, journals[which], start, count)
    for which in rest:
        deliver(hub, crooked, journals[which], 0, 100)

    with hub.uow.read() as work:
        state_now = snapshot(work, straight)
        assert snapshot(work, crooked) == state_now
        counts = folded(work, straight)
    assert {"": 0} | {zone or "": current for zone, current in state_now["counts"]} == counts
    summed: Counter[str] = Counter()
    for zone, _minute, _checkpoint, entries, exits in state_now["flows"]:
        summed[zone] += entries - exits
    assert {zone: count for zone, count in counts.items() if count} == {
        zone: count for zone, count in summed.items() if count
    }
    assert all(complete for (complete,) in state_now["flows_complete"])
    damage_and_rebuild(hub, straight, state_now)


def damage_and_rebuild(hub: HubContext, tenant: str, sound: dict[str, Any]) -> None:
    wrong: list[Callable[[], Any]] = [
        lambda: update(VenueOccupancy).values(current=17),
        lambda: update(ZonePresence).values(direction=Direction.ENTRY, entries=9, at_ms=1),
        lambda: update(OccupancyFlow).values(entries=3),
        lambda: update(AccessConflict).values(state=ConflictState.WITHDRAWN, upheld=False, scans=7),
    ]
    with hub.uow.begin() as work:
        for statement in wrong:
            work.session.execute(statement().filter_by(tenant_id=tenant))
    with hub.uow.begin() as work:
        projection.rebuild(work, tenant, "event")
    with hub.uow.read() as work:
        assert snapshot(work, tenant) == sound


def test_a_later_scan_of_a_person_reads_nothing_of_their_history(
    hub: HubContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    with hub.uow.begin() as work:
        tenant = open_venue(work)
    ada: dict[str, Any] = {"participant_id": "ada", "zone": "hall", "direction": "entry"}
    first, second = Journal("dev-a", "event", "gate"), Journal("dev-b", "event", "gate")
    for at_ms in range(20):
        first.scan(**ada, scanned_at_ms=at_ms)
    deliver(hub, tenant, first, 0, 20)
    monkeypatch.setattr(repository, "admitted_scans", pytest.fail)
    second.scan(**ada, scanned_at_ms=100)
    second.scan(**ada | {"direction": "exit"}, scanned_at_ms=101)
    deliver(hub, tenant, second, 0, 2)
    monkeypatch.undo()
    with hub.uow.read() as work:
        after = snapshot(work, tenant)
        assert {"": 0} | {zone or "": current for zone, current in after["counts"]} == folded(work, tenant)
    (conflict,) = (each for each in after["conflicts"] if ConflictKind.DOUBLE_ENTRY in each)
    assert conflict[2:5] == (record_id(second, 0), record_id(first, 0), "dev-a")
    with hub.uow.begin() as work:
        projection.rebuild(work, tenant, "event")
    with hub.uow.read() as work:
        assert snapshot(work, tenant) == after


def test_a_scan_that_comes_late_is_put_in_its_place(hub: HubContext) -> None:
    with hub.uow.begin() as work:
        tenant = open_venue(work)
    ada: dict[str, Any] = {"participant_id": "ada", "zone": "hall"}
    first, second = Journal("dev-a", "event", "gate"), Journal("dev-b", "event", "gate")
    first.scan(**ada, direction="entry", scanned_at_ms=10)
    first.scan(**ada, direction="entry", scanned_at_ms=30)
    deliver(hub, tenant, first, 0, 2)
    second.scan(**ada, direction="exit", scanned_at_ms=20)
    deliver(hub, tenant, second, 0, 1)
    with hub.uow.read() as work:
        (presence,) = snapshot(work, tenant)["presence"]
    assert presence[2:] == (Direction.ENTRY, 30, "dev-a", 2, 2, 0, record_id(first, 1))


def record_id(journal: Journal, index: int) -> str:
    return str(orjson.loads(journal.items[index].body)["id"])
