"""Two stations and a hub in one process, with a working network until a test breaks it; the hub's clock has the true time."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import Direction
from hub_sync.contract.sync import Override
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.check_in.checkpoints.schemas import CheckpointChanges
from hub_sync.hub.domains.check_in.tables import AccessLog
from hub_sync.hub.domains.participants import service as participants
from kiosk_app.messages import GateOutcome
from tests.faults.crash_injection import CrashPoint
from tests.faults.faulty_network import FaultyNetwork, NetworkCondition, ReceivedRows
from tests.faults.hub_template import HubTemplate
from tests.faults.killable_station import KillableStation
from tests.support.builders.event import NOON
from tests.support.builders.hub import HubInProcess

OVERRIDE = Override(reason="known to the organisers", operator="Kim")


@dataclass
class TwoGates:
    """A hub, stations A (main gate) and B (side gate), and a printer of tickets."""

    template: HubTemplate
    hub: HubInProcess
    clock: ManualClock
    a: KillableStation
    b: KillableStation

    def ticket(self, participant_id: str) -> str:
        """Return a valid ticket."""
        return self.template.printer.ticket(participant_id)

    def scan(
        self, station: KillableStation, participant_id: str, way: Direction = Direction.ENTRY
    ) -> GateOutcome:
        """Scan a ticket at a gate."""
        station.gate.choose_direction(way)
        return station.scan(lambda gate: gate.decide_scan(self.ticket(participant_id)))

    def wait(self, **time: float) -> None:
        """Move all clocks forward; arguments as of `timedelta`."""
        for clock in (self.clock, self.a.clock, self.b.clock):
            clock.advance(timedelta(**time))

    def offline(self, *stations: KillableStation) -> None:
        """Disconnect stations from the hub."""
        for station in stations:
            station.network.condition = NetworkCondition.DOWN

    def online(self, *stations: KillableStation) -> None:
        """Connect stations to the hub again; nothing is sent yet."""
        for station in stations:
            station.network.condition = NetworkCondition.CLEAR

    def sync(self, *stations: KillableStation) -> None:
        """Run all sync loops of each station until nothing is left, twice, so that each pulls the scans of the other."""
        for station in stations * 2:
            assert station.push()
            assert station.ask_time()
            assert station.pull()

    def change_checkpoint(self, name: str, **changes: Any) -> None:
        """Change a checkpoint at the hub."""
        venue = self.template.venue
        with self.hub.context.uow.begin() as work:
            check_in.update_checkpoint(
                work,
                venue.tenant_id,
                venue.event_id,
                venue.checkpoints[name],
                CheckpointChanges.model_validate(changes),
            )

    def set_standing(self, participant_id: str, standing: str) -> None:
        """Block, merge or unblock a participant at the hub."""
        venue = self.template.venue
        with self.hub.context.uow.begin() as work:
            participant = participants.get(work, venue.tenant_id, venue.event_id, participant_id)
            participant.standing = standing

    def log(self) -> list[AccessLog]:
        """Return the hub's access log, by effective time."""
        with self.hub.context.uow.read() as work:
            order = (AccessLog.effective_at_ms, AccessLog.device_id, AccessLog.sequence)
            return list(work.session.scalars(select(AccessLog).order_by(*order)))


@contextlib.contextmanager
def two_gates(folder: Path) -> Iterator[TwoGates]:
    """Build the hub and both stations, at noon."""
    template, clock = HubTemplate.of_this_process(), ManualClock(NOON)
    with contextlib.ExitStack() as closing:
        hub = HubInProcess(template.hub_in(folder), clock, template.ids("hub"))
        closing.callback(hub.close)
        stations = []
        for name in "AB":
            network = FaultyNetwork(lambda: hub, template.devices[name], CrashPoint(), ReceivedRows())
            own = ManualClock(NOON, monotonic=1_000, boot_id=f"{name}-1")
            at = template.station_in(folder, name)
            ids = template.ids(name)
            stations.append(
                KillableStation(name, at, own, network, crash=CrashPoint(), new_id=ids, true_time=clock)
            )
            closing.callback(stations[-1].close)
        yield TwoGates(template, hub, clock, *stations)
