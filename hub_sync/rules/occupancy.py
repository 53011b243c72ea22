"""Occupancy, computed from the access log alone, and so independent of the order and repetition of deliveries.

A person's place is a last-writer-wins register for each zone: of all admitted scans the one with the greatest
`(effective time, device, sequence)` counts. Everybody whose register says ENTRY is inside.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from hub_sync.contract.enums import Direction


class OccupancyLevel(StrEnum):
    """Level of a zone's occupancy. Capacity informs and never blocks."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, order=True)
class AdmittedScan:
    """The part of an admitted scan that occupancy needs. The order of the fields is the order of time."""

    at_ms: int
    device_id: str
    sequence: int
    direction: Direction
    zone: str = ""
    participant_id: str = ""
    override: bool = False
    entered_again: bool = False
    """True if the gate knew that the person was inside, and its policy admits nevertheless."""


@dataclass(frozen=True, slots=True)
class PersonInZone:
    """The result of one person's scans in one zone."""

    last: AdmittedScan | None
    entries: int
    conflicts: tuple[tuple[AdmittedScan, AdmittedScan], ...]
    """Pairs (earlier, later) of entries by different devices without an exit between them. The later is flagged."""
    entered_at_ms: int = 0
    """The time of the last entry; 0: never."""

    @property
    def inside(self) -> bool:
        """True if the person is in the zone."""
        return self.last is not None and self.last.direction is Direction.ENTRY


def person_in_zone(scans: Iterable[AdmittedScan]) -> PersonInZone:
    """Evaluate the scans of one person in one zone, in any order and with any repetition."""
    ordered: Sequence[AdmittedScan] = sorted(set(scans))
    conflicts: list[tuple[AdmittedScan, AdmittedScan]] = []
    inside_by: AdmittedScan | None = None
    entries = entered_at_ms = 0
    for scan in ordered:
        if scan.direction is Direction.EXIT:
            inside_by = None
            continue
        entries, entered_at_ms = entries + 1, scan.at_ms
        if inside_by is None:
            inside_by = scan
        elif inside_by.device_id != scan.device_id and not (scan.override or scan.entered_again):
            conflicts.append((inside_by, scan))
    return PersonInZone(ordered[-1] if ordered else None, entries, tuple(conflicts), entered_at_ms)


def count_inside(scans: Iterable[AdmittedScan]) -> dict[str, int]:
    """Return the number of people inside each zone that occurs in `scans`."""
    people: dict[tuple[str, str], list[AdmittedScan]] = defaultdict(list)
    for scan in scans:
        people[scan.zone, scan.participant_id].append(scan)
    inside: dict[str, int] = {zone: 0 for zone, _ in people}
    for (zone, _), person_scans in people.items():
        inside[zone] += person_in_zone(person_scans).inside
    return inside


def occupancy_level(current: int, capacity: int | None) -> OccupancyLevel:
    """Return GREEN below 75 %, YELLOW up to 90 %, RED above; UNKNOWN without a capacity.

    >>> [level(n, 100).value for n in (74, 75, 90, 91)]
    ['green', 'yellow', 'yellow', 'red']
    """
    if not capacity or capacity < 0:
        return OccupancyLevel.UNKNOWN
    if current * 100 < 75 * capacity:
        return OccupancyLevel.GREEN
    return OccupancyLevel.YELLOW if current * 100 <= 90 * capacity else OccupancyLevel.RED
