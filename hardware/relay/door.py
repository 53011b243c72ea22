"""Door (turnstile): one channel of one relay board, with a supervisor thread.

A pulse has a bounded duration, is sent at most once and never after a reconnect: a person admitted while the board was
disconnected is let through by hand, and the result says so. The contact is switched off at start, at every reconnect and
at exit. The supervisor (one thread, or `run_once()` in tests) ends pulses that the board cannot time, so a caller that
blocks or dies leaves no contact on. Only SIGKILL or a crash of the whole process can, on a board that cannot time
pulses; the next start switches it off.

A pulse during another pulse starts with "off": the turnstile gets a second edge, and the contact is never on for longer
than one pulse.
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
PRESENCE_CHECK_INTERVAL_S = 0.25  # for a board that can only be checked for presence: one system call
READ_BACK_INTERVAL_S = 1.0  # for a board that responds: about 20 ms of serial traffic each
SETTLE_TIME_S = 0.05  # from a command until its response and its contact are checked
LOCK_TIMEOUT_S = 0.25  # for the port, while a response is awaited; the write has its own timeout

_log = logging.getLogger(__name__)


class DoorState(Enum):
    """State of the connection to the relay board."""

    READY = "ready"
    MISSING = "missing"  # there is no such board or port (yet)
    BUSY = "busy"  # used by another program, access denied, or two boards match
    LOST = "lost"  # the board was connected and was unplugged, does not respond, or responds wrongly


@dataclass(frozen=True, slots=True)
class DoorHealth:
    """State and message for the operator. In state READY the message is empty unless the contact is in the wrong state."""

    state: DoorState
    message: str = ""


@dataclass(frozen=True, slots=True)
class PulseResult:
    """Result of one pulse. The pulse is never sent again, whatever the result.

    `sent_at` is the door's clock (monotonic seconds) once the operating system had the bytes, or None if none were sent.
    `error_message` is for the operator if the pulse was not sent. `Door.health()` reports what is detected later: no
    response, or a contact that did not move.
    """

    sent: bool
    sent_at: float | None = None
    error_message: str | None = None


class Door:
    """Owns `board`; opens and closes it. `on_health` is called on the supervisor thread at every change."""

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
        )  # re-entrant: a signal handler may close the door while its own thread uses it
        self._off_due_at: float | None = None
        self._retry_at = self._check_due_at = clock()
        self._wake_queue: SimpleQueue[None] = SimpleQueue()
        """Not an Event: a signal handler that raises can leave the lock of an Event locked for ever, and `close` would hang."""
        self._closing = False
        self._thread: threading.Thread | None = None

    def start(self) -> Self:
        """Start the supervisor thread, and register `close` for a normal exit of the program."""
        if self._thread is None:
            self._closing = False
            atexit.register(self.close)
            self._thread = threading.Thread(target=self._supervise, name="door", daemon=True)
            self._thread.start()
        return self

    def close(self) -> None:
        """Switch every relay off and close the board. May be called twice, and from a signal handler."""
        self._closing = True
        self._wake_queue.put(None)
        thread, self._thread = self._thread, None
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout=2)
        atexit.unregister(self.close)
        acquired = self._lock.acquire(
            timeout=1
        )  # no caller keeps it longer; if a driver bug does, "off" is more important
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
        """Return the current health. Does no I/O."""
        return self._health

    def pulse(self, duration_ms: int = DEFAULT_PULSE_MS) -> PulseResult:
        """Release the door for `duration_ms` milliseconds; return once the bytes are written.

        Blocks at most `LOCK_TIMEOUT_S` plus the write timeout of the port. Device faults are returned, not raised.

        Raises:
            ValueError: `duration_ms` is not from 100 to 2000.
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
            )  # before the bytes: whatever happens next, "off" must follow
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
        """Do the work that is due; return the seconds until the next. Device faults are handled, not raised."""
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
            except Exception:  # noqa: BLE001 -- the thread continues, logs it and reconnects
                # A bug; but the supervisor must still send "off", with which a reconnect starts.
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
        )  # a board may extend a pulse by up to 0.1 s to reach its own step

    def _check_board(self) -> None:
        on_until = self._off_due_at
        states = self._board.read_states()
        now = self._clock()
        if (
            on_until is None or now < on_until - SETTLE_TIME_S / 2
        ):  # at the end of a pulse both states are correct
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
        return "The relay reads on after it was switched off: its contact may be welded and the door open."

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


def _not_sent(reason: str) -> PulseResult:
    return PulseResult(sent=False, error_message=f"{reason} The door was not released.")


def exit_on_sigterm() -> None:
    """Let SIGTERM end the program as `sys.exit` does, so that `atexit` switches the doors off.

    Python's default for SIGTERM ends the process without `atexit`. A program with its own handler (the Qt application, a
    service) only has to leave its main loop; an installed handler is not replaced.

    Raises:
        ValueError: not called from the main thread.
    """
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _handle_sigterm)


def _handle_sigterm(number: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(128 + number)
