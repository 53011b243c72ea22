"""Every page and form under axe: in light, dark and high contrast, and in Arabic, from right to left."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import httpx
import orjson
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize

from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.enums import PassageCause, WebhookStatus
from hub_sync.hub.commands.common import open_hub, select_tenant
from hub_sync.hub.domains.bulk.manifest import FF_BULK_OPERATIONS
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.kit.security.permissions import Role
from tests.hub_sync.hub.station_client import Journal
from tests.support.console_hub import PASSWORD, Arrive, ConsoleHub, sign_in
from tests.support.passage_vectors import passage_members
from tests.support.served_hub import run
from tests.support.thorough import THOROUGH, daily_share
from tests.support.waiting import eventually

SERIOUS_IMPACTS = ("serious", "critical")
THEMES = {"light": "color-contrast", "dark": "color-contrast", "contrast": "color-contrast-enhanced"}
"""Themes with axe's rule for their contrast: 4.5 to 1, and 7 to 1 for the high contrast theme."""
WHOLE: dict[str, Any] = {"resultTypes": ["violations"]}
TEXT = WHOLE | {"rules": {"color-contrast": {"enabled": False}}}
"""All but the colours, which are half of axe's time."""
AXE: str = Axe().axe_script
RUN = """([options, impacts, part]) => axe.run(document.querySelector(part), options).then(({violations}) =>
  violations.filter(({impact}) => impacts.includes(impact)).map(({id, help, nodes}) =>
    ({id, help, nodes: nodes.slice(0, 3).map(({html}) => html.slice(0, 160))})))"""
PHONE, DESK = ViewportSize(width=390, height=844), ViewportSize(width=1280, height=800)
PATIENCE_MS = 90_000
"""For the API documentation, which is described at its first call, beside two other workers."""
SAMPLE_OF_THE_DOCS = "/docs?q=scans"
"""A part of the API documentation: all operations look alike, and axe needs twenty seconds for all of them."""
LONG_NAME = "Dinner on the Donaudampfschifffahrtsgesellschaftskapitaenswitwenterrasse"
"""The name of an event, with a word that is longer than a line of a phone."""
LONG_ADDRESS = "somebody.with.a.very.long.name@department.of.a.company.with.a.very.long.name.example"
"""An e-mail address that is longer than a line of a phone, and than half a line of a desk."""
PAGES_OF_GATES = (
    "/access-log/passages",
    "/access-log/ID",
    "/conflicts/ID",
    "/operators",
    "/operators/ID/edit",
    "/stations/ID",
    "/stations/ID/events",
    "/stations/ID/lock",
    "/tickets",
    "/tickets/reissue",
    "/bulk-operations/ID",
    "/duplicates/ID",
    "/imports/ID/preview",
)
"""Pages that exist only where stations, scans, operators and many people do, below an event."""


@dataclass
class PageCrawler:
    """Looks for all pages that links lead to, one page of each kind, without opening them."""

    page: Page
    start: str
    kinds: set[str] = field(default_factory=set)
    """The pages that were answered, as `kind_of` names them."""

    def addresses(self) -> Iterator[str]:
        """Fetch each page in the browser's session and yield its address."""
        queue, visited = [self.start], {kind_of(self.start)}
        while queue:
            address = queue.pop(0)
            response = self.page.request.get(address, timeout=PATIENCE_MS)
            assert response.status == 200, address
            self.kinds.add(kind_of(address))
            for path in map(resolve_link, re.findall(r'<a\s[^>]*\bhref="(/[^"]*)"', response.text())):
                kind = kind_of(path)
                if kind not in visited and not re.search(r"\.(csv|xlsx|jsonl|json|pdf|zip|png|svg)", kind):
                    visited.add(kind)
                    queue.append(unescape(path))
            yield address


@pytest.fixture(scope="module")
def filled(console: ConsoleHub) -> ConsoleHub:
    """Create an invitation, a key, a webhook, and what happens at gates, so that every page has content."""
    console.invitation("invited@example.org")
    console.user("operator@example.org", Role.OPERATOR)
    console.key("events:read", "participants:read")
    console.webhook("https://hooks.example.org/doorward", status=WebhookStatus.SUSPENDED, breaker_trips=3)
    begin = datetime.now(UTC)
    dinner = {"slug": "dinner", "name": LONG_NAME, "time_zone": "UTC", "starts_at": begin.isoformat()}
    may = console.key("events:create", "kiosk:manage")
    with httpx.Client(base_url=f"{console.url}/api/v1", headers=may, timeout=60) as api:
        api.post("/events", json=dinner | {"ends_at": (begin + timedelta(1)).isoformat()}).raise_for_status()
        api.post(f"{console.event}/operators", json={"name": "Mara", "pin": "250917"}).raise_for_status()
    with httpx.Client(
        base_url=f"{console.url}/api/v1/sync", headers={"Doorward-Boot": "boot"}, timeout=60
    ) as hub:
        scan_at_a_station(console, hub)
    handle_people_in_bulk(console)
    return console


def handle_people_in_bulk(console: ConsoleHub) -> None:
    """Import a file with mistakes, preview a bulk operation, find a duplicate, and put a name on the blacklist."""
    with open_hub(console.data, "") as hub, hub.uow.begin() as work:
        feature_flags.switch(work, select_tenant(work, None).id, FF_BULK_OPERATIONS, enabled=True)
    with httpx.Client(base_url=f"{console.url}/api/v1", headers=console.key("*"), timeout=60) as api:
        listed = {"kind": "name", "value": "Mallory Mayhem", "reason": "Broke a window"}
        api.post("/blacklist/entries", json=listed).raise_for_status()
        mistrusted = {"kind": "email", "value": LONG_ADDRESS, "action": "FLAG"}
        api.post("/blacklist/entries", json=mistrusted).raise_for_status()
        for first, last, email in (
            ("Katharina", "Schmidtbauer", None),
            ("Katarina", "Schmidtbauer", None),
            ("Malory", "Mayhem", LONG_ADDRESS),
        ):
            person = {"first_name": first, "last_name": last, "phone": "+49 30 5550126", "email": email}
            api.post(f"{console.event}/participants", json=person).raise_for_status()
        run = api.post(f"{console.event}/duplicate-runs").raise_for_status().json()["data"]["id"]
        ended = f"{console.event}/duplicate-runs/{run}"
        # the key has 100 calls a minute
        eventually(lambda: api.get(ended).json()["data"]["state"] == "COMPLETED", within_s=60, pause_s=1)
        status = {"action": "participant.status", "arguments": {"status": "REJECTED"}}
        ids = [person["id"] for person in console.people[:3]]
        operation = api.post(f"{console.event}/bulk-operations", json=status | {"selection": {"ids": ids}})
        path = f"{console.event}/bulk-operations/{operation.raise_for_status().json()['data']['id']}"
        api.post(f"{path}/preview").raise_for_status()
        sent = api.post(
            f"{console.event}/imports",
            params={"file_name": "guests.csv"},
            content=b"First name,Last name,E-mail,Status\nAda,Byron,ada(at)example.org,perhaps\nBo,Berg,,approved\n",
            headers={"Content-Type": "text/csv"},
        )
        draft = sent.raise_for_status().json()["data"]
        stale = {"If-Match": f'"{draft["version"]}"'}
        mapped = api.put(f"{console.event}/imports/{draft['id']}", json={"options": {}}, headers=stale)
        mapped.raise_for_status()


def scan_at_a_station(console: ConsoleHub, hub: httpx.Client) -> None:
    """Enrol a station with an alarm and things to do before it opens; push an override and turns of its turnstile."""
    event, gate = console.event.rpartition("/")[2], console.checkpoints["Main gate"]
    code = run("device", "enrol-code", "--data", console.data, "--event", event, "--checkpoint", gate)["code"]
    enrolled = hub.post("/enrol", json={"token": code, "serial": "gate-north"}).json()
    hub.headers["Authorization"] = f"Bearer {enrolled['credential']}"
    journal = Journal(enrolled["device_id"], event, gate)
    override = {"reason": "Asked the office", "operator": "Mara"}
    scan = journal.record(
        participant_id=console.people[0]["id"],
        passage_sensor=True,
        override=override,
        override_asked=True,
        result="MANUAL_OVERRIDE",
        reason="participant_cancelled",
        scanned_at_ms=epoch_ms(datetime.now(UTC)),
    )
    rows = [scan, passage_members(scan, PassageCause.TIMED_OUT, "NO_PASSAGE")]
    for row in [*rows, passage_members(scan, PassageCause.UNGRANTED_TURN, None)]:
        journal.write(orjson.dumps(row).decode())
    pushed = hub.post("/push", json=journal.request().model_dump(mode="json"))
    assert pushed.status_code == 200, pushed.text
    points = [{"part": "relay", "state": "not_ready", "cause": "not_turned"}]
    points.append({"part": "hub", "state": "warn", "cause": "offline"})
    ready = {"at_ms": epoch_ms(datetime.now(UTC)), "operator": "Mara", "points": points}
    status = {"unsent": 3, "journal_sequence": 3, "uptime_s": 60, "roster_age_s": 4, "ready": ready}
    hub.post("/report", json=status | {"alarms": [{"code": "CAMERA_LOST"}]}).raise_for_status()


@pytest.mark.timeout(400)  # it opens every page
def test_axe_finds_no_violation_on_any_page_in_any_theme(filled: ConsoleHub, arrive: Arrive) -> None:
    page = arrive().page()
    sign_in(page, filled.user("eyes@example.org"), "/account")
    serious_violations = list[str]()
    crawler = PageCrawler(page, filled.event)
    # Daily every fourth page has its turn, the navigation around pages, which is always the same, on every eighth, and
    # colours, which come from the same few variables, on every twelfth in one of the themes.
    for page_count, address in enumerate(daily_share(list(crawler.addresses()), 4)):
        page.goto(address)
        part = "html" if THOROUGH or page_count % 2 == 0 else "main"
        serious_violations += violations(page, "light", TEXT, part)
        turn, is_off = divmod(page_count, 3)
        themes = list(THEMES.items())
        for theme, rule in themes if THOROUGH else [] if is_off else [themes[turn % 3]]:
            page.evaluate("theme => (document.documentElement.dataset.theme = theme)", theme)
            serious_violations += violations(
                page, theme, WHOLE | {"runOnly": {"type": "rule", "values": [rule]}}
            )
    for path, link in (
        ("/settings/api-keys", "New key"),
        ("/settings/webhooks", "New webhook"),
        (f"{filled.event}/participants", "Register participant"),
    ):
        page.goto(path)
        page.get_by_role("link", name=link).first.click()
        page.get_by_role("dialog").get_by_role("textbox").first.wait_for()
        serious_violations += violations(page, "dialog", WHOLE)
    assert not serious_violations, "\n".join(serious_violations)
    assert {f"/events/ID{path}" for path in PAGES_OF_GATES} <= crawler.kinds


@pytest.mark.timeout(400)  # it opens every page
def test_axe_finds_no_violation_in_arabic_and_nothing_is_too_wide(filled: ConsoleHub, arrive: Arrive) -> None:
    page = arrive(locale="ar").page()
    page.goto("/sign-in")
    assert page.locator("html").get_attribute("dir") == "rtl"
    serious_violations = violations(page, "Arabic", TEXT)
    page.locator("#email").fill(filled.user("ar@example.org"))
    page.locator("#password").fill(PASSWORD)
    page.locator("#password").press("Enter")
    page.wait_for_url("**/events/**")
    addresses = daily_share(list(PageCrawler(page, filled.event).addresses()), 2)
    for page_count, address in enumerate(addresses):
        if "/docs" in address:  # the API's description is English
            continue
        page.goto(address)
        assert page.locator("html").get_attribute("dir") == "rtl", address
        for size in (PHONE, DESK):
            page.set_viewport_size(size)
            wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, f"{address} is {wide} pixels wider than {size['width']}"
        if THOROUGH or page_count % 16 == 0:  # most of what axe finds it finds in English too
            serious_violations += violations(page, "Arabic", WHOLE if THOROUGH else TEXT)
    assert not serious_violations, "\n".join(serious_violations)
    page.set_viewport_size(PHONE)
    page.goto("/docs", timeout=PATIENCE_MS)
    page.evaluate("document.querySelectorAll('details').forEach(each => (each.open = true))")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def resolve_link(link: str) -> str:
    """Return the path behind a link, without a fragment; for the API documentation a sample of it."""
    path = link.partition("#")[0]
    return SAMPLE_OF_THE_DOCS if path == "/docs" else path


def kind_of(path: str) -> str:
    """Return a page's address with every id replaced."""
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", path.partition("?")[0])


def violations(page: Page, theme: str, options: dict[str, Any], part: str = "html") -> list[str]:
    """Return the serious violations that axe reports for the page, or the part that a selector names.

    Only they leave the browser: axe reports all that it looked at, for every rule.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    return [
        f"{page.url} ({theme}): {violation['id']}: {violation['help']}: {violation['nodes']}"
        for violation in page.evaluate(RUN, [options, SERIOUS_IMPACTS, part])
    ]
