"""Emulated receipt printers over TCP and over a pty, for tests and the demo.

    with TcpPrinter() as printer:
        result = create_printer(printer.address).print_document(raster, lambda: None)
        printer.slips[0].picture()

What they print can be looked at, and what goes wrong with real ones can be set at any time.
"""

from hardware.printer.emulators.paper import PrintedSlip
from hardware.printer.emulators.receipt_printer import ReceiptPrinter
from hardware.printer.emulators.transports import PtyPrinter, TcpPrinter

__all__ = ["PrintedSlip", "PtyPrinter", "ReceiptPrinter", "TcpPrinter"]
