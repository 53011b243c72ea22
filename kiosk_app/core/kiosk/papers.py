"""The printouts of a kiosk: a badge for somebody who was checked in, a slip for a number. Printing has a process of its own."""

from typing import Protocol

from hardware.printer import PrinterHealth, PrinterState, PrintFailure, PrintOutcome, PrintResult
from hub_sync.client.store import RosterParticipant
from kiosk_app.core.printing.contents import BadgeContent, PrintJob
from kiosk_app.kiosk_messages import KioskOptions, PaperFault, PaperStatus, PaperUpdate, PrintStage

_SLIP, _BADGE = "slip-", "badge-"
_FAULTS = {
    PrinterState.PAPER_OUT: PaperFault.NO_PAPER,
    PrinterState.COVER_OPEN: PaperFault.COVER_OPEN,
    PrinterState.OFFLINE: PaperFault.NOT_ANSWERING,
    PrinterState.MISSING: PaperFault.NOT_ANSWERING,
    PrinterState.SILENT: PaperFault.NOT_ANSWERING,
    PrinterState.GARBLED: PaperFault.NOT_ANSWERING,
    PrinterState.HUNG: PaperFault.NOT_ANSWERING,
    PrinterState.NO_ACCESS: PaperFault.FAILED,
    PrinterState.ERROR: PaperFault.FAILED,
}
_FAILURES = {
    PrintFailure.PAPER_OUT: PaperFault.NO_PAPER,
    PrintFailure.COVER_OPEN: PaperFault.COVER_OPEN,
    PrintFailure.OFFLINE: PaperFault.NOT_ANSWERING,
    PrintFailure.MISSING: PaperFault.NOT_ANSWERING,
    PrintFailure.NO_ANSWER: PaperFault.NOT_ANSWERING,
    PrintFailure.HUNG: PaperFault.NOT_ANSWERING,
    PrintFailure.LOST: PaperFault.NOT_ANSWERING,
}


class KioskPrinter(Protocol):
    """The interface of a printer to a kiosk: `core.printing.service.PrintService` is one. No call waits for the printer."""

    @property
    def has_printer(self) -> bool:
        """True if this machine has a printer, whatever its state."""
        ...

    def health(self) -> PrinterHealth:
        """Return the printer's state as it was asked for last."""
        ...

    def submit(self, job: PrintJob) -> None:
        """Print a job; its stages are published."""
        ...

    def forget(self, job_id: str) -> None:
        """Forget the content of a job."""
        ...


def paper_status(printer: KioskPrinter | None, options: KioskOptions) -> PaperStatus:
    """Return what a kiosk prints, and what is wrong with its printer."""
    if printer is None or not printer.has_printer:
        return PaperStatus()
    state = printer.health().state
    return PaperStatus(
        options.print_slips, options.print_badges, _FAULTS.get(state), is_low=state is PrinterState.PAPER_LOW
    )


def paper_update(job_id: str, result: PrintResult | None) -> PaperUpdate:
    """Return the stage of a print as the visitor reads it."""
    if result is None:
        return PaperUpdate(job_id, PrintStage.PRINTING)
    if result.outcome is PrintOutcome.PRINTED:
        return PaperUpdate(job_id, PrintStage.PRINTED)
    stage = PrintStage.UNSURE if result.outcome is PrintOutcome.UNSURE else PrintStage.FAILED
    fault = _FAILURES.get(result.failure, PaperFault.FAILED) if result.failure else PaperFault.FAILED
    return PaperUpdate(job_id, stage, fault)


def slip_id(ticket_id: str) -> str:
    """Return the id of the print of a number's slip: a reprint is the same job, so that none is printed twice at once."""
    return f"{_SLIP}{ticket_id}"


def badge_id(participant_id: str) -> str:
    """Return the id of the print of a person's badge."""
    return f"{_BADGE}{participant_id}"


def badge_job(person: RosterParticipant, event_name: str, language: str) -> PrintJob:
    """Return the print of a badge. It has no ticket on it: a badge that is lost opens no door."""
    return PrintJob(badge_id(person.id), BadgeContent(person.name, person.category, event_name), language)
