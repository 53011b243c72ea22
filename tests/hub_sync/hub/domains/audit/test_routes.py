"""The audit log over REST and in the console: filtered, paged, exported, before and after side by side."""

import csv
import io
import json
from datetime import UTC, datetime

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.testclient import TestClient

from hub_sync.contract.clock import ManualClock
from hub_sync.hub.domains import registry
from hub_sync.hub.domains.api_keys import service as api_keys
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.audit.diff import diff
from hub_sync.hub.domains.audit.history import page_of
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants.manifest import PARTICIPANT_UPDATED
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.permissions import Role
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.console.browser_client import signed_in_as

FORMULA = '=HYPERLINK("https://evil.example","x")'


@pytest.fixture
def key(hub: HubContext, seeded: Seeded) -> dict[str, str]:
    """The header of a key that may read the audit log, and a change of the event that came before it."""
    with hub.uow.begin(actor="user:ada@example.org") as work:
        changes = events.EventChanges(capacity=650, name=FORMULA)
        events.update(work, seeded.tenant_id, seeded.event_id, changes)
    with hub.uow.begin(actor="cli") as work:
        wanted = api_keys.NewApiKey(name="Auditor", permissions=["audit:read", "participants:read"])
        return {"X-API-Key": api_keys.create(work, seeded.tenant_id, wanted)[1]}


def test_who_what_before_and_after_are_told(client: TestClient, key: dict[str, str], seeded: Seeded) -> None:
    filters = {"filter[entity]": "event", "filter[action]": "update", "filter[actor]": "user:ada@example.org"}
    answer = client.get("/api/v1/audit-logs", params=filters, headers=key)
    assert answer.status_code == 200, answer.text
    (entry,) = answer.json()["data"]
    assert (entry["entity_id"], entry["before"]["capacity"], entry["after"]["capacity"]) == (
        seeded.event_id,
        500,
        650,
    )
    entry_response = client.get(f"/api/v1/audit-logs/{entry['id']}", headers=key)
    assert entry_response.json()["data"] == entry
    assert client.get("/api/v1/audit-logs/none", headers=key).json()["error"]["code"] == "AuditEntryNotFound"


def test_a_time_and_a_word_narrow_it_down(
    client: TestClient, key: dict[str, str], clock: ManualClock
) -> None:
    later = {"filter[created_at][gt]": clock.now().isoformat()}
    assert client.get("/api/v1/audit-logs", params=later, headers=key).json()["data"] == []
    entries = client.get("/api/v1/audit-logs", params={"q": "ada@example"}, headers=key).json()["data"]
    assert {item["actor"] for item in entries} == {"user:ada@example.org"}


def test_who_may_not_read_participants_gets_the_fields_that_were_asked_for_and_no_other(
    client: TestClient, hub: HubContext, seeded: Seeded
) -> None:
    with hub.uow.begin(actor="cli") as work:
        audit.record(
            work, seeded.tenant_id, PARTICIPANT_UPDATED, "p-1", after={"first_name": "Ada", "version": 2}
        )
        wanted = api_keys.NewApiKey(name="Auditor", permissions=["audit:read"])
        key = {"X-API-Key": api_keys.create(work, seeded.tenant_id, wanted)[1]}
    of_person = {"filter[entity]": "participant", "fields": "id,after"}
    (entry,) = client.get("/api/v1/audit-logs", params=of_person, headers=key).json()["data"]
    assert entry == {"id": entry["id"], "after": {"first_name": "…", "version": 2}}
    item = client.get(f"/api/v1/audit-logs/{entry['id']}", params={"fields": "after"}, headers=key)
    assert item.json()["data"] == {"after": {"first_name": "…", "version": 2}}


def test_a_walk_by_cursor_meets_every_entry_once(client: TestClient, key: dict[str, str]) -> None:
    path, met = "/api/v1/audit-logs?limit=2", []
    while path:
        answer = client.get(path, headers=key)
        met += [item["id"] for item in answer.json()["data"]]
        path = answer.links.get("next", {}).get("url", "")
    whole = client.get("/api/v1/audit-logs.jsonl", headers=key).text.splitlines()
    assert met == [json.loads(line)["id"] for line in whole]
    assert len(set(met)) == len(met) > 4


def test_the_spreadsheet_runs_no_formula(client: TestClient, key: dict[str, str], seeded: Seeded) -> None:
    with_formula = {"filter[entity]": "event"}
    answer = client.get("/api/v1/audit-logs.csv", params=with_formula, headers=key)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "audit-log.csv" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["action"] for row in rows] == ["update", "create"]
    assert json.loads(rows[0]["after"])["name"] == FORMULA
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]


def test_a_number_of_any_length_stands_in_every_file(
    client: TestClient, key: dict[str, str], hub: HubContext, seeded: Seeded
) -> None:
    much = 10**40
    with hub.uow.begin(actor="cli") as work:
        audit.record(work, seeded.tenant_id, PARTICIPANT_UPDATED, "p", after={"extra": {"much": much}})
    filters = {"filter[entity_id]": "p"}
    line = client.get("/api/v1/audit-logs.jsonl", params=filters, headers=key)
    row = json.loads(line.text)
    assert row["after"]["extra"]["much"] == much
    assert row["created_at"].endswith("Z")
    assert str(much) in client.get("/api/v1/audit-logs.csv", params=filters, headers=key).text
    assert str(much) in client.get("/api/v1/audit-logs", params=filters, headers=key).text


def test_a_file_is_no_page_of_a_list(client: TestClient, key: dict[str, str]) -> None:
    for query in ("limit=5", "cursor=x", "page=2", "fields=id"):
        answer = client.get(f"/api/v1/audit-logs.csv?{query}", headers=key)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "QueryInvalid")


def test_another_tenants_entries_are_not_there(
    hub: HubContext, client: TestClient, key: dict[str, str]
) -> None:
    with hub.uow.begin() as work:
        other = tenants.create(work, hub.secret_box, slug="other", name="Other")
        theirs = audit.entries_of(work, other.id, "tenant", other.id)
        entry_id = theirs[0].id
    assert client.get(f"/api/v1/audit-logs/{entry_id}", headers=key).status_code == 404
    assert entry_id not in client.get("/api/v1/audit-logs.jsonl", headers=key).text


def test_the_pages_show_the_change_and_lead_to_the_thing(
    app: FastAPI, key: dict[str, str], seeded: Seeded
) -> None:
    browser = signed_in_as(app, seeded.tenant_id)
    listed = browser.read("/settings/audit?filter[entity]=event&from=2026-06-10&to=2026-06-10")
    assert '<bdi>500</bdi><span class="became"> → </span><bdi>650</bdi>' in listed
    assert f"/settings/audit/{_last_entry(app, seeded)}" in listed
    page = browser.read(f"/settings/audit/{_last_entry(app, seeded)}")
    assert f'href="/events/{seeded.event_id}"' in page
    assert "Capacity" in page
    assert "{" not in page.split("<main")[1].split("</main>")[0]
    assert "No matching entries" in browser.read("/settings/audit?from=2027-01-01")
    assert browser.get("/settings/audit?from=soon").status_code == 400


def _last_entry(app: FastAPI, seeded: Seeded) -> str:
    with app.state.hub.uow.read() as work:
        return audit.entries_of(work, seeded.tenant_id, "event", seeded.event_id)[-1].id


def test_the_pages_files_hold_what_the_page_shows(app: FastAPI, key: dict[str, str], seeded: Seeded) -> None:
    browser = signed_in_as(app, seeded.tenant_id)
    lines = browser.read("/settings/audit/export.jsonl?filter[entity]=event&q=&from=2026-06-10").splitlines()
    assert [json.loads(line)["action"] for line in lines] == ["update", "create"]
    assert len(browser.read("/settings/audit/export.csv?filter[entity]=event").splitlines()) == 3


def test_only_who_may_read_it_sees_it(app: FastAPI, seeded: Seeded) -> None:
    browser = signed_in_as(app, seeded.tenant_id, Role.VIEWER)
    for path in ("/settings/audit", "/settings/audit/export.csv", "/settings/audit/x"):
        assert browser.get(path).status_code == 403


def test_every_place_that_a_thing_leads_to_is_a_page() -> None:
    assert page_of("participant", "p1", "e1") == "/events/e1/participants/p1"
    assert page_of("participant", "p1", None) == page_of("comet", "c1", None) == ""
    assert page_of("event", "e1", None) == "/events/e1"
    assert page_of("queue", "q1", "e1") == "/events/e1/queues/q1/edit"


def test_every_place_is_a_route(app: FastAPI) -> None:
    known = {context.path for context in iter_route_contexts(app.routes)}
    assert {entity.page for entity in registry().entities.values()} - {""} <= known


def test_nested_values_are_lines_and_not_json() -> None:
    at = datetime(2026, 6, 10, 8, tzinfo=UTC).isoformat()
    differences = diff(
        "participant",
        {"extra": {"size": "M"}, "permissions": ["a", "b"], "gone": 1},
        {"extra": {"size": None}, "starts_at": at},
    )
    lines_by_label = {
        difference.label: (list(difference.before.lines), list(difference.after.lines))
        for difference in differences
    }
    assert lines_by_label["Further details: Size"] == (["M"], [])
    assert lines_by_label["Permissions"] == (["a", "b"], [])
    assert lines_by_label["Gone"] == (["1"], [])
    assert "2026" in lines_by_label["Starts at"][1][0]
    assert "T08" not in lines_by_label["Starts at"][1][0]
