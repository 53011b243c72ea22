"""The emulators' own promises, on which the demo leans."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from hardware.relay.emulators import LcusEmulator, ModbusEmulator
from tests.hardware.relay.driver_support import Eventually

ON = bytes.fromhex("A0 01 01 A2")


def test_its_link_comes_and_goes_and_names_a_new_pty_each_time(lcus: LcusEmulator) -> None:
    first = lcus.link.resolve()
    open_fd = os.open(first, os.O_RDWR | os.O_NOCTTY)  # so that its number is not given to the next
    lcus.plug()  # plugged already
    assert lcus.link.resolve() == first
    lcus.unplug()
    assert not lcus.link.is_symlink()
    with pytest.raises(OSError, match="Input/output error"):
        os.write(open_fd, ON)
    lcus.plug()
    assert lcus.link.exists()
    assert lcus.link.resolve() != first
    os.close(open_fd)


def test_fed_by_usb_its_contacts_drop_when_it_is_unplugged_and_by_its_own_supply_they_stay(
    lcus: LcusEmulator, modbus: ModbusEmulator, eventually: Eventually
) -> None:
    for board, on in ((lcus, ON), (modbus, bytes.fromhex("01 05 00 00 FF 00 8C 3A"))):
        port = os.open(board.link, os.O_RDWR | os.O_NOCTTY)
        before = time.monotonic()
        os.write(port, on)
        eventually(lambda board=board: board.contacts[0])
        os.close(port)
        assert before <= board.contact_changes[0].changed_at <= time.monotonic()
        board.unplug()
    assert [event.on for event in lcus.contact_changes] == [True, False]
    assert [event.on for event in modbus.contact_changes] == [True]


def test_commands_in_pieces_and_among_noise_are_understood_and_wrong_sums_are_not(
    lcus: LcusEmulator, eventually: Eventually
) -> None:
    port = os.open(lcus.link, os.O_RDWR | os.O_NOCTTY)
    for piece in (b"\x00\x17", ON[:1], ON[1:3], ON[3:]):
        os.write(port, piece)
        time.sleep(0.005)
    eventually(lambda: lcus.contacts == [True])
    os.write(port, bytes.fromhex("A0 01 00 A2"))  # an "off" with a wrong sum
    time.sleep(0.02)
    assert lcus.contacts == [True]
    os.close(port)


def test_out_of_its_with_block_or_without_a_folder_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="in a with block"):
        LcusEmulator(tmp_path / "board").plug()
    with pytest.raises(FileNotFoundError), ModbusEmulator(tmp_path / "no" / "board"):
        pass
