"""The chart of entries and exits a minute, as figures that a template draws: 600 by 200 units, stretched to its place."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from math import ceil
from zoneinfo import ZoneInfo

from hub_sync.contract.clock import from_epoch_ms
from hub_sync.hub.domains.check_in.tally import Minute

WIDTH, HEIGHT, TOP = 600, 200, 8
LINES = 4
LABEL_EVERY = 15
_STEPS = (1, 2, 5)


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
    def top(self) -> int:
        """The highest number on the scale: a round one at or above the busiest minute."""
        busiest = max((max(one.entries, one.exits) for one in self.minutes), default=0)
        return LINES * _round_up(ceil(busiest / LINES)) if busiest else LINES

    @property
    def is_quiet(self) -> bool:
        """Whether nobody passed at all."""
        return not any(one.entries or one.exits for one in self.minutes)

    @property
    def scale(self) -> Sequence[tuple[int, float]]:
        """The numbers of the scale and where their lines are."""
        return [(step, self._y(step)) for step in range(0, self.top + 1, self.top // LINES)]

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
                    self._y(one.entries),
                    self._y(one.exits),
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
        floor = self._y(0)
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

    def _y(self, count: int) -> float:
        return round(HEIGHT - (HEIGHT - TOP) * count / self.top, 2)


def _round_up(step: int) -> int:
    """The next of 1, 2, 5, 10, 20, 50, …

    >>> [_round_up(step) for step in (1, 3, 7, 11, 60)]
    [1, 5, 10, 20, 100]
    """
    power = 1
    while True:
        for one in _STEPS:
            if one * power >= step:
                return one * power
        power *= 10
