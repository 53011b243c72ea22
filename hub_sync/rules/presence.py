"""Presence: where a person is, merged from entries of several sources (a station's own scans, its neighbours, the hub, merged ids).

The hub's rows lag behind the stations'. A `JournalReach` says which rows of each station's journal they include: a station's
other entries are counted on top, and admissions that were given back by a later row are taken out (`without_given_back`).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
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
    entry_sequences: tuple[int, ...] = ()
    """Of a station's own entries: the newest of them by their numbers in its journal."""


@dataclass(frozen=True, slots=True)
class IncludedRows:
    """The rows of a station's journal that the hub's rows of people include: all up to `upto` but those that it has in quarantine."""

    upto: int
    missing: frozenset[int] = frozenset()

    def includes(self, sequence: int) -> bool:
        """Return True if the row of this number is included."""
        return sequence <= self.upto and sequence not in self.missing

    def lacks(self, entry: PresenceEntry) -> bool:
        """Return True if a scan on which a station's entry rests is in quarantine: the hub knows less of it than the station."""
        return not self.missing.isdisjoint((entry.sequence, *entry.entry_sequences))


JournalReach = Callable[[str], IncludedRows | None]
"""Returns which rows of a station's journal the hub's rows include, by the id of its device; None: it is not known."""


@dataclass(frozen=True, slots=True)
class GivenBackScan:
    """An admission that its station has given back. `before`: the hub's rows of the person from before it.

    `passage_sequence` is the number of the row that gave it back. Direction None: it is not known.
    """

    device_id: str
    sequence: int
    passage_sequence: int
    zone: str
    direction: Direction | None
    before: tuple[PresenceEntry, ...]


def without_given_back(
    hubs: Iterable[PresenceEntry], given_back: Iterable[GivenBackScan], reach: JournalReach
) -> list[PresenceEntry]:
    """Return the hub's rows of a person as they will be once the hub knows what stations have given back.

    A row of such a scan is replaced by the one from before it. Its entry is counted no more.

    Args:
        hubs: the hub's rows of the person, one a zone.
        given_back: what stations have given back of this person.
        reach: which rows of the journals of these stations the hub's rows include.
    """
    entries = list(hubs)
    for scan in sorted(given_back, key=lambda scan: scan.sequence, reverse=True):
        included = reach(scan.device_id)
        if included is None or scan.passage_sequence > included.upto:
            is_counted = included is not None and included.includes(scan.sequence)
            changed = (_without_scan(entry, scan, is_counted=is_counted) for entry in entries)
            entries = [entry for entry in changed if entry is not None]
    return entries


def _without_scan(of_hub: PresenceEntry, scan: GivenBackScan, *, is_counted: bool) -> PresenceEntry | None:
    is_of_scan = (of_hub.device_id, of_hub.sequence) == (scan.device_id, scan.sequence) and not _is_empty(
        of_hub
    )
    is_its_entry = scan.direction is Direction.ENTRY and scan.zone == of_hub.zone
    left = max(0, of_hub.entries - 1) if is_its_entry and (is_counted or is_of_scan) else of_hub.entries
    if not is_of_scan:
        return of_hub if left == of_hub.entries else replace(of_hub, entries=left)
    before = next((entry for entry in scan.before if entry.zone == of_hub.zone), None)
    if scan.direction is None:
        return before
    if before is not None:
        return replace(before, entries=left)
    return PresenceEntry(0, "", 0, of_hub.zone, Direction.EXIT, left) if left else None


def _is_empty(of_hub: PresenceEntry) -> bool:
    """Return True if the hub's row says that nothing is left of the scans in a zone. An exit without entry leaves other zones."""
    return not (of_hub.entries or of_hub.left_others_at_ms)


def with_total_entries(
    hubs: Iterable[PresenceEntry], stations: Sequence[PresenceEntry], reach: JournalReach
) -> list[PresenceEntry]:
    """Return the entries of stations, each with the number of entries into its zone by all sources.

    That is the hub's number and the stations' entries after those that it includes. Where that is not known, or the hub has lost some,
    it is the sum of the stations' own numbers if that is greater.
    """
    counted = Counter[str]()
    for entry in hubs:  # a zone has several rows if the person has merged registrations
        counted[entry.zone] = max(counted[entry.zone], entry.entries)
    added, own = Counter[str](), Counter[str]()
    for entry in stations:
        own[entry.zone] += entry.entries
        included = reach(entry.device_id) if entry.entry_sequences else None
        if included is not None:
            added[entry.zone] += sum(not included.includes(sequence) for sequence in entry.entry_sequences)
    return [
        replace(entry, entries=max(counted[entry.zone] + added[entry.zone], own[entry.zone]))
        for entry in stations
    ]


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
