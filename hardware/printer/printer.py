"""The interface of printers: what is printed, the state of a printer, and the result of a print.

A slip or a badge comes as a picture (`Raster`) or as pages (`PdfDocument`); a printer says by `paper` which of them it takes. No
text ever reaches a printer, so no text can be a command, and no code page matters.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from hardware.errors import DeviceError


class PrinterState(StrEnum):
    """The state of a printer as it was last asked for."""

    READY = "ready"
    PAPER_LOW = "paper_low"
    """It prints; the roll is near its end."""
    PAPER_OUT = "paper_out"
    COVER_OPEN = "cover_open"
    OFFLINE = "offline"
    """It answers and takes no job: the feed button is pressed, or it is switched off-line."""
    ERROR = "error"
    """It reports a fault of its cutter, of its head or one that only a restart ends."""
    MISSING = "missing"
    """There is no such printer: not plugged in, switched off, or the address is wrong."""
    NO_ACCESS = "no_access"
    """It is there, and this user or another program keeps it from us."""
    SILENT = "silent"
    """It is there and does not answer."""
    GARBLED = "garbled"
    """It answers with what is no status: the baud rate is wrong, or it is no printer."""
    HUNG = "hung"
    """A print that had to be ended is still in the system's driver: pull the printer's plug."""
    UNREPORTED = "unreported"
    """It reports no state: an office printer, a folder, or `status=off`."""
    UNKNOWN = "unknown"
    """It was not asked yet."""

    @property
    def can_print(self) -> bool:
        """True if a job may be sent."""
        return self in _PRINTS


_PRINTS = frozenset(
    {PrinterState.READY, PrinterState.PAPER_LOW, PrinterState.UNREPORTED, PrinterState.UNKNOWN}
)


class PrintOutcome(StrEnum):
    """What became of a job."""

    PRINTED = "printed"
    """The printer took everything and, where it reports its state, was ready afterwards."""
    FAILED = "failed"
    """It was not printed, or not to its end: `PrintResult.failure` says why."""
    UNSURE = "unsure"
    """Bytes were sent, and nobody knows if they were printed: a person must look. It is not printed again by itself."""


class PrintFailure(StrEnum):
    """The reason of an outcome that is not PRINTED."""

    NO_PRINTER = "no_printer"
    """The station has no printer."""
    PAPER_OUT = "paper_out"
    COVER_OPEN = "cover_open"
    OFFLINE = "offline"
    PRINTER_ERROR = "printer_error"
    MISSING = "missing"
    NO_ACCESS = "no_access"
    NO_ANSWER = "no_answer"
    """It did not answer before the job, so nothing was sent; or not after it, so nobody knows."""
    GARBLED = "garbled"
    STALLED = "stalled"
    """It stopped taking bytes in the middle."""
    LOST = "lost"
    """It was unplugged, or ended the connection, in the middle."""
    TIMED_OUT = "timed_out"
    """The print's process was ended at its deadline."""
    HUNG = "hung"
    DISK_FULL = "disk_full"
    NOT_WRITABLE = "not_writable"
    NOT_ACCEPTED = "not_accepted"
    """The system's print service refused it."""
    QUEUE_FULL = "queue_full"
    TOO_LATE = "too_late"
    """It waited so long that its person has left; nothing was sent."""
    CANCELLED = "cancelled"
    PROGRAM_FAILED = "program_failed"
    """The print's process ended by a bug, or could not be started."""


FAILURE_OF_STATE = {
    PrinterState.PAPER_OUT: PrintFailure.PAPER_OUT,
    PrinterState.COVER_OPEN: PrintFailure.COVER_OPEN,
    PrinterState.OFFLINE: PrintFailure.OFFLINE,
    PrinterState.ERROR: PrintFailure.PRINTER_ERROR,
    PrinterState.MISSING: PrintFailure.MISSING,
    PrinterState.NO_ACCESS: PrintFailure.NO_ACCESS,
    PrinterState.SILENT: PrintFailure.NO_ANSWER,
    PrinterState.GARBLED: PrintFailure.GARBLED,
    PrinterState.HUNG: PrintFailure.HUNG,
}
"""The failure of a job that was not sent because of a printer's state."""


@dataclass(frozen=True, slots=True)
class PrinterHealth:
    """A printer's state, and a sentence in English for logs and commands (empty: nothing is wrong)."""

    state: PrinterState = PrinterState.UNKNOWN
    message: str = ""


@dataclass(frozen=True, slots=True)
class PrintResult:
    """The result of one print. `is_partial`: something may have come out of the printer although it was not PRINTED.

    `state` is the printer's after the print, `is_confirmed` False where the printer does not report its state.
    """

    job_id: str
    outcome: PrintOutcome
    failure: PrintFailure | None = None
    state: PrinterState = PrinterState.UNKNOWN
    is_partial: bool = False
    is_confirmed: bool = True
    message: str = ""


@dataclass(frozen=True, slots=True)
class RollPaper:
    """A roll of paper, `width` dots wide. Pictures are black and white.

    `label_height` is the height of its labels in dots; None: it has none, and a slip is as long as it needs.
    """

    width: int
    dpi: int
    label_height: int | None = None


@dataclass(frozen=True, slots=True)
class PagePaper:
    """Pages of a size in millimetres."""

    width_mm: float
    height_mm: float


@dataclass(frozen=True, slots=True)
class Raster:
    """A black and white picture: rows of `width` dots from the top, eight dots a byte, the leftmost highest; 1 is black.

    `width` is a multiple of 8.
    """

    width: int
    data: bytes

    @property
    def height(self) -> int:
        """The number of rows."""
        return len(self.data) * 8 // self.width


@dataclass(frozen=True, slots=True)
class PdfDocument:
    """Pages as PDF, and a name for files and print queues that says nothing of a person."""

    name: str
    data: bytes


class Printer(Protocol):
    """A printer that is reached by a driver. Every call ends within the printer's deadline, or its process is killed."""

    @property
    def paper(self) -> RollPaper | PagePaper:
        """The paper: a roll takes a `Raster`, pages take a `PdfDocument`."""
        ...

    def health(self) -> PrinterHealth:
        """Ask for the printer's state. Never raises."""
        ...

    def print_document(self, document: Raster | PdfDocument, on_sending: Callable[[], None]) -> DriverResult:
        """Print once. `on_sending` is called before the first byte that can leave something on paper. Never raises DeviceError."""
        ...


@dataclass(frozen=True, slots=True)
class DriverResult:
    """A driver's result of one print; `PrintResult` without the job."""

    outcome: PrintOutcome
    failure: PrintFailure | None = None
    state: PrinterState = PrinterState.UNKNOWN
    is_partial: bool = False
    is_confirmed: bool = True
    message: str = ""

    def of_job(self, job_id: str) -> PrintResult:
        """Return the result of a job."""
        return PrintResult(
            job_id, self.outcome, self.failure, self.state, self.is_partial, self.is_confirmed, self.message
        )


class PrinterAccessError(DeviceError):
    """A printer can't be reached, for a reason that is a `PrinterState`."""

    def __init__(self, state: PrinterState, message: str) -> None:
        super().__init__(message)
        self.state = state
