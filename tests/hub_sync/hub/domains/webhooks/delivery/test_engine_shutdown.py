"""A stop in the midst of deliveries: what is under way comes to its end, the rest goes out after the next start, once."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest

from hub_sync.hub.domains.webhooks.delivery import engine
from hub_sync.hub.domains.webhooks.delivery.batch import BatchInput
from hub_sync.hub.domains.webhooks.delivery.endpoint_queue import CONCURRENCY, PREFETCH
from hub_sync.hub.domains.webhooks.delivery.engine import DeliveryEngine
from hub_sync.hub.domains.webhooks.delivery.repository import DeliveryRepository
from hub_sync.hub.domains.webhooks.network.sender import AttemptOutcome, WebhookRequest, WebhookSender
from hub_sync.hub.domains.webhooks.network.ssrf_guard import GuardedNetwork
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.networks import parse_networks
from tests.hub_sync.hub.domains.webhooks.engine_processes import (
    LAB,
    another_process,
    attempts,
    close,
    commit,
    engine_of,
    statuses,
    subscribe,
    tenant_with_webhooks,
)
from tests.support.forked_commands import forked_command
from tests.support.waiting import eventually
from tests.support.webhook_receiver import WebhookReceiver

ENDPOINTS, MESSAGES = 7, 20
UNDER_WAY, ALL = ENDPOINTS * CONCURRENCY, ENDPOINTS * MESSAGES


class Held(WebhookSender):
    """Keeps every message until it is let go."""

    def __init__(self) -> None:
        super().__init__(GuardedNetwork(parse_networks([LAB])))
        self.count, self._go = 0, asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def let_go(self) -> None:
        self._loop.call_soon_threadsafe(self._go.set)

    async def send(self, outgoing: WebhookRequest, now: datetime) -> AttemptOutcome:
        self.count += 1
        await self._go.wait()
        return await super().send(outgoing, now)


@pytest.fixture
def hub(database_url: str, tmp_path: Path) -> Iterator[HubContext]:
    process = another_process(tmp_path, database_url)
    yield process
    close(process)


def busy_engine(hub: HubContext) -> tuple[DeliveryEngine, Held]:
    """An engine that has as much under way as it can."""
    senders: list[Held] = []
    ready = threading.Event()

    def sender() -> Held:
        senders.append(Held())
        ready.set()
        return senders[0]

    engine = DeliveryEngine(hub, sender, "me")
    engine.start()
    assert ready.wait(5)
    eventually(lambda: senders[0].count == UNDER_WAY)
    return engine, senders[0]


def seed(hub: HubContext, receiver: WebhookReceiver) -> None:
    tenant = tenant_with_webhooks(hub)
    subscribe(hub, tenant, *(receiver.url(f"/ok?{item}") for item in range(ENDPOINTS)))
    commit(hub, tenant, MESSAGES)


def arrivals(receiver: WebhookReceiver) -> list[tuple[str, str]]:
    """Where what arrived."""
    return sorted((item["path"], item["headers"]["webhook-id"]) for item in receiver.log())


def test_what_is_under_way_arrives_and_is_written_down_and_the_rest_goes_out_later(
    hub: HubContext, own_receiver: WebhookReceiver
) -> None:
    seed(hub, own_receiver)
    engine_runner, sender = busy_engine(hub)
    with ThreadPoolExecutor(1) as threads:
        stopped = threads.submit(engine_runner.stop)
        eventually(lambda: statuses(hub) == {"SENDING": ALL})
        assert not stopped.done(), "it waits for what is under way"
        sender.let_go()
        stopped.result(10)
    assert len(own_receiver.log()) == UNDER_WAY
    assert statuses(hub) == {"DELIVERED": UNDER_WAY, "PENDING": ALL - UNDER_WAY}
    asyncio.run(engine_of(hub, "next").run_until_idle())
    assert statuses(hub) == {"DELIVERED": ALL}
    assert len(set(arrivals(own_receiver))) == len(arrivals(own_receiver)) == ALL
    assert attempts(hub) == ALL


def test_what_takes_too_long_is_given_back_without_an_attempt(
    hub: HubContext, own_receiver: WebhookReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "GRACE_S", 0.2)
    seed(hub, own_receiver)
    engine_runner, _ = busy_engine(hub)
    engine_runner.stop()
    assert statuses(hub) == {"PENDING": ALL}
    assert (own_receiver.log(), attempts(hub)) == ([], 0)
    asyncio.run(engine_of(hub, "next").run_until_idle())
    assert len(set(arrivals(own_receiver))) == len(arrivals(own_receiver)) == ALL


@pytest.mark.parametrize("kind", ["sqlite"])
def test_what_a_killed_hub_had_taken_waits_again_from_the_next_start(
    hub: HubContext, own_receiver: WebhookReceiver
) -> None:
    """On SQLite at once, without waiting for leases to run out; of an endpoint that is paused, too."""
    seed(hub, own_receiver)
    desk = DeliveryRepository(hub.uow, "killed", lambda _: PREFETCH)
    notifications, _ = desk.poll()
    while notifications:
        notifications = desk.run_batch(BatchInput(notifications=notifications)).unfinished
    assert statuses(hub) == {"SENDING": ALL}
    DeliveryRepository(hub.uow, "next", lambda _: PREFETCH).begin()
    assert statuses(hub) == {"PENDING": ALL}
    asyncio.run(engine_of(hub, "next").run_until_idle())
    assert len(set(arrivals(own_receiver))) == len(arrivals(own_receiver)) == ALL


def test_a_hub_that_is_asked_to_stop_sends_nothing_twice(
    hub: HubContext, own_receiver: WebhookReceiver, database_url: str, tmp_path: Path
) -> None:
    """SIGTERM at a real hub in the midst of hundreds, several times over."""
    seed(hub, own_receiver)
    tenant = tenant_with_webhooks(hub, "fair")
    subscribe(hub, tenant, own_receiver.url("/ok?fair"))
    for _ in range(10):
        commit(hub, tenant, 200)
    served = ("serve", "--data", tmp_path, "--port", 0, "--database-url", database_url)
    for life in range(1, 4):
        with forked_command(
            tmp_path, f"life-{life}", *served, DOORWARD_WEBHOOK_ALLOWED_NETWORKS=LAB
        ) as process:
            process.first_output()
            eventually(lambda: own_receiver.count() >= 400 * life)  # noqa: B023
            assert process.end() == 0
        assert statuses(hub)["DELIVERED"] == own_receiver.count()
        assert statuses(hub)["SENDING"] == 0
    asyncio.run(engine_of(hub, "next").run_until_idle())
    assert len(set(arrivals(own_receiver))) == len(arrivals(own_receiver)) == ALL + 2000
