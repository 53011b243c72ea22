"""A workflow from the editor to the gate, in Chromium: drawn, published, begun by an import, decided by keys and in bulk, late once.

The hub and both stations share a clock that the test moves, so that a deadline passes without a wait. The gate's door is the
driver's process, with an emulated relay board at the other end of its serial line.
"""

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from hardware.relay import DoorState, create_door
from hardware.relay.emulators import LcusEmulator
from hub_sync.client.timekeeper import Timekeeper
from hub_sync.contract.enums import ParticipantStatus
from hub_sync.contract.ids import new_id
from hub_sync.hub.domains.accounts import service as accounts
from hub_sync.hub.domains.bulk.manifest import FF_BULK_OPERATIONS
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.workflows.sla_tables import SlaClock
from hub_sync.hub.domains.workflows.tables import WorkflowExecution
from hub_sync.hub.kit.security.permissions import Role
from kiosk_app.core.gate import Gate
from tests.journeys.console.test_accessibility import AXE, RUN, SERIOUS_IMPACTS, TEXT
from tests.support.builders.station import RecordingSpeaker
from tests.support.chromium import WatchedBrowser, chromium, watched_browser
from tests.support.console_hub import PASSWORD, sign_in
from tests.support.hub_server import serving
from tests.support.two_gates import TwoGates, two_gates
from tests.support.waiting import eventually

PICTURES = os.environ.get("WORKFLOW_PICTURES", "")
"""A folder for pictures of the pages, to look at; empty: none are taken."""
NAMES = ("Adler", "Bauer", "Conrad", "Dietz", "Ebert", "Falk", "Graf", "Horn", "Ihde", "Jung")
PEOPLE = "First name,Last name,Status\n" + "".join(f"Kim,{name},pending\n" for name in NAMES)
CHAIR = "chair@example.org"


@pytest.fixture
def gates(tmp_path: Path) -> Iterator[TwoGates]:
    with two_gates(tmp_path) as gates:
        venue = gates.template.venue
        with gates.hub.context.uow.begin() as work:
            feature_flags.switch(work, venue.tenant_id, FF_BULK_OPERATIONS, enabled=True)
            accounts.create_user(work, venue.tenant_id, CHAIR, PASSWORD, name="Chair", role=Role.ADMIN)
        yield gates


def assert_accessible(page: Page, name: str) -> None:
    """Let axe look at a page, and take its pictures."""
    page.evaluate(AXE)
    assert page.evaluate(RUN, [TEXT, list(SERIOUS_IMPACTS), "body"]) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if PICTURES:
        take_pictures(page, name)


def take_pictures(page: Page, name: str) -> None:
    """Take pictures of a page at two widths."""
    usual = page.viewport_size
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=Path(PICTURES) / f"{name}-{width}.png", full_page=True)
    assert usual is not None
    page.set_viewport_size(usual)


def draw(page: Page, event: str) -> None:
    """Draw two reviews side by side and a vote of two in three behind them, and publish it for imports."""
    page.goto(f"{event}/workflows")
    page.get_by_role("link", name="New workflow").first.click()
    page.get_by_label("Name").fill("Accreditation")
    page.get_by_label("Begin with").select_option("")
    page.get_by_role("button", name="Create the draft").click()
    page.wait_for_url("**/workflows/*")
    editor = page.url
    forks = (
        ("Reviews", "Papers\nPhoto", "REVIEW", "ALL", ""),
        ("Votes", "One\nTwo\nThree", "APPROVAL", "N_OF_M", "2"),
    )
    for name, branches, kind, rule, needed in forks:
        page.get_by_role("link", name="Add a fork").press("Enter")
        page.get_by_label("Name", exact=True).fill(name)
        page.get_by_label("Branches, one a line").fill(branches)
        page.get_by_label("Kind of step on each branch").select_option(kind)
        page.get_by_role("checkbox", name="Administrator").check()
        page.get_by_label("The join").select_option(rule)
        page.get_by_label("Number of branches that it waits for").fill(needed)
        page.get_by_role("button", name="Add the fork").click()
        expect(page.locator(".wf-drawing").get_by_text(name, exact=True)).to_be_visible()
    assert_accessible(page, "editor")
    page.locator(".wf-drawing").get_by_role("link", name="Papers").press("Enter")
    page.get_by_label("Length").fill("2")
    assert_accessible(page, "step")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".wf-drawing").get_by_text("2 hours")).to_be_visible()
    page.goto(f"{editor}/settings")
    page.get_by_role("checkbox", name="Import").check()
    page.get_by_label("Seconds in which a decision can be taken back").fill("0")
    assert_accessible(page, "settings")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Version 1 is published", exact=True)).to_be_visible()
    page.get_by_role("link", name="Try it").click()
    assert_accessible(page, "simulation")


def register_ten(page: Page, event: str) -> None:
    """Import the file of ten people."""
    page.goto(f"{event}/participants")
    page.get_by_role("link", name="Import").first.click()
    page.set_input_files("#file", {"name": "press.csv", "mimeType": "text/csv", "buffer": PEOPLE.encode()})
    page.get_by_role("button", name="Send and go on").click()
    page.get_by_role("button", name="Show the preview").click()
    page.get_by_role("button", name="Import 10 people").click()
    expect(page.get_by_text("10 imported")).to_be_visible()


def inbox(page: Page, text: str) -> None:
    """Look at one's tasks until they are so many: the hub starts workflows in the background."""

    def is_there() -> bool:
        page.goto("/tasks")
        return text in page.locator("main").inner_text()

    eventually(is_there)


def task_of(page: Page, name: str, step: str) -> Locator:
    """Return the line of a task."""
    return page.locator(".wf-task", has_text=f"Kim {name}").filter(has_text=step)


def reject(page: Page, name: str, step: str, reason: str) -> None:
    """Reject a task by keys."""
    task_of(page, name, step).get_by_role("link").press("Enter")
    page.wait_for_url("**/tasks?task=*")
    page.keyboard.press("r")
    page.keyboard.type(reason)
    page.keyboard.press("Enter")
    expect(task_of(page, name, step)).to_have_count(0)


def count_openings(gates: TwoGates, link: Path, ids: list[str]) -> list[int]:
    """Scan tickets at gate A; return after each how often the contact of its relay board has closed so far."""
    station, openings = gates.a, []
    with LcusEmulator(link) as board, create_door(f"lcus:{link}") as door:
        eventually(lambda: door.health().state is DoorState.READY)
        station.gate = Gate(
            store=station.store,
            timekeeper=Timekeeper(station.clock, station.store),
            clock=station.clock,
            new_id=new_id,
            turnstile=door,
            speaker=RecordingSpeaker(),
        )
        for participant_id in ids:
            enough = board.count_pulses() + gates.scan(station, participant_id).is_green
            eventually(partial(lambda count: board.count_pulses() >= count, enough))
            openings.append(board.count_pulses())
    return openings


def late_people(gates: TwoGates) -> list[str]:
    """Return the participant of each deadline that was breached."""
    owner = WorkflowExecution.id == SlaClock.execution_id
    with gates.hub.context.uow.read() as work:
        query = select(WorkflowExecution.participant_id).join(SlaClock, owner)
        return list(work.session.scalars(query.where(SlaClock.breached_at.is_not(None))))


def test_a_drawn_workflow_decides_whose_ticket_opens_the_gate(gates: TwoGates, tmp_path: Path) -> None:
    event = f"/events/{gates.template.venue.event_id}"
    with serving(gates.hub.app) as hub, chromium() as engine:
        with watched_browser(engine, hub.url) as browser:
            decide_everything(browser, gates, event)
        hub.stop()
    gates.hub.restart()
    gates.sync(gates.a)
    key = (gates.template.venue.tenant_id, gates.template.venue.event_id)
    with gates.hub.context.uow.read() as work:
        people = {
            person.last_name: (person.id, person.status)
            for person in work.session.scalars(participants.of_event(*key))
            if person.last_name in NAMES
        }
    rejected = {name for name, (_, status) in people.items() if status is ParticipantStatus.REJECTED}
    assert rejected == {"Adler", "Jung"}
    assert late_people(gates) == [people["Bauer"][0]]
    openings = count_openings(gates, tmp_path / "board", [people[name][0] for name in NAMES])
    assert openings == [0, 1, 2, 3, 4, 5, 6, 7, 8, 8]


def decide_everything(browser: WatchedBrowser, gates: TwoGates, event: str) -> None:
    """Go from the editor to the last vote."""
    page = browser.page()
    sign_in(page, CHAIR, f"{event}/workflows")
    draw(page, event)
    register_ten(page, event)
    inbox(page, "20 tasks wait for you")
    assert_accessible(page, "inbox")
    reject(page, "Adler", "Papers", "not on the list")
    expect(page.get_by_text("18 tasks wait for you")).to_be_visible()

    for name in NAMES[2:]:
        task_of(page, name, "Papers").get_by_role("checkbox").check()
    decide(page, "Approve the ticked ones", "8 tasks are decided.")
    gates.wait(hours=3)
    inbox(page, "10 tasks wait for you, 1 of them late")
    page.goto(f"{event}/workflow-executions")
    assert_accessible(page, "executions")
    page.get_by_role("link", name="Kim Bauer").click()
    expect(
        page.locator("#waits").get_by_text("It is late, and waits on until somebody decides.")
    ).to_be_visible()
    assert_accessible(page, "execution")

    page.goto("/tasks")
    page.keyboard.press("j")
    page.wait_for_url("**/tasks?task=*")
    page.keyboard.press("k")
    page.keyboard.press("a")
    expect(page.get_by_text("9 tasks wait for you")).to_be_visible()
    decide_ticked(page, "Approve the ticked ones", "9 tasks are decided.")
    expect(page.get_by_text("27 tasks wait for you")).to_be_visible()
    reject(page, "Jung", "One", "no longer with us")
    reject(page, "Jung", "Two", "no longer with us")
    expect(page.get_by_text("24 tasks wait for you")).to_be_visible()
    decide_ticked(page, "Approve the ticked ones", "16 tasks are decided. 8 were not open any more.")
    expect(page.get_by_text("Nothing waits for you.")).to_be_visible()
    page.goto(f"{event}/workflow-executions")
    page.get_by_role("link", name="Kim Jung").click()
    expect(page.get_by_text("no longer with us").first).to_be_visible()
    assert_accessible(page, "ended")


def decide_ticked(page: Page, button: str, result: str) -> None:
    """Decide all tasks of the page alike."""
    page.get_by_role("checkbox", name="This page").check()
    if PICTURES:
        take_pictures(page, "ticked")
    decide(page, button, result)


def decide(page: Page, button: str, result: str) -> None:
    """Decide the ticked tasks alike."""
    page.get_by_role("button", name=button).click()
    expect(page.get_by_text(result)).to_be_visible()
