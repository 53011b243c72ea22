"""The plan of who is offered which free seats, and why everybody else is not. The preview of a plan calls the same function as the promotion."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from hub_sync.rules.waitlist.entries import SKIPS_A_CLASS, PartyRule, WaitingEntry, in_order
from hub_sync.rules.waitlist.seats import GENERAL, FreeSeats, lists_for


class WhyCode(StrEnum):
    """The kinds of reasons."""

    NEXT = "NEXT"
    """It is offered seats."""
    FULL = "FULL"
    """No seat is free for it."""
    PARTY = "PARTY"
    """Seats are free, and too few for the party."""
    COLLECTING = "COLLECTING"
    """Seats are collected for the party until a time."""
    BEHIND_PARTY = "BEHIND_PARTY"
    """Free seats are collected for a party before it."""
    NEVER_FITS = "NEVER_FITS"
    """The party is larger than the event, or the category, has seats."""
    PAUSED = "PAUSED"
    TOO_LATE = "TOO_LATE"
    """The last moment for offers is over."""
    OFF = "OFF"
    """The waitlist is switched off."""
    REGISTERED = "REGISTERED"
    BLOCKED = "BLOCKED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class Why:
    """The reason why an entry waits: how many seats it needs, how many are free for it, and until when seats are collected."""

    code: WhyCode
    needed: int = 0
    free: int = 0
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class SeatOffer:
    """Seats for an entry. `category`: the list of seats they are taken from; "": the general one."""

    entry_id: str
    seats: int
    category: str = GENERAL


@dataclass(frozen=True, slots=True)
class PromotionPolicy:
    """The policy by which free seats are given out.

    Attributes:
        rule: what happens if they are too few for the next party.
        collect_for: how long seats are collected for a party at most.
        stop: why nobody is offered any at present; None: they are.
    """

    rule: PartyRule = PartyRule.SKIP
    collect_for: timedelta = timedelta(hours=6)
    stop: WhyCode | None = None


@dataclass(slots=True)
class PromotionPlan:
    """The offers, and for everybody who waits the reason.

    Attributes:
        offers: in the order of the list.
        why: by the entry's id, of all entries.
        order: the ids of all entries, the next one first.
        skipped: the entries that somebody behind them overtook.
        collecting: the entries for which seats are collected, with the time at which that ends.
        given_up: the entries for which seats were collected long enough; they are skipped again.
    """

    offers: list[SeatOffer] = field(default_factory=list)
    why: dict[str, Why] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    skipped: set[str] = field(default_factory=set)
    collecting: dict[str, datetime] = field(default_factory=dict)
    given_up: set[str] = field(default_factory=set)


def plan_promotion(
    entries: Iterable[WaitingEntry], free: FreeSeats, policy: PromotionPolicy, now: datetime
) -> PromotionPlan:
    """Return who is offered which seats.

    Seats of a category go to its own list first, then to the general one (pretix#2119). In a list the order is that of
    `waiting_order`; an entry that can't be offered any is passed by. The number of offered seats is never larger than that of free ones.

    Args:
        entries: all that wait.
        free: the free seats.
        policy: how they are given out.
        now: the present time.
    """
    ordered = in_order(entries)
    planner = _Planner(free, policy, now)
    planner.plan.order = [entry.id for entry in ordered]
    for entry in ordered:
        if entry.category in free.quotas:
            planner.serve(entry)
    for entry in ordered:
        if entry.category not in free.quotas:
            planner.serve(entry)
    positions = {id_: position for position, id_ in enumerate(planner.plan.order)}
    planner.plan.offers.sort(key=lambda offer: positions[offer.entry_id])
    return planner.plan


class _Planner:
    """Gives seats out, entry by entry."""

    def __init__(self, free: FreeSeats, policy: PromotionPolicy, now: datetime) -> None:
        self.plan = PromotionPlan()
        self._free, self._policy, self._now = free, policy, now
        self._room = free.by_list()
        self._total = free.total
        self._closed: set[str] = set()
        self._short: dict[str, list[str]] = {name: [] for name in self._room}

    def serve(self, entry: WaitingEntry) -> None:
        """Offer an entry seats, or note what it waits for."""
        if entry.obstacle is not None:
            why = Why(WhyCode(entry.obstacle.value), entry.seats)
        elif self._policy.stop is not None:
            why = Why(self._policy.stop, entry.seats)
        else:
            why = self._verdict(entry)
        self.plan.why[entry.id] = why

    def _verdict(self, entry: WaitingEntry) -> Why:
        names = lists_for(entry.category, self._free.quotas)
        open_names = [name for name in names if name not in self._closed]
        rooms = {name: min(self._room[name], self._total) for name in open_names}
        room = max(rooms.values(), default=0)
        for name in open_names:
            if rooms[name] >= entry.seats:
                return self._offer(entry, name, entry.seats)
        if room and self._policy.rule is PartyRule.SPLIT:
            return self._offer(entry, max(open_names, key=lambda name: rooms[name]), room)
        if entry.seats > max(self._free.largest_party(name) for name in names):
            return Why(WhyCode.NEVER_FITS, entry.seats, room)
        if room:
            return self._too_few(entry, [name for name in open_names if rooms[name]], room)
        is_behind = any(self._room[name] for name in names if name in self._closed)
        return Why(WhyCode.BEHIND_PARTY if is_behind else WhyCode.FULL, entry.seats)

    def _offer(self, entry: WaitingEntry, name: str, seats: int) -> Why:
        self._room[name] -= seats
        self._total -= seats
        self.plan.skipped.update(self._short[name])
        self.plan.offers.append(SeatOffer(entry.id, seats, name))
        return Why(WhyCode.NEXT, entry.seats, seats)

    def _too_few(self, entry: WaitingEntry, names: list[str], room: int) -> Why:
        """Collect the seats for the party, or pass it by."""
        since, length = entry.collecting_since, self._policy.collect_for
        if since is not None and self._now >= since + length:
            self.plan.given_up.add(entry.id)
        elif since is not None or self._may_collect(entry):
            until = (since or self._now) + length
            self.plan.collecting[entry.id] = until
            self._closed.update(names)
            return Why(WhyCode.COLLECTING, entry.seats, room, until)
        for name in names:
            self._short[name].append(entry.id)
        return Why(WhyCode.PARTY, entry.seats, room)

    def _may_collect(self, entry: WaitingEntry) -> bool:
        """Return True if seats may be collected for a party: at once, or once it was passed over too often."""
        first = 0 if self._policy.rule is PartyRule.HOLD else SKIPS_A_CLASS
        return entry.skips >= (first if entry.collect_from is None else entry.collect_from)
