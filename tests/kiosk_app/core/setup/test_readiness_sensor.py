"""The self-test of the passage sensor, over real bytes."""

from pathlib import Path

import pytest

from hardware.relay.emulators import LcusEmulator, ModbusEmulator
from kiosk_app.bootstrap.station import build_devices
from kiosk_app.core.setup.readiness import run_sensor_check
from kiosk_app.settings import SettingsError, StationSettings, load_settings


def test_a_sensor_at_rest_is_ready(tmp_path: Path) -> None:
    with ModbusEmulator(tmp_path / "board") as board:
        result = run_sensor_check(StationSettings(relay=f"modbus:{board.link}", inputs="passage=1"))
    assert (result.ok, result.detail) == (True, "ready, nothing is active")
    assert board.count_pulses() == 0


@pytest.mark.parametrize(("number", "says"), [(0, "see whether it is covered"), (2, "active: jam")])
def test_what_is_active_at_rest_is_told(tmp_path: Path, number: int, says: str) -> None:
    with ModbusEmulator(tmp_path / "board") as board:
        board.input_contacts[number] = True
        settings = StationSettings(relay=f"modbus:{board.link}", inputs="passage=1,jam=3")
        result = run_sensor_check(settings)
    assert not result.ok
    assert says in result.detail


def test_without_a_sensor_there_is_nothing_to_check() -> None:
    assert run_sensor_check(StationSettings(relay="lcus:/dev/ttyUSB0")).ok


def test_a_board_without_inputs_and_wrong_settings_are_sentences(tmp_path: Path) -> None:
    with LcusEmulator(tmp_path / "board") as board:
        settings = StationSettings(relay=f"lcus:{board.link}", inputs="passage=1")
        assert "has no inputs" in run_sensor_check(settings).detail
    wrong = run_sensor_check(StationSettings(relay="lcus:/dev/ttyUSB0", inputs="door=1"))
    assert (wrong.ok, "is no input" in wrong.detail) == (False, True)
    missing = run_sensor_check(StationSettings(relay="", inputs="passage=1"))
    assert not missing.ok


def test_inputs_without_a_turnstile_and_a_window_without_end_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="needs the setting relay"):
        build_devices(StationSettings(camera="", inputs="passage=1"))
    with pytest.raises(SettingsError, match="passage_window_s"):
        load_settings(tmp_path, passage_window_s=61)
