"""Printers of the system, through Qt's own print support: `qt://NAME`, also on Windows and macOS.

Qt gives the pages to the system and does not learn what becomes of them, so nothing is confirmed.
"""

from collections.abc import Callable

from PySide6.QtCore import QMarginsF, QSizeF
from PySide6.QtGui import QPageLayout, QPageSize, QPainter
from PySide6.QtPrintSupport import QPrinter, QPrinterInfo

from hardware.printer import (
    DriverResult,
    PagePaper,
    PrinterAddress,
    PrinterHealth,
    PrinterState,
    PrintFailure,
    PrintOutcome,
)
from kiosk_app.core.printing.contents import PrintJob
from kiosk_app.ui.printouts.render import draw_page

SCHEME = "qt"


def ask_system_printer(address: PrinterAddress) -> PrinterHealth:
    """Return whether the system has the printer; its state where it says so."""
    info = QPrinterInfo.printerInfo(address.place)
    if info.isNull():
        names = ", ".join(QPrinterInfo.availablePrinterNames()) or "none"
        return PrinterHealth(
            PrinterState.MISSING, f"The system has no printer {address.place}; it has: {names}."
        )
    if info.state() in {QPrinter.PrinterState.Error, QPrinter.PrinterState.Aborted}:
        return PrinterHealth(PrinterState.OFFLINE, "The system has stopped this printer.")
    return PrinterHealth(PrinterState.UNREPORTED)


def print_on_system_printer(
    address: PrinterAddress, job: PrintJob, on_sending: Callable[[], None]
) -> DriverResult:
    """Draw a job onto the pages of a printer."""
    health, paper = ask_system_printer(address), address.paper
    if not health.state.can_print:
        failure = PrintFailure.MISSING if health.state is PrinterState.MISSING else PrintFailure.OFFLINE
        return DriverResult(PrintOutcome.FAILED, failure, health.state, message=health.message)
    if not isinstance(paper, PagePaper):
        raise TypeError("a printer of the system has pages")
    printer = QPrinter(QPrinterInfo.printerInfo(address.place), QPrinter.PrinterMode.HighResolution)
    return print_pages(printer, paper, job, on_sending)


def print_pages(
    printer: QPrinter, paper: PagePaper, job: PrintJob, on_sending: Callable[[], None]
) -> DriverResult:
    """Draw a job onto the pages of an open printer."""
    printer.setDocName(f"{job.content.kind}")
    printer.setFullPage(True)
    size = QPageSize(QSizeF(paper.width_mm, paper.height_mm), QPageSize.Unit.Millimeter)
    printer.setPageLayout(QPageLayout(size, QPageLayout.Orientation.Portrait, QMarginsF(0, 0, 0, 0)))
    on_sending()
    painter = QPainter()
    if not painter.begin(printer):
        return DriverResult(
            PrintOutcome.FAILED,
            PrintFailure.NOT_ACCEPTED,
            PrinterState.UNREPORTED,
            message="The system refused the job.",
        )
    draw_page(painter, printer.pageLayout().fullRectPixels(printer.resolution()), printer.resolution(), job)
    is_accepted = painter.end() and printer.printerState() is not QPrinter.PrinterState.Error
    if not is_accepted:
        message = "The system could not print the job."
        return DriverResult(
            PrintOutcome.UNSURE,
            PrintFailure.NOT_ACCEPTED,
            PrinterState.UNREPORTED,
            is_partial=True,
            message=message,
        )
    return DriverResult(PrintOutcome.PRINTED, None, PrinterState.UNREPORTED, is_confirmed=False)
