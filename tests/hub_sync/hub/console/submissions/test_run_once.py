"""A form that creates something and is sent twice creates one thing, and both requests get the same answer."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select

from hub_sync.hub.domains.accounts.tables import User
from hub_sync.hub.domains.api_keys.tables import ApiKey
from hub_sync.hub.domains.events.tables import Event
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.participants.tables import Participant
from hub_sync.hub.domains.webhooks.manifest import FF_WEBHOOKS
from hub_sync.hub.domains.webhooks.tables import WebhookSubscription
from hub_sync.hub.kit.db.tables import TenantRow
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.console.browser_client import EVENT_FORM, HERE, Browser, signed_in_as
from tests.hub_sync.hub.console.page_crawler import page_routes

FORMS: dict[str, tuple[type[TenantRow], str, dict[str, Any]]] = {
    "event": (Event, "/events/new", EVENT_FORM),
    "participant": (Participant, "/events/{event_id}/participants/new", {"first_name": "Grace"}),
    "user": (User, "/settings/users/new", {"email": "grace@example.org", "role": "VIEWER"}),
    "key": (ApiKey, "/settings/api-keys/new", {"name": "Badges", "permissions": "events:read"}),
    "webhook": (
        WebhookSubscription,
        "/settings/webhooks/new",
        {"url": "https://hooks.example.org/doorward", "event_types": "scan.accepted"},
    ),
}


@pytest.fixture
def ada(app: FastAPI, hub: HubContext, seeded: Seeded) -> Browser:
    with hub.uow.begin() as work:
        feature_flags.switch(work, seeded.tenant_id, FF_WEBHOOKS, enabled=True)
    return signed_in_as(app, seeded.tenant_id, name="Ada")


def count(hub: HubContext, table: type[TenantRow]) -> int:
    with hub.uow.read() as work:
        return work.session.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.parametrize("thing", list(FORMS))
def test_a_form_that_is_sent_twice_creates_one_thing(
    ada: Browser, hub: HubContext, seeded: Seeded, thing: str
) -> None:
    table, path, typed = FORMS[thing]
    path = path.format(event_id=seeded.event_id)
    fields, before = ada.fill_in(path, path, typed), count(hub, table)
    first = ada.client.post(path, data=fields, headers=HERE)
    second = ada.client.post(path, data=fields, headers=HERE)
    assert count(hub, table) == before + 1
    assert first.status_code in (200, 303), first.text
    assert (second.status_code, second.text) == (first.status_code, first.text)
    assert second.headers.get("location") == first.headers.get("location")
    assert second.headers["cache-control"] == "no-store"
    assert second.headers["content-security-policy"] == first.headers["content-security-policy"]
    in_dialog = ada.client.post(path, data=fields, headers=HERE | {"X-Dialog": "1"})
    assert count(hub, table) == before + 1
    if first.status_code == 303:
        assert (in_dialog.status_code, in_dialog.headers["x-location"]) == (204, first.headers["location"])


def test_the_second_answer_shows_a_new_secret_too(ada: Browser) -> None:
    """Of a double click, a browser follows only the second answer."""
    _table, path, typed = FORMS["key"]
    fields = ada.fill_in(path, path, typed)
    ada.client.post(path, data=fields, headers=HERE)
    ada.client.cookies.delete("doorward_new_key")
    second = ada.client.post(path, data=fields, headers=HERE)
    assert re.search(r'value="ak_\w{69}"', ada.read(second.headers["location"]))


def test_two_requests_at_once_create_one_thing(ada: Browser, hub: HubContext, seeded: Seeded) -> None:
    path = f"/events/{seeded.event_id}/participants/new"
    fields, before = ada.fill_in(path, path, {"first_name": "Grace"}), count(hub, Participant)
    with ThreadPoolExecutor(4) as pool:
        answers = list(
            pool.map(lambda _: ada.client.post(path, data=fields, headers=HERE).headers["location"], range(4))
        )
    assert len(set(answers)) == 1
    assert count(hub, Participant) == before + 1


def test_a_form_that_was_changed_creates_another_thing(ada: Browser, hub: HubContext, seeded: Seeded) -> None:
    path = f"/events/{seeded.event_id}/participants/new"
    fields, before = ada.fill_in(path, path, {"first_name": "Grace"}), count(hub, Participant)
    for name in ("Grace", "Ada"):
        assert ada.client.post(path, data=fields | {"first_name": name}, headers=HERE).status_code == 303
    assert (
        ada.client.post(path, data=ada.fill_in(path, path, {"first_name": "Grace"}), headers=HERE).status_code
        == 303
    )
    assert count(hub, Participant) == before + 3, "an opened form of its own is a person of their own"


def test_an_invalid_form_is_not_remembered(ada: Browser, hub: HubContext, seeded: Seeded) -> None:
    _table, path, typed = FORMS["event"]
    fields = ada.fill_in(path, path, typed | {"slug": "summit"})
    assert ada.client.post(path, data=fields, headers=HERE).status_code == 409
    with hub.uow.begin() as work:
        event = work.session.get(Event, (seeded.tenant_id, seeded.event_id))
        assert event is not None
        event.slug = "renamed"
    assert ada.client.post(path, data=fields, headers=HERE).status_code == 303


def test_every_form_of_something_new_acts_once(app: FastAPI) -> None:
    creating = {route.path for route in page_routes(app) if route.method == "POST" and route.creates}
    new = {route.path for route in page_routes(app) if route.method == "POST" and route.path.endswith("/new")}
    assert len(new) >= len(FORMS)
    assert new <= creating
