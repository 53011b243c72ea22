"""The findings of one scan of the test code, for every layout, prefix, suffix and speed."""

from dataclasses import replace

import pytest

from hardware.scanner import LAYOUTS, SETUP_CODE, Keystroke, ScannerProfile, Suffix, Transmission, examine
from hardware.scanner.layouts import compose
from hardware.scanner.setup_code import keys_of, visible


def typed(
    scanner: str, machine: str = "", *, prefix: str = "", suffix: str = "", gap: int = 4
) -> Transmission:
    """Return the keys of a scanner; without a `machine`, as an input device delivers them."""
    keys = [*keys_of(prefix, scanner), *keys_of(SETUP_CODE, scanner)]
    if machine:
        layout = LAYOUTS[machine]
        keys = [
            replace(key, text=layout.character(key.position, shift=key.shift, alt_gr=key.alt_gr))
            for key in keys
        ]
    keys += [Keystroke(character) for character in suffix]
    return Transmission(tuple(replace(key, at_ms=number * gap) for number, key in enumerate(keys)))


@pytest.mark.parametrize("machine", ["", *LAYOUTS])
@pytest.mark.parametrize("scanner", LAYOUTS)
def test_the_layout_is_learned_so_that_the_next_code_is_read_first(scanner: str, machine: str) -> None:
    transmission = typed(scanner, machine)
    profile = examine(transmission).profile
    assert profile is not None
    assert transmission.read(profile).text == SETUP_CODE
    if scanner == machine:
        assert profile.layout == "", "the machine reads it right by itself"


@pytest.mark.parametrize(
    ("scanner", "machine"), [("us", "de"), ("de", "us"), ("us", "fr"), ("fr", "de"), ("uk", "de")]
)
def test_without_the_places_of_the_keys_both_layouts_are_told(scanner: str, machine: str) -> None:
    text = compose(key.text for key in typed(scanner, machine, suffix="\n").keys)
    without = tuple(Keystroke(character) for character in text)
    findings = examine(Transmission(without))
    assert findings.profile is not None
    assert (findings.profile.layout, findings.machine_layout) == (scanner, machine)


@pytest.mark.parametrize(
    ("suffix", "expected"),
    [("\n", Suffix.CR), ("\t", Suffix.TAB), ("", Suffix.NONE), ("\n\t", Suffix.ANY)],
)
@pytest.mark.parametrize(("prefix", "custom"), [("", ""), ("]Q1", ""), ("#", "#"), ("]Q1#", "#")])
def test_prefix_and_suffix_are_learned(prefix: str, custom: str, suffix: str, expected: Suffix) -> None:
    findings = examine(typed("us", "us", prefix=prefix, suffix=suffix))
    assert findings.profile == ScannerProfile("", custom, expected)
    assert findings.unknown_suffix is (suffix == "\n\t")
    assert findings.prefix == prefix


@pytest.mark.parametrize(
    ("data", "suffix"),
    [
        (b"%s\r", Suffix.CR),
        (b"%s\r\n", Suffix.CRLF),
        (b"\x02%s\x03", Suffix.ETX),
        (b"]Q1%s\n", Suffix.LF),
        (b"%s", Suffix.NONE),
    ],
)
def test_a_serial_scanner_is_examined_as_well(data: bytes, suffix: Suffix) -> None:
    findings = examine(Transmission(data=data % SETUP_CODE.encode()))
    assert findings.profile == ScannerProfile(suffix=suffix)
    assert not findings.is_slow


def test_caps_lock_and_speed_are_learned() -> None:
    slow = typed("us", "us", gap=70)
    keys = tuple(replace(key, text=key.text.swapcase()) for key in slow.keys)
    findings = examine(Transmission(keys))
    assert findings.profile is not None
    assert findings.profile.caps_lock
    assert (findings.mean_ms, findings.slowest_ms, findings.is_slow) == (70, 70, True)


def test_what_an_input_device_read_is_shown_as_text() -> None:
    assert examine(typed("de", suffix="\n")).text == f"{SETUP_CODE}\u27e8Enter\u27e9"
    keys = (*keys_of("REG-1", "us"), Keystroke("\n"))
    assert examine(Transmission(keys)).text == "REG-1\u27e8Enter\u27e9"


def test_another_code_is_told_as_read() -> None:
    findings = examine(Transmission(data=b"\x02REG-12\x1d 9\r\n"))
    assert findings.profile is None
    assert findings.text == "\u27e8STX\u27e9REG-12\u27e8GS\u27e9\u24239\u27e8CR\u27e9\u27e8LF\u27e9"
    assert visible("\u202eabc\x07") == "\u27e8?\u27e9abc\u27e807\u27e9"
