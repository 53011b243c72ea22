"""A running tally of each event's day, for the console's overview.

The access log only grows, and `log_seq` numbers its rows in the order of their commits. So what has been counted stays
counted, and a look reads only what is new: counting 200,000 scans anew takes a second, which several screens at an event's
busiest hour would ask for every second.
"""

import threading
from collections import Counter, OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from hub_sync.contract.enums import Direction, Passage, ReasonCode
from hub_sync.hub.domains.check_in.access_log.repository import LOG
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey

MINUTE_MS = 60_000
SPAN = 60
"""Minutes that the flow shows."""
KEPT = 64
"""Events whose tallies are kept; one that nobody looks at is counted anew when somebody does."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Why people were not let in, and how often."""

    reason: ReasonCode
    count: int


@dataclass(frozen=True, slots=True)
class Minute:
    """How many went in and out in the minute that began then (milliseconds since 1970)."""

    at_ms: int
    entries: int
    exits: int


@dataclass(frozen=True, slots=True)
class Told:
    """The day so far: `people` came in at least once; the last hour minute by minute; each device's last scan."""

    people: int
    refused: Sequence[Refused]
    last_by_device: dict[str, int]
    minutes: Sequence[Minute]

    @property
    def refusals(self) -> int:
        """How many scans were refused."""
        return sum(one.count for one in self.refused)


@dataclass
class _Day:
    since_ms: int
    upto: int = -1
    people: set[str] = field(default_factory=set)
    refused: Counter[ReasonCode] = field(default_factory=Counter)
    last: dict[str, int] = field(default_factory=dict)
    entries: Counter[int] = field(default_factory=Counter)
    exits: Counter[int] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Tallies:
    """The tallies of this process. A hub has one."""

    def __init__(self) -> None:
        self._days: OrderedDict[FeedKey, _Day] = OrderedDict()
        self._lock = threading.Lock()

    def look(self, work: Work, key: FeedKey, since_ms: int, now_ms: int) -> Told:
        """The event's day since `since_ms`, with what is new counted in."""
        day = self._day(key, since_ms)
        with day.lock:
            _count(work, key, day)
            return _told(day, now_ms)

    def _day(self, key: FeedKey, since_ms: int) -> _Day:
        with self._lock:
            day = self._days.get(key)
            if day is None or day.since_ms != since_ms:
                day = self._days[key] = _Day(since_ms)
            self._days.move_to_end(key)
            while len(self._days) > KEPT:
                self._days.popitem(last=False)
            return day


def _count(work: Work, key: FeedKey, day: _Day) -> None:
    """Count the rows that the tally has not seen; the hour before midnight belongs to the flow, not to the day."""
    c = LOG.c
    query = (
        select(
            c.log_seq,
            c.effective_at_ms,
            c.device_id,
            c.result,
            c.reason_code,
            c.direction,
            c.passage,
            c.participant_id,
        )
        .where(
            c.tenant_id == key.tenant_id,
            c.event_id == key.event_id,
            c.log_seq > day.upto,
            c.effective_at_ms >= day.since_ms - SPAN * MINUTE_MS,
        )
        .order_by(c.log_seq)
        .execution_options(yield_per=5000)
    )
    for seq, at, device, result, reason, direction, passage, person in work.session.execute(query):
        day.upto = max(day.upto, seq)
        today = at >= day.since_ms
        if today and at > day.last.get(device, 0):
            day.last[device] = at
        if not result.admits:
            day.refused[reason] += today
            continue
        if passage is Passage.NO_PASSAGE:
            continue
        if direction is Direction.EXIT:
            day.exits[at // MINUTE_MS] += 1
            continue
        day.entries[at // MINUTE_MS] += 1
        if today and person:
            day.people.add(person)


def _told(day: _Day, now_ms: int) -> Told:
    last = now_ms // MINUTE_MS
    minutes = [
        Minute(at * MINUTE_MS, day.entries[at], day.exits[at]) for at in range(last - SPAN + 1, last + 1)
    ]
    refused = [Refused(*one) for one in day.refused.most_common() if one[1]]
    return Told(len(day.people), refused, dict(day.last), minutes)
