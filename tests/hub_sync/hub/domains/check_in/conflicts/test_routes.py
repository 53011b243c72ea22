"""Conflicts over REST: listed, resolved with a note, opened again."""

from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from hub_sync.hub.domains.audit.tables import AuditLog
from hub_sync.hub.domains.check_in.occupancy import projection
from hub_sync.hub.kit.events.domain_events import StoredDomainEvent
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.domains.check_in.conftest import CallerFactory, EventApiClient, error_code
from tests.hub_sync.hub.station_client import Journal, StationClient, another_station

OPEN = {"filter[state]": "open,changed"}


@pytest.fixture
def others(hub: HubContext, client: TestClient, seeded: Seeded) -> tuple[StationClient, Journal]:
    """Return a second station with its journal."""
    return another_station(hub, client, seeded)


@pytest.fixture
def conflict(
    others: tuple[StationClient, Journal], station: StationClient, journal: Journal, ada: str
) -> StationClient:
    """Let Ada in at two stations that know nothing of each other; return the second station."""
    other, its_journal = others
    journal.scan(participant_id="ada")
    its_journal.scan(participant_id="ada", scanned_at_ms=journal.record()["scanned_at_ms"] + 5000)
    assert station.push(journal.request()).status_code == 200
    assert other.push(its_journal.request()).status_code == 200
    return other


def event_types(hub: HubContext) -> list[str]:
    with hub.uow.read() as work:
        query = select(StoredDomainEvent.type).where(StoredDomainEvent.entity == "access_conflict")
        return list(work.session.scalars(query.order_by(StoredDomainEvent.id)))


def test_a_conflict_is_listed_and_resolved_for_good(
    hub: HubContext,
    make_caller: CallerFactory,
    conflict: StationClient,
    station: StationClient,
    seeded: Seeded,
) -> None:
    gate = make_caller("check-in:scan", "participants:read")
    opened: dict[str, Any]
    (opened,) = gate.data("GET", "/conflicts", params=OPEN | {"expand": "participant"})
    assert (opened["device_id"], opened["other_device_id"]) == (conflict.device_id, station.device_id)
    assert (opened["kind"], opened["verdict"]) == ("double-entry", "already_inside")
    assert opened["participant"] == {"id": "ada", "name": "Ada Lovelace"}
    path = f"/conflicts/{opened['id']}"
    for _ in range(2):
        resolved = gate.data("POST", f"{path}/resolve", json={"note": " Twins. "})
        assert (resolved["state"], resolved["note"]) == ("resolved", "Twins.")
        assert resolved["resolved_by"].startswith("key:test")
    assert gate.data("GET", path) == resolved
    assert station.pull(epoch="", cursor="")["conflicts"] == [], "stations show it no more"
    with hub.uow.begin() as work:
        projection.rebuild(work, seeded.tenant_id, seeded.event_id)
        (entry,) = work.session.scalars(select(AuditLog).where(AuditLog.action == "resolve"))
    assert entry.entity_id == opened["id"]
    assert gate.data("GET", "/conflicts", params=OPEN) == []
    assert gate.data("GET", "/occupancy")["event"]["current"] == 1, "one person, whatever the log"
    assert event_types(hub) == ["ConflictOpened", "ConflictResolved"]


def test_of_two_who_resolve_it_the_second_learns_of_the_first(
    make_caller: CallerFactory, conflict: StationClient
) -> None:
    first, second = make_caller("check-in:scan"), make_caller("check-in:scan")
    (opened,) = first.data("GET", "/conflicts")
    path = f"/conflicts/{opened['id']}/resolve"
    first.data("POST", path, json={"note": "Twins."})
    answer = second.call("POST", path, json={"note": "A copied ticket."})
    assert error_code(answer, 409) == "ConflictResolvedAlready"


def test_a_conflict_that_is_opened_again_is_shown_at_the_gates_again(
    hub: HubContext, make_caller: CallerFactory, conflict: StationClient, station: StationClient
) -> None:
    gate = make_caller("check-in:scan", "participants:read")
    (opened,) = gate.data("GET", "/conflicts")
    path = f"/conflicts/{opened['id']}"
    gate.data("POST", f"{path}/resolve", json={"note": "Twins."})
    for _ in range(2):
        again = gate.data("POST", f"{path}/reopen")
        assert (again["state"], again["note"]) == ("open", "Twins.")
    assert len(station.pull(epoch="", cursor="")["conflicts"]) == 1
    assert event_types(hub) == ["ConflictOpened", "ConflictResolved", "ConflictReopened"]


def test_a_resolved_conflict_says_that_a_late_scan_changed_it(
    hub: HubContext,
    make_caller: CallerFactory,
    others: tuple[StationClient, Journal],
    conflict: StationClient,
    station: StationClient,
    journal: Journal,
) -> None:
    gate = make_caller("check-in:scan", "participants:read")
    (opened,) = gate.data("GET", "/conflicts")
    gate.data("POST", f"/conflicts/{opened['id']}/resolve", json={"note": "A copied ticket."})
    left_at = journal.record()["scanned_at_ms"] + 1000
    journal.scan(participant_id="ada", scanned_at_ms=left_at, direction="exit", reason="exited")
    assert station.push(journal.request()).status_code == 200
    changed = gate.data("GET", f"/conflicts/{opened['id']}")
    assert (changed["state"], changed["note"]) == ("changed", "A copied ticket.")
    assert changed["changed_at"] is not None
    assert [each["id"] for each in gate.data("GET", "/conflicts", params=OPEN)] == [opened["id"]]
    assert event_types(hub)[-1] == "ConflictReopened"


def test_a_conflict_that_a_late_scan_settles_can_not_be_opened_again(
    hub: HubContext,
    make_caller: CallerFactory,
    conflict: StationClient,
    station: StationClient,
    journal: Journal,
) -> None:
    gate = make_caller("check-in:scan")
    left_at = journal.record()["scanned_at_ms"] + 1000
    journal.scan(participant_id="ada", scanned_at_ms=left_at, direction="exit", reason="exited")
    assert station.push(journal.request()).status_code == 200
    (settled,) = gate.data("GET", "/conflicts")
    assert (settled["state"], settled["resolved_by"]) == ("withdrawn", None)
    assert event_types(hub) == ["ConflictOpened", "ConflictResolved"]
    assert error_code(gate.call("POST", f"/conflicts/{settled['id']}/reopen"), 409) == "ConflictNotResolved"


def test_several_are_resolved_at_once_and_those_of_others_stay(
    make_caller: CallerFactory, conflict: StationClient, station: StationClient, journal: Journal
) -> None:
    gate, other = make_caller("check-in:scan", "participants:read"), make_caller("check-in:scan")
    for person in ("ben", "cleo"):
        journal.scan(participant_id=person, result="INVALID", reason="unknown_participant")
    assert station.push(journal.request()).status_code == 200
    ids = [each["id"] for each in gate.data("GET", "/conflicts")]
    other.data("POST", f"/conflicts/{ids[0]}/resolve", json={"note": "Mine."})
    outcome = gate.data("POST", "/conflicts/resolve", json={"ids": [*ids, ids[1]], "note": "Checked."})
    assert outcome == {"resolved": 2, "skipped": 1}
    notes = {each["id"]: each["note"] for each in gate.data("GET", "/conflicts")}
    assert notes == {ids[0]: "Mine.", ids[1]: "Checked.", ids[2]: "Checked."}
    wrong = gate.call("POST", "/conflicts/resolve", json={"ids": [ids[0], "nothing"]})
    assert error_code(wrong, 404) == "ConflictNotFound"


def test_a_note_is_for_those_who_may_read_names(make_caller: CallerFactory, conflict: StationClient) -> None:
    gate = make_caller("check-in:scan")
    (opened,) = gate.data("GET", "/conflicts")
    path = f"/conflicts/{opened['id']}"
    gate.data("POST", f"{path}/resolve", json={"note": "Ada and her sister."})
    assert gate.data("GET", path)["note"] == "…"
    assert gate.data("GET", "/conflicts")[0]["note"] == "…"
    assert gate.data("POST", f"{path}/reopen")["note"] == "…"


def test_of_a_conflict_strangers_learn_nothing(
    make_caller: CallerFactory, foreign: EventApiClient, conflict: StationClient
) -> None:
    reader = make_caller("access-logs:read", "participants:read")
    (opened,) = reader.data("GET", "/conflicts")
    path = f"/conflicts/{opened['id']}"
    assert error_code(foreign.call("GET", "/conflicts"), 404) == "EventNotFound"
    assert error_code(foreign.call("GET", path), 404) == "EventNotFound"
    assert error_code(foreign.call("POST", f"{path}/resolve", json={}), 404) == "EventNotFound"
    assert error_code(reader.call("POST", f"{path}/resolve", json={}), 403) == "PermissionMissing"
    assert error_code(reader.call("GET", "/conflicts/nothing"), 404) == "ConflictNotFound"
