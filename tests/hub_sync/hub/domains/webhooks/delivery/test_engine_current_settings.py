"""What was taken beforehand, and has not begun, is sent by the settings of now, or not at all."""

from collections.abc import Callable
from typing import cast

import pytest

from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.webhooks.delivery.endpoint_queue import CONCURRENCY
from hub_sync.hub.domains.webhooks.manifest import FF_WEBHOOKS
from hub_sync.hub.domains.webhooks.network.sender import WebhookSender
from hub_sync.hub.domains.webhooks.subscriptions import service as webhooks
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.jobs import running_jobs
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.networks import parse_networks
from hub_sync.hub.kit.security.credential_bounds import UNBOUNDED
from tests.hub_sync.hub.domains.webhooks.engine_processes import (
    LAB,
    CountingEngine,
    Waiting,
    commit,
    hub,
    often,
    statuses,
    subscribe,
    tenant_with_webhooks,
)
from tests.support.waiting import eventually

OLD, NEW = "http://127.0.0.1:1/old", "http://127.0.0.1:1/new"
MANY = 30

__all__ = ["hub", "often"]
pytestmark = pytest.mark.usefixtures("often")


def urls_after(hub: HubContext, act: Callable[[Work, str, str], object], left: dict[str, int]) -> list[str]:
    """To which URLs so many messages went, of which `WIDTH` were under way when somebody did that."""
    tenant = tenant_with_webhooks(hub)
    (webhook,) = subscribe(hub, tenant, OLD)
    sender = Waiting()
    engine = CountingEngine(hub, lambda: cast("WebhookSender", sender), "me")
    with running_jobs([engine]):
        commit(hub, tenant, MANY)
        eventually(lambda: len(sender.came) == CONCURRENCY)
        eventually(lambda: sum(statuses(hub).values()) == MANY)  # what is announced later is another matter
        with hub.uow.begin() as work:
            act(work, tenant, webhook)
        engine.wait_for_looks()  # another process may have done it: the engine sees it when it looks
        sender.answers.set()
        eventually(lambda: statuses(hub) == left)
    return [outgoing.url for outgoing in sender.came]


def test_what_is_paused_sends_no_more_than_what_is_under_way(hub: HubContext) -> None:
    urls = urls_after(hub, webhooks.pause, {"DELIVERED": CONCURRENCY, "PENDING": MANY - CONCURRENCY})
    assert urls == [OLD] * CONCURRENCY


def test_where_webhooks_are_switched_off_no_more_is_sent_than_what_is_under_way(hub: HubContext) -> None:
    def switch_off(work: Work, tenant: str, _: str) -> None:
        feature_flags.switch(work, tenant, FF_WEBHOOKS, enabled=False)

    urls = urls_after(hub, switch_off, {"DELIVERED": CONCURRENCY, "PENDING": MANY - CONCURRENCY})
    assert urls == [OLD] * CONCURRENCY


def test_what_is_deleted_is_told_no_more_than_what_is_under_way(hub: HubContext) -> None:
    assert urls_after(hub, webhooks.delete, {}) == [OLD] * CONCURRENCY


def test_what_has_moved_is_told_the_rest_at_its_new_address(hub: HubContext) -> None:
    def move(work: Work, tenant: str, webhook: str) -> None:
        changes = webhooks.SubscriptionChanges(url=NEW)
        webhooks.update(work, tenant, webhook, changes, parse_networks([LAB]), UNBOUNDED)

    urls = urls_after(hub, move, {"DELIVERED": MANY})
    assert urls == [OLD] * CONCURRENCY + [NEW] * (MANY - CONCURRENCY)
