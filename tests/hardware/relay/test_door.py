"""Door pulses: bounded, immediate, ended by board or supervisor, never more than requested."""

from __future__ import annotations

import _thread
import os
import signal
import threading
import time
from collections.abc import Callable

import pytest

from hardware.relay import Door, DoorState, PulseResult, create_board, create_door
from hardware.relay.door import PULSE_LATEST_S
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
            eventually(lambda: lcus.contacts == [False], within_s=0.3)
        hang.set()
    assert lcus.count_pulses() == 2


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
    eventually(lambda: not any(board.contacts), within_s=0.2)
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


def test_a_second_pulse_within_the_first_reaches_a_board_that_needs_fifty_milliseconds(
    lcus: LcusEmulator, eventually: Eventually
) -> None:
    lcus.deaf_after_command_s = 0.05
    with create_door(f"lcus:{lcus.link}") as door:
        eventually(lambda: ready(door))
        for _ in range(3):
            assert door.pulse(300).sent
            time.sleep(0.15)
        eventually(lambda: lcus.count_pulses() == 3 and lcus.contacts == [False])
    assert [event.on for event in lcus.contact_changes] == [True, False] * 3


def door_process_of(door: Door) -> int:
    """Return the process id of a door's process."""
    assert door._link is not None
    return door._link.process.pid


def test_a_door_process_that_is_killed_in_a_pulse_is_replaced_and_the_relay_is_off(
    lcus: LcusEmulator, eventually: Eventually
) -> None:
    with create_door(f"lcus:{lcus.link}") as door:
        eventually(lambda: ready(door))
        killed = door_process_of(door)
        assert door.pulse(2000).sent
        eventually(lambda: lcus.contacts == [True])
        os.kill(killed, signal.SIGKILL)
        eventually(lambda: lcus.contacts == [False])
        eventually(lambda: ready(door))
        assert door_process_of(door) != killed
        assert lcus.count_pulses() == 1
        assert door.pulse(100).sent
        eventually(lambda: lcus.count_pulses() == 2)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_door_process_that_is_asked_to_end_switches_off_and_is_replaced(
    lcus: LcusEmulator, eventually: Eventually, number: signal.Signals
) -> None:
    with create_door(f"lcus:{lcus.link}") as door:
        eventually(lambda: ready(door))
        ended = door_process_of(door)
        door.pulse(2000)
        eventually(lambda: lcus.contacts == [True])
        os.kill(ended, number)
        eventually(lambda: lcus.contacts == [False])
        eventually(lambda: ready(door) and door_process_of(door) != ended)


def test_a_door_process_that_stops_in_a_pulse_is_replaced_and_the_relay_is_off(
    lcus: LcusEmulator, eventually: Eventually
) -> None:
    with create_door(f"lcus:{lcus.link}") as door:
        eventually(lambda: ready(door))
        stopped = door_process_of(door)
        door.pulse(400)
        eventually(lambda: lcus.contacts == [True])
        os.kill(stopped, signal.SIGSTOP)
        eventually(lambda: lcus.contacts == [False], within_s=5)
        eventually(lambda: ready(door))
    assert lcus.count_pulses() == 1


def test_a_pulse_to_a_stopped_door_process_is_not_sent_and_never_made_up_for(
    lcus: LcusEmulator, eventually: Eventually
) -> None:
    with create_door(f"lcus:{lcus.link}") as door:
        eventually(lambda: ready(door))
        stopped = door_process_of(door)
        os.kill(stopped, signal.SIGSTOP)
        report = door.pulse(400)
        assert not report.sent
        assert "See whether the door is open" in str(report.error_message)
        eventually(lambda: ready(door) and door_process_of(door) != stopped, within_s=5)
        time.sleep(0.3)
        assert lcus.count_pulses() == 0


def test_a_request_that_waited_too_long_in_a_stopped_process_is_refused_when_it_goes_on(
    lcus: LcusEmulator, eventually: Eventually
) -> None:
    with create_door(f"lcus:{lcus.link}") as door:
        eventually(lambda: ready(door))
        process, reports = door_process_of(door), []
        os.kill(process, signal.SIGSTOP)
        caller = threading.Thread(target=lambda: reports.append(door.pulse(400)))
        caller.start()
        time.sleep(PULSE_LATEST_S + 0.1)
        os.kill(process, signal.SIGCONT)
        caller.join()
        assert not reports[0].sent
        assert "too busy" in str(reports[0].error_message)
    assert lcus.count_pulses() == 0
    assert lcus.contact_changes == []


def test_a_door_whose_process_cannot_start_says_so(
    lcus: LcusEmulator, eventually: Eventually, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hardware.relay.door.sys.executable", "/nowhere/python")
    with create_door(f"lcus:{lcus.link}") as door:
        eventually(lambda: door.health().state is DoorState.LOST)
        assert "process failed" in door.health().message
        assert not door.pulse().sent
        monkeypatch.undo()
        eventually(lambda: ready(door))


def test_two_callers_get_their_own_results(lcus: LcusEmulator, eventually: Eventually) -> None:
    with create_door(f"lcus:{lcus.link}") as door:
        eventually(lambda: ready(door))
        reports: list[PulseResult] = []
        callers = [threading.Thread(target=lambda: reports.append(door.pulse(100))) for _ in range(2)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
        eventually(lambda: lcus.count_pulses() == 2)
    assert [report.sent for report in reports] == [True, True]
    assert len({report.sent_at for report in reports}) == 2
