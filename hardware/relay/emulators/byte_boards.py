# ruff: noqa: PLR2004 -- the bytes stand here as the makers of the boards write them
"""Emulated boards whose commands are one to three bytes: KMTronic, Devantech and HW-667."""

from __future__ import annotations

from pathlib import Path

from hardware.relay.emulators.pty_board import PtyBoard


class KmtronicEmulator(PtyBoard):
    """KMTronic protocol: `FF channel state`. Small boards report each relay alone, big ones all at once."""

    def __init__(self, link: Path, *, channels: int = 1, responds_to_status: bool = True) -> None:
        super().__init__(link, channels=channels)
        self.responds_to_status = responds_to_status

    def handle_command(self, buffer: bytes, now: float) -> tuple[int, bytes]:
        if buffer[0] != 0xFF:
            return 1, b""
        if len(buffer) < 3:
            return 0, b""
        channel, value, count = buffer[1], buffer[2], len(self.contacts)
        if channel == 9 and value == 0 and count > 2:
            return 3, bytes(self.contacts) if self.responds_to_status else b""
        if not 1 <= channel <= count:
            return 3, b""
        if value == 3 and count <= 2:
            state = bytes((0xFF, channel, int(self.contacts[channel - 1])))
            return 3, state if self.responds_to_status else b""
        if value in {0, 1}:
            self.set_contact(channel, value == 1, now)
        return 3, b""


class DevantechEmulator(PtyBoard):
    """Devantech USB-RLY protocol: one byte a command, except `5C`, which a byte of states follows."""

    def __init__(self, link: Path, *, channels: int = 8, identity: int = 8) -> None:
        super().__init__(link, channels=channels)
        self.identity = identity

    def handle_command(self, buffer: bytes, now: float) -> tuple[int, bytes]:
        command, channels = buffer[0], range(1, len(self.contacts) + 1)
        if command == 0x5A:
            return 1, bytes((self.identity, 3))
        if command == 0x5B:
            return 1, bytes((sum(on << index for index, on in enumerate(self.contacts)),))
        if command == 0x5C:
            if len(buffer) < 2:
                return 0, b""
            for channel in channels:
                self.set_contact(channel, bool(buffer[1] >> channel - 1 & 1), now)
            return 2, b""
        if command in {0x64, 0x6E}:
            for channel in channels:
                self.set_contact(channel, command == 0x64, now)
        elif 0x65 <= command <= 0x6C:
            self.set_contact(command - 0x64, True, now)
        elif 0x6F <= command <= 0x76:
            self.set_contact(command - 0x6E, False, now)
        return 1, b""


class Hw667Emulator(PtyBoard):
    """HW-667 protocol: `AA` on, `BB` off, `CC` on for a second. It never answers."""

    def __init__(self, link: Path) -> None:
        super().__init__(link, channels=1)

    def handle_command(self, buffer: bytes, now: float) -> tuple[int, bytes]:
        match buffer[0]:
            case 0xAA:
                self.set_contact(1, True, now)
            case 0xBB:
                self.set_contact(1, False, now)
            case 0xCC:
                self.set_contact(1, True, now, duration=1.0)
        return 1, b""
