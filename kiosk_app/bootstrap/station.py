"""Build a station: its devices, store, sync engine, gate and workers. They are constructed here, once, and passed on."""

import contextlib
import gc
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from hardware.camera import CameraCapture, FrameSource, open_source
from hardware.codes import CodeReader
from hardware.errors import DeviceError
from hardware.inputs import InputSettingsError, parse_inputs
from hardware.printer import PrinterAddress
from hardware.relay import Door, RelayAddress, RelayAddressError, create_door
from hardware.relay.address import resolve_port
from hardware.scanner import HandScanner, Transmission
from hardware.tones import TonePlayer
from hub_sync.client.fleet.program import StationProgram
from hub_sync.client.store import Store, choose_keystore, make_folder, open_store
from hub_sync.client.sync.engine import SyncEngine
from hub_sync.client.timekeeper import Timekeeper
from hub_sync.contract.clock import Clock, SystemClock
from hub_sync.contract.enums import Passage
from hub_sync.contract.ids import NewId, new_id
from kiosk_app.bootstrap.kiosk import (
    KIOSK,
    build_kiosk,
    build_voice,
    identify_in,
    publish_in,
    voice_in,
)
from kiosk_app.bootstrap.network import StationNetwork, build_network
from kiosk_app.bootstrap.program_control import ProgramControl
from kiosk_app.bootstrap.queue_screens import build_queue_worker
from kiosk_app.bulletin_messages import AnswerBulletin, BulletinsShown
from kiosk_app.core.appearance import Appearance, load_appearance
from kiosk_app.core.corrected_clock import CorrectedClock
from kiosk_app.core.door_wait import DoorWait
from kiosk_app.core.gate import Gate
from kiosk_app.core.group_admission import GroupRelease
from kiosk_app.core.kiosk.options import options_with_defaults
from kiosk_app.core.passage.monitor import PassageMonitor
from kiosk_app.core.printing.service import PrintService
from kiosk_app.core.setup.configuration import LiveSettings, StartSettings, StationConfiguration
from kiosk_app.core.setup.mode_choice import SERVICE_MODES, available_modes, load_mode
from kiosk_app.core.setup.printer_setup import PrinterSetup
from kiosk_app.core.setup.ready_check import ReadyCheck, ReadyDevices
from kiosk_app.core.setup.setting_sources import read_settings
from kiosk_app.core.setup.wiring_test import WiringTest
from kiosk_app.core.station_options import load_options
from kiosk_app.messages import (
    EnrolStation,
    GateOutcome,
    GroupOutcome,
    PassageUpdate,
    PrinterReport,
    PrintUpdate,
    Publish,
    SubmitScan,
    WorkCommand,
    WorkerMessage,
)
from kiosk_app.queue_messages import DeskCommand
from kiosk_app.screens import SCREENS
from kiosk_app.screens.gate.presenter.verdict_formatting import verdict_word
from kiosk_app.settings import StationSettings
from kiosk_app.workers.bulletin_watch import BulletinWatch
from kiosk_app.workers.camera_commands import CameraCommands
from kiosk_app.workers.command_executor import CommandExecutor
from kiosk_app.workers.enrolment_worker import EnrolmentWorker
from kiosk_app.workers.gate_worker import GateWorker
from kiosk_app.workers.queue_worker import QueueWorker
from kiosk_app.workers.scanner_commands import ScannerCommands
from kiosk_app.workers.status_reporter import GateDevices, StatusReporter
from kiosk_app.workers.verdict_voice import VerdictVoice

SOFTWARE = "doorward 0.1.0"


@dataclass(slots=True)
class StationRuntime:
    """A station that can be started and stopped."""

    store: Store
    devices: GateDevices
    network: StationNetwork
    worker: GateWorker
    voice: VerdictVoice
    printing: PrintService
    queue: QueueWorker | None = None
    """The worker of a desk or a board."""
    enrolment: EnrolmentWorker | None = None
    bulletins: BulletinWatch | None = None
    _started: bool = field(default=False)

    def start(self) -> None:
        """Start devices, gate and sync; return at once."""
        self._started = True
        _exclude_program_from_collections()
        if self.devices.door is not None:
            self.devices.door.start()
        if self.devices.camera is not None:
            self.devices.camera.start()
        self.devices.player.start()
        self.worker.start()
        self.printing.start()
        self.devices.scanner.start(self._submit_scan)
        self.network.start()
        if self.queue is not None:
            self.queue.start()
        if self.bulletins is not None:
            self.bulletins.start()

    @property
    def engine(self) -> SyncEngine | None:
        """The sync with the hub; None: there is none."""
        return self.network.engine

    def submit(self, command: WorkCommand) -> None:
        """Submit a command of a screen to the thread that executes it. May be called from any thread."""
        if isinstance(command, EnrolStation):
            if self.enrolment is not None:
                self.enrolment.submit(command)
        elif isinstance(command, BulletinsShown | AnswerBulletin):
            if self.bulletins is not None:
                self.bulletins.submit(command)
        elif not isinstance(command, DeskCommand):
            self.worker.submit(command)
        elif self.queue is not None:
            self.queue.submit(command)

    def _submit_scan(self, scan: Transmission) -> None:
        self.worker.submit(SubmitScan(scan, self.devices.scanner.address.place))

    def stop(self) -> None:
        """Finish the current scan, switch the relay off, release the devices. The store stays open."""
        if self._started:
            self._started = False
            self.devices.scanner.stop()
            if self.bulletins is not None:
                self.bulletins.stop()
            if self.queue is not None:
                self.queue.stop()
            self.worker.stop()
            self.printing.stop()
            self.network.stop()
            if self.devices.camera is not None:
                self.devices.camera.stop()
        if self.devices.door is not None:
            self.devices.door.close()
        self.voice.stop()
        self.devices.player.close()


def open_station_store(folder: Path, clock: Clock | None = None, *, beside: bool = False) -> Store:
    """Open the store of a folder on the calling thread; `beside` a running station for reading only.

    Raises:
        StoreError: the store cannot be opened; the message is a sentence.
    """
    make_folder(folder)
    return open_store(folder, choose_keystore(folder), clock or SystemClock(), new_id, allow_read_only=beside)


def build_devices(
    settings: StationSettings,
    *,
    source: Callable[[], FrameSource] | None = None,
    door: Door | None = None,
    scanner: str | None = None,
) -> GateDevices:
    """Build the devices that the settings name; `source`, `door` and `scanner` replace those of the settings.

    Raises:
        ValueError: the address of the camera, a board or the scanner is invalid, or the inputs are.
    """
    camera = None
    if source is not None or settings.camera:
        if source is None:
            open_source(settings.camera)  # opens nothing yet; raises here, not on the camera's thread
        camera = CameraCapture(source or partial(open_source, settings.camera))
    inputs = parse_inputs(settings.inputs, settings.input_board)
    if door is None and settings.relay:
        door = create_door(settings.relay, inputs=inputs)
    elif door is None and inputs.assignments:
        raise InputSettingsError(
            "The setting inputs needs the setting relay: inputs are read beside a turnstile."
        )
    player = TonePlayer(device=settings.sound_device or None, volume=1.0 if settings.sound else 0.0)
    return GateDevices(camera, door, player, HandScanner(settings.scanner if scanner is None else scanner))


def build_station(
    store: Store,
    devices: GateDevices,
    settings: StationSettings,
    publish: Publish,
    *,
    clock: Clock | None = None,
    make_id: NewId = new_id,
    sync: bool = True,
    mode: str = "gate",
    monotonic: Callable[[], float] = time.monotonic,
    settings_relay: str | None = None,
    control: ProgramControl | None = None,
    start: StartSettings | None = None,
) -> StationRuntime:
    """Build a station over an open store. A station that is not enrolled has no sync and reports NOT_READY.

    `publish` receives the workers' messages. `monotonic` (seconds) is the debounce's clock and `sync` False leaves the
    hub alone; both are for benchmarks. `settings_relay` is the board of the settings where another one was kept. `control`: what the hub
    may ask of the program; None: nothing. `start`: how `settings` came about. `mode` is that of the
    screen: a desk and a board have a thread of their own, and visitors serve themselves at a kiosk.
    """
    clock = clock or SystemClock()
    served_mode = _service_mode(store, settings, mode)
    network = StationNetwork()
    configuration = _configuration(settings, start, publish, served_mode)

    def note_told(people: tuple[str, ...]) -> None:
        reporter.note_told(people)

    if sync:
        network = build_network(
            store,
            settings,
            clock,
            software=SOFTWARE,
            on_change=publish,
            on_told=note_told,
            program=_program(control, publish, devices, configuration),
        )

    publish, engine = publish_in(mode, publish), build_voice(mode)
    printing, printer_setup = _build_printing(settings, devices, publish, clock, make_id)
    kiosk = build_kiosk(
        mode,
        settings,
        clock,
        make_id,
        voice=engine,
        printer=printing,
        on_written=network.notify_written,
        request_update=lambda: reporter.request_update(),  # noqa: PLW0108 -- it is built below
    )
    passages = _watch_passages(devices.door, settings)
    door_wait = DoorWait(devices.door, clock.monotonic_ms)
    reporter = StatusReporter(
        clock=CorrectedClock(clock, lambda: network.sync_status().clock_offset_ms),
        devices=devices,
        sync_status=network.sync_status,
        publish=publish,
        report_alarms=network.report_alarms,
        may_decide=door_wait.is_over,
        passages=passages,
        lan_status=network.lan_status,
        printer_health=lambda: printing.health() if printing.has_printer else None,
        kiosk=kiosk,
        needs_sound=settings.sound and served_mode != "desk",
    )

    set_volume = partial(_set_volume, settings, devices.player)
    options = load_options(store)
    set_volume(options.volume / 100)
    voice = VerdictVoice(
        engine,
        verdict_word,
        language=load_appearance(store, Appearance("", settings.language)).language,
        is_on=options.speaks,
    )
    configuration.live = LiveSettings(
        partial(_set_percent, set_volume), voice.switch, voice.speak_in, printer_setup
    )
    gates: list[Gate] = []

    def open_gate() -> Gate:
        session = store.open_session()
        try:
            gate = Gate(
                store=session,
                timekeeper=Timekeeper(clock, session),
                clock=clock,
                new_id=make_id,
                turnstile=devices.door,
                speaker=devices.player,
                pulse_ms=settings.pulse_ms,
                group_gap_ms=settings.group_gap_ms,
                group_release=GroupRelease(settings.group_release),
                passages=passages,
                on_written=network.notify_written,
                self_service=mode == KIOSK,
            )
        except BaseException:  # the worker tries again, with another session
            session.close()
            raise
        gates.append(gate)
        return gate

    def close_gate() -> None:
        for gate in gates:
            gate.store.close()

    ready = ReadyCheck(
        ReadyDevices(devices.camera, devices.door, devices.player, devices.scanner),
        clock=clock,
        sync_status=network.sync_status,
        lan_status=network.lan_status,
        printing=printing,
        has_sound=settings.sound,
        mode=served_mode,
        on_finished=network.report_soon,
    )

    def observe_and_publish(message: WorkerMessage) -> None:
        ready.observe(message)
        publish(message)

    publish_and_count = partial(
        _publish_and_count, observe_and_publish, reporter, gates, voice_in(mode, voice)
    )
    worker = GateWorker(
        open_gate=open_gate,
        close_gate=close_gate,
        camera=devices.camera,
        reader=CodeReader(),
        execute=CommandExecutor(
            reporter,
            ScannerCommands(devices.scanner, settings.relay),
            WiringTest(
                devices.door,
                passages,
                clock=clock,
                pulse_ms=settings.pulse_ms,
                scanner=devices.scanner,
                relay=settings.relay if settings_relay is None else settings_relay,
            ),
            set_volume,
            ready,
            network.sync_now,
            voice,
            printer_setup,
            kiosk=kiosk,
            camera=CameraCommands(devices.camera, settings.camera),
            read_settings=partial(read_settings, configuration, options_with_defaults),
        ).execute,
        publish=publish_and_count,
        on_turn=partial(_end_turn, passages, reporter, publish_and_count),
        on_failure=reporter.record_failure,
        may_decide=door_wait.is_over,
        scanner_profile=devices.scanner.profile,
        identify=identify_in(kiosk),
        monotonic=monotonic,
    )
    queue = build_queue_worker(
        mode,
        store,
        network,
        publish,
        clock=clock,
        new_id=make_id,
        player=devices.player,
        language=voice.language,
    )
    enrolment = EnrolmentWorker(store.open_session, publish, clock, serial=serial_number(), software=SOFTWARE)
    bulletins = BulletinWatch(store.open_session, clock, publish, network.report_soon)
    return StationRuntime(store, devices, network, worker, voice, printing, queue, enrolment, bulletins)


def _service_mode(store: Store, settings: StationSettings, mode: str) -> str:
    """Return the mode in which a station serves people, also where its set-up runs alone."""
    return mode if mode in SERVICE_MODES else load_mode(store, SCREENS, setting=settings.mode)


def _set_volume(settings: StationSettings, player: TonePlayer, volume: float) -> None:
    if settings.sound:
        player.set_volume(volume)


def _set_percent(set_volume: Callable[[float], None], percent: int) -> None:
    set_volume(percent / 100)


def _configuration(
    settings: StationSettings, start: StartSettings | None, publish: Publish, served_mode: str
) -> StationConfiguration:
    begun = replace(start or StartSettings(settings, settings.scanner, frozenset()), mode=served_mode)
    return StationConfiguration(
        settings, begun.in_use(), begun.fixed, publish, modes=available_modes(SCREENS)
    )


def _program(
    control: ProgramControl | None,
    publish: Publish,
    devices: GateDevices,
    configuration: StationConfiguration,
) -> StationProgram | None:
    """Return what the program does for the hub's commands; None: it obeys none."""
    if control is None:
        return None
    return control.station_program(
        publish, devices.player.play, configuration.apply, configuration.not_applied
    )


def _publish_and_count(
    publish: Publish,
    reporter: StatusReporter,
    gates: Sequence[Gate],
    voice: VerdictVoice | None,
    message: WorkerMessage,
) -> None:
    publish(message)  # first, so that a fault after it cannot hide the scan
    scans = message.outcomes if isinstance(message, GroupOutcome) else (message,)
    for scan in scans if gates else ():
        if isinstance(scan, GateOutcome):
            if voice is not None:
                voice.announce(scan)
            reporter.count_scan(gates[-1], scan)
        elif isinstance(scan, PassageUpdate):
            if voice is not None and scan.outcome is Passage.NO_PASSAGE:
                voice.announce_missed_passage()
            reporter.count_passage(gates[-1], scan)


def _watch_passages(door: Door | None, settings: StationSettings) -> PassageMonitor | None:
    if door is None or not door.input_settings.assignments:
        return None
    return PassageMonitor(door, window_s=settings.passage_window_s)


def _build_printing(
    settings: StationSettings, devices: GateDevices, publish: Publish, clock: Clock, make_id: NewId
) -> tuple[PrintService, PrinterSetup]:
    """Build the queue of the printer, and its set-up, which hears of the test print."""

    def publish_and_observe(message: PrintUpdate | PrinterReport) -> None:
        setup.observe(message)
        publish(message)

    address = PrinterAddress.parse(settings.printer) if settings.printer else None
    printing = PrintService(address, publish_and_observe)
    other_ports = partial(_ports_in_use, devices, settings.input_board)
    setup = PrinterSetup(printing, clock=clock, new_id=make_id, other_ports=other_ports)
    return printing, setup


def _ports_in_use(devices: GateDevices, input_board: str) -> tuple[str, ...]:
    """Return the serial ports of the relay boards and the scanner: what a printer is asked could switch a relay on."""
    scanner, door = devices.scanner.address, devices.door
    ports = [scanner.path] if scanner.scheme == "serial" else []
    for board in ("" if door is None else door.address.text, input_board):
        with contextlib.suppress(DeviceError, RelayAddressError):
            ports.append(resolve_port(RelayAddress.parse(board)))
    return tuple(ports)


def _end_turn(
    passages: PassageMonitor | None, reporter: StatusReporter, publish: Publish, gate: Gate
) -> None:
    """Settle passages, then publish the status: a bug of the one must not hide the other."""
    try:
        for update in passages.update(gate) if passages is not None else ():
            publish(update)
    finally:
        reporter.update(gate)


def _exclude_program_from_collections() -> None:
    """Exclude what was imported from garbage collections: a full one stops all threads for 80 ms (measured)."""
    gc.collect()
    gc.freeze()


def serial_number() -> str:
    """Return this machine's name, for the list of devices in the hub."""
    return platform.node() or "unnamed"
