"""Acts with consequences are asked twice, and nothing that was typed is lost on the way."""

from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import Response

from hub_sync.contract.enums import EventStatus
from hub_sync.hub.domains.accounts import service as accounts
from hub_sync.hub.domains.api_keys import service as api_keys
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.webhooks.manifest import FF_WEBHOOKS
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.feature_flag import FF_REST_API
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.console.browser_client import HERE, Browser, form_to, heading_of, signed_in_as


@pytest.fixture
def ada(app: FastAPI, seeded: Seeded) -> Browser:
    return signed_in_as(app, seeded.tenant_id, name="Ada")


def confirm(browser: Browser, question: Response, action: str, **more: Any) -> Response:
    """Press the button of a question."""
    return browser.client.post(action, data=form_to(question.text, action).fields | more, headers=HERE)


def own_page(hub: HubContext, seeded: Seeded) -> str:
    with hub.uow.read() as work:
        user = next(user for user in accounts.all_users(work, seeded.tenant_id) if user.name == "Ada")
    return f"/settings/users/{user.id}"


def user_of(hub: HubContext, seeded: Seeded) -> tuple[str, bool, str]:
    with hub.uow.read() as work:
        user = next(
            user for user in accounts.all_users(work, seeded.tenant_id) if user.email.startswith("ada@")
        )
        return user.role, user.active, user.name


def status_of(hub: HubContext, seeded: Seeded) -> EventStatus:
    with hub.uow.read() as work:
        return events.get(work, seeded.tenant_id, seeded.event_id).status


@pytest.mark.parametrize(
    ("change", "question", "after"),
    [
        ({"active": ""}, "Take the sign-in from yourself?", ("ADMIN", False)),
        ({"role": "VIEWER"}, "Change your own role?", ("VIEWER", True)),
    ],
)
def test_what_somebody_takes_from_themselves_is_asked_twice(
    ada: Browser,
    app: FastAPI,
    hub: HubContext,
    seeded: Seeded,
    change: dict[str, str],
    question: str,
    after: tuple[str, bool],
) -> None:
    signed_in_as(app, seeded.tenant_id, name="Grace")
    path = own_page(hub, seeded)
    confirm_page = ada.send(path, path, {"name": "Ada L."} | change)
    assert confirm_page.status_code == 409
    assert heading_of(confirm_page.text) == question
    assert user_of(hub, seeded) == ("ADMIN", True, "Ada")
    back = confirm(ada, confirm_page, path, withdrawn="1")
    assert back.status_code == 200
    assert form_to(back.text, path).fields["name"] == "Ada L."
    assert user_of(hub, seeded) == ("ADMIN", True, "Ada")
    assert confirm(ada, confirm_page, path).status_code == 303
    assert user_of(hub, seeded) == (*after, "Ada L.")


def test_the_last_administrator_stays(ada: Browser, hub: HubContext, seeded: Seeded) -> None:
    path = own_page(hub, seeded)
    answer = confirm(ada, ada.send(path, path, {"active": ""}), path)
    assert answer.status_code == 409
    assert "The organisation needs at least one administrator" in answer.text
    assert user_of(hub, seeded) == ("ADMIN", True, "Ada")


def test_a_change_of_somebody_else_is_not_asked(
    ada: Browser, app: FastAPI, hub: HubContext, seeded: Seeded
) -> None:
    path = own_page(hub, seeded)
    grace = signed_in_as(app, seeded.tenant_id, name="Grace")
    assert grace.send(path, path, {"role": "VIEWER"}).status_code == 303


def test_switching_the_rest_api_off_says_how_many_keys_it_stops(
    ada: Browser, hub: HubContext, seeded: Seeded
) -> None:
    path = "/settings/features/FF_REST_API"
    with hub.uow.begin() as work:
        for name in ("a", "b", "gone"):
            new = api_keys.NewApiKey(name=name, permissions=["events:read"])
            key, _raw = api_keys.create(work, seeded.tenant_id, new)
        api_keys.revoke(work, seeded.tenant_id, key.id)
    headers = HERE | {"Referer": "http://testserver/settings/features"}
    fields = form_to(ada.read("/settings/features"), path).fields
    question = ada.client.post(path, data=fields, headers=headers)
    assert question.status_code == 409
    assert heading_of(question.text) == "Switch “REST API” off?"
    assert "2 API keys are refused from the next call on" in question.text
    assert 'href="/settings/features"' in question.text
    with hub.uow.read() as work:
        assert feature_flags.is_on(work, seeded.tenant_id, FF_REST_API)
    assert confirm(ada, question, path).status_code == 303
    with hub.uow.read() as work:
        assert not feature_flags.is_on(work, seeded.tenant_id, FF_REST_API)
    assert ada.send("/settings/features", path).status_code == 303, "nothing is asked to switch it on"


def test_a_feature_that_stops_nothing_is_switched_off_at_once(
    ada: Browser, hub: HubContext, seeded: Seeded
) -> None:
    with hub.uow.begin() as work:
        feature_flags.switch(work, seeded.tenant_id, FF_WEBHOOKS, enabled=True)
    assert ada.send("/settings/features", "/settings/features/FF_WEBHOOKS").status_code == 303


def test_calling_an_event_off_is_an_act_of_its_own(ada: Browser, hub: HubContext, seeded: Seeded) -> None:
    edit, path = f"/events/{seeded.event_id}/edit", f"/events/{seeded.event_id}/call-off"
    assert 'value="CANCELLED"' not in ada.read(edit)
    assert 'value="CANCELLED"' not in ada.read("/events/new")
    assert path in ada.read(edit)
    assert "Gates refuse every ticket" in ada.read(path)
    assert ada.send(path, path).headers["location"] == f"/events/{seeded.event_id}"
    assert status_of(hub, seeded) is EventStatus.CANCELLED
    overview = ada.read(f"/events/{seeded.event_id}")
    assert "This event is called off." in overview
    assert "Called off · " in overview
    assert (
        ada.client.post(
            path, data=form_to(ada.read(edit), edit).fields | {"version": "1"}, headers=HERE
        ).status_code
        == 412
    )


@pytest.mark.parametrize("before", [EventStatus.PUBLISHED, EventStatus.DRAFT])
def test_a_calling_off_is_taken_back(
    ada: Browser, hub: HubContext, seeded: Seeded, before: EventStatus
) -> None:
    overview, path = f"/events/{seeded.event_id}", f"/events/{seeded.event_id}/reinstate"
    with hub.uow.begin() as work:
        events.update(work, seeded.tenant_id, seeded.event_id, events.EventChanges(status=before))
    ada.send(f"/events/{seeded.event_id}/call-off", f"/events/{seeded.event_id}/call-off")
    assert ada.send(overview, path).status_code == 303
    assert status_of(hub, seeded) is before
    assert "takes place again" in ada.read(overview)
    assert ada.post(path).status_code == 303
    assert status_of(hub, seeded) is before


@pytest.mark.parametrize("status", ["CANCELLED", "DRAFT"])
def test_an_edit_that_closes_the_gates_is_asked_first(
    ada: Browser, hub: HubContext, seeded: Seeded, status: str
) -> None:
    path = f"/events/{seeded.event_id}/edit"
    question = ada.send(path, path, {"status": status, "name": "Summit 2"})
    assert question.status_code == 409
    assert "Gates refuse every ticket" in question.text
    assert status_of(hub, seeded) is EventStatus.PUBLISHED
    assert confirm(ada, question, path).status_code == 303
    assert status_of(hub, seeded) == status
