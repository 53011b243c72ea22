"""The settings of editions that a change with a scope may change: one registry, and how each is read and written. Pure.

Times are settings of the wall clock: a start at 09:00 is 09:00 in each edition, on whichever side of a change of the clocks it lies.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Protocol

from hub_sync.contract.enums import EventStatus
from hub_sync.hub.domains.series.cloning.dates import DateNote, NewDate, local_wall, resolve
from hub_sync.hub.domains.series.editions.names import name_of
from hub_sync.hub.domains.series.editions.plan_schemas import EditionSettings
from hub_sync.hub.kit.i18n import N_

Value = str | int | None
HOURS = "hours:"
"""The beginning of the names of checkpoints' opening hours."""
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class EditionSetting:
    """A setting.

    Attributes:
        name: in values of editions.
        label: marked with `N_`.
        is_noticed: True if participants have to know that it changed.
        moves: True if the dates of the event follow from it.
    """

    name: str
    label: str
    is_noticed: bool = False
    moves: bool = False


SETTINGS: Mapping[str, EditionSetting] = {
    each.name: each
    for each in (
        EditionSetting("name", N_("Name")),
        EditionSetting("day", N_("Day"), is_noticed=True, moves=True),
        EditionSetting("start_at", N_("Starts"), is_noticed=True, moves=True),
        EditionSetting("duration_minutes", N_("Length in minutes"), is_noticed=True, moves=True),
        EditionSetting("time_zone", N_("Time zone"), is_noticed=True, moves=True),
        EditionSetting("doors_open_before", N_("Doors open, minutes before the start"), moves=True),
        EditionSetting("doors_close_before", N_("Doors close, minutes before the end"), moves=True),
        EditionSetting("day_begins_at", N_("A day begins")),
        EditionSetting("everyone_leaves_at", N_("Everybody has left at")),
        EditionSetting("capacity", N_("Capacity")),
        EditionSetting("status", N_("Status"), is_noticed=True),
    )
}
"""All settings but the opening hours of checkpoints, in the order in which plans show them."""
CHECKPOINT_HOURS = EditionSetting("hours", N_("Opening hours"))


class EventColumns(Protocol):
    """The columns of an event that settings are read from."""

    name: str
    starts_at: datetime
    ends_at: datetime
    doors_open_at: datetime | None
    doors_close_at: datetime | None
    time_zone: str
    day_begins_at: str
    everyone_leaves_at: str | None
    capacity: int | None
    status: EventStatus


class CheckpointColumns(Protocol):
    """The columns of a checkpoint that settings are read from."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def opens_at(self) -> str | None:
        """The local opening time."""

    @property
    def closes_at(self) -> str | None:
        """The local closing time."""


def setting_of(name: str) -> EditionSetting:
    """Return the setting of a name."""
    return CHECKPOINT_HOURS if name.startswith(HOURS) else SETTINGS[name]


def read_settings(event: EventColumns, checkpoints: Sequence[CheckpointColumns] = ()) -> dict[str, Value]:
    """Return the settings of an event, by their names."""
    zone = event.time_zone
    start, end = local_wall(event.starts_at, zone), local_wall(event.ends_at, zone)
    opens = event.doors_open_at and local_wall(event.doors_open_at, zone)
    closes = event.doors_close_at and local_wall(event.doors_close_at, zone)
    values: dict[str, Value] = {
        "name": event.name,
        "day": start.date().isoformat(),
        "start_at": f"{start:%H:%M}",
        "duration_minutes": (end - start) // _MINUTE,
        "time_zone": zone,
        "doors_open_before": None if opens is None else (start - opens) // _MINUTE,
        "doors_close_before": None if closes is None else (end - closes) // _MINUTE,
        "day_begins_at": event.day_begins_at,
        "everyone_leaves_at": event.everyone_leaves_at,
        "capacity": event.capacity,
        "status": event.status.value,
    }
    return values | {HOURS + each.name: _hours(each.opens_at, each.closes_at) for each in checkpoints}


def wanted_settings(
    settings: EditionSettings, present: Mapping[str, Value], series_name: str, number: int
) -> dict[str, Value]:
    """Return what a change gives to an edition, by the names of settings. `present`: its settings as they are."""
    sent = settings.model_fields_set
    plain = sent & SETTINGS.keys()
    wanted: dict[str, Value] = {name: getattr(settings, name) for name in SETTINGS if name in plain}
    if "status" in wanted:
        wanted["status"] = settings.status.value
    day = date.fromisoformat(str(present["day"]))
    if "move_days" in sent:
        day += timedelta(days=settings.move_days)
        wanted["day"] = day.isoformat()
    if "name_pattern" in sent:
        wanted["name"] = name_of(settings.name_pattern, series_name, number, day)
    for hours in settings.checkpoint_hours:
        if HOURS + hours.name in present:
            wanted[HOURS + hours.name] = _hours(hours.opens_at, hours.closes_at)
    return wanted


@dataclass(frozen=True, slots=True)
class EditionDates:
    """The dates of an event; `notes` are (label, note) of those at which the clocks change."""

    starts_at: datetime
    ends_at: datetime
    doors_open_at: datetime | None
    doors_close_at: datetime | None
    notes: Sequence[tuple[str, DateNote]] = field(default_factory=tuple)

    @property
    def doors_reversed(self) -> bool:
        """True if the doors would close before they open."""
        return (self.doors_close_at or self.ends_at) <= (self.doors_open_at or self.starts_at)


def move(event: EventColumns, changes: Mapping[str, Value]) -> EditionDates:
    """Return the dates of an event with other settings. What `changes` does not name stays, by the wall clock.

    Raises:
        OverflowError: a date lies outside of the calendar.
    """
    if not any(setting_of(name).moves for name in changes):
        return EditionDates(event.starts_at, event.ends_at, event.doors_open_at, event.doors_close_at)
    old, zone = event.time_zone, str(changes.get("time_zone", event.time_zone))
    old_start, old_end = local_wall(event.starts_at, old), local_wall(event.ends_at, old)
    wall = old_start
    if "day" in changes:
        wall = datetime.combine(date.fromisoformat(str(changes["day"])), wall.time())
    if "start_at" in changes:
        wall = datetime.combine(wall.date(), time.fromisoformat(str(changes["start_at"])))
    length, real_length = old_end - old_start, event.ends_at - event.starts_at
    if "duration_minutes" in changes:
        length = real_length = int(changes["duration_minutes"] or 0) * _MINUTE
    end_wall = wall + length
    start, end = resolve(wall, zone), resolve(end_wall, zone)
    if end.at <= start.at:
        end = NewDate(start.at + real_length, end_wall, DateNote.REVERSED)
    opens = _door(event.doors_open_at, old, old_start, wall, zone, changes, "doors_open_before")
    closes = _door(event.doors_close_at, old, old_end, end_wall, zone, changes, "doors_close_before")
    dates = {N_("Starts"): start, N_("Ends"): end, N_("Doors open"): opens, N_("Doors close"): closes}
    notes = tuple((label, at.note) for label, at in dates.items() if at is not None and at.note is not None)
    doors_open, doors_close = (None if at is None else at.at for at in (opens, closes))
    return EditionDates(start.at, end.at, doors_open, doors_close, notes)


def _door(
    door: datetime | None,
    old_zone: str,
    old_anchor: datetime,
    anchor: datetime,
    zone: str,
    changes: Mapping[str, Value],
    name: str,
) -> NewDate | None:
    """Return when doors open or close; `anchor` is the start or the end."""
    if name in changes:
        minutes = changes[name]
        return None if minutes is None else resolve(anchor - int(minutes) * _MINUTE, zone)
    if door is None:
        return None
    return resolve(anchor - (old_anchor - local_wall(door, old_zone)), zone)


def event_values(event: EventColumns, changes: Mapping[str, Value]) -> dict[str, Any]:
    """Return the columns of an event that changes of settings change."""
    values: dict[str, Any] = {
        name: value
        for name, value in changes.items()
        if not name.startswith(HOURS) and (not SETTINGS[name].moves or name == "time_zone")
    }
    if any(setting_of(name).moves for name in changes):
        dates = move(event, changes)
        for name in ("starts_at", "ends_at", "doors_open_at", "doors_close_at"):
            values[name] = getattr(dates, name)
    return values


def hours_in(changes: Mapping[str, Value]) -> Iterator[tuple[str, str | None, str | None]]:
    """Yield (name of a checkpoint, opens, closes) of the opening hours among changes of settings."""
    for name, value in changes.items():
        if name.startswith(HOURS):
            opens, _, closes = str(value or "").partition("-")
            yield name.removeprefix(HOURS), opens or None, closes or None


def _hours(opens_at: str | None, closes_at: str | None) -> str | None:
    return None if opens_at is None else f"{opens_at}-{closes_at}"
