"""The code that a scanner reads in the set-up, and what the station learns from it: layout, prefix, suffix, caps lock, speed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from hardware.scanner.keystroke import Keystroke
from hardware.scanner.layouts import LAYOUTS, compose
from hardware.scanner.profile import ScannerProfile, Suffix
from hardware.scanner.transmission import FRAME, IDENTIFIER, Transmission, decode, text_in_layout

SETUP_CODE = 'Doorward-Test_0123456789+/="@!azqwymAZQWYM'
"""It holds what layouts, caps lock and settings of scanners change: letters of both cases, digits and punctuation."""

_SUFFIXES = {
    "": Suffix.NONE,
    "\r": Suffix.CR,
    "\n": Suffix.LF,
    "\r\n": Suffix.CRLF,
    "\t": Suffix.TAB,
    "\x03": Suffix.ETX,
}
_VISIBLE = {"\x02": "STX", "\x03": "ETX", "\x1d": "GS", "\t": "Tab", "\r": "CR", "\n": "LF", " ": "\u2423"}


@dataclass(frozen=True, slots=True)
class ScannerFindings:
    """What one scan of the test code shows.

    `text` is what was read, with visible control characters. `profile` None: the code was not recognized. `machine_layout`
    is the layout of this machine where it differs from the scanner's and the places of the keys are not known; empty: no
    matter. `prefix` and `suffix` are visible texts. The times are milliseconds between keys, 0 for a serial line.
    """

    text: str
    profile: ScannerProfile | None = None
    machine_layout: str = ""
    prefix: str = ""
    suffix: str = ""
    unknown_suffix: bool = False
    mean_ms: int = 0
    slowest_ms: int = 0

    @property
    def is_slow(self) -> bool:
        """True if the keys come too slowly to be told from a person's."""
        return self.mean_ms > SLOW_MEAN_MS or self.slowest_ms > SLOW_GAP_MS


SLOW_MEAN_MS, SLOW_GAP_MS = 35, 180


def examine(transmission: Transmission) -> ScannerFindings:
    """Return what a scan of the test code shows about the scanner that read it."""
    keys = transmission.keys
    gaps = [after.at_ms - before.at_ms for before, after in pairwise(keys)]
    mean, slowest = (round(sum(gaps) / len(gaps)), max(gaps)) if gaps else (0, 0)
    raw = "".join(key.text for key in keys) if keys else decode(transmission.data)
    for layout, machine_layout, text in _readings(transmission, raw):
        for caps_lock, reading in ((False, text), (True, text.swapcase())):
            if SETUP_CODE not in reading:
                continue
            before, _, after = reading.partition(SETUP_CODE)
            suffix = _SUFFIXES.get(after.replace("\n", "\r") if keys else after)
            bare = before.strip(FRAME)
            custom = IDENTIFIER.sub("", bare, count=1) if IDENTIFIER.match(bare) else bare
            profile = ScannerProfile(layout, custom, suffix or Suffix.ANY, caps_lock)
            return ScannerFindings(
                visible(raw if raw.strip(FRAME) else text, typed=bool(keys)),
                profile,
                machine_layout,
                visible(before, typed=bool(keys)),
                visible(after, typed=bool(keys)),
                suffix is None,
                mean,
                slowest,
            )
    return ScannerFindings(
        visible(raw if raw.strip(FRAME) else text_in_layout(keys, LAYOUTS["us"]), typed=bool(keys)),
        mean_ms=mean,
        slowest_ms=slowest,
    )


def visible(text: str, *, typed: bool = False) -> str:
    r"""Return a text whose control characters can be read; in a `typed` one a line break is the Enter key.

    >>> visible("]Q1 a\r\n")
    ']Q1␣a⟨CR⟩⟨LF⟩'
    """
    known = _VISIBLE | {"\n": "Enter"} if typed else _VISIBLE
    names = ((character, known.get(character)) for character in text)
    printed = "".join(
        name
        if name == "\u2423"
        else f"\u27e8{name or f'{ord(each):02X}'}\u27e9"
        if name or each < " "
        else each
        for each, name in names
    )
    return re.sub(r"[\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]", "\u27e8?\u27e9", printed)


def keys_of(text: str, layout: str) -> Iterator[Keystroke]:
    """Yield the keys that a scanner set to a layout presses for a text; a dead key is followed by a space.

    Raises:
        KeyError: the layout has no key for a character.
    """
    places = LAYOUTS[layout].keys()
    dead = {compose([character]): character for character in places if compose([character]) != character}
    for character in text:
        position, shift, alt_gr = places[
            dead.get(character, character) if character not in places else character
        ]
        yield Keystroke("", position, shift, alt_gr)
        if character not in places:
            yield Keystroke("", *places[" "])


def _readings(transmission: Transmission, raw: str) -> Iterator[tuple[str, str, str]]:
    """Yield (scanner's layout, machine's layout, text) of every way in which the code may have been changed."""
    yield "", "", raw
    keys = transmission.keys
    if any(key.position for key in keys):
        for name, layout in LAYOUTS.items():
            yield name, "", text_in_layout(keys, layout)
        return
    for scanner in LAYOUTS:
        for machine in LAYOUTS:
            if scanner != machine and (garbled := _garbled(scanner, machine)):
                for sent in (garbled, garbled.swapcase()):
                    if sent in raw:
                        text = SETUP_CODE if sent == garbled else SETUP_CODE.swapcase()
                        yield scanner, machine, raw.replace(sent, text)


def _garbled(scanner: str, machine: str) -> str:
    """Return what a machine reads when a scanner of another layout types the test code."""
    return text_in_layout(keys_of(SETUP_CODE, scanner), LAYOUTS[machine])
