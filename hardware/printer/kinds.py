"""The kinds of printers, by the scheme of their address. To add one: one file in `drivers/` with a factory, and one line in `KINDS`.

A factory gets the parsed address and returns a `Printer`. It is loaded when it is used, as most stations have one printer.
"""

from dataclasses import dataclass

_ALL = frozenset({"timeout"})
_ROLL = _ALL | {"width", "dpi", "cut", "status", "confirm", "label"}
_PAGE = _ALL | {"page"}
_ESCPOS = "hardware.printer.drivers.escpos_printer"


@dataclass(frozen=True, slots=True)
class PrinterKind:
    """A way of printing: "module:factory" (empty: the program with the screen does it), its options, and if it has a roll."""

    factory: str
    options: frozenset[str] = _PAGE
    is_roll: bool = False


KINDS: dict[str, PrinterKind] = {
    "cups": PrinterKind("hardware.printer.drivers.cups_printer:CupsPrinter"),
    "escpos+file": PrinterKind(f"{_ESCPOS}:on_device_file", _ROLL, is_roll=True),
    "escpos+serial": PrinterKind(f"{_ESCPOS}:on_serial_line", _ROLL | {"baud", "flow"}, is_roll=True),
    "escpos+tcp": PrinterKind(f"{_ESCPOS}:on_network", _ROLL, is_roll=True),
    "escpos+usb": PrinterKind(f"{_ESCPOS}:on_usb", _ROLL, is_roll=True),
    "pdf": PrinterKind("hardware.printer.drivers.pdf_folder:PdfFolder"),
    "qt": PrinterKind(""),
}
