"""The first hour of a new organiser: a messy file of a German Excel, three groups of errors, two duplicates, all tickets as one PDF."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from playwright.sync_api import Page, expect

from hub_sync.hub.commands.common import open_hub, select_tenant
from hub_sync.hub.domains.bulk.manifest import FF_BULK_OPERATIONS
from hub_sync.hub.domains.feature_flags import service as feature_flags
from tests.support.console_hub import Arrive, ConsoleHub, sign_in

GUESTS = """\
Vorname;Nachname;E-Mail;Telefon;Anmeldestatus;Firma
Zoë;Müller;zoe@example.org;030 5550123;bestätigt;Ärzte GmbH
Jürgen;Groß;juergen(at)example.org;+49 30 5550124;bestätigt;
Änne;Weiß;aenne@example.org;030/5550125;kommt vielleicht;
Paul;Brandt;paul@example.org;kein Telefon;bestätigt;
Katharina;Schmidtbauer;k.schmidtbauer@example.org;030 5550126;bestätigt;
Katarina;Schmidtbauer;katarina.schmidtbauer@example.com;030 5550126;bestätigt;
Thaddäus;Wrobel;wrobel@example.net;0171 5550127;bestätigt;
Wrobel;Thaddäus;;0171 5550127;bestätigt;
Nele;Friedrichsen;nele@example.org;;bestätigt;
"Ole ""Olli"" K.";Jansen;ole@example.org;04421 5550128;bestätigt;"Meyer; Söhne"
""".replace("\n", "\r\n")
WAIT_MS = 30_000


def test_the_first_hour_of_an_organiser(console: ConsoleHub, arrive: Arrive, tmp_path: Path) -> None:
    event = a_new_event(console)
    page = arrive(accept_downloads=True).page()
    sign_in(page, console.user("organiser@example.org"), f"{event}/participants")
    page.get_by_role("link", name="Import").first.click()
    page.set_input_files(
        "#file",
        {"name": "Gäste 2026.csv", "mimeType": "text/csv", "buffer": GUESTS.encode("cp1252")},
    )
    page.get_by_role("button", name="Send and go on").click()
    expect(page.get_by_role("heading", name="Which of these reads right?")).to_be_visible()
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Show the preview").click()
    expect(page.get_by_role("button", name="Import 7 people")).to_be_visible()
    expect(page.locator("section.problem-group")).to_have_count(3)

    mend(page, "juergen(at)example.org", "juergen@example.org")
    mend(page, "kommt vielleicht", "Pending")
    group = page.locator("section.problem-group", has_text="kein Telefon")
    group.get_by_role("button", name="Leave the field empty").click()
    expect(page.get_by_role("button", name="Import 10 people")).to_be_visible()
    page.get_by_role("button", name="Import 10 people").click()
    expect(page.get_by_text("10 imported")).to_be_visible(timeout=WAIT_MS)

    merge_all_duplicates(page, event, 2)

    page.goto(f"{event}/participants?filter[status]=APPROVED")
    page.get_by_role("radio", name=re.compile("All 7 of this list")).check()
    page.get_by_role("button", name="Change together").click()
    page.get_by_role("radio", name="Issue tickets").check()
    page.get_by_role("button", name="Show preview").click()
    page.get_by_role("button", name="Do it for 7 participants").click()
    pdf = page.get_by_role("link", name="One PDF to print")
    expect(pdf).to_be_visible(timeout=WAIT_MS)
    with page.expect_download() as coming:
        pdf.click()
    coming.value.save_as(tmp_path / "tickets.pdf")
    content = (tmp_path / "tickets.pdf").read_bytes()
    assert content.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type /Page\b", content)) == 7, "one page for each of those who are approved"


def a_new_event(console: ConsoleHub) -> str:
    """Create an event in Germany with bulk operations switched on; return the path of its pages."""
    with open_hub(console.data, "") as hub, hub.uow.begin() as work:
        feature_flags.switch(work, select_tenant(work, None).id, FF_BULK_OPERATIONS, enabled=True)
    begin = datetime.now(UTC) + timedelta(days=30)
    fair = {"slug": "fair", "name": "Autumn Fair", "time_zone": "Europe/Berlin"}
    times = {"starts_at": begin.isoformat(), "ends_at": (begin + timedelta(days=1)).isoformat()}
    with httpx.Client(base_url=f"{console.url}/api/v1", headers=console.key("events:create")) as api:
        created = api.post("/events", json=fair | times).raise_for_status()
    return f"/events/{created.json()['data']['id']}"


def mend(page: Page, text: str, by: str) -> None:
    """Replace a value that was refused everywhere."""
    group = page.locator("section.problem-group", has_text=text)
    field = group.get_by_label(f"Instead of “{text}”")
    if field.evaluate("field => field.tagName") == "SELECT":
        field.select_option(label=by)
    else:
        field.fill(by)
    group.get_by_role("button", name="Replace everywhere").click()
    expect(group).to_have_count(0)


def merge_all_duplicates(page: Page, event: str, count: int) -> None:
    """Look for duplicates, and merge each pair with the keyboard's shortcut."""
    page.goto(f"{event}/duplicates")
    page.get_by_role("button", name="Look for duplicates").first.click()
    expect(page.get_by_text(f"{count} pairs")).to_be_visible(timeout=WAIT_MS)
    for left in range(count, 0, -1):
        page.goto(f"{event}/duplicates")
        expect(page.locator("#duplicates tbody tr")).to_have_count(left)
        page.locator("a.duplicate-name").first.click()
        expect(page.get_by_role("heading", name="One person, or two?")).to_be_visible()
        with page.expect_navigation():
            page.keyboard.press("m")
    page.goto(f"{event}/duplicates")
    expect(page.get_by_text("Nothing to look at")).to_be_visible()
