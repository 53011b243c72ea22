"""The parts of the running hub; an endpoint gets them by a parameter `hub: Hub`."""

import threading
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from hub_sync.contract.clock import Clock
from hub_sync.contract.ids import NewId
from hub_sync.hub.kit.db.group_commit import GroupCommit
from hub_sync.hub.kit.db.unit_of_work import UnitOfWork
from hub_sync.hub.kit.db.write_batches import WriteBatches
from hub_sync.hub.kit.events.live_streams import LiveStreams
from hub_sync.hub.kit.events.notifier import Notifier
from hub_sync.hub.kit.events.redis_backend import RedisBackend
from hub_sync.hub.kit.events.shared_reads import SharedReads
from hub_sync.hub.kit.http.export_slots import ExportSlots
from hub_sync.hub.kit.http.idempotency import InFlightRequests
from hub_sync.hub.kit.http.probes import Probes
from hub_sync.hub.kit.http.route_threads import RouteThreads
from hub_sync.hub.kit.metrics import HubMetrics
from hub_sync.hub.kit.networks import Network
from hub_sync.hub.kit.security.access import Authenticator, EventGuard
from hub_sync.hub.kit.security.encryption import SecretBox
from hub_sync.hub.kit.security.rate_limits import RateLimits
from hub_sync.hub.kit.settings import HubSettings


@dataclass(frozen=True)
class HubContext:
    """The parts that `create_app` built, for endpoints, jobs and commands."""

    settings: HubSettings
    clock: Clock
    new_id: NewId
    uow: UnitOfWork
    write_batches: WriteBatches
    group_commit: GroupCommit
    notifier: Notifier
    live_streams: LiveStreams
    secret_box: SecretBox
    authenticator: Authenticator
    rate_limits: RateLimits
    shared_reads: SharedReads
    guard_event: EventGuard
    trusted_proxies: tuple[Network, ...] = ()
    metrics: HubMetrics = field(default_factory=HubMetrics)
    redis_backend: RedisBackend | None = None
    probes: Probes = field(default_factory=Probes)
    in_flight_requests: InFlightRequests = field(default_factory=InFlightRequests)
    route_threads: RouteThreads = field(default_factory=RouteThreads)
    export_slots: ExportSlots = field(default_factory=ExportSlots)
    stopping: threading.Event = field(default_factory=threading.Event)
    """Set when this process has been asked to stop."""


async def get_hub(request: HTTPConnection) -> HubContext:
    """Return the running hub."""
    context: HubContext = request.app.state.hub
    return context


Hub = Annotated[HubContext, Depends(get_hub)]
