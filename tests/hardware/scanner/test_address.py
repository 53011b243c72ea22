"""Addresses of scanners."""

import pytest

from hardware.scanner import ScannerAddress, ScannerAddressError, ScannerProfile, Suffix


@pytest.mark.parametrize(
    "text",
    [
        "keys:",
        "keys:?layout=us&suffix=cr&caps=on",
        "evdev:///dev/input/by-id/usb-Honeywell_1900-event-kbd?layout=de",
        "evdev:?name=Netum%20Bluetooth&layout=uk",
        "serial:///dev/serial/by-id/usb-Zebra-if00?baud=115200&prefix=%23&suffix=crlf",
        "serial://COM3",
    ],
)
def test_an_address_is_written_as_it_was_read(text: str) -> None:
    assert str(ScannerAddress.parse(text)) == text


def test_settings_are_part_of_the_address_and_the_place_is_not() -> None:
    address = ScannerAddress.parse("serial:///dev/ttyACM0")
    learned = address.with_profile(ScannerProfile(prefix="#", suffix=Suffix.TAB))
    assert ScannerAddress.parse(str(learned)) == learned
    assert learned.place == address.place
    assert ScannerAddress.parse("") == ScannerAddress.parse("keys:")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("usb:0", "keys:"),
        ("serial:", "names no device"),
        ("evdev:", "names no device"),
        ("evdev:///dev/input/by-id/a?name=b", "two devices"),
        ("evdev:///dev/input/event7", "by-id"),
        ("keys:///dev/ttyACM0", "names no device"),
        ("serial:///dev/ttyACM0?speed=1", "speed"),
        ("serial:///dev/ttyACM0?baud=fast", "baud"),
        ("serial:///dev/ttyACM0?baud=1", "baud"),
        ("serial:///dev/ttyACM0?layout=de", "layout"),
        ("keys:?layout=xx", "layout"),
        ("keys:?suffix=xx", "suffix"),
        ("keys:?caps=yes", "caps"),
        ("keys:?caps", "not a scanner"),
        ("serial://[x", "not a scanner"),
    ],
)
def test_a_wrong_address_is_refused_with_the_part_that_is_wrong(text: str, word: str) -> None:
    with pytest.raises(ScannerAddressError, match="(?s).*" + word):
        ScannerAddress.parse(text)
