"""The access log and the occupancy pages in Chromium: they follow the gates, move nothing, and lose no input."""

from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.support.console_hub import Arrive, ConsoleHub, sign_in

WITHIN_MS = 5_000


@pytest.fixture
def gate(console: ConsoleHub) -> Iterator[httpx.Client]:
    """Another program that scans with an API key."""
    with httpx.Client(
        base_url=f"{console.url}/api/v1{console.event}", headers=console.key("check-in:scan")
    ) as gate:
        yield gate


def scan(console: ConsoleHub, gate: httpx.Client, checkpoint: str, code: str) -> str:
    body = {"id": str(uuid4()), "checkpoint_id": console.checkpoints[checkpoint], "registration_code": code}
    answer = gate.post("/scans", json=body)
    assert answer.status_code == 200, answer.text
    result: str = answer.json()["data"]["result"]
    return result


def approved(console: ConsoleHub) -> list[str]:
    return [person["code"] for person in console.people if person["status"] == "APPROVED"]


def inside_now(page: Page) -> str:
    return page.locator("#zone-0-current").inner_text()


def test_new_scans_wait_above_the_log_until_the_reader_asks_for_them(
    console: ConsoleHub, arrive: Arrive, gate: httpx.Client
) -> None:
    first, second, third = approved(console)[:3]
    assert scan(console, gate, "Main gate", first) == "VALID"
    page = arrive().page()
    sign_in(page, console.user("reader@example.org"), f"{console.event}/access-log")
    expect(page.locator("[data-stream-state=on]")).to_be_visible()
    rows = page.locator(".log-table tbody tr")
    expect(rows).to_have_count(1)
    assert scan(console, gate, "Main gate", second) == "VALID"
    assert scan(console, gate, "Main gate", first) == "ALREADY_SCANNED"
    expect(page.locator("#news")).to_contain_text("2 new scans", timeout=WITHIN_MS)
    expect(rows).to_have_count(1)
    page.locator("#news").get_by_role("link", name="Show").click()
    expect(rows).to_have_count(3)
    expect(rows.first).to_contain_text("already in")

    page.get_by_label("Result").select_option(label="Refused")
    page.get_by_role("button", name="Filter").click()
    expect(rows).to_have_count(1)
    rows.first.get_by_role("link").first.click()
    expect(page.get_by_text("Chain holds")).to_be_visible()
    expect(page.get_by_text("The hub's own clock.")).to_be_visible()

    page.goto(f"{console.event}/access-log?outcome=refused")
    page.get_by_role("link", name="Export").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("1 scan")
    with page.expect_download() as download:
        dialog.get_by_role("link", name="Excel workbook").click()
    assert download.value.suggested_filename.endswith(".xlsx")
    assert third


def test_occupancy_follows_the_gates_while_a_capacity_is_typed(
    console: ConsoleHub, arrive: Arrive, gate: httpx.Client
) -> None:
    page = arrive().page()
    sign_in(page, console.user("crowd@example.org"), f"{console.event}/occupancy")
    expect(page.locator("[data-stream-state=on]")).to_be_visible()
    before = int(inside_now(page))
    field = page.locator("#capacity-0")
    field.fill("1")
    codes = approved(console)[10:12]
    for code in codes:
        assert scan(console, gate, "Main gate", code) == "VALID"
    expect(page.locator("#zone-0-current")).to_have_text(str(before + 2), timeout=WITHIN_MS)
    expect(page.locator("#history-text")).to_contain_text(f"Now: {before + 2}.", timeout=WITHIN_MS)
    expect(field).to_have_value("1")
    expect(field).to_be_focused()
    page.get_by_role("button", name="Save capacities").click()
    expect(page.locator("#zone-0-level")).to_contain_text("over its limit")

    page.get_by_role("link", name="Who is inside").click()
    expect(page.locator(".inside-table tbody tr")).to_have_count(before + 2)
    page.get_by_role("link", name="Sheet to print").click()
    expect(page.locator(".sheet-table tbody tr")).to_have_count(before + 2)
    page.evaluate("window.print = () => (window.printed = true)")
    page.get_by_role("button", name="Print").click()
    assert page.evaluate("window.printed")
    page.emulate_media(media="print")
    expect(page.locator(".side")).to_be_hidden()
    expect(page.locator(".sheet-table")).to_be_visible()
