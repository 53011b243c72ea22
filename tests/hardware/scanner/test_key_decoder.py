"""Key events of scanners: modifiers, Alt codes, control characters, repeats."""

import pytest

from hardware.scanner.key_decoder import KeyDecoder, alt_code_character
from hardware.scanner.keystroke import Keystroke
from hardware.scanner.layouts import KEYPAD_DIGITS

SHIFT, CTRL, ALT, ALT_GR, CAPS = 42, 29, 56, 100, 58
KEYPAD = {digit: place for place, digit in KEYPAD_DIGITS.items()}


def press(decoder: KeyDecoder, *codes: int) -> list[Keystroke]:
    """Press keys one over the other, and release them."""
    events = [(code, 1) for code in codes] + [(code, 0) for code in reversed(codes)]
    return [key for event in events if (key := decoder.feed(*event, 0)) is not None]


def test_modifiers_belong_to_the_key_pressed_with_them() -> None:
    decoder = KeyDecoder()
    assert press(decoder, 30) == [Keystroke("", 30)]
    assert press(decoder, SHIFT, 30) == [Keystroke("", 30, shift=True)]
    assert press(decoder, ALT_GR, 16) == [Keystroke("", 16, alt_gr=True)]
    assert press(decoder, CTRL, ALT, 16) == [Keystroke("", 16, alt_gr=True)]
    assert press(decoder, 30) == [Keystroke("", 30)], "all were released"


def test_enter_and_tab_end_and_repeats_and_caps_lock_mean_nothing() -> None:
    decoder = KeyDecoder()
    assert [key.text for key in press(decoder, 28) + press(decoder, 96) + press(decoder, 15)] == [
        "\n",
        "\n",
        "\t",
    ]
    assert press(decoder, CAPS) == []
    assert decoder.feed(30, 1, 0) is not None
    assert [decoder.feed(30, 2, at) for at in range(5)] == [None] * 5


def test_control_characters_of_a_code() -> None:
    decoder = KeyDecoder()
    codes = [press(decoder, CTRL, code)[0].text for code in (27, 26, 43, 7, 12, 48, 50)]
    assert codes == ["\x1d", "\x1b", "\x1c", "\x1e", "\x1f", "\x02", "\r"]
    assert press(decoder, CTRL, 59) == [], "Ctrl with a function key writes nothing"


@pytest.mark.parametrize(
    ("digits", "character"),
    [("65", "A"), ("0064", "@"), ("132", "\u00e4"), ("0228", "\u00e4"), ("8364", "\u20ac")],
)
def test_alt_codes(digits: str, character: str) -> None:
    assert press(KeyDecoder(), ALT, *(KEYPAD[digit] for digit in digits)) == [Keystroke(character)]


def test_every_byte_of_an_alt_code_is_some_character() -> None:
    assert len({alt_code_character(str(number)) for number in range(32, 256)}) == 224
    assert all(alt_code_character(f"0{number}") for number in range(256))
    assert alt_code_character("55357") == "\ufffd", "half a surrogate is no character"


def test_alt_without_digits_writes_nothing() -> None:
    assert press(KeyDecoder(), ALT) == []
