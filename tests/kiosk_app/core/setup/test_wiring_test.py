"""The wiring test over real bytes: a pulse that admits nobody, and what a person says about it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hardware.inputs import InputRole, parse_inputs
from hardware.relay import Door, DoorHealth, DoorState, create_door
from hardware.relay.emulators import KmtronicEmulator, LcusEmulator, ModbusEmulator
from hub_sync.client.store import Store
from hub_sync.contract.clock import ManualClock
from hub_sync.contract.ready_check import ReadyState
from kiosk_app.core.passage.monitor import PassageMonitor
from kiosk_app.core.setup.board_choice import load_board
from kiosk_app.core.setup.ready_items import relay_item
from kiosk_app.core.setup.wiring_test import WiringTest, load_wiring_result
from kiosk_app.messages import (
    AnswerWiring,
    ForgetBoard,
    KeepBoard,
    SelectChannel,
    ShowWiring,
    TestPulse,
    UseBoard,
    WiringAnswer,
    WiringDoubt,
    WiringRefusal,
)
from tests.support.builders.station import NOON, BuiltGate, build_gate
from tests.support.waiting import eventually


@dataclass
class UsbPort:
    """A USB adapter as pyserial lists it."""

    device: str = "/dev/ttyUSB0"
    vid: int | None = 0x1A86
    pid: int | None = 0x7523
    serial_number: str | None = None
    location: str | None = "1-1.2"


def is_ready(door: Door) -> bool:
    inputs = door.inputs()
    return door.health().state is DoorState.READY and (inputs is None or inputs.is_ready)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[BuiltGate]:
    built = build_gate(tmp_path / "station")
    yield built
    built.store.close()


@pytest.fixture
def store(here: BuiltGate) -> Store:
    return here.store


def test_a_test_pulse_turns_the_arm_and_is_no_admission(
    here: BuiltGate, store: Store, tmp_path: Path
) -> None:
    with (
        ModbusEmulator(tmp_path / "relay") as board,
        create_door(f"modbus:{board.link}", inputs=parse_inputs("passage=1")) as door,
    ):
        eventually(lambda: is_ready(door))
        passages = PassageMonitor(door)
        wiring = WiringTest(door, passages, clock=ManualClock(NOON), pulse_ms=100)
        state = wiring.execute(store, ShowWiring())
        assert (state.is_waiting, state.has_sensor, state.inputs_ready, state.last) == (
            False,
            True,
            True,
            None,
        )
        assert wiring.execute(store, TestPulse()).is_waiting
        eventually(lambda: board.count_pulses() == 1)
        board.input_contacts[0] = True

        def has_sensed() -> bool:
            assert passages.update(here.gate) == (), "the turn is nobody's, and nobody slipped through"
            return wiring.execute(store, ShowWiring()).has_sensed

        eventually(has_sensed)
        eventually(lambda: wiring.execute(store, ShowWiring()).active == (InputRole.PASSAGE,))
        eventually(lambda: wiring.execute(store, ShowWiring()).is_off is True)
        state = wiring.execute(store, AnswerWiring(WiringAnswer.TURNED, "Grace"))
    assert not state.is_waiting
    assert state.last == load_wiring_result(store)
    assert state.last is not None
    assert (state.last.operator, state.last.at, state.last.has_sensed, state.last.is_off) == (
        "Grace",
        NOON,
        True,
        True,
    )
    assert list(store.journal.all_rows()) == []


def test_a_contact_that_stays_closed_is_told(store: Store, tmp_path: Path) -> None:
    with ModbusEmulator(tmp_path / "relay") as board, create_door(f"modbus:{board.link}") as door:
        eventually(lambda: is_ready(door))
        board.welded_closed.add(1)
        wiring = WiringTest(door, None, pulse_ms=100)
        wiring.execute(store, TestPulse())
        eventually(lambda: wiring.execute(store, ShowWiring()).is_off is False, within_s=8)


def test_another_channel_is_tried_with_off_before_and_after(store: Store, tmp_path: Path) -> None:
    with (
        LcusEmulator(tmp_path / "relay", channels=2) as board,
        create_door(f"lcus:{board.link},channels=2") as door,
    ):
        eventually(lambda: is_ready(door))
        wiring = WiringTest(door, None, pulse_ms=100)
        assert wiring.execute(store, SelectChannel(2)).channel == 2
        eventually(lambda: not is_ready(door))
        eventually(lambda: is_ready(door))
        wiring.execute(store, TestPulse())
        eventually(lambda: board.count_pulses(2) == 1)
        eventually(lambda: board.contacts == [False, False])
    assert board.count_pulses(1) == 0


def test_a_board_and_a_channel_that_are_right_are_kept_for_the_next_start(
    store: Store, tmp_path: Path
) -> None:
    with (
        LcusEmulator(tmp_path / "first") as first,
        KmtronicEmulator(tmp_path / "second", channels=2) as second,
        create_door(f"lcus:{first.link}") as door,
    ):
        eventually(lambda: is_ready(door))
        wiring = WiringTest(door, None, pulse_ms=100, relay="lcus:/dev/ttyUSB7", list_comports=lambda: ())
        assert wiring.execute(store, ShowWiring()).kept == "lcus:/dev/ttyUSB7"
        wiring.execute(store, UseBoard(f"kmtronic:{second.link}"))
        state = wiring.execute(store, SelectChannel(2))
        address = f"kmtronic:{second.link},channel=2"
        assert (state.address, state.refusal, load_board(store, "")) == (address, None, "")
        eventually(lambda: not is_ready(door))
        eventually(lambda: is_ready(door))
        wiring.execute(store, TestPulse())
        eventually(lambda: second.count_pulses(2) == 1)
        assert wiring.execute(store, AnswerWiring(WiringAnswer.TURNED)).doubt is None
        assert wiring.execute(store, KeepBoard()).kept == address
        assert wiring.execute(store, UseBoard(f"lcus:{first.link}")).doubt is WiringDoubt.OTHER_BOARD
        forgotten = wiring.execute(store, ForgetBoard())
        assert (forgotten.kept, forgotten.is_saved) == ("lcus:/dev/ttyUSB7", False), (
            "that of the settings again"
        )
        wiring.execute(store, UseBoard(f"kmtronic:{second.link}"))
        wiring.execute(store, SelectChannel(2))
        assert wiring.execute(store, KeepBoard()).is_saved
    assert first.count_pulses() == 0
    assert load_board(store, "") == address
    assert load_board(store, "", relay="") == "", "the command line precedes what was kept"
    store.settings.put("relay", "lamp:/dev/ttyUSB0")
    assert load_board(store, "lcus:/dev/ttyUSB0") == "lcus:/dev/ttyUSB0"


def test_a_station_without_a_turnstile_keeps_a_board_for_its_next_start(store: Store) -> None:
    wiring = WiringTest(None, None, list_comports=lambda: [UsbPort()])
    addresses = [choice.address for choice in wiring.execute(store, ShowWiring()).boards]
    assert "lcus:usb=1a86:7523,path=1-1.2" in addresses
    board = "lcus:usb=1a86:7523,path=1-1.2"
    assert wiring.execute(store, UseBoard(board)).kept == board


def test_a_board_without_inputs_is_not_used_where_a_sensor_is_set(store: Store, tmp_path: Path) -> None:
    with (
        ModbusEmulator(tmp_path / "relay") as board,
        create_door(f"modbus:{board.link}", inputs=parse_inputs("passage=1")) as door,
    ):
        eventually(lambda: is_ready(door))
        state = WiringTest(door, None).execute(store, UseBoard("lcus:/dev/ttyUSB0"))
        assert (state.refusal, state.address) == (WiringRefusal.NO_INPUTS, f"modbus:{board.link}")


def test_a_board_that_was_unplugged_since_its_test_is_doubted(store: Store, tmp_path: Path) -> None:
    with LcusEmulator(tmp_path / "relay") as board, create_door(f"lcus:{board.link}") as door:
        eventually(lambda: is_ready(door))
        wiring = WiringTest(door, None, pulse_ms=100)
        wiring.execute(store, TestPulse())
        assert wiring.execute(store, AnswerWiring(WiringAnswer.TURNED)).doubt is None
        board.unplug()
        eventually(lambda: not is_ready(door))
        board.plug()
        eventually(lambda: is_ready(door))
        assert wiring.execute(store, ShowWiring()).doubt is WiringDoubt.RECONNECTED


def test_no_test_pulse_is_sent_while_somebody_may_walk_through(here: BuiltGate, tmp_path: Path) -> None:
    with (
        ModbusEmulator(tmp_path / "relay") as board,
        create_door(f"modbus:{board.link}", inputs=parse_inputs("passage=1")) as door,
    ):
        eventually(lambda: is_ready(door))
        passages = PassageMonitor(door)
        passages.arm("scan", "Ada")
        wiring = WiringTest(door, passages)
        state = wiring.execute(here.store, TestPulse())
        assert (state.refusal, state.is_waiting) == (WiringRefusal.GRANT_OPEN, False)
        wiring.execute(here.store, SelectChannel(2))
        assert door.address.channel == 1
        assert board.count_pulses() == 0


def test_a_board_that_is_not_there_gets_no_pulse(store: Store, tmp_path: Path) -> None:
    with create_door(f"lcus:{tmp_path / 'none'}") as door:
        assert WiringTest(door, None).execute(store, TestPulse()).refusal is WiringRefusal.NOT_READY
    state = WiringTest(None, None).execute(store, TestPulse())
    assert state.refusal is WiringRefusal.NO_TURNSTILE


def test_an_answer_without_a_pulse_stores_nothing(store: Store, tmp_path: Path) -> None:
    with create_door(f"lcus:{tmp_path / 'none'}") as door:
        WiringTest(door, None).execute(store, AnswerWiring(WiringAnswer.TURNED))
    assert load_wiring_result(store) is None


@pytest.mark.parametrize("stored", ["yes", {}, {"address": "x", "channel": "one"}, [1]])
def test_a_result_that_makes_no_sense_is_none(store: Store, stored: Any) -> None:
    store.settings.put("wiring_test", stored)
    assert load_wiring_result(store) is None


def test_a_look_alike_that_takes_every_byte_is_found_by_the_person_who_watches(
    store: Store, tmp_path: Path
) -> None:
    """A KMTronic under the USB id of an LCUS takes the bytes and answers nothing: no reading can show it, a person does."""
    with (
        KmtronicEmulator(tmp_path / "relay") as stranger,
        create_door(f"lcus:{stranger.link}") as door,
    ):
        eventually(lambda: is_ready(door))
        wiring = WiringTest(door, None, clock=ManualClock(NOON), pulse_ms=100)
        assert wiring.execute(store, TestPulse()).is_waiting
        eventually(lambda: bytes.fromhex("A0 01 01 A2") in stranger.received_bytes)
        state = wiring.execute(store, AnswerWiring(WiringAnswer.NOT_TURNED, "Grace"))
    assert stranger.contact_changes == []
    assert state.last is not None
    assert state.last.answer is WiringAnswer.NOT_TURNED
    verdict = relay_item(DoorHealth(DoorState.READY), state.last.address, state.last, NOON)
    assert (verdict.state, verdict.cause) == (ReadyState.NOT_READY, "not_turned")
