"""A ping is one attempt, told at once and logged; it is retried by nobody and says nothing to the breaker."""

import json
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from hub_sync.contract.clock import ManualClock, SystemClock
from hub_sync.contract.enums import DeliveryStatus, WebhookStatus
from hub_sync.hub.domains.webhooks.delivery import pings
from hub_sync.hub.domains.webhooks.delivery.pings import PINGS_PER_MINUTE, TENANT_PINGS_PER_MINUTE
from hub_sync.hub.domains.webhooks.errors import WebhookNotFound
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.settings import HubSettings
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.domains.webhooks.api_client import Caller, deliveries_of, refusal, set_row
from tests.support.webhook_receiver import WebhookReceiver


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> HubSettings:
    """A lab: webhooks may reach one loopback address, where the receiver listens."""
    return HubSettings(
        data=tmp_path, database_url=database_url, jobs=False, webhook_allowed_networks="127.0.0.1/32"
    )


def test_a_ping_arrives_signed_and_is_logged(
    caller: Caller, hub: HubContext, seeded: Seeded, receiver: WebhookReceiver, clock: ManualClock
) -> None:
    clock.at = SystemClock().now()  # who verifies looks at their own clock
    path = f"/ok?{seeded.tenant_id}"
    webhook = caller.create(url=receiver.url(path))
    ping = caller.post(f"/{webhook['id']}/test").json()["data"]
    (came,) = receiver.requests_to(path)
    body = Webhook(webhook["secret"]).verify(came["body"], came["headers"])
    assert (body["type"], body["id"]) == ("test.ping", came["headers"]["webhook-id"])
    assert ping == {
        "delivered": True,
        "status": 200,
        "duration_ms": ping["duration_ms"],
        "response": ping["response"],
        "error": None,
        "error_code": None,
        "delivery_id": ping["delivery_id"],
    }
    assert 0 <= ping["duration_ms"] < 10_000
    logged = caller.get(f"/{webhook['id']}/deliveries/{ping['delivery_id']}").json()["data"]
    assert (logged["status"], logged["attempts"], logged["due_at"]) == ("DELIVERED", 1, None)
    assert (logged["event_type"], logged["message_id"]) == ("test.ping", body["id"])
    assert json.loads(logged["body"]) == body
    assert [(item["number"], item["succeeded"]) for item in logged["attempt_log"]] == [(1, True)]


def test_a_ping_that_fails_is_told_and_not_tried_again(
    caller: Caller, hub: HubContext, seeded: Seeded, receiver: WebhookReceiver
) -> None:
    at = caller.create(url=receiver.url("/status/500"))["id"]
    ping = caller.post(f"/{at}/test").json()["data"]
    assert (ping["delivered"], ping["status"]) == (False, 500)
    assert ping["error"]
    (row,) = deliveries_of(hub, seeded.tenant_id, at)
    assert (row.status, row.due_at, row.response_status) == (DeliveryStatus.DEAD_LETTER, None, 500)
    assert caller.read(at)["breaker"]["consecutive_failures"] == 0


@pytest.mark.parametrize("status", list(WebhookStatus))
def test_a_webhook_is_pinged_whatever_its_status(
    caller: Caller, hub: HubContext, seeded: Seeded, receiver: WebhookReceiver, status: WebhookStatus
) -> None:
    at = caller.create(url=receiver.url("/ok"))["id"]
    set_row(hub, seeded.tenant_id, at, status=status)
    assert caller.post(f"/{at}/test").json()["data"]["delivered"] is True
    assert caller.read(at)["status"] == status.value


def test_a_ping_of_what_may_not_be_reached_says_so(
    caller: Caller, hub: HubContext, seeded: Seeded, receiver: WebhookReceiver
) -> None:
    at = caller.create()["id"]
    set_row(hub, seeded.tenant_id, at, url=f"http://127.0.0.2:{receiver.port}/ok?refused")
    ping = caller.post(f"/{at}/test").json()["data"]
    assert (ping["delivered"], ping["status"]) == (False, None)
    assert "loopback" in ping["error"]
    assert receiver.requests_to("/ok?refused") == []


def test_a_ping_says_so_where_another_hubs_secret_sealed_what_signs(
    caller: Caller, hub: HubContext, seeded: Seeded, receiver: WebhookReceiver
) -> None:
    """The database was restored, and the secret that belongs to it was not."""
    path = f"/ok?sealed-{seeded.tenant_id}"
    at = caller.create(url=receiver.url(path))["id"]
    set_row(hub, seeded.tenant_id, at, sealed_secret=bytes(60))
    ping = caller.post(f"/{at}/test").json()["data"]
    assert (ping["delivered"], ping["status"]) == (False, None)
    assert "does not open with this hub's secret" in ping["error"]
    assert receiver.requests_to(path) == []


def test_nobody_pings_more_often_than_ten_times_a_minute(
    caller: Caller, hub: HubContext, seeded: Seeded
) -> None:
    at, other = caller.create()["id"], caller.create()["id"]
    for webhook in (at, other):
        set_row(hub, seeded.tenant_id, webhook, url="http://127.0.0.2:9/")
    assert [caller.post(f"/{at}/test").status_code for _ in range(PINGS_PER_MINUTE)] == [
        200
    ] * PINGS_PER_MINUTE
    answer = caller.post(f"/{at}/test")
    assert refusal(answer) == (429, "TooManyRequests")
    assert 0 < int(answer.headers["retry-after"]) <= 60
    assert caller.post(f"/{other}/test").status_code == 200
    assert len(deliveries_of(hub, seeded.tenant_id, at)) == PINGS_PER_MINUTE


@pytest.mark.both_databases
def test_the_webhooks_of_a_tenant_together_are_not_pinged_without_end(
    caller: Caller, hub: HubContext, seeded: Seeded
) -> None:
    """Each may hold a thread for ten seconds, and gates are answered by them too."""
    ids = [caller.create()["id"] for _ in range(3)]
    for webhook in ids:
        set_row(hub, seeded.tenant_id, webhook, url="http://127.0.0.2:9/")
    answers = [
        caller.post(f"/{webhook}/test").status_code for webhook in ids for _ in range(PINGS_PER_MINUTE)
    ]
    assert answers == [200] * TENANT_PINGS_PER_MINUTE + [429] * (len(answers) - TENANT_PINGS_PER_MINUTE)


def test_a_ping_that_is_asked_for_twice_by_one_key_is_sent_once(
    caller: Caller, hub: HubContext, seeded: Seeded, receiver: WebhookReceiver
) -> None:
    path = f"/ok?once-{seeded.tenant_id}"
    at = caller.create(url=receiver.url(path))["id"]
    first, again = (caller.post(f"/{at}/test", **{"Idempotency-Key": "ping-1"}) for _ in range(2))
    assert (again.json(), again.headers["idempotency-replayed"]) == (first.json(), "true")
    assert len(receiver.requests_to(path)) == len(deliveries_of(hub, seeded.tenant_id, at)) == 1


def test_a_webhook_that_went_while_it_was_pinged_is_not_there(
    caller: Caller, hub: HubContext, seeded: Seeded, receiver: WebhookReceiver
) -> None:
    at = caller.create(url=receiver.url("/ok"))["id"]
    pinged = pings.send(hub, seeded.tenant_id, at)
    assert pinged.outcome.succeeded
    caller.delete(at)
    with hub.uow.begin() as work, pytest.raises(WebhookNotFound):
        pings.record(work, seeded.tenant_id, pinged)
