"""Keys are rotated, revoked and validated by those who may, within their tenant."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from hub_sync.contract.clock import ManualClock
from hub_sync.hub.domains.api_keys import service as api_keys
from hub_sync.hub.domains.api_keys.errors import ApiKeyChanged, ApiKeyNotActive
from hub_sync.hub.domains.api_keys.tables import ApiKey
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.access import Caller, CallerKind
from hub_sync.hub.kit.security.credential_bounds import PermissionNotHeld
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.domains.api_keys.conftest import KEYS, CreatedKey, MakeKey, create_by_rest, put


def test_a_revoked_or_rotated_key_is_neither_changed_nor_rotated(
    client: TestClient, manager: CreatedKey
) -> None:
    revoked, rotated = create_by_rest(client, manager), create_by_rest(client, manager)
    assert client.delete(f"{KEYS}/{revoked.id}", headers=manager.headers).status_code == 204
    assert client.post(f"{KEYS}/{rotated.id}/rotate", headers=manager.headers, json={}).status_code == 201
    for key in (revoked, rotated):
        assert put(client, manager, key.id, 2, name="Again") == (409, "ApiKeyNotActive")
        answer = client.post(f"{KEYS}/{key.id}/rotate", headers=manager.headers, json={})
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "ApiKeyNotActive")
    assert client.delete(f"{KEYS}/{revoked.id}", headers=manager.headers).status_code == 204, "as it is"
    assert client.delete(f"{KEYS}/{rotated.id}", headers=manager.headers).status_code == 204
    assert client.get(KEYS, headers={"X-API-Key": rotated.raw}).json()["error"]["code"] == "ApiKeyRevoked"


def test_a_successor_has_the_same_settings(client: TestClient, manager: CreatedKey) -> None:
    settings = {"tier": "CUSTOM", "rate_limit": 9, "ip_allow_list": ["192.0.2.0/24"]}
    old = create_by_rest(client, manager, **settings)
    new = client.post(f"{KEYS}/{old.id}/rotate", headers=manager.headers, json={}).json()["data"]
    was = client.get(f"{KEYS}/{old.id}", headers=manager.headers).json()["data"]
    for name in ("name", "permissions", "expires_at", *settings):
        assert new[name] == was[name]
    assert (was["status"], was["grace_until"], was["rotated_to_id"]) == (
        "ROTATED",
        "2026-06-11T10:00:00Z",
        new["id"],
    )


def test_a_repeated_rotation_is_one(client: TestClient, manager: CreatedKey) -> None:
    old = create_by_rest(client, manager)
    headers = manager.headers | {"Idempotency-Key": "rotate"}
    first, again = (client.post(f"{KEYS}/{old.id}/rotate", headers=headers, json={}) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json()["data"] == first.json()["data"] | {"key": None}


def test_another_tenants_keys_are_not_there(
    client: TestClient, manager: CreatedKey, hub: HubContext, make_key: MakeKey
) -> None:
    with hub.uow.begin() as work:
        other = tenants.create(work, hub.secret_box, slug="other", name="Other").id
    foreign = make_key("*", tenant_id=other)
    assert client.get(KEYS, headers=foreign.headers).status_code == 200
    at = f"{KEYS}/{foreign.id}"
    answers = [
        client.get(at, headers=manager.headers),
        client.put(at, headers=manager.headers | {"If-Match": "*"}, json={"name": "Mine"}),
        client.post(f"{at}/rotate", headers=manager.headers, json={}),
        client.delete(at, headers=manager.headers),
    ]
    assert [(answer.status_code, answer.json()["error"]["code"]) for answer in answers] == [
        (404, "ApiKeyNotFound")
    ] * 4
    assert foreign.id not in client.get(KEYS, headers=manager.headers).text
    validity = client.post(f"{KEYS}/validate", headers=manager.headers, json={"key": foreign.raw})
    assert validity.json()["data"]["valid"] is False


def test_validating_says_what_a_good_key_may_do_and_of_others_only_that_they_are_none(
    client: TestClient, manager: CreatedKey, clock: ManualClock
) -> None:
    good = create_by_rest(client, manager, tier="ELEVATED")
    expired = create_by_rest(client, manager, expires_at=(clock.now() + timedelta(hours=1)).isoformat())
    revoked = create_by_rest(client, manager)
    client.delete(f"{KEYS}/{revoked.id}", headers=manager.headers)
    clock.advance(timedelta(hours=1))

    def validity(raw: str) -> dict[str, Any]:
        answer = client.post(f"{KEYS}/validate", headers=manager.headers, json={"key": raw})
        assert answer.status_code == 200, answer.text
        validity: dict[str, Any] = answer.json()["data"]
        return {name: value for name, value in validity.items() if value is not None}

    assert validity(good.raw) == {
        "valid": True,
        "id": good.id,
        "name": "Badge printing",
        "permissions": ["events:read"],
        "ip_allow_list": [],
        "calls_a_minute": 500,
    }
    for raw in (expired.raw, revoked.raw, good.raw[:-1], "", "nonsense"):
        assert validity(raw) == {"valid": False}


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
def test_a_change_that_is_committed_before_the_lock_is_noticed(
    hub: HubContext, seeded: Seeded, make_key: MakeKey
) -> None:
    key_id = make_key().id
    with hub.uow.begin() as work:
        key = api_keys.get(work, seeded.tenant_id, key_id)
        version = key.version

        def revoke() -> None:
            with hub.uow.begin() as other:
                api_keys.revoke(other, seeded.tenant_id, key_id)

        other = threading.Thread(target=revoke)
        other.start()
        other.join()
        with pytest.raises(ApiKeyChanged):
            api_keys.update(work, seeded.tenant_id, key_id, api_keys.ApiKeyChanges(name="Late"), version)
        with pytest.raises(ApiKeyNotActive):
            api_keys.rotate(work, seeded.tenant_id, key_id, 0)
        assert key.version == version + 1, "the same row, read again"


def test_what_a_rotated_key_creates_ends_with_its_grace_period(
    client: TestClient, manager: CreatedKey, make_key: MakeKey, clock: ManualClock
) -> None:
    old = make_key("*")
    rotated = client.post(f"{KEYS}/{old.id}/rotate", headers=manager.headers, json={"grace_s": 3600})
    assert rotated.status_code == 201, rotated.text
    new = {"name": "Child", "permissions": ["events:read"]}
    refused = client.post(KEYS, headers=old.headers, json=new)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "ExceedsCreatorGrant")
    ends_at = (clock.now() + timedelta(hours=1)).isoformat()
    assert client.post(KEYS, headers=old.headers, json=new | {"expires_at": ends_at}).status_code == 201


def test_a_permission_that_this_version_does_not_know_keeps_nobody_from_revoking_a_key(
    client: TestClient, hub: HubContext, make_key: MakeKey
) -> None:
    manager, old = make_key("api-keys:manage", "events:read"), make_key("events:read")
    with hub.uow.begin() as work:
        work.session.execute(
            update(ApiKey).where(ApiKey.id == old.id).values(permissions=["events:read", "events:juggle"])
        )
    assert client.delete(f"{KEYS}/{old.id}", headers=manager.headers).status_code == 204


def test_nobody_takes_over_a_key_that_holds_more_than_they_do(
    hub: HubContext, make_key: MakeKey, seeded: Seeded
) -> None:
    strong = make_key("participants:read")
    permissions = frozenset({"api-keys:manage"})
    weak = Caller(CallerKind.USER, "x", seeded.tenant_id, "user:x", permissions, permissions, 100)
    with hub.uow.begin(actor="user:x") as work, pytest.raises(PermissionNotHeld):
        api_keys.take_over(work, seeded.tenant_id, strong.id, caller=weak)
