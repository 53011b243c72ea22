"""Shared parts of charts: a drawing of 600 by 200 units that is stretched to its place, and a scale of round numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

WIDTH, HEIGHT, TOP = 600, 200, 8
LINES = 4
_STEPS = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Scale:
    """A vertical scale from 0 at the bottom to `top`."""

    top: int

    @classmethod
    def up_to(cls, most: int) -> "Scale":
        """Return the scale whose highest number is a round one at or above `most`."""
        return cls(LINES * round_up(ceil(most / LINES)) if most else LINES)

    @property
    def lines(self) -> Sequence[tuple[int, float]]:
        """Return the numbers of the scale with the heights of their lines."""
        return [(step, self.y(step)) for step in range(0, self.top + 1, self.top // LINES)]

    def y(self, value: float) -> float:
        """Return the height of a value in the drawing."""
        return round(HEIGHT - (HEIGHT - TOP) * value / self.top, 2)


def round_up(step: int) -> int:
    """Return the next of 1, 2, 5, 10, 20, 50 and so on.

    >>> [round_up(step) for step in (1, 3, 7, 11, 60)]
    [1, 5, 10, 20, 100]
    """
    power = 1
    while True:
        for step_base in _STEPS:
            if step_base * power >= step:
                return step_base * power
        power *= 10
