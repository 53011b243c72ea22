"""Printers: one interface, and a driver chosen by the scheme of the address.

    printer = create_printer("escpos+tcp://192.0.2.7")
    printer.health().state
    printer.print_document(raster, on_sending)

Drivers are called in a process of their own only (`hardware.printer.print_runner`): a printer can hang a program for ever.

To add a way of printing: write one file with a factory, add its scheme to `address`, and one line to `DRIVERS`.
"""

from __future__ import annotations

from collections.abc import Callable

from hardware.printer.address import PrinterAddress, PrinterAddressError
from hardware.printer.discovery import PrinterChoice, list_printers
from hardware.printer.drivers.cups_printer import CupsPrinter
from hardware.printer.drivers.escpos_printer import EscposPrinter
from hardware.printer.drivers.pdf_folder import PdfFolder
from hardware.printer.links.device_file import DeviceFileLink
from hardware.printer.links.tcp import TcpLink
from hardware.printer.links.usb import UsbLink
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


def _serial_printer(address: PrinterAddress) -> Printer:
    from hardware.printer.links.serial_line import SerialLink  # noqa: PLC0415 -- only where there is one

    link = SerialLink(address.place, address.integer("baud", 19200), address.choice("flow"))
    return EscposPrinter(link, address)


def _usb_printer(address: PrinterAddress) -> Printer:
    if address.usb is None:
        raise PrinterAddressError(f"{address.text!r} names no USB device")
    return EscposPrinter(UsbLink(address.usb, address.place), address)


DRIVERS: dict[str, Callable[[PrinterAddress], Printer]] = {
    "cups": CupsPrinter,
    "escpos+file": lambda address: EscposPrinter(DeviceFileLink(address.place), address),
    "escpos+serial": _serial_printer,
    "escpos+tcp": lambda address: EscposPrinter(TcpLink(address.place, address.port), address),
    "escpos+usb": _usb_printer,
    "pdf": PdfFolder,
}


def create_printer(address: PrinterAddress | str) -> Printer:
    """Create the driver of a printer, without opening it.

    Raises:
        PrinterAddressError: the address is invalid.
    """
    if isinstance(address, str):
        address = PrinterAddress.parse(address)
    factory = DRIVERS.get(address.scheme)
    if factory is None:
        raise PrinterAddressError(f"{address.text!r} has no driver here")
    return factory(address)


__all__ = [
    "DRIVERS",
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
