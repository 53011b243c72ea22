"""The charts of an endpoint: what share of its attempts succeeded, and how long they took, bucket by bucket."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from zoneinfo import ZoneInfo

from hub_sync.hub.console.charts import HEIGHT, TOP, WIDTH, Scale
from hub_sync.hub.console.i18n.formats import clock_time, number, rate, short_day, took
from hub_sync.hub.domains.webhooks.subscriptions.statistics import Attempts, EndpointFigures, Period

GAP = 0.16
"""Of a column's width, left free on either side."""
LABELS = 5


@dataclass(frozen=True, slots=True)
class ChartColumn:
    """One bucket: where it stands, what it tells, and when it was."""

    x: float
    width: float
    middle: float
    bar_x: float
    bar_width: float
    told: Attempts
    when: str
    split_y: float
    """Where the share of successes ends and that of failures begins."""
    p50_y: float
    p95_y: float


@dataclass(frozen=True)
class EndpointCharts:
    """Both charts."""

    figures: EndpointFigures
    zone: ZoneInfo

    @property
    def is_empty(self) -> bool:
        """Whether nothing was attempted in the period."""
        return not self.figures.total.attempts

    @cached_property
    def columns(self) -> Sequence[ChartColumn]:
        """Every bucket, the oldest first."""
        buckets = self.figures.buckets
        width = WIDTH / len(buckets)
        return [self._column(one, place * width, width) for place, one in enumerate(buckets)]

    @property
    def share_scale(self) -> Sequence[tuple[str, float]]:
        """0 to 100 %."""
        scale = Scale(100)
        return [(rate(step / 100), scale.y(step)) for step in (0, 50, 100)]

    @property
    def latency_scale(self) -> Sequence[tuple[str, float]]:
        """0 to the slowest, in milliseconds."""
        return [(took(step) if step else number(0), y) for step, y in self._latencies.lines]

    @property
    def times(self) -> Sequence[str]:
        """What stands below, evenly spread."""
        last = len(self.columns) - 1
        return [self.columns[round(step * last / (LABELS - 1))].when for step in range(LABELS)]

    @property
    def p50_lines(self) -> Sequence[str]:
        """Half of the attempts took no longer: a line for each run of buckets that had any, as SVG writes paths."""
        return [_path([(one.middle, one.p50_y) for one in run]) for run in self._runs if len(run) > 1]

    @property
    def p95_lines(self) -> Sequence[str]:
        """95 of 100 took no longer."""
        return [_path([(one.middle, one.p95_y) for one in run]) for run in self._runs if len(run) > 1]

    @property
    def alone(self) -> Sequence[ChartColumn]:
        """The buckets that no line goes through: nothing was attempted before and after."""
        return [run[0] for run in self._runs if len(run) == 1]

    @cached_property
    def _latencies(self) -> Scale:
        return Scale.up_to(max((one.p95_ms or 0 for one in self.figures.buckets), default=0))

    def _column(self, one: Attempts, x: float, width: float) -> ChartColumn:
        there = one.at.astimezone(self.zone)
        by_hour = self.figures.period is Period.DAY
        return ChartColumn(
            x=round(x, 2),
            width=round(width, 2),
            middle=round(x + width / 2, 2),
            bar_x=round(x + width * GAP, 2),
            bar_width=round(width * (1 - 2 * GAP), 2),
            told=one,
            when=clock_time(there, self.zone.key) if by_hour else short_day(one.at.date()),
            split_y=round(HEIGHT - (HEIGHT - TOP) * (one.success_rate or 0), 2),
            p50_y=self._latencies.y(one.p50_ms or 0),
            p95_y=self._latencies.y(one.p95_ms or 0),
        )

    @cached_property
    def _runs(self) -> Sequence[Sequence[ChartColumn]]:
        grouped = groupby(self.columns, key=lambda one: bool(one.told.attempts))
        return [list(run) for attempted, run in grouped if attempted]


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x} {y}" for x, y in points)
