"""Queues at a hub: an event with a queue and counters, and stations that push actions."""

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from httpx2 import Response
from sqlalchemy import select
from starlette.testclient import TestClient

from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.enums import DeviceProfile
from hub_sync.contract.ids import new_id
from hub_sync.contract.queue import CallRequest, QueueAction, QueueActionKind, QueueRecord
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.devices.manifest import FF_KIOSK_MODE
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.queue.queues import counters
from hub_sync.hub.domains.queue.queues import service as queues
from hub_sync.hub.domains.queue.schemas import NewCounter, NewQueue
from hub_sync.hub.domains.queue.tables import QueueTicket
from hub_sync.hub.domains.queue.tickets.actions import Clerk, call, issue
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.credential_bounds import UNBOUNDED
from hub_sync.rules.queue.order import format_number
from tests.hub_sync.hub.conftest import NOON, Seeded
from tests.hub_sync.hub.station_client import Journal, StationClient, enrol

DAY = "2026-06-10"
NOON_MS = epoch_ms(NOON)


@dataclass(frozen=True)
class HubQueues:
    """A queue A with two counters at the seeded event."""

    key: FeedKey
    queue_id: str
    counters: tuple[str, ...]


def switch_on(hub: HubContext, tenant_id: str) -> None:
    """Switch kiosks on, and with them queues."""
    with hub.uow.begin() as work:
        feature_flags.switch(work, tenant_id, FF_KIOSK_MODE, True)


def build_queues(hub: HubContext, seeded: Seeded, **members: Any) -> HubQueues:
    """Create queue A and two counters that serve it; `members` are those of a new queue."""
    switch_on(hub, seeded.tenant_id)
    key = FeedKey(seeded.tenant_id, seeded.event_id)
    with hub.uow.begin() as work:
        queue = queues.create(work, key, NewQueue(**{"name": "Registration", "letter": "A", **members}))
        made = [
            counters.create(work, key, NewCounter(name=f"Counter {n}", queue_ids=(queue.id,))).id
            for n in (1, 2)
        ]
        return HubQueues(key, queue.id, tuple(made))


@dataclass
class QueueStationClient:
    """An enrolled kiosk or desk, whose journal has actions of queues."""

    client: StationClient
    journal: Journal
    tick: int = 0
    actions: list[QueueAction] = field(default_factory=list)

    def write(self, kind: QueueActionKind, **members: Any) -> QueueAction:
        """Write an action into the journal."""
        tick = members.pop("tick", self.tick + 1)
        self.tick = tick
        action = QueueAction(
            **{
                "id": new_id(),
                "kind": kind,
                "event_id": self.journal.event_id,
                "service_date": DAY,
                "tick": tick,
                "at_ms": NOON_MS + min(tick, 60_000),
                "device_id": self.client.device_id,
                **members,
            }
        )
        self.actions.append(action)
        record = QueueRecord(
            id=action.id,
            device_id=action.device_id,
            event_id=action.event_id,
            action=action,
            observed_at_ms=action.at_ms,
            monotonic_ms=min(tick, 60_000),
            boot_id="boot",
            clock_offset_ms=0,
            clock_sure=True,
        )
        self.journal.write(record.model_dump_json())
        return action

    def issue(self, queue: str, sequence: int, *, lane: str = "", **members: Any) -> QueueAction:
        """Write the issue of a number."""
        issue = {
            "number": format_number("A", lane, sequence),
            "sequence": sequence,
            "lane": lane,
            **members.pop("issue", {}),
        }
        return self.write(
            QueueActionKind.ISSUED,
            **{"queue_id": queue, "ticket_id": new_id(), "issue": issue, **members},
        )

    def push(self) -> Response:
        """Push the whole journal."""
        return self.client.push(self.journal.request())

    def lease(self, queue_id: str, day: str = DAY, id_: str = "") -> Response:
        """Ask for numbers."""
        return self.client.client.post(
            "/api/v1/sync/queue/blocks",
            json={"id": id_ or new_id(), "queue_id": queue_id, "day": day},
            headers=self.client.headers,
        )

    def call(self, counter_id: str, *queue_ids: str, **members: Any) -> Response:
        """Ask the hub to call somebody."""
        body = {
            "id": new_id(),
            "event_id": self.journal.event_id,
            "counter_id": counter_id,
            "queue_ids": list(queue_ids),
            "tick": self.tick,
            **members,
        }
        return self.client.client.post("/api/v1/sync/queue/call", json=body, headers=self.client.headers)


def queue_station(
    hub: HubContext, client: TestClient, seeded: Seeded, name: str, profile: DeviceProfile
) -> QueueStationClient:
    """Create and enrol a station of a profile."""
    with hub.uow.begin() as work:
        new = devices.NewDevice(name=name, event_id=seeded.event_id, profile=profile)
        _, code = devices.create(work, seeded.tenant_id, new, UNBOUNDED)
    station = enrol(client, code)
    return QueueStationClient(station, Journal(station.device_id, seeded.event_id, seeded.gate_id))


def token_hash(token: str) -> str:
    """Return what a slip's token is stored as."""
    return sha256(token.encode()).hexdigest()


def give(hub: HubContext, queues: HubQueues, **members: Any) -> tuple[str, str]:
    """Issue a number, and return the ticket's id and its token; `members` are those of `issue`."""
    with hub.uow.begin() as work:
        issued = issue(work, queues.key, queues.queue_id, Clerk(), **members)
        return issued.ticket.id, issued.token


def ticket_of(hub: HubContext, ticket_id: str) -> QueueTicket:
    """Return a ticket as it is stored."""
    with hub.uow.read() as work:
        ticket = work.session.scalars(select(QueueTicket).where(QueueTicket.id == ticket_id)).one()
        work.session.expunge(ticket)
        return ticket


def call_next(hub: HubContext, queues: HubQueues, counter: int = 0) -> None:
    """Call the next one to a counter."""
    with hub.uow.begin() as work:
        request = CallRequest(
            id=new_id(),
            event_id=queues.key.event_id,
            counter_id=queues.counters[counter],
            queue_ids=(queues.queue_id,),
            tick=0,
        )
        call(work, queues.key, request, Clerk())
