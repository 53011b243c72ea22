"""Two physical scanners at one machine: each read by its own line, unplugged in a code, plugged in again under another name.

Serial scanners are ptys, and scanners that type are pipes of real event structs: there is no /dev/uinput where tests run.
"""

import os
import tty
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

import pytest

evdev = pytest.importorskip("evdev")

from hardware.errors import DeviceBusy, DeviceLost, DeviceMissing  # noqa: E402
from hardware.scanner import (  # noqa: E402
    HandScanner,
    ScannerAddress,
    ScannerFault,
    ScannerProfile,
    ScannerState,
    Transmission,
)
from hardware.scanner.evdev_scanner import EvdevScanner  # noqa: E402
from hardware.scanner.framing import HALF_FRAME_MS, PAUSE_MS  # noqa: E402
from hardware.scanner.serial_scanner import SerialScanner  # noqa: E402
from hardware.scanner.setup_code import keys_of  # noqa: E402
from tests.hardware.scanner.test_evdev_scanner import ENTER, PipeDevice  # noqa: E402
from tests.hardware.scanner.test_serial_scanner import PtyScanner  # noqa: E402
from tests.support.waiting import eventually  # noqa: E402

FIRST, SECOND = b"FIRST-1234567890\r", b"SECOND-0987654321\r"


class Clock:
    """Seconds that a test sets."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def texts(scanner: SerialScanner, reads: int = 1) -> list[str]:
    """Return the codes of some reads."""
    return [code.read().text for _ in range(reads) for code in scanner.read()]


def collector(received: list[str]) -> Callable[[Transmission], None]:
    """Return a receiver that adds the text of each code."""
    return lambda code: received.append(code.read().text)


class SuffixTrial:
    """A scanner on a pty, and what is read of it until its time for half a code is over."""

    def __init__(self, link: Path, suffix: str) -> None:
        self.device, self.clock = PtyScanner(link), Clock()
        address = ScannerAddress.parse(f"serial://{link}?suffix={suffix}")
        self.scanner = SerialScanner(address, clock=self.clock)

    def __enter__(self) -> Self:
        self.scanner.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.scanner.close()
        self.device.unplug()

    def send(self, text: str) -> list[str]:
        self.device.send(text.encode())
        received = texts(self.scanner)
        self.clock.now += max(PAUSE_MS, HALF_FRAME_MS) / 1000 + 0.05
        return received + texts(self.scanner)


@pytest.fixture
def devices(tmp_path: Path) -> Iterator[tuple[PtyScanner, PtyScanner]]:
    pair = PtyScanner(tmp_path / "by-id-first"), PtyScanner(tmp_path / "by-id-second")
    yield pair
    for each in pair:
        if each.link.is_symlink():
            each.unplug()


def test_two_scanners_at_once_are_read_each_by_its_own_line(devices: tuple[PtyScanner, PtyScanner]) -> None:
    """The bytes of both come in turn, one by one; each code is whole, and one scanner's fault is not the other's."""
    codes: tuple[list[str], list[str]] = ([], [])
    scanners = [HandScanner(f"serial://{device.link}", retry_delays=(0.02,)) for device in devices]
    try:
        for scanner, received in zip(scanners, codes, strict=True):
            scanner.start(collector(received))
        eventually(lambda: all(scanner.health().state is ScannerState.READY for scanner in scanners))
        for first, second in zip(FIRST.ljust(len(SECOND), b"\0"), SECOND, strict=True):
            devices[0].send(bytes([first]))
            devices[1].send(bytes([second]))
        eventually(lambda: codes == ([FIRST.decode().strip()], [SECOND.decode().strip()]))
        devices[0].unplug()
        eventually(lambda: scanners[0].health().fault is ScannerFault.LOST)
        devices[1].send(SECOND)
        eventually(lambda: len(codes[1]) == 2)
        assert scanners[1].health().state is ScannerState.READY
    finally:
        for scanner in scanners:
            scanner.stop()


@pytest.mark.parametrize("suffix", ["any", "cr"])
def test_a_scanner_unplugged_in_a_code_comes_back_under_another_name(tmp_path: Path, suffix: str) -> None:
    """The kernel names it ttyACM1 where it was ttyACM0; the link in by-id is the same. Half a code is no part of the next."""
    device, codes = PtyScanner(tmp_path / "by-id"), list[str]()
    names = [device.link.readlink()]
    with HandScanner(f"serial://{device.link}?suffix={suffix}", retry_delays=(0.02,)) as scanner:
        scanner.start(lambda scan: codes.append(scan.read().text))
        eventually(lambda: scanner.health().state is ScannerState.READY)
        device.send(FIRST)
        eventually(lambda: codes == ["FIRST-1234567890"])
        device.send(b"HALF-A-CO")
        device.unplug()
        eventually(lambda: scanner.health().fault is ScannerFault.LOST)
        taken = os.openpty()  # the next device gets another name
        device.plug()
        names.append(device.link.readlink())
        eventually(lambda: scanner.health().state is ScannerState.READY)
        device.send(SECOND)
        eventually(lambda: codes[-1:] == ["SECOND-0987654321"])
    device.unplug()
    for descriptor in taken:
        os.close(descriptor)
    assert names[0] != names[1]
    assert codes == ["FIRST-1234567890", "SECOND-0987654321"]


def test_two_scanners_in_each_others_place_are_still_who_they_are(tmp_path: Path) -> None:
    """By path of the kernel they would be exchanged; the address names the link, which follows the device."""
    ports = [os.openpty() for _ in range(2)]
    for _, station_end in ports:
        tty.setraw(station_end)
    link = tmp_path / "by-id"
    link.symlink_to(os.ttyname(ports[0][1]))
    scanner = SerialScanner(ScannerAddress.parse(f"serial://{link}"))
    scanner.open()
    os.write(ports[1][0], SECOND)
    os.write(ports[0][0], FIRST)
    assert texts(scanner) == ["FIRST-1234567890"]
    scanner.close()
    link.unlink()
    link.symlink_to(os.ttyname(ports[1][1]))
    scanner.open()
    os.write(ports[0][0], FIRST)
    os.write(ports[1][0], SECOND)
    assert "SECOND-0987654321" in texts(scanner, 2)
    scanner.close()
    for pair in ports:
        for descriptor in pair:
            os.close(descriptor)


def evdev_texts(scanner: EvdevScanner) -> list[str]:
    return [code.read(ScannerProfile("us")).text for code in scanner.read()]


@pytest.mark.parametrize(
    "address", ["evdev:?name=Netum&layout=us", "evdev:///dev/input/by-id/netum?layout=us"]
)
def test_a_scanner_that_types_comes_back_as_another_device(address: str) -> None:
    """Event 7 before and event 9 after; a second scanner of another name types all the while and is not read."""
    devices = {"/dev/input/event7": PipeDevice(), "/dev/input/event8": PipeDevice()}
    links = {"/dev/input/by-id/netum": "/dev/input/event7"}
    names = {"/dev/input/event7": "Netum", "/dev/input/event8": "Zebra", "/dev/input/event9": "Netum"}

    def open_(path: str) -> PipeDevice:
        target = links.get(path, path)
        if target not in devices:
            raise FileNotFoundError(2, "No such file")
        return devices[target]

    def list_() -> list[tuple[str, str]]:
        return [(path, names[path]) for path in devices]

    scanner = EvdevScanner(ScannerAddress.parse(address), open_=open_, list_=list_)
    scanner.open()
    first, other = devices["/dev/input/event7"], devices["/dev/input/event8"]
    first.type_keys(keys_of("half", "us"))
    other.type_keys(keys_of("other", "us"))
    assert evdev_texts(scanner) == []
    first.unplug()
    del devices["/dev/input/event7"]
    with pytest.raises(DeviceLost, match="unplugged"):
        scanner.read()
    scanner.close()
    with pytest.raises(DeviceMissing):
        scanner.open()
    devices["/dev/input/event9"] = again = PipeDevice()
    links["/dev/input/by-id/netum"] = "/dev/input/event9"
    scanner.open()
    again.type_keys(keys_of("whole", "us"))
    again.press(ENTER)
    assert evdev_texts(scanner) == ["whole"]
    assert (again.grabbed, other.grabbed) == (1, 0)
    scanner.close()
    other.close()


def test_two_scanners_of_one_name_are_not_guessed_between() -> None:
    twins = [("/dev/input/event7", "Netum"), ("/dev/input/event8", "Netum")]
    opened: list[str] = []

    def open_(path: str) -> PipeDevice:
        opened.append(path)
        return PipeDevice()

    scanner = EvdevScanner(ScannerAddress.parse("evdev:?name=Netum"), open_=open_, list_=lambda: twins)
    with pytest.raises(DeviceBusy, match="by-path"):
        scanner.open()
    assert opened == []


@pytest.mark.parametrize("suffix", ["any", "none"])
def test_a_scanner_without_a_suffix_is_read_after_a_pause(tmp_path: Path, suffix: str) -> None:
    with SuffixTrial(tmp_path / "scanner", suffix) as line:
        assert [line.send(f"CODE-{number}") for number in range(4)] == [[f"CODE-{n}"] for n in range(4)]


@pytest.mark.parametrize("suffix", ["any", "cr"])
def test_a_scanner_that_lost_its_suffix_is_read_after_a_pause(tmp_path: Path, suffix: str) -> None:
    """Somebody reset it while the gate works: one code is taken for half a code, and no more of them."""
    with SuffixTrial(tmp_path / "scanner", suffix) as line:
        assert line.send("BEFORE\r") == ["BEFORE"]
        assert [line.send(f"CODE-{number}") for number in range(4)] == [
            [],
            ["CODE-1"],
            ["CODE-2"],
            ["CODE-3"],
        ]
        assert line.send("AGAIN\r") == ["AGAIN"]
        assert line.send("HALF") == [], "and it has its suffix again"
