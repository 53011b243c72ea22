"""Running statistics of each event's day, for the console's overview.

The access log only grows, and `log_seq` numbers its rows in the order of their commits. So a request reads only the rows
that are new: counting 200,000 scans again takes a second, and several screens at an event's busiest hour would need that
every second. An admission that was counted and then given back, because nobody passed, is taken out again.
"""

import threading
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import and_, or_, select

from hub_sync.contract.enums import Direction, Passage, PassageCause, ReasonCode
from hub_sync.hub.domains.check_in.access_log.repository import LOG, PASSAGES
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.times.exit_all import ExitAll

MINUTE_MS = 60_000
CHART_MINUTES = 60
"""The number of minutes in the chart of entries and exits."""
CACHED_EVENTS = 64
"""The number of events in the cache; others are counted again at the next request."""


@dataclass(frozen=True, slots=True)
class RefusalCount:
    """The number of refusals for one reason."""

    reason: ReasonCode
    count: int


@dataclass(frozen=True, slots=True)
class MinuteCounts:
    """Arrivals at the venue and departures from it in one minute, by its start in milliseconds since 1970."""

    at_ms: int
    entries: int
    exits: int


@dataclass(frozen=True, slots=True)
class DailyStatistics:
    """Statistics of the day so far: people who entered at least once, refusals, each device's last scan, the last hour by minute."""

    admitted_people: int
    refusals: Sequence[RefusalCount]
    last_by_device: dict[str, int]
    minutes: Sequence[MinuteCounts]

    @property
    def refused_scans(self) -> int:
        """The number of refused scans."""
        return sum(refusal.count for refusal in self.refusals)


@dataclass
class _Day:
    since_ms: int
    upto: int = -1
    passages_upto: int = -1
    """The last row about a passage that was taken into account."""
    people: Counter[str] = field(default_factory=Counter)
    """The number of entries of each person."""
    refused: Counter[ReasonCode] = field(default_factory=Counter)
    last: dict[str, int] = field(default_factory=dict)
    entries: Counter[int] = field(default_factory=Counter)
    exits: Counter[int] = field(default_factory=Counter)
    zones: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """The zones in which each person is, in the order in which the rows arrived."""
    last_at: dict[str, int] = field(default_factory=dict)
    """The time of each person's last scan."""
    left_ms: int = 0
    """The last hour at which everybody left."""
    lock: threading.Lock = field(default_factory=threading.Lock)


def start_of_day(now: datetime, zone: ZoneInfo) -> datetime:
    """Return the start of the day: midnight in the event's time zone."""
    return datetime.combine(now.astimezone(zone).date(), time(), tzinfo=zone)


class DailyStatisticsCache:
    """The cache of daily statistics; a process has one."""

    def __init__(self) -> None:
        self._days: OrderedDict[FeedKey, _Day] = OrderedDict()
        self._lock = threading.Lock()

    def get(
        self, work: Work, key: FeedKey, since_ms: int, now_ms: int, hour: ExitAll | None = None
    ) -> DailyStatistics:
        """Return the event's statistics since `since_ms`, new rows of the access log included.

        Args:
            work: the snapshot to read from.
            key: tenant and event.
            since_ms: the start of the day.
            now_ms: the present time.
            hour: the hour at which everybody leaves, if the event has one.
        """
        day = self._day(key, since_ms)
        with day.lock:
            _count(work, key, day, hour)
            _leave_all(day, hour)
            return _statistics(day, now_ms)

    def _day(self, key: FeedKey, since_ms: int) -> _Day:
        with self._lock:
            day = self._days.get(key)
            if day is None or day.since_ms != since_ms:
                day = self._days[key] = _Day(since_ms)
            self._days.move_to_end(key)
            while len(self._days) > CACHED_EVENTS:
                self._days.popitem(last=False)
            return day


def _count(work: Work, key: FeedKey, day: _Day, hour: ExitAll | None) -> None:
    """Count the rows that are new, and take out the admissions that were counted and are given back since."""
    _count_passages(work, key, day)
    _count_scans(work, key, day, hour)


def _leave_all(day: _Day, hour: ExitAll | None) -> None:
    """Let everybody leave whose hour has come since it was last looked at."""
    if hour is None or hour.last_ms == day.left_ms:
        return
    day.left_ms = hour.last_ms
    for person in day.zones:
        _leave(day, person, hour)


def _leave(day: _Day, person: str, hour: ExitAll, before_ms: int | None = None) -> None:
    """Let a person leave if the hour has come after their last scan, and before their next if that is known."""
    left_at_ms = hour.left_at_ms(day.last_at.get(person, 0), before_ms) if day.zones[person] else None
    if left_at_ms is not None:
        day.zones[person].clear()
        day.exits[left_at_ms // MINUTE_MS] += 1


def _count_passages(work: Work, key: FeedKey, day: _Day) -> None:
    """Take out what was given back of the scans that are counted; a late turn counts again."""
    p, c = PASSAGES.c, LOG.c
    query = (
        select(p.log_seq, p.outcome, c.log_seq, c.effective_at_ms, c.direction, c.zone, c.participant_id)
        .join(LOG, and_(c.tenant_id == p.tenant_id, c.id == p.access_log_id))
        .where(
            p.tenant_id == key.tenant_id,
            p.event_id == key.event_id,
            p.log_seq > day.passages_upto,
            or_(p.outcome == Passage.NO_PASSAGE, p.cause == PassageCause.LATE_TURN),
        )
        .order_by(p.log_seq)
    )
    for seq, outcome, scan_seq, at, direction, zone, person in work.session.execute(query):
        day.passages_upto = max(day.passages_upto, seq)
        if scan_seq > day.upto or at < day.since_ms - CHART_MINUTES * MINUTE_MS:
            continue  # not counted yet: the scan itself says what became of it
        change = 1 if outcome is Passage.PASSED else -1
        _add(day, at, direction, zone or "", person, change)


def _add(day: _Day, at: int, direction: Direction, zone: str, person: str | None, change: int) -> None:
    """Count an admission (`change` 1), or take it out (-1), which is the same as the opposite direction."""
    zones = day.zones[person] if person else set[str]()
    if change > 0:
        crosses = _crosses_boundary(zones, direction, zone)
    elif direction is Direction.ENTRY:
        zones.discard(zone)
        crosses = not zone or not zones
    else:
        crosses = not zones
        zones.add(zone)
    if crosses:
        (day.entries if direction is Direction.ENTRY else day.exits)[at // MINUTE_MS] += change
    if direction is Direction.ENTRY and at >= day.since_ms and person:
        day.people[person] += change


def _count_scans(work: Work, key: FeedKey, day: _Day, hour: ExitAll | None) -> None:
    """Count the rows that are new; the hour before midnight belongs to the chart, not to the day."""
    c = LOG.c
    query = (
        select(
            c.log_seq,
            c.effective_at_ms,
            c.device_id,
            c.result,
            c.reason_code,
            c.direction,
            c.zone,
            c.passage,
            c.participant_id,
        )
        .where(
            c.tenant_id == key.tenant_id,
            c.event_id == key.event_id,
            c.log_seq > day.upto,
            c.effective_at_ms >= day.since_ms - CHART_MINUTES * MINUTE_MS,
        )
        .order_by(c.log_seq)
        .execution_options(yield_per=5000)
    )
    for seq, at, device, result, reason, direction, zone, passage, person in work.session.execute(query):
        day.upto = max(day.upto, seq)
        today = at >= day.since_ms
        if today and at > day.last.get(device, 0):
            day.last[device] = at
        if not result.admits:
            day.refused[reason] += today
            continue
        if passage is Passage.NO_PASSAGE:
            continue
        if person:
            if hour is not None:
                _leave(day, person, hour, at)
            day.last_at[person] = max(at, day.last_at.get(person, 0))
        _add(day, at, direction, zone or "", person, 1)


def _crosses_boundary(zones: set[str], direction: Direction, zone: str) -> bool:
    """Return True if with this scan a person comes to the venue or leaves it, and update the zones in which they are.

    A person who walks from one zone to another does neither. Where there is no checkpoint without a zone, the first zone
    is the arrival and the last exit the departure.
    """
    was_inside = bool(zones)
    if direction is Direction.ENTRY:
        zones.add(zone)
        return not (zone and was_inside)
    if not zone:
        zones.clear()
        return True
    zones.discard(zone)
    return not zones


def _statistics(day: _Day, now_ms: int) -> DailyStatistics:
    last = now_ms // MINUTE_MS
    minutes = [
        MinuteCounts(at * MINUTE_MS, day.entries[at], day.exits[at])
        for at in range(last - CHART_MINUTES + 1, last + 1)
    ]
    refused = [RefusalCount(*pair) for pair in day.refused.most_common() if pair[1]]
    return DailyStatistics(sum(count > 0 for count in day.people.values()), refused, dict(day.last), minutes)
