"""Status requests to boards that may or may not answer them.

Many boards of one make answer, others of the same make are silent. So the first request after opening is an attempt. A board
that answered it must answer all later requests; a board that did not is never asked again before it is opened again.
"""

from __future__ import annotations

from collections.abc import Callable

from hardware.errors import DeviceLost, RelayFault
from hardware.relay.serial_port import SerialPort

RESPONSE_TIMEOUT_S = 0.15


class StatusQuery:
    """Sends status requests on `serial_port` and remembers if the board answers them.

    `board_name` is for messages. With `enabled=False` no request is ever sent.
    """

    def __init__(self, serial_port: SerialPort, board_name: str, *, enabled: bool = True) -> None:
        self._serial_port = serial_port
        self._board_name = board_name
        self._enabled = enabled
        self._answers: bool | None = None

    @property
    def is_answered(self) -> bool:
        """True once the board has answered since it was opened."""
        return self._answers is True

    def reset(self) -> None:
        """Forget what is known; call it when the port is opened."""
        self._answers = None if self._enabled else False

    def ask(self, request: bytes, is_complete: Callable[[bytes], bool]) -> bytes | None:
        """Send `request`; return the answer once `is_complete(answer)` or after the time-out. None: a silent board.

        Raises:
            DeviceLost: the board answered earlier and is silent now, or the port is gone.
        """
        if self._answers is False:
            self._serial_port.check()
            return None
        self._serial_port.write(request, discard_input=True)
        answer = self._serial_port.read_until(RESPONSE_TIMEOUT_S, is_complete)
        if answer:
            return answer
        if self._answers is None:
            self._answers = False
            return None
        port = self._serial_port.port
        raise DeviceLost(f"The relay board at {port} has stopped answering.", RelayFault.NO_ANSWER, port)

    def accept(self) -> None:
        """Note that the answer was the one of such a board."""
        self._answers = True

    def wrong_device(self) -> DeviceLost:
        """Return the error for an answer that such a board does not give."""
        port = self._serial_port.port
        return DeviceLost(
            f"The device at {port} doesn't respond as {self._board_name} relay boards do; check that the cables are in "
            "their usual sockets.",
            RelayFault.WRONG_DEVICE,
            port,
        )
