"""Occupancy, computed from the access log alone, and so independent of the order and repetition of deliveries.

A person's place is a last-writer-wins register for each zone: of all admitted scans that concern the zone, the one with
the greatest `(effective time, device, sequence)` counts. These are the scans at the zone's own checkpoints, and those
with which a person leaves every other zone: an exit at a checkpoint without a zone, which leaves the venue, and an entry
at a checkpoint that says so (`AdmittedScan.leaves_zones`). At the hour that everybody leaves (`rules.times.exit_all`), whoever is
inside leaves the venue, as if by a scan of no station at that time. Who is in a zone, or has entered by a checkpoint without one,
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
from hub_sync.rules.times.exit_all import ExitAll


class OccupancyLevel(StrEnum):
    """Level of a zone's occupancy. Capacity informs and never blocks."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    UNKNOWN = "unknown"


NO_STATION = ""
"""The station of an exit at the hour that everybody leaves."""

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
    scans: Iterable[AdmittedScan],
    before: Mapping[str, PersonInZone] = MappingProxyType({}),
    hour: ExitAll | None = None,
) -> dict[str, PersonInZone]:
    """Evaluate the scans of one person, in any order and with any repetition; return a result for each zone of a scan.

    Args:
        scans: admitted scans.
        before: the results of all earlier scans by zone, if all of these are later. Their conflicts are not repeated.
        hour: the hour at which everybody leaves, if the event has one.
    """
    zones = {name: _ZoneRegister.resume(result) for name, result in before.items()}
    last_ms = max((zone.last.at_ms for zone in zones.values() if zone.last is not None), default=0)
    for scan in sorted(set(scans), key=_IN_TIME):
        _leave_all(zones.values(), hour, last_ms, scan.at_ms)
        last_ms = scan.at_ms
        zones.setdefault(scan.zone, _ZoneRegister()).record(scan)
        if scan.leaves_others:
            for name, zone in zones.items():
                if name not in ("", scan.zone):
                    zone.leave(scan)
    _leave_all(zones.values(), hour, last_ms)
    return {name: zone.result() for name, zone in zones.items()}


def _leave_all(
    zones: Iterable["_ZoneRegister"], hour: ExitAll | None, last_ms: int, before_ms: int | None = None
) -> None:
    """Let a person leave all zones if the hour has come since their last scan and before their next."""
    left_at_ms = None if hour is None else hour.left_at_ms(last_ms, before_ms)
    if left_at_ms is not None:
        for zone in zones:
            zone.leave(AdmittedScan(left_at_ms, NO_STATION, 0, Direction.EXIT))


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


def crossings(
    scans: Iterable[AdmittedScan],
    inside: Iterable[str] = (),
    hour: ExitAll | None = None,
    last_ms: int = 0,
) -> list[Crossing]:
    """Return the crossings of one person in the order of time. Those at the hour that everybody leaves are at no checkpoint.

    Args:
        scans: admitted scans in any order and with any repetition.
        inside: the zones ("": entered by a checkpoint without one) that the person was in before all of these.
        hour: the hour at which everybody leaves, if the event has one.
        last_ms: the time of the last scan before all of these.
    """
    zones, crossed = set(inside), list[Crossing]()
    for scan in sorted(set(scans), key=_IN_TIME):
        crossed += _crossings_of_all(zones, hour, last_ms, scan.at_ms)
        last_ms, before = scan.at_ms, frozenset(zones)
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
    return crossed + _crossings_of_all(zones, hour, last_ms)


def _crossings_of_all(
    zones: set[str], hour: ExitAll | None, last_ms: int, before_ms: int | None = None
) -> list[Crossing]:
    """Empty the zones that a person is in if the hour has come; return these crossings."""
    left_at_ms = hour.left_at_ms(last_ms, before_ms) if hour is not None and zones else None
    if left_at_ms is None:
        return []
    left = sorted({*zones, ""})
    zones.clear()
    return [Crossing(left_at_ms, name, Direction.EXIT, "") for name in left]


def count_inside(scans: Iterable[AdmittedScan], hour: ExitAll | None = None) -> dict[str, int]:
    """Return the number of people in the venue (zone "") and in each zone that occurs in `scans`."""
    people: dict[str, list[AdmittedScan]] = defaultdict(list)
    for scan in scans:
        people[scan.participant_id].append(scan)
    inside: Counter[str] = Counter({"": 0})
    for person_scans in people.values():
        zones = person_in_zones(person_scans, hour=hour)
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
