"""Conflicts are listed and cleared for good; capacities are set where people can get to."""

from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from hub_sync.hub.domains.audit.tables import AuditLog
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.check_in.occupancy import projection
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.check_in.conftest import Keyed, KeyMaker, refused
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.stations import Journal, Line, another_station


@pytest.fixture
def conflict(
    hub: HubContext, client: TestClient, line: Line, journal: Journal, seeded: Seeded, ada: str
) -> Line:
    """Ada came in at two stations that knew nothing of each other; the second station."""
    other, others = another_station(hub, client, seeded)
    journal.scan(participant_id="ada")
    others.scan(participant_id="ada", scanned_at_ms=journal.record()["scanned_at_ms"] + 5000)
    assert line.push(journal.request()).status_code == 200
    assert other.push(others.request()).status_code == 200
    return other


def test_a_conflict_is_listed_and_cleared_for_good(
    hub: HubContext, keyed: KeyMaker, conflict: Line, line: Line, seeded: Seeded
) -> None:
    gate = keyed("check-in:scan")
    opened: dict[str, Any]
    (opened,) = gate.data("GET", "/conflicts", params={"filter[cleared]": "false", "expand": "participant"})
    assert (opened["device_id"], opened["other_device_id"]) == (conflict.device_id, line.device_id)
    assert opened["participant"] == {"id": "ada", "name": "Ada Lovelace"}
    path = f"/conflicts/{opened['id']}"
    for _ in range(2):
        cleared = gate.data("POST", f"{path}/clear")
        assert (cleared["cleared"], cleared["cleared_by"][:8]) == (True, "key:test")
    assert gate.data("GET", path) == cleared
    assert line.pull(epoch="", cursor="")["conflicts"] == [], "stations show it no more"
    with hub.uow.begin() as work:
        projection.rebuild(work, seeded.tenant_id, seeded.event_id)
        (told,) = work.session.scalars(select(AuditLog).where(AuditLog.action == "clear"))
    assert told.entity_id == opened["id"]
    assert gate.data("GET", "/conflicts", params={"filter[cleared]": "false"}) == []
    assert gate.data("GET", "/occupancy")["event"]["current"] == 1, "one person, whatever the log"


def test_of_a_conflict_strangers_learn_nothing(keyed: KeyMaker, foreign: Keyed, conflict: Line) -> None:
    reader = keyed("access-logs:read")
    (opened,) = reader.data("GET", "/conflicts")
    path = f"/conflicts/{opened['id']}"
    assert refused(foreign.call("GET", "/conflicts"), 404) == "EventNotFound"
    assert refused(foreign.call("GET", path), 404) == "EventNotFound"
    assert refused(foreign.call("POST", f"{path}/clear"), 404) == "EventNotFound"
    assert refused(reader.call("POST", f"{path}/clear"), 403) == "PermissionMissing"
    assert refused(reader.call("GET", "/conflicts/nothing"), 404) == "ConflictNotFound"


def test_capacities_are_set_and_zones_that_nobody_entered_are_told(
    hub: HubContext, keyed: KeyMaker, seeded: Seeded
) -> None:
    keeper = keyed("occupancy:*")
    with hub.uow.begin() as work:
        odd = check_in.NewCheckpoint(name="Upstairs", zone="1/2 floor & more")
        check_in.create_checkpoint(work, seeded.tenant_id, seeded.event_id, odd)
    zones = keeper.data("PUT", "/occupancy/hall-a", json={"capacity": 80})["zones"]
    assert [(one["zone"], one["current"], one["capacity"], one["level"]) for one in zones] == [
        ("1/2 floor & more", 0, None, "unknown"),
        ("hall-a", 0, 80, "green"),
    ]
    told = keeper.data("PUT", "/occupancy/1%2F2%20floor%20%26%20more", json={"capacity": 0})
    assert told["zones"][0]["capacity"] == 0
    assert told["event"]["capacity"] == 500, "the event's own"
    assert keeper.data("PUT", "/occupancy", json={"capacity": 90})["event"]["capacity"] == 90
    assert keeper.data("PUT", "/occupancy", json={"capacity": None})["event"]["capacity"] == 500
    with hub.uow.read() as work:
        acts = work.session.scalars(
            select(AuditLog).where(AuditLog.action == "set_capacity", AuditLog.actor.startswith("key:"))
        ).all()
    assert len(acts) == 4


def test_capacities_are_refused_in_words(keyed: KeyMaker, foreign: Keyed) -> None:
    keeper = keyed("occupancy:update")
    assert refused(keeper.call("PUT", "/occupancy/nowhere", json={"capacity": 1}), 404) == "ZoneNotFound"
    for bad in (
        {},
        {"capacity": -1},
        {"capacity": "many"},
        {"capacity": 10**12},
        {"capacity": 1, "zone": "x"},
    ):
        assert refused(keeper.call("PUT", "/occupancy", json=bad), 422) == "ValidationFailed"
    assert refused(keeper.call("PUT", f"/occupancy/{'z' * 65}", json={"capacity": 1}), 422)
    assert refused(keeper.call("PUT", "/occupancy/", json={"capacity": 1}), 422)
    assert refused(keyed("events:*").call("GET", "/occupancy"), 403) == "PermissionMissing"
    assert refused(keyed("occupancy:read").call("PUT", "/occupancy", json={"capacity": 1}), 403)
    for method, path in (("GET", "/occupancy"), ("PUT", "/occupancy"), ("PUT", "/occupancy/hall-a")):
        body = {"capacity": 1} if method == "PUT" else None
        assert refused(foreign.call(method, path, json=body), 404) == "EventNotFound"
