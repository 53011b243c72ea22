"""Accept an invitation and create an API key that another program uses."""

import re
import time

import httpx
import pyotp
import pytest
from playwright.sync_api import Page, expect

from tests.support.console_hub import PASSWORD, Arrive, ConsoleHub, sign_in

# Daily, other journeys have dialogs, figures that change and the keyboard, and tests of pages what is said and stored.
pytestmark = pytest.mark.thorough


def test_somebody_invited_sets_up_a_second_factor_and_signs_in_with_it(
    console: ConsoleHub, arrive: Arrive
) -> None:
    link = console.invitation("grace@example.org")
    somebody = arrive()
    page = somebody.page()
    page.goto(link)
    expect(page.get_by_label("E-mail address")).to_have_value("grace@example.org")
    page.get_by_label("Your name").fill("Grace Hopper")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("The password again").fill(PASSWORD)
    page.get_by_role("button", name="Use this password").click()
    expect(page.get_by_text("Your account is ready.")).to_be_visible()
    sign_in(page, "grace@example.org", "/account/second-factor")

    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    totp = pyotp.TOTP(page.locator("main code").inner_text().replace(" ", ""))
    now = time.time()
    page.get_by_label("Code").fill(totp.at(now))
    page.get_by_role("button", name="Switch it on").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    assert page.locator(".recovery-codes li").count() == 10

    sign_out(page)
    page.get_by_label("E-mail address").fill("grace@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Code").fill(totp.at(now + 30))  # the code of before was used up
    page.get_by_role("button", name="Go on").click()
    expect(page.locator(".person-name")).to_have_text("Grace Hopper")

    somebody.ignored_statuses.add(410)  # the link was good once
    page.goto(link)
    expect(page.get_by_role("button", name="Use this password")).to_have_count(0)


def test_a_key_is_made_used_rotated_and_revoked(console: ConsoleHub, arrive: Arrive) -> None:
    page = arrive(permissions=["clipboard-read", "clipboard-write"]).page()
    sign_in(page, console.user("keys@example.org"), "/settings/api-keys")
    page.get_by_role("link", name="New key").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Badge printer")
    dialog.get_by_role("checkbox", name=re.compile("events:read")).check()
    dialog.get_by_role("radio", name=re.compile("Premium")).check()
    dialog.get_by_label("Expires").fill("2099-01-01T12:00")
    dialog.get_by_label("Allowed addresses").fill("127.0.0.0/8\n::1/128")
    dialog.get_by_role("button", name="Create key").click()
    first = read_new_key(page)

    first_url = page.url
    page.reload()
    assert page.locator("#key").count() == 0
    expect(page.get_by_text("This key was shown once")).to_be_visible()
    page.goto("/settings/api-keys")
    expect(page.locator("tbody tr")).to_have_count(1)
    assert first not in page.content()

    assert status(console, first, "/api/v1/events") == 200
    assert status(console, first, "/api/v1/api-keys") == 403

    page.get_by_role("link", name="Rotate “Badge printer”").click()
    expect(page.get_by_role("dialog").get_by_role("radio", checked=True)).to_have_count(1)
    page.get_by_role("dialog").get_by_role("button", name="Create new key").click()
    page.wait_for_url(re.compile(r"/made$"))
    second = read_new_key(page)
    assert page.url != first_url
    assert second != first
    assert [status(console, key, "/api/v1/events") for key in (first, second)] == [200, 200]

    page.goto("/settings/api-keys?filter[status]=ACTIVE")
    page.get_by_role("link", name="Revoke “Badge printer”").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke the key").click()
    expect(page.get_by_role("status").filter(has_text="is revoked")).to_be_visible()
    assert status(console, second, "/api/v1/events") == 401
    assert status(console, first, "/api/v1/events") == 200


def read_new_key(page: Page) -> str:
    """Return the key that the page shows once, and that the button copies."""
    page.wait_for_url(re.compile(r"/made$"))
    raw = page.get_by_label("The key").input_value()
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == raw
    return raw


def status(console: ConsoleHub, raw: str, path: str) -> int:
    """Return the status of a request with the key."""
    return httpx.get(console.url + path, headers={"X-API-Key": raw}).status_code


def sign_out(page: Page) -> None:
    """Sign out by the menu."""
    page.locator(".person summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in*")
