"""Frame source interface, camera URLs and frame pacing."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import parse_qsl

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""Height x width (grayscale) or height x width x 3 (BGR)."""


class FrameSource(Protocol):
    """A camera or a replacement for one. Used by one thread at a time; `close` may be called twice."""

    max_frame_interval: float
    """Maximum seconds between two frames. A slower source counts as hung."""

    may_repeat: bool
    """True if two frames may be identical. Frames of a live sensor never are, because of its noise."""

    def open(self) -> None:
        """Open the device. Raises DeviceMissing or DeviceBusy."""

    def read(self) -> Image | None:
        """Wait for the next frame; return None at the end of the source. Raises DeviceLost if the device is gone."""

    def close(self) -> None:
        """Close the device."""

    def revision(self) -> object:
        """Return a value that differs once a source at its end has something new; always equal for a real camera."""


@dataclass(frozen=True, slots=True)
class SourceUrl:
    """A parsed camera URL: `images:folder?fps=5` has the path `folder` and the option fps."""

    url: str
    path: str
    options: dict[str, str]

    @classmethod
    def parse(cls, url: str, rest: str) -> "SourceUrl":
        """Parse `rest`, the part of `url` after the scheme. Raises ValueError if the path is missing."""
        place, _, query = rest.partition("?")
        if not place:
            raise ValueError(f"'{url}' names no device or path after the colon.")
        return cls(url, place, dict(parse_qsl(query, keep_blank_values=True)))

    def check_options(self, *known: str) -> None:
        """Raise ValueError for an option that is not in `known`: a mistyped option must not be ignored."""
        for option in self.options:
            if option not in known:
                raise ValueError(
                    f"'{self.url}' has the unknown option '{option}'; known: {', '.join(known)}."
                )

    def get_float(self, option: str, default: float) -> float:
        """Return the option as a positive number. Raises ValueError for anything else."""
        text = self.options.get(option, str(default))
        try:
            value = float(text)
        except ValueError:
            value = 0.0
        if not 0 < value < float("inf"):
            raise ValueError(f"'{self.url}': {option} should be a number above zero, not '{text}'.")
        return value

    def get_bool(self, option: str) -> bool:
        """Return the option as a boolean: `1` is True, `0` or missing is False. Raises ValueError for anything else."""
        text = self.options.get(option, "0")
        if text not in ("0", "1"):
            raise ValueError(f"'{self.url}': {option} should be 0 or 1, not '{text}'.")
        return text == "1"


class FramePacer:
    """Limits a source to one frame per period (seconds). After a stall it does not catch up."""

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
