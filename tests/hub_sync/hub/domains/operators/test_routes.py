"""Operators over REST: created, read, changed, deleted; bad input; nobody reads a PIN again."""

from typing import Any

import pytest
from sqlalchemy import select

from hub_sync.hub.domains.audit.tables import AuditLog
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.domains.check_in.conftest import CallerFactory, EventApiClient, error_code

NEW: dict[str, Any] = {"name": "Mara Lind", "role": "supervisor", "pin": "250917"}


@pytest.fixture
def manager(make_caller: CallerFactory) -> EventApiClient:
    return make_caller("devices:read", "kiosk:manage")


def test_an_operator_is_created_read_changed_and_deleted_and_no_answer_has_the_pin(
    hub: HubContext, manager: EventApiClient, seeded: Seeded
) -> None:
    created = manager.call("POST", "/operators", json=NEW)
    assert created.status_code == 201, created.text
    operator: dict[str, Any] = created.json()["data"]
    assert (operator["name"], operator["role"], operator["active"]) == ("Mara Lind", "supervisor", True)
    path = f"/operators/{operator['id']}"
    assert created.headers["location"] == f"/api/v1/events/{seeded.event_id}{path}"
    changed = manager.call(
        "PUT", path, json={"pin": "816205", "device_ids": [seeded.device_id]}, headers={"If-Match": '"1"'}
    )
    assert changed.json()["data"]["device_ids"] == [seeded.device_id]
    stale = manager.call("PUT", path, json={"active": False}, headers={"If-Match": '"1"'})
    assert error_code(stale, 412) == "OperatorChanged"
    listed = manager.call("GET", "/operators")
    assert [each["id"] for each in listed.json()["data"]] == [operator["id"]]
    for answer in (created, changed, listed, manager.call("GET", path)):
        assert not any(secret in answer.text for secret in ("250917", "816205", "scrypt"))
    assert manager.call("DELETE", path, headers={"If-Match": '"2"'}).status_code == 204
    assert error_code(manager.call("GET", path), 404) == "OperatorNotFound"
    with hub.uow.read() as work:
        entries = work.session.scalars(select(AuditLog).where(AuditLog.entity_id == operator["id"])).all()
    assert sorted(entry.action for entry in entries) == ["create", "delete", "update"]
    assert not any("scrypt" in f"{entry.before}{entry.after}" for entry in entries)


def test_a_deleted_operators_name_is_free_again(manager: EventApiClient) -> None:
    first = manager.data("POST", "/operators", json=NEW)
    assert error_code(manager.call("POST", "/operators", json=NEW), 409) == "OperatorExists"
    manager.call("DELETE", f"/operators/{first['id']}")
    assert manager.data("POST", "/operators", json=NEW)["id"] != first["id"]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"pin": "12"}, "PinInvalid"),
        ({"pin": "1234"}, "PinTooEasy"),
        ({"device_ids": ["nowhere"]}, "StationNotAtEvent"),
        ({"role": "king"}, "ValidationFailed"),
        ({"name": "\x00"}, "ValidationFailed"),
        ({"pin": 250917}, "ValidationFailed"),
    ],
)
@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_what_is_wrong_is_said_and_nothing_is_stored(
    manager: EventApiClient, wrong: dict[str, Any], code: str
) -> None:
    answer = manager.call("POST", "/operators", json=NEW | wrong)
    assert error_code(answer, answer.status_code) == code or answer.status_code in (400, 422)
    assert answer.status_code in (400, 422)
    assert manager.call("GET", "/operators").json()["data"] == []


def test_who_may_only_read_stations_creates_no_operator(make_caller: CallerFactory) -> None:
    reader = make_caller("devices:read")
    assert reader.call("POST", "/operators", json=NEW).status_code == 403
    assert reader.call("GET", "/operators").status_code == 200
