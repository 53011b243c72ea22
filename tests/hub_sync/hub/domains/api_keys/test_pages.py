"""The page of API keys, without scripts: making, seeing a key once, changing, rotating, revoking."""

import re
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from hub_sync.contract.clock import ManualClock
from hub_sync.hub.domains.api_keys import service as api_keys
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.feature_flag import FF_REST_API
from hub_sync.hub.kit.security.permissions import Role
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.console.browser_client import Browser, forms_in, heading_of, signed_in_as
from tests.hub_sync.hub.domains.api_keys.conftest import MakeKey

PAGE = "/settings/api-keys"
GONE = "This key was shown once"
NEW = {"name": "Badge printing", "permissions": ["events:read", "participants:*"], "tier": "STANDARD"}


@pytest.fixture
def browser(app: FastAPI, seeded: Seeded) -> Browser:
    """An administrator's."""
    return signed_in_as(app, seeded.tenant_id)


def keys_of(hub: HubContext, seeded: Seeded) -> list[api_keys.ApiKey]:
    """The tenant's keys, the newest first."""
    with hub.uow.read() as work:
        return api_keys.all_keys(work, seeded.tenant_id)


def raw_in(html: str) -> str:
    """The key that a page shows."""
    keys = re.findall(r'value="(ak_[^"]+)"', html)
    assert len(keys) == 1, keys
    return str(keys[0])


def test_a_new_key_is_shown_once_and_a_reload_makes_no_second(
    browser: Browser, app: FastAPI, hub: HubContext, seeded: Seeded
) -> None:
    answer = browser.send(f"{PAGE}/new", f"{PAGE}/new", NEW)
    assert answer.status_code == 303, answer.text
    location = answer.headers["location"]
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    html = browser.read(location)
    raw = raw_in(html)
    assert raw not in cookie
    assert TestClient(app).get("/api/v1/events", headers={"X-API-Key": raw}).status_code == 200
    again = browser.read(location)
    assert raw not in again
    assert GONE in again
    assert [key.name for key in keys_of(hub, seeded)] == ["Badge printing"]
    assert raw not in browser.read(PAGE)


def test_a_new_key_is_shown_to_nobody_else(browser: Browser, app: FastAPI, seeded: Seeded) -> None:
    location = browser.send(f"{PAGE}/new", f"{PAGE}/new", NEW).headers["location"]
    other = signed_in_as(app, seeded.tenant_id, name="Other Admin")
    value = browser.client.cookies.get("doorward_new_key")
    assert value
    other.client.cookies.set("doorward_new_key", value)
    html = other.read(location)
    assert 'value="ak_' not in html
    assert GONE in html
    assert 'value="ak_' in browser.read(location)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"name": " "}, "name"),
    ({"permissions": []}, "permissions"),
    ({"permissions": ["events:fly"]}, "permissions"),
    ({"tier": "CUSTOM"}, "rate_limit"),
    ({"tier": "CUSTOM", "rate_limit": "many"}, "rate_limit"),
    ({"addresses": "192.0.2.1/24"}, "addresses"),
    ({"expires_at": "2020-01-01T10:00"}, "expires_at"),
    ({"expires_at": "9999-12-31T23:59"}, "expires_at"),
    ({"expires_at": "soon"}, "expires_at"),
]


def test_what_is_wrong_with_a_form_is_said_beside_the_field_and_what_was_typed_stays(
    browser: Browser, hub: HubContext, seeded: Seeded
) -> None:
    for wrong, field in WRONG:
        answer = browser.send(f"{PAGE}/new", f"{PAGE}/new", NEW | wrong)
        assert answer.status_code == 422, (wrong, answer.text)
        assert f'id="{field}-error"' in answer.text
        form = next(item for item in forms_in(answer.text) if item.action == f"{PAGE}/new")
        if field != "permissions":
            assert form.fields["permissions"] == NEW["permissions"]
    assert keys_of(hub, seeded) == []


def test_every_setting_can_be_given_and_changed(
    browser: Browser, hub: HubContext, seeded: Seeded, clock: ManualClock
) -> None:
    browser.client.cookies.set("doorward_zone", "Europe%2FBerlin")
    fields = {
        "tier": "CUSTOM",
        "rate_limit": "7",
        "addresses": "192.0.2.7\n2001:db8::/32",
        "expires_at": "2026-12-24T18:00",
    }
    assert browser.send(f"{PAGE}/new", f"{PAGE}/new", NEW | fields).status_code == 303
    key = keys_of(hub, seeded)[0]
    assert (key.tier, key.rate_limit) == ("CUSTOM", 7)
    assert key.ip_allow_list == ["192.0.2.7/32", "2001:db8::/32"]
    assert key.expires_at is not None
    assert key.created_by
    at = f"{PAGE}/{key.id}"
    form = next(item for item in forms_in(browser.read(at)) if item.action == at)
    assert form.fields["expires_at"][:10] == "2026-12-24"
    changed = browser.send(at, at, {"name": "Renamed", "tier": "PREMIUM", "addresses": "", "expires_at": ""})
    assert changed.status_code == 303, changed.text
    key = keys_of(hub, seeded)[0]
    assert (key.name, key.tier, key.rate_limit, key.ip_allow_list, key.expires_at, key.version) == (
        "Renamed",
        "PREMIUM",
        None,
        [],
        None,
        2,
    )


def test_saving_a_form_does_not_shift_an_expiry_that_it_shows_to_the_minute(
    browser: Browser, hub: HubContext, seeded: Seeded, make_key: MakeKey, clock: ManualClock
) -> None:
    expires = clock.now() + timedelta(days=1, seconds=42)
    at = f"{PAGE}/{make_key('events:read', expires_at=expires).id}"
    assert browser.send(at, at, {"name": "Renamed"}).status_code == 303
    assert keys_of(hub, seeded)[0].expires_at == expires


def test_who_saves_over_somebody_elses_change_is_told_of_it(
    browser: Browser, hub: HubContext, seeded: Seeded, make_key: MakeKey
) -> None:
    key = make_key("events:read", name="Badges")
    at = f"{PAGE}/{key.id}"
    form = next(item for item in forms_in(browser.read(at)) if item.action == at)
    with hub.uow.begin(actor="cli") as work:
        api_keys.update(work, seeded.tenant_id, key.id, api_keys.ApiKeyChanges(tier="PREMIUM"))
    stale = browser.post(at, form.fields | {"tier": "ELEVATED", "name": "Mine"})
    assert stale.status_code == 412
    assert "Another user changed the same fields" in stale.text
    assert "<bdi>Premium</bdi>" in stale.text
    again = next(entry for entry in forms_in(stale.text) if entry.action == at)
    assert (again.fields["name"], again.fields["tier"]) == ("Mine", ["ELEVATED"])
    assert browser.post(at, again.fields).status_code == 303


def test_a_key_is_rotated_with_a_grace_and_the_new_one_shown_once(
    browser: Browser, hub: HubContext, seeded: Seeded, make_key: MakeKey, clock: ManualClock
) -> None:
    old = make_key("events:read", name="Badges")
    at = f"{PAGE}/{old.id}/rotate"
    answer = browser.send(at, at, {"grace_s": "3600"})
    assert answer.status_code == 303
    assert raw_in(browser.read(answer.headers["location"])) != old.raw
    keys = {key.id: key for key in keys_of(hub, seeded)}
    assert keys[old.id].grace_until == clock.now() + timedelta(hours=1)
    assert len(keys) == 2
    assert "Rotated" in browser.read(PAGE)
    assert browser.post(at, {"grace_s": "0"}).status_code == 409


def test_a_key_is_revoked_once_it_was_asked(
    browser: Browser, hub: HubContext, seeded: Seeded, make_key: MakeKey
) -> None:
    key = make_key("events:read", name="Badges")
    at = f"{PAGE}/{key.id}/revoke"
    assert heading_of(browser.read(at)) == "Revoke “Badges”?"
    assert browser.send(at, at).headers["location"] == PAGE
    assert keys_of(hub, seeded)[0].status == "REVOKED"
    assert "is revoked" in browser.read(PAGE)
    html = browser.read(f"{PAGE}/{key.id}")
    assert "Revoked" in html
    assert not [item for item in forms_in(html) if item.action == f"{PAGE}/{key.id}"]


def test_an_expired_key_says_so_at_once(browser: Browser, make_key: MakeKey, clock: ManualClock) -> None:
    make_key("events:read", name="Badges", expires_at=clock.now() + timedelta(minutes=1))
    assert 'badge-good">Active' in browser.read(PAGE)
    clock.advance(timedelta(minutes=1))
    assert 'badge-quiet">Expired' in browser.read(PAGE)


def test_names_of_keys_are_text_and_nothing_else(browser: Browser, make_key: MakeKey) -> None:
    key = make_key("events:read", name="<script>alert(1)</script>")
    for page in (PAGE, *(f"{PAGE}/{key.id}{more}" for more in ("", "/rotate", "/revoke", "/made"))):
        assert "<script>alert" not in browser.read(page)


def test_the_list_is_searched_filtered_and_says_when_there_is_nothing(
    browser: Browser, make_key: MakeKey
) -> None:
    assert "No API keys yet" in browser.read(PAGE)
    make_key("events:read", name="Badges")
    make_key("events:read", name="Reports")
    html = browser.read(f"{PAGE}?q=badg")
    assert "Badges" in html
    assert "Reports" not in html
    assert "No matching keys" in browser.read(f"{PAGE}?filter[status]=REVOKED")


def test_who_may_not_manage_keys_sees_none(app: FastAPI, seeded: Seeded, make_key: MakeKey) -> None:
    at = f"{PAGE}/{make_key('*').id}"
    for role in (Role.OPERATOR, Role.VIEWER):
        other = signed_in_as(app, seeded.tenant_id, role)
        for path in (PAGE, f"{PAGE}/new", at, f"{at}/made", f"{at}/rotate", f"{at}/revoke"):
            assert other.get(path).status_code == 403
        for path in (f"{PAGE}/new", at, f"{at}/rotate", f"{at}/revoke"):
            assert other.post(path, NEW).status_code == 403


def test_without_the_rest_api_the_page_is_not_there(
    browser: Browser, hub: HubContext, seeded: Seeded
) -> None:
    assert PAGE in browser.read("/settings/features")
    with hub.uow.begin() as work:
        feature_flags.switch(work, seeded.tenant_id, FF_REST_API, False)
    assert browser.get(PAGE).status_code == 404
    assert PAGE not in browser.read("/settings/features")


def test_a_key_that_may_do_everything_says_so(browser: Browser) -> None:
    path = f"{PAGE}/new"
    assert browser.send(path, path, {"name": "Everything", "permissions": "*"}).status_code == 303
    assert '<span class="key-permissions">Everything</span>' in browser.read(PAGE)
