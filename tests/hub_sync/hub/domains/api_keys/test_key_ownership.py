"""Keys and their makers: what becomes of a key when its maker may do less, or nothing."""

from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from hub_sync.contract.ids import new_id
from hub_sync.hub.domains.accounts import service as accounts
from hub_sync.hub.domains.accounts.credentials import sessions
from hub_sync.hub.domains.api_keys import doctor
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.kit.domain.doctor import CheckContext
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.client_address import CSRF_HEADER, SESSION_COOKIE
from hub_sync.hub.kit.security.credential_bounds import UNBOUNDED
from hub_sync.hub.kit.security.permissions import Role
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.console.browser_client import Browser
from tests.hub_sync.hub.domains.api_keys.conftest import KEYS

PASSWORD = "correct horse battery"


class Administrator:
    """An administrator who is signed in."""

    def __init__(self, app: FastAPI, hub: HubContext, tenant_id: str, name: str) -> None:
        self.hub, self.tenant_id = hub, tenant_id
        with hub.uow.begin() as work:
            user = accounts.create_user(work, tenant_id, f"{name}@example.org", PASSWORD, name=name.title())
            token = sessions.create_session(work, user, accounts.lifetimes(hub.settings), accounts.Browser())
            self.id = user.id
        self.client = TestClient(app, cookies={SESSION_COOKIE: token}, raise_server_exceptions=False)
        self.client.headers[CSRF_HEADER] = accounts.csrf_token(token)
        self.browser = Browser(app)
        self.browser.client.cookies.set(SESSION_COOKIE, token)

    def create_key(self, *permissions: str) -> tuple[str, dict[str, str]]:
        """Create a key; return its id and the header that shows it."""
        new = {"name": "Shop", "permissions": list(permissions)}
        created = self.client.post(KEYS, json=new).json()["data"]
        return created["id"], {"X-API-Key": created["key"]}

    def change(self, user_id: str, **changes: Any) -> None:
        """Change another user."""
        with self.hub.uow.begin(actor="user:root@example.org") as work:
            accounts.update(work, self.tenant_id, user_id, accounts.UserChanges(**changes), UNBOUNDED)


@pytest.fixture
def ada(app: FastAPI, hub: HubContext, seeded: Seeded) -> Administrator:
    return Administrator(app, hub, seeded.tenant_id, "ada")


@pytest.fixture
def root(app: FastAPI, hub: HubContext, seeded: Seeded) -> Administrator:
    return Administrator(app, hub, seeded.tenant_id, "root")


def test_a_key_may_do_what_its_maker_may_do_now(
    client: TestClient, ada: Administrator, root: Administrator
) -> None:
    key_id, headers = ada.create_key("*")
    assert client.get("/api/v1/users", headers=headers).status_code == 200
    root.change(ada.id, role=Role.VIEWER)
    invitation = client.post(
        "/api/v1/users", headers=headers, json={"email": "me@example.org", "role": "ADMIN"}
    )
    assert (invitation.status_code, invitation.json()["error"]["code"]) == (403, "PermissionMissing")
    assert client.get("/api/v1/events", headers=headers).status_code == 200, "a viewer may"
    listed = root.client.get(f"{KEYS}/{key_id}?expand=maker").json()["data"]
    assert listed["maker"] == {"id": ada.id, "active": True, "withheld": ["*"]}
    validity = root.client.post(f"{KEYS}/validate", json={"key": headers["X-API-Key"]}).json()["data"]
    assert "events:read" in validity["permissions"]
    assert "*" not in validity["permissions"], "what it may do now, not what it was given"
    root.change(ada.id, role=Role.ADMIN)
    assert client.get("/api/v1/users", headers=headers).status_code == 200


def test_the_key_of_a_deactivated_maker_is_refused_until_somebody_takes_it_over(
    client: TestClient, ada: Administrator, root: Administrator, seeded: Seeded
) -> None:
    key_id, headers = ada.create_key("events:read")
    root.change(ada.id, active=False)
    refused = client.get("/api/v1/events", headers=headers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "ApiKeySuspended")
    assert "takes it over" in refused.json()["detail"]
    checked = root.client.post(f"{KEYS}/validate", json={"key": headers["X-API-Key"]})
    assert checked.json()["data"]["valid"] is False
    taken = root.client.post(f"{KEYS}/{key_id}/take-over")
    assert (taken.status_code, taken.json()["data"]["created_by"]) == (200, root.id)
    assert client.get("/api/v1/events", headers=headers).status_code == 200
    with root.hub.uow.read() as work:
        entries = audit.entries_of(work, seeded.tenant_id, "api_key", key_id)
    assert [entry.action for entry in entries] == ["create", "limit", "take_over"]
    assert entries[1].before == {"may_do": ["events:read"], "maker_active": True}
    assert entries[1].after == {"may_do": [], "maker_active": False}


def test_what_a_key_makes_depends_on_the_same_person(
    client: TestClient, ada: Administrator, root: Administrator
) -> None:
    _, headers = ada.create_key("*")
    new = {"name": "Child", "permissions": ["events:read"]}
    child = client.post(KEYS, headers=headers, json=new).json()["data"]
    assert child["created_by"] == ada.id
    root.change(ada.id, active=False)
    refused = client.get("/api/v1/events", headers={"X-API-Key": child["key"]})
    assert refused.json()["error"]["code"] == "ApiKeySuspended"


def test_the_pages_name_the_keys_of_a_person_and_the_person_of_a_key(
    ada: Administrator, root: Administrator
) -> None:
    key_id, _ = ada.create_key("events:read")
    person = root.browser.get(f"/settings/users/{ada.id}")
    assert f'href="/settings/api-keys/{key_id}"' in person.text
    root.change(ada.id, active=False)
    person = root.browser.get(f"/settings/users/{ada.id}")
    assert "These keys are refused until an administrator takes them over." in person.text
    page = root.browser.get(f"/settings/api-keys/{key_id}")
    assert "is deactivated: the key is refused" in page.text
    assert "Suspended" in page.text
    assert "Suspended" in root.browser.get("/settings/api-keys").text
    question = root.browser.get(f"/settings/api-keys/{key_id}/take-over")
    assert "Become the maker" in question.text


def test_a_persons_page_names_keys_that_are_still_valid_and_no_others(
    ada: Administrator, root: Administrator
) -> None:
    old_id, _ = ada.create_key("events:read")
    new_id = ada.client.post(f"{KEYS}/{old_id}/rotate", json={"grace_s": 3600}).json()["data"]["id"]
    gone_id, _ = ada.create_key("events:read")
    assert ada.client.delete(f"{KEYS}/{gone_id}").status_code == 204
    person = root.browser.get(f"/settings/users/{ada.id}").text
    listed = [key_id in person for key_id in (old_id, new_id, gone_id)]
    assert listed == [True, True, False]


def test_the_doctor_names_the_keys_of_deactivated_makers(
    hub: HubContext, ada: Administrator, root: Administrator
) -> None:
    ada.create_key("events:read")
    assert doctor.check_suspended in doctor.CHECKS
    with hub.uow.read() as work:
        context = CheckContext(work, hub.secret_box, hub.settings)
        assert list(doctor.check_suspended(context)) == []
    root.change(ada.id, active=False)
    with hub.uow.read() as work:
        context = CheckContext(work, hub.secret_box, hub.settings)
        (finding,) = doctor.check_suspended(context)
    assert "Shop" in finding.message


def test_what_nobody_has_used_ends_with_the_rights_of_whoever_issued_it(
    client: TestClient, seeded: Seeded, ada: Administrator, root: Administrator
) -> None:
    """A link or a code that somebody has left for themselves is no way back."""
    _, header = ada.create_key("*")
    for changes, again in (({"role": Role.VIEWER}, {"role": Role.ADMIN}), ({"active": False}, None)):
        issued = [*issue_things(ada.client, {}, seeded, root), *issue_things(client, header, seeded, root)]
        ada.change(ada.id, **changes)
        assert [use(client, thing) for thing in issued] == [410] * 6
        if again is not None:
            ada.change(ada.id, **again)
            assert use(client, issued[5]) == 200, "who may issue it again"


def test_what_a_revoked_key_has_issued_ends_with_it_and_a_rotated_key_goes_on(
    client: TestClient, hub: HubContext, seeded: Seeded, root: Administrator
) -> None:
    key_id, header = root.create_key("*")
    issued = issue_things(client, header, seeded, root)
    successor = root.client.post(f"{KEYS}/{key_id}/rotate", json={"grace_s": 0}).json()["data"]
    assert [use(client, thing) for thing in issued] == [200] * 3
    issued = issue_things(client, {"X-API-Key": successor["key"]}, seeded, root)
    assert root.client.delete(f"{KEYS}/{successor['id']}").status_code == 204
    assert [use(client, thing) for thing in issued] == [410] * 3


def issue_things(
    client: TestClient, header: dict[str, str], seeded: Seeded, root: Administrator
) -> list[str | dict[str, str]]:
    """Return the links of an invitation and of a reset, and an enrolment code."""
    email = f"{new_id()}@example.org"
    new = {"email": email, "role": "ADMIN", "name": "Eve"}
    invited = client.post("/api/v1/users", json=new, headers=header).json()["data"]
    reset = client.post(f"/api/v1/users/{root.id}/reset-link", headers=header).json()["data"]
    device = {"name": "Gate 9", "event_id": seeded.event_id, "profile": "gate"}
    created = client.post("/api/v1/devices", json=device, headers=header).json()["data"]
    return [invited["link"], reset["link"], {"token": created["enrolment"]["code"], "serial": "S"}]


def use(client: TestClient, thing: str | dict[str, str]) -> int:
    """Use a link or a code, and return the status."""
    if isinstance(thing, str):
        return client.get(thing).status_code
    return client.post("/api/v1/sync/enrol", json=thing).status_code
