"""Control the pulses of one channel of a relay board: on for some milliseconds, "off" until it is confirmed, reconnects.

`run_once()` does what is due and returns the seconds until the next; the one thread of the door process calls it in a loop.

- A pulse has a bounded duration, is sent at most once and never after a reconnect.
- "Off" is sent at each connect, at the end of a pulse and at `close`. It is sent again until the board confirms it. A board
  that reports no states gets it again after `OFF_REPEAT_DELAYS_S`, and then every `OFF_GUARD_INTERVAL_S`: a single
  command that was lost on the line leaves no contact on.
- No state is requested during a pulse that this process must end: a slow response would delay the "off".
- A pulse during another pulse starts with "off": the turnstile gets a second edge, and the contact is never on for longer
  than one pulse. The serial port leaves a gap between the two commands.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable

from hardware.errors import DeviceBusy, DeviceError, DeviceLost, DeviceMissing, RelayFault
from hardware.relay.board import RelayBoard, check_channel, check_pulse_duration
from hardware.relay.door_messages import DoorFault, DoorHealth, DoorState, PulseResult, fault_of, not_sent

RECONNECT_INTERVAL_S = 0.25  # between attempts to open
PRESENCE_CHECK_INTERVAL_S = 0.25  # for a board that can only be checked for presence: one system call
READ_BACK_INTERVAL_S = 1.0  # for a board that responds: about 20 ms of serial traffic each
SETTLE_TIME_S = 0.06  # from a command until its response and its contact are checked
FLASH_TOLERANCE_S = 0.2  # a board that times pulses may extend them by up to 0.1 s to reach its own step
# On a board that reports no states: from one "off" to the next, then for ever. Each "off" makes a pulse that comes right after it
# wait 60 ms; so the early ones lie before the next visitor, and the later ones are rare.
OFF_REPEAT_DELAYS_S = (0.08, 0.5, 3.0)
OFF_GUARD_INTERVAL_S = 5.0
OFFS_BEFORE_CLOSE = 3  # on a board that reports no states; `close` sends two more
FIRST_ALARM_AFTER_OFFS = 2  # unconfirmed; one lost command is mended without a word

_NOT_SWITCHED_ON = DoorHealth(
    DoorState.READY,
    "The relay did not switch on: the door may not have opened.",
    DoorFault(RelayFault.NOT_SWITCHED_ON),
)
_STAYS_ON = DoorHealth(
    DoorState.READY,
    "The relay reads on after it was switched off: its contact may be welded and the door open.",
    DoorFault(RelayFault.STAYS_ON),
)

_log = logging.getLogger(__name__)


class PulseController:
    """Switches one channel of `board` on and off; opens and closes the board."""

    def __init__(
        self, board: RelayBoard, *, channel: int = 1, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._board = board
        self._channel = check_channel(channel, board.capabilities.channels)
        self._clock = clock
        self._health = DoorHealth(
            DoorState.STARTING, "The turnstile is starting.", DoorFault(RelayFault.STARTING)
        )
        self._off_due_at: float | None = None
        self._uncertain = False
        self._offs = 0
        self._off_again_at: float | None = None
        self._retry_at = self._check_due_at = clock()

    def health(self) -> DoorHealth:
        """Return the current health."""
        return self._health

    @property
    def off_due_at(self) -> float | None:
        """Return when this process must switch the contact off; None: no pulse, or the board ends it."""
        return None if self._board.capabilities.timed_pulse else self._off_due_at

    @property
    def may_be_on(self) -> bool:
        """Return True if a pulse was sent and no "off" could be written after it."""
        return self._uncertain

    def pulse(self, duration_ms: int, *, not_after: float = float("inf")) -> PulseResult:
        """Switch the contact on for `duration_ms` milliseconds; return once the bytes are written.

        Nothing is sent later than `not_after`. Device faults are returned, not raised.

        Raises:
            ValueError: `duration_ms` is not from 100 to 2000.
        """
        check_pulse_duration(duration_ms)
        if self._health.state is not DoorState.READY:
            return not_sent(self._health.message, self._health.fault)
        if self._clock() > not_after:
            return not_sent("The turnstile was too busy to answer in time.", DoorFault(RelayFault.BUSY))
        try:
            if self._off_due_at is not None:
                self._board.off(self._channel)
            self._uncertain, self._off_again_at = not self._board.capabilities.timed_pulse, None
            self._off_due_at = self._clock() + duration_ms / 1000  # before the bytes: "off" must follow
            self._board.pulse(self._channel, duration_ms)
            at = self._clock()
            self._off_due_at = at + duration_ms / 1000
            self._check_due_at = at + SETTLE_TIME_S
            return PulseResult(sent=True, sent_at=at)
        except DeviceError as error:
            self._mark_lost(error)
            return not_sent(str(error), fault_of(error))

    def run_once(self) -> float:
        """Do the work that is due; return the seconds until the next. Device faults are handled, not raised."""
        now = self._clock()
        try:
            if self._health.state is not DoorState.READY:
                if now >= self._retry_at:
                    self._connect()
            elif self._off_due_at is not None and now >= self._off_due_at:
                self._end_pulse()
            elif self._off_again_at is not None and now >= self._off_again_at:
                self._repeat_off()
            elif now >= self._check_due_at:
                self._check_board()
        except DeviceError as error:
            self._mark_lost(error)
        return max(0.0, self._next_due() - self._clock())

    def reset(self) -> None:
        """Reconnect after a bug in the board's driver. A reconnect starts with "off"."""
        self._mark_lost(DeviceLost("The door's program failed; see the log.", RelayFault.PROGRAM_FAILED))

    def lose(self, error: DeviceError) -> None:
        """Reconnect, because somebody else met a fault of the board."""
        self._mark_lost(error)

    def leaves_time(self, seconds: float) -> bool:
        """Return True if the board may be asked something else that takes so long: nothing of a pulse is due meanwhile."""
        if self._health.state is not DoorState.READY or self._clock() >= self._check_due_at:
            return False
        dues = (due for due in (self._off_again_at, self.off_due_at) if due is not None)
        return all(due - self._clock() > seconds for due in dues)

    @property
    def is_off_in_doubt(self) -> bool:
        """Return True if this process must switch off and the board may still have missed it."""
        if self._health.state is not DoorState.READY or self._board.capabilities.timed_pulse:
            return False
        if self._off_due_at is not None:
            return True
        return self._offs > 0 and (self._board.capabilities.read_back or self._offs < OFFS_BEFORE_CLOSE)

    def end_pulse(self) -> None:
        """Let `run_once` switch off now, if this process times a pulse. "Off" is repeated as after any pulse."""
        if self._off_due_at is not None and not self._board.capabilities.timed_pulse:
            self._off_due_at = self._clock()

    def close(self) -> None:
        """Switch every relay off and close the board. May be called twice."""
        try:
            if self._health.state is DoorState.READY:
                if not self._board.capabilities.timed_pulse:
                    self._board.off(self._channel)  # at once; the "off" below then repeats it
                self._board.all_off()
                self._uncertain = False
        except DeviceError as error:
            _log.warning("door: could not switch off at exit: %s", error)
        finally:
            self._board.close()
            self._off_due_at = self._off_again_at = None
            self._retry_at = self._clock() + RECONNECT_INTERVAL_S
            self._health = DoorHealth(DoorState.MISSING, "The door is closed.", DoorFault(RelayFault.CLOSED))

    def _connect(self) -> None:
        self._retry_at = self._clock() + RECONNECT_INTERVAL_S
        self._board.open()
        self._board.all_off()
        self._off_due_at, self._uncertain = None, False
        states = self._board.read_states()
        self._health = DoorHealth(DoorState.READY)
        self._confirm_off()
        if states is not None:
            self._judge_off(is_on=states[self._channel - 1])

    def _end_pulse(self) -> None:
        self._off_due_at = None
        if not self._board.capabilities.timed_pulse:
            self._board.off(self._channel)
        self._uncertain = False
        self._confirm_off()

    def _confirm_off(self) -> None:
        """Start to confirm an "off" that was just sent: by its repetition, or by the board's states."""
        capabilities, now = self._board.capabilities, self._clock()
        self._offs = 1
        self._off_again_at = None if capabilities.read_back else now + OFF_REPEAT_DELAYS_S[0]
        if capabilities.read_back:
            self._check_due_at = now + (FLASH_TOLERANCE_S if capabilities.timed_pulse else SETTLE_TIME_S)
        else:
            self._check_due_at = now + PRESENCE_CHECK_INTERVAL_S

    def _repeat_off(self) -> None:
        self._board.off(self._channel)
        delays = (*OFF_REPEAT_DELAYS_S, OFF_GUARD_INTERVAL_S)
        self._off_again_at = self._clock() + delays[min(self._offs, len(delays) - 1)]
        self._offs += 1

    def _check_board(self) -> None:
        capabilities, on_until = self._board.capabilities, self._off_due_at
        if on_until is not None and capabilities.read_back and not capabilities.timed_pulse:
            self._check_due_at = on_until + SETTLE_TIME_S  # a slow response would delay the "off"
            return
        states = self._board.read_states()
        self._check_due_at = self._clock() + (
            READ_BACK_INTERVAL_S if capabilities.read_back else PRESENCE_CHECK_INTERVAL_S
        )
        if states is None:
            return
        is_on = states[self._channel - 1]
        if on_until is None:
            self._judge_off(is_on=is_on)
        elif self._clock() < on_until - SETTLE_TIME_S / 2:  # at the end of a pulse both states are correct
            self._health = DoorHealth(DoorState.READY) if is_on else _NOT_SWITCHED_ON

    def _judge_off(self, *, is_on: bool) -> None:
        if not is_on:
            self._offs, self._health = 0, DoorHealth(DoorState.READY)
            return
        self._board.off(self._channel)
        self._offs += 1
        self._check_due_at = self._clock() + min(SETTLE_TIME_S * 2 ** (self._offs - 1), READ_BACK_INTERVAL_S)
        if self._offs > FIRST_ALARM_AFTER_OFFS:
            self._health = _STAYS_ON

    def _next_due(self) -> float:
        if self._health.state is not DoorState.READY:
            return self._retry_at
        return min(
            due for due in (self._check_due_at, self._off_due_at, self._off_again_at) if due is not None
        )

    def _mark_lost(self, error: DeviceError) -> None:
        sentence, now, is_open_possible = str(error), self._clock(), False
        self._retry_at = now + RECONNECT_INTERVAL_S
        if self._off_due_at is not None and self._health.state is DoorState.READY:
            sentence, is_open_possible = sentence + " See whether the door is open.", True
            self._retry_at = now
            with contextlib.suppress(DeviceError):  # the line may still carry an "off"
                if not self._board.capabilities.timed_pulse:
                    self._board.off(self._channel)
        self._board.close()
        self._off_due_at = self._off_again_at = None
        fault = fault_of(error, is_open_possible=is_open_possible)
        self._health = DoorHealth(_state_after(error), sentence, fault)


def _state_after(error: DeviceError) -> DoorState:
    if isinstance(error, DeviceMissing):
        return DoorState.MISSING
    return DoorState.BUSY if isinstance(error, DeviceBusy) else DoorState.LOST
