"""Reports the station's status to the screen: event, checkpoints, occupancy, connection, devices. Runs on the gate's thread."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from hardware.camera import CameraCapture, CameraFault, CameraState
from hardware.printer import PrinterHealth
from hardware.relay import Door, DoorFault, DoorState
from hardware.scanner import HandScanner, ScannerFault, ScannerHealth, ScannerState
from hardware.tones import SoundState, TonePlayer
from hub_sync.client.fleet.agent import CLONED
from hub_sync.client.lan.status import LanStatus
from hub_sync.client.store import DiskSpace, DiskState, StoreError
from hub_sync.client.sync.status import ConnectionState, SyncStatus
from hub_sync.contract.clock import Clock
from hub_sync.contract.enums import DeviceStatus
from hub_sync.contract.station_report import StationAlarm
from hub_sync.rules.rules_from_rows import event_rules
from kiosk_app.core.assignment import Assignment, checkpoints_to_choose, current_assignment
from kiosk_app.core.double_admissions import double_admissions
from kiosk_app.core.events import event_options
from kiosk_app.core.gate import Gate
from kiosk_app.core.gate_readiness import gate_readiness
from kiosk_app.core.occupancy import OccupancyCounter
from kiosk_app.core.passage.monitor import PassageMonitor
from kiosk_app.core.scan_history import last_scans
from kiosk_app.core.station_options import load_options
from kiosk_app.messages import (
    ActiveAlarms,
    CameraAvailability,
    CheckpointOption,
    CheckpointOptions,
    ConnectionStatus,
    DoubleAdmissions,
    EventInfo,
    GateDeviceStatus,
    GateOutcome,
    GateReadiness,
    HubConnectionState,
    Neighbours,
    Occupancy,
    PassageUpdate,
    Publish,
    ReadinessState,
    RecentScans,
    ScannerAvailability,
    StatusMessage,
    UnreleasedMembers,
    ZoneCapacity,
)
from kiosk_app.workers.alarm_watch import AlarmWatch
from kiosk_app.workers.kiosk_commands import KioskCommands

_log = structlog.get_logger()

UPDATE_EVERY_MS = 1_000
_MAX_TOLD = 10_000
"""Messages of other stations that wait to be counted. The pull counts what is lost of them."""
OPENING_MS = 2_000
"""A relay board that is not ready is no alarm before it has had this time to be opened."""
CONNECTING_MS = 4_000
"""A hub that has not answered is not called silent before it has had this time."""

_CAMERA_FAULTS = {
    CameraFault.FROZEN: CameraAvailability.FROZEN,
    CameraFault.SILENT: CameraAvailability.FROZEN,
    CameraFault.BUSY: CameraAvailability.BUSY,
    CameraFault.ACCESS_DENIED: CameraAvailability.ACCESS_DENIED,
    CameraFault.COVERED: CameraAvailability.COVERED,
    CameraFault.OVEREXPOSED: CameraAvailability.OVEREXPOSED,
    CameraFault.ENDED: CameraAvailability.ENDED,
}
"""The faults that have a picture of their own; every other one is a camera that is missing."""
_SCANNER_FAULTS = {
    ScannerFault.OPENING: ScannerAvailability.STARTING,
    ScannerFault.LOST: ScannerAvailability.MISSING,
    ScannerFault.BUSY: ScannerAvailability.BUSY,
    ScannerFault.ACCESS_DENIED: ScannerAvailability.ACCESS_DENIED,
    ScannerFault.FLOODING: ScannerAvailability.FLOODING,
    ScannerFault.FAILED: ScannerAvailability.MISSING,
}
_OF_EVENT = (EventInfo, Occupancy, DoubleAdmissions, CheckpointOptions, RecentScans)
"""What the screen shows of an event."""
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
    scanner: HandScanner = field(default_factory=HandScanner)


class StatusReporter:
    """Collects the status once a second and after each scan, and publishes what has changed.

    Each part is collected by itself: one that fails is an alarm, and the others are published all the same.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        devices: GateDevices,
        sync_status: Callable[[], SyncStatus],
        publish: Publish,
        report_alarms: Callable[[tuple[StationAlarm, ...]], None] = lambda _: None,
        may_decide: Callable[[], bool] = lambda: True,
        passages: PassageMonitor | None = None,
        lan_status: Callable[[], LanStatus] = LanStatus,
        printer_health: Callable[[], PrinterHealth | None] = lambda: None,
        kiosk: KioskCommands | None = None,
        needs_sound: bool = True,
    ) -> None:
        """Take the parts. `report_alarms` is called at each update with the alarms for the hub.

        `kiosk`: this station is one, whose screen never gets a whole name. `needs_sound` False: a missing sound device is no alarm.

        `may_decide` returns False as long as the gate waits for its door.
        """
        self._clock = clock
        self._devices = devices
        self._sync_status = sync_status
        self._publish, self._report_alarms = publish, report_alarms
        self._may_decide, self._waits_for_door = may_decide, False
        self._lan_status, self._kiosk = lan_status, kiosk
        self._heard: deque[tuple[str, ...]] = deque(maxlen=_MAX_TOLD)
        self._alarm_watch = AlarmWatch(
            devices.camera,
            devices.door,
            devices.player,
            scanner=devices.scanner,
            passages=passages,
            printer_health=printer_health,
            clock=clock,
            sync_status=sync_status,
            needs_sound=needs_sound,
            kiosk_alarms=kiosk.alarms if kiosk is not None else lambda: (),
        )
        self._passages = passages
        self._occupancy_counter = OccupancyCounter()
        self._published: dict[type, StatusMessage] = {}
        self._failing: set[str] = set()
        self._next_update_ms = 0
        self._connection_state: HubConnectionState | None = None
        self._connection_since: datetime | None = None
        self._started_ms = clock.monotonic_ms()
        self._recent_scans_due = True
        self._event_id: str | None = None

    def count_scan(self, gate: Gate, outcome: GateOutcome) -> None:
        """Count a scan of this station before the hub has, and update at the end of this turn."""
        self.request_update()
        self._try("scan alarms", lambda: self._alarm_watch.record_scan(outcome))
        # Where this fails, the hub's count makes up for it.
        self._try("own scans", lambda: self._occupancy_counter.add(gate.store, outcome))

    def count_passage(self, gate: Gate, update: PassageUpdate) -> None:
        """Count a person again whose admission was given back or who passed late, and update at the end of this turn."""
        self.request_update()
        self._try("passages", lambda: self._count_passage(gate, update))

    def _count_passage(self, gate: Gate, update: PassageUpdate) -> None:
        scan = gate.store.journal.find_scan(update.scan_id) if update.scan_id else None
        event = gate.store.venue.event()
        if scan is None or event is None or scan.event_id != event.id:
            return  # of another event, which the station served before
        if scan.participant_id:
            self._occupancy_counter.add_passage(gate.store, scan.participant_id)

    def note_told(self, people: tuple[str, ...]) -> None:
        """Note people of whom other stations told, so that they are counted. Called on the thread of the local network."""
        self._heard.append(people)

    def record_failure(self) -> None:
        """Raise the alarm about a failure of the program that nobody foresaw."""
        self._alarm_watch.record_failure()

    def request_update(self) -> None:
        """Update at the end of this turn, not within a second."""
        self._next_update_ms = 0

    def update(self, gate: Gate) -> None:
        """Publish what has changed, if an update is due; called after every turn of the gate's loop."""
        now_ms, waits_for_door = self._clock.monotonic_ms(), not self._may_decide()
        if now_ms < self._next_update_ms and waits_for_door is self._waits_for_door:
            return
        self._waits_for_door = waits_for_door
        self._next_update_ms = now_ms + UPDATE_EVERY_MS
        self._publish_parts({"devices": self._device_status})
        self._try("events", lambda: self._note_event(gate))
        try:
            assignment = current_assignment(gate.store)
        except StoreError:
            assignment = None
        except Exception as failure:  # noqa: BLE001 -- a bug, or a row that this program does not understand
            self._report_failure("assignment", failure)
            assignment = None
        else:
            self._try("time zone", lambda: self._note_time_zone(assignment))
            self._publish_parts({"readiness": lambda: self._readiness(gate, assignment)})
        self._publish_parts(self._parts(gate, assignment))
        self._try("event", lambda: self._note_event_info(gate))
        self._try("report", lambda: self._report_alarms(self._alarm_watch.active(gate)))

    def _note_event(self, gate: Gate) -> None:
        """Publish everything about the event anew when the gate serves another one: the screen forgets what it has."""
        event_id = gate.store.events.served_id()
        if self._event_id not in (None, event_id):
            for kind in _OF_EVENT:
                self._published.pop(kind, None)
            self._recent_scans_due = True
        self._event_id = event_id
        self._publish_if_changed(event_options(gate.store))

    def _note_event_info(self, gate: Gate) -> None:
        """Publish the event's name and time zone, before a checkpoint is chosen, too."""
        if (event := gate.store.venue.event()) is not None:
            self._publish_if_changed(EventInfo(event.name, event_rules(event).time_zone))

    def _parts(self, gate: Gate, assignment: Assignment | None) -> Mapping[str, Callable[[], StatusMessage]]:
        parts: dict[str, Callable[[], StatusMessage]] = {
            "options": lambda: load_options(gate.store),  # before whatever names a person
            "connection": lambda: self._connection(gate, assignment),
            "neighbours": self._neighbours,
            "alarms": lambda: self._alarms(gate),
            "checkpoints": lambda: _checkpoint_options(gate, assignment),
        }
        if assignment is not None:
            parts["occupancy"] = lambda: self._occupancy(gate, assignment)
        if (kiosk := self._kiosk) is not None:
            return parts | {
                "operators": gate.operators.status,
                "kiosk": lambda: kiosk.status(gate, assignment),
            }
        if assignment is not None:
            parts["double admissions"] = lambda: DoubleAdmissions(
                double_admissions(gate.store, assignment, self._clock.now())
            )
        parts["door"] = gate.door_waitlist
        parts["unreleased"] = lambda: UnreleasedMembers(gate.unreleased_members())
        parts["operators"] = gate.operators.status
        parts["recent"] = lambda: self._recent_scans(gate)
        return parts

    def _recent_scans(self, gate: Gate) -> StatusMessage:
        """Return the last scans once after the start and after each unlocking; the screen adds later ones itself.

        A locked or revoked station names nobody: the screen clears its list at that status.
        """
        if not gate.store.access.is_active:
            self._recent_scans_due = True
            return RecentScans()
        published = self._published.get(RecentScans)
        if published is not None and not self._recent_scans_due:
            return published
        event = gate.store.venue.event()
        recent = RecentScans(last_scans(gate.store, event.id if event is not None else ""))
        self._recent_scans_due = False
        return recent

    def _publish_parts(self, parts: Mapping[str, Callable[[], StatusMessage]]) -> None:
        for name, collect in parts.items():
            self._try(name, lambda collect=collect: self._publish_if_changed(collect()))  # type: ignore[misc]

    def _try(self, name: str, step: Callable[[], None]) -> None:
        """Take a step. A store that fails is left to the next scan to tell, where the operator looks; a bug is an alarm."""
        try:
            step()
        except StoreError:
            return
        except Exception as failure:  # noqa: BLE001 -- a bug of one part
            self._report_failure(name, failure)
        else:
            self._failing.discard(name)

    def _report_failure(self, name: str, failure: Exception) -> None:
        self._alarm_watch.record_failure()
        if name not in self._failing:  # it would be logged every second
            self._failing.add(name)
            _log.error("status_failed", part=name, exc_info=failure)

    def _note_time_zone(self, assignment: Assignment | None) -> None:
        known = assignment is None or event_rules(assignment.event).time_zone_known
        self._alarm_watch.unknown_time_zone = (
            "" if known or assignment is None else assignment.event.time_zone
        )

    def _readiness(self, gate: Gate, assignment: Assignment | None) -> GateReadiness:
        just_started = self._clock.monotonic_ms() < self._started_ms + CONNECTING_MS
        readiness = gate_readiness(gate.store, assignment, self._sync_status(), just_started=just_started)
        if readiness.state is ReadinessState.READY and self._waits_for_door:
            return GateReadiness(ReadinessState.DOOR_STARTING)
        return readiness

    def _publish_if_changed(self, message: StatusMessage) -> None:
        if self._published.get(type(message)) != message:
            self._publish(message)
            self._published[type(message)] = message

    def _device_status(self) -> GateDeviceStatus:
        devices = self._devices
        return GateDeviceStatus(
            camera=_camera_availability(devices.camera),
            sound=devices.player.health().state is SoundState.AUDIBLE,
            scanner=_scanner_availability(devices.scanner.health()),
            relay=devices.door is None or devices.door.health().state is DoorState.READY,
        )

    def _connection(self, gate: Gate, assignment: Assignment | None) -> ConnectionStatus:
        status = self._sync_status()
        state = _CONNECTION[status.connection]
        if gate.store.settings.enrolment() is None:
            state = HubConnectionState.NOT_ENROLLED
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
        recovery, sync, station = gate.store.recovery, self._sync_status(), gate.store.access.status()
        space = _disk_space(gate)
        refused = sync.connection is ConnectionState.REFUSED
        offline = gate.offline_age()
        return ActiveAlarms(
            door=self._door_fault(),
            scanner=self._scanner_fault(),
            hub_unknown=refused and station is DeviceStatus.ACTIVE,
            hub_certificate=sync.certificate_fault,
            journal_diverged=bool(sync.alarm),
            unknown_time_zone=self._alarm_watch.unknown_time_zone,
            not_understood=sync.not_understood,
            program_failed=self._alarm_watch.program_failed,
            station=station,
            recovery=recovery.facts if recovery else None,
            unwritten=self._alarm_watch.unwritten_fault(gate),
            disk_free_mb=None if space is None or space.state is DiskState.OK else space.free_mb,
            disk_full=space is not None and space.state is DiskState.FULL,
            copy_failed=gate.store.copy_fault is not None,
            clock_unsure=_is_clock_unsure(gate),
            cloned=bool(gate.store.settings.get(CLONED, False)),
            cut_off=offline.is_over,
            offline_minutes=int(offline.left / timedelta(minutes=1)) + 1 if offline.is_near else None,
            turnstile=self._alarm_watch.turnstile_codes(),
        )

    def _door_fault(self) -> DoorFault | None:
        if self._devices.door is None or self._clock.monotonic_ms() < self._started_ms + OPENING_MS:
            return None
        return self._devices.door.health().fault

    def _scanner_fault(self) -> ScannerFault | None:
        if self._clock.monotonic_ms() < self._started_ms + OPENING_MS:
            return None
        fault = self._devices.scanner.health().fault
        return None if fault is ScannerFault.OPENING else fault

    def _take_told(self) -> Iterator[tuple[str, ...]]:
        while self._heard:
            yield self._heard.popleft()

    def _neighbours(self) -> Neighbours:
        status = self._lan_status()
        return Neighbours(len(status.peers), status.heard, status.by_list)

    def _occupancy(self, gate: Gate, assignment: Assignment) -> Occupancy:
        event_name = assignment.event.name
        heard = [person for people in self._take_told() for person in people]
        if heard:
            self._occupancy_counter.add_told(gate.store, heard)
        zones = self._occupancy_counter.zones(gate.store, gate.exit_all(assignment))
        return Occupancy(
            tuple(ZoneCapacity(zone.zone or event_name, zone.current, zone.capacity) for zone in zones)
        )


def _disk_space(gate: Gate) -> DiskSpace | None:
    """Return the free space, or None if the disk does not answer: the other alarms are shown all the same."""
    try:
        return gate.store.disk_space()
    except StoreError:
        return None


def _is_clock_unsure(gate: Gate) -> bool:
    """Return True if something speaks against the clock, False if the store does not answer, which is an alarm by itself."""
    try:
        return not gate.is_clock_sure()
    except StoreError:
        return False


def _camera_availability(camera: CameraCapture | None) -> CameraAvailability:
    if camera is None:
        return CameraAvailability.NONE
    health = camera.health()
    if health.fault is None:
        return CameraAvailability.LIVE if health.state is CameraState.LIVE else CameraAvailability.MISSING
    return _CAMERA_FAULTS.get(health.fault, CameraAvailability.MISSING)


def _scanner_availability(health: ScannerHealth) -> ScannerAvailability:
    if health.state is ScannerState.WINDOW:
        return ScannerAvailability.WINDOW
    if health.fault is None:
        return ScannerAvailability.READY
    return _SCANNER_FAULTS[health.fault]


def _checkpoint_options(gate: Gate, assignment: Assignment | None) -> CheckpointOptions:
    options = tuple(
        CheckpointOption(row.id, row.name, row.zone or "", row.direction)
        for row in checkpoints_to_choose(gate.store)
    )
    if assignment is None:
        return CheckpointOptions(options)
    direction = gate.direction_at(assignment.checkpoint)
    return CheckpointOptions(options, assignment.checkpoint.id, direction)
