"""Modbus driver: documented frames, inputs, and arbitrary bytes as response."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.errors import DeviceError, RelayFault
from hardware.relay import DoorHealth, DoorState, InputBoard, create_board, create_door
from hardware.relay.boards.modbus import ModbusBoard
from hardware.relay.emulators import ModbusEmulator
from hardware.relay.emulators.modbus import crc16
from tests.hardware.relay.driver_support import Eventually, PreparedSerialPort, bytes_of, channels_understood

framed = st.binary(max_size=24).map(lambda body: body + crc16(body))


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for the emulator longer than for a board: the machine of a test may stall, and a late answer is taken for the next one."""
    monkeypatch.setattr("hardware.relay.boards.modbus.RESPONSE_TIMEOUT_S", 3.0)


@pytest.mark.parametrize(
    ("act", "sent"),
    [
        (lambda board: board.on(1), "01 05 00 00 FF 00 8C 3A"),
        (lambda board: board.off(1), "01 05 00 00 00 00 CD CA"),
        (lambda board: board.pulse(1, 500), "01 05 02 00 00 05 0C 71"),
        (lambda board: board.read_states(), "01 01 00 00 00 08 3D CC"),
        (lambda board: board.read_inputs(), "01 02 00 00 00 08 79 CC"),
        (lambda board: board.all_off(), "01 0F 00 00 00 08 01 00 FE 95"),
    ],
    ids=["on", "off", "flash on 500 ms", "coils", "inputs", "all off"],
)
def test_modbus_frames(
    modbus: ModbusEmulator, eventually: Eventually, act: Callable[[Any], object], sent: str
) -> None:
    board = create_board(f"modbus:{modbus.link}")
    board.open()
    assert modbus.received_bytes == b""
    assert bytes_of(modbus, lambda: act(board), len(sent.split()), eventually) == sent
    board.close()


def test_modbus_pulse_rounds_up_to_the_boards_tenth_of_a_second(
    modbus: ModbusEmulator, eventually: Eventually
) -> None:
    board = create_board(f"modbus:{modbus.link},channel=3")
    board.open()
    assert bytes_of(modbus, lambda: board.pulse(3, 101), 8, eventually).startswith("01 05 02 02 00 02")
    board.close()


@pytest.mark.usefixtures("patient")
def test_boards_tell_how_their_relays_and_inputs_stand(modbus: ModbusEmulator) -> None:
    board = create_board(f"modbus:{modbus.link}")
    assert isinstance(board, InputBoard)
    board.open()
    board.on(2)
    modbus.input_contacts[4] = True
    assert board.read_states() == (False, True, False, False, False, False, False, False)
    assert board.read_inputs() == (False, False, False, False, True, False, False, False)
    board.close()


@given(st.one_of(st.binary(max_size=40), framed, framed.map(lambda rest: b"\x01" + rest)))
def test_any_response_is_understood_or_a_device_error(answer: bytes) -> None:
    board = ModbusBoard(lambda: "", serial_port=PreparedSerialPort(answer))
    for act in (
        lambda: board.pulse(1, 400),
        board.read_states,
        board.read_inputs,
        board.all_off,
        lambda: board.off(2),
    ):
        assert channels_understood(act) in {None, 8}


def test_an_echo_of_another_command_is_not_taken_for_an_answer() -> None:
    off = bytes.fromhex("01 05 00 00 00 00 CD CA")
    board = ModbusBoard(lambda: "", serial_port=PreparedSerialPort(off))
    board.pulse(1, 500)
    with pytest.raises(DeviceError, match="something else"):
        board.off(1)


def test_the_echo_of_an_rs485_adapter_is_no_answer(modbus: ModbusEmulator, eventually: Eventually) -> None:
    modbus.echoes = True
    with create_door(f"modbus:{modbus.link}") as door:
        eventually(lambda: door.health() == DoorHealth(DoorState.READY))
        assert door.pulse(200).sent
        eventually(lambda: modbus.count_pulses() == 1 and not any(modbus.contacts))
        time.sleep(0.5)
        assert door.health() == DoorHealth(DoorState.READY)
        modbus.silent = True  # the adapter still echoes
        eventually(lambda: door.health().state is DoorState.LOST)
        assert "doesn't answer" in door.health().message


def test_a_dead_board_behind_an_echoing_adapter_never_becomes_ready(modbus: ModbusEmulator) -> None:
    modbus.echoes, modbus.silent = True, True
    board = create_board(f"modbus:{modbus.link}")
    board.open()
    with pytest.raises(DeviceError, match="doesn't answer"):
        board.all_off()
    with pytest.raises(DeviceError, match="doesn't answer"):
        board.read_states()
    board.close()


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("ignores", [False, True], ids=["refuses function 15", "ignores function 15"])
def test_a_board_without_function_15_is_switched_off_coil_by_coil(
    modbus: ModbusEmulator, ignores: bool
) -> None:
    modbus.knows_multiple_coils, modbus.ignores_unknown_functions = False, ignores
    board = create_board(f"modbus:{modbus.link}")
    board.open()
    board.on(1)
    board.on(8)
    board.all_off()
    assert board.read_states() == (False,) * 8
    before = len(modbus.received_bytes)
    board.all_off()  # now the board is known: function 15 is not tried again
    assert board.read_states() == (False,) * 8
    assert b"\x01\x0f" not in modbus.received_bytes[before:]
    board.close()


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("code", [1, 2, 3, 4, 6])
def test_whatever_a_board_answers_to_function_15_its_contacts_are_opened(
    modbus: ModbusEmulator, code: int
) -> None:
    modbus.knows_multiple_coils, modbus.multiple_coils_refusal = False, code
    modbus.contacts[:] = [True] * 8
    board = create_board(f"modbus:{modbus.link}")
    board.open()
    board.all_off()
    assert board.read_states() == (False,) * 8
    assert not any(modbus.contacts)
    board.close()


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("options", ["", ",channels=16", ",channels=4"])
@pytest.mark.parametrize("channels", [1, 2, 4, 6])
@pytest.mark.parametrize("confirms", [False, True], ids=["refuses writes", "confirms any write"])
def test_a_board_with_fewer_channels_opens_all_its_contacts_and_its_count_is_learned(
    tmp_path: Path, channels: int, options: str, confirms: bool
) -> None:
    with ModbusEmulator(tmp_path / "few", channels=channels) as far:
        far.refuses_unknown_coils = not confirms
        far.contacts[:] = [True] * channels
        board = create_board(f"modbus:{far.link}{options}")
        board.open()
        board.all_off()
        known = min(channels, 4) if options == ",channels=4" else channels
        assert not any(far.contacts[:known])
        assert board.read_states() == (False,) * known
        assert board.capabilities.channels == known
        board.all_off()
        board.on(1)
        assert board.read_states() == (True, *(False,) * (known - 1))
        board.close()


def test_a_board_with_four_channels_serves_a_door(tmp_path: Path, eventually: Eventually) -> None:
    with ModbusEmulator(tmp_path / "four", channels=4) as far:
        far.contacts[3] = True
        with create_door(f"modbus:{far.link},channel=2") as door:
            eventually(lambda: door.health() == DoorHealth(DoorState.READY))
            assert not any(far.contacts)
            assert door.pulse(200).sent
            eventually(lambda: far.count_pulses(2) == 1 and not any(far.contacts))


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("confirms", [False, True], ids=["refuses writes", "confirms any write"])
def test_a_door_on_a_channel_that_the_board_lacks_is_told_with_both_numbers(
    tmp_path: Path, confirms: bool
) -> None:
    with ModbusEmulator(tmp_path / "four", channels=4) as far:
        far.refuses_unknown_coils = not confirms
        board = create_board(f"modbus:{far.link},channel=5")
        board.open()

        def connect() -> None:
            board.all_off()
            board.read_states()

        with pytest.raises(DeviceError, match="has no channel 5: it knows 4") as lacking:
            connect()
        assert (lacking.value.fault, lacking.value.detail) == (RelayFault.NO_CHANNEL, "5")
        board.close()


@pytest.mark.usefixtures("patient")
def test_a_board_with_fewer_inputs_reports_those(tmp_path: Path) -> None:
    with ModbusEmulator(tmp_path / "inputs", inputs=4) as far:
        far.input_contacts[3] = True
        board = create_board(f"modbus:{far.link}")
        assert isinstance(board, InputBoard)
        board.open()
        assert board.read_inputs() == (False, False, False, True)
        assert board.read_inputs() == (False, False, False, True)
        board.close()


def test_a_board_without_function_15_serves_a_door(modbus: ModbusEmulator, eventually: Eventually) -> None:
    modbus.knows_multiple_coils = False
    with create_door(f"modbus:{modbus.link}") as door:
        eventually(lambda: door.health() == DoorHealth(DoorState.READY))
        assert door.pulse(200).sent
        eventually(lambda: modbus.count_pulses() == 1 and not any(modbus.contacts))


def test_a_board_without_flash_on_opens_the_door_from_the_second_pulse_on_and_is_switched_off(
    modbus: ModbusEmulator, eventually: Eventually, caplog: pytest.LogCaptureFixture
) -> None:
    modbus.knows_flash = False
    with create_door(f"modbus:{modbus.link}") as door:
        eventually(lambda: door.health().state is DoorState.READY)
        door.pulse(100)
        eventually(
            lambda: "refused a command (function 5" in caplog.text
        )  # its health may be well again by then
        eventually(lambda: door.health().state is DoorState.READY)
        assert modbus.count_pulses() == 0
        door.pulse(200)
        eventually(lambda: modbus.contacts[0])
        eventually(lambda: not modbus.contacts[0])
        assert door.health() == DoorHealth(DoorState.READY)
    assert modbus.count_pulses() == 1


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("channels", [1, 2, 8])
def test_a_board_that_reports_a_byte_per_coil_is_understood(tmp_path: Path, channels: int) -> None:
    with ModbusEmulator(tmp_path / "bytes", channels=8) as far:
        far.reports_byte_per_coil = True
        board = create_board(f"modbus:{far.link},channels=8")
        board.open()
        board.on(channels)
        assert board.read_states() == tuple(n == channels for n in range(1, 9))
        board.close()


@pytest.mark.usefixtures("patient")
def test_a_refusal_that_is_not_about_the_channel_is_no_count_of_channels(modbus: ModbusEmulator) -> None:
    modbus.knows_multiple_coils, modbus.multiple_coils_refusal = False, 1
    execute = modbus._execute

    def refuse_third(pdu: bytes, now: float) -> bytes:
        return b"\x85\x04" if pdu[:3] == b"\x05\x00\x02" else execute(pdu, now)

    modbus._execute = refuse_third  # type: ignore[method-assign]
    board = create_board(f"modbus:{modbus.link}")
    board.open()
    with pytest.raises(DeviceError, match="code 4"):
        board.all_off()
    assert board.capabilities.channels == 8
    board.close()


@pytest.mark.usefixtures("patient")
def test_a_board_with_more_channels_in_the_place_of_another_is_counted_anew(tmp_path: Path) -> None:
    with ModbusEmulator(tmp_path / "board", channels=2) as small:
        board = create_board(f"modbus:{small.link}")
        board.open()
        board.all_off()
        assert board.read_states() == (False,) * 2
        board.close()
    with ModbusEmulator(tmp_path / "board", channels=8) as large:
        large.contacts[:] = [True] * 8
        board.open()
        board.all_off()
        assert not any(large.contacts)
        board.close()


class RecordingSerialPort(PreparedSerialPort):
    """A serial port that records the frames and answers each with its own bytes."""

    def __init__(self) -> None:
        super().__init__(b"")
        self.frames: list[bytes] = []

    def write(self, data: bytes, *, discard_input: bool = False) -> None:
        self.frames.append(data)
        self._response = data


def test_no_frame_of_a_door_is_a_toggle() -> None:
    port = RecordingSerialPort()
    board = ModbusBoard(lambda: "", serial_port=port)
    for channel in range(1, 9):
        board.on(channel)
        board.off(channel)
        for duration_ms in range(100, 2001, 100):
            board.pulse(channel, duration_ms)
    for act in (board.all_off, board.read_states):
        with contextlib.suppress(DeviceError):
            act()
    writes = [frame for frame in port.frames if frame[1] == 5]
    assert len(writes) >= 8 * 22
    for frame in writes:
        address, value = int.from_bytes(frame[2:4], "big"), int.from_bytes(frame[4:6], "big")
        is_flash = address >= 0x0200
        assert (1 <= value <= 20) if is_flash else value in (0xFF00, 0x0000), frame.hex(" ")
