"""Charts of an endpoint: the share of successful attempts and their latency, by bucket."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from zoneinfo import ZoneInfo

from hub_sync.hub.console.charts import HEIGHT, TOP, WIDTH, Scale
from hub_sync.hub.console.i18n.formats import clock_time, number, rate, short_day, took
from hub_sync.hub.domains.webhooks.subscriptions.statistics import Attempts, EndpointFigures, Period

GAP = 0.16
"""Space on either side of a bar, as a share of the column's width."""
LABELS = 5


@dataclass(frozen=True, slots=True)
class ChartColumn:
    """The column of a bucket: its place, its attempts and its time."""

    x: float
    width: float
    middle: float
    bar_x: float
    bar_width: float
    attempts: Attempts
    when: str
    split_y: float
    """Between the share of successes and that of failures."""
    p50_y: float
    p95_y: float


@dataclass(frozen=True)
class EndpointCharts:
    """The two charts of an endpoint."""

    figures: EndpointFigures
    zone: ZoneInfo

    @property
    def is_empty(self) -> bool:
        """Return True if there was no attempt in the period."""
        return not self.figures.total.attempts

    @cached_property
    def columns(self) -> Sequence[ChartColumn]:
        """Return a column for every bucket, the oldest first."""
        buckets = self.figures.buckets
        width = WIDTH / len(buckets)
        return [self._column(bucket, place * width, width) for place, bucket in enumerate(buckets)]

    @property
    def share_scale(self) -> Sequence[tuple[str, float]]:
        """Return the labels of the share, 0 to 100 %."""
        scale = Scale(100)
        return [(rate(step / 100), scale.y(step)) for step in (0, 50, 100)]

    @property
    def latency_scale(self) -> Sequence[tuple[str, float]]:
        """Return the labels of the latency, in milliseconds."""
        return [(took(step) if step else number(0), y) for step, y in self._latencies.lines]

    @property
    def times(self) -> Sequence[str]:
        """Return the labels of the time axis, evenly spread."""
        last = len(self.columns) - 1
        return [self.columns[round(step * last / (LABELS - 1))].when for step in range(LABELS)]

    @property
    def p50_lines(self) -> Sequence[str]:
        """Return the lines of the median as SVG paths, one for each run of buckets with attempts."""
        return [
            _path([(column.middle, column.p50_y) for column in run]) for run in self._runs if len(run) > 1
        ]

    @property
    def p95_lines(self) -> Sequence[str]:
        """Return the lines of the 95th percentile as SVG paths."""
        return [
            _path([(column.middle, column.p95_y) for column in run]) for run in self._runs if len(run) > 1
        ]

    @property
    def isolated_columns(self) -> Sequence[ChartColumn]:
        """Return the columns without a line: there are no attempts before and after them."""
        return [run[0] for run in self._runs if len(run) == 1]

    @cached_property
    def _latencies(self) -> Scale:
        return Scale.up_to(max((bucket.p95_ms or 0 for bucket in self.figures.buckets), default=0))

    def _column(self, attempts: Attempts, x: float, width: float) -> ChartColumn:
        local_time = attempts.at.astimezone(self.zone)
        by_hour = self.figures.period is Period.DAY
        return ChartColumn(
            x=round(x, 2),
            width=round(width, 2),
            middle=round(x + width / 2, 2),
            bar_x=round(x + width * GAP, 2),
            bar_width=round(width * (1 - 2 * GAP), 2),
            attempts=attempts,
            when=clock_time(local_time, self.zone.key) if by_hour else short_day(attempts.at.date()),
            split_y=round(HEIGHT - (HEIGHT - TOP) * (attempts.success_rate or 0), 2),
            p50_y=self._latencies.y(attempts.p50_ms or 0),
            p95_y=self._latencies.y(attempts.p95_ms or 0),
        )

    @cached_property
    def _runs(self) -> Sequence[Sequence[ChartColumn]]:
        grouped = groupby(self.columns, key=lambda column: bool(column.attempts.attempts))
        return [list(run) for has_attempts, run in grouped if has_attempts]


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x} {y}" for x, y in points)
