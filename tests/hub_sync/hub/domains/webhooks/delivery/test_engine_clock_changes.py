"""The hub's clock is set, or its machine slept, while messages are under way: their leases are over all at once."""

from collections.abc import Callable
from datetime import timedelta
from typing import cast

import pytest

from hub_sync.contract.clock import ManualClock
from hub_sync.hub.domains.webhooks.delivery.batch import BatchInput, BatchResult
from hub_sync.hub.domains.webhooks.delivery.engine import DeliveryEngine
from hub_sync.hub.domains.webhooks.delivery.leases import LEASE
from hub_sync.hub.domains.webhooks.delivery.repository import DeliveryRepository
from hub_sync.hub.domains.webhooks.network.sender import WebhookSender
from hub_sync.hub.kit.events.jobs import running_jobs
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.domains.webhooks.engine_processes import (
    CountingEngine,
    Waiting,
    attempts,
    commit,
    hub,
    often,
    statuses,
    subscribe,
    tenant_with_webhooks,
)
from tests.support.waiting import eventually

__all__ = ["hub", "often"]
pytestmark = pytest.mark.usefixtures("often")


def test_what_is_under_way_is_neither_sent_nor_written_down_twice(
    hub: HubContext, clock: ManualClock
) -> None:
    tenant = tenant_with_webhooks(hub)
    subscribe(hub, tenant, "http://127.0.0.1:1/")
    sender = Waiting()
    engine = CountingEngine(hub, lambda: cast("WebhookSender", sender), "me")
    with running_jobs([engine]):
        ids = commit(hub, tenant, 3)
        eventually(lambda: len(sender.came) == 3)
        clock.jump(LEASE + timedelta(minutes=5))
        engine.wait_for_looks()  # and takes again what nobody seems to have
        sender.answers.set()
        eventually(lambda: statuses(hub) == {"DELIVERED": 3})
    assert sorted(outgoing.message_id for outgoing in sender.came) == sorted(ids)
    assert attempts(hub) == 3


def test_what_arrives_while_it_is_claimed_again_is_not_sent_twice(
    hub: HubContext, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lease ran out, a transaction claims it anew, and before the engine reads its result the attempt has ended."""
    tenant = tenant_with_webhooks(hub)
    subscribe(hub, tenant, "http://127.0.0.1:1/")
    sender = Waiting()
    engine = DeliveryEngine(hub, lambda: cast("WebhookSender", sender), "me")
    run: Callable[[DeliveryRepository, BatchInput], BatchResult] = DeliveryRepository.run_batch

    def run_and_let_attempts_end(repository: DeliveryRepository, batch: BatchInput) -> BatchResult:
        result = run(repository, batch)
        if clock.now() > began + LEASE and result.claimed:
            sender.answers.set()
            eventually(lambda: engine._pending.attempted)
        return result

    began = clock.now()
    monkeypatch.setattr(DeliveryRepository, "run_batch", run_and_let_attempts_end)
    with running_jobs([engine]):
        commit(hub, tenant, 1)
        eventually(lambda: len(sender.came) == 1)
        clock.jump(LEASE + timedelta(minutes=5))
        eventually(lambda: statuses(hub) == {"DELIVERED": 1})
    assert len(sender.came) == 1
    assert attempts(hub) == 1
