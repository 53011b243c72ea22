"""Occupancy, computed from the access log alone, and so independent of the order and repetition of deliveries.

A person's place is a last-writer-wins register for each zone: of all admitted scans that concern the zone, the one with
the greatest `(effective time, device, sequence)` counts. These are the scans at the zone's own checkpoints, and those
with which a person leaves every other zone: an exit at a checkpoint without a zone, which leaves the venue, and an entry
at a checkpoint that says so (`AdmittedScan.leaves_zones`). Who is in a zone, or has entered by a checkpoint without one,
is in the venue, whose zone is "".
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from operator import attrgetter
from types import MappingProxyType
from typing import NamedTuple, Self

from hub_sync.contract.enums import Direction
from hub_sync.rules.admitted_scan import AdmittedScan
from hub_sync.rules.conflicts import is_double_entry


class OccupancyLevel(StrEnum):
    """Level of a zone's occupancy. Capacity informs and never blocks."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    UNKNOWN = "unknown"


_IN_TIME = attrgetter(*(each.name for each in fields(AdmittedScan) if each.compare))
"""The order of scans, as they compare themselves; three times as fast for many."""


@dataclass(frozen=True, slots=True)
class PersonInZone:
    """The result of one person's scans in one zone."""

    last: AdmittedScan | None
    """The scan that decides. One at another checkpoint with which the person left this zone is an exit here."""
    entries: int
    conflicts: tuple[tuple[AdmittedScan, AdmittedScan], ...]
    """Pairs (earlier, later) of entries that are double entries (`rules.conflicts`). The later is flagged."""
    entered_at_ms: int = 0
    """The time of the last entry; 0: never."""
    left_others_at_ms: int = 0
    """The time of the last scan here with which the person left the other zones; 0: never."""
    entered_by: AdmittedScan | None = None
    """The entry since which the person has been inside; None if they are not."""

    @property
    def inside(self) -> bool:
        """True if the person is in the zone."""
        return self.last is not None and self.last.direction is Direction.ENTRY


def person_in_zones(
    scans: Iterable[AdmittedScan], before: Mapping[str, PersonInZone] = MappingProxyType({})
) -> dict[str, PersonInZone]:
    """Evaluate the scans of one person, in any order and with any repetition; return a result for each zone of a scan.

    Args:
        scans: admitted scans.
        before: the results of all earlier scans by zone, if all of these are later. Their conflicts are not repeated.
    """
    zones = {name: _ZoneRegister.resume(result) for name, result in before.items()}
    for scan in sorted(set(scans), key=_IN_TIME):
        zones.setdefault(scan.zone, _ZoneRegister()).record(scan)
        if scan.leaves_others:
            for name, zone in zones.items():
                if name not in ("", scan.zone):
                    zone.leave(scan)
    return {name: zone.result() for name, zone in zones.items()}


@dataclass
class _ZoneRegister:
    """The scans of one person that concern one zone, so far in the order of time."""

    last: AdmittedScan | None = None
    inside_by: AdmittedScan | None = None
    entries: int = 0
    entered_at_ms: int = 0
    left_others_at_ms: int = 0
    conflicts: list[tuple[AdmittedScan, AdmittedScan]] = field(default_factory=list)

    @classmethod
    def resume(cls, result: PersonInZone) -> Self:
        """Return the register as it was after the scans of a result."""
        times = (result.entered_at_ms, result.left_others_at_ms)
        return cls(result.last, result.entered_by, result.entries, *times)

    def record(self, scan: AdmittedScan) -> None:
        """Record a scan at a checkpoint of this zone."""
        self.last = scan
        if scan.leaves_others:
            self.left_others_at_ms = scan.at_ms
        if scan.direction is Direction.EXIT:
            self.inside_by = None
            return
        self.entries, self.entered_at_ms = self.entries + 1, scan.at_ms
        if self.inside_by is None:
            self.inside_by = scan
        elif is_double_entry(self.inside_by, scan):
            self.conflicts.append((self.inside_by, scan))

    def leave(self, scan: AdmittedScan) -> None:
        """Record a scan elsewhere with which the person left this zone, if they were in it."""
        if self.inside_by is not None:
            self.last, self.inside_by = replace(scan, direction=Direction.EXIT), None

    def result(self) -> PersonInZone:
        """Return the result of the scans so far."""
        return PersonInZone(
            self.last,
            self.entries,
            tuple(self.conflicts),
            self.entered_at_ms,
            self.left_others_at_ms,
            self.inside_by,
        )


class Crossing(NamedTuple):
    """One person's way into a zone ("": the venue) or out of it."""

    at_ms: int
    zone: str
    direction: Direction
    checkpoint_id: str


def crossings(scans: Iterable[AdmittedScan], inside: Iterable[str] = ()) -> list[Crossing]:
    """Return the crossings of one person in the order of time.

    Args:
        scans: admitted scans in any order and with any repetition.
        inside: the zones ("": entered by a checkpoint without one) that the person was in before all of these.
    """
    zones, crossed = set(inside), list[Crossing]()
    for scan in sorted(set(scans), key=_IN_TIME):
        before = frozenset(zones)
        if scan.direction is Direction.ENTRY:
            if scan.leaves_others:
                zones &= {"", scan.zone}
            zones.add(scan.zone)
        elif scan.zone:
            zones.discard(scan.zone)
        else:
            zones.clear()
        if zones == before:
            continue
        changed = [(name, name in zones) for name in sorted(zones ^ before) if name]
        if bool(zones) != bool(before):
            changed.append(("", bool(zones)))
        crossed += [
            Crossing(scan.at_ms, name, Direction.ENTRY if enters else Direction.EXIT, scan.checkpoint_id)
            for name, enters in changed
        ]
    return crossed


def count_inside(scans: Iterable[AdmittedScan]) -> dict[str, int]:
    """Return the number of people in the venue (zone "") and in each zone that occurs in `scans`."""
    people: dict[str, list[AdmittedScan]] = defaultdict(list)
    for scan in scans:
        people[scan.participant_id].append(scan)
    inside: Counter[str] = Counter({"": 0})
    for person_scans in people.values():
        zones = person_in_zones(person_scans)
        inside[""] += any(zone.inside for zone in zones.values())
        inside.update({name: int(zone.inside) for name, zone in zones.items() if name})
    return dict(inside)


def occupancy_level(current: int, capacity: int | None) -> OccupancyLevel:
    """Return GREEN below 75 %, YELLOW up to 90 %, RED above; UNKNOWN without a capacity.

    >>> [occupancy_level(n, 100).value for n in (74, 75, 90, 91)]
    ['green', 'yellow', 'yellow', 'red']
    """
    if not capacity or capacity < 0:
        return OccupancyLevel.UNKNOWN
    if current * 100 < 75 * capacity:
        return OccupancyLevel.GREEN
    return OccupancyLevel.YELLOW if current * 100 <= 90 * capacity else OccupancyLevel.RED
