"""Office printers by CUPS, through its own commands (`lp`, `lpstat`, `cancel`), each with a time-out.

A job that CUPS has not finished in time is cancelled: it would else come out for somebody else, once the paper is back.
"""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Callable, Sequence

from hardware.printer.address import PAGES, PrinterAddress
from hardware.printer.printer import (
    FAILURE_OF_STATE,
    DriverResult,
    PagePaper,
    PdfDocument,
    PrinterHealth,
    PrinterState,
    PrintFailure,
    PrintOutcome,
    Raster,
    RollPaper,
)

_COMMAND_S = 5.0
_POLL_S = 0.3
_REQUEST_ID = re.compile(r"request id is (\S+)")
_ALERTS = (
    ("media-empty", PrinterState.PAPER_OUT),
    ("media-needed", PrinterState.PAPER_OUT),
    ("media-jam", PrinterState.ERROR),
    ("cover-open", PrinterState.COVER_OPEN),
    ("door-open", PrinterState.COVER_OPEN),
    ("offline", PrinterState.OFFLINE),
    ("connecting-to-device", PrinterState.OFFLINE),
    ("media-low", PrinterState.PAPER_LOW),
)
"""Words of a printer's alerts (IPP `printer-state-reasons`, RFC 8011), the worst first."""
_MESSAGES = {
    PrinterState.PAPER_OUT: "The printer has no paper.",
    PrinterState.COVER_OPEN: "The printer's cover is open.",
    PrinterState.OFFLINE: "The printer is off-line, or switched off in CUPS (cupsenable).",
    PrinterState.ERROR: "The printer reports a fault of its own.",
}


class CupsPrinter:
    """One queue of CUPS."""

    def __init__(self, address: PrinterAddress, job_s: float | None = None) -> None:
        """Take the address; `job_s` is the time for a job, None: as the address says."""
        self._address, self._name = address, address.place
        self._job_s = job_s or address.timeout_s

    @property
    def paper(self) -> RollPaper | PagePaper:
        """The pages."""
        return self._address.paper

    def health(self) -> PrinterHealth:
        """Ask CUPS for the queue's state and alerts."""
        try:
            answer = _run(("lpstat", "-l", "-p", self._name))
        except FileNotFoundError:
            return PrinterHealth(
                PrinterState.MISSING, "This system has no CUPS (the commands lp and lpstat)."
            )
        except (OSError, subprocess.TimeoutExpired):
            return PrinterHealth(PrinterState.SILENT, "The print service (CUPS) does not answer.")
        if answer.returncode or not answer.stdout.startswith("printer "):
            return PrinterHealth(PrinterState.MISSING, f"CUPS has no printer {self._name} (see lpstat -e).")
        state = _state(answer.stdout)
        return PrinterHealth(state, _MESSAGES.get(state, ""))

    def print_document(self, document: Raster | PdfDocument, on_sending: Callable[[], None]) -> DriverResult:
        """Give the pages to CUPS, and wait until it has printed them."""
        if not isinstance(document, PdfDocument):
            raise TypeError("an office printer takes PDF only")
        deadline = time.monotonic() + self._job_s
        health = self.health()
        if not health.state.can_print:
            failure = FAILURE_OF_STATE[health.state]
            return DriverResult(PrintOutcome.FAILED, failure, health.state, message=health.message)
        on_sending()
        command = ("lp", "-d", self._name, "-t", document.name, "-o", f"media={self._media()}", "-")
        try:
            answer = _run(command, document.data, deadline - time.monotonic())
        except (OSError, subprocess.TimeoutExpired):
            return _unsure(PrintFailure.NO_ANSWER, "The print service (CUPS) did not answer.")
        request = _REQUEST_ID.search(answer.stdout)
        if answer.returncode or request is None:
            message = f"CUPS refused the job: {answer.stderr.strip()[:200]}"
            return DriverResult(PrintOutcome.FAILED, PrintFailure.NOT_ACCEPTED, health.state, message=message)
        return self._wait_for_end(request[1], deadline)

    def _wait_for_end(self, request: str, deadline: float) -> DriverResult:
        try:
            while time.monotonic() < deadline:
                if request not in _run(("lpstat", "-W", "not-completed", "-o", self._name)).stdout.split():
                    return DriverResult(PrintOutcome.PRINTED, None, PrinterState.READY)
                health = self.health()
                if not health.state.can_print:
                    _run(("cancel", request))
                    failure = FAILURE_OF_STATE[health.state]
                    return DriverResult(
                        PrintOutcome.FAILED, failure, health.state, is_partial=True, message=health.message
                    )
                time.sleep(_POLL_S)
            _run(("cancel", request))
        except (OSError, subprocess.TimeoutExpired):
            return _unsure(PrintFailure.NO_ANSWER, "The print service (CUPS) did not answer.")
        return _unsure(PrintFailure.STALLED, "CUPS had not printed the job in time; it was cancelled.")

    def _media(self) -> str:
        page = self._address.options.get("page", "a6")
        if page in PAGES and page != "card":
            return page.upper()
        paper = self._address.paper
        if not isinstance(paper, PagePaper):
            raise TypeError("an office printer has pages")
        return f"Custom.{paper.width_mm:g}x{paper.height_mm:g}mm"


def _state(answer: str) -> PrinterState:
    """Return the state in the answer of `lpstat -l -p`."""
    lines = answer.splitlines()
    alerts = " ".join(line for line in lines[1:] if "Alerts:" in line)
    for word, state in _ALERTS:
        if word in alerts:
            return state
    if " disabled " in lines[0]:
        return PrinterState.OFFLINE
    return PrinterState.ERROR if "-error" in alerts else PrinterState.READY


def _unsure(failure: PrintFailure, message: str) -> DriverResult:
    return DriverResult(PrintOutcome.UNSURE, failure, is_partial=True, message=message)


def _run(
    command: Sequence[str], data: bytes = b"", timeout: float = _COMMAND_S
) -> subprocess.CompletedProcess[str]:
    """Run a command of CUPS in English."""
    answer = subprocess.run(  # noqa: S603 -- without a shell; the name is an argument of its own
        command,
        input=data,
        capture_output=True,
        timeout=max(0.1, timeout),
        check=False,
        env={**os.environ, "LC_ALL": "C"},
    )
    return subprocess.CompletedProcess(
        answer.args,
        answer.returncode,
        answer.stdout.decode("utf-8", "replace"),
        answer.stderr.decode("utf-8", "replace"),
    )
