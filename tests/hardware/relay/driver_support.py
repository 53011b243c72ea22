"""Helpers for driver tests: bytes received by an emulated board, and a serial port with prepared responses."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Self

from hardware.errors import DeviceError
from hardware.relay.board import RelayBoard
from hardware.relay.door_messages import DoorHealth, PulseResult
from hardware.relay.emulators import PtyBoard
from hardware.relay.pulse_controller import PulseController
from hardware.relay.serial_port import SerialPort

Eventually = Callable[..., float]


def bytes_of(board: PtyBoard, act: Callable[[], object], length: int, eventually: Eventually) -> str:
    """Return the bytes that `act` sends to the emulated board, in hex."""
    start = len(board.received_bytes)
    act()
    eventually(lambda: len(board.received_bytes) >= start + length)
    time.sleep(0.01)  # so that an extra byte would be detected
    return board.received_bytes[start:].hex(" ").upper()


class PreparedSerialPort(SerialPort):
    """A serial port that returns a prepared response in pieces."""

    def __init__(self, response: bytes) -> None:
        super().__init__()
        self._response = response

    def write(self, data: bytes, *, discard_input: bool = False) -> None:
        pass

    def check(self) -> None:
        pass

    def read_until(self, timeout: float, is_complete: Callable[[bytes], bool]) -> bytes:
        for end in range(1, len(self._response) + 1):
            if is_complete(self._response[:end]):
                return self._response[:end]
        return self._response


def channels_understood(act: Callable[[], tuple[bool, ...] | None]) -> int | None:
    """Return the number of channels in the result of `act`; None for no result or a device fault."""
    try:
        result = act()
    except DeviceError:
        return None
    return None if result is None else len(result)


class ControllerThread:
    """Runs a `PulseController` on a thread, as the door process runs it, so that a test can reach its board."""

    def __init__(self, board: RelayBoard) -> None:
        self.controller = PulseController(board)
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._thread.join()
        self.controller.close()

    def health(self) -> DoorHealth:
        return self.controller.health()

    def pulse(self, duration_ms: int) -> PulseResult:
        with self._lock:
            return self.controller.pulse(duration_ms)

    def _run(self) -> None:
        delay = 0.0
        while not self._ending.wait(min(delay, 0.005)):
            with self._lock:
                delay = self.controller.run_once()
