"""Reports the station's status to the screen: event, checkpoints, occupancy, connection, devices. Runs on the gate's thread."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hardware.camera import CameraCapture, CameraState
from hardware.relay import Door, DoorState
from hardware.tones import SoundState, TonePlayer
from hub_sync.client.store import StoreError
from hub_sync.client.sync.status import ConnectionState, SyncStatus
from hub_sync.contract.clock import Clock
from hub_sync.contract.station_report import StationAlarm
from kiosk_app.core.assignment import Assignment, current_assignment
from kiosk_app.core.gate import Gate
from kiosk_app.core.occupancy import OccupancyCounter
from kiosk_app.core.scan_history import last_scans
from kiosk_app.messages import (
    ActiveAlarms,
    CameraAvailability,
    CheckpointOption,
    CheckpointOptions,
    ConnectionStatus,
    EventInfo,
    GateDeviceStatus,
    GateOutcome,
    HubConnectionState,
    Occupancy,
    Publish,
    RecentScans,
    StatusMessage,
    ZoneCapacity,
)
from kiosk_app.workers.alarm_watch import AlarmWatch

UPDATE_EVERY_MS = 1_000
OPENING_MS = 2_000
"""A relay board that is not ready is no alarm before it has had this time to be opened."""
DOUBLES_SHOWN_FOR = timedelta(minutes=10)
"""The time for which the screen shows that a ticket was admitted twice; the hub keeps it."""

_CAMERA = {
    CameraState.LIVE: CameraAvailability.LIVE,
    CameraState.STALE: CameraAvailability.MISSING,
    CameraState.MISSING: CameraAvailability.MISSING,
}
_CONNECTION = {
    ConnectionState.ONLINE: HubConnectionState.ONLINE,
    ConnectionState.OFFLINE: HubConnectionState.OFFLINE,
    ConnectionState.REFUSED: HubConnectionState.REFUSED,
}


@dataclass(frozen=True, slots=True)
class GateDevices:
    """The devices at this gate; None: not configured."""

    camera: CameraCapture | None
    door: Door | None
    player: TonePlayer


class StatusReporter:
    """Collects the status once a second and after each scan, and publishes what has changed."""

    def __init__(
        self,
        *,
        clock: Clock,
        devices: GateDevices,
        sync_status: Callable[[], SyncStatus],
        publish: Publish,
        report_alarms: Callable[[tuple[StationAlarm, ...]], None] = lambda _: None,
    ) -> None:
        """Take the parts. `report_alarms` is called at each update with the alarms for the hub."""
        self._clock = clock
        self._devices = devices
        self._sync_status = sync_status
        self._publish, self._report_alarms = publish, report_alarms
        self._alarm_watch = AlarmWatch(
            devices.camera, devices.door, devices.player, clock=clock, sync_status=sync_status
        )
        self._occupancy_counter = OccupancyCounter()
        self._published: dict[type, StatusMessage] = {}
        self._next_update_ms = 0
        self._connection_state: HubConnectionState | None = None
        self._connection_since: datetime | None = None
        self._recent_scans_published = False
        self._started_ms = clock.monotonic_ms()

    def count_scan(self, gate: Gate, outcome: GateOutcome) -> None:
        """Count a scan of this station before the hub has, and update at the end of this turn."""
        self.request_update()
        self._alarm_watch.record_scan(outcome)
        try:
            assignment = current_assignment(gate.store)
        except StoreError:
            return  # the outcome itself says so; the hub's count makes up for it
        if assignment is not None:
            self._occupancy_counter.add(outcome, assignment.checkpoint.zone or "")

    def request_update(self) -> None:
        """Update at the end of this turn, not within a second."""
        self._next_update_ms = 0

    def update(self, gate: Gate) -> None:
        """Publish what has changed, if an update is due; called after every turn of the gate's loop."""
        now_ms = self._clock.monotonic_ms()
        if now_ms < self._next_update_ms:
            return
        self._next_update_ms = now_ms + UPDATE_EVERY_MS
        self._publish_if_changed(self._device_status())
        self._report_alarms(self._alarm_watch.active(gate))
        try:
            messages = self._collect(gate)
        except StoreError:
            return  # the next scan says so, where the operator looks
        for message in messages:
            self._publish_if_changed(message)

    def _collect(self, gate: Gate) -> list[StatusMessage]:
        assignment = current_assignment(gate.store)
        messages: list[StatusMessage] = [self._connection(gate, assignment), self._alarms(gate)]
        if assignment is not None:
            messages += [
                _event_info(assignment),
                _checkpoint_options(gate, assignment),
                self._occupancy(gate, assignment),
            ]
        if not self._recent_scans_published:
            messages.append(RecentScans(last_scans(gate.store)))
            self._recent_scans_published = True
        return messages

    def _publish_if_changed(self, message: StatusMessage) -> None:
        if self._published.get(type(message)) != message:
            self._published[type(message)] = message
            self._publish(message)

    def _device_status(self) -> GateDeviceStatus:
        devices = self._devices
        camera = CameraAvailability.NONE if devices.camera is None else _CAMERA[devices.camera.health().state]
        return GateDeviceStatus(
            camera=camera,
            sound=devices.player.health().state is SoundState.AUDIBLE,
            relay=devices.door is None or devices.door.health().state is DoorState.READY,
        )

    def _connection(self, gate: Gate, assignment: Assignment | None) -> ConnectionStatus:
        status = self._sync_status()
        state = _CONNECTION[status.connection]
        if state is not self._connection_state:
            self._connection_state, self._connection_since = state, self._clock.now()
        pending = gate.store.journal.backlog()
        max_age = timedelta(seconds=assignment.checkpoint.roster_max_age_s) if assignment else None
        return ConnectionStatus(
            state=state,
            since=self._connection_since,
            roster_at=gate.store.venue.as_of(),
            roster_count=gate.store.roster.count,
            roster_max_age=max_age,
            pending=pending.rows,
            set_aside=pending.set_aside + status.quarantined,
        )

    def _alarms(self, gate: Gate) -> ActiveAlarms:
        recovery, sync = gate.store.recovery, self._sync_status()
        sentences = (
            recovery.sentence if recovery else "",
            sync.alarm or "",
            sync.not_understood or "",
            sync.sentence if sync.connection is ConnectionState.REFUSED else "",
            self._door_sentence(),
            self._camera_sentence(),
        )
        doubles = gate.store.venue.conflicts(self._clock.now() - DOUBLES_SHOWN_FOR)
        return ActiveAlarms(tuple(sentence for sentence in sentences if sentence), len(doubles))

    def _door_sentence(self) -> str:
        if self._devices.door is None or self._clock.monotonic_ms() < self._started_ms + OPENING_MS:
            return ""
        return self._devices.door.health().message

    def _camera_sentence(self) -> str:
        """Return the sentence about dark or overexposed pictures; the screen shows a missing camera elsewhere."""
        health = self._devices.camera.health() if self._devices.camera else None
        return health.message if health is not None and health.state is CameraState.LIVE else ""

    def _occupancy(self, gate: Gate, assignment: Assignment) -> Occupancy:
        event_name = assignment.event.name
        zones = self._occupancy_counter.zones(gate.store)
        return Occupancy(
            tuple(ZoneCapacity(zone.zone or event_name, zone.current, zone.capacity) for zone in zones)
        )


def _event_info(assignment: Assignment) -> EventInfo:
    return EventInfo(assignment.event.name, ZoneInfo(assignment.event.time_zone))


def _checkpoint_options(gate: Gate, assignment: Assignment) -> CheckpointOptions:
    options = tuple(
        CheckpointOption(row.id, row.name, row.zone or "", row.direction)
        for row in gate.store.venue.checkpoints()
    )
    direction = gate.direction_at(assignment.checkpoint)
    return CheckpointOptions(options, assignment.checkpoint.id, direction)
