"""Who shows a key is known by it, at every call anew."""

import threading
from datetime import timedelta
from zlib import crc32

import bcrypt
import pytest
from sqlalchemy import text, update
from starlette.testclient import TestClient

from hub_sync.contract.clock import ManualClock
from hub_sync.hub.app import create_app
from hub_sync.hub.domains.api_keys import authentication, key_format
from hub_sync.hub.domains.api_keys import service as api_keys
from hub_sync.hub.domains.api_keys.errors import ApiKeyInvalid
from hub_sync.hub.domains.api_keys.verified_key_cache import LruCache
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.feature_flag import FF_REST_API
from hub_sync.hub.kit.security.rate_limits import TooManyRequests
from hub_sync.hub.kit.settings import HubSettings
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.domains.api_keys.conftest import CreatedKey, MakeKey

KEYS = "/api/v1/api-keys"


def code_of(client: TestClient, raw: str, **headers: str) -> tuple[int, str]:
    """Status and error code of a call with a key."""
    answer = client.get(KEYS, headers={"X-API-Key": raw, **headers})
    return answer.status_code, answer.json().get("error", {}).get("code", "")


def forged(raw: str) -> str:
    """A key with the same prefix and a checksum that agrees, which nobody was given."""
    head = raw[:-8][:-4] + ("0000" if raw[-12:-8] != "0000" else "1111")
    return f"{head}{crc32(head.encode()):08x}"


class CountedBcrypt:
    """Counts how often bcrypt is asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.call_count = 0
        self._really = bcrypt.checkpw
        monkeypatch.setattr(bcrypt, "checkpw", self._check)

    def _check(self, *arguments: bytes) -> bool:
        self.call_count += 1
        return self._really(*arguments)


def test_a_key_has_the_reports_shape_and_fits_bcrypt_whole() -> None:
    raw = key_format.generate("0197-tenant")
    assert len(raw) == 72
    assert raw.startswith("ak_0197_")
    assert raw[-8:] == f"{crc32(raw[:-8].encode()):08x}"
    assert key_format.is_well_formed(raw)
    assert key_format.generate("0197-tenant") != raw
    assert key_format.verify_key(raw, key_format.hash_key(raw))
    assert not key_format.verify_key(forged(raw), key_format.hash_key(raw))
    assert key_format.is_well_formed(key_format.generate("Ä/")), "whatever a tenant's id is made of"


def test_a_key_is_taken_in_either_header(client: TestClient, make_key: MakeKey) -> None:
    key = make_key()
    assert client.get(KEYS, headers=key.headers).status_code == 200
    assert client.get(KEYS, headers={"Authorization": f"Bearer {key.raw}"}).status_code == 200
    assert client.get(KEYS).json()["error"]["code"] == "SignInNeeded"


def test_an_altered_key_is_401_without_a_look_up(
    client: TestClient, make_key: MakeKey, statements: list[str]
) -> None:
    raw = make_key().raw
    altered = {
        "checksum": raw[:-1] + ("0" if raw[-1] != "0" else "1"),
        "digit": raw[:20] + ("0" if raw[20] != "0" else "1") + raw[21:],
        "short": raw[:-1],
        "long": raw + "0",
        "upper": raw.upper(),
        "ending": raw + "\u2028",
        "beginning": "ak_",
        "word": "letmein",
        "tenant": "ak_zzzz" + raw[7:],
    }
    for what, value in altered.items():
        statements.clear()
        answer = client.get(KEYS, headers={b"X-API-Key": value.encode()})
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "ApiKeyInvalid"), what
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert not [statement for statement in statements if not statement.startswith("BEGIN")], what


def test_a_wrong_key_with_a_known_prefix_is_never_asked_of_bcrypt(
    client: TestClient, make_key: MakeKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = forged(make_key().raw)
    counted = CountedBcrypt(monkeypatch)
    assert [code_of(client, raw) for _ in range(5)] == [(401, "ApiKeyInvalid")] * 5
    assert counted.call_count == 0


def test_a_wrong_key_is_asked_of_bcrypt_once_where_the_right_one_has_no_check_value(
    client: TestClient, hub: HubContext, make_key: MakeKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = make_key()
    with hub.uow.begin() as work:
        work.session.execute(update(api_keys.ApiKey).values(key_check=None))
    raw = forged(key.raw)
    counted = CountedBcrypt(monkeypatch)
    assert code_of(client, key.raw)[0] == 200
    counted.call_count = 0
    assert [code_of(client, raw) for _ in range(5)] == [(401, "ApiKeyInvalid")] * 5
    assert counted.call_count == 1


def test_a_known_key_costs_bcrypt_once_and_then_one_statement(
    client: TestClient,
    make_key: MakeKey,
    hub: HubContext,
    statements: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    key = make_key()
    counted = CountedBcrypt(monkeypatch)
    for _ in range(3):
        assert code_of(client, key.raw)[0] == 200
    assert counted.call_count == 1
    with hub.uow.read() as work:
        statements.clear()
        keys_of(hub).authenticate(work, key.raw, "192.0.2.1")
    assert len([statement for statement in statements if not statement.startswith("BEGIN")]) == 1


def keys_of(hub: HubContext) -> api_keys.ApiKeyAuthenticator:
    """The hub's memory of keys."""
    return hub.authenticator._keys  # type: ignore[attr-defined, no-any-return]


@pytest.mark.both_databases
def test_many_calls_at_once_with_a_new_key_ask_bcrypt_once(
    hub: HubContext, make_key: MakeKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = make_key()
    counted = CountedBcrypt(monkeypatch)
    keys, results, together = keys_of(hub), [], threading.Barrier(12)

    def call() -> None:
        together.wait()
        with hub.uow.read() as work:
            results.append(keys.authenticate(work, key.raw, "192.0.2.1").id)

    threads = [threading.Thread(target=call) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [key.id] * 12
    assert counted.call_count == 1


def test_wrong_keys_of_one_address_are_throttled_before_bcrypt_and_others_are_not(
    hub: HubContext, make_key: MakeKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authentication, "FAILURES_A_MINUTE", 3)
    good, unseen = make_key(), make_key()
    keys = keys_of(hub)
    counted = CountedBcrypt(monkeypatch)
    with hub.uow.read() as work:
        keys.authenticate(work, good.raw, "2001:db8::1")
        for n in range(3):
            head = f"{good.raw[:-12]}{n:04x}"
            with pytest.raises(ApiKeyInvalid):
                keys.authenticate(work, f"{head}{crc32(head.encode()):08x}", f"2001:db8::{n + 1:x}")
        calls = counted.call_count
        with pytest.raises(TooManyRequests):
            keys.authenticate(work, unseen.raw, "2001:db8::ffff")
        assert counted.call_count == calls
        assert keys.authenticate(work, good.raw, "2001:db8::1").id == good.id, "what is known goes on"
        assert keys.authenticate(work, unseen.raw, "2001:db8:0:1::1").id == unseen.id, "another network"


def test_the_429_for_wrong_keys_says_when_to_come_back(
    client: TestClient, make_key: MakeKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authentication, "FAILURES_A_MINUTE", 1)
    raw = make_key().raw
    assert code_of(client, forged(raw)) == (401, "ApiKeyInvalid")
    answer = client.get(KEYS, headers={"X-API-Key": raw})
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 60


def test_a_revocation_takes_effect_at_the_next_call(client: TestClient, make_key: MakeKey) -> None:
    manager, key = make_key(), make_key()
    assert code_of(client, key.raw)[0] == 200
    assert client.delete(f"{KEYS}/{key.id}", headers=manager.headers).status_code == 204
    assert code_of(client, key.raw) == (401, "ApiKeyRevoked")
    assert client.get(f"{KEYS}/{key.id}", headers=manager.headers).json()["data"]["status"] == "REVOKED"


def test_another_process_that_knows_the_key_refuses_it_too(
    client: TestClient, settings: HubSettings, clock: ManualClock, make_key: MakeKey
) -> None:
    manager, key = make_key(), make_key()
    with TestClient(create_app(settings, clock)) as other:
        assert code_of(other, key.raw)[0] == 200
        assert client.delete(f"{KEYS}/{key.id}", headers=manager.headers).status_code == 204
        assert code_of(other, key.raw) == (401, "ApiKeyRevoked")


def test_fewer_permissions_and_another_tier_take_effect_at_the_next_call(
    client: TestClient, make_key: MakeKey
) -> None:
    manager, key = make_key("*"), make_key()
    answer = client.get(KEYS, headers=key.headers)
    assert (answer.status_code, answer.headers["X-RateLimit-Limit"]) == (200, "100")
    changed = {"permissions": ["events:read"], "tier": "CUSTOM", "rate_limit": 7}
    updated = client.put(f"{KEYS}/{key.id}", headers=manager.headers | {"If-Match": '"1"'}, json=changed)
    assert updated.status_code == 200, updated.text
    answer = client.get(KEYS, headers=key.headers)
    assert (answer.status_code, answer.headers["X-RateLimit-Limit"]) == (403, "7")


def test_an_expired_key_is_refused_from_its_moment_on(
    client: TestClient, make_key: MakeKey, clock: ManualClock
) -> None:
    key = make_key(expires_at=clock.now() + timedelta(hours=1))
    assert code_of(client, key.raw)[0] == 200
    clock.advance(timedelta(hours=1))
    assert code_of(client, key.raw) == (401, "ApiKeyExpired")


def test_a_rotated_key_and_its_successor_are_both_good_within_grace_and_the_old_one_is_401_after(
    client: TestClient, make_key: MakeKey, clock: ManualClock
) -> None:
    old = make_key()
    answer = client.post(f"{KEYS}/{old.id}/rotate", headers=old.headers, json={"grace_s": 3600})
    assert answer.status_code == 201, answer.text
    new = CreatedKey(answer.json()["data"]["id"], answer.json()["data"]["key"])
    clock.advance(timedelta(seconds=3599))
    assert [code_of(client, item.raw)[0] for item in (old, new)] == [200, 200]
    clock.advance(timedelta(seconds=1))
    assert code_of(client, old.raw) == (401, "ApiKeyRevoked")
    assert code_of(client, new.raw)[0] == 200
    old_key = client.get(f"{KEYS}/{old.id}", headers=new.headers).json()["data"]
    assert (old_key["status"], old_key["rotated_to_id"]) == ("ROTATED", new.id)


def test_without_grace_the_old_key_is_refused_at_once(client: TestClient, make_key: MakeKey) -> None:
    old = make_key()
    answer = client.post(f"{KEYS}/{old.id}/rotate", headers=old.headers, json={"grace_s": 0})
    assert code_of(client, old.raw) == (401, "ApiKeyRevoked")
    assert code_of(client, answer.json()["data"]["key"])[0] == 200


def test_a_tenant_without_the_rest_api_has_none_of_its_routes(
    client: TestClient, hub: HubContext, seeded: Seeded, make_key: MakeKey
) -> None:
    key = make_key()
    assert code_of(client, key.raw)[0] == 200
    with hub.uow.begin() as work:
        feature_flags.switch(work, seeded.tenant_id, FF_REST_API, False)
    assert code_of(client, key.raw) == (404, "NotSwitchedOn")


def test_a_key_whose_row_is_gone_is_forgotten(client: TestClient, hub: HubContext, make_key: MakeKey) -> None:
    key = make_key()
    assert code_of(client, key.raw)[0] == 200
    with hub.uow.begin() as work:
        work.session.execute(text("DELETE FROM api_keys"))
    assert code_of(client, key.raw) == (401, "ApiKeyInvalid")


def test_the_cache_is_bounded_and_keeps_the_most_recently_used() -> None:
    cache: LruCache[int] = LruCache(2)
    cache.put(b"a", 1)
    cache.put(b"b", 2)
    assert cache.get(b"a") == 1
    cache.put(b"c", 3)
    assert (cache.get(b"a"), cache.get(b"b"), cache.get(b"c")) == (1, None, 3)
    assert len(cache) == 2
