"""Each relay board there is: pulsed, unplugged while on, silent, noisy, with a lost "off"."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hardware.relay import DRIVERS, DoorState, create_board
from hardware.relay.emulators import (
    DenkoviEmulator,
    DevantechEmulator,
    Hw667Emulator,
    KmtronicEmulator,
    LcusEmulator,
    ModbusEmulator,
    NumatoEmulator,
    PtyBoard,
)
from tests.hardware.relay.driver_support import ControllerThread, Eventually

EMULATORS: dict[str, Callable[[Path], PtyBoard]] = {
    "denkovi": DenkoviEmulator,
    "devantech": DevantechEmulator,
    "hw667": Hw667Emulator,
    "kmtronic": KmtronicEmulator,
    "lcus": lambda link: LcusEmulator(link, responds_to_status=True),
    "modbus": ModbusEmulator,
    "numato": NumatoEmulator,
}
ANSWERING = sorted(EMULATORS.keys() - {"hw667"})
Controller = Callable[[], ControllerThread]


@pytest.fixture(params=sorted(EMULATORS))
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def far(scheme: str, tmp_path: Path) -> Iterator[PtyBoard]:
    """Yield the emulated board of `scheme`."""
    with EMULATORS[scheme](tmp_path / "board") as board:
        yield board


@pytest.fixture
def door(scheme: str, far: PtyBoard) -> Iterator[ControllerThread]:
    """Yield a running pulse controller on channel 1 of the board."""
    with ControllerThread(create_board(f"{scheme}:{far.link},gap=5")) as controller:
        yield controller


def is_ready(door: ControllerThread) -> bool:
    return door.health().state is DoorState.READY and not door.health().message


def test_each_driver_has_an_emulator() -> None:
    assert sorted(EMULATORS) == sorted(DRIVERS)


def test_a_pulse_is_on_and_off_once(far: PtyBoard, door: ControllerThread, eventually: Eventually) -> None:
    eventually(lambda: is_ready(door))
    assert far.contact_changes == []
    assert door.pulse(150).sent
    eventually(lambda: len(far.contact_changes) == 2)
    on, off = far.contact_changes
    assert (on.channel, on.on, off.channel, off.on) == (1, True, 1, False)
    assert 0.1 <= off.changed_at - on.changed_at <= 1.0
    assert is_ready(door)


def test_unplugged_while_on_it_is_off_again_and_pulses_no_second_time(
    far: PtyBoard, door: ControllerThread, eventually: Eventually
) -> None:
    eventually(lambda: is_ready(door))
    assert door.pulse(500).sent
    eventually(lambda: far.count_pulses() == 1)
    far.unplug()
    eventually(lambda: door.health().state is not DoorState.READY)
    assert not door.pulse(200).sent
    far.plug()
    eventually(lambda: is_ready(door) and not any(far.contacts))
    assert far.count_pulses() == 1


@pytest.mark.parametrize("scheme", ANSWERING, indirect=True)
def test_noise_instead_of_an_answer_is_a_sentence(
    far: PtyBoard, door: ControllerThread, eventually: Eventually
) -> None:
    eventually(lambda: is_ready(door))
    far.garbage_response = b"\x07?\x93\xfe" * 5
    eventually(lambda: door.health().state is DoorState.LOST)
    assert "relay board" in door.health().message
    assert not door.pulse(200).sent
    far.garbage_response = b""
    eventually(lambda: is_ready(door))


@pytest.mark.parametrize("scheme", ANSWERING, indirect=True)
def test_an_off_that_is_lost_on_the_line_is_repeated(
    far: PtyBoard, door: ControllerThread, eventually: Eventually
) -> None:
    eventually(lambda: is_ready(door))
    far.lost_offs = 1
    assert door.pulse(100).sent
    eventually(lambda: far.count_pulses() == 1 and not any(far.contacts) and far.lost_offs == 0)


def test_a_pulse_for_an_unplugged_board_is_not_sent_when_it_comes_back(
    far: PtyBoard, door: ControllerThread, eventually: Eventually
) -> None:
    eventually(lambda: is_ready(door))
    far.unplug()
    assert "door was not released" in str(door.pulse(200).error_message)
    far.plug()
    eventually(lambda: is_ready(door))
    assert far.contact_changes == []
