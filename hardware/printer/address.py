"""Addresses of printers: how a printer is reached, and what it is like.

    escpos+tcp://192.0.2.7:9100                    a receipt printer on the network; the port may be left out
    escpos+serial:///dev/ttyUSB0?baud=19200        one on a serial line
    escpos+usb://04b8:0202                         one on USB, by vendor and product (`lsusb`); /SERIAL after it where there are two
    escpos+file:///dev/usb/lp0                     one that the kernel made a device file of
    pdf:///var/spool/badges?page=a6                a folder that gets a PDF file for each job
    cups://Office                                  a printer of CUPS, by its queue's name (`lpstat -e`)
    qt://Brother%20QL-820                          a printer of the system, by its name (also Windows and macOS)

Options of receipt printers: `width` in dots (576 for 80 mm, 384 for 58 mm), `dpi` (203), `cut` (partial, full, none, or label: feed to the
next label), `label` (the height of labels in mm), `status` (off: it reports nothing), `confirm` (off: it reports its state, and not when
it is done). Of pages: `page` (a6, a5, a4, card, or
WIDTHxHEIGHT in mm). Of a serial line: `baud`, `flow` (none, rtscts, xonxoff). Of all: `timeout` in seconds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from hardware.printer.kinds import KINDS
from hardware.printer.printer import PagePaper, RollPaper

DEFAULT_PORT, DEFAULT_BAUD, DEFAULT_WIDTH, DEFAULT_DPI, DEFAULT_TIMEOUT_S = 9100, 19200, 576, 203, 20
PAGES = {"a4": (210, 297), "a5": (148, 210), "a6": (105, 148), "card": (85.6, 54)}
"""Page sizes by name, in millimetres. `card` is that of bank cards (ISO/IEC 7810 ID-1)."""
_SMALLEST_MM, _LARGEST_MM = 40, 420
_MM_PER_INCH, _BITS_PER_BYTE = 25.4, 10
_LONG_SLIP_BYTES = 60_000
_CHOICES = {
    "cut": ("partial", "full", "none", "label"),
    "status": ("on", "off"),
    "confirm": ("on", "off"),
    "flow": ("none", "rtscts", "xonxoff"),
}
_RANGES = {
    "width": (128, 1664),
    "dpi": (100, 600),
    "timeout": (3, 600),
    "baud": (1200, 921_600),
    "label": (10, 300),
}
_USB = re.compile(r"([0-9a-fA-F]{4}):([0-9a-fA-F]{4})(?:/(.+))?")
_SIZE = re.compile(r"(\d{2,3}(?:\.\d)?)x(\d{2,3}(?:\.\d)?)")
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+(?:%[A-Za-z0-9]+)?")


class PrinterAddressError(ValueError):
    """The address of a printer is invalid; the message names what is wrong."""


@dataclass(frozen=True, slots=True)
class PrinterAddress:
    """A parsed address. `place` is the host, the device's path, the folder, the USB serial number or the printer's name."""

    text: str
    scheme: str
    place: str
    port: int = 0
    usb: tuple[int, int] | None = None
    options: dict[str, str] = field(default_factory=dict, hash=False)

    @classmethod
    def parse(cls, text: str) -> PrinterAddress:
        """Parse an address.

        Raises:
            PrinterAddressError: the message names the part that is wrong.
        """
        text = text.strip()
        scheme, mark, rest = text.partition("://")
        scheme = scheme.lower()
        if not mark or scheme not in KINDS:
            raise PrinterAddressError(
                f"{text!r} is not a printer's address; write for example escpos+tcp://192.0.2.7 or pdf:///FOLDER"
            )
        target, _, query = rest.partition("?")
        options = _parse_options(text, scheme, query)
        if not target or any(ord(letter) < ord(" ") for letter in text):
            raise PrinterAddressError(f"{text!r} names no printer")
        place, port, usb = _parse_target(text, scheme, target)
        return cls(text, scheme, place, port, usb, options)

    @property
    def is_roll(self) -> bool:
        """True if it prints on a roll, as receipt printers do."""
        return KINDS[self.scheme].is_roll

    @property
    def paper(self) -> RollPaper | PagePaper:
        """The paper of the printer."""
        if self.is_roll:
            dpi = self.integer("dpi", DEFAULT_DPI)
            label_height = round(self.integer("label", 0) / _MM_PER_INCH * dpi)
            return RollPaper(self.integer("width", DEFAULT_WIDTH), dpi, label_height or None)
        page = self.options.get("page", "a6")
        width, height = PAGES.get(page) or map(float, page.split("x"))
        return PagePaper(float(width), float(height))

    @property
    def timeout_s(self) -> int:
        """The seconds in which a print must be over; a serial line has time for the bytes of a long slip."""
        if self.scheme != "escpos+serial":
            return self.integer("timeout", DEFAULT_TIMEOUT_S)
        needed = _LONG_SLIP_BYTES * _BITS_PER_BYTE // self.integer("baud", DEFAULT_BAUD)
        return self.integer("timeout", DEFAULT_TIMEOUT_S + needed)

    @property
    def reports_status(self) -> bool:
        """True if the printer answers when it is asked for its state."""
        return self.options.get("status") != "off"

    @property
    def confirms(self) -> bool:
        """True if the printer answers once it has printed what it got."""
        return self.reports_status and self.options.get("confirm") != "off"

    def integer(self, option: str, default: int) -> int:
        """Return an option that is a number."""
        return int(self.options.get(option, default))

    def choice(self, option: str) -> str:
        """Return an option that is a word; the first one of its words where it is not set."""
        return self.options.get(option, _CHOICES[option][0])

    def with_option(self, option: str, value: str) -> PrinterAddress:
        """Return the same printer with another value of an option; an empty one removes it.

        Raises:
            PrinterAddressError: the option or its value is wrong.
        """
        options = {**self.options, option: value}
        query = "&".join(f"{name}={quote(text)}" for name, text in options.items() if text)
        return PrinterAddress.parse(self.text.partition("?")[0] + (f"?{query}" if query else ""))


def _parse_options(text: str, scheme: str, query: str) -> dict[str, str]:
    try:
        options = dict(parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query)))
    except ValueError as error:
        raise PrinterAddressError(f"{text!r} is not a printer's address: {error}") from error
    for option, value in options.items():
        if option not in KINDS[scheme].options:
            known = ", ".join(sorted(KINDS[scheme].options))
            raise PrinterAddressError(f"{text!r} has the unknown option {option!r}; known options: {known}")
        if option in _CHOICES and value not in _CHOICES[option]:
            raise PrinterAddressError(f"{text!r}: {option} must be one of {', '.join(_CHOICES[option])}")
        if option in _RANGES:
            least, most = _RANGES[option]
            if not (value.isascii() and value.isdigit() and least <= int(value) <= most):
                raise PrinterAddressError(f"{text!r}: {option} must be a number from {least} to {most}")
    if int(options.get("width", DEFAULT_WIDTH)) % 8:
        raise PrinterAddressError(f"{text!r}: width must be a multiple of 8 dots, such as 384 or 576")
    if (page := options.get("page")) is not None and page not in PAGES and not _is_size(page):
        raise PrinterAddressError(
            f"{text!r}: page must be one of {', '.join(PAGES)}, or a size in millimetres such as 86x54"
        )
    return options


def _is_size(page: str) -> bool:
    size = _SIZE.fullmatch(page)
    return size is not None and all(_SMALLEST_MM <= float(side) <= _LARGEST_MM for side in size.groups())


def _parse_target(text: str, scheme: str, target: str) -> tuple[str, int, tuple[int, int] | None]:
    match scheme:
        case "escpos+tcp":
            return (*_parse_host(text, target), None)
        case "escpos+usb":
            match = _USB.fullmatch(target.rstrip("/"))
            if match is None:
                raise PrinterAddressError(
                    f"{text!r}: write vendor and product as lsusb does, such as 04b8:0202"
                )
            return unquote(match[3] or ""), 0, (int(match[1], 16), int(match[2], 16))
        case "cups" | "qt":
            return unquote(target.rstrip("/")), 0, None
        case _:
            path = unquote(target)
            is_com_port = scheme == "escpos+serial" and re.fullmatch(r"COM\d{1,3}", path) is not None
            if not path.startswith("/") and not is_com_port:
                raise PrinterAddressError(
                    f"{text!r}: the path must begin with a slash, as in {scheme}:///dev/..."
                )
            return path, 0, None


def _parse_host(text: str, target: str) -> tuple[str, int]:
    try:
        parts = urlsplit(f"//{target.rstrip('/')}")
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise PrinterAddressError(f"{text!r} names no host: {error}") from error
    if parts.username is not None or parts.path or not _HOST.fullmatch(host):
        raise PrinterAddressError(
            f"{text!r} names no host; write escpos+tcp://192.0.2.7 or escpos+tcp://NAME:PORT"
        )
    if port == 0:
        raise PrinterAddressError(f"{text!r}: port 0 is no port; receipt printers listen at 9100")
    return host, port or DEFAULT_PORT
