"""What charts share: a drawing of 600 by 200 units that is stretched to its place, and a scale of round numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

WIDTH, HEIGHT, TOP = 600, 200, 8
LINES = 4
_STEPS = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Scale:
    """From 0 at the bottom to `top`."""

    top: int

    @classmethod
    def up_to(cls, most: int) -> "Scale":
        """The scale whose highest number is a round one at or above this."""
        return cls(LINES * round_up(ceil(most / LINES)) if most else LINES)

    @property
    def lines(self) -> Sequence[tuple[int, float]]:
        """The numbers of the scale and where their lines are."""
        return [(step, self.y(step)) for step in range(0, self.top + 1, self.top // LINES)]

    def y(self, value: float) -> float:
        """Where a value stands."""
        return round(HEIGHT - (HEIGHT - TOP) * value / self.top, 2)


def round_up(step: int) -> int:
    """Return the next of 1, 2, 5, 10, 20, 50 and so on.

    >>> [round_up(step) for step in (1, 3, 7, 11, 60)]
    [1, 5, 10, 20, 100]
    """
    power = 1
    while True:
        for one in _STEPS:
            if one * power >= step:
                return one * power
        power *= 10
