"""Relay board interface.

Commands return as soon as their bytes are written, because a person waits at the door and a response at 9600 baud takes
10 ms or more. The next call of any method checks the pending response; `read_states()` does only that. One thread at a
time may call a board; `PulseController` ensures this.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

MIN_PULSE_MS = 100
MAX_PULSE_MS = 2000
DEFAULT_PULSE_MS = 400


@dataclass(frozen=True, slots=True)
class BoardCapabilities:
    """The features of a board. `channels` and `inputs` are counts; channels are numbered from 1."""

    channels: int
    timed_pulse: bool  # the board ends a pulse itself, even if the computer stops
    read_back: (
        bool  # the board reports its relay states; for some boards this is known after the first response
    )
    inputs: int = 0
    jog_ms: int = 0
    """The length of the only pulse that a board without `timed_pulse` ends itself; 0: it ends none."""

    def ends_pulse(self, duration_ms: int) -> bool:
        """Return True if the contact opens after such a pulse also if the computer stops in the middle of it."""
        return self.timed_pulse or duration_ms <= self.jog_ms


@runtime_checkable
class RelayBoard(Protocol):
    """One board on one serial port, selected by its address and never by probing.

    Every method except `close` raises DeviceMissing, DeviceBusy or DeviceLost with a message for the operator. After
    DeviceLost, close the board; it may be opened again. A channel that the board does not have raises ValueError.
    """

    @property
    def capabilities(self) -> BoardCapabilities: ...

    def open(self) -> None:
        """Find and open the port. Switch no relay: the caller sends `all_off` first."""

    def close(self) -> None:
        """Close the port. Never raises; may be called twice."""

    def on(self, channel: int) -> None:
        """Close the channel's contact until `off`."""

    def off(self, channel: int) -> None:
        """Open the channel's contact."""

    def pulse(self, channel: int, duration_ms: int) -> None:
        """Start a pulse. With `timed_pulse` the board ends it; otherwise this equals `on` and the caller must call `off`."""

    def all_off(self) -> None:
        """Open every contact."""

    def read_states(self) -> tuple[bool, ...] | None:
        """Check that the board is present; return its relay states, channel 1 first, or None if it cannot report them."""


@runtime_checkable
class InputBoard(Protocol):
    """A board with digital inputs, such as a passage sensor, a fire alarm contact or a tamper switch."""

    def read_inputs(self) -> tuple[bool, ...]:
        """Return the input states, input 1 first. Raises as `RelayBoard` does."""


def check_channel(channel: int, channels: int) -> int:
    """Return `channel`; raise ValueError if the board does not have it."""
    if not 1 <= channel <= channels:
        raise ValueError(f"channel {channel} is not one of the board's channels 1 to {channels}")
    return channel


def check_pulse_duration(duration_ms: int) -> int:
    """Return `duration_ms`; raise ValueError if it is outside MIN_PULSE_MS to MAX_PULSE_MS."""
    if not MIN_PULSE_MS <= duration_ms <= MAX_PULSE_MS:
        raise ValueError(
            f"a pulse of {duration_ms} ms is refused: from {MIN_PULSE_MS} to {MAX_PULSE_MS} ms are allowed"
        )
    return duration_ms
