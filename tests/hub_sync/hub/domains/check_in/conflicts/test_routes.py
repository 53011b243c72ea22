"""Conflicts over REST: listed, and cleared for good."""

from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from hub_sync.hub.domains.audit.tables import AuditLog
from hub_sync.hub.domains.check_in.occupancy import projection
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.domains.check_in.conftest import CallerFactory, EventApiClient, error_code
from tests.hub_sync.hub.station_client import Journal, StationClient, another_station


@pytest.fixture
def conflict(
    hub: HubContext, client: TestClient, station: StationClient, journal: Journal, seeded: Seeded, ada: str
) -> StationClient:
    """Let Ada in at two stations that know nothing of each other; return the second station."""
    other, others = another_station(hub, client, seeded)
    journal.scan(participant_id="ada")
    others.scan(participant_id="ada", scanned_at_ms=journal.record()["scanned_at_ms"] + 5000)
    assert station.push(journal.request()).status_code == 200
    assert other.push(others.request()).status_code == 200
    return other


def test_a_conflict_is_listed_and_cleared_for_good(
    hub: HubContext,
    make_caller: CallerFactory,
    conflict: StationClient,
    station: StationClient,
    seeded: Seeded,
) -> None:
    gate = make_caller("check-in:scan", "participants:read")
    opened: dict[str, Any]
    (opened,) = gate.data("GET", "/conflicts", params={"filter[cleared]": "false", "expand": "participant"})
    assert (opened["device_id"], opened["other_device_id"]) == (conflict.device_id, station.device_id)
    assert opened["participant"] == {"id": "ada", "name": "Ada Lovelace"}
    path = f"/conflicts/{opened['id']}"
    for _ in range(2):
        cleared = gate.data("POST", f"{path}/clear")
        assert (cleared["cleared"], cleared["cleared_by"][:8]) == (True, "key:test")
    assert gate.data("GET", path) == cleared
    assert station.pull(epoch="", cursor="")["conflicts"] == [], "stations show it no more"
    with hub.uow.begin() as work:
        projection.rebuild(work, seeded.tenant_id, seeded.event_id)
        (entry,) = work.session.scalars(select(AuditLog).where(AuditLog.action == "clear"))
    assert entry.entity_id == opened["id"]
    assert gate.data("GET", "/conflicts", params={"filter[cleared]": "false"}) == []
    assert gate.data("GET", "/occupancy")["event"]["current"] == 1, "one person, whatever the log"


def test_of_a_conflict_strangers_learn_nothing(
    make_caller: CallerFactory, foreign: EventApiClient, conflict: StationClient
) -> None:
    reader = make_caller("access-logs:read", "participants:read")
    (opened,) = reader.data("GET", "/conflicts")
    path = f"/conflicts/{opened['id']}"
    assert error_code(foreign.call("GET", "/conflicts"), 404) == "EventNotFound"
    assert error_code(foreign.call("GET", path), 404) == "EventNotFound"
    assert error_code(foreign.call("POST", f"{path}/clear"), 404) == "EventNotFound"
    assert error_code(reader.call("POST", f"{path}/clear"), 403) == "PermissionMissing"
    assert error_code(reader.call("GET", "/conflicts/nothing"), 404) == "ConflictNotFound"
