"""Create an event, change it by two users at once, register a participant and download tickets."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from hardware.codes.engines import ZxingEngine
from hardware.codes.grayscale import to_grayscale
from hub_sync.hub.commands.common import open_hub, select_tenant
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.rules.tickets.ticket_codec import TicketPayload, open_ticket
from tests.support.console_hub import Arrive, ConsoleHub, sign_in

# Daily, other journeys have dialogs, figures that change and the keyboard, and tests of pages what is said and stored.
pytestmark = pytest.mark.thorough


def test_an_event_is_created_and_a_conflicting_change_names_the_other_user(
    console: ConsoleHub, arrive: Arrive
) -> None:
    somebody = arrive()
    page = somebody.page()
    sign_in(page, console.user("ada@example.org"), "/events")
    page.get_by_role("link", name="New event").click()
    page.get_by_label("Name", exact=True).fill("Winter Gala")
    starts = datetime.now(UTC).replace(hour=18, minute=0) + timedelta(days=30)
    page.get_by_label("Starts").fill(starts.strftime("%Y-%m-%dT%H:%M"))
    page.get_by_label("Ends").fill((starts + timedelta(hours=5)).strftime("%Y-%m-%dT%H:%M"))
    page.get_by_label("Time zone").select_option("Europe/Berlin")
    page.get_by_label("Short name").fill("gala")
    page.get_by_role("button", name="Create event").click()
    expect(page.get_by_text("“Winter Gala” was created.")).to_be_visible()

    other = somebody.page()
    other.goto(page.url)
    page.get_by_label("Capacity").fill("250")
    page.get_by_label("Name", exact=True).fill("Winter Concert")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The changes are saved")).to_be_visible()
    other.get_by_label("Name", exact=True).fill("Winter Ball")
    somebody.ignored_statuses.add(412)
    other.get_by_role("button", name="Save").click()
    alert = other.get_by_role("alert")
    expect(alert).to_contain_text("Another user changed the same fields. Nothing is saved yet.")
    expect(alert).to_contain_text("Ada")
    expect(alert).to_contain_text("Winter Concert")
    expect(other.get_by_label("Capacity")).to_have_value("250")
    expect(other.get_by_label("Name", exact=True)).to_have_value("Winter Ball")

    other.get_by_role("link", name="Delete").click()
    dialog = other.get_by_role("dialog")
    dialog.get_by_role("textbox").fill("gala")
    dialog.get_by_role("button", name="Delete the event").click()
    other.wait_for_url("**/events")
    assert other.get_by_role("link", name="Winter Gala").count() == 0


def test_somebody_registers_is_approved_and_gets_tickets_that_gates_open(
    console: ConsoleHub, arrive: Arrive, tmp_path: Path
) -> None:
    page = arrive(accept_downloads=True).page()
    sign_in(page, console.user("desk@example.org"), f"{console.event}/participants")
    page.get_by_role("link", name="Register participant").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("First name").fill("Zoë")
    dialog.get_by_label("Last name").fill("Quartermain")
    dialog.get_by_label("E-mail").fill("zoe@example.org")
    dialog.get_by_role("radio", name="Pending").check()
    dialog.get_by_role("button", name="Register").click()
    expect(page.get_by_text("Zoë Quartermain is registered.")).to_be_visible()

    page.get_by_role("link", name="Participants").first.click()
    page.get_by_role("searchbox", name="Search").fill("quarterm")
    page.get_by_role("searchbox", name="Search").press("Enter")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Zoë Quartermain").click()
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Approved. Gates admit")).to_be_visible()

    person = page.url.rsplit("/", 1)[1]
    png = np.frombuffer(download(page, "PNG", tmp_path), np.uint8)
    drawn = to_grayscale(cv2.imdecode(png, cv2.IMREAD_GRAYSCALE))
    assert drawn is not None
    (code,) = ZxingEngine().detect(drawn)
    assert code.text is not None
    with open_hub(console.data, "") as hub, hub.uow.read() as work:
        ring = tenants.key_ring(work, hub.secret_box, select_tenant(work, None).id)
        opened = open_ticket(code.text, ring, work.now())
    assert isinstance(opened, TicketPayload)
    assert opened.pid == person
    assert b"<svg" in download(page, "SVG", tmp_path)
    assert download(page, "PDF to print", tmp_path).startswith(b"%PDF-")

    page.get_by_role("link", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("The registration of Zoë Quartermain was deleted.")).to_be_visible()


def download(page: Page, link: str, folder: Path) -> bytes:
    """Download the file behind a link."""
    with page.expect_download() as coming:
        page.get_by_role("link", name=link, exact=True).click()
    file = folder / coming.value.suggested_filename
    coming.value.save_as(file)
    return file.read_bytes()
