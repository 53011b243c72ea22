"""Pages by Qt's print support: into a file, as no machine that tests has a printer."""

from pathlib import Path

from PySide6.QtPrintSupport import QPrinter
from pytestqt.qtbot import QtBot

from hardware.printer import PagePaper, PrinterAddress, PrinterState, PrintFailure, PrintOutcome
from kiosk_app.core.printing.contents import BadgeContent, PrintJob
from kiosk_app.ui.printouts.system_printer import ask_system_printer, print_on_system_printer, print_pages

JOB = PrintJob("job-1", BadgeContent("Ada Lovelace", "Speaker", "Conference", "DW1.CODE"))


def test_pages_of_the_papers_size_are_drawn_once(qtbot: QtBot, tmp_path: Path) -> None:
    printer = QPrinter()
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "badge.pdf"))
    phases: list[str] = []
    result = print_pages(printer, PagePaper(85.6, 54), JOB, lambda: phases.append("sending"))
    assert (result.outcome, result.is_confirmed, phases) == (PrintOutcome.PRINTED, False, ["sending"])
    data = (tmp_path / "badge.pdf").read_bytes()
    assert b"/MediaBox [0 0 243" in data, "85.6 mm in points"
    assert data.count(b"/Type /Page\n") == 1


def test_a_printer_that_refuses_the_job_is_a_failure(qtbot: QtBot, tmp_path: Path) -> None:
    printer = QPrinter()
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "no-such-folder" / "badge.pdf"))
    result = print_pages(printer, PagePaper(85.6, 54), JOB, lambda: None)
    assert (result.outcome, result.failure) == (PrintOutcome.FAILED, PrintFailure.NOT_ACCEPTED)


def test_a_name_that_the_system_does_not_have_is_a_missing_printer(qtbot: QtBot) -> None:
    address = PrinterAddress.parse("qt://No%20such%20printer")
    assert ask_system_printer(address).state is PrinterState.MISSING
    assert print_on_system_printer(address, JOB, lambda: None).failure is PrintFailure.MISSING
