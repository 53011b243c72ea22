"""Feature flags: by REST, in the console and by command; what is off is not there, from the next call on."""

import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.testclient import TestClient

from hub_sync.hub.domains import registry
from hub_sync.hub.domains.api_keys import service as api_keys
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.devices.manifest import FF_KIOSK_MODE
from hub_sync.hub.domains.feature_flags import service as flags
from hub_sync.hub.domains.waitlist.manifest import FF_WAITLIST
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.access import Access
from hub_sync.hub.kit.security.feature_flag import FF_REST_API
from hub_sync.hub.kit.security.permissions import Role
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.console.browser_client import forms_in, signed_in_as
from tests.support.served_hub import command
from tests.support.thorough import daily_share

FLAGS = "/api/v1/feature-flags"


@pytest.fixture
def key(hub: HubContext, seeded: Seeded) -> dict[str, str]:
    """The header of a key that may do everything."""
    with hub.uow.begin(actor="cli") as work:
        wanted = api_keys.NewApiKey(name="All", permissions=["*"], tier="CUSTOM", rate_limit=10_000)
        return {"X-API-Key": api_keys.create(work, seeded.tenant_id, wanted)[1]}


def gated(app: FastAPI) -> list[tuple[str, str, Access, bool]]:
    """(method, path, what it asks, whether it is a page) of every route that belongs to a flag."""
    routes = []
    for context in iter_route_contexts(app.routes):
        access = getattr(context.endpoint, "access", None)
        if access is None or access.flag is None:
            continue
        path = re.sub(r"\{[^}]+\}", "x1", str(context.path))
        page = getattr(context.endpoint, "is_page", False)
        routes += [(method, path, access, page) for method in sorted(context.methods or ())]
    return routes


def test_every_route_of_a_flag_that_is_off_is_not_there(
    app: FastAPI, client: TestClient, hub: HubContext, seeded: Seeded, key: dict[str, str]
) -> None:
    browser = signed_in_as(app, seeded.tenant_id)
    routes = gated(app)
    assert len(routes) > 20, "or this test can't fail"
    routes = daily_share(routes, 3)
    for flag in {registry().flags[access.flag or ""] for _, _, access, _ in routes}:
        with hub.uow.begin() as work:
            flags.switch(work, seeded.tenant_id, flag, enabled=False)
        for method, path, access, page in routes:
            if access.flag != flag:
                continue
            if page:
                answer = browser.post(path) if method == "POST" else browser.get(path)
                assert "There is nothing here" in answer.text, (method, path)
            else:
                answer = client.request(method, path, headers=key, **_body(method))
                assert answer.json()["error"]["code"] == "NotSwitchedOn", (method, path, answer.text)
            assert answer.status_code == 404, (method, path)
        with hub.uow.begin() as work:
            flags.switch(work, seeded.tenant_id, flag, enabled=True)


def _body(method: str) -> dict[str, Any]:
    return {} if method in ("GET", "DELETE") else {"json": {}}


def test_a_switch_holds_from_the_next_call_on(client: TestClient, key: dict[str, str]) -> None:
    listed = client.get(FLAGS, headers=key).json()["data"]
    assert [item["key"] for item in listed] == [flag.value for flag in registry().flags.values()]
    assert {entry["key"] for entry in listed if entry["enabled"]} == {"FF_REST_API"}
    answer = client.put(f"{FLAGS}/FF_WEBHOOKS", json={"enabled": True}, headers=key)
    assert answer.json()["data"]["enabled"] is True
    assert answer.json()["data"]["switched_by"].startswith("key:All")
    assert client.put(f"{FLAGS}/FF_REST_API", json={"enabled": False}, headers=key).status_code == 200
    locked = client.get(FLAGS, headers=key)
    assert (locked.status_code, locked.json()["error"]["code"]) == (404, "NotSwitchedOn")


@pytest.mark.parametrize("body", [{}, {"enabled": 1}, {"enabled": "yes"}, {"enabled": True, "x": 1}, []])
@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_switch_is_on_or_off(client: TestClient, key: dict[str, str], body: Any) -> None:
    assert client.put(f"{FLAGS}/FF_WEBHOOKS", json=body, headers=key).status_code == 422
    assert client.put(f"{FLAGS}/FF_NONE", json={"enabled": True}, headers=key).status_code == 404


def test_the_console_opens_a_locked_rest_door_again(
    app: FastAPI, client: TestClient, hub: HubContext, seeded: Seeded, key: dict[str, str]
) -> None:
    with hub.uow.begin() as work:
        flags.switch(work, seeded.tenant_id, FF_REST_API, enabled=False)
    browser = signed_in_as(app, seeded.tenant_id)
    page = browser.read("/settings/features")
    for flag in registry().flags.values():
        assert flag.label in page
    switch = next(form for form in forms_in(page) if form.action.endswith("/FF_REST_API"))
    assert switch.fields["enabled"] == "1"
    answer = browser.send("/settings/features", switch.action)
    assert answer.status_code == 303, answer.text
    assert "is switched on" in browser.read("/settings/features")
    assert client.get(FLAGS, headers=key).status_code == 200


def test_who_switched_and_when_is_on_record_and_switching_twice_is_not(
    hub: HubContext, seeded: Seeded
) -> None:
    for _ in range(2):
        with hub.uow.begin(actor="user:ada@example.org") as work:
            flags.switch(work, seeded.tenant_id, FF_WAITLIST, enabled=True)
    with hub.uow.read() as work:
        (entry,) = audit.entries_of(work, seeded.tenant_id, "feature_flag", "FF_WAITLIST")
        assert (entry.before, entry.after) == (
            {"enabled": False, "chosen": False},
            {"enabled": True, "chosen": True},
        )
        state = flags.flag_state(work, seeded.tenant_id, FF_WAITLIST)
    assert (state.switched_by, state.switched_at) == ("user:ada@example.org", entry.created_at)


@pytest.mark.both_databases
def test_two_who_switch_at_once_take_turns(hub: HubContext, seeded: Seeded) -> None:
    def switch(enabled: bool) -> None:
        with hub.uow.begin() as work:
            flags.switch(work, seeded.tenant_id, FF_KIOSK_MODE, enabled=enabled)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(switch, [True, False] * 4))
    with hub.uow.read() as work:
        entries = audit.entries_of(work, seeded.tenant_id, "feature_flag", "FF_KIOSK_MODE")
    assert entries


def test_who_may_not_switch_is_refused(app: FastAPI, seeded: Seeded) -> None:
    browser = signed_in_as(app, seeded.tenant_id, Role.VIEWER)
    assert browser.get("/settings/features").status_code == 403
    assert browser.post("/settings/features/FF_WEBHOOKS", {"enabled": "1"}).status_code == 403


def test_flags_are_switched_by_command(tmp_path: Path, migrated_sqlite: Path) -> None:
    shutil.copyfile(migrated_sqlite, tmp_path / "hub.db")

    data = ("--data", tmp_path)
    assert command("tenant", "create", "--slug", "acme", "--name", "Acme", *data).code == 0
    assert "FF_WEBHOOKS is on for acme" in command("flag", "on", "webhooks", "--tenant", "acme", *data).out
    assert '"FF_WEBHOOKS":true' in command("flag", "list", "--json", *data).out
    assert "FF_WEBHOOKS is off" in command("flag", "off", "FF_WEBHOOKS", *data).out
    unknown = command("flag", "on", "FF_MAGIC", *data)
    assert (unknown.code, "no such flag" in unknown.err) == (1, True)


def test_a_flag_is_planned_as_long_as_its_domain_has_nothing_to_switch() -> None:
    for manifest in registry().manifests:
        has_something = any(
            find_spec(f"hub_sync.hub.domains.{manifest.name}.{part}") for part in ("routes", "pages", "jobs")
        )
        assert {flag.is_planned for flag in manifest.flags} <= {not has_something}, manifest.name


def test_the_page_offers_no_switch_for_what_is_not_built(app: FastAPI, seeded: Seeded) -> None:
    html = signed_in_as(app, seeded.tenant_id).read("/settings/features")
    actions = {form.action for form in forms_in(html)}
    for flag in registry().flags.values():
        assert (f"/settings/features/{flag}" in actions) is not flag.is_planned
    assert html.count("Not part of this version yet.") == sum(
        flag.is_planned for flag in registry().flags.values()
    )
