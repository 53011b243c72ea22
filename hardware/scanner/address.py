"""Addresses of hand-held scanners: where a scanner is, and how it is set.

    keys:                                                   one that types like a keyboard, told from a person by its speed
    evdev:///dev/input/by-id/usb-Honeywell-event-kbd?layout=de   the same, read as a device (Linux): no other program sees its keys
    evdev:?name=Netum%20Bluetooth                           the same, by its name
    serial:///dev/serial/by-id/usb-Zebra-if00?baud=9600     one on a serial line or in its USB serial mode (CDC)
    serial://COM3

Options: `layout` (a name in `LAYOUTS`), `prefix` (text before each code), `suffix` (cr, lf, crlf, tab, etx, none, any),
`caps` (on: letters come in the wrong case), and `baud` of a serial line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from hardware.scanner.layouts import LAYOUTS
from hardware.scanner.profile import ScannerProfile, Suffix

DEFAULT_BAUD = 9600
KEYS = "keys:"
"""The place of the scanner that types into the window."""
_OPTIONS = {
    "keys": frozenset({"layout", "prefix", "suffix", "caps"}),
    "evdev": frozenset({"layout", "prefix", "suffix", "caps", "name"}),
    "serial": frozenset({"prefix", "suffix", "caps", "baud"}),
}
_UNSTABLE = re.compile(r"/dev/input/event\d+")


class ScannerAddressError(ValueError):
    """The address of a scanner is invalid; the message names what is wrong."""


@dataclass(frozen=True, slots=True)
class ScannerAddress:
    """A parsed address. `path` is the device's, empty for `keys:` or where `name` is set."""

    scheme: str = "keys"
    path: str = ""
    name: str = ""
    baud: int = DEFAULT_BAUD
    profile: ScannerProfile = field(default_factory=ScannerProfile)

    @classmethod
    def parse(cls, text: str) -> ScannerAddress:
        """Parse an address; an empty one is `keys:`.

        Raises:
            ScannerAddressError: the message names the part that is wrong.
        """
        try:
            parts = urlsplit(text.strip() or "keys:")
            options = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
        except ValueError as error:
            raise ScannerAddressError(f"{text!r} is not a scanner's address: {error}") from error
        if parts.scheme not in _OPTIONS:
            raise ScannerAddressError(
                f"{text!r} is not a scanner's address; write keys:, evdev:///dev/input/by-id/... or serial:///dev/..."
            )
        for option in options:
            if option not in _OPTIONS[parts.scheme]:
                known = ", ".join(sorted(_OPTIONS[parts.scheme]))
                raise ScannerAddressError(
                    f"{text!r} has the unknown option {option!r}; known options: {known}"
                )
        address = cls(
            parts.scheme,
            parts.netloc + parts.path,
            options.get("name", ""),
            _baud(text, options.get("baud", str(DEFAULT_BAUD))),
            _profile(text, options),
        )
        address._check_place(text)
        return address

    def with_profile(self, profile: ScannerProfile) -> ScannerAddress:
        """Return the address of the same scanner with other settings."""
        return ScannerAddress(self.scheme, self.path, self.name, self.baud, profile)

    @property
    def place(self) -> str:
        """The address without settings: two addresses of one place are one device."""
        return f"{self.scheme}:{self.path or self.name}"

    def __str__(self) -> str:
        profile = self.profile
        options = {
            "name": self.name,
            "baud": "" if self.baud == DEFAULT_BAUD else str(self.baud),
            "layout": profile.layout,
            "prefix": profile.prefix,
            "suffix": "" if profile.suffix is Suffix.ANY else profile.suffix.value,
            "caps": "on" if profile.caps_lock else "",
        }
        query = urlencode({name: value for name, value in options.items() if value}, quote_via=quote)
        place = f"//{self.path}" if self.path else ""
        return f"{self.scheme}:{place}{'?' if query else ''}{query}"

    def _check_place(self, text: str) -> None:
        if self.scheme == "keys":
            if self.path:
                raise ScannerAddressError(f"{text!r}: keys: names no device")
            return
        if bool(self.path) == bool(self.name):
            raise ScannerAddressError(
                f"{text!r} names no device" if not self.path else f"{text!r} names two devices"
            )
        if self.scheme == "evdev" and _UNSTABLE.fullmatch(self.path):
            raise ScannerAddressError(
                f"{text!r}: {self.path} may be another keyboard after the next start; "
                "take its link in /dev/input/by-id or /dev/input/by-path"
            )


def _baud(text: str, value: str) -> int:
    if not (value.isascii() and value.isdigit() and 300 <= int(value) <= 921600):  # noqa: PLR2004
        raise ScannerAddressError(f"{text!r}: baud={value} should be a number from 300 to 921600")
    return int(value)


def _profile(text: str, options: dict[str, str]) -> ScannerProfile:
    layout, suffix = options.get("layout", ""), options.get("suffix", Suffix.ANY.value)
    if layout and layout not in LAYOUTS:
        raise ScannerAddressError(f"{text!r}: layout={layout} should be one of {', '.join(LAYOUTS)}")
    if suffix not in {each.value for each in Suffix}:
        raise ScannerAddressError(f"{text!r}: suffix={suffix} should be one of {', '.join(Suffix)}")
    if options.get("caps", "off") not in ("on", "off"):
        raise ScannerAddressError(f"{text!r}: caps should be on or off")
    return ScannerProfile(layout, options.get("prefix", ""), Suffix(suffix), options.get("caps") == "on")
