"""The console without JavaScript, and with the keyboard alone."""

import re

import httpx
from playwright.sync_api import Page, expect

from tests.support.console_hub import Arrive, ConsoleHub, sign_in

_FOCUSED = "document.activeElement.closest('dialog') !== null"
_OUTLINE = "getComputedStyle(document.activeElement).outlineStyle + getComputedStyle(document.activeElement).outlineWidth"


def test_all_of_it_works_without_script(console: ConsoleHub, arrive: Arrive) -> None:
    page = arrive(java_script_enabled=False).page()
    sign_in(page, console.user("plain@example.org"), "/settings/api-keys")
    page.get_by_role("link", name="New key").first.click()
    page.wait_for_url("**/settings/api-keys/new")
    page.get_by_role("button", name="Create key").click()
    page.get_by_label("Name").fill("Report")
    page.get_by_role("checkbox", name=re.compile("events:read")).check()
    page.get_by_role("button", name="Create key").click()
    page.wait_for_url("**/made")
    raw = page.get_by_label("The key").input_value()
    assert page.get_by_role("button", name="Copy").count() == 0
    assert called(console, raw) == 200

    page.goto("/settings/api-keys")
    page.get_by_role("link", name="Revoke “Report”").click()
    page.wait_for_url("**/revoke")
    page.get_by_role("button", name="Revoke the key").click()
    expect(page.get_by_role("status").filter(has_text="is revoked")).to_be_visible()
    assert called(console, raw) == 401

    page.goto(f"{console.event}/participants/new")
    page.get_by_label("First name").fill("Ursula")
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_text("Ursula is registered.")).to_be_visible()

    page.goto(console.event)
    expect(page.locator("noscript meta[http-equiv=refresh], head meta[http-equiv=refresh]")).to_have_count(1)
    page.locator(".person summary").click()
    page.get_by_label("Appearance").select_option("dark")
    page.locator("form").filter(has=page.get_by_label("Appearance")).get_by_role(
        "button", name="Apply"
    ).click()
    expect(page.locator("html[data-theme=dark]")).to_have_count(1)
    page.locator(".person summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in*")


def test_the_keyboard_is_enough(console: ConsoleHub, arrive: Arrive) -> None:
    page = arrive().page()
    sign_in(page, console.user("keyboard@example.org"), "/settings/features")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("switch").first).to_be_focused()
    assert visibly_focused(page)

    page.reload()
    tab_to(page, "API keys")
    page.keyboard.press("Enter")
    page.wait_for_url("**/settings/api-keys")
    tab_to(page, "New key")
    assert visibly_focused(page)
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="New API key")
    expect(dialog.get_by_label("Name")).to_be_focused()
    inside = 0
    for _ in range(60):
        page.keyboard.press("Tab")
        in_page = page.evaluate("document.activeElement !== document.body")
        assert not in_page or page.evaluate(_FOCUSED)
        inside += in_page
    assert inside > 40
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("link", name="New key").first).to_be_focused()

    page.keyboard.press("Enter")
    expect(dialog.get_by_label("Name")).to_be_focused()
    page.keyboard.type("By keyboard")
    for _ in range(3):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.type") == "checkbox":
            break
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_url("**/made")


def called(console: ConsoleHub, raw: str) -> int:
    """Return the status of an API request with a key."""
    return httpx.get(f"{console.url}/api/v1/events", headers={"X-API-Key": raw}).status_code


def visibly_focused(page: Page) -> bool:
    """Tell if the focused element has a visible outline."""
    outline = str(page.evaluate(_OUTLINE))
    return not outline.startswith("none") and not outline.endswith("0px")


def tab_to(page: Page, text: str) -> None:
    """Press the Tab key until the element with this text has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText?.trim()") == text:
            return
    raise AssertionError(f"the Tab key does not come to {text}")
