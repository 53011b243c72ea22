"""Door (turnstile): one channel of one relay board, controlled by a process of its own.

The door process (`hardware.relay.door_process`) owns the serial port and ends each pulse. So "off" waits for no thread and no
lock of this program, and follows even when this program is stopped or killed. `Door` starts the process, sends it
pulses, and starts another one if it ends or stops answering; a new process begins with "off". A pulse is sent at most once and never
after a reconnect: a person admitted while the board was disconnected is let through by hand, and the result says so.
"""

from __future__ import annotations

import atexit
import contextlib
import itertools
import logging
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from types import FrameType, TracebackType
from typing import NoReturn, Self

from hardware.errors import RelayFault
from hardware.inputs.debouncer import InputEdge
from hardware.inputs.settings import InputSettings
from hardware.inputs.snapshot import InputSnapshot, InputState
from hardware.relay.address import RelayAddress
from hardware.relay.board import DEFAULT_PULSE_MS, check_pulse_duration
from hardware.relay.door_messages import (
    MAX_PACKET_BYTES,
    DoorFault,
    DoorHealth,
    DoorState,
    PulseReply,
    PulseRequest,
    PulseResult,
    StatusReport,
    decode,
    encode,
    not_sent,
)

PULSE_LATEST_S = 0.5  # until the bytes must be on their way: a later pulse is for the wrong person
PULSE_REPLY_S = 1.5  # until the process must have answered a request: longer than a write that times out
OFF_LATEST_S = 0.3  # after the due time of an "off" that the process has not reported
SILENCE_S = 3.0  # without a report; the process sends one each second
FIRST_REPORT_S = 10.0  # without the first report of a new process: on a busy machine a start takes long
RESTART_INTERVAL_S = 0.5
EXIT_PATIENCE_S = 2.0
_POLL_S = 0.1

_STOPPED = DoorFault(RelayFault.PROGRAM_FAILED, is_open_possible=True)

_CLOSED = DoorHealth(DoorState.MISSING, "The door is closed.", DoorFault(RelayFault.CLOSED))
_NOT_OPENED = DoorHealth(
    DoorState.MISSING, "The relay board has not been opened yet.", DoorFault(RelayFault.STARTING)
)
_STARTING = DoorHealth(DoorState.STARTING, "The turnstile is starting.", DoorFault(RelayFault.STARTING))
_RESTARTING = DoorHealth(
    DoorState.STARTING,
    "The turnstile's process ended and is started again. See whether the door is open.",
    _STOPPED,
)

_log = logging.getLogger(__name__)


class _DoorLink:
    """One door process and the socket to it."""

    def __init__(self, address: RelayAddress, inputs: InputSettings) -> None:
        self._station_end, process_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with process_end:
            command = [sys.executable, "-m", "hardware.relay.door_process"]
            try:
                self.process = subprocess.Popen(  # noqa: S603 -- our own module
                    [*command, address.text, str(process_end.fileno()), inputs.text, inputs.board],
                    stdin=subprocess.DEVNULL,
                    pass_fds=(process_end.fileno(),),
                    start_new_session=True,
                    env={**os.environ, "PYTHONPATH": _module_path()},
                )
            except OSError:
                self._station_end.close()
                raise
        self._station_end.setblocking(False)

    def send(self, request: PulseRequest) -> None:
        """Send a request; raises OSError if the process is gone or takes none."""
        self._station_end.send(encode(request))

    def receive(self, timeout: float) -> bytes | None:
        """Return the next packet, empty at the end of the process, or None if none comes within `timeout` seconds."""
        poll = select.poll()
        poll.register(self._station_end, select.POLLIN)
        if not poll.poll(timeout * 1000):
            return None
        try:
            return self._station_end.recv(MAX_PACKET_BYTES)
        except BlockingIOError:
            return None
        except OSError:
            return b""

    def hang_up(self) -> None:
        """Let the process switch off and end."""
        with contextlib.suppress(OSError):
            self._station_end.shutdown(socket.SHUT_WR)

    def wait(self) -> None:
        """Wait until a process ends that was hung up on; kill it if it does not."""
        try:
            self.process.wait(EXIT_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """Kill the process: it does not answer, and must not act later."""
        self.process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(EXIT_PATIENCE_S)

    def close(self) -> None:
        """Close the socket of an ended process."""
        self._station_end.close()


def _module_path() -> str:
    """Return this program's module path, so that the door process finds the same modules."""
    return os.pathsep.join(path or str(Path.cwd()) for path in sys.path)


@dataclass(frozen=True, slots=True)
class _PendingPulse:
    reply_due_at: float
    results: SimpleQueue[PulseResult]


class Door:
    """The door at `address`, with its `inputs`. `on_health` is called on the door's thread at every change."""

    def __init__(
        self,
        address: RelayAddress,
        *,
        inputs: InputSettings | None = None,
        on_health: Callable[[DoorHealth], None] | None = None,
    ) -> None:
        self._address = address
        self.input_settings = inputs or InputSettings()
        self._edges: SimpleQueue[InputEdge] = SimpleQueue()
        self._inputs: InputSnapshot | None = InputSnapshot() if self.input_settings.assignments else None
        self._on_health = on_health
        self._health = self._reported_health = _NOT_OPENED
        self._was_ready = False
        self._reconnected_at: datetime | None = None
        self._link: _DoorLink | None = None
        self._request_ids = itertools.count(1)
        self._pending: dict[int, _PendingPulse] = {}
        self._off_due_at: float | None = None
        self._closing = False
        self._wake_queue: SimpleQueue[None] = SimpleQueue()
        """Not an Event: a signal handler that raises can leave the lock of an Event locked for ever, and `close` would hang."""
        self._thread: threading.Thread | None = None

    def start(self) -> Self:
        """Start the door's thread and process, and register `close` for a normal exit of the program."""
        if self._thread is None:
            self._closing, self._health = False, _STARTING
            atexit.register(self.close)
            self._thread = threading.Thread(target=self._supervise, name="door", daemon=True)
            self._thread.start()
        return self

    def close(self) -> None:
        """Switch every relay off and end the process. May be called twice, and from a signal handler."""
        self._closing = True
        self._wake_queue.put(None)
        if (link := self._link) is not None:
            link.hang_up()
        thread, self._thread = self._thread, None
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout=2 * EXIT_PATIENCE_S)
        atexit.unregister(self.close)
        self._health = _CLOSED

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def health(self) -> DoorHealth:
        """Return the current health. Does no I/O."""
        return self._health

    @property
    def is_lost(self) -> bool:
        """True if no pulse can be sent, and none soon: a board that is being opened is not lost. Does no I/O."""
        return self._health.state not in (DoorState.READY, DoorState.STARTING)

    @property
    def address(self) -> RelayAddress:
        """The address of the board, with the channel."""
        return self._address

    @property
    def reconnected_at(self) -> datetime | None:
        """The time at which the board became ready again after it was away or was changed; None: it has not been."""
        return self._reconnected_at

    def use(self, address: RelayAddress) -> None:
        """Use another board, or another channel, from now on. The process ends, with "off", and the next one begins with "off".

        The caller has checked the address (`create_board`).
        """
        self._address = address
        if (link := self._link) is not None:
            link.hang_up()

    def inputs(self) -> InputSnapshot | None:
        """Return the inputs as they were read last; None: none are set. Does no I/O."""
        return self._inputs

    def take_edges(self) -> tuple[InputEdge, ...]:
        """Return what the inputs did since the last call, in order. For one thread, and does no I/O."""
        edges: list[InputEdge] = []
        with contextlib.suppress(Empty):
            while True:
                edges.append(self._edges.get_nowait())
        return tuple(edges)

    def pulse(self, duration_ms: int = DEFAULT_PULSE_MS) -> PulseResult:
        """Release the door for `duration_ms` milliseconds; return once the bytes are written.

        Blocks at most about `PULSE_REPLY_S`. Device faults are returned, not raised.

        Raises:
            ValueError: `duration_ms` is not from 100 to 2000.
        """
        check_pulse_duration(duration_ms)
        link = self._link
        if link is None or self._health.state is not DoorState.READY:
            return not_sent(self._health.message, self._health.fault)
        now = time.monotonic()
        request = PulseRequest(next(self._request_ids), duration_ms, now + PULSE_LATEST_S)
        pending = _PendingPulse(now + PULSE_REPLY_S, SimpleQueue())
        try:
            self._pending[request.id] = pending
            link.send(request)
            return pending.results.get(timeout=PULSE_REPLY_S + EXIT_PATIENCE_S)
        except OSError:
            return not_sent(
                "The turnstile's process takes no commands.", DoorFault(RelayFault.PROGRAM_FAILED)
            )
        except Empty:
            return not_sent("The turnstile's process did not answer. See whether the door is open.", _STOPPED)
        finally:
            self._pending.pop(request.id, None)

    # --- the door's thread -------------------------------------------------------------------------

    def _supervise(self) -> None:
        while not self._closing:
            started_at = time.monotonic()
            try:
                self._run_process()
            except Exception as error:  # noqa: BLE001 -- the thread continues with a new process, which begins with "off"
                _log.exception("door: the process could not be started or followed")
                fault = DoorFault(RelayFault.PROGRAM_FAILED)
                self._set_health(
                    DoorHealth(DoorState.LOST, f"The turnstile's process failed: {error}", fault)
                )
            if not self._closing and time.monotonic() < started_at + RESTART_INTERVAL_S:
                with contextlib.suppress(Empty):
                    self._wake_queue.get(timeout=RESTART_INTERVAL_S)

    def _run_process(self) -> None:
        """Start a process and follow it until it ends or the door is closed."""
        started_at = time.monotonic()
        link = _DoorLink(self._address, self.input_settings)
        try:
            self._link = link
            self._follow(link, started_at)
        finally:
            self._link = self._off_due_at = None
            if self._inputs is not None:
                self._inputs = InputSnapshot(InputState.LOST, problem="The turnstile's process ended.")
            if self._closing:
                link.hang_up()
                link.wait()
            else:
                self._set_health(_RESTARTING)
                link.kill()
            link.close()
            for pending in list(self._pending.values()):
                result = not_sent("The turnstile's process ended. See whether the door is open.", _STOPPED)
                pending.results.put(result)

    def _follow(self, link: _DoorLink, started_at: float) -> None:
        silent_until = started_at + FIRST_REPORT_S
        while not self._closing:
            data = link.receive(_POLL_S)
            if data == b"":
                return
            now = time.monotonic()
            if data is None:  # nothing is left to read, so a late reader mistakes nothing for silence
                if now > silent_until or self._is_overdue(now):
                    _log.warning("door: the process does not answer and is replaced")
                    return
                continue
            silent_until = now + SILENCE_S
            packet = decode(data)
            if isinstance(packet, StatusReport):
                self._off_due_at, self._inputs = packet.off_due_at, packet.inputs
                self._set_health(packet.health)
            elif isinstance(packet, InputEdge):
                self._edges.put(packet)
            elif isinstance(packet, PulseReply) and (pending := self._pending.pop(packet.id, None)):
                pending.results.put(packet.result)

    def _is_overdue(self, now: float) -> bool:
        if self._off_due_at is not None and now > self._off_due_at + OFF_LATEST_S:
            return True
        return any(now > pending.reply_due_at for pending in list(self._pending.values()))

    def _set_health(self, health: DoorHealth) -> None:
        if health.state is DoorState.READY and self._health.state is not DoorState.READY:
            self._reconnected_at = datetime.now(UTC) if self._was_ready else None
            self._was_ready = True
        self._health = health
        if health == self._reported_health:
            return
        self._reported_health = health
        if health.state is not DoorState.READY or health.message:
            _log.warning("door: %s: %s", health.state.value, health.message)
        else:
            _log.info("door: ready")
        if self._on_health is not None:
            self._on_health(health)


def exit_on_sigterm() -> None:
    """Let SIGTERM end the program as `sys.exit` does, so that `atexit` switches the doors off and waits for it.

    Python's default for SIGTERM ends the process without `atexit`; the door process then switches off by itself. A program
    with its own handler (the Qt application, a service) only has to leave its main loop; an installed handler is not replaced.

    Raises:
        ValueError: not called from the main thread.
    """
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _handle_sigterm)


def _handle_sigterm(number: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(128 + number)
