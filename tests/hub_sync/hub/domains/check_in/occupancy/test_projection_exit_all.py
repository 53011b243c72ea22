"""The hour at which everybody leaves, folded into presences, counts and flows whatever the order of deliveries."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import Direction
from hub_sync.hub.domains.check_in.jobs import ExitAllJob
from hub_sync.hub.domains.check_in.occupancy import flows, projection
from hub_sync.hub.domains.check_in.tables import AccessLog, OccupancyFlow, VenueOccupancy
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.tables import Event
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.rules.admitted_scan import AdmittedScan
from hub_sync.rules.occupancy import count_inside
from tests.hub_sync.hub.domains.check_in.occupancy import test_projection as projections
from tests.hub_sync.hub.station_client import Journal
from tests.support.thorough import sized

BEFORE = datetime(1970, 1, 1, 0, 0, 30, tzinfo=UTC)
"""Before 00:01 of the day of all scans, which is the hour."""
AFTER = datetime(1970, 1, 1, 0, 2, 30, tzinfo=UTC)
hub = projections.hub
ADA: dict[str, Any] = {"participant_id": "ada", "zone": "hall"}


@pytest.fixture(autouse=True)
def clock(hub: HubContext) -> Iterator[ManualClock]:
    """Yield the hub's clock, and set it back afterwards."""
    assert isinstance(hub.clock, ManualClock)
    yield hub.clock
    hub.clock.at = projections.NOON


def open_venue(hub: HubContext, leaves_at: str | None = "00:01") -> str:
    with hub.uow.begin() as work:
        tenant = projections.open_venue(work)
        work.session.execute(update(Event).filter_by(tenant_id=tenant).values(everyone_leaves_at=leaves_at))
    return tenant


def state_of(hub: HubContext, tenant: str) -> dict[str, Any]:
    with hub.uow.read() as work:
        return projections.snapshot(work, tenant)


def inside(hub: HubContext, tenant: str) -> dict[str, int]:
    return {zone or "": count for zone, count in state_of(hub, tenant)["counts"]}


def folded(hub: HubContext, tenant: str) -> dict[str, int]:
    """Return the counts by the rules, from the log alone."""
    with hub.uow.read() as work:
        hour = events.find_exit_all(work, FeedKey(tenant, "event"))
        rows = work.session.scalars(select(AccessLog).filter_by(tenant_id=tenant)).all()
        scans = [
            AdmittedScan(
                row.effective_at_ms,
                row.device_id,
                row.sequence,
                row.direction,
                row.zone,
                row.participant_id or "",
                leaves_zones=row.leaves_zones,
            )
            for row in rows
            if row.result.admits
        ]
    return count_inside(scans, hour)


@settings(
    max_examples=sized(12, 100), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(histories=projections.histories, deliveries=projections.deliveries, leaves_early=st.booleans())
def test_any_deliveries_before_and_after_the_hour_come_to_the_same_state(
    hub: HubContext,
    clock: ManualClock,
    histories: tuple[list[dict[str, Any]], ...],
    deliveries: list[tuple[int, int, int]],
    leaves_early: bool,
) -> None:
    straight, crooked = open_venue(hub), open_venue(hub)
    journals = projections.write_journals(histories)
    clock.at = BEFORE
    for which, start, count in deliveries:
        projections.deliver(hub, crooked, journals[which], start, count)
    clock.at = AFTER
    if leaves_early:
        ExitAllJob(hub).run_once()
    for tenant in (straight, crooked):
        for journal in journals:
            projections.deliver(hub, tenant, journal, 0, 100)
    ExitAllJob(hub).run_once()
    state_now = state_of(hub, straight)
    assert state_of(hub, crooked) == state_now
    counts = folded(hub, straight)
    assert {"": 0} | inside(hub, straight) == counts
    summed: Counter[str] = Counter()
    for zone, _minute, _checkpoint, entries, exits in state_now["flows"]:
        summed[zone] += entries - exits
    assert {zone: count for zone, count in counts.items() if count} == {
        zone: count for zone, count in summed.items() if count
    }
    projections.damage_and_rebuild(hub, straight, state_now)


def test_everybody_leaves_once_by_no_checkpoint_and_no_row_is_invented(
    hub: HubContext, clock: ManualClock
) -> None:
    tenant, journal = open_venue(hub), Journal("dev-a", "event", "gate")
    for person in ("ada", "ben"):
        journal.scan(**ADA | {"participant_id": person}, direction="entry", scanned_at_ms=10)
    clock.at = BEFORE
    projections.deliver(hub, tenant, journal, 0, 2)
    job, key = ExitAllJob(hub), FeedKey(tenant, "event")
    assert job.run_once().get(key) is None
    assert inside(hub, tenant) == {"": 2, "hall": 2}
    clock.at = AFTER
    assert job.run_once()[key] == 2
    assert inside(hub, tenant) == {"": 0, "hall": 0}
    assert job.run_once().get(key) is None
    with hub.uow.read() as work:
        assert len(work.session.scalars(select(AccessLog).filter_by(tenant_id=tenant)).all()) == 2
        assert flows.sum_of_flows(work, key) == {"": 0, "hall": 0}
        exits = work.session.scalars(select(OccupancyFlow).filter_by(tenant_id=tenant, checkpoint_id=""))
        assert {(row.zone, row.minute, row.exits) for row in exits} == {("", 1, 2), ("hall", 1, 2)}
    presence = state_of(hub, tenant)["presence"][0]
    assert presence[2:5] == (Direction.EXIT, 60_000, "")


def test_a_correction_after_the_hour_that_nobody_has_computed_yet_counts_it_once(
    hub: HubContext, clock: ManualClock
) -> None:
    tenant, first, second = (
        open_venue(hub),
        Journal("dev-a", "event", "gate"),
        Journal("dev-b", "event", "gate"),
    )
    first.scan(**ADA, direction="entry", scanned_at_ms=20)
    second.scan(**ADA, direction="entry", scanned_at_ms=10)
    clock.at = BEFORE
    projections.deliver(hub, tenant, first, 0, 1)
    clock.at = AFTER
    projections.deliver(hub, tenant, second, 0, 1)
    with hub.uow.read() as work:
        assert flows.sum_of_flows(work, FeedKey(tenant, "event")) == {"": 0, "hall": 0}
    assert inside(hub, tenant) == {"": 0, "hall": 0}


def test_another_hour_computes_everything_anew(hub: HubContext, clock: ManualClock) -> None:
    tenant, journal = open_venue(hub, None), Journal("dev-a", "event", "gate")
    journal.scan(**ADA, direction="entry", scanned_at_ms=10)
    clock.at = AFTER
    projections.deliver(hub, tenant, journal, 0, 1)
    job = ExitAllJob(hub)
    job.run_once()
    assert inside(hub, tenant) == {"": 1, "hall": 1}
    for leaves_at, count in (("00:01", 0), (None, 1), ("00:02", 0), ("00:03", 1)):
        with hub.uow.begin() as work:
            events.update(work, tenant, "event", events.EventChanges(everyone_leaves_at=leaves_at))
        job.run_once()
        assert inside(hub, tenant) == {"": count, "hall": count}, leaves_at
        with hub.uow.read() as work:
            sums = flows.sum_of_flows(work, FeedKey(tenant, "event"))
            assert sums == {"": count, "hall": count}, leaves_at
            assert projection.find_outdated(work, events.list_exit_all(work)) == []
            row = work.session.scalars(select(VenueOccupancy).filter_by(tenant_id=tenant, zone=None)).one()
            assert row.exit_hour == ("" if leaves_at is None else f"{leaves_at} UTC")


def test_the_next_day_lets_everybody_leave_again(hub: HubContext, clock: ManualClock) -> None:
    tenant, journal, job = open_venue(hub), Journal("dev-a", "event", "gate"), ExitAllJob(hub)
    journal.scan(**ADA, direction="entry", scanned_at_ms=70_000)
    clock.at = AFTER
    projections.deliver(hub, tenant, journal, 0, 1)
    job.run_once()
    assert inside(hub, tenant) == {"": 1, "hall": 1}
    clock.at = AFTER + timedelta(days=1)
    job.run_once()
    assert inside(hub, tenant) == {"": 0, "hall": 0}
