"""Emulated LCUS board: the kind that ignores status requests, and those that answer in lines, frames or bare bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from hardware.relay.emulators.pty_board import PtyBoard

_STATUS, _SWITCH, _SWITCH_LENGTH = 0xFF, 0xA0, 4


class LcusEmulator(PtyBoard):
    """LCUS protocol. USB powers the board, so its contacts open when it is unplugged."""

    def __init__(self, link: Path, *, channels: int = 1, responds_to_status: bool = False) -> None:
        super().__init__(link, channels=channels)
        self.responds_to_status = responds_to_status
        self.status_format: Literal["lines", "frames", "bytes"] = "lines"

    def handle_command(self, buffer: bytes, now: float) -> tuple[int, bytes]:
        if buffer[0] == _STATUS:
            return 1, self._status() if self.responds_to_status or self.garbage_response else b""
        if buffer[0] != _SWITCH:
            return 1, b""
        if len(buffer) < _SWITCH_LENGTH:
            return 0, b""
        if sum(buffer[:3]) & 0xFF != buffer[3] or buffer[2] > 1:
            return 1, b""
        self.set_contact(buffer[1], bool(buffer[2]), now)
        return _SWITCH_LENGTH, b""

    def _status(self) -> bytes:
        if self.status_format == "bytes":
            return bytes(self.contacts)
        if self.status_format == "frames":
            bodies = ((_SWITCH, n, int(on)) for n, on in enumerate(self.contacts, start=1))
            return b"".join(bytes((*body, sum(body) & 0xFF)) for body in bodies)
        lines = (f"CH{n}:{'ON' if on else 'OFF'} \r\n" for n, on in enumerate(self.contacts, start=1))
        return "".join(lines).encode()
