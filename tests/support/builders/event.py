"""An event at a hub, with checkpoints, people and stations that may enrol."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

import httpx

from hub_sync.client.enrolment import enrol, parse_enrolment_code
from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.store import FileKeyStore, Store, open_store
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
from hub_sync.hub.kit.security.credential_bounds import UNBOUNDED
from tests.support.builders.hub import HubInProcess, HubTransport
from tests.support.builders.people import APPROVED

NOON = datetime(2026, 6, 10, 10, tzinfo=UTC)
"""Noon in Berlin, on the first of the event's two days."""
HUB_URL = "http://hub.test"


CHECKPOINTS = {"main": "hall", "side": "hall", "lounge": "vip", "exit": ""}
"""Names of the checkpoints, and the zone of each; "" leads into and out of the venue."""
STATIONS = {"A": "main", "B": "side"}
"""Names of the stations, and the checkpoint of each."""


@dataclass(frozen=True)
class BuiltEvent:
    """Ids of an event: its checkpoints by name, device ids and enrolment codes by the name of the station."""

    tenant_id: str
    event_id: str
    checkpoints: dict[str, str]
    device_ids: dict[str, str]
    enrol_codes: dict[str, str]

    def set_status(self, hub: HubContext, participant_id: str, status: ParticipantStatus) -> None:
        """Set the status of a participant at the hub."""
        with hub.uow.begin() as work:
            participants.update_status(work, self.tenant_id, self.event_id, participant_id, status)

    def register(self, hub: HubContext, participant_id: str, status: ParticipantStatus = APPROVED) -> None:
        """Register a participant, whose code is REG- and the id."""
        with hub.uow.begin() as work:
            participants.create(work, self.tenant_id, self.event_id, new_participant(participant_id, status))


def build_event(
    hub: HubContext,
    people: Mapping[str, ParticipantStatus] = MappingProxyType({}),
    *,
    checkpoints: Mapping[str, str] = MappingProxyType(CHECKPOINTS),
    stations: Mapping[str, str] = MappingProxyType(STATIONS),
    group_ref: str = "",
) -> BuiltEvent:
    """Create a tenant and an event that is on at NOON.

    Args:
        hub: the hub's parts.
        people: status by participant id; registration codes are REG- and the id.
        checkpoints: zone by the name of the checkpoint; all are bidirectional gates.
        stations: name of the checkpoint by the name of the station; all may enrol.
        group_ref: the group of all of them.
    """
    with hub.uow.begin() as work:
        tenant = tenants.create(work, hub.secret_box, slug="acme", name="Acme")
        event = events.create(work, tenant.id, new_event())
        scope = (work, tenant.id, event.id)
        checkpoint_ids = {
            name: check_in.create_checkpoint(*scope, new_checkpoint(name, zone)).id
            for name, zone in checkpoints.items()
        }
        if people:
            participants.create_many(
                *scope, [new_participant(*person, group_ref) for person in people.items()]
            )
        device_ids, enrol_codes = {}, {}
        for name, checkpoint in stations.items():
            new = devices.NewDevice(name=name, event_id=event.id, checkpoint_id=checkpoint_ids[checkpoint])
            device, enrol_codes[name] = devices.create(work, tenant.id, new, UNBOUNDED)
            device_ids[name] = device.id
    return BuiltEvent(tenant.id, event.id, checkpoint_ids, device_ids, enrol_codes)


def new_event() -> events.NewEvent:
    """Return what the hub needs to create the event: two days in Berlin."""
    return events.NewEvent(
        slug="summit",
        name="Summit",
        starts_at=datetime(2026, 6, 10, 6, tzinfo=UTC),
        ends_at=datetime(2026, 6, 11, 16, tzinfo=UTC),
        time_zone="Europe/Berlin",
        capacity=500,
    )


def new_checkpoint(name: str, zone: str) -> NewCheckpoint:
    """Return what the hub needs to create a gate for both directions."""
    return NewCheckpoint(name=name, type="gate", direction=CheckpointDirection.BIDIRECTIONAL, zone=zone)


def enrolled_store(
    folder: Path, hub: HubInProcess, venue: BuiltEvent, gate: str, clock: Clock, new_id: Callable[[], str]
) -> Store:
    """Return the store of a station that has enrolled over the hub's HTTP layer and pulled nothing yet."""
    store = open_store(folder, FileKeyStore(folder), clock, new_id)
    api = HubApi(HUB_URL, boot_id=clock.boot_id, transport=HubTransport(hub))
    enrol(store, api, parse_enrolment_code(venue.enrol_codes[gate], HUB_URL), serial=gate, software="test")
    api.close()
    return store


def connect_api(store: Store, clock: Clock, transport: httpx.BaseTransport) -> HubApi:
    """Return the hub's API as an enrolled station calls it, over any transport."""
    enrolment = store.settings.enrolment()
    assert enrolment is not None
    return HubApi(HUB_URL, credential=enrolment.credential, boot_id=clock.boot_id, transport=transport)


def new_participant(
    participant_id: str, status: ParticipantStatus = APPROVED, group_ref: str = ""
) -> NewParticipant:
    """Return what the hub needs to register somebody, whose code is REG- and the id."""
    return NewParticipant(
        id=participant_id,
        first_name=participant_id.capitalize(),
        last_name="Guest",
        registration_code=f"REG-{participant_id}",
        status=status,
        category="visitor",
        group_ref=group_ref,
    )
