"""The chart of entries and exits a minute, as figures that a template draws."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from hub_sync.contract.clock import from_epoch_ms
from hub_sync.hub.console.charts import WIDTH, Scale
from hub_sync.hub.domains.check_in.occupancy.daily_statistics import Minute

LABEL_EVERY = 15


@dataclass(frozen=True, slots=True)
class Column:
    """One minute: where it stands, and what it tells."""

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
    """Minutes in a zone's time, as lines, columns and labels."""

    minutes: Sequence[Minute]
    zone: ZoneInfo

    @cached_property
    def _scale(self) -> Scale:
        return Scale.up_to(max((max(one.entries, one.exits) for one in self.minutes), default=0))

    @property
    def is_quiet(self) -> bool:
        """Whether nobody passed at all."""
        return not any(one.entries or one.exits for one in self.minutes)

    @property
    def scale(self) -> Sequence[tuple[int, float]]:
        """The numbers of the scale and where their lines are."""
        return self._scale.lines

    @cached_property
    def columns(self) -> Sequence[Column]:
        """Every minute."""
        width = WIDTH / max(1, len(self.minutes))
        made = []
        for place, one in enumerate(self.minutes):
            at = from_epoch_ms(one.at_ms).astimezone(self.zone)
            x = place * width
            made.append(
                Column(
                    round(x, 2),
                    round(width, 2),
                    round(x + width / 2, 2),
                    at,
                    one.entries,
                    one.exits,
                    self._scale.y(one.entries),
                    self._scale.y(one.exits),
                )
            )
        return made

    @property
    def labels(self) -> Sequence[datetime]:
        """The times below the chart, evenly spread."""
        return [one.at for one in (*self.columns[::LABEL_EVERY], self.columns[-1])]

    @property
    def entries_line(self) -> str:
        """The line of entries, as SVG writes points."""
        return " ".join(f"{one.middle},{one.entries_y}" for one in self.columns)

    @property
    def exits_line(self) -> str:
        """The line of exits."""
        return " ".join(f"{one.middle},{one.exits_y}" for one in self.columns)

    @property
    def area(self) -> str:
        """What lies below the line of entries."""
        floor = self._scale.y(0)
        first, last = self.columns[0].middle, self.columns[-1].middle
        return f"{first},{floor} {self.entries_line} {last},{floor}"

    @property
    def entries(self) -> int:
        """All entries of the hour."""
        return sum(one.entries for one in self.minutes)

    @property
    def exits(self) -> int:
        """All exits of the hour."""
        return sum(one.exits for one in self.minutes)
