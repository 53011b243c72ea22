"""Real processes that draw a job and print it on an emulated printer."""

from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np
import pytest

from hardware.codes import CodeReader
from hardware.printer import (
    PrinterAddress,
    PrinterState,
    PrintOutcome,
    PrintResult,
)
from hardware.printer.emulators import TcpPrinter
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
    assert 560 < picture.shape[1] <= 576
    assert CodeReader().read(picture).texts == (URL,)
    assert 0.03 < float(np.mean(picture == 0)) < 0.4


def test_letters_that_are_commands_of_printers_reach_none(printer: TcpPrinter) -> None:
    result = print_slip(printer.address, "Desk \x1b@\x1dV\x00 \x10\x14\x01\x02\x05 \x1bp0 \u202egnp.\n", "ar")
    assert result.outcome is PrintOutcome.PRINTED
    [slip] = printer.slips
    assert not slip.text
    assert not printer.unknown_commands
    assert b"\x10\x14" not in printer.received


def test_the_state_is_asked_for_without_drawing(printer: TcpPrinter) -> None:
    printer.is_cover_open = True
    health = PrintRunner(PRINT_COMMAND).ask_health(PrinterAddress.parse(printer.address))
    assert health.state is PrinterState.COVER_OPEN
