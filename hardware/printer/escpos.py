"""The four commands of ESC/POS that we use: clear, print a picture, feed and cut, report the state. Pure.

A picture is sent in bands of a few rows, each a command of its own: a printer that lost the rest of a job waits for the rest of one
band only, and `RESYNC` (zeros, which are no command) fills it before the next job.

Some commands act at once wherever they stand, also inside a picture (DLE EOT, DLE ENQ, DLE DC4: state, clear, open the drawer, switch
off). So no picture may contain them: a dot beside is made black.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from hardware.printer.printer import PrinterState, Raster

BAND_ROWS = 24
CLEAR = b"\x1b@"
CONFIRM = b"\x1dr\x01"
"""GS r 1: answered once everything before it is done."""
_CUTS = {"partial": b"\x1dVB\x00", "full": b"\x1dVA\x00", "none": b"\x1bd\x05", "label": b"\x1d\x0c"}
"""GS V feeds to the cutter by itself; without a cutter, five lines bring the slip to the edge. GS FF feeds to the next label."""

_STATUS_MASK, _STATUS_BITS, _ASB_BITS = 0x93, 0x12, 0x10
"""Fixed bits of the first byte: 0xx1xx10 answers DLE EOT, 0xx1xx00 begins ASB."""
_FIXED_HIGH, _ASB_REST = 0x90, 3
"""Fixed bits of the answer to GS r, and of the rest of ASB: 0xx0xxxx."""
_DLE, _AT_ONCE = 0x10, frozenset({0x04, 0x05, 0x14})
_EXTRA_DOT = 0x08


def resync(width: int) -> bytes:
    """Return zeros that fill a band of the last job, if the printer still waits for one; else they are nothing."""
    return bytes(BAND_ROWS * width // 8)


def status_request(kind: int) -> bytes:
    """Return DLE EOT n, which is answered at once."""
    return bytes((_DLE, 0x04, kind))


def picture(raster: Raster) -> Iterator[bytes]:
    """Yield the commands that print a picture (GS v 0), one a band. The white at the end of rows is not sent: serial lines are slow."""
    row_bytes = raster.width // 8
    rows = [raster.data[start : start + row_bytes] for start in range(0, len(raster.data), row_bytes)]
    for first in range(0, len(rows), BAND_ROWS):
        band_rows = rows[first : first + BAND_ROWS]
        width = max(1, *(len(row.rstrip(b"\0")) for row in band_rows))
        yield _band_command([row[:width] for row in band_rows], width)


def _band_command(rows: list[bytes], row_bytes: int) -> bytes:
    header = b"\x1dv0\x00" + row_bytes.to_bytes(2, "little") + len(rows).to_bytes(2, "little")
    return header + without_commands(b"".join(rows))


def cut(kind: str) -> bytes:
    """Return the command that ends a slip: `partial`, `full`, `none` or `label`."""
    return _CUTS[kind]


def without_commands(data: bytes) -> bytes:
    """Return a picture in which no bytes are a command that acts at once.

    >>> without_commands(bytes([0x10, 0x14, 0x01])).hex()
    '181401'
    """
    if not any(bytes((_DLE, second)) in data for second in _AT_ONCE):
        return data
    clean = bytearray(data)
    for index in range(len(clean) - 1):
        if clean[index] == _DLE and clean[index + 1] in _AT_ONCE:
            clean[index] |= _EXTRA_DOT
    return bytes(clean)


class AnswerReader:
    """Tells the bytes apart that a printer sends: answers to DLE EOT, the answer to GS r, and the state that some send by themselves (ASB).

    ASB is four bytes, of which the last three look like an answer to GS r.
    """

    def __init__(self) -> None:
        self.has_confirmed = False
        """GS r was answered since this was set to False."""
        self._left_of_asb = 0

    def read(self, data: bytes) -> tuple[bytes, bool]:
        """Return the answers to DLE EOT among the bytes, and True if there was anything that is none of the three."""
        answers, is_garbled = bytearray(), False
        for byte in data:
            if self._left_of_asb and byte & _FIXED_HIGH == 0:
                self._left_of_asb -= 1
                continue
            self._left_of_asb = 0
            if byte & _STATUS_MASK == _STATUS_BITS:
                answers.append(byte)
            elif byte & _STATUS_MASK == _ASB_BITS:
                self._left_of_asb = _ASB_REST
            elif byte & _FIXED_HIGH == 0:
                self.has_confirmed = True
            else:
                is_garbled = True
        return bytes(answers), is_garbled


@dataclass(frozen=True, slots=True)
class StatusBytes:
    """The answers to DLE EOT 1 to 4; None: no answer."""

    printer: int | None = None
    offline: int | None = None
    error: int | None = None
    paper: int | None = None

    def state(self) -> PrinterState:
        """Return the state that they mean; the first cause that a person can remove precedes."""
        offline, error, paper = self.offline or 0, self.error or 0, self.paper or 0
        causes = (
            (offline & 0x04, PrinterState.COVER_OPEN),
            (paper & 0x60 or offline & 0x20, PrinterState.PAPER_OUT),
            (error & 0x68, PrinterState.ERROR),  # cutter 0x08, not recoverable 0x20, head too hot 0x40
            (offline & 0x40, PrinterState.ERROR),
            ((self.printer or 0) & 0x08, PrinterState.OFFLINE),
            (paper & 0x0C, PrinterState.PAPER_LOW),
        )
        return next((state for is_set, state in causes if is_set), PrinterState.READY)
