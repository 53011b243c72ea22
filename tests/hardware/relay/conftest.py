"""Fixtures for the relay tests: emulated boards on a pty, with the real drivers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hardware.relay.emulators import LcusEmulator, ModbusEmulator, PtyBoard
from tests.hardware.relay.driver_support import Eventually
from tests.support import waiting


@pytest.fixture
def eventually() -> Eventually:
    """Return a function that waits until a condition is true; it returns the seconds or fails."""
    return waiting.eventually


@pytest.fixture
def lcus(tmp_path: Path) -> Iterator[LcusEmulator]:
    with LcusEmulator(tmp_path / "lcus") as board:
        yield board


@pytest.fixture
def modbus(tmp_path: Path) -> Iterator[ModbusEmulator]:
    with ModbusEmulator(tmp_path / "modbus") as board:
        yield board


@pytest.fixture(params=["lcus", "modbus"])
def board(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PtyBoard]:
    """Yield each kind of board in turn; `address_of` returns its address."""
    kinds: dict[str, type[LcusEmulator | ModbusEmulator]] = {
        "lcus": LcusEmulator,
        "modbus": ModbusEmulator,
    }
    with kinds[request.param](tmp_path / "board") as emulated_board:
        yield emulated_board


@pytest.fixture
def address_of() -> Callable[[PtyBoard], str]:
    return lambda board: f"{'lcus' if isinstance(board, LcusEmulator) else 'modbus'}:{board.link}"
