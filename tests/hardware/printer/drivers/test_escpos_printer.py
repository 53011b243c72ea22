import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hardware.printer import (
    DriverResult,
    PrinterAddress,
    PrinterState,
    PrintFailure,
    PrintOutcome,
    Raster,
    create_printer,
)
from hardware.printer.drivers.escpos_printer import EscposPrinter, PrinterTiming
from hardware.printer.emulators import PtyPrinter, TcpPrinter
from hardware.printer.links.tcp import TcpLink
from tests.support.printers.paper_out import length_of_job, pull_paper_at

SLIP = Raster(384, b"\xaa\x55" * 24 * 200)
QUICK = PrinterTiming(answer_s=0.3, stall_s=0.2, ask_every_s=0.1, patience_s=0, job_s=0.8)
"""For what ends without an answer."""
PATIENT = PrinterTiming(answer_s=2, stall_s=2, ask_every_s=0.1, patience_s=0, job_s=30)


@pytest.fixture(params=["tcp", "serial", "file"])
def printer(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TcpPrinter | PtyPrinter]:
    emulator = (
        TcpPrinter() if request.param == "tcp" else PtyPrinter(tmp_path / "lp", f"escpos+{request.param}")
    )
    with emulator:
        yield emulator


@pytest.fixture
def network_printer() -> Iterator[TcpPrinter]:
    with TcpPrinter() as emulator:
        yield emulator


def driver(printer: TcpPrinter, options: str = "", timing: PrinterTiming = PATIENT) -> EscposPrinter:
    address = PrinterAddress.parse(printer.address + options)
    return EscposPrinter(TcpLink(address.place, address.port), address, timing)


def send(printer: EscposPrinter) -> tuple[DriverResult, bool]:
    phases: list[str] = []
    result = printer.print_document(SLIP, lambda: phases.append("sending"))
    return result, bool(phases)


def test_a_slip_comes_out_once_over_every_link(printer: TcpPrinter | PtyPrinter) -> None:
    result = create_printer(printer.address).print_document(SLIP, lambda: None)
    assert result == DriverResult(PrintOutcome.PRINTED, None, PrinterState.READY)
    [slip] = printer.slips
    assert slip.packed(384) == SLIP.data
    assert slip.is_cut
    assert not slip.text


@pytest.mark.parametrize(
    ("fault", "state", "failure"),
    [
        ("is_cover_open", PrinterState.COVER_OPEN, PrintFailure.COVER_OPEN),
        ("is_offline", PrinterState.OFFLINE, PrintFailure.OFFLINE),
        ("has_cutter_error", PrinterState.ERROR, PrintFailure.PRINTER_ERROR),
        ("is_silent", PrinterState.SILENT, PrintFailure.NO_ANSWER),
    ],
)
def test_nothing_is_sent_to_a_printer_that_cannot_print(
    network_printer: TcpPrinter, fault: str, state: PrinterState, failure: PrintFailure
) -> None:
    setattr(network_printer, fault, True)
    assert driver(network_printer, timing=QUICK).health().state is state
    result, has_begun = send(driver(network_printer, timing=QUICK))
    assert (result.outcome, result.failure, result.is_partial) == (PrintOutcome.FAILED, failure, False)
    assert not has_begun
    assert network_printer.unfinished.is_blank


def test_a_printer_that_reports_by_itself_has_confirmed_nothing(network_printer: TcpPrinter) -> None:
    network_printer.reports_by_itself, network_printer.paper_out_at = True, 3_000
    result, _ = send(driver(network_printer))
    assert (result.outcome, result.failure) == (PrintOutcome.FAILED, PrintFailure.PAPER_OUT)
    network_printer.run(network_printer.forget_input)
    network_printer.load_paper()
    assert send(driver(network_printer))[0].outcome is PrintOutcome.PRINTED


def test_a_roll_that_is_near_its_end_prints_and_is_reported(network_printer: TcpPrinter) -> None:
    network_printer.is_near_end = True
    result, _ = send(driver(network_printer))
    assert (result.outcome, result.state) == (PrintOutcome.PRINTED, PrinterState.PAPER_LOW)


def test_garbage_is_no_state(network_printer: TcpPrinter) -> None:
    network_printer.garbage_answer = b"\xff"
    assert driver(network_printer, timing=QUICK).health().state is PrinterState.GARBLED
    assert send(driver(network_printer, timing=QUICK))[0].failure is PrintFailure.GARBLED


@pytest.mark.parametrize("at", [1, 20, 2_000, 9_000])
def test_paper_that_ends_in_the_middle_is_a_failure_that_says_so(
    network_printer: TcpPrinter, at: int
) -> None:
    network_printer.paper_out_at = at + 16  # the requests before the job
    result, has_begun = send(driver(network_printer))
    assert (result.outcome, result.failure) == (PrintOutcome.FAILED, PrintFailure.PAPER_OUT)
    assert result.is_partial == has_begun
    assert not network_printer.slips, "nothing was cut"
    network_printer.run(network_printer.forget_input)
    network_printer.load_paper()
    assert send(driver(network_printer))[0].outcome is PrintOutcome.PRINTED


def test_a_printer_that_is_full_of_bytes_and_has_no_paper_is_asked_on_a_new_link(
    network_printer: TcpPrinter,
) -> None:
    network_printer.paper_out_at, network_printer.buffer_bytes = 500, 600
    result, _ = send(driver(network_printer, timing=QUICK))
    assert result.outcome in {PrintOutcome.FAILED, PrintOutcome.UNSURE}
    assert result.is_partial


def test_a_printer_that_hangs_in_the_middle_leaves_the_outcome_open(network_printer: TcpPrinter) -> None:
    network_printer.dead_after = 4_000
    result, _ = send(driver(network_printer, timing=QUICK))
    assert result.outcome is PrintOutcome.UNSURE
    assert result.is_partial


def test_a_slow_printer_prints_all(network_printer: TcpPrinter) -> None:
    network_printer.bytes_per_turn, network_printer.answer_delay_s = 1_500, 0.02
    assert send(driver(network_printer))[0].outcome is PrintOutcome.PRINTED
    assert len(network_printer.slips) == 1


def test_a_printer_that_does_not_confirm_leaves_the_outcome_open_unless_that_is_set(
    network_printer: TcpPrinter,
) -> None:
    network_printer.confirms = False
    result, _ = send(driver(network_printer, timing=QUICK))
    assert (result.outcome, result.failure) == (PrintOutcome.UNSURE, PrintFailure.NO_ANSWER)
    result, _ = send(driver(network_printer, "?confirm=off"))
    assert (result.outcome, result.is_confirmed) == (PrintOutcome.PRINTED, False)


def test_a_printer_that_reports_nothing_prints_where_that_is_set(network_printer: TcpPrinter) -> None:
    network_printer.is_silent = True
    result, _ = send(driver(network_printer, "?status=off"))
    assert (result.outcome, result.state, result.is_confirmed) == (
        PrintOutcome.PRINTED,
        PrinterState.UNREPORTED,
        False,
    )


def test_a_printer_that_answers_the_first_request_only_is_believed(network_printer: TcpPrinter) -> None:
    network_printer.answers_per_kind = False
    assert send(driver(network_printer, timing=QUICK))[0].outcome is PrintOutcome.PRINTED


def test_a_printer_that_another_station_uses_is_waited_for(network_printer: TcpPrinter) -> None:
    network_printer.unplug()
    waiting = driver(network_printer, timing=replace(PATIENT, patience_s=20))
    plug = threading.Timer(0.3, network_printer.plug)
    plug.start()
    assert send(waiting)[0].outcome is PrintOutcome.PRINTED
    plug.join()
    assert len(network_printer.slips) == 1


def test_labels_are_fed_to_the_next_one(network_printer: TcpPrinter) -> None:
    assert send(driver(network_printer, "?cut=label&label=30"))[0].outcome is PrintOutcome.PRINTED
    assert not network_printer.slips[0].is_cut
    assert not network_printer.unknown_commands


def test_a_wrong_address_is_a_missing_printer(network_printer: TcpPrinter) -> None:
    network_printer.unplug()
    printer = driver(network_printer)
    assert printer.health().state is PrinterState.MISSING
    assert send(printer)[0].failure is PrintFailure.MISSING
    network_printer.plug()
    assert send(printer)[0].outcome is PrintOutcome.PRINTED, "it heals by itself"


@pytest.mark.parametrize(
    "address",
    ["escpos+serial:///dev/no-such-port", "escpos+file:///dev/no-such-file", "escpos+file:///etc/hostname"],
)
def test_a_device_that_is_not_there_is_missing(address: str) -> None:
    assert create_printer(address).health().state is PrinterState.MISSING


def test_a_cable_that_is_pulled_in_the_middle_leaves_the_outcome_open(tmp_path: Path) -> None:
    with PtyPrinter(tmp_path / "lp") as printer:
        device = create_printer(f"{printer.address}?timeout=3")
        result = device.print_document(SLIP, printer.unplug)
        assert (result.outcome, result.failure) == (PrintOutcome.UNSURE, PrintFailure.LOST)
        printer.plug()
        printer.forget_input()
        assert device.print_document(SLIP, lambda: None).outcome is PrintOutcome.PRINTED


@pytest.mark.parametrize("restarts", [False, True])
def test_paper_that_ends_anywhere_costs_no_slip(restarts: bool) -> None:
    for byte in range(0, length_of_job() + 1, 37):  # every byte in `packaging/run thorough`
        pull_paper_at(byte, restarts=restarts)
