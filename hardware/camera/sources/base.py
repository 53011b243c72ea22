"""What every source of frames offers, and the parts that several share."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import parse_qsl

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""Height x width (grey) or height x width x 3 (BGR)."""


class FrameSource(Protocol):
    """A camera or what stands for one. Used by one thread at a time; `close` may be called twice."""

    max_frame_interval: float
    """Seconds between two frames that are still in order; what is slower has hung."""

    may_repeat: bool
    """Whether two frames may be the same bit for bit. A live sensor's never are: its noise sees to that."""

    def open(self) -> None:
        """Get ready to read. DeviceMissing or DeviceBusy."""

    def read(self) -> Image | None:
        """Wait for the next frame; None once there will be no more. DeviceLost where the device went away."""

    def close(self) -> None:
        """Let the device go."""


@dataclass(frozen=True, slots=True)
class SourceUrl:
    """A camera URL taken apart: `images:folder?fps=5` has the place `folder` and the option fps."""

    url: str
    path: str
    options: dict[str, str]

    @classmethod
    def parse(cls, url: str, rest: str) -> "SourceUrl":
        """From the whole URL and what follows its scheme."""
        place, _, query = rest.partition("?")
        if not place:
            raise ValueError(f"'{url}' does not say which one after the colon.")
        return cls(url, place, dict(parse_qsl(query, keep_blank_values=True)))

    def check_options(self, *known: str) -> None:
        """ValueError where an option is not one of `known`: a mistyped option must not be passed over."""
        for option in self.options:
            if option not in known:
                raise ValueError(
                    f"'{self.url}' has the unknown option '{option}'; known: {', '.join(known)}."
                )

    def get_float(self, option: str, default: float) -> float:
        """A positive number. ValueError for anything else."""
        text = self.options.get(option, str(default))
        try:
            value = float(text)
        except ValueError:
            value = 0.0
        if not 0 < value < float("inf"):
            raise ValueError(f"'{self.url}': {option} should be a number above zero, not '{text}'.")
        return value

    def get_bool(self, option: str) -> bool:
        """`option=1` is true; `0` or nothing false. ValueError for anything else."""
        text = self.options.get(option, "0")
        if text not in ("0", "1"):
            raise ValueError(f"'{self.url}': {option} should be 0 or 1, not '{text}'.")
        return text == "1"


class FramePacer:
    """Lets one frame through each period. After a stall it goes on from now and does not rush to catch up."""

    def __init__(
        self,
        period: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.period = period
        self._clock = clock
        self._sleep = sleep
        self._next_due = clock()

    def wait(self) -> None:
        """Sleep until the next frame is due."""
        now = self._clock()
        if self._next_due > now:
            self._sleep(self._next_due - now)
        self._next_due = max(self._next_due, now) + self.period
