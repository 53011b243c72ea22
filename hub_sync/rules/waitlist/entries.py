"""An entry that waits, and its place in the order."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from hub_sync.contract.enums import WaitlistPriority

RANKS: dict[WaitlistPriority, int] = {priority: rank for rank, priority in enumerate(WaitlistPriority)}
HIGHEST_RANK = max(RANKS.values())
SKIPS_A_CLASS = 3
"""A party that was passed over so often counts as of the next higher priority; so large parties aren't starved (pretix#974)."""


class PartyRule(StrEnum):
    """The use of free seats that are too few for the party that is next."""

    SKIP = "SKIP"
    HOLD = "HOLD"
    SPLIT = "SPLIT"


class Obstacle(StrEnum):
    """The reason why an entry can't be offered a seat."""

    REGISTERED = "REGISTERED"
    BLOCKED = "BLOCKED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class WaitingEntry:
    """An entry that waits.

    Attributes:
        id: its id.
        priority: as set by a person.
        joined_at: when it joined the list.
        seats: how many seats it still needs.
        category: the list that it is on; "": the general one, any seat will do.
        skips: how often somebody behind it got seats that were too few for it.
        collecting_since: since when seats are collected for it; None: they are not.
        collect_from: the number of skips from which seats are collected for it again; None: as the rule says.
        obstacle: why it can't be offered any; None: it can.
    """

    id: str
    priority: WaitlistPriority
    joined_at: datetime
    seats: int = 1
    category: str = ""
    skips: int = 0
    collecting_since: datetime | None = None
    collect_from: int | None = None
    obstacle: Obstacle | None = None


def rank_of(entry: WaitingEntry) -> int:
    """Return the rank by which an entry is served; an entry that was skipped ages upward."""
    return min(HIGHEST_RANK, RANKS[entry.priority] + entry.skips // SKIPS_A_CLASS)


def waiting_order(entry: WaitingEntry) -> tuple[int, datetime, str]:
    """Return the key of the order: rank, then the time of joining the list, then the id."""
    return -rank_of(entry), entry.joined_at, entry.id


def in_order(entries: Iterable[WaitingEntry]) -> list[WaitingEntry]:
    """Return entries in the order in which they are served."""
    return sorted(entries, key=waiting_order)
