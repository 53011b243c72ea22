"""Inputs of a door over real bytes: edges arrive with their time, and no pulse or "off" waits for them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hardware.inputs import InputEdge, InputRole, InputSettingsError, parse_inputs
from hardware.relay import Door, DoorState, create_door
from hardware.relay.emulators import LcusEmulator, ModbusEmulator
from tests.hardware.relay.conftest import eventually, lcus, modbus
from tests.hardware.relay.driver_support import Eventually

__all__ = ["eventually", "lcus", "modbus"]

PASSAGE, FIRE = InputRole.PASSAGE, InputRole.FIRE


def is_reading(door: Door) -> bool:
    inputs = door.inputs()
    return door.health().state is DoorState.READY and inputs is not None and inputs.is_ready


class EdgeLog(list[InputEdge]):
    """All edges of a door so far."""

    def grows_to(self, door: Door, count: int) -> bool:
        self.extend(door.take_edges())
        return len(self) >= count


@pytest.fixture
def door(modbus: ModbusEmulator, eventually: Eventually) -> Iterator[Door]:
    """Yield a door with a passage sensor and a fire input on its own board."""
    modbus.input_contacts[3] = True  # the fire alarm's contact is closed at rest
    inputs = parse_inputs("passage=1,fire=4:open")
    with create_door(f"modbus:{modbus.link}", inputs=inputs) as each:
        eventually(lambda: is_reading(each))
        yield each


def test_a_turn_is_two_edges_with_their_times(
    door: Door, modbus: ModbusEmulator, eventually: Eventually
) -> None:
    edges = EdgeLog()
    assert door.pulse(400).sent
    turned_at = time.monotonic()
    modbus.input_contacts[0] = True
    eventually(lambda: edges.grows_to(door, 1))
    modbus.input_contacts[0] = False
    eventually(lambda: edges.grows_to(door, 2))
    assert [(edge.role, edge.is_active, edge.is_first) for edge in edges] == [
        (PASSAGE, True, False),
        (PASSAGE, False, False),
    ]
    assert turned_at - 0.02 <= edges[0].at <= time.monotonic()
    eventually(lambda: modbus.contacts[0] is False)
    assert modbus.count_pulses() == 1


def test_a_fire_input_is_told_and_stops_no_pulse(
    door: Door, modbus: ModbusEmulator, eventually: Eventually
) -> None:
    edges = EdgeLog()
    modbus.input_contacts[3] = False
    eventually(lambda: edges.grows_to(door, 1))
    assert (edges[0].role, edges[0].is_active) == (FIRE, True)
    eventually(lambda: (inputs := door.inputs()) is not None and inputs.active == (FIRE,))
    assert door.pulse(100).sent


def test_a_board_that_is_replugged_is_read_again_and_nothing_is_a_turn(
    door: Door, modbus: ModbusEmulator, eventually: Eventually
) -> None:
    modbus.unplug()
    eventually(lambda: not is_reading(door))
    modbus.input_contacts[0] = True
    modbus.plug()
    eventually(lambda: is_reading(door))
    edges = EdgeLog()
    eventually(lambda: edges.grows_to(door, 1))
    assert edges[0].is_first
    assert modbus.count_pulses() == 0


def test_the_off_of_a_board_without_a_timer_does_not_wait_for_inputs(
    modbus: ModbusEmulator, eventually: Eventually
) -> None:
    modbus.knows_flash = False
    with create_door(f"modbus:{modbus.link}", inputs=parse_inputs("passage=1")) as door:
        eventually(lambda: is_reading(door))
        door.pulse(300)  # is refused: the board learns that it needs "on" and "off"
        eventually(lambda: not is_reading(door))
        eventually(lambda: is_reading(door))
        assert door.pulse(500).sent
        eventually(lambda: len(modbus.contact_changes) == 2)
    on, off = modbus.contact_changes[:2]
    assert 0.48 <= off.changed_at - on.changed_at <= 0.65


def test_a_board_without_inputs_still_pulses_and_its_inputs_are_lost(
    tmp_path: Path, eventually: Eventually
) -> None:
    with (
        ModbusEmulator(tmp_path / "relay", inputs=0) as board,
        create_door(f"modbus:{board.link}", inputs=parse_inputs("passage=1")) as door,
    ):
        eventually(lambda: (inputs := door.inputs()) is not None and bool(inputs.problem))
        assert door.pulse(100).sent
        eventually(lambda: board.count_pulses() == 1)


def test_inputs_of_a_second_board_are_read_beside_a_relay_without_any(
    lcus: LcusEmulator, modbus: ModbusEmulator, eventually: Eventually
) -> None:
    inputs = parse_inputs("passage=1", f"modbus:{modbus.link}")
    with create_door(f"lcus:{lcus.link}", inputs=inputs) as door:
        eventually(lambda: is_reading(door))
        assert door.pulse(300).sent
        modbus.input_contacts[0] = True
        edges = EdgeLog()
        eventually(lambda: edges.grows_to(door, 1))
        modbus.silent = True
        eventually(lambda: not is_reading(door))
        assert door.health().state is DoorState.READY, "only its own board takes the door out of service"
        started_at = time.monotonic()
        assert door.pulse(100).sent
        assert time.monotonic() - started_at < 0.14, "not the time-out of a silent board"
        modbus.silent = False
        eventually(lambda: is_reading(door))
    assert modbus.contact_changes == [], "nothing is switched on the second board"


def test_a_kind_of_board_without_inputs_is_refused_at_once(lcus: LcusEmulator) -> None:
    with pytest.raises(InputSettingsError, match="the kind lcus has no inputs"):
        create_door(f"lcus:{lcus.link}", inputs=parse_inputs("passage=1"))


def test_a_fire_input_during_a_pulse_is_told_and_the_pulse_ends_as_it_would(
    door: Door, modbus: ModbusEmulator, eventually: Eventually
) -> None:
    edges = EdgeLog()
    assert door.pulse(1000).sent
    eventually(lambda: modbus.contacts[0])
    modbus.input_contacts[3] = False
    eventually(lambda: edges.grows_to(door, 1))
    assert (edges[0].role, edges[0].is_active) == (FIRE, True)
    eventually(lambda: not modbus.contacts[0])
    on, off = modbus.contact_changes
    assert on.changed_at < edges[0].at < off.changed_at
    assert 0.98 <= off.changed_at - on.changed_at <= 1.3
    assert door.pulse(100).sent, "software is not in the path of a fire alarm: the next pulse is sent too"


def test_a_tamper_contact_that_flaps_delays_no_pulse_and_no_off(
    lcus: LcusEmulator, modbus: ModbusEmulator, eventually: Eventually
) -> None:
    inputs = parse_inputs("passage=1,tamper=2:0", f"modbus:{modbus.link}")
    with create_door(f"lcus:{lcus.link}", inputs=inputs) as door:
        eventually(lambda: is_reading(door))
        edges, ended = EdgeLog(), threading.Event()

        def flap() -> None:
            while not ended.wait(0.01):
                modbus.input_contacts[1] = not modbus.input_contacts[1]

        flapping = threading.Thread(target=flap)
        flapping.start()
        try:
            eventually(lambda: edges.grows_to(door, 5))
            assert door.pulse(300).sent
            eventually(lambda: len(lcus.contact_changes) == 2)
        finally:
            ended.set()
            flapping.join()
    on, off = lcus.contact_changes
    assert 0.28 <= off.changed_at - on.changed_at <= 0.45
    assert {edge.role for edge in edges} == {InputRole.TAMPER}
