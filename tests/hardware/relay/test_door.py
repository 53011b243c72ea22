"""Door pulses: bounded, immediate, ended by board or supervisor, never more than requested."""

from __future__ import annotations

import _thread
import threading
import time
from collections.abc import Callable

import pytest

from hardware.relay import Door, DoorState, create_board, create_door
from hardware.relay.emulators import LcusEmulator, ModbusEmulator, PtyBoard
from tests.hardware.relay.driver_support import Eventually


def ready(door: Door) -> bool:
    return door.health().state is DoorState.READY


def test_a_pulse_is_on_at_once_and_off_when_its_time_is_over(
    board: PtyBoard, address_of: Callable[[PtyBoard], str], eventually: Eventually
) -> None:
    with create_door(address_of(board)) as door:
        eventually(lambda: ready(door))
        called = time.monotonic()
        report = door.pulse(300)
        returned = time.monotonic()
        eventually(lambda: len(board.contact_changes) == 2)
    on, off = board.contact_changes
    assert report.sent
    assert report.error_message is None
    assert report.sent_at is not None
    assert called <= report.sent_at <= returned
    assert (on.on, off.on) == (True, False)
    assert on.changed_at - called < 0.05
    assert 0.28 <= off.changed_at - on.changed_at <= 0.45
    assert board.count_pulses() == 1


def test_a_door_that_only_starts_and_stops_never_pulses(
    board: PtyBoard, address_of: Callable[[PtyBoard], str], eventually: Eventually
) -> None:
    with create_door(address_of(board)) as door:
        eventually(lambda: ready(door))
        time.sleep(0.3)
    assert board.contact_changes == []


@pytest.mark.parametrize("ms", [0, 99, 2001, -1, 60_000])
def test_a_pulse_out_of_bounds_is_refused_and_nothing_is_sent(
    lcus: LcusEmulator, eventually: Eventually, ms: int
) -> None:
    with create_door(f"lcus:{lcus.link}") as door:
        eventually(lambda: ready(door))
        with pytest.raises(ValueError, match="100 to 2000 ms"):
            door.pulse(ms)
    assert lcus.contact_changes == []


def test_the_clock_decides_when_a_software_pulse_ends(lcus: LcusEmulator, eventually: Eventually) -> None:
    now = [1000.0]
    door = Door(create_board(f"lcus:{lcus.link}"), clock=lambda: now[0])
    door.run_once()
    assert ready(door)
    assert door.pulse(400).sent_at == 1000.0
    now[0] += 0.399
    door.run_once()
    time.sleep(0.02)
    assert lcus.contacts == [True]
    now[0] += 0.001
    door.run_once()
    eventually(lambda: lcus.contacts == [False])
    door.close()


def test_the_door_is_off_in_time_though_its_caller_died_or_hangs(
    lcus: LcusEmulator, eventually: Eventually
) -> None:
    hang = threading.Event()
    with create_door(f"lcus:{lcus.link}") as door:
        eventually(lambda: ready(door))

        def pulse_and_die() -> None:
            door.pulse(200)
            _thread.exit()

        for caller in (pulse_and_die, lambda: (door.pulse(200), hang.wait())):
            _thread.start_new_thread(caller, ())
            eventually(lambda: lcus.contacts == [True])
            eventually(lambda: lcus.contacts == [False], within=0.3)
        hang.set()
    assert lcus.count_pulses() == 2


def test_a_board_that_times_pulses_ends_them_itself(modbus: ModbusEmulator, eventually: Eventually) -> None:
    door = Door(create_board(f"modbus:{modbus.link}"))
    door.run_once()
    before = len(modbus.received_bytes)
    door.pulse(200)
    eventually(lambda: modbus.count_pulses() == 1)
    eventually(lambda: modbus.contacts[0] is False, within=0.3)  # nobody calls run_once meanwhile
    assert modbus.received_bytes[before:] == bytes.fromhex("01 05 02 00 00 02 4D B3")
    door.close()


def test_a_second_person_gets_an_edge_of_their_own(
    board: PtyBoard, address_of: Callable[[PtyBoard], str], eventually: Eventually
) -> None:
    with create_door(address_of(board)) as door:
        eventually(lambda: ready(door))
        assert door.pulse(400).sent
        time.sleep(0.1)
        assert door.pulse(400).sent
        eventually(lambda: len(board.contact_changes) == 4)
    assert [event.on for event in board.contact_changes] == [True, False, True, False]
    assert board.count_pulses() == 2
    assert 0.38 <= board.contact_changes[3].changed_at - board.contact_changes[2].changed_at <= 0.55


def test_a_door_uses_the_channel_it_is_bound_to(modbus: ModbusEmulator, eventually: Eventually) -> None:
    with create_door(f"modbus:{modbus.link},channel=5") as door:
        eventually(lambda: ready(door))
        door.pulse(100)
        eventually(lambda: len(modbus.contact_changes) == 2)
    assert {event.channel for event in modbus.contact_changes} == {5}


def test_closing_mid_pulse_switches_off_and_nothing_can_be_sent_afterwards(
    board: PtyBoard, address_of: Callable[[PtyBoard], str], eventually: Eventually
) -> None:
    door = create_door(address_of(board)).start()
    eventually(lambda: ready(door))
    door.pulse(2000)
    eventually(lambda: board.count_pulses() == 1)
    door.close()
    door.close()
    eventually(lambda: not any(board.contacts), within=0.2)
    report = door.pulse()
    assert not report.sent
    assert "closed" in str(report.error_message)


def test_contacts_left_on_by_a_killed_program_are_switched_off_at_start(
    board: PtyBoard, address_of: Callable[[PtyBoard], str], eventually: Eventually
) -> None:
    raw = create_board(address_of(board))
    raw.open()
    raw.on(1)
    eventually(lambda: board.contacts[0])
    raw.close()
    with create_door(address_of(board)) as door:
        eventually(lambda: ready(door))
        assert not any(board.contacts)
    assert board.count_pulses() == 1
