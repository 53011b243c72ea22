"""Webhooks are made, read, changed and taken away by those who may, within their tenant."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import DeliveryStatus
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.webhooks.manifest import FF_WEBHOOKS
from hub_sync.hub.domains.webhooks.subscriptions import service
from hub_sync.hub.domains.webhooks.tables import WebhookDelivery
from hub_sync.hub.kit.events.domain_events import StoredDomainEvent
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import NOON, Seeded
from tests.hub_sync.hub.domains.webhooks.api_client import (
    URL,
    WEBHOOKS,
    Caller,
    caller_of,
    deliveries_of,
    delivery,
    refusal,
    set_row,
)
from tests.support.builders.samples import another_tenant


def test_a_webhook_is_made_and_its_secret_told_this_once(caller: Caller) -> None:
    answer = caller.post(body={"url": URL, "description": " Badges ", "event_types": ["scan.accepted"]})
    created = answer.json()["data"]
    assert answer.status_code == 201
    assert answer.headers["location"] == f"{WEBHOOKS}/{created['id']}"
    assert (answer.headers["etag"], answer.headers["cache-control"]) == ('"1"', "no-store")
    assert len(bytes.fromhex(created.pop("secret"))) == 32
    assert created == {
        "id": created["id"],
        "url": URL,
        "description": "Badges",
        "event_types": ["scan.accepted"],
        "status": "ACTIVE",
        "breaker": {"state": "CLOSED", "open_until": None, "trips": 0, "consecutive_failures": 0},
        "resting_until": None,
        "previous_secret_until": None,
        "created_at": "2026-06-10T10:00:00Z",
        "updated_at": "2026-06-10T10:00:00Z",
        "version": 1,
    }
    assert caller.read(created["id"]) == created
    assert caller.get().json()["data"] == [created]


def test_a_repeated_call_makes_one_webhook_and_tells_its_secret_once(caller: Caller) -> None:
    body = {"url": URL, "event_types": ["*"]}
    first, again = (caller.post(body=body, **{"Idempotency-Key": "one"}).json()["data"] for _ in range(2))
    assert again == first | {"secret": None}
    assert first["secret"]
    assert len(caller.get().json()["data"]) == 1


@pytest.mark.parametrize(
    ("requested", "stored"),
    [
        (["*"], ["*"]),
        (["scan.accepted", "*", "scan.accepted"], ["*"]),
        (["sla.warning", "scan.accepted", "sla.warning"], ["scan.accepted", "sla.warning"]),
    ],
)
def test_event_types_are_kept_once_each(caller: Caller, requested: list[str], stored: list[str]) -> None:
    assert caller.create(*requested)["event_types"] == stored


def test_event_types_that_nobody_knows_are_named(caller: Caller) -> None:
    created = caller.create("scan.accepted")
    wrong = {"url": URL, "event_types": ["scan.accepted", "scan.lost", "test.ping", "scan.*"]}
    for answer in (
        caller.post(body=wrong),
        caller.put(created["id"], "*", event_types=wrong["event_types"]),
    ):
        assert refusal(answer) == (422, "EventTypeUnknown")
        assert answer.json()["event_types"] == ["scan.*", "scan.lost", "test.ping"]
    assert refusal(caller.post(body={"url": URL, "event_types": []})) == (422, "ValidationFailed")


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("ftp://hooks.example.org/", "WebhookUrlUnusable"),
        ("hooks", "WebhookUrlUnusable"),
        ("https://user:word@hooks.example.org/", "WebhookUrlUnusable"),
        ("http://127.0.0.1:8080/", "WebhookAddressRefused"),
        ("http://[::1]/", "WebhookAddressRefused"),
        ("http://169.254.169.254/latest/", "WebhookAddressRefused"),
    ],
)
@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_an_address_that_can_be_none_is_refused_at_once(caller: Caller, url: str, code: str) -> None:
    created = caller.create()
    assert refusal(caller.post(body={"url": url, "event_types": ["*"]})) == (422, code)
    assert refusal(caller.put(created["id"], "*", url=url)) == (422, code)
    assert caller.read(created["id"])["url"] == URL


def test_a_change_needs_the_version_that_was_read(caller: Caller, clock: ManualClock) -> None:
    created = caller.create("scan.accepted", description="Old")
    at = created["id"]
    clock.advance(timedelta(minutes=1))
    assert refusal(caller.put(at, None, description="New")) == (428, "PreconditionRequired")
    answer = caller.put(at, '"1"', description="New", event_types=["sla.breached"])
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    changed = answer.json()["data"]
    assert changed == {name: value for name, value in created.items() if name != "secret"} | {
        "description": "New",
        "event_types": ["sla.breached"],
        "version": 2,
        "updated_at": "2026-06-10T10:01:00Z",
    }
    assert refusal(caller.put(at, '"1"', description="Newer")) == (412, "WebhookChanged")
    assert caller.read(at) == changed


def test_of_two_changes_at_once_one_holds(caller: Caller) -> None:
    created = caller.create()
    with ThreadPoolExecutor(2) as both:
        answers = [
            both.submit(caller.put, created["id"], '"1"', description=item) for item in ("One", "Other")
        ]
    assert sorted(answer.result().status_code for answer in answers) == [200, 412]
    assert caller.read(created["id"])["version"] == 2


def test_another_address_begins_with_a_clean_slate(
    caller: Caller, hub: HubContext, seeded: Seeded, clock: ManualClock
) -> None:
    at = caller.create()["id"]
    hour = clock.now() + timedelta(hours=1)
    set_row(
        hub,
        seeded.tenant_id,
        at,
        consecutive_failures=10,
        breaker_trips=2,
        breaker_open_until=hour,
        probing_until=hour,
        resting_until=hour,
    )
    with hub.uow.begin() as work:
        retrying = delivery(work, seeded.tenant_id, at, DeliveryStatus.RETRYING)
        sending = delivery(work, seeded.tenant_id, at, DeliveryStatus.SENDING, due_at=hour)
    caller.put(at, "*", description="The address stays", url=URL)
    assert caller.read(at)["breaker"]["state"] == "OPEN"
    updated = caller.put(at, "*", url=f"{URL}/new").json()["data"]
    assert updated["breaker"] == {
        "state": "CLOSED",
        "open_until": None,
        "trips": 0,
        "consecutive_failures": 0,
    }
    assert updated["resting_until"] is None
    due = {item.id: item.due_at for item in deliveries_of(hub, seeded.tenant_id, at)}
    assert due == {retrying.id: NOON, sending.id: hour}


def test_the_breaker_is_told_as_of_now(
    caller: Caller, hub: HubContext, seeded: Seeded, clock: ManualClock
) -> None:
    at = caller.create()["id"]
    until = clock.now() + timedelta(hours=1)
    set_row(hub, seeded.tenant_id, at, consecutive_failures=10, breaker_trips=1, breaker_open_until=until)
    open_ = {"state": "OPEN", "open_until": "2026-06-10T11:00:00Z", "trips": 1, "consecutive_failures": 10}
    first = caller.get(f"/{at}")
    assert first.json()["data"]["breaker"] == open_
    clock.advance(timedelta(hours=1))
    again = caller.client.get(
        f"{WEBHOOKS}/{at}", headers=caller.headers | {"If-None-Match": first.headers["etag"]}
    )
    assert again.json()["data"]["breaker"] == open_ | {"state": "HALF_OPEN"}
    assert caller.get().json()["data"][0]["breaker"]["state"] == "HALF_OPEN"


def test_the_list_is_searched_filtered_and_walked(caller: Caller, clock: ManualClock) -> None:
    created = []
    for name in ("a", "b", "c"):
        created.append(caller.create(url=f"https://{name}.example.org/", description=f"Of {name}")["id"])
        clock.advance(timedelta(minutes=1))
    caller.post(f"/{created[1]}/pause")

    def ids(**query: str) -> list[str]:
        return [item["id"] for item in caller.get(**query).json()["data"]]

    assert ids() == created[::-1]
    assert ids(sort="url") == created
    assert ids(q="b.example") == ids(**{"filter[status]": "PAUSED"}) == [created[1]]
    first = caller.get(limit="2").json()
    rest = caller.get(limit="2", cursor=first["meta"]["next_cursor"]).json()
    assert [entry["id"] for entry in first["data"] + rest["data"]] == created[::-1]
    assert set(caller.get(fields="id,breaker").json()["data"][0]) == {"id", "breaker"}


def test_nothing_is_there_while_webhooks_are_switched_off(
    caller: Caller, hub: HubContext, seeded: Seeded
) -> None:
    at = caller.create()["id"]
    with hub.uow.begin() as work:
        feature_flags.switch(work, seeded.tenant_id, FF_WEBHOOKS, enabled=False)
    for answer in (
        caller.get(),
        caller.get("/event-types"),
        caller.get(f"/{at}"),
        caller.get(f"/{at}/deliveries"),
        caller.get(f"/{at}/figures"),
        caller.post(body={"url": URL, "event_types": ["*"]}),
        caller.post(f"/{at}/test"),
        caller.delete(at),
    ):
        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == "NotSwitchedOn"


def test_another_tenants_webhooks_are_not_there(client: TestClient, caller: Caller, hub: HubContext) -> None:
    at = caller.create()["id"]
    rival = caller_of(client, hub, another_tenant(hub))
    assert rival.get().json()["data"] == []
    for answer in (
        rival.get(f"/{at}"),
        rival.put(at, "*", description="Mine"),
        rival.post(f"/{at}/pause"),
        rival.post(f"/{at}/resume"),
        rival.post(f"/{at}/rotate-secret"),
        rival.post(f"/{at}/test"),
        rival.post(f"/{at}/example", {"event_type": "scan.accepted"}),
        rival.post(f"/{at}/recover", {"since": "2026-06-10T09:00:00Z"}),
        rival.get(f"/{at}/deliveries"),
        rival.get(f"/{at}/figures"),
        rival.delete(at),
    ):
        assert refusal(answer) == (404, "WebhookNotFound")


def test_what_is_done_is_written_down_without_a_secret(
    caller: Caller, hub: HubContext, seeded: Seeded
) -> None:
    created = caller.create(url=f"{URL}?token=word")
    at, secrets = created["id"], [created["secret"]]
    caller.put(at, "*", description="New")
    for act in ("pause", "resume"):
        caller.post(f"/{at}/{act}")
    secrets.append(caller.post(f"/{at}/rotate-secret").json()["data"]["secret"])
    caller.post(f"/{at}/example", {"event_type": "scan.accepted"})
    caller.delete(at)
    with hub.uow.read() as work:
        entries = audit.entries_of(work, seeded.tenant_id, "webhook", at)
        history = [(entry.actor, entry.action, entry.before, entry.after) for entry in entries]
        chosen = (
            select(StoredDomainEvent.type, StoredDomainEvent.payload)
            .where(StoredDomainEvent.entity == "webhook")
            .order_by(StoredDomainEvent.id)
        )
        rows: Any = [tuple(row) for row in work.session.execute(chosen)]
    assert [action for _, action, _, _ in history] == [
        "create",
        "update",
        "pause",
        "resume",
        "rotate",
        "example",
        "delete",
    ]
    assert all(actor.startswith("key:") for actor, *_ in history)
    assert history[1][2:] == ({"description": "", "version": 1}, {"description": "New", "version": 2})
    assert history[4][3] == {"version": 5, "both_sign_until": "2026-06-11T10:00:00+00:00"}
    assert [type_ for type_, _ in rows] == [
        "WebhookCreated",
        "WebhookUpdated",
        "WebhookPaused",
        "WebhookResumed",
        "WebhookSecretRotated",
        "WebhookExampleQueued",
        "WebhookDeleted",
    ]
    written = json.dumps([history, rows])
    assert [word for word in (*secrets, "token=word", "sealed") if word in written] == []
    assert history[0][3] is not None
    assert history[0][3]["url"] == f"{URL}?…"


def test_what_people_set_is_all_that_moves_the_version(
    caller: Caller, hub: HubContext, seeded: Seeded
) -> None:
    at = caller.create()["id"]
    caller.post(f"/{at}/example", {"event_type": "scan.accepted"})
    assert caller.read(at)["version"] == 1
    with hub.uow.read() as work:
        assert work.session.scalar(select(func.count()).select_from(WebhookDelivery)) == 1


def test_a_tenant_has_no_more_webhooks_than_the_engine_bears(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MAX_WEBHOOKS", 2)
    caller.create()
    caller.delete(caller.create()["id"])
    caller.create()
    assert refusal(caller.post(body={"url": URL, "event_types": ["*"]})) == (409, "TooManyWebhooks")
