"""An organiser looks into conflicts as they come, and enrols a station with the code on the screen."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.support.console_hub import Arrive, ConsoleHub, sign_in

# Daily, other journeys have dialogs, figures that change and the keyboard, and tests of pages what is said and stored.
pytestmark = pytest.mark.thorough

WITHIN_MS = 8_000


@pytest.fixture
def gate(console: ConsoleHub) -> Iterator[httpx.Client]:
    """Another program that scans with an API key."""
    with httpx.Client(
        base_url=f"{console.url}/api/v1{console.event}", headers=console.key("check-in:scan")
    ) as gate:
        yield gate


def override(console: ConsoleHub, gate: httpx.Client, person: dict[str, str], reason: str) -> None:
    """Let somebody in whom the rules refuse."""
    body: dict[str, Any] = {
        "checkpoint_id": console.checkpoints["Main gate"],
        "registration_code": person["code"],
    }
    gate.post("/scans", json=body).raise_for_status()
    again = gate.post("/scans", json=body | {"override": {"reason": reason}})
    assert again.json()["data"]["result"] == "MANUAL_OVERRIDE", again.text


def rows(page: Page) -> Any:
    return page.locator("#conflicts tbody tr")


def test_conflicts_appear_while_somebody_looks_and_are_resolved_together(
    console: ConsoleHub, arrive: Arrive, gate: httpx.Client
) -> None:
    approved = [person for person in console.people if person["status"] == "APPROVED"][-3:]
    override(console, gate, approved[0], "Went out for a call")
    page = arrive().page()
    sign_in(page, console.user("inbox@example.org"), console.event)
    page.get_by_role("link", name="Conflicts").click()
    before = rows(page).count()
    rows(page).first.get_by_role("checkbox").check()
    page.get_by_label("Note on the selected").fill("Known to the desk.")
    elsewhere = page.context.new_page()  # a page without figures that follow the event
    elsewhere.goto(f"{console.event}/checkpoints")
    expect(elsewhere.locator("#count-open_conflicts")).to_have_text(str(before))
    override(console, gate, approved[1], "Forgot the badge")
    expect(elsewhere.locator("#count-open_conflicts")).to_have_text(str(before + 1), timeout=WITHIN_MS)
    elsewhere.close()
    expect(rows(page)).to_have_count(before + 1, timeout=WITHIN_MS)
    expect(page.get_by_text("Forgot the badge")).to_be_visible()
    expect(page.locator("#conflicts input:checked")).to_have_count(1)
    expect(page.get_by_label("Note on the selected")).to_have_value("Known to the desk.")

    page.get_by_role("button", name="Resolve the selected").click()
    expect(page.get_by_text("1 conflict is resolved.")).to_be_visible()
    expect(rows(page)).to_have_count(before)
    expect(page.locator("#count-open_conflicts")).to_have_text(str(before))
    page.get_by_role("link", name="Resolved").click()
    expect(page.get_by_text("Known to the desk.")).to_be_visible()
    rows(page).first.get_by_role("link").first.click()
    page.get_by_role("button", name="Open again").click()
    expect(page.get_by_text("It is open again.")).to_be_visible()
    expect(page.get_by_label("Note")).to_have_value("Known to the desk.")


def test_a_station_enrols_with_the_code_on_the_screen_which_says_so(
    console: ConsoleHub, arrive: Arrive
) -> None:
    page = arrive().page()
    sign_in(page, console.user("fleet@example.org"), console.event)
    page.get_by_role("link", name="Stations", exact=True).first.click()
    page.get_by_role("link", name="New station").first.click()
    page.get_by_label("Name").fill("North stairs")
    page.get_by_label("Checkpoint").select_option(label="Main gate")
    page.get_by_role("button", name="Create and show the code").click()
    expect(page.get_by_role("img", name="QR code to enrol the station")).to_be_visible()
    expect(page.get_by_text("Waiting for the station")).to_be_visible()
    code = page.get_by_label("Enrolment code").input_value()
    enrolled = httpx.post(f"{console.url}/api/v1/sync/enrol", json={"token": code, "serial": "gate-north"})
    assert enrolled.status_code == 200, enrolled.text
    expect(page.get_by_text("The code was used")).to_be_visible(timeout=WITHIN_MS)
    page.get_by_role("link", name="Show the station").click()
    expect(page.get_by_role("heading", name="North stairs")).to_be_visible()

    page.get_by_role("link", name="Lock").click()
    page.get_by_role("button", name="Lock the station").click()
    expect(page.get_by_label("Reason")).to_be_focused()
    page.get_by_label("Reason").fill("Left unattended")
    page.get_by_role("button", name="Lock the station").click()
    expect(page.get_by_text("Left unattended").first).to_be_visible()
    page.get_by_role("button", name="Unlock").click()
    expect(page.get_by_text("is unlocked and in use again")).to_be_visible()
