"""Turn the key events of a scanner's keyboard into keystrokes: modifiers, Alt codes, control characters, repeats. Pure."""

from hardware.scanner.keystroke import Keystroke
from hardware.scanner.layouts import KEYPAD_DIGITS

_SHIFT, _CTRL, _ALT, _ALT_GR = frozenset({42, 54}), frozenset({29, 97}), 56, 100
_MODIFIERS = _SHIFT | _CTRL | {_ALT, _ALT_GR, 58, 69, 125, 126}
_CONTROL = {28: "\n", 96: "\n", 15: "\t"}
"""Enter, the keypad's Enter, Tab."""
_CTRL_KEYS = {16 + i: ord(c) - 64 for i, c in enumerate("QWERTYUIOP")}
_CTRL_KEYS |= {30 + i: ord(c) - 64 for i, c in enumerate("ASDFGHJKL")}
_CTRL_KEYS |= {44 + i: ord(c) - 64 for i, c in enumerate("ZXCVBNM")}
_CTRL_KEYS |= {26: 0x1B, 43: 0x1C, 27: 0x1D, 7: 0x1E, 12: 0x1F}
"""Ctrl with the keys [ \\ ] 6 and - writes ESC, FS, GS, RS and US, on the layout of every scanner by place."""
_PRESS, _REPEAT = 1, 2


class KeyDecoder:
    """Takes (code, value) of Linux key events; value 1 is a press, 0 a release, 2 a repeat."""

    def __init__(self) -> None:
        self._down: set[int] = set()
        self._alt_code: str | None = None

    def feed(self, code: int, value: int, at_ms: int) -> Keystroke | None:
        """Return the keystroke that an event completes, or None."""
        if code in _MODIFIERS and value != _REPEAT:
            return self._modify(code, at_ms, is_pressed=value == _PRESS)
        if code in _MODIFIERS or value != _PRESS:
            return None
        if _ALT in self._down and code in KEYPAD_DIGITS:
            self._alt_code = (self._alt_code or "") + KEYPAD_DIGITS[code]
            return None
        if self._down & _CTRL and _ALT not in self._down:
            control = _CTRL_KEYS.get(code)
            return None if control is None else Keystroke(chr(control), at_ms=at_ms)
        if code in _CONTROL:
            return Keystroke(_CONTROL[code], at_ms=at_ms)
        alt_gr = _ALT_GR in self._down or (_ALT in self._down and bool(self._down & _CTRL))
        return Keystroke("", code, bool(self._down & _SHIFT), alt_gr, at_ms)

    def _modify(self, code: int, at_ms: int, *, is_pressed: bool) -> Keystroke | None:
        if is_pressed:
            self._down.add(code)
            if code == _ALT:
                self._alt_code = None
            return None
        self._down.discard(code)
        if code != _ALT or not self._alt_code:
            return None
        digits, self._alt_code = self._alt_code, None
        return Keystroke(alt_code_character(digits), at_ms=at_ms)


def alt_code_character(digits: str) -> str:
    """Return the character of Alt and a number on the keypad, as Windows has it: with a leading zero cp1252, else cp437.

    >>> alt_code_character("0064"), alt_code_character("64"), alt_code_character("0228"), alt_code_character("132")
    ('@', '@', 'ä', 'ä')
    """
    number = int(digits)
    if number >= 256:  # noqa: PLR2004 -- beyond a byte: Unicode
        return chr(number) if number < 0xD800 else "\ufffd"  # noqa: PLR2004 -- below the surrogates
    if number < 0x80:  # noqa: PLR2004 -- ASCII
        return chr(number)
    return bytes([number]).decode("cp1252" if digits.startswith("0") else "cp437", "replace")
