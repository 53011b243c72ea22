import errno
import os
from pathlib import Path

import pytest

from hardware.printer import (
    DriverResult,
    PdfDocument,
    PrinterState,
    PrintFailure,
    PrintOutcome,
    create_printer,
)

PAGES = PdfDocument("badge-0198/..\n", b"%PDF-1.4 pages")


def print_into(folder: Path) -> DriverResult:
    return create_printer(f"pdf://{folder}").print_document(PAGES, lambda: None)


def test_each_print_is_a_whole_file_of_its_own_with_a_harmless_name(tmp_path: Path) -> None:
    assert [print_into(tmp_path).outcome for _ in range(3)] == [PrintOutcome.PRINTED] * 3
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "badge-0198____-2.pdf",
        "badge-0198____-3.pdf",
        "badge-0198____.pdf",
    ]
    assert {path.read_bytes() for path in tmp_path.iterdir()} == {PAGES.data}


@pytest.mark.parametrize(
    ("number", "failure"),
    [(errno.ENOSPC, PrintFailure.DISK_FULL), (errno.EACCES, PrintFailure.NOT_WRITABLE)],
)
def test_a_full_disk_leaves_no_part_of_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, failure: PrintFailure
) -> None:
    def fail(_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fail)
    result = print_into(tmp_path)
    assert (result.outcome, result.failure) == (PrintOutcome.FAILED, failure)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_a_missing_printer(tmp_path: Path) -> None:
    printer = create_printer(f"pdf://{tmp_path}/none")
    assert printer.health().state is PrinterState.MISSING
    assert print_into(tmp_path / "none").failure is PrintFailure.MISSING
