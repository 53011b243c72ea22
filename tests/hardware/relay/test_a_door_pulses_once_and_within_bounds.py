"""What a pulse is: bounded, at once, ended by whoever can, never more than was asked for."""

from __future__ import annotations

import _thread
import threading
import time

import pytest

from hardware.relay import Door, DoorState, board_at, door_at


def ready(door: Door) -> bool:
    return door.health().state is DoorState.READY


def test_a_pulse_is_on_at_once_and_off_when_its_time_is_over(board, address_of, eventually):
    with door_at(address_of(board)) as door:
        eventually(lambda: ready(door))
        called = time.monotonic()
        report = door.pulse(300)
        returned = time.monotonic()
        eventually(lambda: len(board.events) == 2)
    on, off = board.events
    assert report.sent
    assert report.problem is None
    assert report.at is not None
    assert called <= report.at <= returned
    assert (on.on, off.on) == (True, False)
    assert on.at - called < 0.05
    assert 0.28 <= off.at - on.at <= 0.45
    assert board.pulses() == 1


def test_a_door_that_only_starts_and_stops_never_pulses(board, address_of, eventually):
    with door_at(address_of(board)) as door:
        eventually(lambda: ready(door))
        time.sleep(0.3)
    assert board.events == []


@pytest.mark.parametrize("ms", [0, 99, 2001, -1, 60_000])
def test_a_pulse_out_of_bounds_is_refused_and_nothing_is_sent(lcus, eventually, ms):
    with door_at(f"lcus:{lcus.link}") as door:
        eventually(lambda: ready(door))
        with pytest.raises(ValueError, match="100 to 2000 ms"):
            door.pulse(ms)
    assert lcus.events == []


def test_the_clock_decides_when_a_software_pulse_ends(lcus, eventually):
    now = [1000.0]
    door = Door(board_at(f"lcus:{lcus.link}"), clock=lambda: now[0])
    door.run_once()
    assert ready(door)
    assert door.pulse(400).at == 1000.0
    now[0] += 0.399
    door.run_once()
    time.sleep(0.02)
    assert lcus.contacts == [True]
    now[0] += 0.001
    door.run_once()
    eventually(lambda: lcus.contacts == [False])
    door.close()


def test_the_door_is_off_in_time_though_its_caller_died_or_hangs(lcus, eventually):
    hang = threading.Event()
    with door_at(f"lcus:{lcus.link}") as door:
        eventually(lambda: ready(door))

        def pulse_and_die() -> None:
            door.pulse(200)
            _thread.exit()

        for caller in (pulse_and_die, lambda: (door.pulse(200), hang.wait())):
            _thread.start_new_thread(caller, ())
            eventually(lambda: lcus.contacts == [True])
            eventually(lambda: lcus.contacts == [False], within=0.3)
        hang.set()
    assert lcus.pulses() == 2


def test_a_board_that_times_pulses_ends_them_itself(modbus, eventually):
    door = Door(board_at(f"modbus:{modbus.link}"))
    door.run_once()
    before = len(modbus.received)
    door.pulse(200)
    eventually(lambda: modbus.pulses() == 1)
    eventually(lambda: modbus.contacts[0] is False, within=0.3)  # nobody calls run_once meanwhile
    assert modbus.received[before:] == bytes.fromhex("01 05 02 00 00 02 4D B3")
    door.close()


def test_a_second_person_gets_an_edge_of_their_own(board, address_of, eventually):
    with door_at(address_of(board)) as door:
        eventually(lambda: ready(door))
        assert door.pulse(400).sent
        time.sleep(0.1)
        assert door.pulse(400).sent
        eventually(lambda: len(board.events) == 4)
    assert [event.on for event in board.events] == [True, False, True, False]
    assert board.pulses() == 2
    assert 0.38 <= board.events[3].at - board.events[2].at <= 0.55


def test_a_door_uses_the_channel_it_is_bound_to(modbus, eventually):
    with door_at(f"modbus:{modbus.link},channel=5") as door:
        eventually(lambda: ready(door))
        door.pulse(100)
        eventually(lambda: len(modbus.events) == 2)
    assert {event.channel for event in modbus.events} == {5}


def test_closing_mid_pulse_switches_off_and_nothing_can_be_sent_afterwards(board, address_of, eventually):
    door = door_at(address_of(board)).start()
    eventually(lambda: ready(door))
    door.pulse(2000)
    eventually(lambda: board.pulses() == 1)
    door.close()
    door.close()
    eventually(lambda: not any(board.contacts), within=0.2)
    report = door.pulse()
    assert not report.sent
    assert "closed" in str(report.problem)


def test_contacts_left_on_by_a_killed_program_are_switched_off_at_start(board, address_of, eventually):
    raw = board_at(address_of(board))
    raw.open()
    raw.on(1)
    eventually(lambda: board.contacts[0])
    raw.close()
    with door_at(address_of(board)) as door:
        eventually(lambda: ready(door))
        assert not any(board.contacts)
    assert board.pulses() == 1
