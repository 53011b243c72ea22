"""Real processes that draw a job and print it on an emulated printer."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from hardware.codes import CodeReader
from hardware.printer import (
    PrinterAddress,
    PrinterState,
    PrintFailure,
    PrintOutcome,
    PrintResult,
)
from hardware.printer.emulators import PtyPrinter, TcpPrinter
from hardware.printer.print_runner import PrintRunner
from kiosk_app.core.printing.contents import PrintJob, SlipContent, dump_job
from kiosk_app.core.printing.service import PRINT_COMMAND

URL = "https://hub.example.org/q/8fK2mQx71LwzPoA9dTyb"
AT = datetime(2026, 11, 29, 14, 5, tzinfo=UTC)


@pytest.fixture
def printer() -> Iterator[TcpPrinter]:
    with TcpPrinter() as emulator:
        yield emulator


def print_slip(address: str, queue_name: str = "Registration", language: str = "en") -> PrintResult:
    job = PrintJob("job-1", SlipContent("A017", queue_name, AT, "Conference", (5, 10), 3, URL), language)
    return PrintRunner(PRINT_COMMAND).print_job(job.id, PrinterAddress.parse(address), dump_job(job))


def test_the_slip_that_comes_out_has_the_address_of_the_status_page(printer: TcpPrinter) -> None:
    result = print_slip(printer.address)
    assert (result.outcome, result.state) == (PrintOutcome.PRINTED, PrinterState.READY)
    [slip] = printer.slips
    picture = slip.picture()
    assert picture.shape[1] == 576
    assert CodeReader().read(picture).texts == (URL,)


def test_letters_that_are_commands_of_printers_reach_none(printer: TcpPrinter) -> None:
    result = print_slip(printer.address, "Desk \x1b@\x1dV\x00 \x10\x14\x01\x02\x05 \x1bp0 \u202egnp.\n", "ar")
    assert result.outcome is PrintOutcome.PRINTED
    [slip] = printer.slips
    assert not slip.text
    assert not printer.unknown_commands
    assert b"\x10\x14" not in printer.received


def test_a_serial_printer_that_takes_nothing_is_no_hang(tmp_path: Path) -> None:
    with PtyPrinter(tmp_path / "lp") as silent:
        silent.is_silent = True
        result = print_slip(f"{silent.address}?timeout=3")
    assert (result.outcome, result.failure) == (PrintOutcome.FAILED, PrintFailure.NO_ANSWER)


def test_the_state_is_asked_for_without_drawing(printer: TcpPrinter) -> None:
    printer.is_cover_open = True
    health = PrintRunner(PRINT_COMMAND).ask_health(PrinterAddress.parse(printer.address))
    assert health.state is PrinterState.COVER_OPEN


def test_black_and_white_are_what_was_drawn(printer: TcpPrinter) -> None:
    print_slip(printer.address)
    share = float(np.mean(printer.slips[0].picture() == 0))
    assert 0.03 < share < 0.4
