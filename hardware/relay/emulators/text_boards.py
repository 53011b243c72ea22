"""Emulated boards whose commands are text: Numato and Denkovi."""

from __future__ import annotations

import re
from pathlib import Path

from hardware.relay.emulators.pty_board import PtyBoard

_DENKOVI_COMMAND = re.compile(rb"(\d\d)([+-])//|(on|off|ask)//")


class NumatoEmulator(PtyBoard):
    """Numato protocol: a line a command, echoed, and a prompt after each answer. One relay is `0`, the eleventh is `A`."""

    def __init__(self, link: Path, *, channels: int = 1, echoes_commands: bool = True) -> None:
        super().__init__(link, channels=channels)
        self.echoes_commands = echoes_commands
        self.responds_to_status = True

    def handle_command(self, buffer: bytes, now: float) -> tuple[int, bytes]:
        line, end, _ = buffer.partition(b"\r")
        if not end:
            return 0, b""
        answer: str | None
        match line.decode("latin-1").split():
            case ["relay", ("on" | "off") as state, index]:
                answer = self._switch(index, state == "on", now)
            case ["relay", "read", index] if self.responds_to_status:
                answer = "on" if self._channel(index) and self.contacts[self._channel(index) - 1] else "off"
            case ["relay", "readall"] if self.responds_to_status and len(self.contacts) > 1:
                mask = sum(on << index for index, on in enumerate(self.contacts))
                answer = f"{mask:0{max(2, len(self.contacts) // 4)}x}"
            case _:
                answer = None
        if answer is None:
            return len(line) + 1, b""
        echo = line + b"\n\r" if self.echoes_commands else b""
        return len(line) + 1, echo + (answer.encode() + b"\n\r" if answer else b"") + b">"

    def _channel(self, index: str) -> int:
        try:
            return int(index, 36) + 1
        except ValueError:
            return 0

    def _switch(self, index: str, on: bool, now: float) -> str:
        self.set_contact(self._channel(index), on, now)
        return ""


class DenkoviEmulator(PtyBoard):
    """Denkovi 16-channel protocol. Each command but `ask//` is answered by itself."""

    external_power = True

    def __init__(self, link: Path) -> None:
        super().__init__(link, channels=16)
        self.responds_to_status = True
        self.echoes_ask = False

    def handle_command(self, buffer: bytes, now: float) -> tuple[int, bytes]:
        end = buffer.find(b"//")
        if end < 0:
            return 0, b""
        consumed = end + 2
        match = _DENKOVI_COMMAND.fullmatch(buffer[:consumed])
        if match is None:
            return consumed, b""
        if match[3] == b"ask":
            states = "".join("1" if on else "0" for on in self.contacts)
            answer = int(states, 2).to_bytes(2, "big")
            echo = b"ask//" if self.echoes_ask else b""
            return consumed, echo + answer if self.responds_to_status else b""
        if match[1]:
            self.set_contact(int(match[1]), match[2] == b"+", now)
        else:
            for channel in range(1, 17):
                self.set_contact(channel, match[3] == b"on", now)
        return consumed, match[0] if self.responds_to_status else b""
