"""Prefixes, suffixes, caps lock and layouts."""

from dataclasses import replace

import pytest

from hardware.scanner import (
    LAYOUTS,
    Keystroke,
    ScannedText,
    ScannerProfile,
    Transmission,
    read_keystrokes,
    read_text,
)
from hardware.scanner.setup_code import keys_of

CODE = "AbC-zyx_890-Q1m"


def typed(code: str, scanner: str, machine: str, *, caps: bool = False) -> list[Keystroke]:
    """Return the keys of a scanner set to one layout, as a machine with another one reads them."""
    keys = []
    for key in keys_of(code, scanner):
        text = LAYOUTS[machine].character(key.position, shift=key.shift, alt_gr=key.alt_gr)
        keys.append(replace(key, text=text.swapcase() if caps else text))
    return keys


@pytest.mark.parametrize(
    "text",
    [
        f"]Q1{CODE}",
        f"\ufeff{CODE}",
        f"\x02{CODE}\x03",
        f"\x02]Q1{CODE}\x03\r\n",
        f"]Q2\\000026{CODE}",
        f"{CODE}\t",
        f"  {CODE}\u200b ",
        f"\x1d{CODE}\x04",
    ],
)
def test_prefix_and_suffix_are_no_part_of_the_code(text: str) -> None:
    assert read_text(text).text == CODE
    assert read_keystrokes([Keystroke(character) for character in text]).text == CODE


def test_a_code_with_a_bracket_keeps_it() -> None:
    assert read_text("[WIFI:T:WPA;]").text == "[WIFI:T:WPA;]"
    assert read_text("]--[").text == "]--["


@pytest.mark.parametrize("machine", LAYOUTS)
@pytest.mark.parametrize("scanner", LAYOUTS)
@pytest.mark.parametrize("caps", [False, True])
def test_the_code_is_among_the_readings_in_every_layout(scanner: str, machine: str, caps: bool) -> None:
    scanned = read_keystrokes(typed(CODE, scanner, machine, caps=caps))
    assert CODE in (scanned.text, *scanned.alternatives)


def test_without_positions_caps_lock_can_still_be_undone() -> None:
    scanned = read_keystrokes([Keystroke(character) for character in CODE.swapcase()])
    assert scanned == ScannedText(CODE.swapcase(), (CODE,))


def test_letters_that_one_arabic_key_writes_are_that_key() -> None:
    keys = [Keystroke("\u0634", 30), Keystroke("\u0644\u0627", 48), Keystroke("\u0644\u0623", 34, shift=True)]
    keys.append(Keystroke("1", 2))
    assert "abG1" in read_keystrokes(keys).alternatives


def test_the_first_reading_is_what_the_machine_reads() -> None:
    assert read_keystrokes(typed("zes-1", "us", "de")).text == "yesß1"


def test_line_breaks_inside_a_code_stay() -> None:
    assert read_text("BEGIN:VCARD\nN:Ada\n").text == "BEGIN:VCARD\nN:Ada"


def test_nothing_but_a_frame_is_an_empty_code() -> None:
    assert read_text("]Q1\r\n") == ScannedText("")


def test_what_the_set_up_learned_is_the_first_reading() -> None:
    keys = typed(CODE, "us", "de", caps=True)
    assert read_keystrokes(keys, ScannerProfile("us")).text == CODE
    assert (
        read_keystrokes([Keystroke("", key.position, key.shift) for key in keys], ScannerProfile("us")).text
        == CODE
    )
    swapped = Transmission(data=f"#{CODE.swapcase()}\r".encode())
    assert swapped.read(ScannerProfile(prefix="#", caps_lock=True)).text == CODE
    assert swapped.read().text == f"#{CODE.swapcase()}"


def test_bytes_that_are_no_utf_8_are_still_read() -> None:
    assert Transmission(data=b"caf\xe9").read() == ScannedText("caf\xe9", ("CAF\xc9",))
    assert Transmission(data="caf\xe9".encode()).read().text == "caf\xe9"
