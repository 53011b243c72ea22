"""Occupancy is a fold of the access log, and so independent of the order and repetition of deliveries.

Where a person is, is a last-writer-wins register a zone: of all admitted scans the one with the greatest
`(effective time, device, sequence)` tells. Who is inside is everybody whose register says ENTRY.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from hub_sync.contract.enums import Direction


class OccupancyLevel(StrEnum):
    """How full a zone is. Capacity informs, it never blocks."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, order=True)
class AdmittedScan:
    """An admitted scan as far as occupancy is concerned; the order of the fields is the order of time."""

    at_ms: int
    device_id: str
    sequence: int
    direction: Direction
    zone: str = ""
    participant_id: str = ""
    override: bool = False


@dataclass(frozen=True, slots=True)
class PersonInZone:
    """What the passages of one person through one zone come to."""

    last: AdmittedScan | None
    entries: int
    conflicts: tuple[tuple[AdmittedScan, AdmittedScan], ...]
    """Pairs (earlier, later) of entries by different devices with no exit between: the later is flagged."""

    @property
    def inside(self) -> bool:
        """Whether the person is in the zone."""
        return self.last is not None and self.last.direction is Direction.ENTRY


def person_in_zone(passages: Iterable[AdmittedScan]) -> PersonInZone:
    """Fold the passages of one person through one zone, in any order and any repetition."""
    ordered: Sequence[AdmittedScan] = sorted(set(passages))
    conflicts: list[tuple[AdmittedScan, AdmittedScan]] = []
    inside_by: AdmittedScan | None = None
    entries = 0
    for passage in ordered:
        if passage.direction is Direction.EXIT:
            inside_by = None
            continue
        entries += 1
        if inside_by is None:
            inside_by = passage
        elif inside_by.device_id != passage.device_id and not passage.override:
            conflicts.append((inside_by, passage))
    return PersonInZone(ordered[-1] if ordered else None, entries, tuple(conflicts))


def count_inside(passages: Iterable[AdmittedScan]) -> dict[str, int]:
    """How many people are inside each zone that the passages name."""
    people: dict[tuple[str, str], list[AdmittedScan]] = defaultdict(list)
    for passage in passages:
        people[passage.zone, passage.participant_id].append(passage)
    inside: dict[str, int] = {zone: 0 for zone, _ in people}
    for (zone, _), theirs in people.items():
        inside[zone] += person_in_zone(theirs).inside
    return inside


def occupancy_level(current: int, capacity: int | None) -> OccupancyLevel:
    """Green below 75 %, yellow to 90 %, red above; unknown without a capacity.

    >>> [level(n, 100).value for n in (74, 75, 90, 91)]
    ['green', 'yellow', 'yellow', 'red']
    """
    if not capacity or capacity < 0:
        return OccupancyLevel.UNKNOWN
    if current * 100 < 75 * capacity:
        return OccupancyLevel.GREEN
    return OccupancyLevel.YELLOW if current * 100 <= 90 * capacity else OccupancyLevel.RED
