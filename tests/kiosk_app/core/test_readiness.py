"""The self-test's sentences about a relay board."""

from pathlib import Path

import pytest

from hardware.relay.emulators import LcusEmulator, ModbusEmulator
from kiosk_app.core.readiness import run_relay_check
from kiosk_app.settings import StationSettings


@pytest.mark.parametrize(("scheme", "emulator"), [("lcus", LcusEmulator), ("modbus", ModbusEmulator)])
def test_a_board_without_a_timer_of_its_own_is_reported_with_the_better_choice(
    tmp_path: Path, scheme: str, emulator: type[LcusEmulator | ModbusEmulator]
) -> None:
    with emulator(tmp_path / "board") as board:
        result = run_relay_check(StationSettings(relay=f"{scheme}:{board.link}"))
    assert result.ok, result.detail
    assert "is ready" in result.detail
    assert ("no timer of its own" in result.detail) is (scheme == "lcus")
