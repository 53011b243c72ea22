"""The process of one door: it owns the serial port, times the pulses and switches the relay off.

    python -m hardware.relay.door_process ADDRESS SOCKET_FD INPUTS INPUT_BOARD

A station starts it through `Door`. It imports pyserial and the standard library only (pymodbus for a Modbus board), so that it
starts quickly, and nothing that the station's threads do can delay an "off". It ends when the station's end of the socket is
closed, that is also when the station is killed, and at SIGTERM and SIGHUP; at any end the relay is switched off. It has
a session of its own, so Ctrl-C in a terminal reaches the station only.

It also reads the inputs (`hardware.inputs`), between its other work: those of the relay board only while no command of a pulse is
due before the slowest answer, those of a second board on a thread.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import math
import os
import select
import signal
import socket
import sys
import time

from hardware.errors import DeviceError
from hardware.inputs.debouncer import InputEdge
from hardware.inputs.poller import InputPoller
from hardware.inputs.settings import InputSettings, parse_inputs
from hardware.inputs.snapshot import InputSnapshot
from hardware.relay.address import RelayAddress
from hardware.relay.board import InputBoard, RelayBoard
from hardware.relay.door_messages import (
    MAX_PACKET_BYTES,
    DoorState,
    Packet,
    PulseReply,
    PulseRequest,
    StatusReport,
    decode,
    encode,
)
from hardware.relay.pulse_controller import RECONNECT_INTERVAL_S, PulseController
from hardware.relay.second_board import SecondBoard

HEARTBEAT_INTERVAL_S = 1.0
CONFIRM_OFF_S = 1.0  # at the end, for an "off" that the board may have missed
LINGER_S = 10.0  # after the station's end, for a board that must be switched off and is away

SLOWEST_ANSWER_S = 0.35
"""Two time-outs of the slowest driver, and a command gap: nothing else may be due while inputs are read."""
POSTPONE_S = 0.02

_log = logging.getLogger(__name__)


class DoorServer:
    """Serves one station over `station`, a connected socket of packets, until the station or a signal ends it."""

    def __init__(
        self,
        controller: PulseController,
        station: socket.socket,
        wake_fd: int,
        *,
        poller: InputPoller | None = None,
        second_board: SecondBoard | None = None,
    ) -> None:
        """Take the parts. `poller` reads inputs of the controller's own board, `second_board` those of another."""
        self._controller = controller
        self._station = station
        self._wake_fd = wake_fd
        self._poller = poller
        self._second_board = second_board
        self._last_report: StatusReport | None = None
        self._report_due_at = time.monotonic()

    def serve(self) -> None:
        """Serve until the end; leave the relay off."""
        poll = select.poll()
        poll.register(self._station, select.POLLIN)
        poll.register(self._wake_fd, select.POLLIN)
        if self._second_board is not None:
            poll.register(self._second_board.wake_fd, select.POLLIN)
            self._second_board.start()
        try:
            while True:
                delay = self._run_controller()
                delay = min(delay, self._poll_inputs(poll))
                self._report()
                delay = min(delay, self._report_due_at - time.monotonic())
                ready = dict(poll.poll(max(0, math.ceil(delay * 1000))))
                if self._wake_fd in ready:
                    return
                if self._station.fileno() in ready and not self._receive():
                    return
                if self._second_board is not None:
                    self._send_edges(self._second_board.take())
        finally:
            self._switch_off()

    def _run_controller(self) -> float:
        try:
            return self._controller.run_once()
        except Exception:  # noqa: BLE001 -- a bug in a driver; "off" must still be sent, with which a reconnect starts
            _log.exception("door: the controller failed")
            self._controller.reset()
            return RECONNECT_INTERVAL_S

    def _poll_inputs(self, poll: select.poll) -> float:
        """Read the inputs of the relay board if it is time and nothing else waits; return the seconds until the next time."""
        poller = self._poller
        if poller is None:
            return math.inf
        if (left := poller.due_at - time.monotonic()) > 0:
            return left
        if self._controller.health().state is not DoorState.READY:
            if poller.snapshot.is_ready:
                poller.lose(self._controller.health().message)
            return POSTPONE_S
        if poll.poll(0) or not self._controller.leaves_time(SLOWEST_ANSWER_S):
            return POSTPONE_S  # a command first
        try:
            self._send_edges(poller.poll())
        except DeviceError as error:
            self._controller.lose(error)
            poller.lose(str(error))
            return 0.0
        except Exception:  # noqa: BLE001 -- a bug in a driver; pulses go on without inputs
            _log.exception("door: the inputs could not be read")
            poller.lose("The inputs' program failed; see the log.")
        return max(0.0, poller.due_at - time.monotonic())

    def _send_edges(self, edges: tuple[InputEdge, ...]) -> None:
        for edge in edges:
            self._send(edge)

    def _inputs(self) -> InputSnapshot | None:
        source = self._poller or self._second_board
        return None if source is None else source.snapshot

    def _receive(self) -> bool:
        """Handle one packet; return False if the station is gone."""
        try:
            data = self._station.recv(MAX_PACKET_BYTES)
        except BlockingIOError:
            return True
        except OSError:
            return False
        if not data:
            return False
        request = decode(data)
        if isinstance(request, PulseRequest):
            result = self._controller.pulse(request.duration_ms, not_after=request.not_after)
            for source in (self._poller, self._second_board):
                if source is not None:
                    source.hurry()
            self._report()  # first: from now on the station watches that "off" follows
            self._send(PulseReply(request.id, result))
        return True

    def _report(self) -> None:
        report = StatusReport(self._controller.health(), self._controller.off_due_at, self._inputs())
        if report != self._last_report or time.monotonic() >= self._report_due_at:
            self._last_report, self._report_due_at = report, time.monotonic() + HEARTBEAT_INTERVAL_S
            self._send(report)

    def _send(self, packet: Packet) -> None:
        with contextlib.suppress(
            OSError
        ):  # a stopped station reads nothing, an ended one is noticed at `recv`
            self._station.send(encode(packet))

    def _switch_off(self) -> None:
        if self._second_board is not None:
            self._second_board.stop()
        self._controller.end_pulse()
        deadline = time.monotonic() + CONFIRM_OFF_S
        while self._controller.is_off_in_doubt and time.monotonic() < deadline:
            time.sleep(min(self._run_controller(), max(0.0, deadline - time.monotonic())))
        self._controller.close()
        deadline = time.monotonic() + LINGER_S
        while self._controller.may_be_on and time.monotonic() < deadline:
            time.sleep(self._run_controller())
        self._controller.close()


def _create_inputs(
    board: RelayBoard, settings: InputSettings
) -> tuple[InputPoller | None, SecondBoard | None]:
    from hardware.relay import create_board  # noqa: PLC0415 -- this module is imported by the package

    if not settings.assignments:
        return None, None
    if settings.board:
        return None, SecondBoard(create_board(settings.board), settings)
    if not isinstance(board, InputBoard):
        raise TypeError("this kind of board has no inputs")
    return InputPoller(board, settings), None


def main(address_text: str, socket_fd: int, inputs: InputSettings) -> None:
    """Run a door process."""
    from hardware.relay import create_board  # noqa: PLC0415 -- this module is imported by the package

    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    wake_read_fd, wake_write_fd = os.pipe()
    os.set_blocking(wake_write_fd, False)
    signal.set_wakeup_fd(wake_write_fd)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: None)  # the wake-up pipe ends the loop at a step that may end
    station = socket.socket(fileno=socket_fd)
    station.setblocking(False)
    address = RelayAddress.parse(address_text)
    board = create_board(address)
    controller = PulseController(board, channel=address.channel)
    poller, second_board = _create_inputs(board, inputs)
    gc.collect()
    gc.freeze()
    DoorServer(controller, station, wake_read_fd, poller=poller, second_board=second_board).serve()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), parse_inputs(sys.argv[3], sys.argv[4]))
