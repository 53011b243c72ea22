"""The set-up of the printer: choose it, print a test slip, and a person says if it came out right."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from typing import Protocol, assert_never

import structlog

from hardware.printer import (
    PrinterAddress,
    PrinterAddressError,
    PrinterChoice,
    PrinterHealth,
    PrintOutcome,
    PrintResult,
)
from hub_sync.client.store import Store
from hub_sync.contract.clock import Clock
from hub_sync.contract.ids import NewId
from kiosk_app.core.printing.contents import PrintJob, TestSlipContent
from kiosk_app.core.setup.printer_choice import save_printer
from kiosk_app.messages import (
    AnswerPrint,
    PrinterCommand,
    PrinterSetupState,
    PrinterTest,
    PrintTest,
    PrintUpdate,
    ShowPrinter,
    UsePrinter,
    WorkerMessage,
)

SEARCH_EVERY_MS = 4_000
_KEY = "printer_test"
_log = structlog.get_logger()


class SetupPrinting(Protocol):
    """The part of `PrintService` that the set-up needs."""

    @property
    def address(self) -> PrinterAddress | None:
        """The printer's address."""
        ...

    def health(self) -> PrinterHealth:
        """Return the printer's state."""
        ...

    def choices(self) -> tuple[PrinterChoice, ...] | None:
        """Return the printers of this machine."""
        ...

    def search(self, other_ports: tuple[str, ...]) -> None:
        """Look for the printers of this machine."""
        ...

    def refresh(self) -> None:
        """Ask for the printer's state soon."""
        ...

    def use(self, address: PrinterAddress | None) -> None:
        """Print on another printer."""
        ...

    def submit(self, job: PrintJob) -> None:
        """Print a job once."""
        ...


class PrinterSetup:
    """One station's printer set-up. Belongs to the gate's thread, but for `observe`."""

    def __init__(
        self,
        printing: SetupPrinting,
        *,
        clock: Clock,
        new_id: NewId,
        other_ports: Callable[[], tuple[str, ...]] = tuple,
    ) -> None:
        """Take the queue of the printer. `other_ports` returns the serial ports of other devices."""
        self._printing, self._clock, self._new_id = printing, clock, new_id
        self._other_ports = other_ports
        self._job_id = ""
        self._result: PrintResult | None = None
        self._has_answer = self._has_bad_address = False
        self._search_at_ms = 0

    def observe(self, message: WorkerMessage) -> None:
        """Note the result of the test print. May be called on any thread."""
        if isinstance(message, PrintUpdate) and message.job_id == self._job_id and message.result is not None:
            self._result = message.result

    @property
    def address_in_use(self) -> PrinterAddress | None:
        """The address on which jobs are printed now; None: there is no printer."""
        return self._printing.address

    def may_use(self, address: PrinterAddress) -> bool:
        """Return False if an address is that of another device of this station."""
        return not self._is_of_another_device(address)

    def use_from_now(self, address: PrinterAddress | None) -> None:
        """Print on what the hub wants from the next job on. May be called on any thread."""
        self._printing.use(address)
        _log.info("printer_chosen_by_hub", printer="none" if address is None else address.text)

    def execute(self, store: Store, command: PrinterCommand) -> PrinterSetupState:
        """Execute a command, and return the set-up as it is then.

        Raises:
            StoreError: the choice or the answer could not be stored.
        """
        match command:
            case ShowPrinter():
                self._look()
            case UsePrinter(address):
                self._use(store, address)
            case PrintTest(language):
                self._print(store, language)
            case AnswerPrint(is_good, operator):
                self._answer(store, operator, is_good=is_good)
            case _:
                assert_never(command)
        return self._state(store)

    def _look(self) -> None:
        """Search for printers, and ask for the state of the one in use, now and then while the page is open."""
        now_ms = self._clock.monotonic_ms()
        if now_ms >= self._search_at_ms:
            self._search_at_ms = now_ms + SEARCH_EVERY_MS
            self._printing.search(self._other_ports())
            self._printing.refresh()

    def _use(self, store: Store, text: str) -> None:
        try:
            address = PrinterAddress.parse(text) if text else None
        except PrinterAddressError:
            self._has_bad_address = True
            return
        if address is not None and self._is_of_another_device(address):
            self._has_bad_address = True
            return
        save_printer(store, address)
        self._printing.use(address)
        self._forget_test()
        _log.info("printer_chosen", printer=text or "none")

    def _is_of_another_device(self, address: PrinterAddress) -> bool:
        """Return True for the serial port of a relay board or a scanner: what a printer is asked could open the door."""
        others = {os.path.realpath(port) for port in self._other_ports()}
        return address.scheme == "escpos+serial" and os.path.realpath(address.place) in others

    def _print(self, store: Store, language: str) -> None:
        address = self._printing.address
        if address is None or self._is_printing:
            return
        self._forget_test()
        self._job_id = self._new_id()
        enrolment = store.settings.enrolment()
        content = TestSlipContent(
            enrolment.name if enrolment else "", address.text, self._clock.now().astimezone()
        )
        self._printing.submit(PrintJob(self._job_id, content, language))

    def _answer(self, store: Store, operator: str, *, is_good: bool) -> None:
        address = self._printing.address
        if address is None or not self._needs_eye:
            return
        test = PrinterTest(address.text, self._clock.now(), operator, is_good)
        store.settings.put(
            _KEY,
            {"address": test.address, "at": test.at.isoformat(), "operator": operator, "is_good": is_good},
        )
        self._has_answer = True
        _log.info("printer_test", printer=address.text, is_good=is_good, operator=operator)

    def _forget_test(self) -> None:
        self._job_id, self._result = "", None
        self._has_answer = self._has_bad_address = False

    @property
    def _is_printing(self) -> bool:
        return bool(self._job_id) and self._result is None

    @property
    def _needs_eye(self) -> bool:
        result = self._result
        return result is not None and result.outcome is not PrintOutcome.FAILED and not self._has_answer

    def _state(self, store: Store) -> PrinterSetupState:
        address, last = self._printing.address, load_printer_test(store)
        return PrinterSetupState(
            "" if address is None else address.text,
            self._printing.health(),
            self._printing.choices(),
            is_printing=self._is_printing,
            result=self._result,
            needs_eye=self._needs_eye,
            has_bad_address=self._has_bad_address,
            last=last,
            last_age_s=max(0.0, (self._clock.now() - last.at).total_seconds()) if last else 0.0,
        )


def load_printer_test(store: Store) -> PrinterTest | None:
    """Return what a person said of the last test print, or None. A text that another version wrote is none.

    Raises:
        StoreError: the store could not be read.
    """
    values = store.settings.get(_KEY, None)
    if not isinstance(values, dict):
        return None
    try:
        return PrinterTest(
            str(values["address"]),
            datetime.fromisoformat(values["at"]),
            str(values["operator"]),
            bool(values["is_good"]),
        )
    except (KeyError, ValueError, TypeError):
        return None
