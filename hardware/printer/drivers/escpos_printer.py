"""Receipt printers that understand ESC/POS, over any link.

The state is asked for before a job, so that nothing is sent to a printer without paper, and after it: GS r is answered once
everything before it is printed. Between, the printer is asked again and again, as one without paper answers nothing else.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain

from hardware.errors import DeviceError
from hardware.printer import escpos
from hardware.printer.address import DEFAULT_BAUD, PrinterAddress
from hardware.printer.escpos import AnswerReader, StatusBytes
from hardware.printer.links.device_file import DeviceFileLink
from hardware.printer.links.link import Link
from hardware.printer.links.tcp import TcpLink
from hardware.printer.links.usb import UsbLink
from hardware.printer.printer import (
    FAILURE_OF_STATE,
    DriverResult,
    PagePaper,
    PdfDocument,
    PrinterAccessError,
    PrinterHealth,
    PrinterState,
    PrintFailure,
    PrintOutcome,
    Raster,
    RollPaper,
)


@dataclass(frozen=True, slots=True)
class PrinterTiming:
    """How long a printer is waited for, in seconds. Tests use shorter times."""

    answer_s: float = 1.5
    """A printer answers within this time when it is asked for its state."""
    stall_s: float = 4.0
    """A printer that takes no byte for so long has a fault."""
    ask_every_s: float = 0.7
    """It is asked so often while it prints."""
    patience_s: float = 4.0
    """A printer that is not reached is tried again for so long before a job: another station may be using it."""
    job_s: float | None = None
    """A job is over by then; None: as the address says."""


_CLOSE_S = 1.0
_RETRY_S = 0.2
_OPENS_WITHIN_S = 6.0

MESSAGES = {
    PrinterState.PAPER_OUT: "The printer has no paper.",
    PrinterState.COVER_OPEN: "The printer's cover is open.",
    PrinterState.OFFLINE: "The printer is off-line.",
    PrinterState.ERROR: "The printer reports a fault of its own; switch it off and on.",
    PrinterState.SILENT: "The printer does not answer. If it never does, add status=off to its address.",
    PrinterState.GARBLED: "The printer answers with what is no status; check its baud rate, and that it is a receipt printer.",
}
"""What is wrong, for logs and commands."""
_NOT_CONFIRMED = "The printer did not say that it is done. If it never does, add confirm=off to its address."
_NEEDS_A_PERSON = frozenset(
    {PrinterState.PAPER_OUT, PrinterState.COVER_OPEN, PrinterState.OFFLINE, PrinterState.ERROR}
)
_FIRST_KIND, _KINDS = 1, (1, 4, 2, 3)


class EscposPrinter:
    """One receipt printer. Times are `time.monotonic` seconds."""

    def __init__(self, link: Link, address: PrinterAddress, timing: PrinterTiming | None = None) -> None:
        """Create the driver of the printer behind a link."""
        self._link, self._address, self._timing = link, address, timing or PrinterTiming()
        self._answers = AnswerReader()
        self._knows_one_kind = False

    @property
    def paper(self) -> RollPaper | PagePaper:
        """The roll."""
        return self._address.paper

    def health(self) -> PrinterHealth:
        """Open the printer, ask for its state and close it."""
        try:
            self._link.open(time.monotonic() + _OPENS_WITHIN_S)
            try:
                state = self._ask_state()
            finally:
                self._link.close(time.monotonic() + _CLOSE_S)
        except PrinterAccessError as error:
            return PrinterHealth(error.state, str(error))
        except DeviceError as error:
            return PrinterHealth(PrinterState.MISSING, str(error))
        return PrinterHealth(state, MESSAGES.get(state, ""))

    def print_document(self, document: Raster | PdfDocument, on_sending: Callable[[], None]) -> DriverResult:
        """Print a picture once."""
        if not isinstance(document, Raster):
            raise TypeError("a receipt printer prints pictures only")
        deadline = time.monotonic() + (self._timing.job_s or self._address.timeout_s)
        try:
            self._open_patiently(deadline)
        except PrinterAccessError as error:
            return DriverResult(
                PrintOutcome.FAILED, FAILURE_OF_STATE[error.state], error.state, message=str(error)
            )
        has_begun = False

        def begin() -> None:
            nonlocal has_begun
            has_begun = True
            on_sending()

        try:
            return self._print(document, begin, deadline)
        except PrinterAccessError as error:
            return _failed(error.state, str(error), is_partial=has_begun)
        except DeviceError as error:
            outcome = PrintOutcome.UNSURE if has_begun else PrintOutcome.FAILED
            failure = PrintFailure.LOST if has_begun else PrintFailure.MISSING
            return DriverResult(
                outcome, failure, PrinterState.MISSING, is_partial=has_begun, message=str(error)
            )
        finally:
            self._link.close(deadline)

    def _print(self, raster: Raster, on_sending: Callable[[], None], deadline: float) -> DriverResult:
        before = self._ask_state()
        patient_until = min(deadline, time.monotonic() + self._timing.patience_s)
        while before is PrinterState.SILENT and time.monotonic() < patient_until:
            before = self._ask_state()
        if not before.can_print:
            return _failed(before, MESSAGES.get(before, ""), is_partial=False)
        on_sending()
        commands = chain(
            (escpos.resync(raster.width) + escpos.CLEAR,),
            escpos.picture(raster),
            (escpos.cut(self._address.choice("cut")),),
            (escpos.CONFIRM,) if self._address.confirms and self._link.can_read else (),
        )
        self._answers.has_confirmed = False
        if not all(self._send(command, deadline) for command in commands):
            return self._explain_stall()
        return self._wait_for_end(deadline)

    def _open_patiently(self, deadline: float) -> None:
        """Open the link; nothing is sent before, so trying again prints nothing twice."""
        patient_until = min(deadline, time.monotonic() + self._timing.patience_s)
        while True:
            try:
                self._link.open(deadline)
            except PrinterAccessError:
                if time.monotonic() >= patient_until:
                    raise
                time.sleep(_RETRY_S)
            else:
                return

    def _send(self, data: bytes, deadline: float) -> bool:
        """Send bytes; return False if the printer takes no more of them, or the deadline is over."""
        while data and time.monotonic() < deadline:
            sent = self._link.write(data, min(deadline, time.monotonic() + self._timing.stall_s))
            if not sent:
                return False
            data = data[sent:]
        return not data

    def _explain_stall(self) -> DriverResult:
        """Return the result of a job of which the printer takes no more bytes. On a new link it may say why."""
        self._link.close(time.monotonic())
        health = self.health()
        if health.state in _NEEDS_A_PERSON:
            return _failed(health.state, health.message, is_partial=True)
        return DriverResult(
            PrintOutcome.UNSURE,
            PrintFailure.STALLED,
            health.state,
            is_partial=True,
            message="The printer stopped taking bytes in the middle of the job.",
        )

    def _wait_for_end(self, deadline: float) -> DriverResult:
        """Wait until the printer has printed everything, asking what is the matter meanwhile."""
        if not self._address.reports_status or not self._link.can_read:
            return DriverResult(PrintOutcome.PRINTED, None, PrinterState.UNREPORTED, is_confirmed=False)
        state = PrinterState.SILENT
        while time.monotonic() < deadline:
            is_done = self._answers.has_confirmed or not self._address.confirms
            if not is_done:
                self._receive(min(self._timing.ask_every_s, max(0.0, deadline - time.monotonic())))
                is_done = self._answers.has_confirmed
            state = self._ask_state()
            if state in _NEEDS_A_PERSON:
                return _failed(state, MESSAGES[state], is_partial=True)
            if is_done and state.can_print:
                return DriverResult(PrintOutcome.PRINTED, None, state, is_confirmed=self._address.confirms)
        return DriverResult(
            PrintOutcome.UNSURE,
            FAILURE_OF_STATE.get(state, PrintFailure.NO_ANSWER),
            state,
            is_partial=True,
            message=MESSAGES.get(state, _NOT_CONFIRMED),
        )

    def _ask_state(self) -> PrinterState:
        """Ask for the four bytes of the state. A printer that answers the first only is believed."""
        if not self._address.reports_status or not self._link.can_read:
            return PrinterState.UNREPORTED
        self._receive(0)
        answers: dict[int, int] = {}
        for kind in _KINDS:
            if kind != _FIRST_KIND and self._knows_one_kind:
                break
            answer, is_garbled = self._ask(kind)
            if answer is not None:
                answers[kind] = answer
            elif kind == _FIRST_KIND:
                return PrinterState.GARBLED if is_garbled else PrinterState.SILENT
            else:
                self._knows_one_kind = True
        return StatusBytes(answers.get(1), answers.get(2), answers.get(3), answers.get(4)).state()

    def _ask(self, kind: int) -> tuple[int | None, bool]:
        """Send one request; return its answer, and True if something else came instead."""
        until, garbage = time.monotonic() + self._timing.answer_s, False
        if self._link.write(escpos.status_request(kind), until) < len(escpos.status_request(kind)):
            return None, False
        while True:  # at least once, however busy this machine is
            left = max(0.0, until - time.monotonic())
            answers, is_garbled = self._receive(left)
            if answers:
                return answers[0], False
            garbage = garbage or is_garbled
            if not left:
                return None, garbage

    def _receive(self, timeout: float) -> tuple[bytes, bool]:
        """Return the answers to requests that arrived, and True if there was garbage; the answer to GS r is noted."""
        return self._answers.read(self._link.read(timeout))


def on_network(address: PrinterAddress) -> EscposPrinter:
    """Create the driver of a printer on the network."""
    return EscposPrinter(TcpLink(address.place, address.port), address)


def on_device_file(address: PrinterAddress) -> EscposPrinter:
    """Create the driver of a printer that the kernel made a device file of."""
    return EscposPrinter(DeviceFileLink(address.place), address)


def on_usb(address: PrinterAddress) -> EscposPrinter:
    """Create the driver of a printer on USB."""
    return EscposPrinter(UsbLink(address.usb or (0, 0), address.place), address)


def on_serial_line(address: PrinterAddress) -> EscposPrinter:
    """Create the driver of a printer on a serial line."""
    from hardware.printer.links.serial_line import SerialLink  # noqa: PLC0415 -- pyserial, only where there is one

    link = SerialLink(address.place, address.integer("baud", DEFAULT_BAUD), address.choice("flow"))
    return EscposPrinter(link, address)


def _failed(state: PrinterState, message: str, *, is_partial: bool) -> DriverResult:
    failure = FAILURE_OF_STATE[state]
    return DriverResult(PrintOutcome.FAILED, failure, state, is_partial=is_partial, message=message)
