"""People, roles and oneself over `/api/v1`."""

from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import text
from starlette.testclient import TestClient

from hub_sync.hub.domains import registry
from hub_sync.hub.domains.accounts import service as accounts
from hub_sync.hub.domains.accounts.own_account.service import use_link
from hub_sync.hub.domains.accounts.tables import TokenPurpose
from hub_sync.hub.domains.api_keys import service as api_keys
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.client_address import CSRF_HEADER, SESSION_COOKIE
from hub_sync.hub.kit.security.permissions import Role
from hub_sync.hub.kit.settings import HubSettings
from tests.hub_sync.hub.domains.accounts.conftest import People, session_of

API = "/api/v1"


class Rest:
    """Calls in the name of somebody who is signed in."""

    def __init__(self, app: FastAPI, token: str) -> None:
        self.client = TestClient(app, raise_server_exceptions=False, cookies={SESSION_COOKIE: token})
        self.proof = {CSRF_HEADER: accounts.csrf_token(token)}

    def get(self, path: str, **more: Any) -> Any:
        return self.client.get(API + path, **more)

    def send(self, method: str, path: str, body: Any = None, match: str = "") -> Any:
        headers = self.proof | ({"If-Match": match} if match else {})
        return self.client.request(method, API + path, json=body, headers=headers)


@pytest.fixture
def ada(app: FastAPI, hub: HubContext, people: People) -> Rest:
    return Rest(app, session_of(hub, people, people.admin))


@pytest.fixture
def vera(app: FastAPI, hub: HubContext, people: People) -> Rest:
    return Rest(app, session_of(hub, people, people.viewer))


def test_everybody_may_ask_who_they_are(ada: Rest, vera: Rest, client: TestClient, people: People) -> None:
    me = vera.get("/me").json()["data"]
    assert (me["kind"], me["id"], me["email"], me["role"]) == (
        "user",
        people.viewer,
        "vera@example.org",
        "VIEWER",
    )
    assert (me["organisation"], me["tenant_id"]) == ("Acme", people.tenant_id)
    assert me["permissions"] == sorted(registry().role_permissions[Role.VIEWER])
    assert me["flags"] == ["FF_REST_API"]
    stranger = client.get(f"{API}/me")
    assert (stranger.status_code, stranger.json()["error"]["code"]) == (401, "SignInNeeded")


def test_people_are_listed_without_any_secret(ada: Rest) -> None:
    answer = ada.get("/users", params={"sort": "-email", "filter[role]": "VIEWER,OPERATOR", "q": "example"})
    people = answer.json()["data"]
    assert [person["email"] for person in people] == ["vera@example.org", "oscar@example.org"]
    assert people[0]["status"] == "ACTIVE"
    assert not any(word in answer.text for word in ("hash", "argon2", "sealed", "recovery"))
    rows = ada.get("/users", params={"expand": "last_signed_in_at", "fields": "email"}).json()["data"]
    assert rows[0] == {"email": "ada@example.org", "last_signed_in_at": None}


def test_somebody_is_invited_by_a_link_that_is_told_once(ada: Rest, hub: HubContext) -> None:
    new = {"email": "New@example.org", "role": "OPERATOR"}
    response = ada.send("POST", "/users", new)
    assert response.status_code == 201
    user = response.json()["data"]
    assert (user["email"], user["status"], response.headers["etag"]) == ("new@example.org", "INVITED", '"1"')
    assert response.headers["location"] == f"{API}/users/{user['id']}"
    assert user["link"].startswith("http://testserver/invitation/")
    again = ada.get(f"/users/{user['id']}")
    assert "link" not in again.json()["data"]
    assert ada.send("POST", "/users", new).json()["error"]["code"] == "EmailTaken"
    token = user["link"].rpartition("/")[2]
    use_link(hub, token, TokenPurpose.INVITATION, "my own long password")
    assert ada.get(f"/users/{user['id']}").json()["data"]["status"] == "ACTIVE"
    reset = ada.send("POST", f"/users/{user['id']}/reset-link")
    assert reset.json()["data"]["link"].startswith("http://testserver/reset/")


def test_links_are_made_below_the_public_address(
    app: FastAPI, hub: HubContext, ada: Rest, settings: HubSettings
) -> None:
    settings.public_url = "https://hub.example.org/"
    link = ada.send("POST", "/users", {"email": "new@example.org"}).json()["data"]["link"]
    assert link.startswith("https://hub.example.org/invitation/")


def test_a_change_needs_the_version_that_was_read(ada: Rest, people: People) -> None:
    path = f"/users/{people.viewer}"
    tag = ada.get(path).headers["etag"]
    assert ada.send("PUT", path, {"name": "V"}).status_code == 428
    changed = ada.send("PUT", path, {"name": "V", "role": "OPERATOR"}, tag)
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    assert changed.json()["data"]["role"] == "OPERATOR"
    assert ada.send("PUT", path, {"name": "W"}, tag).json()["error"]["code"] == "UserChanged"
    assert ada.send("PUT", path, {"role": "EMPEROR"}, '"2"').status_code == 422
    assert ada.send("PUT", path, {"password_hash": "x"}, '"2"').status_code == 422


def test_delete_deactivates_and_the_last_administrator_stays(ada: Rest, vera: Rest, people: People) -> None:
    assert vera.get("/me").status_code == 200
    assert ada.send("DELETE", f"/users/{people.viewer}", match='"9"').status_code == 412
    assert ada.send("DELETE", f"/users/{people.viewer}").status_code == 204
    assert vera.get("/me").status_code == 401, "at the next call"
    assert ada.get(f"/users/{people.viewer}").json()["data"]["status"] == "DEACTIVATED"
    last = ada.send("DELETE", f"/users/{people.admin}")
    assert (last.status_code, last.json()["error"]["code"]) == (409, "LastAdministrator")
    assert ada.send("POST", f"/users/{people.viewer}/reset-link").json()["error"]["code"] == "UserNotActive"
    gone = ada.send("DELETE", f"/users/{people.operator}/second-factor")
    assert gone.json()["error"]["code"] == "SecondFactorIsOff"


def test_a_viewer_manages_nobody_and_another_tenant_sees_nobody(
    app: FastAPI, hub: HubContext, vera: Rest, people: People
) -> None:
    for method, path in (
        ("GET", "/users"),
        ("GET", f"/users/{people.admin}"),
        ("POST", "/users"),
        ("PUT", f"/users/{people.viewer}"),
        ("DELETE", f"/users/{people.admin}"),
        ("POST", f"/users/{people.admin}/reset-link"),
        ("DELETE", f"/users/{people.admin}/second-factor"),
        ("GET", "/roles"),
    ):
        answer = vera.send(method, path, {"role": "ADMIN"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "PermissionMissing")
    with hub.uow.begin() as work:
        other = tenants.create(work, hub.secret_box, slug="other", name="Other")
        eve = accounts.create_user(work, other.id, "eve@example.org", "correct horse battery")
        work.session.flush()
        token = accounts.create_session(work, eve, accounts.lifetimes(hub.settings), accounts.Browser())
    stranger = Rest(app, token)
    assert [item["email"] for item in stranger.get("/users").json()["data"]] == ["eve@example.org"]
    assert stranger.get(f"/users/{people.viewer}").json()["error"]["code"] == "UserNotFound"
    assert stranger.send("PUT", f"/users/{people.viewer}", {"name": "E"}, "*").status_code == 404


def test_a_change_without_the_proof_is_refused(ada: Rest, people: People) -> None:
    for proof in ({}, {CSRF_HEADER: ""}, {CSRF_HEADER: accounts.csrf_token("another")}):
        answer = ada.client.delete(f"{API}/users/{people.viewer}", headers=proof)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "CsrfTokenMissing")


def test_roles_are_told_with_what_they_may_do(ada: Rest) -> None:
    roles = {item["name"]: item["permissions"] for item in ada.get("/roles").json()["data"]}
    assert roles == {
        role.value: sorted(str(permission) for permission in permissions)
        for role, permissions in registry().role_permissions.items()
    }


def test_somebody_lists_and_ends_their_own_sessions(
    ada: Rest, vera: Rest, app: FastAPI, hub: HubContext, people: People
) -> None:
    other = Rest(app, session_of(hub, people, people.admin))
    sessions = ada.get("/me/sessions").json()["data"]
    assert [item["current"] for item in sessions].count(True) == 1
    assert "token" not in str(sessions)
    ended = next(session["id"] for session in sessions if not session["current"])
    assert vera.send("DELETE", f"/me/sessions/{ended}").json()["error"]["code"] == "SessionNotFound"
    assert ada.send("DELETE", f"/me/sessions/{ended}").status_code == 204
    assert other.get("/me").status_code == 401
    assert ada.get("/me").status_code == 200


def test_an_invitation_that_is_sent_twice_is_made_once_and_its_link_lies_nowhere_in_clear(
    ada: Rest, hub: HubContext
) -> None:
    headers = ada.proof | {"Idempotency-Key": "one"}
    first, again = (
        ada.client.post(f"{API}/users", json={"email": "new@example.org"}, headers=headers) for _ in range(2)
    )
    assert (first.status_code, again.status_code) == (201, 201)
    link = first.json()["data"]["link"]
    assert again.json()["data"]["link"] == link
    token = link.rpartition("/")[2].encode()
    with hub.uow.read() as work:
        stored = work.session.execute(text("SELECT body FROM idempotent_answers")).scalars().all()
        people = work.session.execute(text("SELECT count(*) FROM users")).scalar()
    assert people == 4
    assert len(stored) == 1
    assert token not in bytes(stored[0])


def test_a_key_may_ask_who_it_is_and_is_signed_in_nowhere(
    client: TestClient, hub: HubContext, people: People
) -> None:
    with hub.uow.begin() as work:
        new = api_keys.NewApiKey(name="Ticket shop", permissions=["events:*", "users:manage"])
        key, raw = api_keys.create(work, people.tenant_id, new)
    headers = {"X-API-Key": raw}
    me = client.get(f"{API}/me", headers=headers).json()["data"]
    assert (me["kind"], me["id"], me["email"], me["role"]) == ("key", key.id, None, None)
    assert "Ticket shop" in me["name"]
    assert me["permissions"] == ["events:*", "users:manage"]
    assert client.get(f"{API}/me/sessions", headers=headers).json()["data"] == []
    gone = client.delete(f"{API}/me/sessions/x", headers=headers)
    assert gone.json()["error"]["code"] == "SessionNotFound"
    takeover = client.post(f"{API}/users/{people.admin}/reset-link", headers=headers)
    assert (takeover.status_code, takeover.json()["error"]["code"]) == (403, "RoleExceedsOwnPermissions")


def test_an_address_as_long_as_they_come_is_somebody_like_all(
    app: FastAPI, hub: HubContext, people: People
) -> None:
    email = f"{'a' * 300}@example.org"
    with hub.uow.begin() as work:
        user = accounts.create_user(work, people.tenant_id, email, "correct horse battery")
        work.session.flush()
        token = accounts.create_session(work, user, accounts.lifetimes(hub.settings), accounts.Browser())
    rest = Rest(app, token)
    assert rest.send("POST", "/users", {"email": "new@example.org"}).status_code == 201
    assert rest.send("POST", "/users", {"email": f"{'a' * 400}@example.org"}).status_code == 422


def test_a_host_that_only_the_request_names_gets_into_no_link(
    ada: Rest, people: People, settings: HubSettings
) -> None:
    evil = {"Host": "evil.example"}
    for path, body in (
        ("/users", {"email": "new@example.org"}),
        (f"/users/{people.viewer}/reset-link", None),
    ):
        answer = ada.client.post(API + path, json=body, headers=ada.proof | evil)
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "HubAddressUnknown")
    assert "new@example.org" not in ada.get("/users").text, "nobody was invited"
    settings.trusted_hosts = "evil.example"
    answer = ada.client.post(API + "/users", json={"email": "new@example.org"}, headers=ada.proof | evil)
    assert answer.json()["data"]["link"].startswith("http://evil.example/invitation/")
