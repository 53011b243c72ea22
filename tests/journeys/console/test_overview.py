"""The open overview follows scans that another program sends."""

import shutil
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.chromium import watched_browser
from tests.support.console_hub import Arrive, ConsoleHub, sign_in
from tests.support.served_hub import serving

WITHIN_MS = 3_000


@pytest.fixture
def gate(console: ConsoleHub) -> Iterator[httpx.Client]:
    """Another program that scans with an API key."""
    with httpx.Client(
        base_url=f"{console.url}/api/v1{console.event}", headers=console.key("check-in:scan")
    ) as gate:
        yield gate


def test_figures_chart_and_zones_change_while_somebody_looks(
    console: ConsoleHub, arrive: Arrive, gate: httpx.Client
) -> None:
    page = arrive().page()
    sign_in(page, console.user("door@example.org"), console.event)
    expect(page.locator("[data-stream-state=on]")).to_be_visible()
    page.evaluate("window.unmoved = true")
    assert (figure(page, "Inside now"), figure(page, "Admitted today")) == ("0", "0")
    drawn = page.locator(".chart-entries").get_attribute("points")

    admitted = [person["code"] for person in console.people if person["status"] == "APPROVED"][:7]
    for code in admitted:
        assert scan(console, gate, "Main gate", code) == "VALID"

    hall = page.locator("#zones li").filter(has_text="Hall A")
    expect(page.locator(".stat").filter(has_text="Inside now").locator(".stat-value")).to_have_text(
        "7", timeout=WITHIN_MS
    )
    expect(hall.locator("strong")).to_have_text("7", timeout=WITHIN_MS)
    assert figure(page, "Admitted today") == "7"
    assert page.locator(".chart-entries").get_attribute("points") != drawn

    page.get_by_text("As a table").click()
    assert scan(console, gate, "Main gate", admitted[0]) == "ALREADY_SCANNED"
    assert scan(console, gate, "Exit", admitted[1]) == "VALID"
    expect(hall.locator("strong")).to_have_text("6", timeout=WITHIN_MS)
    expect(page.locator(".stat").filter(has_text="Refused today")).to_contain_text("1", timeout=WITHIN_MS)
    expect(page.locator("#chart-table")).to_have_attribute("open", "")
    exits = page.locator("#chart-table tbody td:last-child").all_inner_texts()
    assert sum(int(count) for count in exits) == 1
    assert page.evaluate("window.unmoved") is True


def test_an_overview_says_when_the_hub_is_away_and_catches_up_by_itself(
    template: tuple[Path, dict[str, Any]], browser: Browser, tmp_path: Path
) -> None:
    shutil.copytree(template[0], tmp_path / "hub")
    event = f"/events/{template[1]['event_id']}"
    gone = ConsoleHub("", tmp_path / "hub", event, template[1]["checkpoints"], template[1]["participants"])
    email, headers = gone.user("storm@example.org"), gone.key("check-in:scan")
    with ExitStack() as hubs:
        first = hubs.enter_context(serving(gone.data))
        somebody = hubs.enter_context(watched_browser(browser, first.url))
        page = somebody.page()
        sign_in(page, email, event)
        expect(page.get_by_text("live", exact=True)).to_be_visible()
        somebody.ignores_network_errors = True
        first.end(signal.SIGTERM)
        expect(page.get_by_text("connection lost")).to_be_visible()
        again = hubs.enter_context(serving(gone.data, "--port", first.url.rpartition(":")[2]))
        code = next(person["code"] for person in gone.people if person["status"] == "APPROVED")
        with httpx.Client(base_url=f"{again.url}/api/v1{event}", headers=headers) as gate:
            assert scan(gone, gate, "Main gate", code) == "VALID"
        expect(page.get_by_text("live", exact=True)).to_be_visible()
        expect(page.locator("#zones li").filter(has_text="Hall A").locator("strong")).to_have_text("1")


def figure(page: Page, label: str) -> str:
    """Return the current value of a figure."""
    return page.locator(".stat").filter(has_text=label).locator(".stat-value").inner_text()


def scan(console: ConsoleHub, gate: httpx.Client, checkpoint: str, code: str) -> str:
    """Scan a registration code at a checkpoint."""
    body = {"id": str(uuid4()), "checkpoint_id": console.checkpoints[checkpoint], "registration_code": code}
    answer = gate.post("/scans", json=body)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["data"]["result"])
