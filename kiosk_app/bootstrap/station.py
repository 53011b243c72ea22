"""The station's composition root: everything a gate is made of is built here, once, and handed on."""

import gc
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import structlog

from hardware.camera import CameraCapture, Frame, FrameSource, open_source
from hardware.codes import CodeReader
from hardware.relay import Door, create_door
from hardware.tones import TonePlayer
from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.store import Store, choose_keystore, open_store
from hub_sync.client.sync.engine import SyncEngine
from hub_sync.client.sync.status import SyncStatus
from hub_sync.client.timekeeper import Timekeeper
from hub_sync.contract.clock import Clock, SystemClock
from hub_sync.contract.ids import NewId, new_id
from kiosk_app.core.corrected_clock import CorrectedClock
from kiosk_app.core.gate import Gate
from kiosk_app.core.outcome import GateOutcome, Notice
from kiosk_app.messages import Fact
from kiosk_app.settings import StationSettings
from kiosk_app.workers.command_executor import GateDesk
from kiosk_app.workers.gate_worker import GateWorker, Read
from kiosk_app.workers.status_reporter import GateDevices, Reporter

SOFTWARE = "doorward 0.1.0"
_log = structlog.get_logger()


def _nobody(*_: object) -> None:
    """Nobody listens."""


@dataclass(frozen=True, slots=True)
class Listeners:
    """Who is told what. All are called on the station's worker threads and must not block."""

    on_scan: Callable[[GateOutcome | Notice], None] = _nobody
    on_read: Callable[[Read], None] = _nobody
    on_fact: Callable[[Fact], None] = _nobody
    on_frame: Callable[[Frame], None] = _nobody
    on_sync: Callable[[SyncStatus], None] = _nobody


@dataclass(slots=True)
class Station:
    """A gate that can be started and stopped. `desk` takes what the operator asks for."""

    store: Store
    devices: GateDevices
    engine: SyncEngine | None
    worker: GateWorker
    desk: GateDesk
    _started: bool = field(default=False)

    def start(self) -> None:
        """Start devices, the gate and sync; returns at once."""
        self._started = True
        _leave_the_program_out_of_collections()
        if self.devices.door is not None:
            self.devices.door.start()
        if self.devices.camera is not None:
            self.devices.camera.start()
        self.devices.player.start()
        self.worker.start()
        if self.engine is not None:
            self.engine.start()

    def stop(self) -> None:
        """Finish the scan that is under way, switch the relay off, let go of the devices. The store stays open."""
        if self._started:
            self._started = False
            self.worker.stop()
            if self.engine is not None:
                self.engine.stop()
            if self.devices.camera is not None:
                self.devices.camera.stop()
        if self.devices.door is not None:
            self.devices.door.close()
        self.devices.player.close()


def open_station_store(folder: Path, clock: Clock | None = None, *, beside: bool = False) -> Store:
    """Open the store of a folder on the calling thread; `beside` a running station for reading alone.

    Raises:
        StoreError: with a sentence.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return open_store(folder, choose_keystore(folder), clock or SystemClock(), new_id, allow_read_only=beside)


def build_devices(
    settings: StationSettings, *, source: Callable[[], FrameSource] | None = None, door: Door | None = None
) -> GateDevices:
    """The devices that the settings name; `source` and `door` take the place of what they would open.

    Raises:
        ValueError: a camera or relay address that means nothing (RelayAddressError is one).
    """
    camera = None
    if source is not None or settings.camera:
        if source is None:
            open_source(settings.camera)  # opens nothing yet; raises here, not on the camera's thread
        camera = CameraCapture(source or partial(open_source, settings.camera))
    if door is None and settings.relay:
        door = create_door(settings.relay)
    player = TonePlayer(device=settings.sound_device or None, volume=1.0 if settings.sound else 0.0)
    return GateDevices(camera, door, player)


def build_station(
    store: Store,
    devices: GateDevices,
    settings: StationSettings,
    listeners: Listeners,
    *,
    clock: Clock | None = None,
    make_id: NewId = new_id,
    sync: bool = True,
    monotonic: Callable[[], float] = time.monotonic,
) -> Station:
    """Put a gate together over an open store. A station that is not enrolled has no sync and says NOT_READY.

    `monotonic` paces how codes in view are told apart; `sync` False leaves the hub alone. Both are for benchmarks.
    """
    clock = clock or SystemClock()
    enrolment = store.settings.enrolment() if sync else None
    engine = None
    if enrolment is not None:
        connect = partial(HubApi.for_enrolment, enrolment, clock)
        engine = SyncEngine(
            store.open_session, connect, clock=clock, software=SOFTWARE, on_change=listeners.on_sync
        )

    def sync_status() -> SyncStatus:
        return engine.status if engine is not None else SyncStatus()

    corrected = CorrectedClock(clock, lambda: sync_status().clock_offset_ms)
    reporter = Reporter(
        clock=corrected,
        devices=devices,
        sync_status=sync_status,
        tell=listeners.on_fact,
        tell_alarms=engine.report_alarms if engine is not None else _nobody,
    )
    opened: list[Gate] = []

    def open_gate() -> Gate:
        session = store.open_session()
        try:
            timekeeper = Timekeeper(clock, session)
        except BaseException:
            session.close()
            raise
        gate = Gate(
            store=session,
            timekeeper=timekeeper,
            clock=clock,
            new_id=make_id,
            turnstile=devices.door,
            speaker=devices.player,
            pulse_ms=settings.pulse_ms,
            on_written=engine.nudge if engine is not None else _nobody,
        )
        opened.append(gate)
        return gate

    def close_gate() -> None:
        for gate in opened:
            gate.store.close()

    def told(event: GateOutcome | Notice | Read) -> None:
        if isinstance(event, Read):
            listeners.on_read(event)
            return
        listeners.on_scan(event)  # first, so that whatever fails after it was seen
        if isinstance(event, GateOutcome) and opened:
            reporter.scanned(opened[-1], event)

    worker = GateWorker(
        open_gate=open_gate,
        close_gate=close_gate,
        camera=devices.camera,
        reader=CodeReader(),
        on_event=told,
        on_frame=listeners.on_frame,
        on_turn=reporter.turn,
        monotonic=monotonic,
    )
    return Station(store, devices, engine, worker, GateDesk(worker, reporter, listeners.on_fact))


def _leave_the_program_out_of_collections() -> None:
    """A full garbage collection walks over every module of the program: 80 ms in which no thread turns (measured)."""
    gc.collect()
    gc.freeze()


def serial_number() -> str:
    """What this machine calls itself, for the fleet's list."""
    return platform.node() or "unnamed"
