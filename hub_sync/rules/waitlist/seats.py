"""Free seats: those of the event, and those that a category has for itself."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from hub_sync.rules.waitlist.entries import WaitingEntry

GENERAL = ""
"""The seats that no category has for itself."""
UNLIMITED = 10**9


@dataclass(frozen=True, slots=True)
class FreeSeats:
    """The seats that are neither taken nor held by an offer.

    Attributes:
        capacity: of the event; None: it has no limit.
        used: how many are taken or held, of the whole event.
        quotas: how many seats a category has for itself.
        used_of_quota: how many of those are taken or held.
    """

    capacity: int | None
    used: int = 0
    quotas: Mapping[str, int] = field(default_factory=dict)
    used_of_quota: Mapping[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Return the number of free seats in all; never less than 0."""
        return UNLIMITED if self.capacity is None else max(0, self.capacity - self.used)

    def of_category(self, category: str) -> int:
        """Return how many seats of a category's quota are free."""
        return max(0, self.quotas[category] - self.used_of_quota.get(category, 0))

    def by_list(self) -> dict[str, int]:
        """Return how many seats are free for each list: one for each quota, and the general one."""
        own = {category: min(self.total, self.of_category(category)) for category in sorted(self.quotas)}
        general = UNLIMITED if self.capacity is None else max(0, self.total - sum(own.values()))
        return {GENERAL: general} | own

    def largest_party(self, category: str) -> int:
        """Return how many seats a party could get at most if nobody had any."""
        if category in self.quotas:
            return self.quotas[category]
        return UNLIMITED if self.capacity is None else self.capacity

    def with_capacity(self, capacity: int | None) -> "FreeSeats":
        """Return the same with another capacity of the event."""
        return replace(self, capacity=capacity)


def lists_for(category: str, quotas: Mapping[str, int]) -> tuple[str, ...]:
    """Return the lists of seats that an entry of a category may get, in the order in which they are tried.

    A category with a quota has its own seats. Whoever takes any seat gets a general one, then what a category's own list left over.
    """
    if category in quotas:
        return (category,)
    return (GENERAL, *sorted(quotas)) if category == GENERAL else (GENERAL,)


def seats_for_sale(free: FreeSeats, waiting: Iterable[WaitingEntry], category: str) -> int:
    """Return how many seats may be taken by somebody who isn't on the list: none while somebody waits who could have them."""
    (seats_of,) = lists_for(category, free.quotas)[:1]
    for entry in waiting:
        if entry.obstacle is None and seats_of in lists_for(entry.category, free.quotas):
            return 0
    return free.by_list()[seats_of]


def seats_in_order(free: FreeSeats, waiting: Iterable[WaitingEntry], categories: Iterable[str]) -> list[bool]:
    """Return for each of some people who aren't on the list, in their order, if they get a seat once those before them have theirs.

    Args:
        free: the free seats before the first of them.
        waiting: those who wait, whom nobody overtakes.
        categories: the category of each.
    """
    eligible = [entry for entry in waiting if entry.obstacle is None]
    used, of_quota = free.used, dict(free.used_of_quota)
    sold_out = {name for entry in eligible for name in lists_for(entry.category, free.quotas)}
    results = []
    for category in categories:
        seats_of = lists_for(category, free.quotas)[0]
        now = replace(free, used=used, used_of_quota=of_quota)
        if seats_of not in sold_out and not now.by_list()[seats_of]:
            sold_out.add(seats_of)
        results.append(seats_of not in sold_out)
        if results[-1]:
            used += 1
            of_quota[category] = of_quota.get(category, 0) + 1
    return results
