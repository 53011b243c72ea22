"""The scanner page in Chromium, with a camera that films real codes, a scanner that types, and a hub that goes away."""

import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import numpy as np
import pytest
import zxingcpp
from playwright.sync_api import Browser, Page, Route, StorageState, expect
from sqlalchemy import select

from hub_sync.hub.commands.common import open_hub, select_tenant
from hub_sync.hub.console.static_files import FOLDER
from hub_sync.hub.domains.accounts import service as accounts
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.check_in.tables import AccessLog
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.kit.security.credential_bounds import UNBOUNDED
from hub_sync.hub.kit.security.permissions import Role
from hub_sync.rules.tickets.ticket_codec import TicketPayload, issue_ticket
from kiosk_app.core.debounce import Debounce
from kiosk_app.messages import Notice
from tests.journeys.console.test_accessibility import WHOLE, violations
from tests.support.camera_frames import camera_arguments, picture_of, write_video
from tests.support.chromium import WatchedBrowser, chromium, watched_browser
from tests.support.console_hub import PASSWORD, ConsoleHub, sign_in

CAMERA_ERRORS = {
    "NotAllowedError": "The camera is not allowed",
    "NotFoundError": "No camera found",
    "NotReadableError": "The camera is in use",
    "TypeError": "The camera does not start",
}
"""What browsers say of a camera that does not start, and the words of the page."""


class Door:
    """The tickets and the access log of the hub under the page, and the file that its camera films."""

    def __init__(self, console: ConsoleHub, video: Path) -> None:
        self.console, self.video = console, video
        self.path = f"{console.event}/scanner"
        approved = [person for person in console.people if person["status"] == "APPROVED"]
        self._unscanned = iter(approved)
        with open_hub(console.data, "") as hub, hub.uow.read() as work:
            self._tenant_id = select_tenant(work, None).id
            self._ring = tenants.key_ring(work, hub.secret_box, self._tenant_id)
            self._now = work.now()

    def person(self) -> tuple[dict[str, str], str]:
        """Return somebody who was not scanned yet, and their ticket."""
        person = next(self._unscanned)
        event_id = self.console.event.rpartition("/")[2]
        payload = TicketPayload(person["id"], self._tenant_id, event_id, 1)
        return person, issue_ticket(payload, self._ring, self._now)

    def rows(self, participant_id: str) -> list[tuple[str, str]]:
        """Return the results and scan types of a person's scans."""
        query = select(AccessLog.result, AccessLog.scan_type).where(
            AccessLog.participant_id == participant_id
        )
        with open_hub(self.console.data, "") as hub, hub.uow.read() as work:
            return [(row.result.value, row.scan_type.value) for row in work.session.execute(query)]

    def count(self) -> int:
        """Return the number of all scans."""
        with open_hub(self.console.data, "") as hub, hub.uow.read() as work:
            return len(work.session.execute(select(AccessLog.id)).all())

    def film(self, *codes: str) -> None:
        """Let the camera film these codes from the next page on; none: an empty wall."""
        write_video(self.video, picture_of(*codes))


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory, console: ConsoleHub) -> Iterator[Browser]:
    """Start Chromium with a camera that films a file, and a name for this machine that browsers don't trust without TLS."""
    video = tmp_path_factory.mktemp("camera") / "frames.y4m"
    write_video(video, picture_of())
    arguments = [*camera_arguments(video), "--host-resolver-rules=MAP door.test 127.0.0.1"]
    with chromium(*arguments) as browser:
        browser.video = video  # type: ignore[attr-defined]
        yield browser


@pytest.fixture(scope="module")
def door(console: ConsoleHub, browser: Browser) -> Door:
    return Door(console, browser.video)  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def admin(console: ConsoleHub) -> str:
    return console.user("door@example.org")


@pytest.fixture(scope="module")
def signed_in(console: ConsoleHub, browser: Browser, admin: str) -> StorageState:
    """Return the cookies of a sign-in: the hub takes only so many in a minute."""
    with watched_browser(browser, console.url) as watched:
        sign_in(watched.page(), admin, "/account")
        return watched.context.storage_state()


@pytest.fixture
def session(
    console: ConsoleHub, browser: Browser, signed_in: StorageState, door: Door
) -> Iterator[WatchedBrowser]:
    """Open a browser that is signed in; the camera films an empty wall."""
    door.film()
    allowed = {"storage_state": signed_in, "permissions": ["camera"]}
    with watched_browser(browser, console.url, **allowed) as watched:
        yield watched


def open_scanner(session: WatchedBrowser, door: Door, checkpoint: str = "Main gate") -> Page:
    """Open the page and choose a checkpoint, unless it is chosen already."""
    page = session.page()
    page.clock.install()
    page.goto(door.path)
    page.locator("[data-scanner][data-ready]").wait_for()
    if checkpoint not in page.locator("[data-point-name]").inner_text():
        page.locator("[data-point]").evaluate("(details) => (details.open = true)")
        page.get_by_role("radio", name=checkpoint).check()
    return page


def verdict(page: Page, colour: str) -> Any:
    """Return the verdict once it has this colour."""
    body = page.locator(f"[data-verdict] [data-colour={colour}]")
    body.wait_for()
    return body


def type_as_scanner(page: Page, text: str, end: str = "Enter") -> None:
    """Type as a hand-held scanner does: on a busy machine the page's clock must not show how long it takes."""
    page.clock.pause_at(page.evaluate("Date.now() / 1000") + 2)
    page.keyboard.type(text)
    if end:
        page.keyboard.press(end)
    page.clock.run_for(300)
    page.clock.resume()


def name_of(person: dict[str, str]) -> str:
    return f"{person['first_name']} {person['last_name']}"


# --- the camera ---------------------------------------------------------------------------------


def test_the_camera_admits_a_ticket_once_however_long_it_is_held_up(
    session: WatchedBrowser, door: Door
) -> None:
    person, ticket = door.person()
    door.film(ticket)
    page = open_scanner(session, door)
    green = verdict(page, "green")
    expect(green).to_contain_text("Welcome")
    expect(green).to_contain_text(name_of(person))
    expect(page.locator("[data-recent] li").first).to_contain_text(name_of(person))
    page.locator("[data-camera-stop]").click()
    page.clock.fast_forward(4_000)
    expect(page.locator("[data-verdict] [data-colour=idle]")).to_contain_text("Ready")
    assert door.rows(person["id"]) == [("VALID", "QR")]
    again = open_scanner(session, door)
    expect(verdict(again, "amber")).to_contain_text("Already inside since")
    assert not session.problems
    assert {result for result, _type in door.rows(person["id"])} == {"VALID", "ALREADY_SCANNED"}


def test_two_tickets_in_view_decide_nothing_and_a_poster_makes_no_sound(
    session: WatchedBrowser, door: Door
) -> None:
    (first, one_ticket), (second, other_ticket) = door.person(), door.person()
    door.film(one_ticket, other_ticket)
    page = open_scanner(session, door)
    expect(verdict(page, "amber")).to_contain_text("One at a time")
    assert door.rows(first["id"]) == door.rows(second["id"]) == []
    door.film("https://example.org/menu")
    poster = open_scanner(session, door)
    red = verdict(poster, "red")
    expect(red).to_contain_text("This code is not a ticket.")
    assert red.get_attribute("data-tone") == ""
    type_as_scanner(poster, one_ticket)
    expect(verdict(poster, "green")).to_contain_text(name_of(first))


def test_an_override_asks_for_a_reason_while_nothing_else_is_decided(
    session: WatchedBrowser, door: Door
) -> None:
    person, ticket = door.person()
    page = open_scanner(session, door)
    type_as_scanner(page, ticket)
    verdict(page, "green")
    door.film(ticket)
    page = open_scanner(session, door)
    verdict(page, "amber")
    page.get_by_text("Let in anyway").click()
    expect(page.locator("[data-reason]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("[data-reason]")).not_to_be_visible()
    page.get_by_text("Let in anyway").click()
    waiting, other_ticket = door.person()
    type_as_scanner(page, other_ticket)  # the next visitor, while the question is open
    expect(page.locator("[data-note]")).to_contain_text("while a question was open")
    page.locator("[data-reason]").fill("Badge fetched")
    page.locator(".verdict-form").get_by_role("button", name="Let in").click()
    expect(verdict(page, "green")).to_contain_text("Reason: Badge fetched")
    assert [result for result, _type in door.rows(person["id"])].count("MANUAL_OVERRIDE") == 1
    assert door.rows(waiting["id"]) == []


# --- a hub that is away, a session that has ended -------------------------------------------------


def test_an_answer_that_is_lost_is_never_green_and_the_retry_leaves_one_row(
    session: WatchedBrowser, door: Door
) -> None:
    person, ticket = door.person()
    page = open_scanner(session, door)
    session.ignores_network_errors = True
    ids = []

    def lose_the_answer(route: Route) -> None:
        ids.append(parse_qs(route.request.post_data or "")["scan_id"][0])
        if len(ids) == 1:
            route.fetch()  # the hub decides and stores, but nobody hears of it
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route(f"**{door.path}", lose_the_answer)
    type_as_scanner(page, ticket)
    expect(verdict(page, "amber")).to_contain_text("The hub is not reached. Nobody is let in by this scan.")
    expect(page.locator("[data-link-state=off]")).to_be_visible()
    assert page.locator("[data-verdict] [data-colour=green]").count() == 0
    page.locator("[data-retry]").click()
    expect(verdict(page, "green")).to_contain_text(name_of(person))
    assert len(set(ids)) == 1
    assert len(ids) >= 2
    assert door.rows(person["id"]) == [("VALID", "QR")]


def test_a_scan_that_is_given_up_keeps_its_id_when_it_is_scanned_again(
    session: WatchedBrowser, door: Door
) -> None:
    person, _ticket = door.person()
    page = open_scanner(session, door)
    session.ignores_network_errors = True
    ids = []

    def go_away(route: Route) -> None:
        ids.append(parse_qs(route.request.post_data or "")["scan_id"][0])
        route.abort("connectionrefused")

    page.route(f"**{door.path}", go_away)
    page.locator("[name=code]").fill(person["code"])
    page.keyboard.press("Enter")
    verdict(page, "amber")
    page.get_by_role("button", name="Give up").click()
    expect(verdict(page, "amber")).to_contain_text("did not answer in time")
    expect(page.locator("[name=code]")).to_have_value(person["code"])  # what was typed is still there
    page.unroute(f"**{door.path}")
    with page.expect_request(f"**{door.path}") as request:
        page.get_by_role("button", name="Check").click()
    assert parse_qs(request.value.post_data or "")["scan_id"][0] == ids[0]
    expect(verdict(page, "green")).to_contain_text(name_of(person))


def test_an_answer_that_comes_late_is_told_and_green_only_then(session: WatchedBrowser, door: Door) -> None:
    person, ticket = door.person()
    page = open_scanner(session, door)
    waiting: list[Route] = []
    page.route(f"**{door.path}", lambda route: waiting.append(route))  # noqa: PLW0108 - Playwright wants a function of its own
    with page.expect_request(f"**{door.path}"):
        type_as_scanner(page, ticket)
    page.clock.fast_forward(2_600)
    expect(verdict(page, "blue")).to_contain_text("The hub answers late. Nobody is let in yet.")
    waiting[0].continue_()
    expect(verdict(page, "green")).to_contain_text(name_of(person))


def test_a_right_that_was_taken_away_is_said_and_nothing_is_decided(
    browser: Browser, door: Door, console: ConsoleHub
) -> None:
    with watched_browser(browser, console.url) as watched:
        sign_in(watched.page(), console.user("former@example.org", Role.OPERATOR), "/account")
        page = open_scanner(watched, door)
        person, ticket = door.person()
        with open_hub(console.data, "") as hub, hub.uow.begin() as work:
            tenant_id = select_tenant(work, None).id
            former = accounts.by_email(work, tenant_id, "former@example.org")
            accounts.update(work, tenant_id, former.id, accounts.UserChanges(role=Role.VIEWER), UNBOUNDED)
        watched.ignored_statuses.add(403)
        type_as_scanner(page, ticket)
        expect(verdict(page, "amber")).to_contain_text("You may not do this. Your role does not allow this.")
        assert door.rows(person["id"]) == []


def test_an_ended_session_says_so_and_the_scan_is_decided_after_sign_in(
    session: WatchedBrowser, door: Door, admin: str
) -> None:
    person, ticket = door.person()
    page = open_scanner(session, door)
    session.context.clear_cookies()
    type_as_scanner(page, ticket)
    expect(verdict(page, "amber")).to_contain_text("Your session has ended")
    page.get_by_role("link", name="Sign in").click()
    page.get_by_label("E-mail address").fill(admin)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(verdict(page, "green")).to_contain_text(name_of(person))
    assert page.locator("[data-point-name]").inner_text() == "Main gate"
    assert door.rows(person["id"]) == [("VALID", "QR")]


def test_a_page_goes_on_after_somebody_has_signed_in_again_elsewhere(
    session: WatchedBrowser, door: Door, admin: str
) -> None:
    person, ticket = door.person()
    page = open_scanner(session, door)
    session.context.clear_cookies()
    sign_in(session.page(), admin, "/account")
    session.ignored_statuses.add(403)  # the first answer; the page fetches the new session's token
    type_as_scanner(page, ticket)
    expect(verdict(page, "green")).to_contain_text(name_of(person))


def test_a_deleted_checkpoint_is_said_and_another_is_to_be_chosen(
    session: WatchedBrowser, door: Door, console: ConsoleHub
) -> None:
    person, ticket = door.person()
    event_id = console.event.rpartition("/")[2]
    with open_hub(console.data, "") as hub, hub.uow.begin() as work:
        tenant_id = select_tenant(work, None).id
        new = check_in.NewCheckpoint(name="Back door")
        back_door = check_in.create_checkpoint(work, tenant_id, event_id, new).id
    page = open_scanner(session, door, "Back door")
    with open_hub(console.data, "") as hub, hub.uow.begin() as work:
        check_in.delete_checkpoint(work, tenant_id, event_id, back_door)
    session.ignored_statuses.add(404)
    type_as_scanner(page, ticket)
    expect(verdict(page, "amber")).to_contain_text("This checkpoint was deleted. Choose another one.")
    expect(page.locator("[data-point-name]")).to_have_text("Choose a checkpoint")
    assert door.rows(person["id"]) == []


# --- keys ------------------------------------------------------------------------------------------


def test_a_scanner_that_types_is_read_wherever_the_focus_is_and_presses_nothing(
    session: WatchedBrowser, door: Door
) -> None:
    page = open_scanner(session, door)
    for focus in ("[name=code]", "#q", "[data-sound]", "[data-point] summary", "body"):
        person, ticket = door.person()
        page.locator(focus).focus()
        if focus in ("[name=code]", "#q"):
            page.locator(focus).fill("ab")
        type_as_scanner(page, f"]Q1{ticket}")
        expect(verdict(page, "green")).to_contain_text(name_of(person))
        expect(page.locator("[data-sound]")).to_have_attribute("aria-pressed", "true")
        expect(page.locator("[data-point]")).not_to_have_attribute("open", "")
        assert door.rows(person["id"]) == [("VALID", "QR")], focus
    expect(page.locator("[name=code]")).to_have_value("ab")
    expect(page.locator("#q")).to_have_value("ab")


def test_a_scanner_with_a_tab_at_its_end_or_with_caps_lock_is_read_too(
    session: WatchedBrowser, door: Door
) -> None:
    (first, one_ticket), (second, other_ticket) = door.person(), door.person()
    page = open_scanner(session, door)
    page.locator("[data-sound]").focus()
    type_as_scanner(page, one_ticket, "Tab")
    expect(verdict(page, "green")).to_contain_text(name_of(first))
    expect(page.locator("[data-sound]")).to_be_focused()
    type_as_scanner(page, other_ticket.swapcase(), "")
    expect(verdict(page, "green")).to_contain_text(name_of(second))


@pytest.mark.thorough
def test_random_bursts_change_no_setting_and_leave_no_scan_that_was_not_shown(
    session: WatchedBrowser, door: Door
) -> None:
    page = open_scanner(session, door)
    source = random.Random(11)
    before = (door.count(), page.locator("[data-point-name]").inner_text())
    stops = [
        "[data-sound]",
        "[data-camera-stop]",
        "[data-point] summary",
        "[data-segment=entry] input",
        ".scanner-code button",
    ]
    for stop in stops:
        page.locator(stop).first.focus()
        burst = "".join(source.choices("abcXYZ019 -_./:", k=source.randint(6, 14)))
        type_as_scanner(page, f"{burst.strip()} q", source.choice(["Enter", "Tab"]))
    expect(page.locator("[data-camera-stop]")).to_be_visible()
    assert page.locator("[data-sound]").get_attribute("aria-pressed") == "true"
    assert page.locator("[data-point-name]").inner_text() == before[1]
    assert door.count() <= before[0] + len(stops)


def test_with_the_keyboard_alone_a_person_is_chosen_after_a_question(
    session: WatchedBrowser, door: Door
) -> None:
    person, _ticket = door.person()
    page = open_scanner(session, door)
    page.locator("#q").focus()
    page.keyboard.type(person["last_name"][:2], delay=70)
    assert page.locator("[data-people] li").count() == 0
    page.locator("#q").fill(name_of(person))
    page.locator("[data-people] summary").first.wait_for()
    page.keyboard.press("Tab")
    page.clock.fast_forward(320)  # Enter so soon after a letter is a slow scanner's
    page.keyboard.press("Enter")
    expect(page.get_by_text("Is this the person at the door?").first).to_be_visible()
    assert door.rows(person["id"]) == []
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(verdict(page, "green")).to_contain_text(name_of(person))
    assert door.rows(person["id"]) == [("VALID", "SEARCH")]


# --- without a camera, without rights --------------------------------------------------------------


def test_plain_http_says_why_there_is_no_camera_and_scans_all_the_same(
    browser: Browser, door: Door, console: ConsoleHub, admin: str
) -> None:
    port = console.url.rpartition(":")[2]
    with watched_browser(browser, f"http://door.test:{port}") as insecure:
        person, ticket = door.person()
        sign_in(insecure.page(), admin, "/account")
        page = open_scanner(insecure, door)
        expect(page.locator("[data-camera-message]")).to_contain_text("Open this page with https://")
        type_as_scanner(page, ticket)
        expect(verdict(page, "green")).to_contain_text(name_of(person))
        policy = "Cross-Origin-Opener-Policy header has been ignored"  # Chromium's word about plain http
        insecure.problems[:] = [problem for problem in insecure.problems if policy not in problem]


def test_a_camera_that_does_not_start_is_told_in_words_and_starts_again(
    session: WatchedBrowser, door: Door
) -> None:
    page = open_scanner(session, door)
    view, message = page.locator("[data-camera-view]"), page.locator("[data-camera-message]")
    expect(view).to_have_attribute("data-state", "on")
    page.locator("[data-camera-stop]").click()
    for error, sentence in CAMERA_ERRORS.items():
        page.evaluate(
            """(name) => { navigator.mediaDevices.getUserMedia = async () => {
              delete navigator.mediaDevices.getUserMedia; throw new DOMException("", name); }; }""",
            error,
        )
        page.locator("[data-camera-start]").click()
        expect(message).to_contain_text(sentence)
    page.locator("[data-camera-start]").click()
    expect(view).to_have_attribute("data-state", "on")
    page.evaluate(
        "document.querySelector('video').srcObject.getVideoTracks()[0].dispatchEvent(new Event('ended'))"
    )
    expect(message).to_contain_text("The camera stopped")


def test_a_helper_scans_without_names(browser: Browser, door: Door, console: ConsoleHub) -> None:
    with watched_browser(browser, console.url) as watched:
        sign_in(watched.page(), console.user("helper@example.org", Role.OPERATOR), "/account")
        person, ticket = door.person()
        page = open_scanner(watched, door)
        expect(page.locator("#q")).to_have_count(0)
        type_as_scanner(page, ticket)
        green = verdict(page, "green")
        expect(green).to_contain_text(person["category"])
        expect(green).not_to_contain_text(person["last_name"])


# --- the decoder -----------------------------------------------------------------------------------

FAKE_DETECTOR = """
self.BarcodeDetector = class {
  static async getSupportedFormats() { return ["qr_code"]; }
  async detect(picture) {
    if (BROKEN) throw new DOMException("no service", "NotSupportedError");
    return [{ rawValue: picture instanceof OffscreenCanvas ? "OK" : "FROM THE BROWSER" }];
  }
};
"""


@pytest.mark.parametrize(
    ("broken", "text"), [("false", "FROM THE BROWSER"), ("true", "https://example.org/")]
)
def test_the_browsers_own_detector_is_used_if_it_reads_a_sample_and_zxing_if_not(
    session: WatchedBrowser, door: Door, broken: str, text: str
) -> None:
    door.film("https://example.org/")
    script = (FOLDER / "js/scanner/decoder_worker.js").read_text()
    body = FAKE_DETECTOR.replace("BROKEN", broken) + script
    session.context.route(
        "**/decoder_worker.js", lambda route: route.fulfill(body=body, content_type="text/javascript")
    )
    page = session.page()
    with page.expect_request(
        lambda request: request.method == "POST" and request.url.endswith(door.path)
    ) as request:
        page.goto(door.path)
        page.locator("[data-scanner][data-ready]").wait_for()
        page.locator(".point").filter(has_text="Main gate").click()
    assert parse_qs(request.value.post_data or "")["code"] == [text]
    verdict(page, "red")


def test_the_sample_for_the_browsers_detector_is_a_code_that_reads_as_the_worker_expects() -> None:
    script = (FOLDER / "js/scanner/decoder_worker.js").read_text()
    rows = re.findall(r'const SAMPLE = "([0-9a-f ]+)"', script)[0].split()
    modules = np.array([[int(bit) for bit in f"{int(row, 16):021b}"] for row in rows], dtype=np.uint8)
    picture = np.pad(np.kron(1 - modules, np.ones((8, 8), dtype=np.uint8)) * 255, 32, constant_values=255)
    (code,) = zxingcpp.read_barcodes(picture.astype(np.uint8))
    assert f'const SAMPLE_TEXT = "{code.text}"' in script


# --- how it is built -------------------------------------------------------------------------------


def test_the_browser_debounces_as_a_station_does(session: WatchedBrowser, door: Door) -> None:
    tickets, noise = [f"{letter * 60}" for letter in "abc"], "https://example.org"
    source = random.Random(7)
    frames, at = list[tuple[str, list[str], int]](), 0
    for _ in range(600):
        at += source.choice([60, 90, 200, 450, 1300, 3100])
        texts = source.sample([*tickets, noise], source.choice([0, 0, 1, 1, 1, 2]))
        frames.append((source.choice(["camera", "camera", "hand"]), texts, at))
    station, expected = Debounce(), list[str | bool | None]()
    for kind, texts, now in frames:
        if kind == "hand":
            expected.append(station.is_due(texts[0], now) if texts else None)
        else:
            decided = station.next_code(tuple(texts), now)
            expected.append("TWO" if isinstance(decided, Notice) else decided)
    page = open_scanner(session, door)
    module = page.locator("script[src*='js/scanner/']").get_attribute("src")
    assert module is not None
    answered = page.evaluate(
        """async ([address, frames]) => {
          const { Debounce, TWO_CODES } = await import(address);
          const debounce = new Debounce();
          return frames.map(([kind, texts, now]) => {
            if (kind === "hand") return texts.length ? debounce.isDue(texts[0], now) : null;
            const next = debounce.nextCode(texts, now);
            return next === TWO_CODES ? "TWO" : next;
          });
        }""",
        [module.replace("scanner.js", "debounce.js"), frames],
    )
    assert answered == expected
    assert {True, False, "TWO", *tickets, noise} <= set(expected)


@pytest.mark.thorough
def test_axe_finds_nothing_on_any_state_of_the_page(session: WatchedBrowser, door: Door) -> None:
    page = open_scanner(session, door)
    person, ticket = door.person()
    page.locator("#q").fill(name_of(person))
    page.locator("[data-people] summary").first.click()
    page.keyboard.press("Escape")
    type_as_scanner(page, ticket)
    verdict(page, "green")
    page.evaluate(
        """() => document.querySelector("[data-verdict]").append(
          ...[...document.querySelectorAll("template[data-state]")].map((each) => each.content.cloneNode(true)))"""
    )  # all states below each other
    problems = violations(page, "light", WHOLE)
    for theme, rule in (("dark", "color-contrast"), ("contrast", "color-contrast-enhanced")):
        page.evaluate("theme => (document.documentElement.dataset.theme = theme)", theme)
        problems += violations(page, theme, WHOLE | {"runOnly": {"type": "rule", "values": [rule]}})
    assert not problems, "\n".join(problems)
