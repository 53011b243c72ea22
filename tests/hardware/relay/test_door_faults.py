"""Unplugged, swapped, silent, noisy, busy, stuck: the door says so, heals, and never pulses by itself."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import serial

from hardware.relay import Door, DoorHealth, DoorState, create_board, create_door
from hardware.relay.emulators import LcusEmulator, ModbusEmulator, PtyBoard
from hardware.relay.pulse_controller import PulseController
from tests.hardware.relay.driver_support import ControllerThread, Eventually


def state(door: Door | ControllerThread | PulseController) -> DoorState:
    return door.health().state


@pytest.fixture
def open_door(eventually: Eventually) -> Iterator[Callable[..., Door]]:
    """Start a door and wait until it is ready; closed at the end of the test."""
    doors: list[Door] = []

    def start(address: str, **options: Any) -> Door:
        door = create_door(address, **options).start()
        doors.append(door)
        eventually(lambda: state(door) is DoorState.READY)
        return door

    yield start
    for door in doors:
        door.close()


def test_unplugged_mid_pulse_it_heals_within_two_seconds_and_begins_with_off(
    board: PtyBoard,
    address_of: Callable[[PtyBoard], str],
    open_door: Callable[..., Door],
    eventually: Eventually,
) -> None:
    door = open_door(address_of(board))
    assert door.pulse(2000).sent
    eventually(lambda: board.count_pulses() == 1)
    board.unplug()
    eventually(lambda: state(door) is not DoorState.READY)
    assert "unplugged" in door.health().message or "plugged in" in door.health().message
    lost = door.pulse()
    assert not lost.sent
    assert "not released" in str(lost.error_message)
    time.sleep(0.6)  # some attempts to open in vain
    assert state(door) is DoorState.MISSING
    before = len(board.received_bytes)
    board.plug()
    assert eventually(lambda: state(door) is DoorState.READY) < 2
    off = "a0 01 00 a1" if isinstance(board, LcusEmulator) else "01 0f 00 00 00 08 01 00 fe 95"
    assert board.received_bytes[before:].startswith(bytes.fromhex(off))
    time.sleep(0.3)
    assert board.count_pulses() == 1  # the lost pulse is not made up for
    assert not any(board.contacts)
    assert door.pulse(100).sent
    eventually(lambda: board.count_pulses() == 2)


def test_unplugged_for_a_blink_it_heals_all_the_same(
    board: PtyBoard,
    address_of: Callable[[PtyBoard], str],
    open_door: Callable[..., Door],
    eventually: Eventually,
) -> None:
    door = open_door(address_of(board))
    board.unplug()
    board.plug()
    before = len(board.received_bytes)
    eventually(lambda: len(board.received_bytes) > before and state(door) is DoorState.READY)
    assert door.pulse(100).sent
    eventually(lambda: board.count_pulses() == 1)


def test_a_pulse_into_a_board_just_gone_is_reported_and_never_made_up_for(
    board: PtyBoard,
    address_of: Callable[[PtyBoard], str],
    open_door: Callable[..., Door],
    eventually: Eventually,
) -> None:
    door = open_door(address_of(board))
    board.unplug()
    report = door.pulse()
    assert not report.sent
    assert report.sent_at is None
    assert report.error_message
    board.plug()
    eventually(lambda: state(door) is DoorState.READY)
    time.sleep(0.3)
    assert board.count_pulses() == 0


def test_a_door_whose_board_comes_later_becomes_ready(tmp_path: Path, eventually: Eventually) -> None:
    reported: list[DoorHealth] = []
    with create_door(f"lcus:{tmp_path}/late", on_health=reported.append) as door:
        eventually(lambda: "plugged in" in door.health().message)
        assert state(door) is DoorState.MISSING
        assert not door.pulse().sent
        with LcusEmulator(tmp_path / "late") as board:
            eventually(lambda: state(door) is DoorState.READY)
            assert board.contact_changes == []
            eventually(lambda: [health.state for health in reported][-1:] == [DoorState.READY])


def test_swapped_ports_move_the_door_with_its_socket_and_the_other_device_hears_nothing(
    tmp_path: Path, eventually: Eventually
) -> None:
    class Port:
        vid: int | None = 0x1A86
        pid: int | None = 0x7523
        serial_number: str | None = None

        def __init__(self, device: Path, location: str) -> None:
            self.device = str(device)
            self.location: str | None = location

    sockets = {"1-1.2": tmp_path / "ttyUSB0", "1-1.3": tmp_path / "ttyUSB1"}
    with LcusEmulator(tmp_path / "ttyUSB0") as ours, LcusEmulator(tmp_path / "ttyUSB1") as stranger:
        relay = create_board(
            "lcus:usb=1a86:7523,path=1-1.2",
            list_comports=lambda: [Port(device, location) for location, device in sockets.items()],
        )
        with ControllerThread(relay) as door:
            eventually(lambda: state(door) is DoorState.READY)
            ours.unplug()
            stranger.unplug()
            eventually(lambda: state(door) is not DoorState.READY)
            ours.link, stranger.link = stranger.link, ours.link
            sockets = {"1-1.2": ours.link, "1-1.3": stranger.link}
            stranger.plug()
            ours.plug()
            eventually(lambda: state(door) is DoorState.READY)
            assert door.pulse(100).sent
            eventually(lambda: ours.count_pulses() == 1)
            assert stranger.received_bytes == b""


def test_two_boards_that_fit_are_not_guessed_between(tmp_path: Path, eventually: Eventually) -> None:
    class Port:
        vid: int | None = 0x0403
        pid: int | None = 0x6001
        serial_number: str | None = "0001"
        location: str | None = "1-1"

        def __init__(self, device: Path) -> None:
            self.device = str(device)

    with ModbusEmulator(tmp_path / "a") as first, ModbusEmulator(tmp_path / "b") as second:
        ports = [Port(first.link), Port(second.link)]
        relay = create_board("modbus:usb=0403:6001,serial=0001", list_comports=lambda: ports)
        with ControllerThread(relay) as door:
            eventually(lambda: state(door) is DoorState.BUSY)
            assert f"{first.link} and {second.link}" in door.health().message
            assert first.received_bytes == second.received_bytes == b""
            ports.pop()
            eventually(lambda: state(door) is DoorState.READY)
            assert second.received_bytes == b""


def test_a_port_that_another_program_holds_is_busy_and_hears_nothing(
    lcus: LcusEmulator, eventually: Eventually
) -> None:
    other = serial.Serial(str(lcus.link), exclusive=True)
    with create_door(f"lcus:{lcus.link}") as door:
        eventually(lambda: state(door) is DoorState.BUSY)
        assert "in use by another program" in door.health().message
        assert not door.pulse().sent
        assert lcus.received_bytes == b""
        other.close()
        eventually(lambda: state(door) is DoorState.READY)


def test_a_second_door_on_the_same_board_is_turned_away(
    lcus: LcusEmulator, open_door: Callable[..., Door], eventually: Eventually
) -> None:
    open_door(f"lcus:{lcus.link}")
    with create_door(f"lcus:{lcus.link}") as second:
        eventually(lambda: state(second) is DoorState.BUSY)


def test_a_board_that_falls_silent_is_lost_and_heals_when_it_answers(
    modbus: ModbusEmulator, open_door: Callable[..., Door], eventually: Eventually
) -> None:
    door = open_door(f"modbus:{modbus.link}")
    modbus.silent = True
    eventually(lambda: state(door) is DoorState.LOST)
    assert "doesn't answer" in door.health().message
    modbus.silent = False
    eventually(lambda: state(door) is DoorState.READY)
    assert modbus.count_pulses() == 0


def test_a_pulse_that_a_silent_board_never_confirms_is_told_by_the_doors_health(
    modbus: ModbusEmulator, open_door: Callable[..., Door], eventually: Eventually
) -> None:
    door = open_door(f"modbus:{modbus.link}")
    modbus.silent = True
    report = door.pulse()
    assert report.sent  # the bytes went out; whether they were heard shows later
    eventually(lambda: state(door) is DoorState.LOST)
    assert "See whether the door is open." in door.health().message
    assert modbus.received_bytes.count(bytes.fromhex("01 05 02 00")) == 1


@pytest.mark.parametrize("noise", [b"\x00\x13\x37relay\xfe\n", bytes.fromhex("01 05 00 00 FF 00 8C 3A")])
def test_garbage_for_answers_is_no_answer(
    modbus: ModbusEmulator, open_door: Callable[..., Door], eventually: Eventually, noise: bytes
) -> None:
    door = open_door(f"modbus:{modbus.link}")
    modbus.garbage_response = noise
    eventually(lambda: state(door) is DoorState.LOST)
    modbus.garbage_response = b""
    eventually(lambda: state(door) is DoorState.READY)
    assert modbus.count_pulses() == 0


def test_a_stranger_in_the_boards_socket_is_noticed_where_it_talks(
    lcus: LcusEmulator, eventually: Eventually
) -> None:
    lcus.garbage_response = b"OK 2.1\r\n>"
    with create_door(f"lcus:{lcus.link}") as door:
        eventually(lambda: state(door) is DoorState.LOST)
        assert "doesn't respond as LCUS relay boards do" in door.health().message
        assert not door.pulse().sent


def test_one_damaged_answer_spoils_no_pulse(
    modbus: ModbusEmulator, open_door: Callable[..., Door], eventually: Eventually
) -> None:
    door = open_door(f"modbus:{modbus.link}")
    modbus.bad_crc_responses = 1
    door.pulse(300)
    eventually(lambda: len(modbus.contact_changes) == 2)
    on, off = modbus.contact_changes
    assert 0.28 <= off.changed_at - on.changed_at <= 0.4
    assert door.health() == DoorHealth(DoorState.READY)
    assert modbus.bad_crc_responses == 0


def test_answers_that_are_all_damaged_lose_the_board(
    modbus: ModbusEmulator, open_door: Callable[..., Door], eventually: Eventually
) -> None:
    door = open_door(f"modbus:{modbus.link}")
    modbus.bad_crc_responses = 1_000_000
    eventually(lambda: state(door) is DoorState.LOST and "damaged" in door.health().message)
    modbus.bad_crc_responses = 0
    eventually(lambda: state(door) is DoorState.READY)


def test_answers_that_come_byte_by_byte_are_pieced_together(
    modbus: ModbusEmulator, open_door: Callable[..., Door], eventually: Eventually
) -> None:
    modbus.response_byte_delay_s = 0.004
    door = open_door(f"modbus:{modbus.link}")
    assert door.pulse(100).sent
    eventually(lambda: len(modbus.contact_changes) == 2)
    assert door.health() == DoorHealth(DoorState.READY)


def fill(jam: int) -> int:
    """Write until nothing more is taken; how many bytes were."""
    taken = 0
    for filling in (b"\x00" * 512, b"\x00"):
        with contextlib.suppress(BlockingIOError):
            while True:
                taken += os.write(jam, filling)
    return taken


def test_a_board_that_takes_no_bytes_times_out_and_the_late_on_never_reaches_it(
    lcus: LcusEmulator, open_door: Callable[..., Door], eventually: Eventually
) -> None:
    door = open_door(f"lcus:{lcus.link}")
    lcus.stalled = True
    time.sleep(0.02)
    jam = os.open(lcus.link, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
    while fill(jam):
        time.sleep(0.05)  # the kernel moves bytes on in its own time, and room comes up again
    os.close(jam)
    started = time.monotonic()
    report = door.pulse()
    assert time.monotonic() - started < 0.6
    assert not report.sent
    assert "takes no bytes" in str(report.error_message)
    lcus.stalled = False
    eventually(lambda: state(door) is DoorState.READY)
    time.sleep(0.2)
    assert lcus.count_pulses() == 0


@pytest.mark.parametrize("kind", [lambda link: LcusEmulator(link, responds_to_status=True), ModbusEmulator])
def test_a_welded_contact_is_told_and_so_is_its_end(
    tmp_path: Path, open_door: Callable[..., Door], eventually: Eventually, kind: Any
) -> None:
    with kind(tmp_path / "board") as board:
        scheme = "modbus" if isinstance(board, ModbusEmulator) else "lcus"
        door = open_door(f"{scheme}:{board.link}")
        board.welded_closed = {1}
        door.pulse(100)
        eventually(lambda: "welded" in door.health().message)
        assert state(door) is DoorState.READY
        board.welded_closed = set()
        eventually(lambda: door.health() == DoorHealth(DoorState.READY), within_s=3)
        assert not any(board.contacts)
        door.close()


def test_a_contact_that_does_not_close_is_told(
    modbus: ModbusEmulator, open_door: Callable[..., Door], eventually: Eventually
) -> None:
    door = open_door(f"modbus:{modbus.link}")
    modbus.stuck_open = {1}
    door.pulse(400)
    eventually(lambda: "did not switch on" in door.health().message)


def test_a_board_without_the_doors_channel_is_told_by_its_refusal(
    tmp_path: Path, eventually: Eventually
) -> None:
    with (
        ModbusEmulator(tmp_path / "old", channels=8) as board,
        create_door(f"modbus:{board.link},channel=16") as door,
    ):
        eventually(lambda: state(door) is DoorState.LOST)
        assert "has no channel 16: it knows 8" in door.health().message


def test_a_missing_permission_is_told_with_its_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deny(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(
        "serial.serialposix.os.open", deny
    )  # the tests may run as root, whom nothing is denied
    door = PulseController(create_board(f"lcus:{tmp_path}/port"))
    door.run_once()
    assert state(door) is DoorState.BUSY
    assert "dialout" in door.health().message


def test_dtr_and_rts_are_low_before_the_port_opens(
    lcus: LcusEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened_with: list[tuple[bool, bool, object, object]] = []

    class Watched(serial.Serial):
        def open(self) -> None:
            opened_with.append((self.dtr, self.rts, self.exclusive, self.write_timeout))
            super().open()

    monkeypatch.setattr("hardware.relay.serial_port.serial.Serial", Watched)
    door = PulseController(create_board(f"lcus:{lcus.link}"))
    door.run_once()
    door.close()
    assert opened_with == [(False, False, True, 0.25)]


def test_a_board_unplugged_in_the_middle_of_an_answer_is_lost_and_heals(
    modbus: ModbusEmulator, open_door: Callable[..., Door], eventually: Eventually
) -> None:
    door = open_door(f"modbus:{modbus.link}")
    modbus.response_byte_delay_s = 0.03  # eight bytes: a quarter of a second
    received = len(modbus.received_bytes)
    assert door.pulse(100).sent
    eventually(lambda: len(modbus.received_bytes) > received)
    modbus.unplug()
    modbus.response_byte_delay_s = 0.0
    eventually(lambda: state(door) is DoorState.MISSING)
    modbus.plug()
    eventually(lambda: door.health() == DoorHealth(DoorState.READY))
    assert modbus.count_pulses() == 1
    assert not any(modbus.contacts)
    assert door.pulse(100).sent
    eventually(lambda: modbus.count_pulses() == 2)
