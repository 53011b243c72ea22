"""A workflow from the editor to the last vote, in Chromium: drawn, published, and decided by keys."""

import os
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.journeys.console.test_accessibility import AXE, RUN, SERIOUS_IMPACTS, TEXT
from tests.support.console_hub import Arrive, ConsoleHub, sign_in

PICTURES = os.environ.get("WORKFLOW_PICTURES", "")
"""A folder for pictures of the pages, to look at; empty: none are taken."""


def assert_accessible(page: Page, name: str) -> None:
    """Let axe look at a page, and take its pictures."""
    page.evaluate(AXE)
    assert page.evaluate(RUN, [TEXT, list(SERIOUS_IMPACTS), "body"]) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if PICTURES:
        take_pictures(page, name)


def take_pictures(page: Page, name: str) -> None:
    """Take pictures of a page at two widths, in dark and in Arabic."""
    usual = page.viewport_size
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=Path(PICTURES) / f"{name}-{width}.png", full_page=True)
    assert usual is not None
    page.set_viewport_size(usual)


def test_two_reviews_and_a_vote_are_drawn_published_and_decided_by_keys(
    console: ConsoleHub, arrive: Arrive
) -> None:
    page = arrive().page()
    sign_in(page, console.user("chair@example.org"), f"{console.event}/workflows")
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
        page.get_by_role("link", name="Add a fork").click()
        page.get_by_label("Name", exact=True).fill(name)
        page.get_by_label("Branches, one a line").fill(branches)
        page.get_by_label("Kind of step on each branch").select_option(kind)
        page.get_by_role("checkbox", name="Administrator").check()
        page.get_by_label("The join").select_option(rule)
        page.get_by_label("Number of branches that it waits for").fill(needed)
        page.get_by_role("button", name="Add the fork").click()
        expect(page.locator(".wf-drawing").get_by_text(name, exact=True)).to_be_visible()
    assert_accessible(page, "editor")
    page.locator(".wf-drawing").get_by_role("link", name="Papers").click()
    page.get_by_label("Length").fill("2")
    assert_accessible(page, "step")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".wf-drawing").get_by_text("2 hours")).to_be_visible()
    page.goto(f"{editor}/settings")
    page.get_by_label("Seconds in which a decision can be taken back").fill("0")
    assert_accessible(page, "settings")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Version 1 is published", exact=True)).to_be_visible()
    page.get_by_role("link", name="Try it").click()
    assert_accessible(page, "simulation")

    page.goto(f"{console.event}/participants")
    page.locator("tbody th a").first.click()
    page.get_by_role("link", name="Start a workflow").click()
    page.get_by_role("button", name="Start the workflow").click()
    page.wait_for_url("**/workflow-executions/*")
    execution = page.url
    expect(page.get_by_text("Who is waited for")).to_be_visible()
    assert_accessible(page, "execution")
    page.goto(f"{console.event}/workflow-executions")
    assert_accessible(page, "executions")
    page.goto("/tasks/out-of-office")
    assert_accessible(page, "delegations")

    page.goto("/tasks")
    assert_accessible(page, "inbox")
    expect(page.get_by_text("2 tasks wait for you")).to_be_visible()
    page.keyboard.press("j")
    page.wait_for_url("**/tasks?task=*")
    page.keyboard.press("k")
    page.keyboard.press("a")
    expect(page.get_by_text("1 task waits for you")).to_be_visible()
    page.keyboard.press("a")
    expect(page.get_by_text("3 tasks wait for you")).to_be_visible()
    page.keyboard.press("r")
    expect(page.get_by_label("Reason", exact=False).first).to_be_visible()
    page.keyboard.type("not on the list")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing waits for you.")).to_be_visible()
    page.goto(execution)
    expect(page.get_by_text("not on the list")).to_be_visible()
    assert_accessible(page, "ended")
