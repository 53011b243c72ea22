"""Checkpoints over REST: made, read, changed, switched, deleted; two who change one at once, strangers, bad input."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from hub_sync.hub.domains.audit.tables import AuditLog
from hub_sync.hub.domains.check_in.tables import Checkpoint
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.domains.check_in.conftest import CallerFactory, EventApiClient, error_code

NEW = {
    "name": "North",
    "type": "vip-area",
    "direction": "entry",
    "zone": "lounge",
    "allowed_categories": ["vip"],
}


@pytest.fixture
def admin(make_caller: CallerFactory) -> EventApiClient:
    return make_caller("checkpoints:*")


def test_a_checkpoint_is_made_read_changed_switched_and_deleted(
    hub: HubContext, admin: EventApiClient, seeded: Seeded
) -> None:
    created = admin.call("POST", "/checkpoints", json=NEW)
    assert created.status_code == 201, created.text
    point: dict[str, Any] = created.json()["data"]
    assert {name: point[name] for name in NEW} == NEW
    assert created.headers["location"] == f"/api/v1/events/{seeded.event_id}/checkpoints/{point['id']}"
    path = f"/checkpoints/{point['id']}"
    read = admin.call("GET", path)
    assert (read.json()["data"], read.headers["etag"]) == (point, '"1"')
    assert admin.call("GET", path, headers={"If-None-Match": '"1"'}).status_code == 304
    changed = admin.call("PUT", path, json={"zone": None, "name": "South"}, headers={"If-Match": '"1"'})
    assert changed.json()["data"] | {"updated_at": ""} == point | {
        "zone": None,
        "name": "South",
        "version": 2,
        "updated_at": "",
    }
    off = admin.data("POST", f"{path}/toggle", json={"active": False})
    assert (off["active"], off["version"]) == (False, 3)
    assert admin.data("POST", f"{path}/toggle", json={"active": False})["version"] == 3
    assert error_code(admin.call("DELETE", path, headers={"If-Match": '"2"'}), 412) == "CheckpointChanged"
    assert admin.call("DELETE", path, headers={"If-Match": '"3"'}).status_code == 204
    assert error_code(admin.call("GET", path), 404) == "CheckpointNotFound"
    assert error_code(admin.call("DELETE", path), 404) == "CheckpointNotFound"
    with hub.uow.read() as work:
        row = work.session.get(Checkpoint, (seeded.tenant_id, point["id"]))
        assert row is not None
        assert row.deleted_at is not None
        entries = work.session.execute(
            select(AuditLog.action, AuditLog.actor).where(AuditLog.entity_id == point["id"])
        ).all()
    assert sorted(action for action, _ in entries) == ["create", "delete", "toggle", "update"]
    assert all(actor.startswith("key:test") for _, actor in entries)


def test_a_deleted_checkpoints_name_is_free_again(admin: EventApiClient) -> None:
    first = admin.data("POST", "/checkpoints", json=NEW)
    assert error_code(admin.call("POST", "/checkpoints", json=NEW), 409) == "CheckpointExists"
    loud = {**NEW, "name": str(NEW["name"]).upper()}
    assert error_code(admin.call("POST", "/checkpoints", json=loud), 409) == "CheckpointExists"
    admin.call("DELETE", f"/checkpoints/{first['id']}")
    assert admin.data("POST", "/checkpoints", json=NEW)["id"] != first["id"]


def test_the_list_is_sorted_filtered_and_paged(admin: EventApiClient, seeded: Seeded) -> None:
    for name in ("A", "B", "C"):
        admin.data("POST", "/checkpoints", json=NEW | {"name": name})
    answer = admin.call("GET", "/checkpoints", params={"limit": 2, "fields": "name"}).json()
    assert answer["data"] == [{"name": "A"}, {"name": "B"}]
    more = {"limit": 2, "fields": "name", "cursor": answer["meta"]["next_cursor"]}
    assert admin.call("GET", "/checkpoints", params=more).json()["data"] == [
        {"name": "C"},
        {"name": "Main gate"},
    ]
    chosen = {"filter[type]": "gate", "filter[active]": "true"}
    assert [checkpoint["id"] for checkpoint in admin.data("GET", "/checkpoints", params=chosen)] == [
        seeded.gate_id
    ]
    assert error_code(admin.call("GET", "/checkpoints", params={"colour": "red"}), 400)


def test_of_two_who_change_one_version_one_wins(admin: EventApiClient, seeded: Seeded) -> None:
    path = f"/checkpoints/{seeded.gate_id}"

    def change(number: int) -> int:
        answer = admin.call("PUT", path, json={"name": f"Gate {number}"}, headers={"If-Match": '"1"'})
        return int(answer.status_code)

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(change, range(8)))
    assert statuses == [200] + [412] * 7


def test_of_eight_who_make_one_name_one_does(admin: EventApiClient) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda _: admin.call("POST", "/checkpoints", json=NEW).status_code, range(8))
    assert sorted(answers) == [201] + [409] * 7


BAD: list[Any] = [
    {},
    NEW | {"name": ""},
    NEW | {"name": "\x00"},
    NEW | {"type": "moat"},
    NEW | {"opens_at": "08:00"},
    NEW | {"opens_at": "25:00", "closes_at": "26:00"},
    NEW | {"roster_max_age_s": 0},
    NEW | {"colour": "red"},
    [],
]


def test_bad_checkpoints_are_refused_in_words(admin: EventApiClient) -> None:
    for body in BAD:
        assert error_code(admin.call("POST", "/checkpoints", json=body), 422), body


def test_changes_ask_for_if_match_and_whole_hours(admin: EventApiClient, seeded: Seeded) -> None:
    path = f"/checkpoints/{seeded.gate_id}"
    assert error_code(admin.call("PUT", path, json={}), 428) == "PreconditionRequired"
    half = {"opens_at": "08:00"}
    answer = admin.call("PUT", path, json=half, headers={"If-Match": "*"})
    assert error_code(answer, 422) == "OpeningHoursIncomplete"
    assert error_code(admin.call("PUT", path, json={}, headers={"If-Match": "1"}), 400) == "BadRequest"


def test_strangers_find_nothing_and_the_small_may_not(
    make_caller: CallerFactory, foreign: EventApiClient, seeded: Seeded
) -> None:
    path = f"/checkpoints/{seeded.gate_id}"
    for method, where, body in [
        ("GET", "/checkpoints", None),
        ("GET", path, None),
        ("POST", "/checkpoints", NEW),
        ("PUT", path, {}),
        ("DELETE", path, None),
        ("POST", f"{path}/toggle", {"active": False}),
    ]:
        answer = foreign.call(method, where, json=body, headers={"If-Match": "*"})
        assert error_code(answer, 404) == "EventNotFound", (method, where)
    operator = make_caller("check-in:scan")
    assert operator.call("GET", path).status_code == 200, "whoever scans must see where"
    for method, where, body in [("POST", "/checkpoints", NEW), ("PUT", path, {}), ("DELETE", path, None)]:
        answer = operator.call(method, where, json=body, headers={"If-Match": "*"})
        assert error_code(answer, 403) == "PermissionMissing"


@pytest.mark.parametrize(
    ("policy", "member"), [("after-minutes", "reentry_minutes"), ("limit", "reentry_limit")]
)
def test_a_policy_of_re_entry_has_its_number(admin: EventApiClient, policy: str, member: str) -> None:
    assert admin.call("POST", "/checkpoints", json=NEW | {"reentry": policy}).status_code == 422
    response = admin.call("POST", "/checkpoints", json=NEW | {"reentry": policy, member: 3})
    assert response.json()["data"][member] == 3, response.text
    path = f"/checkpoints/{response.json()['data']['id']}"
    cleared = admin.call("PUT", path, json={member: None}, headers={"If-Match": '"1"'})
    assert error_code(cleared, 422) == "ReentryIncomplete"
    other = admin.call("PUT", path, json={"reentry": "once-a-day", member: None}, headers={"If-Match": '"1"'})
    assert (other.json()["data"]["reentry"], other.json()["data"][member]) == ("once-a-day", None)
    assert admin.call("POST", "/checkpoints", json=NEW | {"name": "B", member: 0}).status_code == 422


def test_a_new_checkpoint_admits_after_an_exit(admin: EventApiClient) -> None:
    assert admin.data("POST", "/checkpoints", json=NEW)["reentry"] == "after-exit"
