"""Keys are made, changed, rotated and revoked by those who may, and nobody raises themselves by it."""

import threading
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import select, text
from starlette.testclient import TestClient

from hub_sync.contract.clock import ManualClock
from hub_sync.hub.domains import all_tables, registry
from hub_sync.hub.domains.api_keys import service as api_keys
from hub_sync.hub.domains.api_keys.schemas import GRANTABLE
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.access import Caller, CallerKind
from hub_sync.hub.kit.security.credential_bounds import PermissionNotHeld
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.domains.api_keys.conftest import KEYS, NEW, CreatedKey, MakeKey, create_by_rest, put


def test_a_new_key_is_told_once_and_then_never_again(
    client: TestClient, manager: CreatedKey, clock: ManualClock
) -> None:
    expires = (clock.now() + timedelta(days=30)).isoformat()
    answer = client.post(
        KEYS,
        headers=manager.headers,
        json=NEW
        | {"tier": "ELEVATED", "ip_allow_list": ["192.0.2.7", "2001:db8::/32"], "expires_at": expires},
    )
    assert answer.status_code == 201
    created = answer.json()["data"]
    assert answer.headers["Location"] == f"{KEYS}/{created['id']}"
    assert answer.headers["Cache-Control"] == "no-store"
    assert created["key"].startswith(created["prefix"])
    assert created["ip_allow_list"] == ["192.0.2.7/32", "2001:db8::/32"]
    single = client.get(answer.headers["Location"], headers=manager.headers)
    listed = client.get(KEYS, headers=manager.headers)
    assert single.json()["data"] == {name: value for name, value in created.items() if name != "key"}
    for representation in (single, listed):
        assert created["key"] not in representation.text
        assert "hash" not in representation.text
        assert "$2b$" not in representation.text


def test_neither_key_nor_hash_stands_in_database_audit_facts_or_log(
    client: TestClient, manager: CreatedKey, hub: HubContext, capsys: pytest.CaptureFixture[str]
) -> None:
    headers = manager.headers | {"Idempotency-Key": "one"}
    raw = client.post(KEYS, headers=headers, json=NEW).json()["data"]["key"]
    assert client.get(KEYS, headers={"X-API-Key": raw}).status_code == 403
    client.post(f"{KEYS}/validate", headers=manager.headers, json={"key": raw})
    logged = capsys.readouterr()
    assert "request" in logged.out
    assert raw not in logged.out + logged.err
    with hub.uow.read() as work:
        for name in ("api_keys", "audit_logs", "domain_events", "idempotent_answers"):
            rows = [str(tuple(row)) for row in work.session.execute(select(all_tables().tables[name]))]
            assert rows
            assert not any(raw in row for row in rows)
            if name != "api_keys":
                assert not any("$2b$" in row or "key_hash" in row for row in rows)


def test_a_repeated_creation_makes_one_key_and_does_not_tell_it_again(
    client: TestClient, manager: CreatedKey
) -> None:
    headers = manager.headers | {"Idempotency-Key": "the-same"}
    first, again = (client.post(KEYS, headers=headers, json=NEW) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["data"]["key"]
    assert again.json()["data"] == first.json()["data"] | {"key": None}
    listed = client.get(KEYS, headers=manager.headers).json()["data"]
    assert [item["name"] for item in listed].count("Badge printing") == 1


WRONG: list[dict[str, Any]] = [
    {"permissions": []},
    {"permissions": ["events:fly"]},
    {"permissions": ["e*"]},
    {"permissions": [""]},
    {"name": "  "},
    {"name": "x" * 121},
    {"tier": "GOLD"},
    {"tier": "CUSTOM"},
    {"rate_limit": 5},
    {"tier": "CUSTOM", "rate_limit": 0},
    {"tier": "CUSTOM", "rate_limit": 10**9},
    {"ip_allow_list": ["192.0.2.1/24"]},
    {"ip_allow_list": ["everywhere"]},
    {"ip_allow_list": ["192.0.2.0/33"]},
    {"expires_at": "2026-06-10T09:59:59Z"},
    {"expires_at": "2030-01-01T00:00:00"},
    {"expires_at": "9999-12-31T23:59:59-12:00"},
    {"key": "ak_0000_mine"},
]


def test_what_no_key_can_be_made_of_is_422(client: TestClient, manager: CreatedKey) -> None:
    for wrong in WRONG:
        answer = client.post(KEYS, headers=manager.headers, json=NEW | wrong)
        assert answer.status_code == 422, (wrong, answer.text)
        assert answer.json()["error"]["message"]
    assert len(client.get(KEYS, headers=manager.headers).json()["data"]) == 1


def test_every_permission_and_wildcard_can_be_given_by_who_holds_all(
    client: TestClient, manager: CreatedKey
) -> None:
    answer = client.post(KEYS, headers=manager.headers, json=NEW | {"permissions": list(GRANTABLE[::-1])})
    assert answer.status_code == 201, answer.text
    assert answer.json()["data"]["permissions"] == list(GRANTABLE)


def test_a_key_gives_no_more_than_it_holds(client: TestClient, make_key: MakeKey) -> None:
    maker = make_key("api-keys:manage", "events:read")
    for permissions in (["events:create"], ["events:*"], ["*"], ["events:read", "users:manage"]):
        answer = client.post(KEYS, headers=maker.headers, json=NEW | {"permissions": permissions})
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "PermissionNotHeld"), permissions
    assert create_by_rest(client, maker, permissions=["events:read", "api-keys:*"]).raw


def test_neither_does_a_person(hub: HubContext, seeded: Seeded) -> None:
    permissions = frozenset({"events:read", "api-keys:manage"})
    user = Caller(
        CallerKind.USER, "u", seeded.tenant_id, "user:u", permissions, frozenset(registry().flags), 2000
    )
    new = api_keys.NewApiKey(name="More", permissions=["events:update"])
    with pytest.raises(PermissionNotHeld), hub.uow.begin() as work:
        api_keys.create(work, seeded.tenant_id, new, caller=user)


def test_nobody_raises_a_key_or_gets_hold_of_a_stronger_one(client: TestClient, make_key: MakeKey) -> None:
    weak, strong = make_key("api-keys:manage", "events:read"), make_key("*")
    assert put(client, weak, weak.id, 1, permissions=["*"]) == (403, "PermissionNotHeld")
    assert put(client, weak, strong.id, 1, ip_allow_list=[]) == (403, "PermissionNotHeld")
    assert put(client, weak, strong.id, 1, permissions=["events:read"]) == (403, "PermissionNotHeld")
    for answer in (
        client.post(f"{KEYS}/{strong.id}/rotate", headers=weak.headers, json={}),
        client.delete(f"{KEYS}/{strong.id}", headers=weak.headers),
    ):
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "PermissionNotHeld")


def test_a_change_needs_the_version_that_was_read(client: TestClient, manager: CreatedKey) -> None:
    key = create_by_rest(client, manager)
    assert client.put(f"{KEYS}/{key.id}", headers=manager.headers, json={"name": "A"}).status_code == 428
    assert put(client, manager, key.id, 1, name="A")[0] == 200
    assert put(client, manager, key.id, 1, name="B") == (412, "ApiKeyChanged")
    response = client.get(f"{KEYS}/{key.id}", headers=manager.headers)
    assert (response.headers["ETag"], response.json()["data"]["name"]) == ('"2"', "A")
    stale = manager.headers | {"If-Match": '"1"'}
    assert client.delete(f"{KEYS}/{key.id}", headers=stale).status_code == 412


@pytest.mark.both_databases
def test_of_two_changes_at_once_one_is_done(client: TestClient, manager: CreatedKey) -> None:
    key = create_by_rest(client, manager)
    statuses: list[int] = []
    together = threading.Barrier(4)

    def change(name: str) -> None:
        together.wait()
        statuses.append(put(client, manager, key.id, 1, name=name)[0])

    threads = [threading.Thread(target=change, args=(f"Name {n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 412, 412, 412]


def test_what_a_change_leaves_out_stays(client: TestClient, manager: CreatedKey) -> None:
    key = create_by_rest(client, manager, tier="CUSTOM", rate_limit=9, ip_allow_list=["192.0.2.0/24"])
    assert put(client, manager, key.id, 1, name="Renamed")[0] == 200
    updated = client.get(f"{KEYS}/{key.id}", headers=manager.headers).json()["data"]
    assert (updated["tier"], updated["rate_limit"], updated["ip_allow_list"]) == (
        "CUSTOM",
        9,
        ["192.0.2.0/24"],
    )
    assert put(client, manager, key.id, 2, rate_limit=11)[0] == 200
    assert put(client, manager, key.id, 3, tier="PREMIUM")[0] == 200
    updated = client.get(f"{KEYS}/{key.id}", headers=manager.headers).json()["data"]
    assert (updated["tier"], updated["rate_limit"]) == ("PREMIUM", None)
    assert put(client, manager, key.id, 4, rate_limit=5) == (422, "RateLimitMismatch")
    assert put(client, manager, key.id, 4, tier="CUSTOM") == (422, "RateLimitMismatch")


def test_an_expired_key_comes_back_with_a_new_expiry_or_none(
    client: TestClient, manager: CreatedKey, clock: ManualClock
) -> None:
    key = create_by_rest(client, manager, expires_at=(clock.now() + timedelta(hours=1)).isoformat())
    at = f"{KEYS}/{key.id}"
    clock.advance(timedelta(hours=2))
    assert client.get(at, headers=manager.headers).json()["data"]["status"] == "EXPIRED"
    rotated = client.post(f"{at}/rotate", headers=manager.headers, json={})
    assert (rotated.status_code, rotated.json()["error"]["code"]) == (409, "ApiKeyNotActive")
    past = (clock.now() - timedelta(minutes=1)).isoformat()
    assert put(client, manager, key.id, 1, expires_at=past) == (422, "ExpiryInThePast")
    assert put(client, manager, key.id, 1, name="Still over")[0] == 200
    assert client.get(at, headers=manager.headers).json()["data"]["status"] == "EXPIRED"
    assert put(client, manager, key.id, 2, expires_at=None)[0] == 200
    updated = client.get(at, headers=manager.headers).json()["data"]
    assert (updated["status"], updated["expires_at"]) == ("ACTIVE", None)


def test_lists_say_which_keys_have_expired(
    client: TestClient, manager: CreatedKey, hub: HubContext, clock: ManualClock
) -> None:
    key = create_by_rest(client, manager, expires_at=(clock.now() + timedelta(hours=1)).isoformat())
    hub.authenticator.flush_usage()
    assert statuses(client, manager, "EXPIRED") == []
    clock.advance(timedelta(hours=1))
    hub.authenticator.flush_usage()
    assert statuses(client, manager, "EXPIRED") == [key.id]
    assert statuses(client, manager, "ACTIVE") == [manager.id]


def statuses(client: TestClient, key: CreatedKey, status: str) -> Sequence[str]:
    """The ids of the keys with a status."""
    answer = client.get(KEYS, headers=key.headers, params={"filter[status]": status})
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["data"]]


def test_every_change_is_audited_with_who_before_and_after(
    client: TestClient, manager: CreatedKey, hub: HubContext, seeded: Seeded
) -> None:
    key = create_by_rest(client, manager)
    put(client, manager, key.id, 1, permissions=["events:read", "participants:read"])
    client.post(f"{KEYS}/{key.id}/rotate", headers=manager.headers, json={})
    client.delete(f"{KEYS}/{key.id}", headers=manager.headers)
    with hub.uow.read() as work:
        entries = audit.entries_of(work, seeded.tenant_id, "api_key", key.id)
        done = {entry.action: entry for entry in entries}
        event_types = set(
            work.session.scalars(text("SELECT type FROM domain_events WHERE entity = 'api_key'"))
        )
    assert set(done) == {"create", "update", "rotate", "revoke"}
    assert {entry.actor for entry in entries} == {f"key:Manager ({manager.raw[:20]})"}
    before, after = done["update"].before, done["update"].after
    assert before
    assert after
    assert (before["permissions"], after["permissions"]) == (
        ["events:read"],
        ["events:read", "participants:read"],
    )
    assert event_types == {"ApiKeyCreated", "ApiKeyUpdated", "ApiKeyRotated", "ApiKeyWithdrawn"}


@pytest.mark.parametrize(
    ("own", "wider", "within"),
    [
        (
            {"ip_allow_list": ["127.0.0.0/8", "10.0.0.0/8"]},
            [{}, {"ip_allow_list": ["0.0.0.0/0"]}, {"ip_allow_list": ["10.1.0.0/16", "2001:db8::/32"]}],
            {"ip_allow_list": ["10.1.0.0/16", "127.0.0.1"]},
        ),
        (
            {"expires_at": "2100-01-01T00:00:00Z"},
            [{}, {"expires_at": "2100-01-01T00:00:01Z"}],
            {"expires_at": "2100-01-01T00:00:00Z"},
        ),
    ],
    ids=["networks", "time"],
)
def test_nobody_leaves_a_keys_bounds_by_a_second_key(
    app: FastAPI,
    make_key: MakeKey,
    own: dict[str, Any],
    wider: Sequence[dict[str, Any]],
    within: dict[str, Any],
) -> None:
    maker = make_key("*", **own)
    client, headers = TestClient(app, client=("127.0.0.1", 5000)), maker.headers
    free = make_key("events:read")
    for settings in wider:
        refused = client.post(KEYS, headers=headers, json=NEW | settings)
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "ExceedsCreatorGrant"), (
            settings
        )
        widened = {"ip_allow_list": [], "expires_at": None} | settings
        assert put(client, maker, maker.id, 1, **widened) == (403, "ExceedsCreatorGrant")
    rotated = client.post(f"{KEYS}/{free.id}/rotate", headers=headers, json={})
    assert (rotated.status_code, rotated.json()["error"]["code"]) == (403, "ExceedsCreatorGrant")
    assert client.post(KEYS, headers=headers, json=NEW | within).status_code == 201
