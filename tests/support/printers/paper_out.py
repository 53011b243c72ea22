"""The trial of paper that ends at one byte of a slip."""

from hardware.printer import DriverResult, PrinterAddress, PrintFailure, PrintOutcome, Raster
from hardware.printer.drivers.escpos_printer import EscposPrinter, PrinterTiming
from hardware.printer.emulators import ReceiptPrinter
from tests.support.printers.printer_link import DirectLink

WIDTH = 128
PICTURE = Raster(WIDTH, bytes((row * 7 + column) % 256 for row in range(60) for column in range(WIDTH // 8)))
TIMING = PrinterTiming(answer_s=1, stall_s=1, ask_every_s=0.0, patience_s=0, job_s=30)


def length_of_job() -> int:
    """Return the number of bytes that a printer executes for the slip, requests among them."""
    printer = ReceiptPrinter()
    assert _print(printer).outcome is PrintOutcome.PRINTED
    return printer.executed


def pull_paper_at(byte: int, *, restarts: bool) -> None:
    """Pull the paper at one byte; then put a roll in and print again.

    Args:
        byte: the number of bytes that are executed before.
        restarts: the printer is switched off and on, so it forgets what it had not printed.

    Raises:
        AssertionError: the outcome is not the truth, or the repeated slip is not whole.
    """
    printer = ReceiptPrinter()
    printer.paper_out_at = byte
    phases: list[str] = []
    result = _print(printer, phases)
    if printer.slips:  # the paper ended after the cut
        assert result.outcome in {PrintOutcome.PRINTED, PrintOutcome.FAILED}, byte
    else:
        assert (result.outcome, result.failure) == (PrintOutcome.FAILED, PrintFailure.PAPER_OUT), byte
    if result.outcome is PrintOutcome.FAILED:
        assert result.is_partial == bool(phases), byte
    if restarts:
        printer.forget_input()
    printer.load_paper()
    assert _print(printer).outcome is PrintOutcome.PRINTED, byte
    assert printer.slips[-1].packed(WIDTH).endswith(PICTURE.data), byte
    assert not any(slip.text for slip in printer.slips), byte
    assert not printer.unknown_commands, byte


def _print(printer: ReceiptPrinter, phases: list[str] | None = None) -> DriverResult:
    driver = EscposPrinter(
        DirectLink(printer), PrinterAddress.parse(f"escpos+tcp://printer?width={WIDTH}"), TIMING
    )
    return driver.print_document(PICTURE, lambda: (phases if phases is not None else []).append("sending"))
