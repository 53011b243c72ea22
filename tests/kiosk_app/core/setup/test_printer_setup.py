from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from hardware.printer import (
    PrinterAddress,
    PrinterChoice,
    PrinterHealth,
    PrinterState,
    PrintFailure,
    PrintOutcome,
    PrintResult,
)
from hub_sync.client.store import Store
from hub_sync.contract.clock import ManualClock
from kiosk_app.core.printing.contents import PrintJob, TestSlipContent
from kiosk_app.core.setup.printer_choice import load_printer
from kiosk_app.core.setup.printer_setup import PrinterSetup, load_printer_test
from kiosk_app.messages import (
    AnswerPrint,
    PrinterSetupState,
    PrintTest,
    PrintUpdate,
    ShowPrinter,
    UsePrinter,
)
from tests.support.builders.station import NOON, build_station_store

NETWORK = "escpos+tcp://192.0.2.7"


class FakePrinting:
    """Notes what is submitted."""

    def __init__(self) -> None:
        self.address: PrinterAddress | None = None
        self.jobs: list[PrintJob] = []
        self.searches: list[tuple[str, ...]] = []

    def health(self) -> PrinterHealth:
        return PrinterHealth(PrinterState.READY)

    def choices(self) -> tuple[PrinterChoice, ...] | None:
        return () if self.searches else None

    def search(self, other_ports: tuple[str, ...]) -> None:
        self.searches.append(other_ports)

    def refresh(self) -> None:
        pass

    def use(self, address: PrinterAddress | None) -> None:
        self.address = address

    def submit(self, job: PrintJob) -> None:
        self.jobs.append(job)


class Here:
    """A set-up over a real store."""

    def __init__(self, store: Store) -> None:
        self.store, self.printing, self.clock = store, FakePrinting(), ManualClock(NOON)
        ids = iter(f"job-{number}" for number in range(100))
        self.setup = PrinterSetup(
            self.printing, clock=self.clock, new_id=lambda: next(ids), other_ports=lambda: ("/dev/ttyUSB0",)
        )

    def do(self, *commands: ShowPrinter | UsePrinter | PrintTest | AnswerPrint) -> PrinterSetupState:
        return [self.setup.execute(self.store, command) for command in commands][-1]

    def finish(self, outcome: PrintOutcome, failure: PrintFailure | None = None) -> PrinterSetupState:
        result = PrintResult(self.printing.jobs[-1].id, outcome, failure)
        self.setup.observe(PrintUpdate(result.job_id, result))
        return self.do(ShowPrinter())


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Here]:
    with build_station_store(tmp_path) as store:
        yield Here(store)


def test_a_test_print_is_looked_at_by_a_person_whose_answer_is_stored(here: Here) -> None:
    state = here.do(UsePrinter(NETWORK), PrintTest("de"))
    assert state.is_printing
    [job] = here.printing.jobs
    assert job.language == "de"
    assert isinstance(job.content, TestSlipContent)
    state = here.finish(PrintOutcome.PRINTED)
    assert state.needs_eye
    state = here.do(AnswerPrint(is_good=True, operator="Mara"))
    assert not state.needs_eye
    last = load_printer_test(here.store)
    assert last is not None
    assert (last.address, last.operator, last.is_good, last.at) == (NETWORK, "Mara", True, NOON)


def test_a_print_that_failed_is_not_asked_about(here: Here) -> None:
    here.do(UsePrinter(NETWORK), PrintTest())
    state = here.finish(PrintOutcome.FAILED, PrintFailure.PAPER_OUT)
    assert not state.needs_eye
    assert state.result is not None
    assert here.do(AnswerPrint(is_good=True)).last is None


def test_one_test_is_printed_at_a_time(here: Here) -> None:
    here.do(UsePrinter(NETWORK), PrintTest(), PrintTest())
    assert len(here.printing.jobs) == 1


def test_the_choice_is_used_at_once_and_kept_for_the_next_start(here: Here) -> None:
    assert here.do(UsePrinter(NETWORK)).address == NETWORK
    assert load_printer(here.store, "") == NETWORK
    assert here.do(UsePrinter("")).address == ""
    assert load_printer(here.store, "pdf:///default") == ""


def test_an_address_that_is_none_changes_nothing_and_says_so(here: Here) -> None:
    here.do(UsePrinter(NETWORK))
    state = here.do(UsePrinter("escpos+tcp://nonsense\x1b:x"))
    assert state.has_bad_address
    assert (state.address, load_printer(here.store, "")) == (NETWORK, NETWORK)


def test_the_port_of_the_relay_board_is_no_printers(here: Here) -> None:
    state = here.do(UsePrinter("escpos+serial:///dev/ttyUSB0"))
    assert state.has_bad_address
    assert here.printing.address is None
    assert not here.do(UsePrinter("escpos+serial:///dev/ttyUSB1")).has_bad_address


def test_printers_are_searched_for_now_and_then_apart_from_other_ports(here: Here) -> None:
    here.do(ShowPrinter(), ShowPrinter())
    assert here.printing.searches == [("/dev/ttyUSB0",)]
    here.clock.advance(timedelta(seconds=10))
    here.do(ShowPrinter())
    assert len(here.printing.searches) == 2
