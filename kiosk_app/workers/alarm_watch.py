"""Watches for alarms at this station, in the codes that are reported to the hub. Runs on the gate's thread."""

from collections.abc import Callable

from hardware.camera import CameraCapture, CameraFault, CameraState
from hardware.printer import PrinterHealth, PrinterState
from hardware.relay import Door, DoorState
from hardware.scanner import HandScanner, ScannerFault
from hardware.tones import SoundState, TonePlayer
from hub_sync.client.store import DiskState, StoreError, StoreFault
from hub_sync.client.sync.status import SyncStatus
from hub_sync.contract.clock import Clock
from hub_sync.contract.enums import ReasonCode
from hub_sync.contract.station_report import AlarmCode, StationAlarm
from kiosk_app.core.gate import Gate
from kiosk_app.core.passage.monitor import PassageMonitor
from kiosk_app.flap_filter import FlapFilter
from kiosk_app.messages import GateOutcome, Trouble

OPENING_MS = 5_000
"""A device that is not ready is no alarm before it has had this time to be opened."""
FAILED_FOR_MS = 60_000
"""A failure of the program that nobody foresaw stays an alarm for this time after the last one."""
PROBE_EVERY_MS = 5_000
"""After a scan that could not be written, a write is tried this often."""
_LONGEST = 300
_DISK_LOW = "The disk of this station is almost full ({} MB are free). Free some space."
_DISK_FULL = (
    "The disk of this station is full ({} MB are free). Free some space now: soon no scan can be recorded."
)
_COPY_FAILED = "The second copy of this station's journal can't be written. The scans are recorded; the disk may be failing."
_HUB_NEWER = "The hub sends what this program does not understand ({}). Who is concerned is not let in. Update the program."
_UNKNOWN_TIME_ZONE = (
    "This station does not know the event's time zone {}. Nobody is let in before it is updated."
)
_TURNSTILE = {
    AlarmCode.TURNSTILE_JAMMED: "The turnstile is jammed. Free the arm. The gate goes on for the next person.",
    AlarmCode.SENSOR_LOST: "The turnstile's inputs can't be read. Everybody who is let in is counted.",
    AlarmCode.SENSOR_STUCK: "The turnstile's passage sensor is active all the time. Everybody who is let in is counted.",
    AlarmCode.SENSOR_SILENT: "The turnstile's passage sensor has been silent for several people. Everybody who is let in is counted.",
    AlarmCode.FIRE_INPUT: "The fire alarm's contact at the turnstile is active.",
    AlarmCode.TAMPER_INPUT: "The turnstile's housing is open.",
}
_PRINTER = {
    PrinterState.PAPER_LOW: AlarmCode.PRINTER_PAPER_LOW,
    PrinterState.PAPER_OUT: AlarmCode.PRINTER_PAPER_OUT,
    PrinterState.COVER_OPEN: AlarmCode.PRINTER_PAPER_OUT,
    **dict.fromkeys(
        (
            PrinterState.OFFLINE,
            PrinterState.ERROR,
            PrinterState.MISSING,
            PrinterState.NO_ACCESS,
            PrinterState.SILENT,
            PrinterState.GARBLED,
            PrinterState.HUNG,
        ),
        AlarmCode.PRINTER_LOST,
    ),
}
_PAPER_LOW = "The printer's roll is near its end."
_PROGRAM_FAILED = "A part of this station's program failed. Its log has the details."


class AlarmWatch:
    """Collects the alarms; a store that failed stays one until a scan is written again.

    `unknown_time_zone` is the name of the event's, set by the status reporter; empty: it is known.
    """

    def __init__(
        self,
        camera: CameraCapture | None,
        door: Door | None,
        player: TonePlayer,
        *,
        scanner: HandScanner | None = None,
        passages: PassageMonitor | None = None,
        printer_health: Callable[[], PrinterHealth | None] = lambda: None,
        clock: Clock,
        sync_status: Callable[[], SyncStatus],
        needs_sound: bool = True,
        kiosk_alarms: Callable[[], tuple[StationAlarm, ...]] = lambda: (),
    ) -> None:
        self._camera, self._door, self._player, self._scanner = camera, door, player, scanner
        self._passages, self._printer_health = passages, printer_health
        self._clock, self._sync_status, self._kiosk_alarms = clock, sync_status, kiosk_alarms
        self._needs_sound = needs_sound
        self._started_ms = clock.monotonic_ms()
        self._unwritten: StationAlarm | None = None
        self._unwritten_fault: StoreFault | None = None
        self._probe_at_ms = 0
        self._failed_until_ms: int | None = None
        self.unknown_time_zone = ""
        self._steady = FlapFilter[str]()
        self._last: dict[str, StationAlarm] = {}

    def record_scan(self, outcome: GateOutcome) -> None:
        """Raise or end the alarm about the store, by whether the scan was written."""
        if outcome.decision.reason is ReasonCode.STATION_FAILED:
            self.record_failure()
        if outcome.trouble is Trouble.NOT_WRITTEN:
            self._unwritten = _of_store(outcome.fault, outcome.trouble_sentence)
            self._unwritten_fault = outcome.fault or StoreFault.IO
            self._probe_at_ms = self._clock.monotonic_ms() + PROBE_EVERY_MS
        elif outcome.sequence is not None:
            self._unwritten = self._unwritten_fault = None

    def unwritten_fault(self, gate: Gate) -> StoreFault | None:
        """Return the fault because of which no scan can be written now, or None.

        Nobody scans at a gate that says so. So a write is tried now and then, and the alarm ends by itself.
        """
        if self._unwritten_fault is not None and self._clock.monotonic_ms() >= self._probe_at_ms:
            self._probe_at_ms = self._clock.monotonic_ms() + PROBE_EVERY_MS
            if gate.store.can_write():
                self._unwritten = self._unwritten_fault = None
        return self._unwritten_fault

    def record_failure(self) -> None:
        """Raise the alarm about a failure of the program that nobody foresaw."""
        self._failed_until_ms = self._clock.monotonic_ms() + FAILED_FOR_MS

    @property
    def program_failed(self) -> bool:
        """True if a part of the program failed lately, or a sync loop fails."""
        return self._sync_status().program_failed or self._failed_lately()

    def _failed_lately(self) -> bool:
        return self._failed_until_ms is not None and self._clock.monotonic_ms() < self._failed_until_ms

    def active(self, gate: Gate) -> tuple[StationAlarm, ...]:
        """Return the active alarms, in the order of their codes. One that comes and goes is active until it stays away.

        Each change is reported to the hub at once, which tells people of it.
        """
        present = {alarm.code: alarm for alarm in self._present(gate)}
        self._last |= present
        steady = self._steady.take(present, self._clock.monotonic_ms())
        return tuple(self._last[code] for code in sorted(steady))

    def _present(self, gate: Gate) -> list[StationAlarm]:
        alarms = [*self._devices(), *self._store(gate), *self._kiosk_alarms()]
        if self.unknown_time_zone:
            alarms.append(
                _alarm(AlarmCode.TIME_ZONE_UNKNOWN, _UNKNOWN_TIME_ZONE.format(self.unknown_time_zone))
            )
        if self.program_failed:
            alarms.append(_alarm(AlarmCode.PROGRAM_FAILED, _PROGRAM_FAILED))
        if self._sync_status().alarm:
            alarms.append(_alarm(AlarmCode.JOURNAL_PARTED, self._sync_status().alarm or ""))
        if words := self._sync_status().not_understood:
            alarms.append(_alarm(AlarmCode.HUB_NEWER, _HUB_NEWER.format(words)))
        return alarms

    def turnstile_codes(self) -> tuple[AlarmCode, ...]:
        """Return the alarms of the turnstile's inputs; while the board is opened, there are none."""
        if self._passages is None or self._clock.monotonic_ms() < self._started_ms + OPENING_MS:
            return ()
        return self._passages.alarms()

    def _devices(self) -> list[StationAlarm]:
        if self._clock.monotonic_ms() < self._started_ms + OPENING_MS:
            return []
        alarms = []
        if self._camera is not None and (health := self._camera.health()).message:
            is_there = health.state is CameraState.LIVE or health.fault is CameraFault.ENDED
            alarms.append(
                _alarm(AlarmCode.CAMERA_POOR if is_there else AlarmCode.CAMERA_LOST, health.message)
            )
        if self._door is not None and (door := self._door.health()).message:
            is_ready = door.state is DoorState.READY
            alarms.append(
                _alarm(AlarmCode.RELAY_DISAGREES if is_ready else AlarmCode.RELAY_LOST, door.message)
            )
        if self._scanner is not None and (scanner := self._scanner.health()).fault is not None:
            is_there = scanner.fault is ScannerFault.FLOODING
            code = AlarmCode.SCANNER_POOR if is_there else AlarmCode.SCANNER_LOST
            alarms.append(_alarm(code, scanner.message))
        if (printer := self._printer_health()) is not None and printer.state in _PRINTER:
            alarms.append(_alarm(_PRINTER[printer.state], printer.message or _PAPER_LOW))
        alarms += [_alarm(code, _TURNSTILE[code]) for code in self.turnstile_codes()]
        if self._needs_sound and (sound := self._player.health()).state is SoundState.SILENT:
            alarms.append(_alarm(AlarmCode.SOUND_LOST, sound.message))
        return alarms

    def _store(self, gate: Gate) -> list[StationAlarm]:
        self.unwritten_fault(gate)
        alarms = [] if self._unwritten is None else [self._unwritten]
        try:
            alarms += _of_disk(gate, has_alarm=self._unwritten is not None)
        except StoreError as failure:  # the disk does not even say how full it is
            if self._unwritten is None:
                alarms.append(_of_store(failure.fault, str(failure)))
        if gate.store.recovery is not None:
            alarms.append(_alarm(AlarmCode.STORE_RECOVERED, gate.store.recovery.sentence))
        try:
            if not gate.is_clock_sure():
                alarms.append(_alarm(AlarmCode.CLOCK_UNSURE))
        except StoreError as failure:
            if self._unwritten is None:
                alarms.append(_of_store(failure.fault, str(failure)))
        return alarms


def _of_disk(gate: Gate, *, has_alarm: bool) -> list[StationAlarm]:
    """Return the alarms about free space and about the journal's copy."""
    space, copy_fault = gate.store.disk_space(), gate.store.copy_fault
    alarms = []
    if space.state is DiskState.LOW:
        alarms.append(_alarm(AlarmCode.DISK_LOW, _DISK_LOW.format(space.free_mb)))
    if has_alarm:
        return alarms
    if space.state is DiskState.FULL or copy_fault is StoreFault.FULL:
        alarms.append(_alarm(AlarmCode.DISK_FULL, _DISK_FULL.format(space.free_mb)))
    elif copy_fault is not None:
        alarms.append(_alarm(AlarmCode.STORE_FAILED, _COPY_FAILED))
    return alarms


def _of_store(fault: StoreFault | None, sentence: str) -> StationAlarm:
    code = AlarmCode.DISK_FULL if fault is StoreFault.FULL else AlarmCode.STORE_FAILED
    return _alarm(code, sentence)


def _alarm(code: AlarmCode, sentence: str = "") -> StationAlarm:
    return StationAlarm(code=code.value, sentence=sentence[:_LONGEST] or None)
