"""The log of deliveries is read, an example put into it, and any delivery sent again."""

import json
from datetime import timedelta

import pytest

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import DeliveryStatus, WebhookStatus
from hub_sync.hub.domains import registry
from hub_sync.hub.domains.webhooks.delivery.leases import LEASE
from hub_sync.hub.domains.webhooks.subscriptions.event_types import event_types_by_group
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import NOON, Seeded
from tests.hub_sync.hub.domains.webhooks.api_client import (
    Caller,
    attempt,
    deliveries_of,
    delivery,
    refusal,
    set_row,
)


def test_the_log_is_listed_newest_first_and_filtered(
    caller: Caller, hub: HubContext, seeded: Seeded, clock: ManualClock
) -> None:
    at, other = caller.create()["id"], caller.create()["id"]
    deliveries = []
    for status, event_type in (
        (DeliveryStatus.DELIVERED, "scan.accepted"),
        (DeliveryStatus.DEAD_LETTER, "scan.rejected"),
        (DeliveryStatus.RETRYING, "scan.accepted"),
    ):
        with hub.uow.begin() as work:
            deliveries.append(delivery(work, seeded.tenant_id, at, status, event_type=event_type).id)
            delivery(work, seeded.tenant_id, other, status)
        clock.advance(timedelta(minutes=1))

    def ids(**query: str) -> list[str]:
        return [item["id"] for item in caller.get(f"/{at}/deliveries", **query).json()["data"]]

    assert ids() == deliveries[::-1]
    assert ids(**{"filter[status]": "DEAD_LETTER,RETRYING"}) == deliveries[:0:-1]
    assert ids(**{"filter[event_type]": "scan.accepted"}) == [deliveries[2], deliveries[0]]
    assert ids(**{"filter[created_at][gte]": "2026-06-10T10:01:00Z"}) == deliveries[:0:-1]
    first = caller.get(f"/{at}/deliveries", limit="2").json()
    rest = caller.get(f"/{at}/deliveries", limit="2", cursor=first["meta"]["next_cursor"]).json()
    assert [entry["id"] for entry in first["data"] + rest["data"]] == deliveries[::-1]
    assert "body" not in first["data"][0]


def test_a_delivery_is_shown_with_its_body_and_every_attempt(
    caller: Caller, hub: HubContext, seeded: Seeded
) -> None:
    at, other = caller.create()["id"], caller.create()["id"]
    with hub.uow.begin() as work:
        stored = delivery(work, seeded.tenant_id, at, DeliveryStatus.DELIVERED, attempts=2, body='{"n": 1.0}')
        attempt(work, stored, 2, NOON, 30, succeeded=True)
        attempt(work, stored, 1, NOON - timedelta(seconds=5), 10_000, succeeded=False)
    detail = caller.get(f"/{at}/deliveries/{stored.id}").json()["data"]
    assert (detail["body"], detail["attempts"], detail["status"]) == ('{"n": 1.0}', 2, "DELIVERED")
    assert detail["attempt_log"] == [
        {
            "number": 1,
            "started_at": "2026-06-10T09:59:55Z",
            "duration_ms": 10_000,
            "succeeded": False,
            "response_status": 500,
            "response_body": "no",
            "error": "The endpoint answered 500.",
            "error_code": "ERROR_STATUS",
        },
        {
            "number": 2,
            "started_at": "2026-06-10T10:00:00Z",
            "duration_ms": 30,
            "succeeded": True,
            "response_status": 200,
            "response_body": "ok",
            "error": None,
            "error_code": None,
        },
    ]
    for answer in (caller.get(f"/{at}/deliveries/none"), caller.get(f"/{other}/deliveries/{stored.id}")):
        assert refusal(answer) == (404, "DeliveryNotFound")
    assert refusal(caller.get(f"/none/deliveries/{stored.id}")) == (404, "WebhookNotFound")
    assert refusal(caller.get("/none/deliveries")) == (404, "WebhookNotFound")


@pytest.mark.parametrize("status", [item for item in DeliveryStatus if item is not DeliveryStatus.SENDING])
def test_any_delivery_is_sent_again_with_its_schedule_from_the_start(
    caller: Caller, hub: HubContext, seeded: Seeded, clock: ManualClock, status: DeliveryStatus
) -> None:
    at = caller.create()["id"]
    with hub.uow.begin() as work:
        stored = delivery(work, seeded.tenant_id, at, status, attempts=8, step=8, delivered_at=NOON)
    clock.advance(timedelta(minutes=5))
    resent = caller.post(f"/{at}/deliveries/{stored.id}/resend").json()["data"]
    assert resent["status"] == "PENDING"
    assert (resent["due_at"], resent["delivered_at"]) == ("2026-06-10T10:05:00Z", None)
    assert (resent["attempts"], resent["message_id"]) == (8, stored.message_id)
    (row,) = deliveries_of(hub, seeded.tenant_id, at)
    assert (row.step, row.attempts, row.body) == (0, 8, stored.body)


def test_what_is_being_sent_is_not_sent_again(caller: Caller, hub: HubContext, seeded: Seeded) -> None:
    at, other = caller.create()["id"], caller.create()["id"]
    with hub.uow.begin() as work:
        stored = delivery(work, seeded.tenant_id, at, DeliveryStatus.SENDING, leased_by="somebody")
    assert refusal(caller.post(f"/{at}/deliveries/{stored.id}/resend")) == (409, "DeliveryUnderWay")
    assert refusal(caller.post(f"/{at}/deliveries/none/resend")) == (404, "DeliveryNotFound")
    assert refusal(caller.post(f"/{other}/deliveries/{stored.id}/resend")) == (404, "DeliveryNotFound")
    (row,) = deliveries_of(hub, seeded.tenant_id, at)
    assert (row.status, row.leased_by) == (DeliveryStatus.SENDING, "somebody")


def test_what_a_killed_process_had_begun_is_sent_again_once_its_lease_is_over(
    caller: Caller, hub: HubContext, seeded: Seeded, clock: ManualClock
) -> None:
    at = caller.create()["id"]
    caller.post(f"/{at}/pause")
    with hub.uow.begin() as work:
        stored = delivery(
            work, seeded.tenant_id, at, DeliveryStatus.SENDING, leased_by="killed", due_at=work.now() + LEASE
        )
    assert caller.post(f"/{at}/deliveries/{stored.id}/resend").status_code == 409
    clock.advance(LEASE)
    assert caller.post(f"/{at}/deliveries/{stored.id}/resend").json()["data"]["status"] == "PENDING"


def test_an_example_is_queued_as_any_other_delivery(caller: Caller, hub: HubContext, seeded: Seeded) -> None:
    at = caller.create("scan.accepted")["id"]
    example = caller.post(f"/{at}/example", {"event_type": "participant.approved"}).json()["data"]
    assert (example["status"], example["event_type"], example["due_at"]) == (
        "PENDING",
        "participant.approved",
        "2026-06-10T10:00:00Z",
    )
    (row,) = deliveries_of(hub, seeded.tenant_id, at)
    body = json.loads(row.body)
    assert (body["id"], body["type"]) == (row.message_id, "participant.approved")
    assert (body["tenant_id"], body["data"]["example"]) == (seeded.tenant_id, True)
    for unknown in ("test.ping", "*", "scan.lost"):
        answer = caller.post(f"/{at}/example", {"event_type": unknown})
        assert refusal(answer) == (422, "EventTypeUnknown")


def test_nothing_is_queued_for_a_webhook_whose_endpoint_is_gone(
    caller: Caller, hub: HubContext, seeded: Seeded
) -> None:
    at = caller.create()["id"]
    with hub.uow.begin() as work:
        stored = delivery(work, seeded.tenant_id, at, DeliveryStatus.DEAD_LETTER)
    acts = (
        (f"/{at}/example", {"event_type": "scan.accepted"}),
        (f"/{at}/deliveries/{stored.id}/resend", None),
        (f"/{at}/recover", {"since": "2026-06-10T09:00:00Z"}),
    )
    set_row(hub, seeded.tenant_id, at, status=WebhookStatus.DISABLED)
    for path, body in acts:
        assert refusal(caller.post(path, body)) == (409, "WebhookNotActive")
    for status in (WebhookStatus.PAUSED, WebhookStatus.SUSPENDED):
        set_row(hub, seeded.tenant_id, at, status=status)
        assert [caller.post(path, body).status_code for path, body in acts] == [200] * 3


def test_the_catalogue_tells_every_event_type_with_an_example(caller: Caller) -> None:
    first = caller.get("/event-types")
    result = first.json()["data"]
    assert {item["domain"]: [it["event_type"] for it in item["event_types"]] for item in result} == {
        group: [kind.event_type for kind in kinds] for group, kinds in event_types_by_group().items()
    }
    for item in (it for domain in result for it in domain["event_types"]):
        assert item["description"].endswith(".")
        assert item["planned"] is (item["event_type"] in registry().planned_event_types)
        assert (item["example"]["type"], item["example"]["data"]["example"]) == (item["event_type"], True)
    assert caller.get("/event-types").headers["etag"] == first.headers["etag"]
