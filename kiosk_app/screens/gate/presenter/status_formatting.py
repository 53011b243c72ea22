"""Format the station's condition: connection, roster, pending scans, checkpoints, occupancy. Qt-free and stateless."""

from hub_sync.client.store import StoreFault
from hub_sync.contract.enums import CheckpointDirection, DeviceStatus, Direction
from hub_sync.rules.occupancy import OccupancyLevel, occupancy_level
from kiosk_app.messages import (
    ActiveAlarms,
    CameraAvailability,
    CheckpointOptions,
    ConnectionStatus,
    EventOption,
    EventOptions,
    GateDeviceStatus,
    HubConnectionState,
    Neighbours,
    Occupancy,
    OperatorStatus,
    ScannerAvailability,
    ZoneCapacity,
)
from kiosk_app.screens.gate.presenter.verdict_formatting import FormatContext
from kiosk_app.screens.gate.presenter.view_state import Banner, CheckpointHeading, StatusBar
from kiosk_app.ui.age_text import age_text
from kiosk_app.ui.items import Chip, ListItem, OccupancyBar
from resources.themes import Signal
from resources.translations.catalogue import Texts

MAX_ZONES = 4
"""The number of bars that fit beside the last scans on a small screen."""

CAMERA_FAULTS = frozenset(CameraAvailability) - {
    CameraAvailability.STARTING,
    CameraAvailability.LIVE,
    CameraAvailability.NONE,
}
"""What keeps the camera from reading codes; each has a title and a text."""
SCANNER_FAULTS = frozenset(ScannerAvailability) - {
    ScannerAvailability.WINDOW,
    ScannerAvailability.READY,
    ScannerAvailability.STARTING,
}
"""What keeps the hand-held scanner from reading codes; the alarm has the sentence."""

_CONNECTION_SIGNALS = {
    HubConnectionState.NOT_ENROLLED: Signal.AMBER,
    HubConnectionState.CONNECTING: Signal.BLUE,
    HubConnectionState.ONLINE: Signal.GREEN,
    HubConnectionState.OFFLINE: Signal.AMBER,
    HubConnectionState.REFUSED: Signal.RED,
}
_ZONE_SIGNALS = {
    OccupancyLevel.GREEN: Signal.GREEN,
    OccupancyLevel.YELLOW: Signal.AMBER,
    OccupancyLevel.RED: Signal.RED,
    OccupancyLevel.UNKNOWN: Signal.BLUE,
}


def build_status_bar(
    connection: ConnectionStatus,
    devices: GateDeviceStatus,
    context: FormatContext,
    *,
    operators: OperatorStatus | None = None,
    is_store_open: bool = True,
    has_clock: bool = True,
) -> StatusBar:
    """Build the top bar's right half. `has_clock` False: the event's zone is not known yet."""
    texts = context.texts
    return StatusBar(
        connection=_connection_chip(connection, context) if is_store_open else None,
        roster=_roster_chip(connection, context) if is_store_open else None,
        pending=_pending_chip(connection, texts) if is_store_open else None,
        sound=None if devices.sound else Chip(texts("sound.off"), Signal.AMBER, "sound-off"),
        clock=texts.clock(context.now.astimezone(context.time_zone)) if has_clock else "",
        operator=_operator_chip(operators) if operators else None,
    )


def _operator_chip(operators: OperatorStatus) -> Chip | None:
    """Return who is signed on; blue as long as a supervisor's PIN is good, so that nobody leaves the gate open to all."""
    if operators.supervisor is not None:
        return Chip(operators.supervisor.name, Signal.BLUE, "override")
    return Chip(operators.signed_on.name, None, "person") if operators.signed_on else None


def build_heading(
    checkpoints: CheckpointOptions, texts: Texts, events: EventOptions | None = None
) -> CheckpointHeading:
    """Build the top bar's left half: the event where there are several, checkpoint and direction."""
    current = next((option for option in checkpoints.options if option.id == checkpoints.current_id), None)
    return CheckpointHeading(
        checkpoint=current.name if current else texts("way.none"),
        direction=texts(f"way.{checkpoints.direction.value}"),
        entering=checkpoints.direction is Direction.ENTRY,
        can_select=len(checkpoints.options) > (1 if current else 0),
        can_toggle=current is not None and current.direction is CheckpointDirection.BIDIRECTIONAL,
        event=served_event(events) if events is not None else "",
    )


def served_event(events: EventOptions) -> str:
    """Return the name of the event that is served; empty where there is no choice, or it is not known."""
    return next((option.name for option in events.options if option.id == events.current_id), "")


def event_items(events: EventOptions, context: FormatContext) -> tuple[ListItem, ...]:
    """Return the events to select from: when each is, and how old its list is."""
    return tuple(_event_item(option, events.current_id, context) for option in events.options)


def _event_item(option: EventOption, current_id: str, context: FormatContext) -> ListItem:
    texts, is_current = context.texts, option.id == current_id
    span, has_list = _event_span(option, texts), option.roster_at is not None
    if option.roster_at is not None:
        age = texts("event.list_age", age=age_text(context.now - option.roster_at, texts))
        span = f"{span} \u00b7 {age}"
    return ListItem(
        id=option.id,
        title=option.name,
        subtitle=span,
        icon="check" if is_current else "ticket",
        badge="" if has_list else texts("event.no_list"),
        signal=None if has_list else Signal.AMBER,
        current=is_current,
    )


def _event_span(option: EventOption, texts: Texts) -> str:
    """Return when an event is, by the clock of its own place."""
    start, end = (at.astimezone(option.time_zone) for at in (option.starts_at, option.ends_at))
    days = [texts("time.day", day=str(at.day), month=texts(f"month.{at.month}")) for at in (start, end)]
    if start.date() == end.date():
        return texts("event.span_day", date=days[0], start=texts.clock(start), end=texts.clock(end))
    first = texts("event.moment", date=days[0], clock=texts.clock(start))
    return texts("event.span", start=first, end=texts("event.moment", date=days[1], clock=texts.clock(end)))


def checkpoint_items(checkpoints: CheckpointOptions, texts: Texts) -> tuple[ListItem, ...]:
    """Return the checkpoints to select from."""
    directions = {
        CheckpointDirection.ENTRY: texts("way.entry"),
        CheckpointDirection.EXIT: texts("way.exit"),
        CheckpointDirection.BIDIRECTIONAL: f"{texts('way.entry')} / {texts('way.exit')}",
    }
    return tuple(
        ListItem(
            id=option.id,
            title=option.name,
            subtitle=" \u00b7 ".join(part for part in (option.zone, directions[option.direction]) if part),
            icon="check" if option.id == checkpoints.current_id else "place",
            current=option.id == checkpoints.current_id,
        )
        for option in checkpoints.options
    )


def occupancy_bars(occupancy: Occupancy, texts: Texts) -> tuple[tuple[OccupancyBar, ...], str]:
    """Return the bars to show and, where there are more zones, a line that says so."""
    zones = occupancy.zones
    more = len(zones) - MAX_ZONES
    bars = tuple(_occupancy_bar(zone, texts) for zone in zones[:MAX_ZONES])
    return bars, texts("zone.more", n=more) if more > 0 else ""


def neighbours_text(neighbours: Neighbours, texts: Texts) -> str:
    """Return the line about other stations on the local network; empty where there are none to hear."""
    if not neighbours.listed:
        return ""
    if not neighbours.heard:
        return texts("lan.none")
    everybody = neighbours.heard == neighbours.listed
    key, count = ("lan.all", neighbours.heard + 1) if everybody else ("lan.some", neighbours.heard)
    text = texts(key, n=count, listed=neighbours.listed)
    by_list = neighbours.by_list == neighbours.heard
    return texts("lan.by_list", text=text) if by_list else text


_STATION_TEXTS = {
    DeviceStatus.PENDING: "reason.station_locked",
    DeviceStatus.LOCKED: "reason.station_locked",
    DeviceStatus.REVOKED: "reason.station_revoked",
    DeviceStatus.RETIRED: "reason.station_revoked",
}


def build_banner(devices: GateDeviceStatus, alarms: ActiveAlarms, texts: Texts) -> Banner:
    """Build the banner while no code is shown: the instruction to visitors, or why nobody is let in.

    An alarm that does not keep visitors waiting is no banner; the operator reads it in the alerts.
    """
    cut_off = "reason.station_offline" if alarms.cut_off else None
    if (station := _STATION_TEXTS.get(alarms.station, cut_off)) is not None:
        return Banner(texts("gate_closed.title"), texts(station), Signal.RED)
    if alarms.unwritten is not None:
        key = "unwritten.full" if alarms.unwritten is StoreFault.FULL else "unwritten.other"
        return Banner(texts(key), texts(f"{key}_text"), Signal.RED)
    if alarms.unknown_time_zone:
        return Banner(
            texts("alarm.title"), texts("alarm.time_zone", zone=alarms.unknown_time_zone), Signal.AMBER
        )
    if devices.camera in CAMERA_FAULTS:
        key = f"camera.{devices.camera.value}"
        return Banner(texts(key), texts(f"{key}_text"), Signal.AMBER)
    if devices.camera is CameraAvailability.NONE:
        is_missing = devices.scanner in SCANNER_FAULTS
        key = "scanner.missing" if is_missing else "camera.none"
        return Banner(texts(key), texts(f"{key}_text"), Signal.AMBER if is_missing else None)
    return Banner(texts("ready.title"), texts("ready.text"))


def _connection_chip(connection: ConnectionStatus, context: FormatContext) -> Chip:
    signal = _CONNECTION_SIGNALS[connection.state]
    icon = "online" if connection.state is HubConnectionState.ONLINE else "offline"
    if connection.state is HubConnectionState.OFFLINE and connection.since is not None:
        since = connection.since.astimezone(context.time_zone)
        today = context.now.astimezone(context.time_zone)
        when = context.texts.when(since, today, form="chip")
        text = context.texts("link.offline_since", when=when)
        return Chip(text, signal, icon, short=context.texts("link.offline"))
    return Chip(context.texts(f"link.{connection.state.value}"), signal, icon)


def _roster_chip(connection: ConnectionStatus, context: FormatContext) -> Chip:
    texts = context.texts
    if connection.roster_at is None:
        return Chip(texts("roster.none"), Signal.AMBER, "roster")
    age = context.now - connection.roster_at
    stale = connection.roster_max_age is not None and age > connection.roster_max_age
    short_age = age_text(age, texts)
    text = texts("roster.age", age=short_age, n=connection.roster_count)
    return Chip(text, Signal.AMBER if stale else None, "roster", short=texts("roster.short", age=short_age))


def _pending_chip(connection: ConnectionStatus, texts: Texts) -> Chip:
    pending = connection.pending
    if connection.set_aside:
        text = texts("waiting.set_aside", n=pending, aside=connection.set_aside)
        short = texts("waiting.short_aside", n=pending, aside=connection.set_aside)
        return Chip(text, Signal.AMBER, "upload", short=short)
    return Chip(texts("waiting.count", n=pending), None, "upload", short=texts("waiting.short", n=pending))


def _occupancy_bar(zone: ZoneCapacity, texts: Texts) -> OccupancyBar:
    zone_level = occupancy_level(zone.current, zone.capacity)
    if not zone.capacity or zone_level is OccupancyLevel.UNKNOWN:
        return OccupancyBar(zone.name, texts.number(zone.current), texts("zone.unknown"), None, Signal.BLUE)
    over = zone.current > zone.capacity
    return OccupancyBar(
        name=zone.name,
        figures=texts("zone.figures", current=zone.current, capacity=zone.capacity),
        level=texts("zone.over" if over else f"zone.{zone_level.value}"),
        fraction=zone.current / zone.capacity,
        signal=_ZONE_SIGNALS[zone_level],
    )
