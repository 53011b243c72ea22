"""Read the code from what a scanner sent: without prefix and suffix, with every reading that a wrong setting may hide.

Scanners put a symbology identifier (`]Q1`, ISO/IEC 15424), STX and ETX or a byte order mark around a code if they are set
up so. Caps lock inverts the case of letters. A scanner types the keys of the layout that it is set to, mostly the US one,
and the machine reads them in its own: the place of each key tells what was meant.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hardware.scanner.keystroke import Keystroke
from hardware.scanner.layouts import LAYOUTS, Layout, compose
from hardware.scanner.profile import ScannerProfile

IDENTIFIER = re.compile(r"\][A-Za-z][0-9A-Za-z](?:\\\d{6})?")
"""The identifier, and the number of the character set (ECI) that some scanners put after it."""
FRAME = "".join(map(chr, [*range(0x21), 0x7F, 0xA0, 0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF]))
"""Control characters, spaces, invisible characters, the byte order mark: no code begins or ends with them."""
_BASIC = ScannerProfile()


@dataclass(frozen=True, slots=True)
class ScannedText:
    """A scanned code as this machine reads it, and other readings of the same keys, the likeliest first."""

    text: str
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Transmission:
    """The keys that a scanner sent for one code, or the bytes from a serial line."""

    keys: tuple[Keystroke, ...] = ()
    data: bytes = b""

    def read(self, profile: ScannerProfile = _BASIC) -> ScannedText:
        """Return the code, as a scanner of this profile means it."""
        if self.keys:
            return read_keystrokes(self.keys, profile)
        return read_text(decode(self.data), profile)


def read_keystrokes(keys: Sequence[Keystroke], profile: ScannerProfile = _BASIC) -> ScannedText:
    """Return the code that a scanner typed.

    >>> read_keystrokes([Keystroke("z", 21), Keystroke("e", 18), Keystroke("s", 31)])
    ScannedText(text='zes', alternatives=('yes', 'ZES'))
    """
    text = "".join(key.text for key in keys)
    own = LAYOUTS.get(profile.layout)
    known = [] if own is None else [text_in_layout(keys, own)]
    others = [text_in_layout(keys, layout) for layout in LAYOUTS.values()]
    readings = [*known, text] if any(key.text for key in keys) else [*known, *others[:1]]
    return _scanned_text(
        [*_with_caps(readings, profile), *others, *(each.swapcase() for each in others)], profile
    )


def read_text(text: str, profile: ScannerProfile = _BASIC) -> ScannedText:
    """Return the code in a text from a serial line, or that a slow scanner typed into a field, or that was pasted."""
    return _scanned_text(_with_caps([text], profile), profile)


def text_in_layout(keys: Iterable[Keystroke], layout: Layout) -> str:
    """Return the text that keys write in a layout; a key of an unknown place writes what the machine makes of it."""
    return compose(_character(key, layout) for key in keys)


def decode(data: bytes) -> str:
    """Return the text of bytes: UTF-8, else Latin-1, which reads every byte."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _character(key: Keystroke, layout: Layout) -> str:
    if key.text and not key.text.isprintable():
        return key.text
    return layout.character(key.position, shift=key.shift, alt_gr=key.alt_gr) or key.text


def _with_caps(readings: Iterable[str], profile: ScannerProfile) -> list[str]:
    """Return each reading and with the case of its letters inverted, the likelier first."""
    pairs = [(text, text.swapcase()) for text in readings]
    first = 1 if profile.caps_lock else 0
    return [pair[first] for pair in pairs] + [pair[1 - first] for pair in pairs]


def _scanned_text(readings: Iterable[str], profile: ScannerProfile) -> ScannedText:
    first, *others = dict.fromkeys(_without_frame(reading, profile.prefix) for reading in readings)
    return ScannedText(first, tuple(others))


def _without_frame(text: str, prefix: str) -> str:
    bare = text.strip(FRAME)
    if prefix and bare.startswith(prefix):
        bare = bare[len(prefix) :].strip(FRAME)
    identifier = IDENTIFIER.match(bare)
    return bare[identifier.end() :].strip(FRAME) if identifier else bare
