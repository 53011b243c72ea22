"""Parts of engine tests: a tenant with webhooks, domain events by the hundred, engines, and counts of what is not sent."""

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from hub_sync.contract.clock import Clock, ManualClock, SystemClock
from hub_sync.contract.ids import new_id
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.domains.webhooks.delivery import engine
from hub_sync.hub.domains.webhooks.delivery.engine import DeliveryEngine
from hub_sync.hub.domains.webhooks.manifest import FF_WEBHOOKS
from hub_sync.hub.domains.webhooks.network.sender import AttemptOutcome, WebhookRequest, WebhookSender
from hub_sync.hub.domains.webhooks.network.ssrf_guard import GuardedNetwork
from hub_sync.hub.domains.webhooks.subscriptions import service as webhooks
from hub_sync.hub.domains.webhooks.tables import WebhookAttempt, WebhookDelivery
from hub_sync.hub.hub_context import build_context
from hub_sync.hub.kit.events import domain_events
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.networks import parse_networks
from hub_sync.hub.kit.security.credential_bounds import UNBOUNDED
from hub_sync.hub.kit.settings import HubSettings
from tests.support.builders.stored_domain_events import SCAN_PAYLOAD, WEBHOOK_EVENTS, insert_domain_events
from tests.support.waiting import eventually

LAB = "127.0.0.0/8"


class Waiting:
    """A sender that answers nothing before `answers` is set."""

    def __init__(self) -> None:
        self.came: list[WebhookRequest] = []
        self.answers = threading.Event()

    async def send(self, outgoing: WebhookRequest, now: datetime) -> AttemptOutcome:
        self.came.append(outgoing)
        await asyncio.to_thread(self.answers.wait)
        return AttemptOutcome(3, 200, "ok")

    async def close(self) -> None:
        return


class CountingEngine(DeliveryEngine):
    """An engine that counts how often it has looked for what other processes did."""

    looks = 0

    async def _poll(self) -> None:
        await super()._poll()
        self.looks += 1

    def wait_for_looks(self) -> None:
        """Wait until it has looked again: one look may be under way, and one has to be over."""
        looks = self.looks
        eventually(lambda: self.looks >= looks + 3)


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let engines look for what other processes did twenty times a second, instead of once."""
    monkeypatch.setattr(engine, "POLL_S", 0.05)


def another_process(folder: Path, database_url: str, clock: Clock | None = None) -> HubContext:
    """Return a hub that shares only its database with other processes."""
    settings = HubSettings(data=folder, database_url=database_url, webhook_allowed_networks=LAB)
    return build_context(settings, clock or SystemClock(), new_id)


@pytest.fixture
def hub(database_url: str, tmp_path: Path, clock: ManualClock) -> Iterator[HubContext]:
    """Yield a hub whose database has no tenant."""
    process = another_process(tmp_path, database_url, clock)
    yield process
    close(process)


def engine_of(hub: HubContext, me: str, timeout_s: float = 10) -> DeliveryEngine:
    """Return an engine whose attempts take at most so long."""
    network = GuardedNetwork(parse_networks([LAB]))
    return DeliveryEngine(hub, lambda: WebhookSender(network, timeout_s=timeout_s), me)


def tenant_with_webhooks(hub: HubContext, slug: str = "acme") -> str:
    """Create a tenant with webhooks switched on; return its id."""
    with hub.uow.begin() as work:
        tenant = tenants.create(work, hub.secret_box, slug=slug, name=slug).id
        feature_flags.switch(work, tenant, FF_WEBHOOKS, enabled=True)
    return tenant


def subscribe(
    hub: HubContext, tenant_id: str, *urls: str, event_types: tuple[str, ...] = ("*",)
) -> list[str]:
    """Create webhooks; return their ids."""
    ids = []
    with hub.uow.begin() as work:
        for url in urls:
            new = webhooks.NewSubscription(url=url, event_types=list(event_types))
            ids.append(
                webhooks.create(work, hub.secret_box, tenant_id, new, parse_networks([LAB]), UNBOUNDED)[0].id
            )
    return ids


def commit(hub: HubContext, tenant_id: str, count: int, type_: str = "ScanAccepted") -> list[str]:
    """Commit so many domain events in one transaction; return their ids."""
    ids = [hub.new_id() for _ in range(count)]
    rows = [
        {
            "id": id_,
            "type": type_,
            "event_id": None,
            "entity": "access_log",
            "entity_id": hub.new_id(),
            "payload": SCAN_PAYLOAD,
        }
        for id_ in ids
    ]
    with hub.uow.begin() as work:
        insert_domain_events(work, tenant_id, rows)
    return ids


def statuses(hub: HubContext, *subscription_ids: str) -> Counter[str]:
    """Count the deliveries by status; those of all webhooks, if none is named."""
    row = WebhookDelivery
    query = select(row.status, func.count()).group_by(row.status)
    if subscription_ids:
        query = query.where(row.subscription_id.in_(subscription_ids))
    with hub.uow.read() as work:
        return Counter({status.value: count for status, count in work.session.execute(query)})


def count_undelivered(hub: HubContext) -> int:
    """Count the domain events for webhooks that no engine has processed yet."""
    row = domain_events.StoredDomainEvent
    query = select(func.count()).where(row.delivered_at.is_(None), row.type.in_(WEBHOOK_EVENTS))
    with hub.uow.read() as work:
        return work.session.scalar(query) or 0


def attempts(hub: HubContext) -> int:
    """Count the attempts in the log."""
    with hub.uow.read() as work:
        return work.session.scalar(select(func.count()).select_from(WebhookAttempt)) or 0


def close(*hubs: HubContext) -> None:
    """Close their databases."""
    for hub in hubs:
        hub.authenticator.close()
        hub.uow.database.close()
