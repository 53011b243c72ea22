"""Presence: where a person is, merged from entries of several sources (a station's own scans, the hub, merged ids)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from hub_sync.contract.clock import from_epoch_ms
from hub_sync.contract.enums import Direction
from hub_sync.rules.admission import Presence
from hub_sync.rules.times.exit_all import ExitAll


@dataclass(frozen=True, slots=True, order=True)
class PresenceEntry:
    """A person's last scan in a zone, as one source has it. The order of the first fields is the order of time."""

    at_ms: int
    device_id: str
    sequence: int
    zone: str
    direction: Direction
    entries: int
    entered_at_ms: int = 0
    """The time of the last entry; 0: never."""
    left_others_at_ms: int = 0
    """The time of the last scan in this zone with which the person left every other zone; 0: never."""


def merge_presence(zone: str, entries: Iterable[PresenceEntry]) -> Presence:
    """Return a person's presence in a zone ("" is the venue itself), from all entries of the person in any zone."""
    last_by_zone = _last_by_zone(entries)
    came_ms = max(
        (last.at_ms for last in last_by_zone.values() if last.direction is Direction.ENTRY), default=None
    )
    in_venue, came_at = came_ms is not None, None if came_ms is None else from_epoch_ms(came_ms)
    last = last_by_zone.get(zone)
    if last is None:
        return Presence(in_venue=in_venue, came_at=came_at)
    return Presence(
        inside=last.direction is Direction.ENTRY,
        entries=last.entries,
        last_at=from_epoch_ms(last.at_ms),
        last_device_id=last.device_id,
        entered_at=from_epoch_ms(last.entered_at_ms) if last.entered_at_ms else None,
        in_venue=in_venue,
        came_at=came_at,
    )


def zones_inside(entries: Iterable[PresenceEntry], hour: ExitAll | None = None) -> frozenset[str]:
    """Return the zones in which a person is; "" is among them if they entered by a checkpoint without a zone.

    Args:
        entries: all entries of the person.
        hour: the hour at which everybody leaves, if the event has one.
    """
    return frozenset(
        zone
        for zone, last in _last_by_zone(entries).items()
        if last.direction is Direction.ENTRY and (hour is None or hour.left_at_ms(last.at_ms) is None)
    )


def _last_by_zone(entries: Iterable[PresenceEntry]) -> dict[str, PresenceEntry]:
    """Return the entry that counts in each zone. Its count and its last time of entries are the greatest of all sources."""
    in_order = sorted(entries, key=lambda entry: (entry.zone, entry))
    by_zone = {zone: list(some) for zone, some in groupby(in_order, key=lambda entry: entry.zone)}
    return {zone: _last(some, _left_at_ms(zone, in_order)) for zone, some in by_zone.items()}


def _left_at_ms(zone: str, entries: Sequence[PresenceEntry]) -> int:
    """Return the time at which the person last left this zone by a scan in another."""
    return max((entry.left_others_at_ms for entry in entries if zone and entry.zone != zone), default=0)


def _last(entries: Sequence[PresenceEntry], left_at_ms: int) -> PresenceEntry:
    last = entries[-1]
    counts = (max(entry.entries for entry in entries), max(entry.entered_at_ms for entry in entries))
    if last.direction is Direction.ENTRY and left_at_ms > last.at_ms:
        return PresenceEntry(left_at_ms, "", 0, last.zone, Direction.EXIT, *counts)
    return PresenceEntry(last.at_ms, last.device_id, last.sequence, last.zone, last.direction, *counts)
