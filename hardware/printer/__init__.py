"""Printers: one interface, and a driver chosen by the scheme of the address.

    printer = create_printer("escpos+tcp://192.0.2.7")
    printer.health().state
    printer.print_document(raster, on_sending)

Drivers are called in a process of their own only (`hardware.printer.print_runner`): a printer can hang a program for ever.

To add a way of printing: write one file in `drivers/` with a factory, and add one line to `KINDS` (`hardware/printer/kinds.py`).
"""

from __future__ import annotations

from importlib import import_module

from hardware.printer.address import PrinterAddress, PrinterAddressError
from hardware.printer.discovery import PrinterChoice, list_printers
from hardware.printer.kinds import KINDS
from hardware.printer.printer import (
    DriverResult,
    PagePaper,
    PdfDocument,
    Printer,
    PrinterAccessError,
    PrinterHealth,
    PrinterState,
    PrintFailure,
    PrintOutcome,
    PrintResult,
    Raster,
    RollPaper,
)


def create_printer(address: PrinterAddress | str) -> Printer:
    """Create the driver of a printer, without opening it.

    Raises:
        PrinterAddressError: the address is invalid, or its printer is driven by the program with the screen.
    """
    if isinstance(address, str):
        address = PrinterAddress.parse(address)
    module, _, factory = KINDS[address.scheme].factory.partition(":")
    if not module:
        raise PrinterAddressError(f"{address.text!r} has no driver here")
    printer: Printer = getattr(import_module(module), factory)(address)
    return printer


__all__ = [
    "KINDS",
    "DriverResult",
    "PagePaper",
    "PdfDocument",
    "PrintFailure",
    "PrintOutcome",
    "PrintResult",
    "Printer",
    "PrinterAccessError",
    "PrinterAddress",
    "PrinterAddressError",
    "PrinterChoice",
    "PrinterHealth",
    "PrinterState",
    "Raster",
    "RollPaper",
    "create_printer",
    "list_printers",
]
