"""The pages of checkpoints in a browser without scripts."""

from typing import Any

import pytest
from fastapi import FastAPI

from hub_sync.contract.enums import CheckpointDirection, ReentryPolicy
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.check_in.tables import Checkpoint
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.permissions import Role
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.console.browser_client import Browser, heading_of, signed_in_as

VIP = {
    "name": "VIP lounge",
    "type": "vip-area",
    "direction": "bidirectional",
    "zone": "lounge",
    "opens_at": "18:00",
    "closes_at": "02:00",
    "allowed_categories": "VIP\r\n  Press \r\nVIP\r\n\r\n",
    "reentry": "limit",
    "reentry_limit": "3",
    "unknown_tickets": "hold",
    "stale_roster": "hold",
    "roster_max_age_minutes": "90",
    "leaves_zones": "1",
}


@pytest.fixture
def admin(app: FastAPI, seeded: Seeded) -> Browser:
    return signed_in_as(app, seeded.tenant_id, name="Ada")


@pytest.fixture
def path(seeded: Seeded) -> str:
    """Return the path of the list."""
    return f"/events/{seeded.event_id}/checkpoints"


def checkpoint_of(hub: HubContext, seeded: Seeded, name: str) -> Checkpoint:
    with hub.uow.read() as work:
        listed = check_in.list_checkpoints(work, seeded.tenant_id, seeded.event_id)
        (id_,) = [checkpoint.id for checkpoint in listed if checkpoint.name == name]
        return check_in.get_checkpoint(work, seeded.tenant_id, seeded.event_id, id_)


def test_a_checkpoint_is_created_with_all_its_rules(
    admin: Browser, hub: HubContext, seeded: Seeded, path: str
) -> None:
    response = admin.send(f"{path}/new", f"{path}/new", VIP)
    assert response.headers["location"] == path
    point = checkpoint_of(hub, seeded, "VIP lounge")
    assert (point.zone, point.opens_at, point.closes_at) == ("lounge", "18:00", "02:00")
    assert point.allowed_categories == ["VIP", "Press"]
    assert (point.reentry, point.reentry_limit, point.roster_max_age_s) == (ReentryPolicy.LIMIT, 3, 5400)
    assert point.leaves_zones
    page = admin.read(path)
    assert "“VIP lounge” was created." in page
    assert "3 times" in page
    assert "18:00–02:00" in page


def test_a_form_that_is_sent_as_it_opens_is_an_open_gate_for_everybody(
    admin: Browser, hub: HubContext, seeded: Seeded, path: str
) -> None:
    admin.send(f"{path}/new", f"{path}/new", {"name": "Back door"})
    point = checkpoint_of(hub, seeded, "Back door")
    assert (point.zone, point.opens_at, point.allowed_categories, point.active) == (None, None, None, True)
    assert (point.reentry, point.roster_max_age_s) == (ReentryPolicy.AFTER_EXIT, 12 * 3600)


@pytest.mark.parametrize(
    ("wrong", "field", "status", "message"),
    [
        ({"name": " "}, "name", 422, "Fill this in."),
        ({"name": "Main gate"}, "name", 409, "The event has a checkpoint “Main gate” already."),
        ({"opens_at": ""}, "opens_at", 422, "Give both times, or neither."),
        ({"closes_at": ""}, "closes_at", 422, "Give both times, or neither."),
        ({"opens_at": "noon"}, "opens_at", 422, "Not a time of day, such as 08:30."),
        ({"reentry_limit": ""}, "reentry_limit", 422, "Give the number that “A number of times” needs."),
        ({"reentry": "after-minutes"}, "reentry_minutes", 422, "“After some minutes” needs."),
        ({"reentry_limit": "0"}, "reentry_limit", 422, "At least 1."),
        ({"roster_max_age_minutes": "soon"}, "roster_max_age_minutes", 422, "Give a whole number."),
        ({"allowed_categories": "x" * 65}, "allowed_categories", 422, "at most 64 characters"),
        (
            {"allowed_categories": "\n".join(str(number) for number in range(101))},
            "allowed_categories",
            422,
            "At most 100 categories.",
        ),
        ({"direction": "sideways"}, "direction", 422, "Choose one of the list."),
    ],
)
@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(
    admin: Browser, path: str, wrong: dict[str, Any], field: str, status: int, message: str
) -> None:
    response = admin.send(f"{path}/new", f"{path}/new", VIP | wrong)
    assert response.status_code == status
    assert f'id="{field}-error"' in response.text
    assert message in response.text
    assert "VIP lounge" in response.text or field == "name"
    assert 'value="lounge"' in response.text


def test_a_version_that_is_no_number_is_told(admin: Browser, seeded: Seeded, path: str) -> None:
    edit = f"{path}/{seeded.gate_id}/edit"
    assert admin.send(edit, edit, {"name": "North gate"}).status_code == 303
    for version in ("9" * 5000, "²", "-1"):
        assert admin.send(edit, edit, {"name": "East gate", "version": version}).status_code in (303, 422)


def test_saving_a_form_changes_nothing_that_nobody_touched(
    admin: Browser, hub: HubContext, seeded: Seeded, path: str
) -> None:
    edit = f"{path}/{seeded.gate_id}/edit"
    with hub.uow.begin() as work:
        changes = check_in.CheckpointChanges(roster_max_age_s=3601, allowed_categories=("VIP",))
        check_in.update_checkpoint(work, seeded.tenant_id, seeded.event_id, seeded.gate_id, changes)
    before = checkpoint_of(hub, seeded, "Main gate")
    assert admin.send(edit, edit, {}).status_code == 303
    assert checkpoint_of(hub, seeded, "Main gate").version == before.version
    assert admin.send(edit, edit, {"name": "North gate"}).status_code == 303
    after = checkpoint_of(hub, seeded, "North gate")
    assert (after.roster_max_age_s, after.allowed_categories) == (3601, ["VIP"])
    assert "North gate" in admin.read(edit)


def test_two_people_who_change_different_fields_keep_both(
    admin: Browser, hub: HubContext, seeded: Seeded, path: str
) -> None:
    edit = f"{path}/{seeded.gate_id}/edit"
    mine = admin.fill_in(edit, edit, {"zone": "hall-b"})
    admin.send(edit, edit, {"direction": "entry"})
    assert admin.post(edit, mine).status_code == 303
    point = checkpoint_of(hub, seeded, "Main gate")
    assert (point.zone, point.direction) == ("hall-b", CheckpointDirection.ENTRY)
    theirs = admin.fill_in(edit, edit, {"zone": "hall-c"})
    admin.send(edit, edit, {"zone": "hall-d"})
    conflict = admin.post(edit, theirs)
    assert conflict.status_code == 412
    assert "hall-d" in conflict.text
    assert 'value="hall-c"' in conflict.text


def test_a_checkpoint_is_switched_off_only_after_a_question(
    admin: Browser, hub: HubContext, seeded: Seeded, path: str
) -> None:
    toggle = f"{path}/{seeded.gate_id}/toggle"
    question = admin.send(path, toggle, {"active": "0"})
    assert question.status_code == 409
    assert "Main gate" in heading_of(question.text)
    assert checkpoint_of(hub, seeded, "Main gate").active
    confirmed = admin.post(toggle, {"active": "0", "confirmed": "switch-off"})
    assert confirmed.headers["location"] == path
    assert not checkpoint_of(hub, seeded, "Main gate").active
    assert admin.send(path, toggle, {"active": "1"}).status_code == 303  # on again without a question
    assert checkpoint_of(hub, seeded, "Main gate").active


def test_a_checkpoint_is_deleted_after_a_confirmation_and_its_name_is_free_again(
    admin: Browser, path: str, seeded: Seeded
) -> None:
    delete = f"{path}/{seeded.gate_id}/delete"
    assert admin.send(delete, delete).headers["location"] == path
    assert "No checkpoints yet" in admin.read(path)
    assert admin.get(f"{path}/{seeded.gate_id}/edit").status_code == 404
    assert admin.send(f"{path}/new", f"{path}/new", {"name": "Main gate"}).status_code == 303


def test_a_deletion_of_a_checkpoint_that_was_changed_meanwhile_is_refused(
    admin: Browser, path: str, seeded: Seeded
) -> None:
    edit, delete = (f"{path}/{seeded.gate_id}/{act}" for act in ("edit", "delete"))
    form = admin.fill_in(delete, delete, {})
    admin.send(edit, edit, {"zone": "hall-b"})
    assert admin.post(delete, form).status_code == 412


def test_the_form_names_the_zones_and_categories_of_the_event(
    admin: Browser, hub: HubContext, seeded: Seeded, path: str
) -> None:
    with hub.uow.begin() as work:
        new = participants.NewParticipant(id="ada", category="<b>Speaker</b>")
        participants.create(work, seeded.tenant_id, seeded.event_id, new)
    page = admin.read(f"{path}/new")
    assert '<option value="hall-a">' in page
    assert "&lt;b&gt;Speaker&lt;/b&gt;" in page


def test_a_viewer_sees_the_list_without_any_button(app: FastAPI, seeded: Seeded, path: str) -> None:
    viewer = signed_in_as(app, seeded.tenant_id, Role.VIEWER)
    page = viewer.read(path)
    assert "Main gate" in page
    assert "Switch off" not in page
    assert "New checkpoint" not in page
    for forbidden in ("new", f"{seeded.gate_id}/edit", f"{seeded.gate_id}/delete"):
        assert viewer.get(f"{path}/{forbidden}").status_code == 403
    assert viewer.post(f"{path}/{seeded.gate_id}/toggle", {"active": "0"}).status_code == 403


def test_the_checkpoint_of_another_event_or_tenant_is_not_found(
    admin: Browser, hub: HubContext, seeded: Seeded, path: str
) -> None:
    assert admin.get(f"/events/nowhere/checkpoints/{seeded.gate_id}/edit").status_code == 404
    assert admin.get(f"{path}/nowhere/edit").status_code == 404
    assert admin.post(f"{path}/nowhere/toggle", {"active": "1"}).status_code == 404
