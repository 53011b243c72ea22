"""Occupancy over REST: counts of all zones; capacities are set where people can get to."""

from sqlalchemy import select

from hub_sync.hub.domains.audit.tables import AuditLog
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.domains.check_in.conftest import CallerFactory, EventApiClient, error_code


def test_capacities_are_set_and_zones_that_nobody_entered_are_told(
    hub: HubContext, make_caller: CallerFactory, seeded: Seeded
) -> None:
    keeper = make_caller("occupancy:*")
    with hub.uow.begin() as work:
        odd = check_in.NewCheckpoint(name="Upstairs", zone="1/2 floor & more")
        check_in.create_checkpoint(work, seeded.tenant_id, seeded.event_id, odd)
    zones = keeper.data("PUT", "/occupancy/hall-a", json={"capacity": 80})["zones"]
    assert [(zone["zone"], zone["current"], zone["capacity"], zone["level"]) for zone in zones] == [
        ("1/2 floor & more", 0, None, "unknown"),
        ("hall-a", 0, 80, "green"),
    ]
    occupancy = keeper.data("PUT", "/occupancy/1%2F2%20floor%20%26%20more", json={"capacity": 0})
    assert occupancy["zones"][0]["capacity"] == 0
    assert occupancy["event"]["capacity"] == 500, "the event's own"
    assert keeper.data("PUT", "/occupancy", json={"capacity": 90})["event"]["capacity"] == 90
    assert keeper.data("PUT", "/occupancy", json={"capacity": None})["event"]["capacity"] == 500
    with hub.uow.read() as work:
        acts = work.session.scalars(
            select(AuditLog).where(AuditLog.action == "set_capacity", AuditLog.actor.startswith("key:"))
        ).all()
    assert len(acts) == 4


def test_capacities_are_refused_in_words(make_caller: CallerFactory, foreign: EventApiClient) -> None:
    keeper = make_caller("occupancy:update")
    assert error_code(keeper.call("PUT", "/occupancy/nowhere", json={"capacity": 1}), 404) == "ZoneNotFound"
    for bad in (
        {},
        {"capacity": -1},
        {"capacity": "many"},
        {"capacity": 10**12},
        {"capacity": 1, "zone": "x"},
    ):
        assert error_code(keeper.call("PUT", "/occupancy", json=bad), 422) == "ValidationFailed"
    assert error_code(keeper.call("PUT", f"/occupancy/{'z' * 65}", json={"capacity": 1}), 422)
    assert error_code(keeper.call("PUT", "/occupancy/", json={"capacity": 1}), 422)
    assert error_code(make_caller("events:*").call("GET", "/occupancy"), 403) == "PermissionMissing"
    assert error_code(make_caller("occupancy:read").call("PUT", "/occupancy", json={"capacity": 1}), 403)
    for method, path in (("GET", "/occupancy"), ("PUT", "/occupancy"), ("PUT", "/occupancy/hall-a")):
        body = {"capacity": 1} if method == "PUT" else None
        assert error_code(foreign.call(method, path, json=body), 404) == "EventNotFound"
