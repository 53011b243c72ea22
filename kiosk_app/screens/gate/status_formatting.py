"""The station's condition in a few words: link, roster, what waits, how full. Qt-free and without memory."""

from datetime import timedelta

from hub_sync.contract.enums import CheckpointDirection, Direction
from hub_sync.rules.occupancy import OccupancyLevel, occupancy_level
from kiosk_app.messages import (
    Alarms,
    CameraState,
    Checkpoints,
    Devices,
    LinkInfo,
    LinkState,
    Occupancy,
    ZoneCount,
)
from kiosk_app.screens.gate.verdict_formatting import Voice
from kiosk_app.screens.gate.view_state import Banner, Chip, ChoiceRow, Status, Way, ZoneBar
from resources.themes import Signal
from resources.translations import Texts

MAX_ZONES = 4
"""As many bars as fit beside the last scans on a small screen."""

_LINK_SIGNALS = {
    LinkState.CONNECTING: Signal.BLUE,
    LinkState.ONLINE: Signal.GREEN,
    LinkState.OFFLINE: Signal.AMBER,
    LinkState.REFUSED: Signal.RED,
}
_ZONE_SIGNALS = {
    OccupancyLevel.GREEN: Signal.GREEN,
    OccupancyLevel.YELLOW: Signal.AMBER,
    OccupancyLevel.RED: Signal.RED,
    OccupancyLevel.UNKNOWN: Signal.BLUE,
}


def status_of(link: LinkInfo, devices: Devices, voice: Voice) -> Status:
    """The top bar's right half."""
    texts = voice.texts
    return Status(
        link=_link_chip(link, voice),
        roster=_roster_chip(link, voice),
        waiting=_waiting_chip(link, texts),
        sound=None if devices.sound else Chip(texts("sound.off"), Signal.AMBER, "sound-off"),
        clock=texts.clock(voice.now.astimezone(voice.time_zone)),
    )


def way_of(points: Checkpoints, texts: Texts) -> Way:
    """Where the gate stands and which way it works."""
    current = next((choice for choice in points.choices if choice.id == points.current_id), None)
    return Way(
        checkpoint=current.name if current else texts("way.none"),
        direction=texts(f"way.{points.direction.value}"),
        entering=points.direction is Direction.ENTRY,
        can_pick=len(points.choices) > (1 if current else 0),
        can_toggle=current is not None and current.direction is CheckpointDirection.BIDIRECTIONAL,
    )


def choices_of(points: Checkpoints, texts: Texts) -> tuple[ChoiceRow, ...]:
    """The checkpoints to pick from."""
    ways = {
        CheckpointDirection.ENTRY: texts("way.entry"),
        CheckpointDirection.EXIT: texts("way.exit"),
        CheckpointDirection.BIDIRECTIONAL: f"{texts('way.entry')} / {texts('way.exit')}",
    }
    return tuple(
        ChoiceRow(
            id=choice.id,
            name=choice.name,
            line=" \u00b7 ".join(part for part in (choice.zone, ways[choice.direction]) if part),
            current=choice.id == points.current_id,
        )
        for choice in points.choices
    )


def bars_of(occupancy: Occupancy, texts: Texts) -> tuple[tuple[ZoneBar, ...], str]:
    """The bars to show and, where there are more zones, a line that says so."""
    zones = occupancy.zones
    more = len(zones) - MAX_ZONES
    return tuple(_bar(zone, texts) for zone in zones[:MAX_ZONES]), texts(
        "zone.more", n=more
    ) if more > 0 else ""


def ready_banner(devices: Devices, alarms: Alarms, texts: Texts) -> Banner:
    """What somebody must see to; else what to do now, and with no camera, what to do instead."""
    told = [*alarms.sentences, *([texts("alarm.doubles", n=alarms.doubles)] if alarms.doubles else [])]
    if told:
        return Banner(texts("alarm.title"), " ".join(told), Signal.AMBER)
    if devices.camera is CameraState.MISSING:
        return Banner(texts("camera.missing"), texts("camera.missing_text"), Signal.AMBER)
    if devices.camera is CameraState.NONE:
        return Banner(texts("camera.none"), texts("camera.none_text"))
    return Banner(texts("ready.title"), texts("ready.text"))


def _link_chip(link: LinkInfo, voice: Voice) -> Chip:
    signal = _LINK_SIGNALS[link.state]
    icon = "online" if link.state is LinkState.ONLINE else "offline"
    if link.state is LinkState.OFFLINE and link.since is not None:
        since, today = link.since.astimezone(voice.time_zone), voice.now.astimezone(voice.time_zone)
        when = voice.texts.when(since, today, form="chip")
        text = voice.texts("link.offline_since", when=when)
        return Chip(text, signal, icon, short=voice.texts("link.offline"))
    return Chip(voice.texts(f"link.{link.state.value}"), signal, icon)


def _roster_chip(link: LinkInfo, voice: Voice) -> Chip:
    if link.roster_at is None:
        return Chip(voice.texts("roster.none"), Signal.AMBER, "roster")
    age = voice.now - link.roster_at
    stale = link.roster_max_age is not None and age > link.roster_max_age
    said = age_text(age, voice.texts)
    text = voice.texts("roster.age", age=said, n=link.roster_count)
    return Chip(text, Signal.AMBER if stale else None, "roster", short=voice.texts("roster.short", age=said))


def age_text(age: timedelta, texts: Texts) -> str:
    """An age as short as it can be said: 12 s, 5 min, 3 h, 2 days."""
    seconds = max(0, int(age.total_seconds()))
    for unit, length in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= length:
            return texts(f"age.{unit}", n=seconds // length)
    return texts("age.seconds", n=seconds)


def _waiting_chip(link: LinkInfo, texts: Texts) -> Chip:
    if link.set_aside:
        text = texts("waiting.set_aside", n=link.waiting, aside=link.set_aside)
        short = texts("waiting.short_aside", n=link.waiting, aside=link.set_aside)
        return Chip(text, Signal.AMBER, "upload", short=short)
    short = texts("waiting.short", n=link.waiting)
    return Chip(texts("waiting.count", n=link.waiting), None, "upload", short=short)


def _bar(zone: ZoneCount, texts: Texts) -> ZoneBar:
    how_full = occupancy_level(zone.current, zone.capacity)
    if not zone.capacity or how_full is OccupancyLevel.UNKNOWN:
        return ZoneBar(zone.name, texts.number(zone.current), texts("zone.unknown"), None, Signal.BLUE)
    over = zone.current > zone.capacity
    return ZoneBar(
        name=zone.name,
        figures=texts("zone.figures", current=zone.current, capacity=zone.capacity),
        level=texts("zone.over" if over else f"zone.{how_full.value}"),
        fraction=zone.current / zone.capacity,
        signal=_ZONE_SIGNALS[how_full],
    )
