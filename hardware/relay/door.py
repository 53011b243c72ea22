"""The turnstile: one channel of one relay board, supervised.

A pulse is bounded, sent at most once and never after a reconnect: who was let in while the board was away is let through
by hand, and the report says so. The contact is told "off" at start, at every reconnect and at exit. The supervisor (one
thread, or `run_once()` in tests) ends pulses that the board can't time, so a caller that blocks or dies leaves nothing
on. Only the end of the whole process by SIGKILL or a crash does, on a board that can't time; the next start ends that.

A pulse that comes while another runs begins with an "off": the turnstile sees a second edge, and no stretch of "on" is
longer than one pulse.
"""

from __future__ import annotations

import atexit
import logging
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from queue import Empty, SimpleQueue
from types import FrameType, TracebackType
from typing import NoReturn, Self

from hardware.errors import DeviceBusy, DeviceError, DeviceLost, DeviceMissing
from hardware.relay.board import DEFAULT_PULSE_MS, RelayBoard, check_channel, check_pulse_duration

RECONNECT_INTERVAL_S = 0.25  # between attempts to open
PRESENCE_CHECK_INTERVAL_S = (
    0.25  # between looks at a board that only can be present or absent: one system call
)
READ_BACK_INTERVAL_S = 1.0  # between looks at a board that answers: about 20 ms of the line each
SETTLE_TIME_S = 0.05  # from a command until its answer and its contact are looked at
LOCK_TIMEOUT_S = 0.25  # for the line, where an answer is being waited for; the write has its own time-out

_log = logging.getLogger(__name__)


class DoorState(Enum):
    """Whether a pulse would reach the relay now."""

    READY = "ready"
    MISSING = "missing"  # no such board or port (yet)
    BUSY = "busy"  # held by another program, forbidden, or two boards fit
    LOST = "lost"  # it was there and went away, fell silent, or talks nonsense


@dataclass(frozen=True, slots=True)
class DoorHealth:
    """`sentence` is for the operator; in state READY it is empty unless the contact disagrees with what it was told."""

    state: DoorState
    message: str = ""


@dataclass(frozen=True, slots=True)
class PulseResult:
    """What became of one pulse. It is never sent again, whatever the report says.

    `at` is the door's clock (monotonic seconds) once the bytes were with the system, None where none were sent.
    `problem` is a sentence for the operator where the pulse was not sent. What the board itself finds later (no answer,
    contact didn't move) is told by `Door.health()`.
    """

    sent: bool
    sent_at: float | None = None
    error_message: str | None = None


class Door:
    """Owns `board`, and opens and closes it. `on_health` is called on the supervisor's thread at each change."""

    def __init__(
        self,
        board: RelayBoard,
        *,
        channel: int = 1,
        clock: Callable[[], float] = time.monotonic,
        on_health: Callable[[DoorHealth], None] | None = None,
    ) -> None:
        self._board = board
        self._channel = check_channel(channel, board.capabilities.channels)
        self._clock = clock
        self._on_health = on_health
        self._health = self._reported_health = DoorHealth(
            DoorState.MISSING, "The relay board has not been opened yet."
        )
        self._lock = (
            threading.RLock()
        )  # re-entrant: a signal handler may close the door that its own thread is using
        self._off_due_at: float | None = None
        self._retry_at = self._check_due_at = clock()
        self._wake_queue: SimpleQueue[None] = SimpleQueue()
        """Not an Event: a signal whose handler raises can leave an Event's lock held for ever, and `close` would hang."""
        self._closing = False
        self._thread: threading.Thread | None = None

    def start(self) -> Self:
        """Begin to supervise on a thread of its own, and see to it that a normal exit closes the door."""
        if self._thread is None:
            self._closing = False
            atexit.register(self.close)
            self._thread = threading.Thread(target=self._supervise, name="door", daemon=True)
            self._thread.start()
        return self

    def close(self) -> None:
        """Switch everything off and let go of the board. May be called twice, and from a signal handler."""
        self._closing = True
        self._wake_queue.put(None)
        thread, self._thread = self._thread, None
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout=2)
        atexit.unregister(self.close)
        acquired = self._lock.acquire(
            timeout=1
        )  # nothing holds it for longer; if a driver's bug does, "off" matters more
        try:
            if self._health.state is DoorState.READY:
                self._board.all_off()
        except DeviceError as error:
            _log.warning("door: could not switch off at exit: %s", error)
        finally:
            self._board.close()
            self._off_due_at = None
            self._health = DoorHealth(DoorState.MISSING, "The door is closed.")
            if acquired:
                self._lock.release()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def health(self) -> DoorHealth:
        """How the door stands; costs nothing."""
        return self._health

    def pulse(self, duration_ms: int = DEFAULT_PULSE_MS) -> PulseResult:
        """Release the door for `ms` milliseconds (100 to 2000, else ValueError); returns once the bytes are written.

        Raises nothing else and blocks at most `LONGEST_WAIT_S` plus the line's write time-out.
        """
        check_pulse_duration(duration_ms)
        if self._health.state is not DoorState.READY:
            return _not_sent(self._health.message)
        if not self._lock.acquire(timeout=LOCK_TIMEOUT_S):
            return _not_sent("The relay board is slow to answer.")
        try:
            if self._health.state is not DoorState.READY:
                return _not_sent(self._health.message)
            if self._off_due_at is not None:
                self._board.off(self._channel)
            self._off_due_at = (
                self._clock() + duration_ms / 1000
            )  # before the bytes: whatever happens next, the "off" is owed
            self._board.pulse(self._channel, duration_ms)
            at = self._clock()
            self._check_due_at = at + SETTLE_TIME_S
            return PulseResult(sent=True, sent_at=at)
        except DeviceError as error:
            self._mark_lost(error)
            return _not_sent(str(error))
        finally:
            self._lock.release()
            self._wake_queue.put(None)

    def run_once(self) -> float:
        """Do what is due; return after how many seconds something will be. Raises nothing that a device causes."""
        with self._lock:
            now = self._clock()
            try:
                if self._health.state is not DoorState.READY:
                    if now >= self._retry_at:
                        self._connect()
                elif self._off_due_at is not None and now >= self._off_due_at:
                    self._end_pulse()
                elif now >= self._check_due_at:
                    self._check_board()
            except DeviceError as error:
                self._mark_lost(error)
            due = self._next_due()
        self._report_health()
        return max(0.0, due - self._clock())

    def _supervise(self) -> None:
        while not self._closing:
            try:
                delay = self.run_once()
            except Exception:  # noqa: BLE001 -- outlived, logged, and answered by a reconnect
                # A bug; but the supervisor owes the "off", with which a reconnect begins.
                _log.exception("door: the supervisor failed")
                with self._lock:
                    self._mark_lost(DeviceLost("The door's program failed; see the log."))
                delay = RECONNECT_INTERVAL_S
            with suppress(Empty):
                self._wake_queue.get(timeout=delay)

    def _connect(self) -> None:
        self._retry_at = self._clock() + RECONNECT_INTERVAL_S
        self._board.open()
        self._board.all_off()
        self._off_due_at = None
        states = self._board.read_states()
        self._health = DoorHealth(DoorState.READY, self._contact_fault(states, expected=False))
        self._schedule_check()

    def _end_pulse(self) -> None:
        self._off_due_at = None
        if not self._board.capabilities.timed_pulse:
            self._board.off(self._channel)
        self._check_due_at = (
            self._clock() + 4 * SETTLE_TIME_S
        )  # a board's own steps may make the pulse up to 0.1 s longer

    def _check_board(self) -> None:
        on_until = self._off_due_at
        states = self._board.read_states()
        now = self._clock()
        if (
            on_until is None or now < on_until - SETTLE_TIME_S / 2
        ):  # at a pulse's very end both answers are right
            sentence = self._contact_fault(states, expected=on_until is not None)
            if sentence and on_until is None:
                self._board.off(self._channel)
            self._health = DoorHealth(DoorState.READY, sentence)
        self._schedule_check()

    def _contact_fault(self, states: tuple[bool, ...] | None, *, expected: bool) -> str:
        if states is None or states[self._channel - 1] is expected:
            return ""
        if expected:
            return "The relay did not switch on: the door may not have opened."
        return "The relay reads on though it was told off: its contact may be welded and the door open."

    def _schedule_check(self) -> None:
        self._check_due_at = self._clock() + (
            READ_BACK_INTERVAL_S if self._board.capabilities.read_back else PRESENCE_CHECK_INTERVAL_S
        )

    def _next_due(self) -> float:
        if self._health.state is not DoorState.READY:
            return self._retry_at
        return self._check_due_at if self._off_due_at is None else min(self._check_due_at, self._off_due_at)

    def _mark_lost(self, error: DeviceError) -> None:
        state = {DeviceMissing: DoorState.MISSING, DeviceBusy: DoorState.BUSY}.get(
            type(error), DoorState.LOST
        )
        sentence = str(error)
        if self._off_due_at is not None and self._health.state is DoorState.READY:
            sentence += " See whether the door is open."
        self._board.close()
        self._off_due_at = None
        self._retry_at = self._clock() + RECONNECT_INTERVAL_S
        self._health = DoorHealth(state, sentence)

    def _report_health(self) -> None:
        health = self._health
        if health == self._reported_health:
            return
        self._reported_health = health
        if health.state is not DoorState.READY or health.message:
            _log.warning("door: %s: %s", health.state.value, health.message)
        else:
            _log.info("door: ready")
        if self._on_health is not None:
            self._on_health(health)


def _not_sent(why: str) -> PulseResult:
    return PulseResult(sent=False, error_message=f"{why} The door was not released.")


def exit_on_sigterm() -> None:
    """Install the handler; call it from the main thread (else ValueError). A handler already there is left alone."""
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _handle_sigterm)


def _handle_sigterm(number: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(128 + number)
