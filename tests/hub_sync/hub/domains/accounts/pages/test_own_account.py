"""The own account's second factor: a form that is sent twice (a double click, a reload) acts once."""

import re
from datetime import timedelta

import pyotp
import time_machine
from httpx2 import Response

from hub_sync.contract.clock import ManualClock
from hub_sync.hub.domains.accounts import service as accounts
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.console.browser_client import HERE, Browser
from tests.hub_sync.hub.domains.accounts.conftest import PASSWORD, People

FACTOR = "/account/second-factor"


def send_twice(browser: Browser, path: str, **typed: str) -> tuple[Response, Response]:
    fields = browser.fill_in(path, path, typed)
    first, second = (browser.client.post(path, data=fields, headers=HERE) for _ in range(2))
    return first, second


def recovery_codes(response: Response) -> list[str]:
    return list(dict.fromkeys(re.findall(r"\b(?:[A-Z2-7]{4}-){3}[A-Z2-7]{4}\b", response.text)))


def test_a_second_factor_is_set_up_once_by_a_form_that_is_sent_twice(
    ada: Browser, hub: HubContext, people: People, clock: ManualClock, time_passes: time_machine.Traveller
) -> None:
    path = f"{FACTOR}/confirm"
    fields = ada.fill_in(FACTOR, FACTOR, {"password": PASSWORD})
    assert ada.client.post(FACTOR, data=fields, headers=HERE).headers["location"] == path
    secret = re.search(r"secret=([A-Z2-7]+)", ada.read(path))
    assert secret
    assert ada.client.post(FACTOR, data=fields, headers=HERE).headers["location"] == path
    assert secret[0] in ada.read(path), "the QR code that was scanned stays good"
    first, second = send_twice(ada, path, code=pyotp.TOTP(secret[1]).at(clock.now()))
    assert (first.status_code, second.status_code) == (200, 200)
    assert len(recovery_codes(first)) == 10
    assert recovery_codes(second) == recovery_codes(first)
    clock.advance(timedelta(minutes=5))
    time_passes.shift(300)
    more = {"password": PASSWORD, "code": pyotp.TOTP(secret[1]).at(clock.now())}
    first, second = send_twice(ada, "/account/recovery-codes", **more)
    assert len(recovery_codes(first)) == 10
    assert recovery_codes(second) == recovery_codes(first)
    with hub.uow.read() as work:
        assert len(accounts.get(work, people.tenant_id, people.admin).recovery_hashes) == 10
    time_passes.shift(300)
    first, second = send_twice(ada, f"{FACTOR}/off", password=PASSWORD, code=recovery_codes(first)[0])
    assert first.headers["location"] == second.headers["location"] == "/account"


def test_a_repeated_form_needs_the_password_too(
    ada: Browser, hub: HubContext, people: People, clock: ManualClock, time_passes: time_machine.Traveller
) -> None:
    ada.send(FACTOR, FACTOR, {"password": PASSWORD})
    path = f"{FACTOR}/confirm"
    secret = re.search(r"secret=([A-Z2-7]+)", ada.read(path))
    assert secret
    ada.send(path, path, {"code": pyotp.TOTP(secret[1]).at(clock.now())})
    clock.advance(timedelta(minutes=5))
    time_passes.shift(300)
    path = "/account/recovery-codes"
    fields = ada.fill_in(path, path, {"password": PASSWORD, "code": pyotp.TOTP(secret[1]).at(clock.now())})
    assert recovery_codes(ada.client.post(path, data=fields, headers=HERE))
    wrong = ada.client.post(path, data=fields | {"password": "not mine at all"}, headers=HERE)
    assert wrong.status_code == 403
    assert recovery_codes(wrong) == []
