"""Tries from anywhere are counted together, but for browsers that the person has signed in with before."""

from urllib.parse import urlencode

import pytest
import time_machine
from fastapi import FastAPI

from hub_sync.hub.domains.accounts.credentials.sessions import Browser as Told
from hub_sync.hub.domains.accounts.errors import TooManyAttempts, WrongCredentials
from hub_sync.hub.domains.accounts.sign_in import known_browsers
from hub_sync.hub.domains.accounts.sign_in.service import SignIn, SignInAttempt
from hub_sync.hub.domains.accounts.sign_in.throttle import PER_ACCOUNT, PER_KNOWN_BROWSER
from tests.hub_sync.hub.console.browser_client import Browser
from tests.hub_sync.hub.domains.accounts.conftest import PASSWORD, People

ADA = SignInAttempt("ada@example.org", PASSWORD)
WRONG = SignInAttempt("ada@example.org", "not her password")


def guess(sign_in: SignIn, browser: Told) -> None:
    with pytest.raises(WrongCredentials):
        sign_in.authenticate(WRONG, browser)


def locked_from_outside(sign_in: SignIn) -> None:
    for at in range(PER_ACCOUNT.tries):
        guess(sign_in, Told(f"198.51.100.{at}"))
    with pytest.raises(TooManyAttempts):
        sign_in.authenticate(ADA, Told("203.0.113.9"))


def test_a_known_browser_gets_in_while_strangers_guess(
    sign_in: SignIn, people: People, time_passes: time_machine.Traveller
) -> None:
    known = sign_in.authenticate(ADA, Told("203.0.113.9")).known
    time_passes.shift(1000)
    locked_from_outside(sign_in)
    assert sign_in.authenticate(ADA, Told("203.0.113.9", known=known)).token


def test_who_stole_a_known_browsers_cookie_guesses_no_more_often(
    sign_in: SignIn, people: People, time_passes: time_machine.Traveller
) -> None:
    known = sign_in.authenticate(ADA, Told("203.0.113.9")).known
    time_passes.shift(1000)
    for at in range(PER_KNOWN_BROWSER.tries):
        guess(sign_in, Told(f"198.51.100.{at}", known=known))
    with pytest.raises(TooManyAttempts):
        sign_in.authenticate(ADA, Told("203.0.113.9", known=known))


@pytest.mark.parametrize("cookie", ["", "nonsense", "é", "A" * 5000])
def test_a_cookie_that_is_none_makes_nobody_known(
    sign_in: SignIn, people: People, time_passes: time_machine.Traveller, cookie: str
) -> None:
    locked_from_outside(sign_in)
    with pytest.raises(TooManyAttempts):
        sign_in.authenticate(ADA, Told("203.0.113.9", known=cookie))


def test_anothers_cookie_makes_nobody_known(
    sign_in: SignIn, people: People, time_passes: time_machine.Traveller
) -> None:
    veras = sign_in.authenticate(SignInAttempt("vera@example.org", PASSWORD), Told("203.0.113.8")).known
    locked_from_outside(sign_in)
    with pytest.raises(TooManyAttempts):
        sign_in.authenticate(ADA, Told("203.0.113.9", known=veras))


def test_a_browser_keeps_the_cookie_where_no_script_reads_it(
    app: FastAPI, people: People, time_passes: time_machine.Traveller
) -> None:
    browser = Browser(app)
    answer = browser.post("/sign-in", {"email": ADA.email, "password": PASSWORD})
    stored = next(
        item for item in answer.headers.get_list("set-cookie") if item.startswith(known_browsers.COOKIE)
    )
    assert {"HttpOnly", "SameSite=lax", f"Max-Age={known_browsers.LIFETIME_S}"} <= set(stored.split("; "))
    assert urlencode({"email": ADA.email}) not in stored
