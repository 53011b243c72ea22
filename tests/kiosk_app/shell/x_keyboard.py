"""Real keys on an X server, by its test extension: what a keyboard or a scanner on USB causes."""

import ctypes

from hardware.scanner import LAYOUTS

_OFFSET = 8
_ENTER, _TAB, _SHIFT, _CAPS_LOCK, _CONTROL = 28, 15, 42, 58, 29
_PLACES = {text: (place, shift) for text, (place, shift, _) in LAYOUTS["us"].keys().items()} | {
    "\n": (_ENTER, False),
    "\t": (_TAB, False),
    "\x02": (48, False),
}


class XKeyboard:
    """Presses keys by their places, as a device set to the US layout does."""

    def __init__(self) -> None:
        self._x = ctypes.CDLL("libX11.so.6")
        self._test = ctypes.CDLL("libXtst.so.6")
        self._x.XOpenDisplay.restype = ctypes.c_void_p
        self._display = ctypes.c_void_p(self._x.XOpenDisplay(None))
        if not self._display:
            raise OSError("no X display")

    def type_text(self, text: str, gap_ms: int) -> None:
        """Type a text, a key every `gap_ms` milliseconds by the server's clock. A line break is Enter."""
        for character in text:
            place, shift = _PLACES[character]
            modifiers = [_SHIFT] if shift else [_CONTROL] if character == "\x02" else []
            self._press([*modifiers, place], gap_ms)
        self._x.XSync(self._display, 0)

    def press(self, places: list[int]) -> None:
        """Press keys together, by their places."""
        self._press(places, 50)
        self._x.XSync(self._display, 0)

    def press_caps_lock(self) -> None:
        """Switch caps lock on or off."""
        self._press([_CAPS_LOCK], 50)
        self._x.XSync(self._display, 0)

    def hold(self, character: str, milliseconds: int) -> None:
        """Hold a key down, so that the X server repeats it."""
        place = _PLACES[character][0]
        self._send(place, down=True)
        self._send(place, down=False, delay_ms=milliseconds)
        self._x.XSync(self._display, 0)

    def _press(self, places: list[int], delay_ms: int) -> None:
        for number, place in enumerate(places):
            self._send(place, down=True, delay_ms=0 if number else delay_ms)
        for place in reversed(places):
            self._send(place, down=False)

    def _send(self, place: int, *, down: bool, delay_ms: int = 0) -> None:
        delay = ctypes.c_ulong(delay_ms)
        self._test.XTestFakeKeyEvent(self._display, place + _OFFSET, int(down), delay)
