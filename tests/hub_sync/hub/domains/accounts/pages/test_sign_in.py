"""The pages of the way in, as a browser without scripts sees them."""

import re
from datetime import timedelta
from urllib.parse import urlencode

import pyotp
import pytest
import time_machine
from fastapi import FastAPI
from starlette.testclient import TestClient

from hub_sync.contract.clock import ManualClock
from hub_sync.hub.app import create_app
from hub_sync.hub.domains.accounts import service as accounts
from hub_sync.hub.domains.accounts.sign_in.known_browsers import LIFETIME_S
from hub_sync.hub.domains.accounts.sign_in.throttle import PER_PERSON_THERE
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.client_address import SESSION_COOKIE
from hub_sync.hub.kit.settings import HubSettings
from tests.hub_sync.hub.console.browser_client import HERE, Browser, heading_of
from tests.hub_sync.hub.domains.accounts.conftest import PASSWORD, People

ADA = {"email": "ada@example.org", "password": PASSWORD}


def test_a_person_signs_in_sees_their_page_and_signs_out(browser: Browser) -> None:
    response = browser.get("/account")
    assert (response.status_code, response.headers["location"]) == (303, "/sign-in?next=%2Faccount")
    page = browser.read("/sign-in?next=%2Faccount")
    assert heading_of(page) == "Sign in"
    for mark in ('autocomplete="username"', 'autocomplete="current-password"', 'value="/account"'):
        assert mark in page
    assert 'name="organisation"' not in page
    answer = browser.send("/sign-in?next=%2Faccount", "/sign-in", ADA)
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    assert "ada@example.org" in browser.read("/account")
    assert browser.get("/sign-in").headers["location"] == "/"
    token = browser.client.cookies[SESSION_COOKIE]
    out = browser.post("/sign-out")
    assert out.headers["location"] == "/sign-in"
    assert "You are signed out." in browser.read("/sign-in")
    browser.client.cookies.set(SESSION_COOKIE, token)
    assert browser.get("/account").status_code == 303, "the old cookie is worthless"


def test_refusals_look_the_same_and_keep_what_was_typed_but_the_password(browser: Browser) -> None:
    bodies = set()
    for email in ("ada@example.org", "nobody@example.org"):
        answer = browser.post("/sign-in", {"email": email, "password": "wrong horse battery"})
        assert answer.status_code == 401
        assert f'value="{email}"' in answer.text
        assert "wrong horse" not in answer.text
        assert "set-cookie" not in answer.headers
        without_id = re.sub(r"[0-9a-f-]{36}", "", answer.text)
        bodies.add(without_id.replace(email, "EMAIL"))
    assert len(bodies) == 1
    assert "E-mail address or password is wrong." in bodies.pop()


def test_too_many_tries_are_told_to_wait(browser: Browser, time_passes: time_machine.Traveller) -> None:
    for _ in range(PER_PERSON_THERE.tries):
        assert browser.post("/sign-in", ADA | {"password": "wrong"}).status_code == 401
    answer = browser.post("/sign-in", ADA)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")
    assert "Too many attempts. Try again in 60 sec." in answer.text
    assert heading_of(answer.text) == "Sign in"
    time_passes.shift(61)
    assert browser.post("/sign-in", ADA).status_code == 303


def test_the_cookie_is_for_this_hub_alone(browser: Browser) -> None:
    session, known = browser.post("/sign-in", ADA).headers.get_list("set-cookie")
    for cookie, lasts in ((session, 604800), (known, LIFETIME_S)):
        parts = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert {"httponly", "samesite=lax", "path=/", f"max-age={lasts}"} == parts, (
            "no Domain, so no other host"
        )


def test_the_cookie_is_secure_where_the_hub_is_reached_by_https(
    app: FastAPI, people: People, settings: HubSettings, clock: ManualClock
) -> None:
    over_https = TestClient(app, base_url="https://testserver", follow_redirects=False)
    headers = HERE | {"Origin": "https://testserver"}
    assert "; secure" in over_https.post("/sign-in", data=ADA, headers=headers).headers["set-cookie"].lower()
    behind = create_app(settings.model_copy(update={"public_url": "https://hub.example.org"}), clock)
    proxied = TestClient(behind, follow_redirects=False)
    headers = HERE | {"Origin": "https://hub.example.org"}
    answer = proxied.post("/sign-in", data=ADA, headers=headers)
    assert "; secure" in answer.headers["set-cookie"].lower()
    behind.state.hub.uow.database.close()


@pytest.mark.parametrize(
    ("origin", "secure"), [("https://hub.example.org", True), ("http://testserver", False)]
)
def test_a_browser_says_that_its_page_has_https_behind_a_proxy_that_nobody_named(
    app: FastAPI, people: People, origin: str, secure: bool
) -> None:
    headers = HERE | {"Origin": origin}
    answer = TestClient(app, follow_redirects=False).post("/sign-in", data=ADA, headers=headers)
    assert answer.status_code == 303
    assert ("; secure" in answer.headers["set-cookie"].lower()) is secure


@pytest.mark.parametrize(("peer", "secure"), [("10.0.0.1", True), ("203.0.113.9", False)])
def test_a_trusted_proxy_says_that_it_was_reached_by_https(
    people: People, settings: HubSettings, clock: ManualClock, peer: str, secure: bool
) -> None:
    behind = create_app(settings.model_copy(update={"trusted_proxies": "10.0.0.0/8"}), clock)
    proxied = TestClient(behind, follow_redirects=False, client=(peer, 50000))
    headers = HERE | {"Origin": "http://testserver", "X-Forwarded-Proto": "https"}
    answer = proxied.post("/sign-in", data=ADA, headers=headers)
    assert ("; secure" in answer.headers["set-cookie"].lower()) is secure
    behind.state.hub.uow.database.close()


ELSEWHERE = (
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    " /evil",
    "javascript:alert(1)",
    "http:/evil.example",
    "/sign-in",
    "",
)


def test_nobody_is_sent_elsewhere_after_signing_in(
    app: FastAPI, people: People, time_passes: time_machine.Traveller
) -> None:
    for to in ELSEWHERE:
        browser = Browser(app)
        assert 'name="next"' not in browser.read(f"/sign-in?{urlencode({'next': to})}")
        assert browser.post("/sign-in", ADA | {"next": to}).headers["location"] == "/"
        assert browser.get("/sign-in", params={"next": to}).headers["location"] == "/"
        time_passes.shift(30)


def test_a_form_of_another_site_signs_nobody_in(browser: Browser) -> None:
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ):
        answer = browser.client.post("/sign-in", data=ADA, headers={"Accept": "text/html"} | headers)
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers
    assert browser.client.post("/sign-in", data=ADA, headers={"Accept": "text/html"}).status_code == 403


def test_a_signed_in_form_without_its_token_changes_nothing(ada: Browser) -> None:
    for csrf in ({}, {"csrf": ""}, {"csrf": accounts.csrf_token("another")}):
        for path in ("/account", "/sign-out", "/settings/users/new"):
            assert ada.client.post(path, data=csrf | {"name": "X"}, headers=HERE).status_code == 403
    assert ada.get("/account").status_code == 200


def test_a_token_from_before_signing_in_is_not_the_sessions(browser: Browser, hub: HubContext) -> None:
    browser.client.cookies.set(SESSION_COOKIE, "planted-by-somebody-else")
    browser.post("/sign-in", ADA)
    tokens = [item.value for item in browser.client.cookies.jar if item.name == SESSION_COOKIE]
    with hub.uow.read() as work:
        good = [token for token in tokens if token != "planted-by-somebody-else"]
        assert accounts.authenticate_session(work, good[0] or "")
    assert "planted-by-somebody-else" not in good


def test_where_there_are_several_organisations_the_page_asks_which(browser: Browser, hub: HubContext) -> None:
    with hub.uow.begin() as work:
        tenants.create(work, hub.secret_box, slug="other", name="Other")
    assert 'name="organisation"' in browser.read("/sign-in")
    assert browser.post("/sign-in", ADA).status_code == 401
    assert browser.post("/sign-in", ADA | {"organisation": " ACME "}).status_code == 303


def test_a_second_factor_is_set_up_used_and_switched_off(
    browser: Browser, ada: Browser, clock: ManualClock, time_passes: time_machine.Traveller
) -> None:
    begun = ada.send("/account/second-factor", "/account/second-factor", {"password": PASSWORD})
    assert begun.headers["location"] == "/account/second-factor/confirm"
    page = ada.read("/account/second-factor/confirm")
    assert "<svg" in page
    secret = re.search(r'<code class="mono">([A-Z2-7 ]+)</code>', page)
    assert secret
    phone = pyotp.TOTP(secret[1].replace(" ", ""))
    wrong = ada.post("/account/second-factor/confirm", {"code": "000000"})
    assert wrong.status_code == 401
    assert "That code is not right" in wrong.text
    confirmed = ada.post("/account/second-factor/confirm", {"code": phone.at(clock.now())})
    codes = re.findall(r"<code>([A-Z2-7-]{19})</code>", confirmed.text)
    assert len(codes) == 10
    again = ada.get("/account/second-factor/confirm")
    assert again.status_code == 409
    assert secret[1] not in again.text
    time_passes.shift(300)
    clock.advance(timedelta(minutes=5))

    response = browser.post("/sign-in", ADA | {"next": "/account"})
    assert response.headers["location"] == "/sign-in/code?next=%2Faccount"
    assert browser.get("/account").status_code == 303, "nobody is in yet"
    page = browser.read("/sign-in/code?next=%2Faccount")
    assert 'autocomplete="one-time-code"' in page
    assert browser.post("/sign-in/code", {"code": "000000"}).status_code == 401
    done = browser.send("/sign-in/code?next=%2Faccount", "/sign-in/code", {"code": phone.at(clock.now())})
    assert (done.status_code, done.headers["location"]) == (303, "/account")
    assert "10 recovery codes are left" in browser.read("/account")

    off = browser.send(
        "/account/second-factor/off",
        "/account/second-factor/off",
        {"password": PASSWORD, "code": codes[0]},
    )
    assert off.status_code == 303
    assert "The second factor is off." in browser.read("/account")


def test_a_code_is_asked_of_nobody_who_has_not_shown_a_password(browser: Browser) -> None:
    assert browser.get("/sign-in/code").headers["location"] == "/sign-in"
    answer = browser.post("/sign-in/code", {"code": "123456"})
    assert answer.headers["location"] == "/sign-in"


def test_whoever_forgot_is_told_what_to_do_and_nothing_else(browser: Browser) -> None:
    page = browser.read("/forgot")
    assert "Ask an administrator" in page
    assert 'name="email"' not in page
