"""A printer of CUPS, with small programs in the place of its commands."""

import os
from pathlib import Path

import pytest

from hardware.printer import (
    DriverResult,
    PdfDocument,
    PrinterAddress,
    PrinterHealth,
    PrinterState,
    PrintFailure,
    PrintOutcome,
    create_printer,
)
from hardware.printer.drivers.cups_printer import CupsPrinter

PAGES = PdfDocument("badge-1", b"%PDF-1.4")
IDLE = "printer Office is idle.  enabled since Sun Nov 29 12:00:00 2026"


class FakeCups:
    """Commands that answer with the contents of files, and note what they got."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.job_s = folder, 20.0
        self.answer(printer=IDLE)
        for name, script in {
            "lpstat": 'case "$1" in -l) cat "$0.printer"; exit "$(cat "$0.code")";; *) cat "$0.jobs";; esac',
            "lp": 'echo "$@" >> "$0.calls"; cat > "$0.data"; cat "$0.answer"',
            "cancel": 'echo "$@" >> "$0.calls"',
        }.items():
            (folder / name).write_text(f"#!/bin/sh\n{script}\n")
            (folder / name).chmod(0o755)

    def answer(
        self,
        printer: str = IDLE,
        code: int = 0,
        jobs: str = "",
        lp: str = "request id is Office-12 (1 file(s))",
    ) -> None:
        (self.folder / "lpstat.printer").write_text(printer)
        (self.folder / "lpstat.code").write_text(str(code))
        (self.folder / "lpstat.jobs").write_text(jobs)
        (self.folder / "lp.answer").write_text(lp)

    def calls(self, command: str) -> str:
        path = self.folder / f"{command}.calls"
        return path.read_text() if path.exists() else ""

    def health(self) -> PrinterHealth:
        return create_printer("cups://Office?page=card").health()

    def print(self) -> DriverResult:
        address = PrinterAddress.parse("cups://Office?page=card")
        return CupsPrinter(address, self.job_s).print_document(PAGES, lambda: None)


@pytest.fixture
def cups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeCups:
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/usr/bin:/bin")
    return FakeCups(tmp_path)


def test_pages_are_given_to_the_queue_with_their_size(cups: FakeCups) -> None:
    assert cups.print() == DriverResult(PrintOutcome.PRINTED, None, PrinterState.READY)
    assert cups.calls("lp") == "-d Office -t badge-1 -o media=Custom.85.6x54mm -\n"
    assert (cups.folder / "lp.data").read_bytes() == PAGES.data


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (f"{IDLE}\n\tAlerts: media-empty-error, media-needed", PrinterState.PAPER_OUT),
        (f"{IDLE}\n\tAlerts: cover-open", PrinterState.COVER_OPEN),
        (f"{IDLE}\n\tAlerts: media-low-report", PrinterState.PAPER_LOW),
        (f"{IDLE}\n\tAlerts: fuser-over-temp-error", PrinterState.ERROR),
        ("printer Office disabled since Sun Nov 29 12:00:00 2026 -\n\treason unknown", PrinterState.OFFLINE),
        ("printer Office now printing Office-11.  enabled since ...", PrinterState.READY),
    ],
)
def test_the_state_is_that_of_the_queue_and_its_alerts(
    cups: FakeCups, answer: str, state: PrinterState
) -> None:
    cups.answer(answer)
    assert cups.health().state is state


def test_a_queue_that_is_not_there_is_a_missing_printer(cups: FakeCups) -> None:
    cups.answer("", code=1)
    assert cups.health().state is PrinterState.MISSING
    assert cups.print().failure is PrintFailure.MISSING
    assert not cups.calls("lp")


def test_a_system_without_cups_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    health = create_printer("cups://Office").health()
    assert health.state is PrinterState.MISSING
    assert "no CUPS" in health.message


def test_a_job_that_does_not_come_out_in_time_is_cancelled(cups: FakeCups) -> None:
    cups.job_s = 0.5
    cups.answer(jobs="Office-12   ada   1024   Sun Nov 29 12:00:00 2026")
    result = cups.print()
    assert (result.outcome, result.failure) == (PrintOutcome.UNSURE, PrintFailure.STALLED)
    assert cups.calls("cancel") == "Office-12\n"


def test_a_job_that_is_refused_is_a_failure(cups: FakeCups) -> None:
    cups.answer(lp="")
    assert cups.print().failure is PrintFailure.NOT_ACCEPTED
