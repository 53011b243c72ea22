"""The console's way of an operation, without script: tick, choose, preview, run, undo."""

import re
from datetime import timedelta

import pytest
from fastapi import FastAPI

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import ParticipantStatus
from hub_sync.hub.domains.bulk import service as bulk
from hub_sync.hub.domains.bulk.manifest import FF_BULK_OPERATIONS
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.kit.security.permissions import Role
from tests.hub_sync.hub.console.browser_client import HERE, PASSWORD, Browser, signed_in_as
from tests.hub_sync.hub.domains.bulk.conftest import ALL, BulkHub


@pytest.fixture(params=["sqlite"])
def kind(request: pytest.FixtureRequest) -> str:
    """Run on SQLite only: the engine's tests look at both databases."""
    return str(request.param)


@pytest.fixture
def place(bulk_hub: BulkHub) -> str:
    """Register three people; return the event's path."""
    bulk_hub.register("ada", "bob", "cleo")
    return f"/events/{bulk_hub.key.event_id}"


@pytest.fixture
def admin(app: FastAPI, bulk_hub: BulkHub) -> Browser:
    """Return the browser of an administrator."""
    return signed_in_as(app, bulk_hub.key.tenant_id)


def test_ticked_participants_are_approved_and_taken_back(
    admin: Browser, bulk_hub: BulkHub, place: str
) -> None:
    assert 'name="person" value="ada"' in admin.read(f"{place}/participants")
    chosen = admin.post(f"{place}/bulk-operations/choose", {"scope": "ticked", "person": ["ada", "bob"]})
    assert "2 participants selected" in chosen.text
    form = {"chosen": "1", "scope": "ticked", "ids": "ada bob", "act": "status-approved"}
    path = admin.post(f"{place}/bulk-operations/choose", form).headers["location"]
    text = admin.read(path)
    assert "2 participants will be changed" in text
    assert "Pending" in text
    (hash_,) = re.findall(r'name="selection_hash" value="(\w{64})"', text)
    admin.post(f"{path}/run", {"selection_hash": hash_})
    bulk_hub.work_off()
    assert bulk_hub.person("ada").status is ParticipantStatus.APPROVED
    assert bulk_hub.person("cleo").status is ParticipantStatus.PENDING
    assert "Completed" in admin.read(path)
    bulk_hub.set_status("bob", ParticipantStatus.CANCELLED)
    question = admin.read(f"{path}/undo")
    assert "1 participant becomes what they were before." in question
    assert "1 was changed by somebody else since" in question
    admin.post(f"{path}/undo", {})
    bulk_hub.work_off()
    assert bulk_hub.person("ada").status is ParticipantStatus.PENDING
    assert "Partly undone" in admin.read(f"{place}/bulk-operations")


def test_everybody_of_a_filtered_list_is_selected_over_all_its_pages(
    admin: Browser, bulk_hub: BulkHub, place: str
) -> None:
    bulk_hub.register("dan", status=ParticipantStatus.APPROVED)
    form = {"scope": "listed", "query": "filter[status]=PENDING&sort=-id&page=2"}
    assert "Everybody of the filtered list" in admin.post(f"{place}/bulk-operations/choose", form).text
    more = {"chosen": "1", "act": "category", "category": "Press"}
    path = admin.post(f"{place}/bulk-operations/choose", form | more).headers["location"]
    assert "3 participants will be changed" in admin.read(path)


def test_what_is_missing_is_said_and_what_was_typed_stays(admin: Browser, place: str) -> None:
    nobody = admin.post(f"{place}/bulk-operations/choose", {"scope": "ticked"})
    assert nobody.headers["location"] == f"{place}/participants"
    form = {"chosen": "1", "scope": "ticked", "ids": "ada", "category": "Press"}
    answer = admin.post(f"{place}/bulk-operations/choose", form)
    assert answer.status_code == 422
    assert "Fill this in." in answer.text
    assert 'value="Press"' in answer.text
    assert 'name="ids" value="ada"' in answer.text


def test_the_address_of_the_choice_leads_to_the_list(admin: Browser, place: str) -> None:
    assert admin.get(f"{place}/bulk-operations/choose").headers["location"] == f"{place}/participants"
    assert "Tick participants in their list" in admin.read(f"{place}/participants")
    assert admin.get("/events/nothing/bulk-operations/choose").status_code == 404


def test_an_ended_session_loses_no_selection(
    app: FastAPI, bulk_hub: BulkHub, place: str, clock: ManualClock
) -> None:
    ada = signed_in_as(app, bulk_hub.key.tenant_id, name="Ada")
    choose = f"{place}/bulk-operations/choose"
    fields = ada.fill_in(f"{place}/participants", choose, {"scope": "ticked", "person": ["ada", "bob"]})
    clock.advance(timedelta(days=8))
    location = ada.client.post(choose, data=fields, headers=HERE).headers["location"]
    form = {"email": f"ada@{bulk_hub.key.tenant_id[-6:]}.example", "password": PASSWORD}
    text = ada.read(ada.send(location, "/sign-in", form).headers["location"])
    assert "2 participants selected" in text
    assert 'name="ids" value="ada bob"' in text


def test_a_run_that_would_end_a_redo_is_announced(admin: Browser, bulk_hub: BulkHub, place: str) -> None:
    first = bulk_hub.preview(ALL)
    bulk_hub.run(first)
    bulk_hub.undo(first)
    other = bulk_hub.preview(bulk.Selection(ids=("ada",)), "participant.category", {"category": "Press"})
    text = admin.read(f"{place}/bulk-operations/{other}")
    assert "An earlier operation with 1 of these participants was undone." in text
    again = admin.post(f"{place}/bulk-operations/{first}/again", {}).headers["location"]
    assert "3 participants will be changed" in admin.read(again)
    assert "An earlier operation" not in admin.read(again)


def test_a_viewer_and_a_tenant_without_the_flag_see_nothing_of_it(
    app: FastAPI, admin: Browser, bulk_hub: BulkHub, place: str
) -> None:
    viewer = signed_in_as(app, bulk_hub.key.tenant_id, Role.VIEWER)
    assert "bulk-bar" not in viewer.read(f"{place}/participants")
    assert viewer.get(f"{place}/bulk-operations").status_code == 403
    with bulk_hub.hub.uow.begin() as work:
        feature_flags.switch(work, bulk_hub.key.tenant_id, FF_BULK_OPERATIONS, enabled=False)
    assert "bulk-bar" not in admin.read(f"{place}/participants")
    assert admin.get(f"{place}/bulk-operations").status_code == 404


def test_the_tickets_of_an_operation_are_downloaded(admin: Browser, bulk_hub: BulkHub, place: str) -> None:
    operation_id = bulk_hub.preview(ALL, "participant.tickets", {})
    bulk_hub.run(operation_id)
    path = f"{place}/bulk-operations/{operation_id}"
    assert f"{path}/tickets.pdf" in admin.read(path)
    answer = admin.get(f"{path}/tickets.zip")
    assert answer.content.count(b"PK\x03\x04") == 3


def test_a_trial_does_everything_to_the_same_participants_and_keeps_nothing(
    admin: Browser, bulk_hub: BulkHub, place: str
) -> None:
    operation_id = bulk_hub.preview(ALL, "participant.delete", {})
    bulk_hub.register("dan")
    with bulk_hub.hub.uow.begin() as work:
        participants.update(work, *bulk_hub.key, "bob", participants.ParticipantChanges(phone="030 1"))
    path = f"{place}/bulk-operations/{operation_id}"
    assert "Try it out first" in admin.read(path)
    trial = admin.post(f"{path}/try", {}).headers["location"]
    bulk_hub.work_off()
    text = admin.read(trial)
    assert "3 of 3 through" in text, "Dan came later, and is not of the frozen selection"
    assert text.count("Would be done") >= 3
    assert f'href="{path}"' in text
    assert f"{trial}/undo" not in text
    assert f"{trial}/again" not in text
    assert bulk_hub.person("ada").deleted_at is None
    assert "Do it for 3 participants" in admin.read(path), "the preview is as it was"
    bulk_hub.run(operation_id)
    assert admin.post(f"{path}/try", {}).headers["location"] == path
    assert "can&#39;t be done" in admin.read(path)
