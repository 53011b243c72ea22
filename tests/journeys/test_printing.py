"""The station's printer from end to end: real processes draw and print, the printer is emulated."""

from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np

from hardware.printer import PrinterAddress, PrinterState, PrintFailure, PrintOutcome, PrintResult
from hardware.printer.emulators import TcpPrinter
from kiosk_app.core.printing.contents import PrintJob, SlipContent
from kiosk_app.core.printing.service import PrintService
from kiosk_app.messages import PrinterReport, PrintUpdate
from tests.support.waiting import eventually

AT = datetime(2026, 11, 29, 14, 5, tzinfo=UTC)
SLIP = PrintJob("ticket-17", SlipContent("A017", "تسجيل الدخول", AT, "มหกรรม 東京", (5, 10), 3), "ar")


def test_a_roll_that_ends_in_a_slip_costs_no_number_and_the_repeated_slip_is_the_same() -> None:
    messages: list[PrintUpdate | PrinterReport] = []
    with TcpPrinter() as printer:
        address = PrinterAddress.parse(f"{printer.address}?timeout=3&width=384")
        service = PrintService(address, messages.append)
        service.start()
        print_job = _printing(service, messages)

        assert print_job(SLIP).outcome is PrintOutcome.PRINTED
        reference = printer.slips[0].picture()

        printer.paper_out_at = printer.executed + 9_000
        failed = print_job(SLIP)
        assert (failed.outcome, failed.failure, failed.is_partial) == (
            PrintOutcome.FAILED,
            PrintFailure.PAPER_OUT,
            True,
        )
        assert service.health().state is PrinterState.PAPER_OUT
        assert len(printer.slips) == 1, "nothing is printed again by itself"

        printer.run(printer.forget_input)
        printer.load_paper()
        assert service.print_again(SLIP.id)
        eventually(lambda: _results(messages)[-1].outcome is PrintOutcome.PRINTED, within_s=30)
        repeated = printer.slips[1].picture()
        assert np.array_equal(repeated[-len(reference) :], reference), "the same slip"

        service.stop()


def _results(messages: list[PrintUpdate | PrinterReport]) -> list[PrintResult]:
    return [
        message.result
        for message in messages
        if isinstance(message, PrintUpdate) and message.result is not None
    ]


def _printing(
    service: PrintService, messages: list[PrintUpdate | PrinterReport]
) -> Callable[[PrintJob], PrintResult]:
    def print_job(job: PrintJob) -> PrintResult:
        before = len(_results(messages))
        service.submit(job)
        eventually(lambda: len(_results(messages)) > before, within_s=60)
        return _results(messages)[-1]

    return print_job
