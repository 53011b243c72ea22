"""Read the code from what a scanner typed: without prefix and suffix, with every reading that a wrong setting may hide.

Scanners put a symbology identifier (`]Q1`, ISO/IEC 15424), STX and ETX or a byte order mark around a code if they are set
up so. Caps lock inverts the case of letters. A scanner types the keys of the layout that it is set to, mostly the US one,
and the machine reads them in its own: the place of each key tells what was meant.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hardware.scanner.keystroke import Keystroke

_IDENTIFIER = re.compile(r"\][A-Za-z][0-9A-Za-z](?:\\\d{6})?")
"""The identifier, and the number of the character set (ECI) that some scanners put after it."""
_FRAME = "".join(map(chr, [*range(0x21), 0x7F, 0xA0, 0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF]))
"""Control characters, spaces, invisible characters, the byte order mark: no code begins or ends with them."""

_ROWS = (range(2, 14), range(16, 28), range(30, 41), range(44, 54))
_KEYPAD = dict(zip((82, 79, 80, 81, 75, 76, 77, 71, 72, 73), "0123456789", strict=True))


def _layout(plain: Sequence[str], shifted: Sequence[str]) -> dict[tuple[int, bool], str]:
    keys = {(57, False): " ", (57, True): " "}
    keys |= {(place, shift): digit for place, digit in _KEYPAD.items() for shift in (False, True)}
    for rows, shift in ((plain, False), (shifted, True)):
        for places, characters in zip(_ROWS, rows, strict=True):
            keys |= {(place, shift): text for place, text in zip(places, characters, strict=True)}
    return keys


LAYOUTS = {
    "us": _layout(
        ("1234567890-=", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./"),
        ("!@#$%^&*()_+", "QWERTYUIOP{}", 'ASDFGHJKL:"', "ZXCVBNM<>?"),
    ),
    "de": _layout(
        ("1234567890ß\u00b4", "qwertzuiopü+", "asdfghjklöä", "yxcvbnm,.-"),
        ('!"§$%&/()=?`', "QWERTZUIOPÜ*", "ASDFGHJKLÖÄ", "YXCVBNM;:_"),
    ),
    "fr": _layout(
        ("&é\"'(-è_çà)=", "azertyuiop^$", "qsdfghjklmù", "wxcvbn,;:!"),
        ("1234567890°+", "AZERTYUIOP¨£", "QSDFGHJKLM%", "WXCVBN?./§"),
    ),
}
"""Layouts that scanners are set to: (position, shift) -> character."""


@dataclass(frozen=True, slots=True)
class ScannedText:
    """A scanned code as this machine reads it, and other readings of the same keys, the likeliest first."""

    text: str
    alternatives: tuple[str, ...] = ()


def read_keystrokes(keys: Sequence[Keystroke]) -> ScannedText:
    """Return the code that a scanner typed.

    >>> read_keystrokes([Keystroke("z", 21), Keystroke("e", 18), Keystroke("s", 31)])
    ScannedText(text='zes', alternatives=('yes', 'ZES'))
    """
    text = "".join(key.text for key in keys)
    by_position = ("".join(_character(key, layout) for key in keys) for layout in LAYOUTS.values())
    return _scanned_text([text, *by_position, text.swapcase()])


def read_text(text: str) -> ScannedText:
    """Return the code in a text that a slow scanner typed into a field, or that was pasted."""
    return _scanned_text([text, text.swapcase()])


def _character(key: Keystroke, layout: dict[tuple[int, bool], str]) -> str:
    return layout.get((key.position, key.shift), key.text) if key.text.isprintable() else key.text


def _scanned_text(readings: Iterable[str]) -> ScannedText:
    first, *others = dict.fromkeys(_without_frame(reading) for reading in readings)
    return ScannedText(first, tuple(others))


def _without_frame(text: str) -> str:
    bare = text.strip(_FRAME)
    identifier = _IDENTIFIER.match(bare)
    return bare[identifier.end() :].strip(_FRAME) if identifier else bare
