"""Serial scanners over a pty: frames, noise, pieces, unplugging."""

import os
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from hardware.errors import DeviceBusy, DeviceLost, DeviceMissing
from hardware.scanner import ScannerAddress
from hardware.scanner.framing import LONGEST
from hardware.scanner.serial_scanner import SerialScanner


class PtyScanner:
    """A scanner on a pty; its link is the device, as under /dev/serial/by-id."""

    def __init__(self, link: Path) -> None:
        self.link = link
        self.plug()

    def plug(self) -> None:
        self._main, self._port = os.openpty()
        tty.setraw(self._port)
        self.link.unlink(missing_ok=True)
        self.link.symlink_to(os.ttyname(self._port))

    def send(self, data: bytes) -> None:
        os.write(self._main, data)

    def unplug(self) -> None:
        self.link.unlink(missing_ok=True)
        for descriptor in (self._main, self._port):
            os.close(descriptor)


@pytest.fixture
def device(tmp_path: Path) -> PtyScanner:
    return PtyScanner(tmp_path / "scanner")


class Clock:
    """Seconds that a test sets."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def scanner(device: PtyScanner, clock: Clock) -> Iterator[SerialScanner]:
    scanner = SerialScanner(ScannerAddress.parse(f"serial://{device.link}"), clock=clock)
    scanner.open()
    yield scanner
    scanner.close()


def texts(scanner: SerialScanner, reads: int = 1) -> list[str]:
    """Return the codes of some reads."""
    return [code.read().text for _ in range(reads) for code in scanner.read()]


@pytest.mark.parametrize("frame", [b"%s\r", b"%s\r\n", b"%s\t", b"\x02%s\x03", b"]Q1%s\n", b"\x00\xff%s\r"])
def test_a_code_is_read_with_every_frame(device: PtyScanner, scanner: SerialScanner, frame: bytes) -> None:
    device.send(frame % b"aZ09-_+/=")
    noise = "\xff" if b"\xff" in frame else ""
    assert texts(scanner) == [noise + "aZ09-_+/="]


def test_pieces_are_put_together_and_two_codes_in_one_piece_are_two(
    device: PtyScanner, scanner: SerialScanner, clock: Clock
) -> None:
    device.send(b"abc")
    assert texts(scanner) == []
    clock.now += 0.1
    device.send(b"def\rghi\rjk")
    assert texts(scanner) == ["abcdef", "ghi"]
    clock.now += 2
    assert texts(scanner) == [], "half a code is dropped, since this scanner ends its codes"
    device.send(b"l\r")
    assert texts(scanner) == ["l"]


def test_without_a_suffix_a_pause_ends_the_code(
    device: PtyScanner, scanner: SerialScanner, clock: Clock
) -> None:
    device.send(b"abc")
    assert texts(scanner) == []
    clock.now += 0.2
    assert texts(scanner) == ["abc"]


def test_half_a_code_before_the_plug_was_pulled_is_no_part_of_the_next(
    device: PtyScanner, scanner: SerialScanner
) -> None:
    device.send(b"abc\rhalf")
    assert texts(scanner) == ["abc"]
    device.unplug()
    with pytest.raises(DeviceLost, match="unplugged"):
        texts(scanner, 2)
    with pytest.raises(DeviceMissing, match="plugged in"):
        scanner.open()
    device.plug()
    device.send(b"before it was opened\r")
    scanner.open()
    device.send(b"def\r")
    assert "halfdef" not in texts(scanner, 2)


def test_a_port_that_another_program_reads_is_told(device: PtyScanner, scanner: SerialScanner) -> None:
    other = SerialScanner(ScannerAddress.parse(f"serial://{device.link}"))
    with pytest.raises(DeviceBusy, match="in use"):
        other.open()
    other.close()
    with pytest.raises(DeviceLost, match="not open"):
        other.read()


def test_a_flood_is_noticed_keeps_no_memory_and_a_code_ends_it(
    device: PtyScanner, scanner: SerialScanner
) -> None:
    for _ in range(5):
        device.send(b"\xff" * 1_000)
        assert texts(scanner) == []
    assert scanner.is_flooding
    assert len(scanner._framer._items) <= LONGEST
    device.send(b"\rabc\r")
    assert texts(scanner) == ["abc"]
    assert not scanner.is_flooding
