"""Waiting for the door: a gate that decides before its door can open would enter people whom the turnstile does not let in."""

from collections.abc import Callable
from typing import Protocol

from hardware.relay import DoorHealth, DoorState

STARTING_PATIENCE_MS = 5_000
"""For a door that is being started, at the station's start and when its process is replaced."""
MISSING_PATIENCE_MS = 2_000
"""For a board that is not there at the station's start: it may be plugged in late, or still be held by another process."""


class DoorHealthSource(Protocol):
    """The part of `hardware.relay.Door` that is waited for."""

    def health(self) -> DoorHealth:
        """Return the door's health, without I/O."""
        ...


class DoorWait:
    """Decides if a gate may decide scans: when its door is ready, or when it was waited for long enough.

    A door that is missing for good does not close the gate: people are let through by hand, and the screen says so. A board that is
    lost while the gate works is not waited for, because the person has been admitted by then.
    """

    def __init__(self, door: DoorHealthSource | None, monotonic_ms: Callable[[], int]) -> None:
        self._door = door
        self._monotonic_ms = monotonic_ms
        self._waiting_since_ms: int | None = None
        self._was_ready = False

    def is_over(self) -> bool:
        """Return True if scans may be decided now."""
        if self._door is None:
            return True
        state, now_ms = self._door.health().state, self._monotonic_ms()
        if state is DoorState.READY:
            self._was_ready, self._waiting_since_ms = True, None
            return True
        if self._waiting_since_ms is None:
            self._waiting_since_ms = now_ms
        if state is DoorState.STARTING:
            patience_ms = STARTING_PATIENCE_MS
        else:
            patience_ms = 0 if self._was_ready else MISSING_PATIENCE_MS
        return now_ms >= self._waiting_since_ms + patience_ms
