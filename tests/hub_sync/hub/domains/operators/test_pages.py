"""The pages of operators in a browser without scripts."""

from datetime import timedelta

import pytest
from fastapi import FastAPI

from hub_sync.contract.clock import ManualClock
from hub_sync.hub.domains.operators import service
from hub_sync.hub.domains.operators.tables import StationOperator
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.permissions import Role
from hub_sync.rules.operator_pins import matches_pin
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.console.browser_client import Browser, signed_in_as

MARA = {"name": "Mara Lind", "role": "supervisor", "pin": "250917", "active": "1"}


@pytest.fixture
def path(seeded: Seeded) -> str:
    """Return the path of the list."""
    return f"/events/{seeded.event_id}/operators"


def operators_of(hub: HubContext, seeded: Seeded) -> list[StationOperator]:
    with hub.uow.read() as work:
        return list(work.session.scalars(service.all_of(seeded.tenant_id, seeded.event_id)))


def test_the_list_says_that_no_pin_is_asked_until_there_is_an_operator(
    admin: Browser, hub: HubContext, seeded: Seeded, path: str
) -> None:
    assert "Stations ask for no PIN" in admin.read(path)
    sent = MARA | {"device_ids": seeded.device_id}
    assert admin.send(f"{path}/new", f"{path}/new", sent).headers["location"] == path
    (mara,) = operators_of(hub, seeded)
    assert (mara.name, mara.role, mara.device_ids, mara.active) == (
        "Mara Lind",
        "supervisor",
        [seeded.device_id],
        True,
    )
    assert matches_pin("250917", mara.pin_hash)
    assert "“Mara Lind” may sign on" in admin.read(path)


@pytest.mark.parametrize(
    ("wrong", "field", "message"),
    [
        ({"name": " "}, "name", "Fill this in."),
        ({"pin": ""}, "pin", "A PIN has four to eight digits."),
        ({"pin": "abcd"}, "pin", "A PIN has four to eight digits."),
        ({"pin": "4321"}, "pin", "This PIN is guessed first"),
        ({"role": "king"}, "role", "Choose one of the list."),
        ({"device_ids": "nowhere"}, "device_ids", "does not belong to this event"),
    ],
)
@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_what_is_wrong_stands_beside_its_field_and_a_pin_is_never_sent_back(
    admin: Browser, path: str, wrong: dict[str, str], field: str, message: str
) -> None:
    response = admin.send(f"{path}/new", f"{path}/new", MARA | wrong)
    assert response.status_code == 422
    assert f'id="{field}-error"' in response.text
    assert message in response.text
    assert "250917" not in response.text
    assert "Mara Lind" in response.text or field == "name"


def test_an_empty_pin_stays_a_new_one_replaces_it_and_deleting_is_confirmed(
    admin: Browser, hub: HubContext, seeded: Seeded, path: str, clock: ManualClock
) -> None:
    admin.send(f"{path}/new", f"{path}/new", MARA)
    (mara,) = operators_of(hub, seeded)
    edit = f"{path}/{mara.id}/edit"
    admin.send(edit, edit, {"name": "Mara Berg"})
    (renamed,) = operators_of(hub, seeded)
    assert (renamed.name, renamed.pin_hash) == ("Mara Berg", mara.pin_hash)
    clock.advance(timedelta(minutes=1))
    admin.send(edit, edit, {"pin": "816205"})
    (changed,) = operators_of(hub, seeded)
    assert matches_pin("816205", changed.pin_hash)
    assert "PIN changed" in admin.read(edit)
    delete = f"{path}/{mara.id}/delete"
    assert admin.send(delete, delete, {}).status_code == 303
    assert operators_of(hub, seeded) == []


def test_a_viewer_sees_the_list_and_no_way_to_change_it(app: FastAPI, seeded: Seeded, path: str) -> None:
    viewer = signed_in_as(app, seeded.tenant_id, role=Role.VIEWER, name="Vera")
    assert "New operator" not in viewer.read(path)
    assert viewer.get(f"{path}/new").status_code in (403, 404)
