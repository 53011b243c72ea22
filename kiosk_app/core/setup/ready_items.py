"""What each part of a station lacks before the doors open. Pure: a part's health goes in, a line of the ready check comes out."""

from dataclasses import replace
from datetime import datetime, timedelta

from hardware.camera import CameraFault, CameraHealth, CameraState
from hardware.errors import RelayFault
from hardware.inputs import InputRole, InputSnapshot
from hardware.printer import PrinterHealth, PrinterState
from hardware.relay import DoorHealth, DoorState
from hardware.scanner import ScannerFault, ScannerHealth, ScannerState
from hardware.tones import SoundHealth, SoundState
from hub_sync.client.lan.status import LanStatus
from hub_sync.client.store import DiskSpace, DiskState
from hub_sync.client.sync.status import ConnectionState
from hub_sync.contract.ready_check import ReadyPart, ReadyState
from kiosk_app.messages import (
    EventOption,
    EventOptions,
    GateReadiness,
    PrinterTest,
    ReadinessState,
    ReadyItem,
    WiringAnswer,
    WiringDoubt,
    WiringResult,
)

WIRING_TEST_AGE = timedelta(hours=20)
"""A wiring test that is older is yesterday's."""
OTHER_LIST_AGE = timedelta(hours=12)
"""A list of another event that is older should be loaded anew before the station leaves the network."""
_DARK = frozenset({CameraFault.COVERED, CameraFault.OVEREXPOSED})
_NO_LIST = {
    ReadinessState.NOT_ENROLLED: "not_enrolled",
    ReadinessState.CONNECTING: "loading",
    ReadinessState.LOADING: "loading",
    ReadinessState.NO_ROSTER: "missing",
    ReadinessState.HUB_REFUSES: "missing",
    ReadinessState.STORE_CLOSED: "missing",
    ReadinessState.WIPING: "missing",
    ReadinessState.NO_EVENT: "no_event",
    ReadinessState.EVENT_REMOVED: "event_removed",
}
_NO_CHECKPOINT = {
    ReadinessState.NO_CHECKPOINT: "none_exists",
    ReadinessState.CHOOSE_CHECKPOINT: "not_chosen",
    ReadinessState.CHECKPOINT_OFF: "switched_off",
}


def _first_problem(part: ReadyPart, *problems: tuple[bool, ReadyState, str]) -> ReadyItem:
    """Return the line of the first problem that is there, or of a part that is ready."""
    for is_there, state, cause in problems:
        if is_there:
            return ReadyItem(part, state, cause)
    return ReadyItem(part)


def camera_item(health: CameraHealth | None, *, has_read: bool) -> ReadyItem:
    """Return the line of the camera; `health` None: there is none."""
    part = ReadyPart.CAMERA
    if health is None:
        return ReadyItem(part, ReadyState.NOT_APPLICABLE, "none")
    if health.fault in _DARK:
        return ReadyItem(part, ReadyState.NOT_READY, "dark")
    if health.fault is CameraFault.ACCESS_DENIED:
        return ReadyItem(part, ReadyState.NOT_READY, "denied")
    if health.state is not CameraState.LIVE:
        return ReadyItem(part, ReadyState.NOT_READY, "missing")
    return ReadyItem(part) if has_read else ReadyItem(part, ReadyState.WARN, "unread")


def scanner_item(health: ScannerHealth, *, has_read: bool, has_camera: bool) -> ReadyItem:
    """Return the line of the hand-held scanner. One that types into the window shows itself by a scan only."""
    part = ReadyPart.SCANNER
    if health.fault is ScannerFault.FLOODING:
        return ReadyItem(part, ReadyState.NOT_READY, "floods")
    if health.fault is ScannerFault.ACCESS_DENIED:
        return ReadyItem(part, ReadyState.NOT_READY, "denied")
    if health.fault is not None:
        return ReadyItem(part, ReadyState.NOT_READY, "missing")
    if has_read:
        return ReadyItem(part)
    if health.state is ScannerState.WINDOW and has_camera:
        return ReadyItem(part, ReadyState.NOT_APPLICABLE, "none")
    return ReadyItem(part, ReadyState.WARN, "unread")


def relay_item(
    health: DoorHealth | None,
    address: str,
    last: WiringResult | None,
    now: datetime,
    *,
    boot_id: str = "",
    reconnected_at: datetime | None = None,
) -> ReadyItem:
    """Return the line of the turnstile, by its board and by what a person saw at the last wiring test.

    Args:
        health: the door's; None: there is no turnstile.
        address: the board and channel in use.
        last: the last wiring test.
        now: the time.
        boot_id: the present start of the computer.
        reconnected_at: the time at which the board came back, if it was away.
    """
    part = ReadyPart.RELAY
    if health is None:
        return ReadyItem(part, ReadyState.NOT_APPLICABLE, "none")
    stays_on = health.fault is not None and health.fault.kind is RelayFault.STAYS_ON
    item = _first_problem(
        part,
        (stays_on, ReadyState.NOT_READY, "stays_on"),
        (health.state is not DoorState.READY, ReadyState.NOT_READY, "missing"),
    )
    if item.state is not ReadyState.READY:
        return item
    doubt = WiringDoubt.OTHER_BOARD if last is None else last.doubt(address, boot_id, reconnected_at)
    if last is None or doubt is WiringDoubt.OTHER_BOARD:
        return ReadyItem(part, ReadyState.WARN, "untested")
    item = _first_problem(
        part,
        (last.answer is not WiringAnswer.TURNED, ReadyState.NOT_READY, "not_turned"),
        (not last.is_off, ReadyState.NOT_READY, "stays_on"),
        (doubt is WiringDoubt.REBOOTED, ReadyState.WARN, "rebooted"),
        (doubt is WiringDoubt.RECONNECTED, ReadyState.WARN, "reconnected"),
        (now - last.at > WIRING_TEST_AGE, ReadyState.WARN, "long_ago"),
    )
    age_s = max(0.0, (now - last.at).total_seconds())
    return replace(item, at=last.at, name=last.operator, age_s=age_s)


def sensor_item(inputs: InputSnapshot | None, *, has_sensor: bool) -> ReadyItem:
    """Return the line of the passage sensor and of the turnstile's other inputs."""
    part = ReadyPart.SENSOR
    if inputs is None or not has_sensor:
        return ReadyItem(part, ReadyState.NOT_APPLICABLE, "none")
    active = set(inputs.active)
    return _first_problem(
        part,
        (not inputs.is_ready, ReadyState.NOT_READY, "unreadable"),
        (InputRole.FIRE in active, ReadyState.NOT_READY, "fire"),
        (InputRole.JAM in active, ReadyState.NOT_READY, "jammed"),
        (bool(active & {InputRole.PASSAGE, InputRole.REVERSE}), ReadyState.WARN, "active"),
        (InputRole.TAMPER in active, ReadyState.WARN, "opened"),
    )


def sound_item(health: SoundHealth, *, has_sound: bool, heard: bool | None) -> ReadyItem:
    """Return the line of the tones; `heard` is a person's answer, None before it."""
    part = ReadyPart.SOUND
    if not has_sound:
        return ReadyItem(part, ReadyState.NOT_APPLICABLE, "off")
    if health.state is not SoundState.AUDIBLE:
        return ReadyItem(part, ReadyState.WARN, "silent")
    if heard is None:
        return ReadyItem(part, ReadyState.WARN, "unheard")
    return ReadyItem(part) if heard else ReadyItem(part, ReadyState.WARN, "not_heard")


def roster_item(
    readiness: GateReadiness, count: int, age: timedelta | None, max_age: timedelta | None
) -> ReadyItem:
    """Return the line of the list of participants. `age` None: there is no list."""
    part = ReadyPart.ROSTER
    if (cause := _NO_LIST.get(readiness.state)) is not None:
        state = ReadyState.WARN if cause == "loading" else ReadyState.NOT_READY
        return ReadyItem(part, state, cause, n=readiness.received)
    if age is None:
        return ReadyItem(part, ReadyState.NOT_READY, "missing")
    if max_age is not None and age > max_age:
        return ReadyItem(part, ReadyState.WARN, "old", n=int(age.total_seconds() // 3600))
    return ReadyItem(part, n=count) if count else ReadyItem(part, ReadyState.WARN, "empty")


def events_item(options: EventOptions, now: datetime) -> ReadyItem:
    """Return the line of the lists of the station's other events, with the time of each. Only the worst ones are named, if any."""
    part = ReadyPart.EVENTS
    others = [
        option for option in options.options if option.id != options.current_id and option.ends_at > now
    ]
    if not others:
        return ReadyItem(part, ReadyState.NOT_APPLICABLE, "none")
    missing = [option for option in others if option.roster_at is None]
    old = [each for each in others if each.roster_at is not None and now - each.roster_at > OTHER_LIST_AGE]
    cause = "missing" if missing else "old" if old else "ok"
    names = "; ".join(_name_with_time(option) for option in missing or old or others)
    return ReadyItem(part, ReadyState.READY if cause == "ok" else ReadyState.WARN, cause, name=names)


def _name_with_time(option: EventOption) -> str:
    """Return an event's name, apart from the text around it, and the time of its list where the event is."""
    name = f"\u2068{option.name}\u2069"
    if option.roster_at is None:
        return name
    return f"{name} (\u2066{option.roster_at.astimezone(option.time_zone):%Y-%m-%d %H:%M}\u2069)"


def checkpoint_item(readiness: GateReadiness, name: str) -> ReadyItem:
    """Return the line of the checkpoint that the station serves; `name` is the checkpoint's."""
    part = ReadyPart.CHECKPOINT
    if readiness.state in _NO_LIST:
        return ReadyItem(part, ReadyState.NOT_READY, "unknown")
    if (cause := _NO_CHECKPOINT.get(readiness.state)) is not None:
        return ReadyItem(part, ReadyState.NOT_READY, cause)
    return ReadyItem(part, name=name)


def hub_item(connection: ConnectionState, *, is_enrolled: bool, is_active: bool) -> ReadyItem:
    """Return the line of the hub: a gate works without it, but nobody should open so without knowing it."""
    part = ReadyPart.HUB
    if not is_enrolled:
        return ReadyItem(part, ReadyState.NOT_READY, "not_enrolled")
    if not is_active:
        return ReadyItem(part, ReadyState.NOT_READY, "locked")
    if connection is ConnectionState.REFUSED:
        return ReadyItem(part, ReadyState.NOT_READY, "refused")
    return (
        ReadyItem(part)
        if connection is ConnectionState.ONLINE
        else ReadyItem(part, ReadyState.WARN, "offline")
    )


def printer_item(
    health: PrinterHealth, *, address: str, last: PrinterTest | None, now: datetime
) -> ReadyItem:
    """Return the line of the printer, by its own state and by what a person said of its test print. `address` empty: there is none."""
    part = ReadyPart.PRINTER
    if not address:
        return ReadyItem(part, ReadyState.NOT_APPLICABLE, "none")
    if not health.state.can_print:
        return ReadyItem(part, ReadyState.NOT_READY, health.state.value)
    is_tested = last is not None and last.address == address
    item = _first_problem(
        part,
        (health.state is PrinterState.PAPER_LOW, ReadyState.WARN, "paper_low"),
        (health.state is PrinterState.UNKNOWN, ReadyState.WARN, "unknown"),
        (not is_tested, ReadyState.WARN, "untested"),
        (last is not None and not last.is_good, ReadyState.WARN, "bad_print"),
    )
    if last is None or not is_tested:
        return item
    age_s = max(0.0, (now - last.at).total_seconds())
    return replace(item, at=last.at, name=last.operator, age_s=age_s)


def disk_item(space: DiskSpace | None) -> ReadyItem:
    """Return the line of the disk's space; None: the disk does not say."""
    part = ReadyPart.DISK
    if space is None:
        return ReadyItem(part, ReadyState.NOT_READY, "unreadable")
    if space.state is DiskState.FULL:
        return ReadyItem(part, ReadyState.NOT_READY, "full", n=space.free_mb)
    cause = "ok" if space.state is DiskState.OK else "low"
    return ReadyItem(part, ReadyState.READY if cause == "ok" else ReadyState.WARN, cause, n=space.free_mb)


def store_item(*, can_write: bool, was_recovered: bool, is_copied: bool) -> ReadyItem:
    """Return the line of the store: where it can't write, every scan is refused."""
    part = ReadyPart.STORE
    if not can_write:
        return ReadyItem(part, ReadyState.NOT_READY, "unwritable")
    if was_recovered:
        return ReadyItem(part, ReadyState.WARN, "recovered")
    return ReadyItem(part) if is_copied else ReadyItem(part, ReadyState.WARN, "no_copy")


def peers_item(status: LanStatus) -> ReadyItem:
    """Return the line of the event's other stations on the local network."""
    part, listed = ReadyPart.PEERS, len(status.peers)
    if not listed:
        return ReadyItem(part, ReadyState.NOT_APPLICABLE, "none")
    missing = listed - status.heard
    return ReadyItem(part, ReadyState.WARN, "missing", n=missing) if missing else ReadyItem(part, n=listed)


def operators_item(*, is_required: bool, name: str) -> ReadyItem:
    """Return the line of the operators; `name` is of whoever is signed on."""
    part = ReadyPart.OPERATORS
    if not is_required:
        return ReadyItem(part, ReadyState.NOT_APPLICABLE, "none")
    return ReadyItem(part, name=name) if name else ReadyItem(part, ReadyState.WARN, "nobody")


def screen_item(may_sleep: bool | None) -> ReadyItem:
    """Return the line of the screen; None: there is no window that would know."""
    if may_sleep is None:
        return ReadyItem(ReadyPart.SCREEN, ReadyState.NOT_APPLICABLE, "none")
    return (
        ReadyItem(ReadyPart.SCREEN, ReadyState.WARN, "sleeps") if may_sleep else ReadyItem(ReadyPart.SCREEN)
    )


def clock_item(*, is_sure: bool) -> ReadyItem:
    """Return the line of the clock: with an unsure one scans are marked, and nothing expires."""
    return ReadyItem(ReadyPart.CLOCK) if is_sure else ReadyItem(ReadyPart.CLOCK, ReadyState.WARN, "unsure")
