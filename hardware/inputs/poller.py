"""Reads the inputs of a board at intervals, faster after a pulse and while an input changes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from hardware.errors import DeviceLost
from hardware.inputs.debouncer import InputDebouncer, InputEdge
from hardware.inputs.settings import InputSettings
from hardware.inputs.snapshot import InputSnapshot, InputState

IDLE_INTERVAL_S = 0.1
FAST_INTERVAL_S = 0.04
FAST_FOR_S = 15.0
"""After a pulse."""
LOST_AFTER_FAILURES = 3
RETRY_INTERVAL_S = 0.5


class InputsUnreadable(DeviceLost):
    """The board answers, but not to the question for its inputs: it has none, or the answer was damaged."""


class _InputReader(Protocol):
    def read_inputs(self) -> tuple[bool, ...]:
        """Return the contacts, input 1 first: True if closed."""


class InputPoller:
    """Polls one board. `poll` is called when it is due; only its thread may call the board."""

    def __init__(
        self, board: _InputReader, settings: InputSettings, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._board = board
        self._settings = settings
        self._clock = clock
        self._debouncer = InputDebouncer(settings.assignments)
        self._failures = 0
        self._fast_until = float("-inf")
        self.due_at = clock()
        self.snapshot = InputSnapshot()

    def now(self) -> float:
        """Return the time of the poller's clock in seconds."""
        return self._clock()

    def hurry(self) -> None:
        """Poll at the short interval for some seconds: somebody walks through now."""
        self._fast_until = self._clock() + FAST_FOR_S
        self.due_at = min(self.due_at, self._clock() + FAST_INTERVAL_S)

    def poll(self) -> tuple[InputEdge, ...]:
        """Read the inputs once, and return the edges that this completes.

        Raises:
            DeviceLost: the board itself is lost, or refused an earlier command.
        """
        try:
            closed = self._board.read_inputs()
        except InputsUnreadable as error:
            self._fail(str(error))
            return ()
        now = self._clock()
        if len(closed) < self._settings.count:
            self._failures = LOST_AFTER_FAILURES
            self._fail(f"The board has {len(closed)} inputs; input {self._settings.count} is set.")
            return ()
        edges = self._debouncer.take(closed, now)
        self._failures = 0
        self.snapshot = InputSnapshot(InputState.READY, self._debouncer.active)
        is_fast = now < self._fast_until or not self._debouncer.is_settled
        self.due_at = now + (FAST_INTERVAL_S if is_fast else IDLE_INTERVAL_S)
        return edges

    def lose(self, problem: str) -> None:
        """Note that the board is away: what its inputs do meanwhile is not known."""
        self._debouncer.reset()
        self._failures = 0
        self.snapshot = InputSnapshot(InputState.LOST, problem=problem)
        self.due_at = self._clock() + RETRY_INTERVAL_S

    def _fail(self, problem: str) -> None:
        self._failures += 1
        if self._failures >= LOST_AFTER_FAILURES:
            self.lose(problem)
        else:
            self.due_at = self._clock() + FAST_INTERVAL_S
