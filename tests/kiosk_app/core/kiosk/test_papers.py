"""The printer of a kiosk, in a visitor's words."""

import pytest

from hardware.printer import PrinterHealth, PrinterState, PrintFailure, PrintOutcome, PrintResult
from hub_sync.client.store import RosterParticipant
from hub_sync.contract.enums import ParticipantStatus
from kiosk_app.core.kiosk.papers import badge_job, paper_status, paper_update
from kiosk_app.core.printing.contents import BadgeContent, PrintJob
from kiosk_app.kiosk_messages import KioskOptions, PaperFault, PaperStatus, PrintStage


class Printer:
    """A printer in one state."""

    has_printer = True

    def __init__(self, state: PrinterState) -> None:
        self.state = state

    def health(self) -> PrinterHealth:
        return PrinterHealth(self.state)

    def submit(self, job: PrintJob) -> None:
        raise AssertionError(job)

    def forget(self, job_id: str) -> None:
        raise AssertionError(job_id)


@pytest.mark.parametrize("state", PrinterState)
def test_each_state_of_a_printer_is_fine_low_or_a_fault(state: PrinterState) -> None:
    status = paper_status(Printer(state), KioskOptions())
    is_fine = state in (
        PrinterState.READY,
        PrinterState.PAPER_LOW,
        PrinterState.UNREPORTED,
        PrinterState.UNKNOWN,
    )
    assert (status.fault is None) is is_fine
    assert status.is_low is (state is PrinterState.PAPER_LOW)


def test_without_a_printer_nothing_is_printed() -> None:
    assert paper_status(None, KioskOptions()) == PaperStatus()


def test_a_print_that_may_have_come_out_is_told_as_such() -> None:
    for outcome, stage in (
        (PrintOutcome.PRINTED, PrintStage.PRINTED),
        (PrintOutcome.UNSURE, PrintStage.UNSURE),
        (PrintOutcome.FAILED, PrintStage.FAILED),
    ):
        assert paper_update("j", PrintResult("j", outcome, PrintFailure.PAPER_OUT)).stage is stage
    assert paper_update("j", None).stage is PrintStage.PRINTING
    failed = PrintResult("j", PrintOutcome.FAILED, PrintFailure.DISK_FULL)
    assert paper_update("j", failed).fault is PaperFault.FAILED


def test_a_badge_has_no_ticket_that_could_open_a_door() -> None:
    person = RosterParticipant("p1", "Ada", "Lovelace", "REG-1", ParticipantStatus.APPROVED, "vip", "")
    content = badge_job(person, "Assembly", "en").content
    assert content == BadgeContent("Ada Lovelace", "vip", "Assembly")
