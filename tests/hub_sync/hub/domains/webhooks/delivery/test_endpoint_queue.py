"""Endpoints that hang, and one that has thousands of messages waiting, keep nobody else waiting."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from hub_sync.contract.enums import WebhookStatus
from hub_sync.hub.domains.webhooks.delivery import engine, outbox
from hub_sync.hub.domains.webhooks.delivery.batch import BatchInput
from hub_sync.hub.domains.webhooks.delivery.endpoint_queue import CONCURRENCY, PREFETCH
from hub_sync.hub.domains.webhooks.delivery.outbox import EVENTS_PER_TYPE, MAX_DELIVERIES
from hub_sync.hub.domains.webhooks.delivery.repository import DeliveryRepository
from hub_sync.hub.kit.events.jobs import running_jobs
from hub_sync.hub.kit.events.notifier import Notification
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.domains.webhooks.api_client import set_row
from tests.hub_sync.hub.domains.webhooks.engine_processes import (
    commit,
    engine_of,
    hub,
    statuses,
    subscribe,
    tenant_with_webhooks,
)
from tests.support.thorough import sized
from tests.support.waiting import eventually
from tests.support.webhook_receiver import WebhookReceiver

MANY, BACKLOG = sized(60, 200), sized(2000, 5000)
NEVER_S = 600

__all__ = ["hub"]


def those_that_answer(hub: HubContext, tenant: str, receiver: WebhookReceiver, *types: str) -> list[str]:
    urls = [receiver.url(f"/ok?{number}") for number in range(MANY)]
    return subscribe(hub, tenant, *urls, event_types=types or ("*",))


@contextmanager
def at_work(hub: HubContext) -> Iterator[None]:
    with running_jobs([engine_of(hub, "me", NEVER_S)]):
        yield


@pytest.mark.parametrize("hanging", [1, 20])
def test_all_others_are_told_everything_while_some_hang(
    hub: HubContext, own_receiver: WebhookReceiver, hanging: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No attempt at those that hang comes to an end here, so nobody can have waited for one."""
    monkeypatch.setattr(engine, "GRACE_S", 0.1)
    tenant = tenant_with_webhooks(hub)
    slow = subscribe(hub, tenant, *(own_receiver.url(f"/hang?{entry}") for entry in range(hanging)))
    quick = those_that_answer(hub, tenant, own_receiver)
    with at_work(hub):
        messages = 0
        for _ in range(5):
            messages += len(commit(hub, tenant, 3))
            eventually(lambda: statuses(hub, *quick) == {"DELIVERED": MANY * messages}, 60)  # noqa: B023
        assert messages > CONCURRENCY, "some wait before those that hang"
        assert statuses(hub, *slow) == {"SENDING": hanging * messages}
    paths = [item["path"] for item in own_receiver.log()]
    assert sum(path.startswith("/ok") for path in paths) == MANY * messages
    assert sum(path.startswith("/hang") for path in paths) == hanging * CONCURRENCY
    assert statuses(hub, *slow) == {"PENDING": hanging * messages}, "and are given back at the end"


@pytest.mark.parametrize("waits_as", ["domain_events", "deliveries"])
def test_who_has_thousands_waiting_keeps_nobody_waiting(
    hub: HubContext, own_receiver: WebhookReceiver, waits_as: str
) -> None:
    """Told by the order of arrivals: those who are told something new have it long before the thousands are through."""
    tenant = tenant_with_webhooks(hub)
    (late,) = subscribe(hub, tenant, own_receiver.url("/ok?late"), event_types=("scan.rejected",))
    those_that_answer(hub, tenant, own_receiver, "scan.accepted")
    for _ in range(BACKLOG // 500):
        commit(hub, tenant, 500, "ScanRejected")
    if waits_as == "deliveries":
        set_row(hub, tenant, late, status=WebhookStatus.PAUSED)
        asyncio.run(engine_of(hub, "me").run_until_idle())
        assert statuses(hub) == {"PENDING": BACKLOG}
        set_row(hub, tenant, late, status=WebhookStatus.ACTIVE)
    commit(hub, tenant, 1)
    with at_work(hub):
        eventually(lambda: statuses(hub) == {"DELIVERED": BACKLOG + MANY}, 60)
    paths: Sequence[str] = [item["path"] for item in own_receiver.log()]
    last = max(at for at, path in enumerate(paths) if path != "/ok?late")
    before = paths[:last].count("/ok?late")
    assert before < BACKLOG / 5, f"{before} of {BACKLOG} came before the last of the others was told"


@pytest.mark.parametrize("busy_first", [True, False])
def test_domain_events_of_each_type_are_claimed(hub: HubContext, busy_first: bool) -> None:
    tenant = tenant_with_webhooks(hub)
    commit(hub, tenant, EVENTS_PER_TYPE, "ScanRejected")
    (quiet,) = commit(hub, tenant, 1)
    kinds = [Notification(tenant, type_) for type_ in ("ScanRejected", "ScanAccepted")]
    with hub.uow.begin() as work:
        events, unfinished = outbox.claim_domain_events(work, kinds if busy_first else kinds[::-1])
        many = {Notification(tenant, "ScanAccepted"): MANY, Notification(tenant, "ScanRejected"): 1}
        beside_many, _ = outbox.claim_domain_events(work, kinds if busy_first else kinds[::-1], many)
    assert quiet in [event.id for event in events]
    assert EVENTS_PER_TYPE <= len(events) <= MAX_DELIVERIES
    assert unfinished == {Notification(tenant, "ScanRejected")}
    assert len(beside_many) >= EVENTS_PER_TYPE, (
        "who alone is told of a kind does not have less for others who are many"
    )


def test_no_transaction_is_long_because_many_are_told(hub: HubContext, own_receiver: WebhookReceiver) -> None:
    """A gate's scan waits for it: the deliveries that it creates are bounded, and those that it claims."""
    tenant = tenant_with_webhooks(hub)
    those_that_answer(hub, tenant, own_receiver)
    commit(hub, tenant, 10)
    desk = DeliveryRepository(hub.uow, "me", lambda _: 0)
    news, deliveries = desk.poll()[0], []
    while news:
        before = sum(statuses(hub).values())
        news = desk.run_batch(BatchInput(notifications=news)).unfinished
        deliveries.append(sum(statuses(hub).values()) - before)
    assert sum(deliveries) == 10 * MANY
    assert max(deliveries) <= MAX_DELIVERIES
    taken = DeliveryRepository(hub.uow, "me", lambda _: PREFETCH).run_batch(BatchInput()).claimed
    assert len(taken) == CONCURRENCY * MANY, "as many as can be under way, and none beforehand"
