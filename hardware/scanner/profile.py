"""The settings of a scanner, as the station learned them and reads its codes by."""

from dataclasses import dataclass
from enum import StrEnum


class Suffix(StrEnum):
    """The characters that the scanner sends after a code."""

    ANY = "any"
    """Not known: a line break, a tab, ETX, or a pause."""
    NONE = "none"
    """Nothing: a pause ends a code."""
    CR = "cr"
    LF = "lf"
    CRLF = "crlf"
    TAB = "tab"
    ETX = "etx"


@dataclass(frozen=True, slots=True)
class ScannerProfile:
    """The settings of a scanner. `layout` is a name in `LAYOUTS`; empty: that of this machine.

    `prefix` is text before each code beyond the usual ones (AIM identifier, STX). `caps_lock`: letters come in the wrong case.
    """

    layout: str = ""
    prefix: str = ""
    suffix: Suffix = Suffix.ANY
    caps_lock: bool = False
