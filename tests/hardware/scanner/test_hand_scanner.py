"""The station's scanner: read on its own thread, reopened after faults, exchanged while it runs."""

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from hardware.errors import DeviceAccessDenied, DeviceLost, DeviceMissing
from hardware.scanner import HandScanner, ScannerAddress, ScannerFault, ScannerState, Transmission
from hardware.scanner.hand_scanner import CODES_A_SECOND
from tests.hardware.scanner.test_serial_scanner import PtyScanner
from tests.support.waiting import eventually


@dataclass
class Script:
    """What a source does: codes to deliver, errors to raise."""

    steps: "queue.SimpleQueue[tuple[Transmission, ...] | Exception]" = field(
        default_factory=queue.SimpleQueue
    )
    open_errors: list[Exception] = field(default_factory=list)
    opened: int = 0
    closed: int = 0
    is_flooding: bool = False

    def open(self) -> None:
        if self.open_errors:
            raise self.open_errors.pop(0)
        self.opened += 1

    def read(self) -> tuple[Transmission, ...]:
        try:
            step = self.steps.get(timeout=0.02)
        except queue.Empty:
            return ()
        if isinstance(step, Exception):
            raise step
        return step

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def codes() -> list[str]:
    return []


@pytest.fixture
def scanner(script: Script, codes: list[str]) -> Iterator[HandScanner]:
    with HandScanner(
        "serial:///dev/scanner",
        drivers={"serial": lambda _: script, "evdev": lambda _: script},
        retry_delays=(0.0, 0.01),
    ) as scanner:
        scanner.start(lambda scan: codes.append(scan.read().text))
        yield scanner


def code(text: str) -> Transmission:
    return Transmission(data=text.encode())


def test_codes_arrive_and_the_scanner_is_ready(
    scanner: HandScanner, script: Script, codes: list[str]
) -> None:
    script.steps.put((code("abc"), code("def")))
    eventually(lambda: codes == ["abc", "def"])
    assert scanner.health().state is ScannerState.READY
    assert scanner.health().message == ""


def test_a_scanner_that_was_unplugged_comes_back_by_itself(
    scanner: HandScanner, script: Script, codes: list[str]
) -> None:
    eventually(lambda: script.opened == 1)
    script.open_errors = [DeviceMissing("There is no scanner; is it plugged in?")] * 3
    script.steps.put(DeviceLost("The scanner was unplugged."))
    script.steps.put((code("abc"),))
    eventually(lambda: codes == ["abc"])
    assert (script.opened, script.closed) == (2, 4), "each attempt was closed"
    assert scanner.health().state is ScannerState.READY


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (DeviceMissing("not there"), ScannerFault.LOST),
        (DeviceAccessDenied("not allowed"), ScannerFault.ACCESS_DENIED),
        (RuntimeError("a bug"), ScannerFault.FAILED),
    ],
)
def test_why_it_is_missing_is_told(
    scanner: HandScanner, script: Script, error: Exception, fault: ScannerFault
) -> None:
    script.open_errors = [error] * 10_000
    script.steps.put(DeviceLost("The scanner was unplugged."))
    eventually(lambda: scanner.health().fault is fault)
    assert scanner.health().state is ScannerState.MISSING
    assert scanner.health().message


def test_a_flood_is_told_and_does_not_reach_the_gate(
    scanner: HandScanner, script: Script, codes: list[str]
) -> None:
    script.steps.put(tuple(code(str(number)) for number in range(500)))
    eventually(lambda: scanner.health().fault is ScannerFault.FLOODING)
    assert scanner.health().state is ScannerState.READY
    assert len(codes) == CODES_A_SECOND
    script.is_flooding = True
    assert scanner.health().message


def test_another_scanner_takes_over_while_the_gate_runs(
    scanner: HandScanner, script: Script, codes: list[str]
) -> None:
    eventually(lambda: script.opened == 1)
    scanner.use(ScannerAddress.parse("keys:?layout=de"))
    assert script.closed == 1
    assert scanner.health().state is ScannerState.WINDOW
    assert scanner.profile("keys:").layout == "de"
    assert scanner.profile("serial:/dev/scanner").layout == ""
    scanner.use(ScannerAddress.parse("evdev:?name=Netum"))
    script.steps.put((code("abc"),))
    eventually(lambda: codes == ["abc"])


def test_a_scanner_that_was_not_started_is_not_opened_by_another_address(script: Script) -> None:
    scanner, threads = HandScanner("keys:", drivers={"serial": lambda _: script}), threading.active_count()
    scanner.use(ScannerAddress.parse("serial:///dev/scanner"))
    assert (script.opened, threading.active_count()) == (0, threads)
    assert scanner.health().fault is ScannerFault.OPENING


def test_a_real_line_is_unplugged_and_plugged_in_again(tmp_path: Path) -> None:
    device, codes = PtyScanner(tmp_path / "scanner"), list[str]()
    wait: Callable[[str], float] = lambda text: eventually(lambda: codes[-1:] == [text])  # noqa: E731
    with HandScanner(f"serial://{device.link}", retry_delays=(0.02,)) as scanner:
        scanner.start(lambda scan: codes.append(scan.read().text))
        eventually(lambda: scanner.health().state is ScannerState.READY)
        device.send(b"abc\r")
        wait("abc")
        device.unplug()
        eventually(lambda: scanner.health().fault is ScannerFault.LOST)
        device.plug()
        eventually(lambda: scanner.health().state is ScannerState.READY)
        device.send(b"def\r")
        wait("def")
    device.unplug()
