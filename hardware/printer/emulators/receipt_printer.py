"""An emulated receipt printer: it executes ESC/POS bytes, answers, and fails as it is told to.

It does as real ones do: requests for its state act at once, also inside a picture and while it can't print; without paper it keeps
what it gets in a buffer, takes no more once that is full, and prints the rest when there is paper again.
"""

from __future__ import annotations

from hardware.printer.emulators.paper import PrintedSlip

_LINE_ROWS = 24
_SHORT, _LONG = 2, 3
_LONG_CUTS_FROM = 0x41
_PICTURE_HEADER = 8


class ReceiptPrinter:
    """The state and the commands of a printer. Faults are plain attributes, which may be set at any time."""

    def __init__(self) -> None:
        self.received = bytearray()
        self.slips: list[PrintedSlip] = []
        self.unknown_commands: list[bytes] = []
        self.paper_out_at: int | None = None
        """The paper ends once so many bytes were executed; None: there is enough."""
        self.is_near_end = False
        self.is_cover_open = False
        self.is_offline = False
        self.has_cutter_error = False
        self.is_silent = False
        """It prints and never answers."""
        self.confirms = True
        """False: it does not know GS r."""
        self.garbage_answer = b""
        """Is sent instead of each answer."""
        self.reports_by_itself = False
        """It sends its state whenever that changes (ASB)."""
        self.answers_per_kind = True
        """False: it knows DLE EOT 1 only."""
        self.buffer_bytes = 64 * 1024
        self.dead_after: int | None = None
        """It takes no byte and answers nothing after so many bytes, as one whose program hangs; None: never."""
        self._buffer = bytearray()
        self._slip = PrintedSlip()
        self._executed = 0
        self._is_in_request: bytes = b""

    @property
    def has_paper(self) -> bool:
        """True if there is paper."""
        return self.paper_out_at is None or self._executed < self.paper_out_at

    @property
    def executed(self) -> int:
        """The number of bytes that were executed."""
        return self._executed

    @property
    def room(self) -> int:
        """The number of bytes that it takes now."""
        if self.dead_after is not None:
            return max(0, min(self.dead_after - len(self.received), self.buffer_bytes - len(self._buffer)))
        return max(0, self.buffer_bytes - len(self._buffer))

    @property
    def unfinished(self) -> PrintedSlip:
        """What is printed and not cut yet."""
        return self._slip

    def load_paper(self) -> None:
        """Put a new roll in, and print what waited for it."""
        self.paper_out_at, self.is_near_end = None, False
        self._execute()

    def forget_input(self) -> None:
        """Drop what is in the buffer, as a printer does that is switched off and on."""
        self._buffer.clear()
        self._slip = PrintedSlip()

    def receive(self, data: bytes) -> bytes:
        """Take bytes; return the answers."""
        answers = bytearray()
        self.received += data
        for byte in data:
            answers += self._hear_request(byte)
            self._buffer.append(byte)
        could_print = self._can_execute()
        answers += self._execute()
        if self.reports_by_itself and could_print != self._can_execute():
            answers += bytes((0x10 | (0 if self._can_execute() else 0x08), 0x00, 0x0C, 0x00))
        return bytes(answers)

    # --- requests that act at once --------------------------------------------------------------

    def _hear_request(self, byte: int) -> bytes:
        self._is_in_request = (self._is_in_request + bytes((byte,)))[-3:]
        match list(self._is_in_request):
            case [0x10, 0x04, 1 | 2 | 3 | 4 as kind]:
                return self._answer(self._status(kind)) if self.answers_per_kind or kind == 1 else b""
        return b""

    def _answer(self, byte: int) -> bytes:
        if self.is_silent or (self.dead_after is not None and len(self.received) >= self.dead_after):
            return b""
        return self.garbage_answer or bytes((byte,))

    def _status(self, kind: int) -> int:
        can_print = self.has_paper and not (self.is_cover_open or self.is_offline or self.has_cutter_error)
        bits = {
            1: 0 if can_print else 0x08,
            2: (0x04 if self.is_cover_open else 0)
            | (0 if self.has_paper else 0x20)
            | (0x40 if self.has_cutter_error else 0),
            3: 0x08 if self.has_cutter_error else 0,
            4: (0x0C if self.is_near_end or not self.has_paper else 0) | (0 if self.has_paper else 0x60),
        }
        return 0x12 | bits[kind]

    # --- commands -------------------------------------------------------------------------------

    def _execute(self) -> bytes:
        """Execute what is in the buffer as long as it can print; return the answers."""
        answers = bytearray()
        while self._buffer and self._can_execute():
            length = self._command_length()
            if length is None or length > len(self._buffer):
                break
            if self.paper_out_at is not None and self._executed + length > self.paper_out_at:
                self._print_part_of_picture(length)
                self._executed = self.paper_out_at
                break
            command = bytes(self._buffer[:length])
            del self._buffer[:length]
            self._executed += length
            answers += self._execute_command(command)
        return bytes(answers)

    def _can_execute(self) -> bool:
        return self.has_paper and not (self.is_cover_open or self.is_offline or self.has_cutter_error)

    def _print_part_of_picture(self, length: int) -> None:
        """Print the rows for which there is paper. Once there is some again, the command is executed as a whole."""
        if self._buffer[:3] == b"\x1dv0" and self.paper_out_at is not None:
            width = int.from_bytes(self._buffer[4:6], "little")
            rows = max(0, self.paper_out_at - self._executed - _PICTURE_HEADER) // max(1, width)
            part = bytes(self._buffer[_PICTURE_HEADER:length])
            self._slip.rows += [part[row * width : (row + 1) * width] for row in range(rows)]

    def _command_length(self) -> int | None:
        """Return the length of the first command in the buffer; None: not known yet."""
        buffer = self._buffer
        length: int | None = None
        match list(buffer[:3]):
            case [0x10 | 0x1D] | [0x10 | 0x1D, _] | [0x1B]:
                pass
            case [0x10, *_] | [0x1B, 0x64 | 0x4A, *_] | [0x1D, 0x72, *_]:
                length = _LONG
            case [0x1D, 0x56, mode]:
                length = _LONG + 1 if mode >= _LONG_CUTS_FROM else _LONG
            case [0x1D, 0x76, 0x30] if len(buffer) < _PICTURE_HEADER:
                pass
            case [0x1D, 0x76, 0x30]:
                width, height = (int.from_bytes(buffer[at : at + 2], "little") for at in (4, 6))
                length = _PICTURE_HEADER + width * height
            case [0x1B | 0x1D, *_]:
                length = _SHORT
            case _:
                length = 1
        return length

    def _execute_command(self, command: bytes) -> bytes:
        match list(command[:2]):
            case [0x10, _] | [0x00] | [0x1B, 0x40]:
                pass
            case [0x0A]:
                self._feed(_LINE_ROWS)
            case [0x1B, 0x64]:
                self._feed(_LINE_ROWS * command[2])
            case [0x1B, 0x4A]:
                self._feed(command[2])
            case [0x1D, 0x72]:
                return self._answer(0x00 if not self.is_near_end else 0x03) if self.confirms else b""
            case [0x1D, 0x56]:
                self._slip.is_cut = True
                self.slips.append(self._slip)
                self._slip = PrintedSlip()
            case [0x1D, 0x0C]:
                self.slips.append(self._slip)
                self._slip = PrintedSlip()
            case [0x1D, 0x76]:
                width = int.from_bytes(command[4:6], "little")
                data = command[_PICTURE_HEADER:]
                self._slip.rows += [data[start : start + width] for start in range(0, len(data), width or 1)]
            case [0x1B | 0x1D, *_]:
                self.unknown_commands.append(command)
            case _:
                self._slip.text += command
        return b""

    def _feed(self, rows: int) -> None:
        self._slip.rows += [b""] * rows
