"""Scanners as input devices. There is no /dev/uinput here: the library reads real event structs from a pipe."""

import errno
import importlib
import os
import select
import struct
import time
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

evdev = pytest.importorskip("evdev")
from evdev import ecodes  # noqa: E402

from hardware.errors import DeviceAccessDenied, DeviceBusy, DeviceLost, DeviceMissing  # noqa: E402
from hardware.scanner import LAYOUTS, SETUP_CODE, Keystroke, ScannerAddress, ScannerProfile, Transmission  # noqa: E402
from hardware.scanner.evdev_scanner import EvdevScanner, open_device  # noqa: E402
from hardware.scanner.framing import HALF_FRAME_MS  # noqa: E402
from hardware.scanner.setup_code import keys_of  # noqa: E402

ADDRESS = ScannerAddress.parse("evdev:///dev/input/by-id/usb-Scanner-event-kbd?layout=us")
device_read_many = importlib.import_module("evdev._input").device_read_many
EVENT = struct.Struct("llHHi")
"""`struct input_event` of the kernel."""
SHIFT, ALT_GR, ENTER, TAB = 42, 100, 28, 15


class PipeDevice:
    """An input device whose events come through a pipe, read by the library's own function."""

    name = "A Scanner"

    def __init__(self) -> None:
        self.fd, self._writing = os.pipe()
        os.set_blocking(self.fd, False)
        self.grabbed = 0
        self.grab_error: OSError | None = None
        self.now = time.time()

    def grab(self) -> None:
        if self.grab_error is not None:
            raise self.grab_error
        self.grabbed += 1

    def read(self) -> Iterable[Any]:
        if not (raw := device_read_many(self.fd)):
            raise OSError(errno.ENODEV, "No such device")  # what the kernel says after the plug was pulled
        return [evdev.InputEvent(*event) for event in raw]

    def close(self) -> None:
        os.close(self.fd)

    # --- the scanner's side

    def send(self, kind: int, code: int, value: int) -> None:
        seconds = int(self.now)
        os.write(self._writing, EVENT.pack(seconds, int((self.now - seconds) * 1e6), kind, code, value))

    def press(self, *codes: int, gap: float = 0.004) -> None:
        self.now += gap
        for code in codes:
            self.send(ecodes.EV_KEY, code, 1)
        for code in reversed(codes):
            self.send(ecodes.EV_KEY, code, 0)
        self.send(ecodes.EV_SYN, ecodes.SYN_REPORT, 0)

    def type_keys(self, keys: Iterable[Keystroke]) -> None:
        for key in keys:
            self.press(*[SHIFT] * key.shift, *[ALT_GR] * key.alt_gr, key.position)

    def unplug(self) -> None:
        os.close(self._writing)


class Kit:
    """A scanner over a device of this test."""

    def __init__(self, address: ScannerAddress = ADDRESS) -> None:
        self.device = PipeDevice()
        self.scanner = EvdevScanner(address, open_=lambda _: self.device, list_=list)
        self.scanner.open()

    def texts(self, layout: str = "us") -> list[str]:
        """Return the codes of all that waits; the library reads 64 events at once."""
        codes = list[Transmission]()
        while select.select([self.device.fd], [], [], 0)[0]:
            codes += self.scanner.read()
        return [code.read(ScannerProfile(layout)).text for code in codes]


@pytest.fixture
def kit() -> Iterator[Kit]:
    kit = Kit()
    yield kit
    kit.scanner.close()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_code_is_read_in_the_scanners_layout_whatever_the_desktops_is(layout: str, kit: Kit) -> None:
    kit.device.type_keys(keys_of(SETUP_CODE, layout))
    kit.device.press(ENTER)
    assert kit.texts(layout) == [SETUP_CODE]
    assert kit.device.grabbed == 1, "no other program sees the keys"


@pytest.mark.parametrize("suffix", [ENTER, TAB, 96])
@pytest.mark.parametrize("prefix", ["", "]Q1"])
def test_prefix_and_suffix_are_no_part_of_it_and_caps_lock_changes_nothing(
    prefix: str, suffix: int, kit: Kit
) -> None:
    kit.device.press(58)
    kit.device.press(ENTER)
    kit.device.type_keys(keys_of(prefix + "AbC-12", "us"))
    kit.device.press(suffix)
    kit.device.press(58)
    assert kit.texts() == ["AbC-12"]


def test_repeats_of_a_key_that_is_held_down_are_ignored(kit: Kit) -> None:
    kit.device.send(ecodes.EV_KEY, 30, 1)
    for _ in range(40):
        kit.device.send(ecodes.EV_KEY, 30, 2)
    kit.device.send(ecodes.EV_KEY, 30, 0)
    kit.device.press(ENTER)
    assert kit.texts() == ["a"]


def test_two_codes_that_waited_in_the_kernel_are_two_and_half_a_code_is_dropped(kit: Kit) -> None:
    for text in ("abc", "def"):
        kit.device.type_keys(keys_of(text, "us"))
        kit.device.press(ENTER)
    kit.device.type_keys(keys_of("gh", "us"))
    kit.device.now += HALF_FRAME_MS / 1000 + 0.1
    kit.device.type_keys(keys_of("jkl", "us"))
    kit.device.press(ENTER)
    assert kit.texts() == ["abc", "def", "jkl"]


def test_keys_that_the_kernel_lost_take_their_code_with_them(kit: Kit) -> None:
    kit.device.type_keys(keys_of("ab", "us"))
    kit.device.send(ecodes.EV_SYN, ecodes.SYN_DROPPED, 0)
    kit.device.press(ENTER)
    kit.device.type_keys(keys_of("def", "us"))
    kit.device.press(ENTER)
    assert kit.texts() == ["def"]


def test_unplugging_is_told_and_nothing_of_the_code_stays(kit: Kit) -> None:
    kit.device.type_keys(keys_of("ab", "us"))
    assert kit.texts() == []
    kit.device.unplug()
    with pytest.raises(DeviceLost, match="unplugged"):
        kit.scanner.read()
    kit.device = PipeDevice()
    kit.scanner.open()
    kit.device.type_keys(keys_of("cd", "us"))
    kit.device.press(ENTER)
    assert kit.texts() == ["cd"]


def test_a_flood_of_keys_is_noticed(kit: Kit) -> None:
    for _ in range(5):
        for _ in range(1_000):
            kit.device.send(ecodes.EV_KEY, 30, 2)
        assert kit.texts() == []
    assert kit.scanner.is_flooding


@pytest.mark.parametrize(
    ("number", "kind", "words"),
    [
        (errno.EACCES, DeviceAccessDenied, "udev rule 70-doorward-scanner.rules"),
        (errno.ENOENT, DeviceMissing, "plugged in"),
        (errno.ENODEV, DeviceMissing, "plugged in"),
    ],
)
def test_why_it_cannot_be_opened_is_told(number: int, kind: type[Exception], words: str) -> None:
    def fail(_: str) -> PipeDevice:
        raise OSError(number, os.strerror(number))

    with pytest.raises(kind, match=words):
        EvdevScanner(ADDRESS, open_=fail).open()


def test_a_device_that_another_program_grabbed_is_busy_and_left_alone() -> None:
    device = PipeDevice()
    device.grab_error = OSError(errno.EBUSY, "busy")
    with pytest.raises(DeviceBusy, match="in use"):
        EvdevScanner(ADDRESS, open_=lambda _: device).open()
    with pytest.raises(OSError, match="Bad file"):
        os.fstat(device.fd)


def test_only_the_device_that_the_address_names_is_opened() -> None:
    opened: list[str] = []

    def open_(path: str) -> PipeDevice:
        opened.append(path)
        return PipeDevice()

    keyboards = [("/dev/input/event3", "The operator's keyboard"), ("/dev/input/event7", "Netum")]
    by_name = ScannerAddress.parse("evdev:?name=Netum")
    scanner = EvdevScanner(by_name, open_=open_, list_=lambda: keyboards)
    scanner.open()
    scanner.close()
    assert opened == ["/dev/input/event7"]
    with pytest.raises(DeviceMissing, match="not connected"):
        EvdevScanner(by_name, open_=open_, list_=lambda: keyboards[:1]).open()
    with pytest.raises(DeviceBusy, match="by-path"):
        EvdevScanner(by_name, open_=open_, list_=lambda: [keyboards[1]] * 2).open()
    assert opened == ["/dev/input/event7"]


def test_a_path_without_a_device_is_missing() -> None:
    with pytest.raises(DeviceMissing, match="plugged in"):
        EvdevScanner(ScannerAddress.parse("evdev:///dev/input/by-id/none"), open_=open_device).open()
