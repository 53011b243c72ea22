"""The chart of entries and exits a minute, as coordinates for a template."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from hub_sync.contract.clock import from_epoch_ms
from hub_sync.hub.console.charts import WIDTH, Scale
from hub_sync.hub.domains.check_in.service import MinuteCounts

LABEL_EVERY = 15


@dataclass(frozen=True, slots=True)
class MinuteColumn:
    """One minute of the chart: coordinates and values."""

    x: float
    width: float
    middle: float
    at: datetime
    entries: int
    exits: int
    entries_y: float
    exits_y: float


@dataclass(frozen=True)
class Chart:
    """The minutes of the chart as lines, columns and labels, in the event's time zone."""

    minutes: Sequence[MinuteCounts]
    zone: ZoneInfo

    @cached_property
    def _scale(self) -> Scale:
        return Scale.up_to(max((max(minute.entries, minute.exits) for minute in self.minutes), default=0))

    @property
    def is_quiet(self) -> bool:
        """True if nobody passed in the hour."""
        return not any(minute.entries or minute.exits for minute in self.minutes)

    @property
    def scale(self) -> Sequence[tuple[int, float]]:
        """The numbers of the scale and the y coordinates of their lines."""
        return self._scale.lines

    @cached_property
    def columns(self) -> Sequence[MinuteColumn]:
        """Every minute."""
        width = WIDTH / max(1, len(self.minutes))
        columns = []
        for index, minute in enumerate(self.minutes):
            at = from_epoch_ms(minute.at_ms).astimezone(self.zone)
            x = index * width
            columns.append(
                MinuteColumn(
                    round(x, 2),
                    round(width, 2),
                    round(x + width / 2, 2),
                    at,
                    minute.entries,
                    minute.exits,
                    self._scale.y(minute.entries),
                    self._scale.y(minute.exits),
                )
            )
        return columns

    @property
    def labels(self) -> Sequence[datetime]:
        """The times below the chart, evenly spread."""
        return [column.at for column in (*self.columns[::LABEL_EVERY], self.columns[-1])]

    @property
    def entries_line(self) -> str:
        """The line of entries, as SVG writes points."""
        return " ".join(f"{column.middle},{column.entries_y}" for column in self.columns)

    @property
    def exits_line(self) -> str:
        """The line of exits."""
        return " ".join(f"{column.middle},{column.exits_y}" for column in self.columns)

    @property
    def area(self) -> str:
        """The area below the line of entries."""
        floor = self._scale.y(0)
        first, last = self.columns[0].middle, self.columns[-1].middle
        return f"{first},{floor} {self.entries_line} {last},{floor}"

    @property
    def entries(self) -> int:
        """All entries of the hour."""
        return sum(minute.entries for minute in self.minutes)

    @property
    def exits(self) -> int:
        """All exits of the hour."""
        return sum(minute.exits for minute in self.minutes)
