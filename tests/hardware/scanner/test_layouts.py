"""Every key of every layout, against the tables of the desktop (libxkbcommon)."""

import ctypes
import unicodedata
from collections.abc import Callable

import pytest

from hardware.scanner.layouts import LAYOUTS, ROWS, compose

XKB_NAMES = {name: {"uk": "gb"}.get(name, name) for name in LAYOUTS}
SHIFT, THIRD = b"Shift", b"Mod5"


class RuleNames(ctypes.Structure):
    _fields_ = [(name, ctypes.c_char_p) for name in ("rules", "model", "layout", "variant", "options")]


def xkb_reader(layout: str) -> Callable[[int, bool, bool], str]:
    """Return a function from (place, shift, AltGr) to the character that the desktop's table has, empty for dead keys."""
    xkb = ctypes.CDLL("libxkbcommon.so.0")
    for name in ("xkb_context_new", "xkb_keymap_new_from_names", "xkb_state_new"):
        getattr(xkb, name).restype = ctypes.c_void_p
    for name in ("xkb_keymap_mod_get_index", "xkb_state_key_get_utf32"):
        getattr(xkb, name).restype = ctypes.c_uint32
    names = RuleNames(b"evdev", b"pc105", layout.encode(), b"", b"")
    context = ctypes.c_void_p(xkb.xkb_context_new(0))
    keymap = ctypes.c_void_p(xkb.xkb_keymap_new_from_names(context, ctypes.byref(names), 0))
    state = ctypes.c_void_p(xkb.xkb_state_new(keymap))
    masks = {name: 1 << xkb.xkb_keymap_mod_get_index(keymap, name) for name in (SHIFT, THIRD)}

    def read(place: int, shift: bool, alt_gr: bool) -> str:
        mask = masks[SHIFT] * shift | masks[THIRD] * alt_gr
        xkb.xkb_state_update_mask(state, mask, 0, 0, 0, 0, 0)
        code = xkb.xkb_state_key_get_utf32(state, place + 8)
        return chr(code) if code > 0x20 else ""

    return read


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_key_writes_what_the_desktop_says(name: str) -> None:
    desktop, layout = xkb_reader(XKB_NAMES[name]), LAYOUTS[name]
    for place in (place for row in ROWS for place in row):
        for shift in (False, True):
            character = layout.character(place, shift=shift)
            dead = bool(character) and bool(unicodedata.combining(character))
            assert ("" if dead else character) == desktop(place, shift, False), (place, shift)
        third = layout.character(place, alt_gr=True)
        assert third in ("", desktop(place, False, True)), place


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_layout_writes_what_a_ticket_may_hold(name: str) -> None:
    keys = LAYOUTS[name].keys()
    written = {compose([key]) for key in keys}
    assert set('ABCXYZabcxyz0123456789-_+/="@!') <= written


def test_a_dead_key_waits_for_its_letter() -> None:
    assert compose("\u0301e") == "\u00e9"
    assert compose(["\u0302", " ", "x"]) == "^x"
    assert compose(["\u0302", "x"]) == "^x"
    assert compose(["a", "\u0300"]) == "a`"


def test_the_keypad_writes_digits_and_a_key_that_writes_nothing_nothing() -> None:
    layout = LAYOUTS["fr"]
    assert (
        "".join(layout.character(place) for place in (82, 79, 80, 81, 75, 76, 77, 71, 72, 73)) == "0123456789"
    )
    assert layout.character(1) == layout.character(57, alt_gr=True) == ""
