"""An event at a hub, with gates, people and stations that may enrol: what journeys and fault tests begin with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx

from hub_sync.client.enrolment import enrol, read_code
from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.store import FileCustody, Store, open_store
from hub_sync.contract.clock import Clock
from hub_sync.contract.enums import CheckpointDirection, ParticipantStatus
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.check_in.checkpoints.schemas import NewCheckpoint
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.schemas import NewParticipant
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.rules.ticket_codec import KeyRing, TicketKey, TicketPayload, seal_ticket
from tests.support.hub_in_process import HubInProcess, Line

NOON = datetime(2026, 6, 10, 10, tzinfo=UTC)
"""Noon in Berlin, on the first of the event's two days."""
HUB_URL = "http://hub.test"
APPROVED, CANCELLED = ParticipantStatus.APPROVED, ParticipantStatus.CANCELLED


@dataclass(frozen=True)
class Venue:
    """Ids of an event: its checkpoints by name, its devices' enrolment codes by name."""

    tenant_id: str
    event_id: str
    checkpoints: dict[str, str]
    codes: dict[str, str]

    def set_status(self, hub: HubContext, participant_id: str, status: ParticipantStatus) -> None:
        """Cancel or approve somebody at the hub."""
        with hub.uow.begin() as work:
            participants.update_status(work, self.tenant_id, self.event_id, participant_id, status)

    def register(self, hub: HubContext, participant_id: str, status: ParticipantStatus = APPROVED) -> None:
        """Register somebody, whose code is REG- and the id."""
        with hub.uow.begin() as work:
            participants.create(work, self.tenant_id, self.event_id, _new(participant_id, status))


def open_venue(
    hub: HubContext, people: dict[str, ParticipantStatus], gates: tuple[str, ...] = ("A", "B")
) -> Venue:
    """Two gates (main, side) of one zone, a lounge of another, and a station for each of `gates`: A at main, B at side."""
    with hub.uow.begin() as work:
        tenant = tenants.create(work, hub.seal, slug="acme", name="Acme")
        event = events.create(
            work,
            tenant.id,
            events.NewEvent(
                slug="summit",
                name="Summit",
                starts_at=datetime(2026, 6, 10, 6, tzinfo=UTC),
                ends_at=datetime(2026, 6, 11, 16, tzinfo=UTC),
                time_zone="Europe/Berlin",
                capacity=500,
            ),
        )
        both = CheckpointDirection.BIDIRECTIONAL
        points = {
            name: check_in.create_checkpoint(
                work, tenant.id, event.id, NewCheckpoint(name=name, direction=both, zone=zone)
            ).id
            for name, zone in (("main", "hall"), ("side", "hall"), ("lounge", "vip"))
        }
        participants.create_many(
            work, tenant.id, event.id, [_new(who, status) for who, status in people.items()]
        )
        codes = {}
        for gate, point in zip(gates, ("main", "side"), strict=False):
            new = devices.NewDevice(name=gate, event_id=event.id, checkpoint_id=points[point])
            _, codes[gate] = devices.create(work, tenant.id, new)
    return Venue(tenant.id, event.id, points, codes)


def enrolled(
    folder: Path, hub: HubInProcess, venue: Venue, gate: str, clock: Clock, new_id: Callable[[], str]
) -> Store:
    """The store of a station that has just enrolled and pulled nothing yet."""
    store = open_store(folder, FileCustody(folder), clock, new_id)
    api = HubApi(HUB_URL, boot_id=clock.boot_id, transport=Line(hub))
    enrol(store, api, read_code(venue.codes[gate], HUB_URL), serial=gate, software="test")
    api.close()
    return store


def connect(store: Store, clock: Clock, transport: httpx.BaseTransport) -> HubApi:
    """The hub to an enrolled station, over some line."""
    enrolment = store.settings.enrolment()
    assert enrolment is not None
    return HubApi(HUB_URL, credential=enrolment.credential, boot_id=clock.boot_id, transport=transport)


@dataclass(frozen=True)
class Printer:
    """Prints tickets of an event as its hub would; and such as it would not."""

    venue: Venue
    key: TicketKey

    @classmethod
    def of(cls, venue: Venue, ring: KeyRing) -> "Printer":
        """With the key that a station was told."""
        return cls(venue, ring.sealing(NOON))

    def ticket(self, participant_id: str, *, tenant: str = "", event: str = "") -> str:
        """The text of a ticket."""
        payload = TicketPayload(
            pid=participant_id, tid=tenant or self.venue.tenant_id, eid=event or self.venue.event_id, iat=1
        )
        return seal_ticket(payload, self.key)

    def forged(self, participant_id: str) -> str:
        """A ticket of somebody who made a key of their own."""
        return Printer(self.venue, TicketKey(self.key.kid, bytes(32))).ticket(participant_id)


def _new(participant_id: str, status: ParticipantStatus) -> NewParticipant:
    return NewParticipant(
        id=participant_id,
        first_name=participant_id.capitalize(),
        last_name="Guest",
        registration_code=f"REG-{participant_id}",
        status=status,
        category="visitor",
    )
