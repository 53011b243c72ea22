"""Every page and form under axe: in light, dark and high contrast, and in Arabic, from right to left."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Response, ViewportSize

from hub_sync.contract.enums import WebhookStatus
from hub_sync.hub.kit.security.permissions import Role
from tests.support.console_hub import PASSWORD, Arrive, ConsoleHub, sign_in

GRAVE = ("serious", "critical")
LOOKS = {"dark": "color-contrast", "contrast": "color-contrast-enhanced"}
"""Looks, and the rule for their colours: 4.5 to 1, and 7 to 1 for those who ask for high contrast."""
WHOLE = {"resultTypes": ["violations"]}
PHONE, DESK = ViewportSize(width=390, height=844), ViewportSize(width=1280, height=800)
A_PART_OF_THE_DOCS = "/docs?q=scans"
"""Every operation is told alike, and all of them keep axe busy for twenty seconds."""


@dataclass
class Walk:
    """Somebody who goes through all pages that links lead to, and the one of each kind once."""

    page: Page
    start: str

    def pages(self) -> Iterator[Response]:
        """Yield each page, open."""
        waiting, visited = [self.start], {kind_of(self.start)}
        while waiting:
            answer = self.page.goto(waiting.pop(0))
            assert answer is not None
            links: list[str] = self.page.eval_on_selector_all(
                "a[href^='/']", "all => all.map(link => link.getAttribute('href'))"
            )
            yield answer
            for path in map(led_to, links):
                kind = kind_of(path)
                if kind not in visited and not re.search(r"\.(csv|jsonl|json|pdf|png|svg)", kind):
                    visited.add(kind)
                    waiting.append(path)


@pytest.fixture(scope="module")
def filled(console: ConsoleHub) -> ConsoleHub:
    """Create an invitation, a key and a webhook, so that every page has content."""
    console.invitation("invited@example.org")
    console.user("operator@example.org", Role.OPERATOR)
    console.key("events:read", "participants:read")
    console.webhook("https://hooks.example.org/doorward", status=WebhookStatus.SUSPENDED, breaker_trips=3)
    return console


def test_axe_finds_nothing_grave_on_any_page_in_any_look(filled: ConsoleHub, arrive: Arrive) -> None:
    page = arrive().page()
    sign_in(page, filled.user("eyes@example.org"), "/account")
    axe, grave, page_count = Axe(), [], 0
    for answer in Walk(page, "/account").pages():
        assert answer.status == 200, answer.url
        page_count += 1
        grave += violations(axe, page, "light", WHOLE)
        for look, rule in LOOKS.items():
            page.evaluate("look => (document.documentElement.dataset.theme = look)", look)
            grave += violations(axe, page, look, WHOLE | {"runOnly": {"type": "rule", "values": [rule]}})
    for path, link in (
        ("/settings/api-keys", "New key"),
        ("/settings/webhooks", "New webhook"),
        (f"{filled.event}/participants", "Register participant"),
    ):
        page.goto(path)
        page.get_by_role("link", name=link).first.click()
        page.get_by_role("dialog").get_by_role("textbox").first.wait_for()
        grave += violations(axe, page, "dialog", WHOLE)
    assert not grave, "\n".join(grave)
    assert page_count >= 32


def test_axe_finds_nothing_grave_in_arabic_and_nothing_is_too_wide(
    filled: ConsoleHub, arrive: Arrive
) -> None:
    page = arrive(locale="ar").page()
    page.goto("/sign-in")
    assert page.locator("html").get_attribute("dir") == "rtl"
    axe, grave = Axe(), []
    grave += violations(axe, page, "Arabic", WHOLE)
    page.locator("#email").fill(filled.user("ar@example.org"))
    page.locator("#password").fill(PASSWORD)
    page.locator("#password").press("Enter")
    page.wait_for_url("**/events/**")
    for answer in Walk(page, "/account").pages():
        if "/docs" in answer.url:  # the API's description is English
            continue
        assert page.locator("html").get_attribute("dir") == "rtl", answer.url
        for size in (PHONE, DESK):
            page.set_viewport_size(size)
            wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, f"{answer.url} is {wide} pixels wider than {size['width']}"
        grave += violations(axe, page, "Arabic", WHOLE)
    assert not grave, "\n".join(grave)


def led_to(link: str) -> str:
    """Open the page behind a link."""
    path = link.partition("#")[0]
    return A_PART_OF_THE_DOCS if path == "/docs" else path


def kind_of(path: str) -> str:
    """Return a page's address with every id replaced."""
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", path.partition("?")[0])


def violations(axe: Axe, page: Page, look: str, options: dict[str, Any]) -> list[str]:
    """Return the serious violations that axe reports for the page."""
    return [
        f"{page.url} ({look}): {violation['id']}: {violation['help']}: {[node['html'][:160] for node in violation['nodes'][:3]]}"
        for violation in axe.run(page, options=options).response["violations"]
        if violation["impact"] in GRAVE
    ]
