"""What a relay board is to whoever drives it.

Commands return once their bytes are written: a person waits in front of the door, and an answer at 9600 baud takes 10 ms
and more. A board that answers has its answer checked by the next call, whichever that is; `read()` is the one to call for
that alone. All calls are for one thread at a time; `Door` sees to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

MIN_PULSE_MS = 100
MAX_PULSE_MS = 2000
DEFAULT_PULSE_MS = 400


@dataclass(frozen=True, slots=True)
class BoardCapabilities:
    """What a board can do. `channels` and `inputs` are counts, channels being numbered from 1."""

    channels: int
    timed_pulse: bool  # the board ends a pulse itself, even if this program is killed meanwhile
    read_back: bool  # the board tells how its relays stand; some are known to only once they have answered
    inputs: int = 0


@runtime_checkable
class RelayBoard(Protocol):
    """One board behind one port, found by its binding and never by probing.

    Every method but `close` raises DeviceMissing, DeviceBusy or DeviceLost with a sentence for the operator; after
    DeviceLost the board is to be closed and may be opened again. A channel the board doesn't have raises ValueError.
    """

    @property
    def capabilities(self) -> BoardCapabilities: ...

    def open(self) -> None:
        """Find the port and open it. Switches nothing: whoever opens a board sends `all_off` first."""

    def close(self) -> None:
        """Let go of the port. Never raises; may be called twice."""

    def on(self, channel: int) -> None:
        """Close the channel's contact until told otherwise."""

    def off(self, channel: int) -> None:
        """Open the channel's contact."""

    def pulse(self, channel: int, duration_ms: int) -> None:
        """Begin a pulse. With `timed_pulse` the board ends it; else this is `on` and the caller owes the `off`."""

    def all_off(self) -> None:
        """Open every contact."""

    def read_states(self) -> tuple[bool, ...] | None:
        """See that the board is there; tell how its relays stand, channel 1 first, or None where it can't say."""


@runtime_checkable
class InputBoard(Protocol):
    """A board with inputs: a passage sensor, a fire alarm's contact, a tamper switch."""

    def read_inputs(self) -> tuple[bool, ...]:
        """How the inputs stand, the first first. Raises as `RelayBoard` does."""


def check_channel(channel: int, channels: int) -> int:
    """`channel` where the board has it, else ValueError in a sentence."""
    if not 1 <= channel <= channels:
        raise ValueError(f"channel {channel} is not one of the board's channels 1 to {channels}")
    return channel


def check_pulse_duration(duration_ms: int) -> int:
    """`milliseconds` where it is a length a door may be released for, else ValueError in a sentence."""
    if not MIN_PULSE_MS <= duration_ms <= MAX_PULSE_MS:
        raise ValueError(
            f"a pulse of {duration_ms} ms is refused: from {MIN_PULSE_MS} to {MAX_PULSE_MS} ms are allowed"
        )
    return duration_ms
