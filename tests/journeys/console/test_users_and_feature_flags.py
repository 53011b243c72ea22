"""An administrator manages users and feature flags, and reads about it in the audit log."""

import json
import re
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from hub_sync.hub.kit.security.permissions import Role
from tests.support.console_hub import Arrive, ConsoleHub, sign_in

# Daily, other journeys have dialogs, figures that change and the keyboard, and tests of pages what is said and stored.
pytestmark = pytest.mark.thorough


def test_a_user_is_invited_and_gets_another_role(console: ConsoleHub, arrive: Arrive) -> None:
    page = arrive().page()
    sign_in(page, console.user("chief@example.org"), "/settings/users")
    page.get_by_role("link", name="Invite somebody").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("E-mail address").fill("linus@example.org")
    dialog.get_by_label("Name", exact=False).last.fill("Linus")
    dialog.get_by_role("button", name="Invite").click()
    expect(dialog.get_by_label("The link")).to_have_value(
        re.compile(re.escape(console.url) + "/invitation/.+")
    )
    dialog.get_by_role("link", name="Done").click()
    page.get_by_role("link", name="Linus", exact=True).click()
    page.get_by_role("radio", name=re.compile("Operator")).check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("tr").filter(has_text="linus@example.org")).to_contain_text("Operator")

    page.goto("/settings/audit?filter[entity]=user")
    row = page.locator("tbody tr").filter(has_text=re.compile("Viewer|VIEWER")).first
    expect(row).to_contain_text("Chief")
    row.get_by_role("link", name="Details").click()
    change = page.get_by_role("dialog").locator("tr").filter(has_text=re.compile("role", re.IGNORECASE))
    expect(change.locator(".was")).to_have_text(re.compile("viewer", re.IGNORECASE))
    expect(change.locator(".is")).to_have_text(re.compile("operator", re.IGNORECASE))


def test_a_viewer_sees_no_settings(console: ConsoleHub, arrive: Arrive) -> None:
    somebody = arrive()
    page = somebody.page()
    sign_in(page, console.user("viewer@example.org", Role.VIEWER), console.event)
    nav = page.get_by_role("navigation", name="Console")
    expect(nav.get_by_role("link", name="Participants")).to_be_visible()
    assert nav.get_by_role("link", name=re.compile("API keys|Users|Features|Audit")).count() == 0
    assert page.get_by_role("link", name="Edit event").count() == 0
    somebody.ignored_statuses.add(403)
    for place in ("api-keys", "users", "features", "audit"):
        answer = page.goto(f"/settings/{place}")
        assert answer is not None
        assert answer.status == 403, place


def test_a_disabled_flag_hides_its_pages_and_is_in_the_audit_log(
    console: ConsoleHub, arrive: Arrive, tmp_path: Path
) -> None:
    somebody = arrive(accept_downloads=True)
    page = somebody.page()
    key = console.key("events:read")
    sign_in(page, console.user("switch@example.org"), "/settings/features")
    nav = page.get_by_role("navigation", name="Console")
    expect(nav.get_by_role("link", name="API keys")).to_be_visible()
    somebody.ignored_statuses.add(409)
    page.get_by_role("switch", name="REST API").click()
    expect(page.get_by_text("1 API key is refused from the next call on")).to_be_visible()
    page.get_by_role("button", name="Switch it off").click()
    expect(page.get_by_role("switch", name="REST API")).not_to_be_checked()
    expect(nav.get_by_role("link", name="API keys")).to_have_count(0)
    somebody.ignored_statuses.add(404)
    answer = page.goto("/settings/api-keys")
    assert answer is not None
    assert answer.status == 404
    assert httpx.get(f"{console.url}/api/v1/events", headers=key).status_code == 404
    page.goto("/settings/features")
    page.get_by_role("switch", name="REST API").click()
    expect(nav.get_by_role("link", name="API keys")).to_be_visible()
    assert httpx.get(f"{console.url}/api/v1/events", headers=key).status_code == 200

    page.goto("/settings/audit?filter[entity]=feature_flag")
    expect(page.locator("tbody tr").first).to_contain_text("→")
    with page.expect_download() as coming:
        page.get_by_role("link", name="Export as JSON lines").click()
    file = tmp_path / "audit.jsonl"
    coming.value.save_as(file)
    entries = [json.loads(line) for line in file.read_text().splitlines()]
    mine = [entry for entry in entries if entry["actor"] == "user:switch@example.org"]
    changes = sorted((entry["before"]["enabled"], entry["after"]["enabled"]) for entry in mine)
    assert changes == [(False, True), (True, False)]
    with page.expect_download() as coming:
        page.get_by_role("link", name="Export as CSV").click()
    assert coming.value.suggested_filename.endswith(".csv")
