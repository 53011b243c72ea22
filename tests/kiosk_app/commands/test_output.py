"""Sentences of the station's commands for files that can't be written or read."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kiosk_app.commands.cli import app
from kiosk_app.core.setup.mode_choice import save_mode
from tests.support.builders.station import build_station_store


@pytest.mark.parametrize("command", [("journal", "evidence"), ("backup",)])
def test_a_file_in_a_folder_that_does_not_exist_is_said_with_its_name(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    build_station_store(tmp_path).close()
    file = tmp_path / "stick" / "gate-1"
    answer = CliRunner().invoke(app, [*command, str(file), "--data", str(tmp_path)])
    assert (answer.exit_code, answer.output.strip()) == (1, f"{file}: No such file or directory.")


def test_the_self_test_of_a_folder_that_cannot_be_created_names_the_cause_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    answer = CliRunner().invoke(
        app, ["self-test", "--data", str(tmp_path / "file" / "x"), "--camera", "", "--relay", ""]
    )
    assert answer.exit_code == 1
    assert "Errno" not in answer.output


@pytest.mark.parametrize(
    ("mode", "unused"),
    [
        ("desk", {"camera", "checkpoint", "sound", "scanner", "relay", "sensor", "printer"}),
        ("board", {"camera", "checkpoint", "roster", "operators", "scanner", "relay", "sensor", "printer"}),
    ],
)
def test_the_self_test_looks_at_what_the_stations_mode_uses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str, unused: set[str]
) -> None:
    monkeypatch.setattr("kiosk_app.core.setup.readiness.SOUND_PATIENCE_S", 0.0)
    with build_station_store(tmp_path) as store:
        save_mode(store, mode)
    answer = CliRunner().invoke(app, ["self-test", "--data", str(tmp_path), "--camera", "usb:99", "--json"])
    parts = {check["part"] for check in json.loads(answer.stdout)}
    assert parts >= {"store", "hub", "disk"}
    assert not parts & unused
    assert CliRunner().invoke(app, ["self-test", "--mode", "setup"]).exit_code == 2
