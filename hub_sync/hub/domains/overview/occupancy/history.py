"""History, peak and flow of an event's day, as coordinates for a template."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from hub_sync.contract.clock import epoch_ms, from_epoch_ms
from hub_sync.hub.console.charts import HEIGHT, WIDTH, Scale
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.check_in.service import FlowSpan
from hub_sync.hub.domains.events.service import Event
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.times.opening_hours import event_day_start, local_instant
from hub_sync.rules.times.time_zones import load_time_zone_or_utc

MINUTE_MS = 60_000
QUARTER = 15
HOUR = 60
LABELS = 6
MOST_DAYS = 60
"""A longer event offers its last days."""


@dataclass(frozen=True, slots=True)
class GateFlow:
    """The flow at one checkpoint within the day. Without an id: that at the hour that everybody leaves."""

    id: str
    entries: int
    exits: int
    busiest_at: datetime
    busiest: int
    """Entries and exits in the busiest quarter of an hour."""


@dataclass(frozen=True, slots=True)
class Quarter:
    """A quarter of an hour: coordinates and figures. `gates` has entries and exits by checkpoint."""

    at: datetime
    x: float
    width: float
    entries: int
    exits: int
    inside: int
    entries_y: float
    exits_y: float
    gates: Mapping[str, tuple[int, int]]


@dataclass(frozen=True)
class History:
    """A day of a zone: `begin` and `end` are minutes since 1970."""

    span: FlowSpan
    begin: int
    end: int
    capacity: int | None

    @cached_property
    def levels(self) -> Sequence[tuple[int, int]]:
        """The number of people inside after each minute with a flow."""
        change: dict[int, int] = defaultdict(int)
        for row in self.span.rows:
            change[row.minute] += row.entries - row.exits
        inside, levels = self.span.inside_before, []
        for minute in sorted(change):
            inside += change[minute]
            levels.append((minute, inside))
        return levels

    @property
    def is_quiet(self) -> bool:
        """True if nobody came or left in the day."""
        return not self.span.rows

    @cached_property
    def peak(self) -> int:
        """The most people inside at the end of a minute of the day."""
        return max([self.span.inside_before, *(inside for _minute, inside in self.levels)])

    @property
    def peak_at(self) -> datetime | None:
        """The first minute with the peak; None: it was there when the day began."""
        return next((_instant(minute) for minute, inside in self.levels if inside == self.peak), None)

    @cached_property
    def scale(self) -> Scale:
        """The scale of the history; the capacity is in it if the day came near it."""
        drawn_capacity = self.capacity if self.capacity and self.capacity <= 2 * self.peak else 0
        return Scale.up_to(max(self.peak, drawn_capacity))

    @cached_property
    def flow_scale(self) -> Scale:
        """The scale of the flow."""
        return Scale.up_to(max((max(each.entries, each.exits) for each in self._figures), default=0))

    @property
    def capacity_y(self) -> float | None:
        """The height of the capacity, None if it is above the drawing or not known."""
        if not self.capacity or self.capacity > self.scale.top:
            return None
        return self.scale.y(self.capacity)

    @property
    def peak_x(self) -> float | None:
        """The place of the peak."""
        return None if self.peak_at is None else self._x(epoch_ms(self.peak_at) // MINUTE_MS + 1)

    @cached_property
    def line(self) -> str:
        """The line of the history, as SVG writes points: it is level until somebody comes or leaves."""
        before = self.scale.y(self.span.inside_before)
        points = [(0.0, before)]
        for minute, inside in self.levels:
            x = self._x(minute + 1)
            points += [(x, points[-1][1]), (x, self.scale.y(inside))]
        points.append((float(WIDTH), points[-1][1]))
        return " ".join(f"{x},{y}" for x, y in points)

    @property
    def area(self) -> str:
        """The area below the line."""
        return f"0,{HEIGHT} {self.line} {WIDTH},{HEIGHT}"

    @cached_property
    def quarters(self) -> Sequence[Quarter]:
        """Every quarter of an hour."""
        scale = self.flow_scale
        width = WIDTH * QUARTER / (self.end - self.begin)
        return [
            Quarter(
                each.at,
                round(self._x(epoch_ms(each.at) // MINUTE_MS), 2),
                round(width, 2),
                each.entries,
                each.exits,
                each.inside,
                scale.y(each.entries),
                scale.y(each.exits),
                each.gates,
            )
            for each in self._figures
        ]

    @cached_property
    def gates(self) -> Sequence[GateFlow]:
        """The checkpoints with a flow, the busiest first."""
        sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        busiest: dict[str, tuple[int, datetime]] = {}
        for each in self._figures:
            for id_, (entries, exits) in each.gates.items():
                sums[id_][0] += entries
                sums[id_][1] += exits
                if id_ not in busiest or entries + exits > busiest[id_][0]:
                    busiest[id_] = entries + exits, each.at
        gates = [
            GateFlow(id_, entries, exits, busiest[id_][1], busiest[id_][0])
            for id_, (entries, exits) in sums.items()
        ]
        return sorted(gates, key=lambda gate: (-gate.entries - gate.exits, gate.id))

    @property
    def busiest_entrance(self) -> str:
        """The checkpoint with the most entries of the day, "" if there was none."""
        entrance = max(self.gates, key=lambda gate: gate.entries, default=None)
        return entrance.id if entrance is not None else ""

    @property
    def entries(self) -> int:
        """All entries of the day."""
        return sum(row.entries for row in self.span.rows)

    @property
    def exits(self) -> int:
        """All exits of the day."""
        return sum(row.exits for row in self.span.rows)

    @property
    def labels(self) -> Sequence[datetime]:
        """The times below the charts, evenly spread."""
        step = (self.end - self.begin) / LABELS
        return [_instant(round(self.begin + step * number)) for number in range(LABELS + 1)]

    @cached_property
    def _figures(self) -> Sequence["_QuarterFigures"]:
        by_quarter = {
            start: _QuarterFigures(_instant(start), {}) for start in range(self.begin, self.end, QUARTER)
        }
        for row in self.span.rows:
            start = self.begin + (row.minute - self.begin) // QUARTER * QUARTER
            before = by_quarter[start].gates.get(row.checkpoint_id, (0, 0))
            by_quarter[start].gates[row.checkpoint_id] = before[0] + row.entries, before[1] + row.exits
        inside = self.span.inside_before
        for figures in by_quarter.values():
            inside += figures.entries - figures.exits
            figures.inside = inside
        return list(by_quarter.values())

    def _x(self, minute: int) -> float:
        return round(
            WIDTH * (min(max(minute, self.begin), self.end) - self.begin) / (self.end - self.begin), 2
        )


@dataclass
class _QuarterFigures:
    at: datetime
    gates: dict[str, tuple[int, int]]
    inside: int = 0

    @property
    def entries(self) -> int:
        return sum(entries for entries, _exits in self.gates.values())

    @property
    def exits(self) -> int:
        return sum(exits for _entries, exits in self.gates.values())


def event_days(work: Work, event: Event, now: datetime) -> Sequence[date]:
    """Return the event's days on which somebody came or left, and the present one while the event is on, the latest first."""
    zone, begins = _zone(event), time.fromisoformat(event.day_begins_at)
    bounds = check_in.flow_bounds(work, FeedKey(event.tenant_id, event.id))
    instants = [_instant(minute) for minute in bounds or ()]
    if event.starts_at <= now <= event.ends_at or not instants:
        instants.append(min(max(now, event.starts_at), event.ends_at))
    days = [event_day_start(at, begins, zone).astimezone(zone).date() for at in instants]
    last, count = max(days), (max(days) - min(days)).days + 1
    return [last - timedelta(days=number) for number in range(min(count, MOST_DAYS))]


def read_history(work: Work, event: Event, day: date, count: check_in.Count, now: datetime) -> History:
    """Return the history of a day, from the hour of the first flow to that of the last, or to now."""
    zone, begins = _zone(event), time.fromisoformat(event.day_begins_at)
    key = FeedKey(event.tenant_id, event.id)
    first, end = (
        epoch_ms(local_instant(each, begins, zone)) // MINUTE_MS for each in (day, day + timedelta(days=1))
    )
    span = check_in.read_flows(work, key, count.zone, first, end, count.current)
    present = epoch_ms(now) // MINUTE_MS + 1
    reached = [row.minute for row in span.rows]
    if first <= present < end:
        reached.append(present)
    drawn_from = max(first, (min(reached) if reached else first) // HOUR * HOUR)
    drawn_to = -(-(max(reached) + 1) // HOUR) * HOUR if reached else end
    if span.inside_before and first < present:
        drawn_from = first
    return History(span, drawn_from, max(drawn_to, drawn_from + LABELS * QUARTER), count.capacity)


def _zone(event: Event) -> ZoneInfo:
    return load_time_zone_or_utc(event.time_zone)


def _instant(minute: int) -> datetime:
    return from_epoch_ms(minute * MINUTE_MS)
