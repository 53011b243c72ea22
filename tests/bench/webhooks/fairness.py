"""Benchmark of fairness: latency of messages to 200 endpoints, with and without one endpoint among them that hangs."""

import statistics
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from hub_sync.contract.ids import new_id
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.domains.webhooks import service as webhooks
from hub_sync.hub.domains.webhooks.delivery.endpoint_queue import CONCURRENCY
from hub_sync.hub.domains.webhooks.manifest import FF_WEBHOOKS
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.networks import parse_networks
from hub_sync.hub.kit.security.credential_bounds import UNBOUNDED
from tests.support.builders.stored_domain_events import insert_domain_events
from tests.support.webhook_receiver import WebhookReceiver

ENDPOINTS = 200
EVERY = timedelta(milliseconds=400)
"""All 200 have the message before the next domain event: no queue is measured."""


def measure(
    hub: HubContext, receiver: WebhookReceiver, lab: str, payload: dict[str, Any], count: int
) -> dict[str, float]:
    """Return the milliseconds from a commit to the arrival at 95 in 100 of the endpoints that respond: the median over the domain events.

    Over all domain events together, the one in twelve that meets another program's work would decide alone.
    The one that hangs has as many attempts open as it may, all the time: with up to 16 domain events the round ends before the first
    attempt times out.
    """
    with hub.uow.begin() as work:
        tenant = tenants.create(work, hub.secret_box, slug="fairness", name="Fairness").id
        feature_flags.switch(work, tenant, FF_WEBHOOKS, enabled=True)
    _subscribe(hub, tenant, [receiver.url(f"/ok?{number}") for number in range(ENDPOINTS)], lab)
    _round(hub, tenant, receiver, payload, CONCURRENCY)
    without = _round(hub, tenant, receiver, payload, count)
    _subscribe(hub, tenant, [receiver.url("/hang")], lab)
    _round(hub, tenant, receiver, payload, CONCURRENCY)
    return {"p95_ms_without": without, "p95_ms_with": _round(hub, tenant, receiver, payload, count)}


def _subscribe(hub: HubContext, tenant: str, urls: Sequence[str], lab: str) -> None:
    with hub.uow.begin() as work:
        for url in urls:
            new = webhooks.NewSubscription(url=url, event_types=["scan.accepted"])
            webhooks.create(work, hub.secret_box, tenant, new, parse_networks([lab]), UNBOUNDED)


def _round(
    hub: HubContext, tenant: str, receiver: WebhookReceiver, payload: dict[str, Any], count: int
) -> float:
    receiver.log(clear=True)
    committed = {}
    for _ in range(count):
        id_ = new_id()
        row = {
            "id": id_,
            "type": "ScanAccepted",
            "event_id": None,
            "entity": "access_log",
            "entity_id": id_,
            "payload": payload,
        }
        with hub.uow.begin() as work:
            insert_domain_events(work, tenant, [row])
        committed[id_] = time.time()
        time.sleep(EVERY.total_seconds())
    while (
        len(requests := [request for request in receiver.log() if request["path"] != "/hang"])
        < count * ENDPOINTS
    ):
        time.sleep(0.1)
    by_message: dict[str, list[float]] = {id_: [] for id_ in committed}
    for request in requests:
        id_ = request["headers"]["webhook-id"]
        by_message[id_].append((request["at"] - committed[id_]) * 1000)
    return round(
        statistics.median(sorted(delays)[int(ENDPOINTS * 0.95)] for delays in by_message.values()), 1
    )
