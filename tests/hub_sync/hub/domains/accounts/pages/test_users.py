"""People are invited, changed and look after themselves on the console's pages."""

import re

from fastapi import FastAPI

from hub_sync.hub.domains.accounts import service as accounts
from hub_sync.hub.domains.api_keys import service as api_keys
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.credential_bounds import UNBOUNDED
from tests.hub_sync.hub.console.browser_client import HERE as FROM_HERE
from tests.hub_sync.hub.console.browser_client import Browser, form_to, heading_of, signed_in_as
from tests.hub_sync.hub.domains.accounts.conftest import PASSWORD, People, signed_in

ADA = {"email": "ada@example.org", "password": PASSWORD}


def test_somebody_is_invited_accepts_and_signs_in(ada: Browser, browser: Browser) -> None:
    response = ada.send(
        "/settings/users/new",
        "/settings/users/new",
        {"email": "New@example.org", "name": "Nova", "role": "OPERATOR"},
    )
    assert response.status_code == 200
    link = re.search(r'value="(http://testserver/invitation/[\w-]{43})"', response.text)
    assert link
    assert link[1] not in ada.read("/settings/users")
    assert "Invited" in ada.read("/settings/users")
    path = link[1].removeprefix("http://testserver")
    page = browser.read(path)
    assert 'value="new@example.org"' in page
    assert "Acme" in page
    mistyped = browser.send(path, path, {"password": "my own long password", "again": "my own"})
    assert mistyped.status_code == 422
    assert "This is not the same as above." in mistyped.text
    weak = browser.send(path, path, {"password": "aaaaaaaaaaaaa", "again": "aaaaaaaaaaaaa"})
    assert weak.status_code == 422
    chosen = {"password": "my own long password", "again": "my own long password"}
    assert browser.send(path, path, chosen).headers["location"] == "/sign-in"
    for used in (browser.get(path), browser.post(path, chosen)):
        assert used.status_code == 410
        assert "Ask your administrator for a new one" in used.text
    done = browser.post("/sign-in", {"email": "new@example.org", "password": "my own long password"})
    assert done.status_code == 303
    assert browser.get("/settings/users").status_code == 403


def test_a_link_signs_out_whoever_used_this_browser_before(
    ada: Browser, hub: HubContext, people: People
) -> None:
    with hub.uow.begin() as work:
        _, path = accounts.create_link(work, people.tenant_id, people.viewer, UNBOUNDED)
    chosen = {"password": "my own long password", "again": "my own long password"}
    assert ada.send(path, path, chosen).headers["location"] == "/sign-in"
    assert ada.get("/account").status_code == 303


def test_an_administrator_changes_people_and_hears_what_cannot_be(ada: Browser, people: People) -> None:
    vera, own = (f"/settings/users/{item}" for item in (people.viewer, people.admin))
    assert ada.send(vera, vera, {"role": "OPERATOR", "name": "Vera V."}).status_code == 303
    assert "The account is saved." in ada.read("/settings/users")
    stale = ada.post(vera, {"role": "ADMIN", "active": "1", "version": "1", "name": "Late"})
    assert stale.status_code == 412
    assert "Another user changed the same fields" in stale.text
    assert "<bdi>Ada</bdi>, <time" in stale.text
    assert 'name="version" value="2"' in stale.text
    demoted = ada.send(own, own, {"role": "VIEWER", "confirmed": "own-role"})
    assert demoted.status_code == 409
    assert "The organisation needs at least one administrator" in demoted.text
    taken = ada.post("/settings/users/new", {"email": "vera@example.org", "role": "VIEWER"})
    assert taken.status_code == 409
    assert 'id="email-error"' in taken.text
    page = ada.send(f"{vera}/link", f"{vera}/link")
    assert re.search(r'value="http://testserver/reset/[\w-]{43}"', page.text)
    assert ada.get("/settings/users/nobody").status_code == 404
    assert ada.get("/settings/users/nobody%20here/link").status_code == 404


def test_a_deactivation_is_asked_first_and_names_the_keys(
    ada: Browser, app: FastAPI, hub: HubContext, people: People
) -> None:
    admin = signed_in_as(app, people.tenant_id, name="Bob")
    with hub.uow.begin() as work:
        bob = next(user for user in accounts.all_users(work, people.tenant_id) if user.name == "Bob")
        for name in ("Badges", "Catering"):
            new = api_keys.NewApiKey(name=name, permissions=["events:create"])
            api_keys.create(work, people.tenant_id, new)[0].created_by = bob.id
    path = f"/settings/users/{bob.id}"
    question = ada.send(path, path, {"active": ""})
    assert question.status_code == 409
    assert heading_of(question.text) == "Take the sign-in from Bob?"
    for text in ("signed out at once", "Badges", "Catering", "until an administrator takes them over"):
        assert text in question.text
    assert admin.get("/account").status_code == 200
    answer = ada.client.post(path, data=form_to(question.text, path).fields, headers=FROM_HERE)
    assert answer.status_code == 303
    assert admin.get("/account").status_code == 303


def test_a_role_that_takes_rights_from_keys_is_asked_first(
    ada: Browser, hub: HubContext, people: People
) -> None:
    with hub.uow.begin() as work:
        new = api_keys.NewApiKey(name="Badges", permissions=["check-in:scan"])
        api_keys.create(work, people.tenant_id, new)[0].created_by = people.operator
    path = f"/settings/users/{people.operator}"
    question = ada.send(path, path, {"role": "VIEWER"})
    assert question.status_code == 409
    assert heading_of(question.text) == "Change the role of Oscar?"
    assert "Badges" in question.text
    assert ada.send(path, path, {"role": "ADMIN"}).status_code == 303


def test_a_viewer_manages_nobody(app: FastAPI, hub: HubContext, people: People) -> None:
    vera = signed_in(app, hub, people, people.viewer)
    assert "/settings/users" not in vera.read("/account")
    for path in ("", "/new", f"/{people.admin}", f"/{people.admin}/link", f"/{people.admin}/second-factor"):
        assert vera.get(f"/settings/users{path}").status_code == 403
        if path:
            assert vera.post(f"/settings/users{path}", {"role": "ADMIN"}).status_code == 403


def test_somebody_looks_after_their_own_account(
    ada: Browser, app: FastAPI, hub: HubContext, people: People
) -> None:
    other = signed_in(app, hub, people, people.admin)
    assert "Chrome, Linux" in ada.read("/account")
    assert ada.send("/account", "/account", {"name": "Ada L.", "language": "de"}).status_code == 303
    assert 'lang="de"' in ada.read("/account")
    assert ada.post("/account", {"language": "tlh"}).status_code == 422
    wrong = ada.post(
        "/account/password",
        {"old": "not mine", "password": "my own long password", "again": "my own long password"},
    )
    assert wrong.status_code == 403
    assert 'id="old-error"' in wrong.text
    right = ada.post(
        "/account/password",
        {"old": PASSWORD, "password": "my own long password", "again": "my own long password"},
    )
    assert right.status_code == 303
    assert other.get("/account").status_code == 303
    third = signed_in(app, hub, people, people.admin)
    end = re.search(r'action="(/account/sessions/[^"]+/end)"', ada.read("/account"))
    assert end
    assert ada.post(end[1]).status_code == 303
    assert third.get("/account").status_code == 303
    assert ada.get("/account").status_code == 200
