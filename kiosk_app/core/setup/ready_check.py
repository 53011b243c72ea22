"""The ready check before the doors open: every part in one list, live, with what a person confirmed; stored and told the hub.

It opens nothing and sends no pulse: devices are those of the running gate. A part whose check fails is a line that says so.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import assert_never

import structlog
from pydantic import ValidationError

from hardware.camera import CameraCapture
from hardware.inputs import InputRole
from hardware.printer import PrinterHealth
from hardware.relay import Door
from hardware.scanner import HandScanner
from hardware.tones import TonePlayer
from hub_sync.client.lan.status import LanStatus
from hub_sync.client.store import Store, StoreError
from hub_sync.client.sync.status import SyncStatus
from hub_sync.contract.clock import Clock, epoch_ms
from hub_sync.contract.enums import ScanType
from hub_sync.contract.ready_check import ReadyPart, ReadyPoint, ReadyReport, ReadyState
from kiosk_app.core.assignment import current_assignment
from kiosk_app.core.events import event_options
from kiosk_app.core.gate import Gate
from kiosk_app.core.gate_readiness import gate_readiness
from kiosk_app.core.printing.service import PrintService
from kiosk_app.core.setup import ready_items
from kiosk_app.core.setup.mode_parts import lists, uses
from kiosk_app.core.setup.printer_setup import load_printer_test
from kiosk_app.core.setup.wiring_test import load_wiring_result
from kiosk_app.messages import (
    ConfirmTone,
    FinishReadyCheck,
    FrameDecoded,
    GateOutcome,
    PlayTestTone,
    ReadyCheckState,
    ReadyCommand,
    ReadyItem,
    ScanCaptured,
    ShowReadyCheck,
    WorkerMessage,
)

PROBE_EVERY_MS = 5_000
"""A write is tried this often while somebody looks."""
_KEY = "ready_check"
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ReadyDevices:
    """The devices of the running gate; None: there is none."""

    camera: CameraCapture | None
    door: Door | None
    player: TonePlayer
    scanner: HandScanner


class ReadyCheck:
    """Collects the lines, and stores the check that a person finishes. Runs on the gate's thread."""

    def __init__(
        self,
        devices: ReadyDevices,
        *,
        clock: Clock,
        sync_status: Callable[[], SyncStatus],
        lan_status: Callable[[], LanStatus] = LanStatus,
        printing: PrintService | None = None,
        has_sound: bool = True,
        mode: str = "gate",
        on_finished: Callable[[], None] = lambda: None,
    ) -> None:
        """Take the parts. `mode` is the one in which the station serves people."""
        self._devices, self._clock = devices, clock
        self._sync_status, self._lan_status = sync_status, lan_status
        self._printing = printing
        self._has_sound, self._on_finished = has_sound, on_finished
        self._mode = mode
        self._camera_has_read = self._scanner_has_read = False
        self._heard: bool | None = None
        self._needs_ear = False
        self._may_sleep: bool | None = None
        self._can_write, self._probe_at_ms = True, clock.monotonic_ms()

    def observe(self, message: WorkerMessage) -> None:
        """Note what the camera and the scanner read, whoever asked for it."""
        match message:
            case FrameDecoded(has_code=True):
                self._camera_has_read = True
            case ScanCaptured():
                self._scanner_has_read = True
            case GateOutcome(captured_at=None, subject=subject) if subject.scan_type is ScanType.QR:
                self._scanner_has_read = True
            case _:
                pass

    def execute(self, gate: Gate, command: ReadyCommand) -> ReadyCheckState:
        """Execute a command, and return the check as it is then.

        Raises:
            StoreError: the check could not be stored, or the last one not be read.
        """
        match command:
            case ShowReadyCheck(screen_may_sleep):
                self._may_sleep = screen_may_sleep
            case PlayTestTone():
                gate.sound_sample()
                self._needs_ear = True
            case ConfirmTone(heard):
                self._heard, self._needs_ear = heard, False
            case FinishReadyCheck(operator):
                return self._finish(gate, operator)
            case _:
                assert_never(command)
        return self._state(self._items(gate), load_ready_report(gate.store))

    def _finish(self, gate: Gate, operator: str) -> ReadyCheckState:
        items = self._items(gate)
        current = gate.operators.current()
        report = ReadyReport(
            at_ms=epoch_ms(gate.now()),
            operator=(current.name if current is not None else operator)[:200],
            points=tuple(
                ReadyPoint(
                    part=item.part,
                    state=item.state,
                    cause=item.cause,
                    at_ms=None if item.at is None else epoch_ms(item.at),
                )
                for item in items
            ),
        )
        gate.store.settings.put(_KEY, report.model_dump(mode="json"))
        _log.info("ready_check", ready=report.is_ready, to_do=[point.part for point in report.to_do])
        self._on_finished()
        return self._state(items, report)

    def _state(self, items: tuple[ReadyItem, ...], last: ReadyReport | None) -> ReadyCheckState:
        return ReadyCheckState(items, last, self._needs_ear, self._mode)

    def _items(self, gate: Gate) -> tuple[ReadyItem, ...]:
        collect: dict[ReadyPart, Callable[[Gate], ReadyItem]] = {
            ReadyPart.ROSTER: self._roster,
            ReadyPart.EVENTS: lambda gate: ready_items.events_item(event_options(gate.store), gate.now()),
            ReadyPart.CHECKPOINT: self._checkpoint,
            ReadyPart.HUB: self._hub,
            ReadyPart.CLOCK: lambda gate: ready_items.clock_item(is_sure=gate.is_clock_sure()),
            ReadyPart.CAMERA: self._camera,
            ReadyPart.SCANNER: self._scanner,
            ReadyPart.RELAY: self._relay,
            ReadyPart.SENSOR: self._sensor,
            ReadyPart.SOUND: self._sound,
            ReadyPart.SCREEN: lambda _: ready_items.screen_item(self._may_sleep),
            ReadyPart.DISK: _disk,
            ReadyPart.STORE: self._store,
            ReadyPart.OPERATORS: _operators,
            ReadyPart.PEERS: lambda _: ready_items.peers_item(self._lan_status()),
            ReadyPart.PRINTER: self._printer,
        }
        items = (
            _try(part, lambda step=step: step(gate))  # type: ignore[misc]
            for part, step in collect.items()
            if uses(self._mode, part)
        )
        return tuple(item for item in items if lists(self._mode, item.part, item.state))

    def _roster(self, gate: Gate) -> ReadyItem:
        assignment = current_assignment(gate.store)
        readiness = gate_readiness(gate.store, assignment, self._sync_status(), just_started=False)
        limit = None if assignment is None else timedelta(seconds=assignment.checkpoint.roster_max_age_s)
        age = gate.store.venue.age(gate.now())
        return ready_items.roster_item(readiness, gate.store.roster.count, age, limit)

    def _checkpoint(self, gate: Gate) -> ReadyItem:
        assignment = current_assignment(gate.store)
        readiness = gate_readiness(gate.store, assignment, self._sync_status(), just_started=False)
        return ready_items.checkpoint_item(readiness, assignment.checkpoint.name if assignment else "")

    def _hub(self, gate: Gate) -> ReadyItem:
        is_enrolled = gate.store.settings.enrolment() is not None
        connection = self._sync_status().connection
        return ready_items.hub_item(
            connection, is_enrolled=is_enrolled, is_active=gate.store.access.is_active
        )

    def _camera(self, _: Gate) -> ReadyItem:
        camera = self._devices.camera
        return ready_items.camera_item(camera.health() if camera else None, has_read=self._camera_has_read)

    def _scanner(self, _: Gate) -> ReadyItem:
        return ready_items.scanner_item(
            self._devices.scanner.health(),
            has_read=self._scanner_has_read,
            has_camera=self._devices.camera is not None,
        )

    def _relay(self, gate: Gate) -> ReadyItem:
        door = self._devices.door
        if door is None:
            return ready_items.relay_item(None, "", None, self._clock.now())
        last = load_wiring_result(gate.store)
        return ready_items.relay_item(
            door.health(),
            door.address.text,
            last,
            self._clock.now(),
            boot_id=self._clock.boot_id,
            reconnected_at=door.reconnected_at,
        )

    def _sensor(self, _: Gate) -> ReadyItem:
        door = self._devices.door
        if door is None:
            return ready_items.sensor_item(None, has_sensor=False)
        return ready_items.sensor_item(door.inputs(), has_sensor=door.input_settings.has(InputRole.PASSAGE))

    def _sound(self, _: Gate) -> ReadyItem:
        return ready_items.sound_item(
            self._devices.player.health(), has_sound=self._has_sound, heard=self._heard
        )

    def _printer(self, gate: Gate) -> ReadyItem:
        printing = self._printing
        address = None if printing is None else printing.address
        health = PrinterHealth() if printing is None else printing.health()
        last = load_printer_test(gate.store)
        text = "" if address is None else address.text
        return ready_items.printer_item(health, address=text, last=last, now=self._clock.now())

    def _store(self, gate: Gate) -> ReadyItem:
        now_ms = self._clock.monotonic_ms()
        if now_ms >= self._probe_at_ms:
            self._probe_at_ms = now_ms + PROBE_EVERY_MS
            self._can_write = gate.store.can_write()
        return ready_items.store_item(
            can_write=self._can_write,
            was_recovered=gate.store.recovery is not None,
            is_copied=gate.store.copy_fault is None,
        )


def _try(part: ReadyPart, step: Callable[[], ReadyItem]) -> ReadyItem:
    """Take a step; a fault of one part does not hide the others."""
    try:
        return step()
    except StoreError as failure:
        _log.warning("ready_check_unread", part=part.value, error=str(failure))
        return ReadyItem(part, ReadyState.NOT_READY, "unread_store")
    except Exception:  # noqa: BLE001 -- a bug of this part's check; the others are looked at all the same
        _log.exception("ready_check_failed", part=part.value)
        return ReadyItem(part, ReadyState.NOT_READY, "check_failed")


def _disk(gate: Gate) -> ReadyItem:
    try:
        return ready_items.disk_item(gate.store.disk_space())
    except StoreError:
        return ready_items.disk_item(None)


def _operators(gate: Gate) -> ReadyItem:
    current = gate.operators.current()
    name = "" if current is None else current.name
    return ready_items.operators_item(is_required=gate.operators.is_required, name=name)


def load_ready_report(store: Store) -> ReadyReport | None:
    """Return the last check that somebody finished, or None. A text that another version wrote is none.

    Raises:
        StoreError: the store could not be read.
    """
    values = store.settings.get(_KEY, None)
    try:
        return None if values is None else ReadyReport.model_validate(values)
    except ValidationError:
        return None
