"""The waitlist at the door: from a set minute on, seats of people who did not come go to those who wait there.

A station gives seats of its own block only, and each of them once. So stations that don't hear each other give no seat twice. If two of
them gave seats to the same entry, the hub counts the earlier row by corrected time, and the other seats are free again.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from hub_sync.contract.door import DoorEntry, DoorList, DoorSeat


@dataclass(frozen=True, slots=True)
class DoorTurn:
    """The entry whose turn it is, and the seats that it gets."""

    entry: DoorEntry
    seats: tuple[DoorSeat, ...]


def is_open(door: DoorList, now_ms: int, *, sure: bool) -> bool:
    """Return True if seats may be given now. By an unsure clock they may not: the minute is not known."""
    return sure and door.from_ms <= now_ms < door.until_ms


def seats_left(
    seats: Iterable[DoorSeat], given_ids: Collection[str], arrived_ids: Collection[str]
) -> list[DoorSeat]:
    """Return the seats of a block that may be given.

    Args:
        seats: the block.
        given_ids: the seats that this station has given.
        arrived_ids: participants who have come: nobody else gets their seats.
    """
    return [each for each in seats if each.id not in given_ids and each.holder_id not in arrived_ids]


def waiting(entries: Iterable[DoorEntry], served_ids: Collection[str]) -> list[DoorEntry]:
    """Return those who still wait, in the order of the list.

    Args:
        entries: as the hub ordered them (`rules.waitlist.entries.in_order`).
        served_ids: the entries to which this station has given seats.
    """
    return [each for each in entries if each.id not in served_ids]


def next_at_door(
    entries: Iterable[DoorEntry], seats: Sequence[DoorSeat], absent_ids: Collection[str] = ()
) -> DoorTurn | None:
    """Return whose turn it is; None: nobody who is there can have any of the seats.

    A party for which there are too few seats is passed by. Seats of an entry's own list are taken first, as `rules.waitlist.seats.lists_for`
    orders them.

    Args:
        entries: those who wait, the next one first.
        seats: those that may be given.
        absent_ids: entries that did not answer when they were called.
    """
    for entry in entries:
        fitting = seats_for(entry, seats)
        if entry.id not in absent_ids and fitting:
            return DoorTurn(entry, fitting)
    return None


def seats_for(entry: DoorEntry, seats: Iterable[DoorSeat]) -> tuple[DoorSeat, ...]:
    """Return the seats that an entry would get; none: they are too few for it."""
    ranks = {name: rank for rank, name in enumerate(entry.categories)}
    possible = sorted(
        (each for each in seats if each.category in ranks), key=lambda each: ranks[each.category]
    )
    return tuple(possible[: entry.seats]) if entry.seats <= len(possible) else ()


def fill_order(at_ms: int, fill_id: str) -> tuple[int, str]:
    """Return the key by which of two rows about one entry the earlier one counts: corrected time, then the id."""
    return at_ms, fill_id
