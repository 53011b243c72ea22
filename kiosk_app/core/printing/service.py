"""The queue of the station's printer: jobs are printed one after the other, each once, on a thread of its own.

A job is never printed again by itself, whatever became of it: a person decides, and `print_again` prints the same content. What
was printed is kept in memory only, and only until `forget`.
"""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from hardware.printer import (
    PrinterAddress,
    PrinterChoice,
    PrinterHealth,
    PrinterState,
    PrintFailure,
    PrintOutcome,
    PrintResult,
)
from hardware.printer.print_runner import PrintRunner
from kiosk_app.core.printing.contents import PrintJob, dump_job
from kiosk_app.messages import PrinterReport, PrintUpdate

PRINT_COMMAND = (sys.executable, "-m", "kiosk_app.workers.print_process")
MAX_WAITING = 20
MAX_REMEMBERED = 50
LATEST_START_S = 90.0
"""A job that waits longer is not printed: its person has left, and the next one would take the slip."""
ASK_EVERY_S = 30.0
"""The printer is asked for its state so often while nothing is printed."""
_SOONER, _LATER = 1 / 6, 10
"""A printer that needs a person is asked sooner, as the paper is soon there; one that reports nothing is looked at seldom."""
_ENDS_WITHIN_S = 3.0
_log = structlog.get_logger()


class Runner(Protocol):
    """The part of `PrintRunner` that the service needs."""

    def print_job(self, job_id: str, address: PrinterAddress, job: dict[str, Any]) -> PrintResult:
        """Run one print."""
        ...

    def ask_health(self, address: PrinterAddress) -> PrinterHealth:
        """Ask for the printer's state."""
        ...

    def list_printers(self, other_ports: Sequence[str]) -> tuple[PrinterChoice, ...]:
        """List the printers of this machine."""
        ...

    def stop(self) -> None:
        """End the print that runs."""
        ...


@dataclass(frozen=True, slots=True)
class _Waiting:
    job: PrintJob
    address: PrinterAddress
    at: float


class PrintService:
    """One station's printer. Every method returns at once and may be called from any thread.

    `publish` gets `PrintUpdate` and `PrinterReport`, on the service's thread or on that of the caller.
    """

    def __init__(
        self,
        address: PrinterAddress | None,
        publish: Callable[[PrintUpdate | PrinterReport], None],
        *,
        runner: Runner | None = None,
        ask_every_s: float = ASK_EVERY_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the printer's address; None: the station has none, and every job fails with NO_PRINTER."""
        self._address, self._publish = address, publish
        self._runner = runner or PrintRunner(PRINT_COMMAND)
        self._ask_every_s, self._monotonic = ask_every_s, monotonic
        self._changed = threading.Condition()
        self._waiting: deque[_Waiting] = deque()
        self._jobs: OrderedDict[str, PrintJob] = OrderedDict()
        self._health = PrinterHealth()
        self._must_ask, self._stopping = True, False
        self._ports_to_search: tuple[str, ...] | None = None
        self._choices: tuple[PrinterChoice, ...] | None = None
        self._printing_id = ""
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread, which asks for the printer's state at once."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="printer", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End the thread and the print that runs. Jobs that wait are not printed."""
        with self._changed:
            self._stopping = True
            self._waiting.clear()
            self._changed.notify_all()
        self._runner.stop()
        if self._thread is not None:
            self._thread.join(_ENDS_WITHIN_S)
            self._thread = None

    @property
    def address(self) -> PrinterAddress | None:
        """The printer's address."""
        return self._address

    @property
    def has_printer(self) -> bool:
        """True if the station has a printer, whatever its state."""
        return self._address is not None

    def health(self) -> PrinterHealth:
        """Return the printer's state as it was asked for last; it is no older than half a minute while the thread runs."""
        return self._health

    def use(self, address: PrinterAddress | None) -> None:
        """Print on another printer from the next job on; None: on none."""
        with self._changed:
            self._address, self._health, self._must_ask = address, PrinterHealth(), True
            self._changed.notify_all()

    def refresh(self) -> None:
        """Ask for the printer's state soon; the answer is a `PrinterReport`."""
        with self._changed:
            self._must_ask = True
            self._changed.notify_all()

    def search(self, other_ports: Sequence[str] = ()) -> None:
        """Look for the printers of this machine; `choices` has them after a moment. `other_ports` are those of other devices."""
        with self._changed:
            self._ports_to_search = tuple(other_ports)
            self._changed.notify_all()

    def choices(self) -> tuple[PrinterChoice, ...] | None:
        """Return the printers that the last search has listed; None: there was none yet."""
        return self._choices

    def submit(self, job: PrintJob) -> None:
        """Print a job once, after those that wait; its end is a `PrintUpdate` with a result. A job whose id waits is not added twice."""
        with self._changed:
            address = self._address
            is_waiting = job.id == self._printing_id or any(entry.job.id == job.id for entry in self._waiting)
            failure = self._refusal(address)
            if not is_waiting and failure is None and address is not None:
                self._remember(job)
                self._waiting.append(_Waiting(job, address, self._monotonic()))
                self._changed.notify_all()
        if failure is not None and not is_waiting:
            self._end(job.id, PrintOutcome.FAILED, failure)

    def print_again(self, job_id: str) -> bool:
        """Print the same content once more; return False if the job is forgotten."""
        with self._changed:
            job = self._jobs.get(job_id)
        if job is None:
            return False
        self.submit(job)
        return True

    def cancel(self, job_id: str) -> None:
        """Do not print a job that waits; one that is being printed goes on."""
        with self._changed:
            entry = next((entry for entry in self._waiting if entry.job.id == job_id), None)
            if entry is not None:
                self._waiting.remove(entry)
        if entry is not None:
            self._end(job_id, PrintOutcome.FAILED, PrintFailure.CANCELLED)

    def forget(self, job_id: str) -> None:
        """Forget a job's content, which names a person. A job that waits is still printed."""
        with self._changed:
            self._jobs.pop(job_id, None)

    # --- the thread -----------------------------------------------------------------------------

    def _refusal(self, address: PrinterAddress | None) -> PrintFailure | None:
        if address is None:
            return PrintFailure.NO_PRINTER
        return PrintFailure.QUEUE_FULL if len(self._waiting) >= MAX_WAITING else None

    def _remember(self, job: PrintJob) -> None:
        self._jobs[job.id] = job
        self._jobs.move_to_end(job.id)
        while len(self._jobs) > MAX_REMEMBERED:
            self._jobs.popitem(last=False)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(
                    lambda: (
                        self._stopping
                        or self._must_ask
                        or bool(self._waiting)
                        or self._ports_to_search is not None
                    ),
                    self._ask_every_s * self._pace(),
                )
                if self._stopping:
                    return
                entry = self._waiting.popleft() if self._waiting else None
                self._printing_id = "" if entry is None else entry.job.id
                self._must_ask = self._must_ask and entry is not None
                ports = self._ports_to_search if entry is None else None
                if ports is not None:
                    self._ports_to_search = None
                address = self._address
            try:
                if entry is not None:
                    self._print(entry)
                elif address is not None:
                    self._set_health(address, self._runner.ask_health(address))
                if ports is not None:
                    self._choices = self._runner.list_printers(ports)
            except Exception:  # noqa: BLE001 -- a bug; the next job must be printed all the same
                _log.exception("printer_failed")
                with contextlib.suppress(Exception):  # it may be `publish` that fails
                    if entry is not None:
                        self._end(entry.job.id, PrintOutcome.UNSURE, PrintFailure.PROGRAM_FAILED)
            finally:
                self._printing_id = ""

    def _pace(self) -> float:
        state = self._health.state
        if state is PrinterState.UNREPORTED:
            return _LATER
        return 1 if state.can_print else _SOONER

    def _print(self, entry: _Waiting) -> None:
        job = entry.job
        if self._monotonic() - entry.at > LATEST_START_S:
            self._publish(
                PrintUpdate(job.id, PrintResult(job.id, PrintOutcome.FAILED, PrintFailure.TOO_LATE))
            )
            return
        self._publish(PrintUpdate(job.id))
        result = self._runner.print_job(job.id, entry.address, dump_job(job))
        failure = None if result.failure is None else result.failure.value
        _log.info(
            "print",
            job=job.id,
            kind=job.content.kind,
            outcome=result.outcome.value,
            failure=failure,
            message=result.message,
        )
        self._printing_id = ""
        if result.state is not PrinterState.UNKNOWN:
            self._set_health(entry.address, PrinterHealth(result.state, result.message))
        else:
            self.refresh()
        self._publish(PrintUpdate(job.id, result))

    def _end(self, job_id: str, outcome: PrintOutcome, failure: PrintFailure) -> None:
        self._publish(PrintUpdate(job_id, PrintResult(job_id, outcome, failure)))

    def _set_health(self, address: PrinterAddress, health: PrinterHealth) -> None:
        with self._changed:
            if address != self._address or self._stopping:
                return
            is_new, self._health = health.state is not self._health.state, health
        if is_new:
            self._publish(PrinterReport(address.text, health))
