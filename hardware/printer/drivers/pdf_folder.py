"""A folder that gets a PDF file for each job: for label software that watches it, and for trying a layout without a printer."""

import contextlib
import errno
import os
import re
from collections.abc import Callable
from itertools import count
from pathlib import Path

from hardware.printer.address import PrinterAddress
from hardware.printer.printer import (
    DriverResult,
    PagePaper,
    PdfDocument,
    PrinterHealth,
    PrinterState,
    PrintFailure,
    PrintOutcome,
    Raster,
    RollPaper,
)

_LONGEST_NAME = 80
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class PdfFolder:
    """Writes whole files only: a name that ends with `.pdf` is complete and on the disk."""

    def __init__(self, address: PrinterAddress) -> None:
        self._folder, self._address = Path(address.place), address

    @property
    def paper(self) -> RollPaper | PagePaper:
        """The pages."""
        return self._address.paper

    def health(self) -> PrinterHealth:
        """Look whether the folder is there and may be written to."""
        if not self._folder.is_dir():
            return PrinterHealth(PrinterState.MISSING, f"There is no folder {self._folder}.")
        if not os.access(self._folder, os.W_OK | os.X_OK):
            return PrinterHealth(PrinterState.NO_ACCESS, f"This user may not write into {self._folder}.")
        return PrinterHealth(PrinterState.UNREPORTED)

    def print_document(self, document: Raster | PdfDocument, on_sending: Callable[[], None]) -> DriverResult:
        """Write the file under a name that no other one has."""
        if not isinstance(document, PdfDocument):
            raise TypeError("a folder takes PDF only")
        health = self.health()
        if health.state is PrinterState.MISSING:
            return DriverResult(
                PrintOutcome.FAILED, PrintFailure.MISSING, health.state, message=health.message
            )
        name = re.sub(r"[^A-Za-z0-9_-]", "_", document.name)[:_LONGEST_NAME] or "document"
        partial = self._folder / f".{name}.{os.getpid()}.part"
        on_sending()
        try:
            with partial.open("xb") as file:
                file.write(document.data)
                file.flush()
                os.fsync(file.fileno())
            self._publish(partial, name)
        except OSError as error:
            with contextlib.suppress(OSError):
                partial.unlink(missing_ok=True)
            failure = PrintFailure.DISK_FULL if error.errno in _FULL else PrintFailure.NOT_WRITABLE
            reason = error.strerror or str(error)
            message = f"The file could not be written into {self._folder}: {reason}."
            return DriverResult(PrintOutcome.FAILED, failure, health.state, message=message)
        return DriverResult(PrintOutcome.PRINTED, None, PrinterState.UNREPORTED)

    def _publish(self, partial: Path, name: str) -> None:
        """Give the file its name; one of the same name stays, as a print that is repeated is another print."""
        for number in count(1):
            target = self._folder / (f"{name}.pdf" if number == 1 else f"{name}-{number}.pdf")
            try:
                target.touch(exist_ok=False)
            except FileExistsError:
                continue
            partial.replace(target)
            return
