"""`/metrics`: the hub's metrics for Prometheus, for the allowed networks only."""

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from platform import python_version

from fastapi import APIRouter, Request
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.core import Metric
from sqlalchemy import func, literal, select
from sqlalchemy.exc import SQLAlchemyError

from hub_sync.hub.kit.events.domain_events import StoredDomainEvent
from hub_sync.hub.kit.http.context import Hub, HubContext
from hub_sync.hub.kit.metrics import gauge
from hub_sync.hub.kit.networks import is_within, parse_network_setting
from hub_sync.hub.kit.security.access import NotSwitchedOn
from hub_sync.hub.kit.security.client_address import client_ip

router = APIRouter()

PATIENCE_S = 2.0
EVENTS_COUNTED = 10_000
"""More are told as this many: counting must stay cheap however long nobody takes them."""


@router.get("/metrics", include_in_schema=False)
async def metrics(request: Request, hub: Hub) -> Response:
    """Return all metrics; while the database is away, those that need none.

    Raises:
        NotSwitchedOn: 404, the caller's network may not read it, or a proxy that the hub was not told of has sent the
            request: it brings everybody's.
    """
    peer = request.client.host if request.client else ""
    forwarded = request.headers.getlist("x-forwarded-for")
    caller = client_ip(peer, forwarded, hub.trusted_proxies)
    is_of_unknown_proxy = bool(forwarded) and not is_within(peer, hub.trusted_proxies)
    if is_of_unknown_proxy or not is_within(caller, parse_network_setting(hub.settings.metrics_networks)):
        raise NotSwitchedOn
    more = [*_build(), *await _undelivered(hub)]
    text = await hub.probes.run("metrics", lambda: hub.metrics.exposition(more), PATIENCE_S)
    return Response(text, media_type=CONTENT_TYPE_PLAIN_0_0_4, headers={"Cache-Control": "no-store"})


def _build() -> Iterator[Metric]:
    try:
        built = version("doorward")
    except PackageNotFoundError:
        built = "unknown"
    yield gauge("doorward_build_info", "What runs.", 1, version=built, python=python_version())


async def _undelivered(hub: HubContext) -> list[Metric]:
    try:
        waiting = await hub.probes.run("domain_events", lambda: _count(hub), PATIENCE_S)
    except (TimeoutError, SQLAlchemyError):
        return [gauge("doorward_database_up", "Whether the database answers.", 0)]
    return [
        gauge("doorward_database_up", "Whether the database answers.", 1),
        gauge(
            "doorward_domain_events_undelivered",
            f"Domain events that wait, {EVENTS_COUNTED} at the most.",
            waiting,
        ),
    ]


def _count(hub: HubContext) -> int:
    some = select(literal(1)).where(StoredDomainEvent.delivered_at.is_(None)).limit(EVENTS_COUNTED).subquery()
    with hub.uow.read() as work:
        return work.session.scalar(select(func.count()).select_from(some)) or 0
