"""Pausing keeps what happens, resuming forgives and sends at once; two secrets sign for a day after a rotation."""

from datetime import timedelta

import pytest

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import DeliveryStatus, WebhookStatus
from hub_sync.hub.domains.webhooks.schemas import SubscriptionChanges
from hub_sync.hub.domains.webhooks.subscriptions import secrets, service
from hub_sync.hub.kit.events.notifier import Notification
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.credential_bounds import Bounds, PermissionNotHeld
from hub_sync.hub.kit.security.encryption import SecretBox, SecretUnusable
from tests.hub_sync.hub.conftest import NOON, Seeded
from tests.hub_sync.hub.domains.webhooks.api_client import (
    URL,
    Caller,
    deliveries_of,
    delivery,
    refusal,
    set_row,
)

CLOSED = {"state": "CLOSED", "open_until": None, "trips": 0, "consecutive_failures": 0}


def test_a_paused_webhook_is_active_again_once_it_is_resumed(caller: Caller) -> None:
    at = caller.create()["id"]
    for expected in (2, 2):
        answer = caller.post(f"/{at}/pause")
        resumed = answer.json()["data"]
        assert (answer.status_code, resumed["status"], resumed["version"]) == (200, "PAUSED", expected)
    resumed = caller.post(f"/{at}/resume").json()["data"]
    assert (resumed["status"], resumed["version"]) == ("ACTIVE", 3)


def test_who_may_not_read_what_is_sent_sends_it_nowhere_else(
    caller: Caller, hub: HubContext, seeded: Seeded
) -> None:
    at = caller.create("participant.approved")["id"]
    narrow = Bounds(frozenset({"webhooks:manage"}))

    def change(**changes: str) -> None:
        with hub.uow.begin() as work:
            service.update(work, seeded.tenant_id, at, SubscriptionChanges(**changes), (), narrow)

    change(description="Ticket shop", url=caller.read(at)["url"])
    with pytest.raises(PermissionNotHeld):
        change(url="https://93.184.215.14/elsewhere")


@pytest.mark.parametrize("status", [WebhookStatus.SUSPENDED, WebhookStatus.DISABLED])
def test_what_sends_nothing_anyway_is_not_paused(
    caller: Caller, hub: HubContext, seeded: Seeded, status: WebhookStatus
) -> None:
    at = caller.create()["id"]
    set_row(hub, seeded.tenant_id, at, status=status)
    assert refusal(caller.post(f"/{at}/pause")) == (409, "WebhookNotActive")
    assert caller.read(at)["status"] == status.value


@pytest.mark.parametrize("status", list(WebhookStatus))
def test_resuming_forgives_and_makes_what_waits_due(
    caller: Caller, hub: HubContext, seeded: Seeded, clock: ManualClock, status: WebhookStatus
) -> None:
    at, other = caller.create()["id"], caller.create()["id"]
    later = clock.now() + timedelta(hours=1)
    set_row(
        hub,
        seeded.tenant_id,
        at,
        status=status,
        consecutive_failures=12,
        breaker_trips=3,
        breaker_open_until=later,
        probing_until=later,
        resting_until=later,
    )
    with hub.uow.begin() as work:
        waiting = [
            delivery(work, seeded.tenant_id, at, entry).id
            for entry in (DeliveryStatus.PENDING, DeliveryStatus.RETRYING)
        ]
        done = delivery(work, seeded.tenant_id, at, DeliveryStatus.DEAD_LETTER).id
        delivery(work, seeded.tenant_id, other, DeliveryStatus.RETRYING)
    resumed = caller.post(f"/{at}/resume").json()["data"]
    assert (resumed["status"], resumed["breaker"], resumed["resting_until"]) == ("ACTIVE", CLOSED, None)
    with hub.uow.read() as work:
        assert service.get(work, seeded.tenant_id, at).probing_until is None
    due = {item.id: item.due_at for item in deliveries_of(hub, seeded.tenant_id, at)}
    assert due == {**dict.fromkeys(waiting, NOON), done: None}
    assert [element.due_at for element in deliveries_of(hub, seeded.tenant_id, other)] == [
        NOON + timedelta(hours=2)
    ]


def test_the_worker_is_woken_by_what_makes_something_due(
    caller: Caller, hub: HubContext, seeded: Seeded
) -> None:
    heard: list[set[Notification]] = []
    due = Notification(seeded.tenant_id)
    with hub.notifier.subscribe(Notification, heard.append):
        at = caller.create()["id"]
        caller.put(at, "*", url=f"{URL}/new")
        caller.post(f"/{at}/resume")
        queued = caller.post(f"/{at}/example", {"event_type": "scan.accepted"}).json()["data"]["id"]
        caller.post(f"/{at}/deliveries/{queued}/resend")
        caller.post(f"/{at}/recover", {"since": "2026-06-10T09:00:00Z"})
        assert [due in news for news in heard] == [True] * 6
        caller.post(f"/{at}/pause")
    assert due not in heard[-1]


def test_both_secrets_sign_for_a_day(
    caller: Caller, hub: HubContext, seeded: Seeded, clock: ManualClock
) -> None:
    created = caller.create()
    at, first = created["id"], created["secret"]

    def signing() -> tuple[str, ...]:
        with hub.uow.read() as work:
            subscription = service.get(work, seeded.tenant_id, at)
            return secrets.secrets_of(subscription, hub.secret_box, clock.now())

    assert signing() == (first,)
    answer = caller.post(f"/{at}/rotate-secret")
    rotated = answer.json()["data"]
    second = rotated["secret"]
    assert answer.status_code == 201
    assert rotated["previous_secret_until"] == "2026-06-11T10:00:00Z"
    assert signing() == (second, first)
    clock.advance(timedelta(hours=23))
    third = caller.post(f"/{at}/rotate-secret").json()["data"]["secret"]
    assert signing() == (third, second), "the newest two"
    clock.advance(timedelta(hours=24) - timedelta(seconds=1))
    assert signing() == (third, second)
    clock.advance(timedelta(seconds=1))
    assert signing() == (third,)
    assert len({first, second, third}) == 3


def test_a_rotation_mends_a_webhook_whose_secret_another_hub_sealed(
    caller: Caller, hub: HubContext, seeded: Seeded, clock: ManualClock
) -> None:
    """The hub's own secret was lost: what it had sealed must not stop the new one from signing."""
    at = caller.create()["id"]
    set_row(hub, seeded.tenant_id, at, sealed_secret=bytes(60))
    rotated = caller.post(f"/{at}/rotate-secret").json()["data"]
    assert rotated["previous_secret_until"] is None
    with hub.uow.read() as work:
        subscription = service.get(work, seeded.tenant_id, at)
        assert secrets.secrets_of(subscription, hub.secret_box, clock.now()) == (rotated["secret"],)


def test_a_repeated_rotation_is_one_and_tells_its_secret_once(caller: Caller) -> None:
    at = caller.create()["id"]
    first, again = (
        caller.post(f"/{at}/rotate-secret", **{"Idempotency-Key": "turn"}).json()["data"] for _ in range(2)
    )
    assert again == first | {"secret": None}
    assert caller.read(at)["version"] == 2


def test_a_secret_opens_for_its_own_webhook_and_hub_only(
    caller: Caller, hub: HubContext, seeded: Seeded, clock: ManualClock
) -> None:
    first, other = caller.create()["id"], caller.create()["id"]
    with hub.uow.read() as work:
        moved = service.get(work, seeded.tenant_id, first)
        work.session.expunge(moved)
        stranger = SecretBox(b"1" * 32)
        with pytest.raises(SecretUnusable):
            secrets.secrets_of(moved, stranger, clock.now())
        moved.sealed_secret = service.get(work, seeded.tenant_id, other).sealed_secret
        with pytest.raises(SecretUnusable):
            secrets.secrets_of(moved, hub.secret_box, clock.now())
