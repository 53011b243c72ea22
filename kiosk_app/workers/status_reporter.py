"""What the screen is told beside scans: event, checkpoints, occupancy, link, devices. Runs on the gate's thread."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hardware.camera import CameraCapture
from hardware.camera import CameraState as CameraHealthState
from hardware.relay import Door, DoorState
from hardware.tones import SoundState, TonePlayer
from hub_sync.client.store import StoreError
from hub_sync.client.sync.status import ConnectionState, SyncStatus
from hub_sync.contract.clock import Clock
from hub_sync.contract.enums import CheckpointDirection, Direction
from hub_sync.contract.station_report import StationAlarm
from kiosk_app.core.assignment import Post, current_post
from kiosk_app.core.gate import Gate
from kiosk_app.core.occupancy import Inside
from kiosk_app.core.outcome import GateOutcome
from kiosk_app.core.scan_history import last_scans
from kiosk_app.messages import (
    Alarms,
    CameraState,
    CheckpointChoice,
    Checkpoints,
    Devices,
    EventInfo,
    Fact,
    LinkInfo,
    LinkState,
    Occupancy,
    RecentScans,
    ZoneCount,
)
from kiosk_app.workers.alarm_watch import AlarmWatch

EVERY_MS = 1_000
OPENING_MS = 2_000
"""A relay board is not missed before it has had time to be opened."""
DOUBLES_TOLD_FOR = timedelta(minutes=10)
"""How long the screen tells that a ticket was admitted twice; the hub keeps it."""

_CAMERA = {
    CameraHealthState.LIVE: CameraState.LIVE,
    CameraHealthState.STALE: CameraState.MISSING,
    CameraHealthState.MISSING: CameraState.MISSING,
}
_LINK = {
    ConnectionState.ONLINE: LinkState.ONLINE,
    ConnectionState.OFFLINE: LinkState.OFFLINE,
    ConnectionState.REFUSED: LinkState.REFUSED,
}


@dataclass(frozen=True, slots=True)
class GateDevices:
    """What stands at this gate; None: not asked for."""

    camera: CameraCapture | None
    door: Door | None
    player: TonePlayer


class Reporter:
    """Looks around once a second, and after each scan, and tells what has changed."""

    def __init__(
        self,
        *,
        clock: Clock,
        devices: GateDevices,
        sync_status: Callable[[], SyncStatus],
        tell: Callable[[Fact], None],
        tell_alarms: Callable[[tuple[StationAlarm, ...]], None] = lambda _: None,
    ) -> None:
        """`tell_alarms` is called each time round, with what the hub should know of this machine."""
        self._clock = clock
        self._devices = devices
        self._sync_status = sync_status
        self._tell, self._tell_alarms = tell, tell_alarms
        self._watch = AlarmWatch(
            devices.camera, devices.door, devices.player, clock=clock, sync_status=sync_status
        )
        self._inside = Inside()
        self._told: dict[type, Fact] = {}
        self._next_ms = 0
        self._link_state: LinkState | None = None
        self._remembered = False
        self._started_ms = clock.monotonic_ms()
        self._link_since: datetime | None = None

    def scanned(self, gate: Gate, outcome: GateOutcome) -> None:
        """Count a scan of this station before the hub has, and tell at the end of this turn."""
        self.soon()
        self._watch.scanned(outcome)
        try:
            post = current_post(gate.store)
        except StoreError:
            return  # the outcome itself says so; the hub's count makes up for it
        if post is not None:
            self._inside.add(outcome, post.checkpoint.zone or "")

    def soon(self) -> None:
        """Tell at the end of this turn, not within a second."""
        self._next_ms = 0

    def turn(self, gate: Gate) -> None:
        """Called after every turn of the gate's loop; looks around when it is time to."""
        now_ms = self._clock.monotonic_ms()
        if now_ms < self._next_ms:
            return
        self._next_ms = now_ms + EVERY_MS
        self._tell_if_new(self._devices_now())
        self._tell_alarms(self._watch.now(gate))
        try:
            facts = self._look_around(gate)
        except StoreError:
            return  # the next scan says so, where the operator looks
        for fact in facts:
            self._tell_if_new(fact)

    def _look_around(self, gate: Gate) -> list[Fact]:
        post = current_post(gate.store)
        facts: list[Fact] = [self._link(gate, post), self._alarms(gate)]
        if post is not None:
            facts += [_event(post), _checkpoints(gate, post), self._occupancy(gate, post)]
        if not self._remembered:
            facts.append(RecentScans(last_scans(gate.store)))
            self._remembered = True
        return facts

    def _tell_if_new(self, fact: Fact) -> None:
        if self._told.get(type(fact)) != fact:
            self._told[type(fact)] = fact
            self._tell(fact)

    def _devices_now(self) -> Devices:
        devices = self._devices
        camera = CameraState.NONE if devices.camera is None else _CAMERA[devices.camera.health().state]
        return Devices(
            camera=camera,
            sound=devices.player.health().state is SoundState.AUDIBLE,
            relay=devices.door is None or devices.door.health().state is DoorState.READY,
        )

    def _link(self, gate: Gate, post: Post | None) -> LinkInfo:
        status = self._sync_status()
        state = _LINK[status.connection]
        if state is not self._link_state:
            self._link_state, self._link_since = state, self._clock.now()
        waiting = gate.store.journal.backlog()
        max_age = timedelta(seconds=post.checkpoint.roster_max_age_s) if post else None
        return LinkInfo(
            state=state,
            since=self._link_since,
            roster_at=gate.store.venue.as_of(),
            roster_count=gate.store.roster.count,
            roster_max_age=max_age,
            waiting=waiting.rows,
            set_aside=waiting.set_aside + status.quarantined,
        )

    def _alarms(self, gate: Gate) -> Alarms:
        recovery, sync = gate.store.recovery, self._sync_status()
        told = (
            recovery.sentence if recovery else "",
            sync.alarm or "",
            sync.sentence if sync.connection is ConnectionState.REFUSED else "",
            self._door_sentence(),
            self._camera_sentence(),
        )
        doubles = gate.store.venue.conflicts(self._clock.now() - DOUBLES_TOLD_FOR)
        return Alarms(tuple(sentence for sentence in told if sentence), len(doubles))

    def _door_sentence(self) -> str:
        if self._devices.door is None or self._clock.monotonic_ms() < self._started_ms + OPENING_MS:
            return ""
        return self._devices.door.health().message

    def _camera_sentence(self) -> str:
        """Dark or overexposed pictures; a camera that is missing has its own place on the screen."""
        health = self._devices.camera.health() if self._devices.camera else None
        return health.message if health is not None and health.state is CameraHealthState.LIVE else ""

    def _occupancy(self, gate: Gate, post: Post) -> Occupancy:
        zones = self._inside.zones(gate.store)
        everywhere = post.event.name
        return Occupancy(
            tuple(ZoneCount(zone.zone or everywhere, zone.current, zone.capacity) for zone in zones)
        )


def _event(post: Post) -> EventInfo:
    return EventInfo(post.event.name, ZoneInfo(post.event.time_zone))


def _checkpoints(gate: Gate, post: Post) -> Checkpoints:
    choices = tuple(
        CheckpointChoice(row.id, row.name, row.zone or "", row.direction)
        for row in gate.store.venue.checkpoints()
    )
    allowed = post.checkpoint.direction
    direction = gate.direction if allowed is CheckpointDirection.BIDIRECTIONAL else Direction(allowed.value)
    return Checkpoints(choices, post.checkpoint.id, direction)
