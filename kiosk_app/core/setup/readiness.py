"""Checks that a station is ready for people. Each part is tried and reported in one sentence."""

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import structlog

from hardware.camera import CameraCapture, open_source
from hardware.codes import engines_available
from hardware.errors import DeviceError
from hardware.inputs import InputRole, parse_inputs
from hardware.printer import PrinterAddress, PrinterAddressError, PrinterState
from hardware.printer.print_runner import PrintRunner
from hardware.relay import DoorState, create_board, create_door
from hardware.scanner import HandScanner, ScannerFault, ScannerState
from hardware.tones import OPENING, SoundState, TonePlayer
from hub_sync.client.http.errors import LOCKED, REVOKED, HubClientError
from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.http.insecure_url import insecure_url_warning
from hub_sync.client.store import DiskState, Store, StoreError, choose_keystore, make_folder, open_store
from hub_sync.client.store.disk.disk_space import LOW_BYTES, read_disk_space
from hub_sync.client.store.disk.keystore import KEY_FILE, KeyPlace, find_key_place
from hub_sync.client.store.journal.evidence import verify_store
from hub_sync.client.timekeeper import Timekeeper
from hub_sync.contract.clock import Clock, SystemClock, epoch_ms, from_epoch_ms
from hub_sync.contract.enums import DeviceStatus, EventStatus, OperatorRole
from hub_sync.contract.ids import new_id
from hub_sync.contract.ready_check import MAX_AGE_MS, ReadyPart, ReadyState
from kiosk_app.core.assignment import current_assignment, served_checkpoint
from kiosk_app.core.events import event_options
from kiosk_app.core.printing.service import PRINT_COMMAND
from kiosk_app.core.setup.board_choice import load_board
from kiosk_app.core.setup.mode_choice import SERVICE_MODES, load_mode
from kiosk_app.core.setup.mode_parts import lists, uses
from kiosk_app.core.setup.printer_choice import load_printer
from kiosk_app.core.setup.printer_setup import load_printer_test
from kiosk_app.core.setup.ready_check import load_ready_report
from kiosk_app.core.setup.ready_items import OTHER_LIST_AGE
from kiosk_app.core.setup.scanner_setup import load_scanner
from kiosk_app.settings import StationSettings

PATIENCE_S = 3.0
SOUND_PATIENCE_S = 10.0  # a hung sound system is known after six
NO_TIMER = (
    "This board has no timer of its own: if the computer stops in the middle of a pulse, the door stays open until the next "
    "start. A Modbus board with \u201cflash on\u201d closes by itself"
)

_TRY_SCANNER = "scan the test code of the set-up screen: doorward-station run --mode setup"
KEY_IN_FILE = (
    f"in the file {KEY_FILE}, which only this user may read. A keyring that is unlocked when a station is set up protects it "
    "better, also from somebody who takes the disk"
)

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of one check: the part, if it works, and a sentence about it with what to do.

    `state` is finer than `ok`: a part may work and need a look, or not be there at all.
    """

    part: str
    ok: bool
    detail: str
    notable: ReadyState | None = None

    @property
    def state(self) -> ReadyState:
        """The state of the part."""
        if not self.ok:
            return ReadyState.NOT_READY
        return self.notable or ReadyState.READY


def with_kept_board(folder: Path, settings: StationSettings) -> StationSettings:
    """Return the settings with the relay board that the set-up keeps, if it keeps one."""
    with (
        contextlib.suppress(StoreError, OSError),  # the store's own check says so
        open_store(folder, choose_keystore(folder), SystemClock(), new_id, allow_read_only=True) as store,
    ):
        return settings.model_copy(update={"relay": load_board(store, settings.relay)})
    return settings


def load_service_mode(folder: Path, setting: str = "") -> str:
    """Return the mode in which the station serves people; that of the settings, or the gate, where its store can't be read."""
    with (
        contextlib.suppress(StoreError, OSError),  # the store's own check says so
        open_store(folder, choose_keystore(folder), SystemClock(), new_id, allow_read_only=True) as store,
    ):
        return load_mode(store, SERVICE_MODES, setting=setting)
    return setting if setting in SERVICE_MODES else SERVICE_MODES[0]


def run_checks(folder: Path, settings: StationSettings, mode: str = "gate") -> Iterator[CheckResult]:
    """Try every part that the mode uses; a fault of one does not stop the others, be it one that nobody foresaw."""
    checks: dict[str, tuple[ReadyPart, Callable[[], Iterable[CheckResult]]]] = {
        "store": (ReadyPart.STORE, lambda: _store_and_hub(folder, settings, mode)),
        "key": (ReadyPart.STORE, lambda: run_key_check(folder)),
        "disk": (ReadyPart.DISK, lambda: (run_disk_check(folder),)),
        "decode engines": (ReadyPart.CAMERA, _engines),
        "camera": (ReadyPart.CAMERA, lambda: (run_camera_check(settings),)),
        "relay": (ReadyPart.RELAY, lambda: (run_relay_check(settings),)),
        "scanner": (ReadyPart.SCANNER, lambda: (run_scanner_check(folder, settings),)),
        "sensor": (ReadyPart.SENSOR, lambda: (run_sensor_check(settings),)),
        "sound": (ReadyPart.SOUND, lambda: (run_sound_check(settings),)),
        "printer": (ReadyPart.PRINTER, lambda: (run_printer_check(folder, settings),)),
    }
    for part, (ready_part, check) in checks.items():
        if not uses(mode, ready_part):
            continue
        try:
            yield from (result for result in check() if lists(mode, ready_part, result.state))
        except Exception as bug:  # noqa: BLE001 -- a bug of this part's check; the others are tried all the same
            _log.exception("self_test_failed", part=part)
            yield CheckResult(
                part, False, f"the check itself failed ({type(bug).__name__}); see the log above"
            )


def _engines() -> Iterator[CheckResult]:
    for engine in engines_available():
        yield CheckResult(f"decode engine {engine.name}", engine.available, engine.message)


def _store_and_hub(folder: Path, settings: StationSettings, mode: str) -> Iterator[CheckResult]:
    clock = SystemClock()
    try:
        make_folder(folder)
        with open_store(folder, choose_keystore(folder), clock, new_id, allow_read_only=True) as store:
            yield _store(store, clock)
            if uses(mode, ReadyPart.CHECKPOINT):
                yield from run_checkpoint_check(store)
            if uses(mode, ReadyPart.ROSTER):
                yield run_roster_check(store, clock)
            yield from run_events_check(store, clock)
            yield _hub(store, clock)
            yield _clock(store, clock)
            if uses(mode, ReadyPart.OPERATORS):
                yield run_operators_check(store)
            yield _peers(store, settings)
            yield from run_last_check(store, clock)
    except (StoreError, OSError) as fault:
        yield CheckResult("store", False, str(fault))


def _store(store: Store, clock: Clock) -> CheckResult:
    if store.recovery is not None:
        return CheckResult("store", False, store.recovery.sentence)
    verified, waiting = verify_store(store, clock.now()), store.journal.backlog()
    if not verified.is_whole:
        return CheckResult("store", False, verified.faults[0])
    return CheckResult(
        "store",
        True,
        f"encrypted; journal whole: {verified.rows} rows, {verified.seals} seals; {waiting.rows} rows to be sent",
    )


def run_key_check(folder: Path) -> Iterator[CheckResult]:
    """Report where the store's key is: a file protects it less than a keyring does."""
    match find_key_place(folder):
        case KeyPlace.KEYRING:
            yield CheckResult("key", True, "in this user's keyring")
        case KeyPlace.FILE:
            yield CheckResult("key", True, KEY_IN_FILE)
        case None:
            return


def run_disk_check(folder: Path) -> CheckResult:
    """Check that the disk has space for scans, backups and the roster."""
    try:
        space = read_disk_space(folder)
    except StoreError as fault:
        return CheckResult("disk", False, str(fault))
    free = f"{space.free_mb:,} MB are free"
    if space.state is DiskState.OK:
        return CheckResult("disk", True, free)
    return CheckResult("disk", False, f"{free}, at least {LOW_BYTES >> 20} are needed: free some space")


def run_checkpoint_check(store: Store) -> Iterator[CheckResult]:
    """Check that the station serves a checkpoint of a published event; nothing before its first pull."""
    event = store.venue.event()
    if event is None and not store.events.is_served_assigned:
        detail = "the hub has taken this station's event away: choose another one on this station's screen"
        yield CheckResult("event", False, detail)
    if event is None:
        return
    assignment, served = current_assignment(store), served_checkpoint(store)
    if assignment is None:
        name = f"\u201c{served.name}\u201d is switched off or deleted" if served else "none is chosen"
        yield CheckResult("checkpoint", False, f"{name}: choose one on this station's screen")
    elif event.status is EventStatus.PUBLISHED:
        yield CheckResult("checkpoint", True, f"\u201c{assignment.checkpoint.name}\u201d of {event.name}")
    else:
        yield CheckResult("checkpoint", False, f"{event.name} is not published, so gates refuse everybody")


def run_roster_check(store: Store, clock: Clock) -> CheckResult:
    """Check that there is a list of participants, and that it is not too old."""
    age = store.venue.age(clock.now())
    if age is None:
        return CheckResult(
            "roster", False, "not ready: no roster. Connect the station to its hub, and start it"
        )
    count, hours = store.roster.count, age.total_seconds() / 3600
    detail = f"{count:,} participants, {hours:.1f} hours old"
    assignment = current_assignment(store)
    if assignment is not None and age.total_seconds() > assignment.checkpoint.roster_max_age_s:
        return CheckResult(
            "roster", True, f"{detail}: too old; connect the station to its hub", ReadyState.WARN
        )
    return CheckResult("roster", True, detail, None if count else ReadyState.WARN)


def run_events_check(store: Store, clock: Clock) -> Iterator[CheckResult]:
    """Report the age of the list of each other event that this station may serve; nothing where it has one event only."""
    options = event_options(store)
    for option in options.options:
        part = f"list of \u201c{option.name}\u201d"
        if option.id == options.current_id:
            continue
        if option.roster_at is None:
            detail = "never loaded; connect the station to its hub, and start it"
            yield CheckResult(part, True, detail, ReadyState.WARN)
            continue
        age = clock.now() - option.roster_at
        detail = f"{max(0.0, age.total_seconds()) / 3600:.1f} hours old"
        if age > OTHER_LIST_AGE:
            yield CheckResult(part, True, f"{detail}: old; connect the station to its hub", ReadyState.WARN)
        else:
            yield CheckResult(part, True, detail)


def _clock(store: Store, clock: Clock) -> CheckResult:
    try:
        is_sure = Timekeeper(clock, store).read().sure
    except StoreError:  # it notes this boot's time, which it may not beside a running station
        return CheckResult("clock", True, "the running station watches it", ReadyState.NOT_APPLICABLE)
    if is_sure:
        return CheckResult("clock", True, "nothing speaks against it")
    detail = "it may be wrong: connect the station to its hub once, or set the clock"
    return CheckResult("clock", True, detail, ReadyState.WARN)


def run_operators_check(store: Store) -> CheckResult:
    """Report whether somebody has to sign on, and how many may."""
    operators = store.operators.all()
    if not operators:
        detail = "the event lists none: nobody has to sign on"
        return CheckResult("operators", True, detail, ReadyState.NOT_APPLICABLE)
    if not any(operator.role is OperatorRole.SUPERVISOR for operator in operators):
        detail = "none of them is a supervisor: nobody may override or set up; add one in the console"
        return CheckResult("operators", True, detail, ReadyState.WARN)
    return CheckResult("operators", True, f"{len(operators)} may sign on")


def _peers(store: Store, settings: StationSettings) -> CheckResult:
    listed = len(store.peers.all())
    if not settings.lan or not listed:
        detail = "switched off in the settings" if not settings.lan else "the hub lists no other station"
        return CheckResult("peers", True, detail, ReadyState.NOT_APPLICABLE)
    return CheckResult(
        "peers", True, f"the hub lists {listed}; whether they are heard: doorward-station peers"
    )


def run_last_check(store: Store, clock: Clock) -> Iterator[CheckResult]:
    """Report the ready check that somebody finished last; nothing before the first one."""
    last = load_ready_report(store)
    if last is None:
        return
    at = from_epoch_ms(last.at_ms).astimezone()
    name = f" by {last.operator}" if last.operator else ""
    missing = ", ".join(point.part for point in last.to_do) or "nothing"
    is_old = epoch_ms(clock.now()) - last.at_ms > MAX_AGE_MS
    state = ReadyState.WARN if is_old or not last.is_ready else None
    yield CheckResult("ready check", True, f"{at:%Y-%m-%d %H:%M}{name}; to do: {missing}", state)


def _hub(store: Store, clock: SystemClock) -> CheckResult:
    enrolment = store.settings.enrolment()
    if enrolment is None:
        return CheckResult("hub", False, "This station is not enrolled: doorward-station enrol --help")
    warning = insecure_url_warning(enrolment.hub_url)
    api = HubApi.for_enrolment(enrolment, clock)
    statuses = [store.access.status()]
    api.listen_to_status(statuses.append)
    try:
        api.time()
    except HubClientError as fault:
        return CheckResult("hub", False, f"{fault} {warning}".strip())
    finally:
        api.close()
    if statuses[-1] is not DeviceStatus.ACTIVE:
        return CheckResult("hub", False, LOCKED if statuses[-1] is DeviceStatus.LOCKED else REVOKED)
    detail = f"{enrolment.hub_url} knows this station as \u201c{enrolment.name}\u201d"
    return CheckResult("hub", True, f"{detail}. {warning}" if warning else detail)


def run_camera_check(settings: StationSettings) -> CheckResult:
    """Open the camera and report what it delivers; a covered lens is a fault, too."""
    if not settings.camera:
        return CheckResult(
            "camera",
            True,
            "none is configured: codes are typed or come from a hand-held scanner",
            ReadyState.NOT_APPLICABLE,
        )
    try:
        open_source(settings.camera)  # opens nothing yet; an address that means nothing raises here
        camera = CameraCapture(partial(open_source, settings.camera))
    except ValueError as fault:
        return CheckResult("camera", False, str(fault))
    camera.start()
    frame = camera.latest(after_number=0, timeout=PATIENCE_S)
    health = camera.health()
    camera.stop()
    if frame is None or health.fault is not None:
        return CheckResult("camera", False, health.message)
    height, width = frame.image.shape[:2]
    return CheckResult("camera", True, f"{settings.camera} delivers {width}\u00d7{height}")


def run_relay_check(settings: StationSettings) -> CheckResult:
    """Open the relay board and report it; send no pulse."""
    if not settings.relay:
        return CheckResult(
            "relay", True, "none is configured: people are let through by hand", ReadyState.NOT_APPLICABLE
        )
    try:
        door = create_door(settings.relay)
        with door:
            _wait(lambda: door.health().state is DoorState.READY)
            health = door.health()
    except (ValueError, DeviceError) as fault:
        return CheckResult("relay", False, str(fault))
    ready = health.state is DoorState.READY
    detail = health.message or f"{settings.relay} is ready"
    if ready and not create_board(settings.relay).capabilities.ends_pulse(settings.pulse_ms):
        detail = f"{detail}. {NO_TIMER}"
    return CheckResult("relay", ready, detail)


def run_scanner_check(folder: Path, settings: StationSettings) -> CheckResult:
    """Open the hand-held scanner that the set-up saved, or the settings name; a code cannot be tried without a person."""
    address = settings.scanner
    with (
        contextlib.suppress(StoreError, OSError),  # the store's own check says so
        open_store(folder, choose_keystore(folder), SystemClock(), new_id, allow_read_only=True) as store,
    ):
        address = load_scanner(store, settings.scanner)
    try:
        scanner = HandScanner(address)
    except ValueError as fault:
        return CheckResult("scanner", False, str(fault))
    with scanner:
        scanner.start(lambda _: None)
        _wait(lambda: scanner.health().fault is not ScannerFault.OPENING)
        health = scanner.health()
    if health.fault is not None:
        return CheckResult("scanner", False, health.message)
    state = "types into the window" if health.state is ScannerState.WINDOW else f"{address} is ready"
    return CheckResult("scanner", True, f"{state}; {_TRY_SCANNER}", ReadyState.WARN)


def run_printer_check(folder: Path, settings: StationSettings) -> CheckResult:
    """Ask the printer that the set-up saved, or the settings name, for its state; print nothing."""
    text, last = settings.printer, None
    with (
        contextlib.suppress(StoreError, OSError),  # the store's own check says so
        open_store(folder, choose_keystore(folder), SystemClock(), new_id, allow_read_only=True) as store,
    ):
        text, last = load_printer(store, settings.printer), load_printer_test(store)
    if not text:
        detail = "none is set up: numbers and badges are not printed"
        return CheckResult("printer", True, detail, ReadyState.NOT_APPLICABLE)
    try:
        address = PrinterAddress.parse(text)
    except PrinterAddressError as fault:
        return CheckResult("printer", False, str(fault))
    health = PrintRunner(PRINT_COMMAND).ask_health(address)
    if not health.state.can_print:
        return CheckResult("printer", False, health.message or f"{text}: {health.state.value}")
    if health.state is PrinterState.PAPER_LOW:
        detail = f"{text} prints, and its roll is near its end: have a new one at hand"
        return CheckResult("printer", True, detail, ReadyState.WARN)
    if last is None or last.address != text or not last.is_good:
        detail = f"{text} answers; nobody has looked at a test print: doorward-station print-test"
        return CheckResult("printer", True, detail, ReadyState.WARN)
    return CheckResult("printer", True, f"{text} is ready")


def run_sensor_check(settings: StationSettings) -> CheckResult:
    """Read the turnstile's inputs and report which are active; send no pulse."""
    try:
        inputs = parse_inputs(settings.inputs, settings.input_board)
        if not inputs.has(InputRole.PASSAGE):
            return CheckResult(
                "sensor",
                True,
                "none is configured: who is let in is counted at once",
                ReadyState.NOT_APPLICABLE,
            )
        with create_door(settings.relay, inputs=inputs) as door:
            _wait(lambda: (now := door.inputs()) is not None and now.is_ready)
            state = door.inputs()
    except (ValueError, DeviceError) as fault:
        return CheckResult("sensor", False, str(fault))
    if state is None or not state.is_ready:
        return CheckResult("sensor", False, (state and state.problem) or "the inputs can't be read")
    resting = [role.value for role in state.active]
    if InputRole.PASSAGE in state.active:
        return CheckResult(
            "sensor", False, "the passage sensor is active though nobody passes; see whether it is covered"
        )
    return CheckResult(
        "sensor", not resting, f"active: {', '.join(resting)}" if resting else "ready, nothing is active"
    )


def run_sound_check(settings: StationSettings) -> CheckResult:
    """Open the sound device, unless the settings switch the sound off."""
    if not settings.sound:
        detail = "switched off by the setting sound: the screen alone tells"
        return CheckResult("sound", True, detail, ReadyState.NOT_APPLICABLE)
    player = TonePlayer(device=settings.sound_device or None)
    player.start()
    _wait(lambda: player.health() != OPENING, SOUND_PATIENCE_S)
    health = player.health()
    player.close()
    return CheckResult("sound", health.state is SoundState.AUDIBLE, health.message or "a tone would be heard")


def _wait(done: Callable[[], bool], patience: float = PATIENCE_S) -> None:
    deadline = time.monotonic() + patience
    while not done() and time.monotonic() < deadline:
        time.sleep(0.05)
