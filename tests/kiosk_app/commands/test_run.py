"""`doorward-station run` in this process, with a window that closes at once."""

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import pytest
from typer.testing import CliRunner

from hub_sync.client.store import Store, StoreError, StoreFault
from kiosk_app.bootstrap import application
from kiosk_app.bootstrap.station import StationRuntime
from kiosk_app.commands import run as command
from kiosk_app.commands.cli import app
from kiosk_app.messages import GateCommand, Publish, ignore
from tests.support.builders.station import build_gate


class ClosedWindow:
    """An application whose window is closed as soon as it is shown."""

    publish: Publish = staticmethod(ignore)
    modes: ClassVar[list[tuple[object, object]]] = []
    """The mode and that of the command line, of each that was built."""

    def __init__(self, *_: object, **options: object) -> None:
        self.is_shown = self.restarts = False
        self.modes.append((options.get("mode"), options.get("mode_of_line")))

    def finish_soon(self) -> None:
        """Close again what is closed already."""

    def run(self, _submit: Callable[[GateCommand], None]) -> int:
        self.is_shown = True
        return 0


def run_station(folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    build_gate(folder, []).store.close()
    monkeypatch.setattr(command, "has_display", lambda: True)
    monkeypatch.setattr(application, "build_application", ClosedWindow)
    return CliRunner().invoke(app, ["run", "--data", str(folder), "--camera", ""]).exit_code


@pytest.mark.parametrize("mode", ["gate", "kiosk", "desk", "board"])
def test_a_station_that_was_wiped_asks_for_a_code_whatever_mode_its_command_names(
    mode: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "has_display", lambda: True)
    monkeypatch.setattr(application, "build_application", ClosedWindow)
    ClosedWindow.modes.clear()
    result = CliRunner().invoke(app, ["run", "--mode", mode, "--data", str(tmp_path), "--camera", ""])
    assert (result.exit_code, ClosedWindow.modes) == (0, [("first-start", mode)])


def test_a_recovery_that_cannot_be_marked_as_reported_stops_no_station(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: Store) -> None:
        raise StoreError(StoreFault.FULL)

    monkeypatch.setattr(Store, "dismiss_recovery", full)
    assert run_station(tmp_path, monkeypatch) == 0


def test_a_station_that_fails_at_its_start_releases_its_devices(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped: list[StationRuntime] = []
    stop = StationRuntime.stop

    def fail(_: StationRuntime) -> None:
        raise RuntimeError("can't start new thread")

    def stop_and_note(runtime: StationRuntime) -> None:
        stop(runtime)
        stopped.append(runtime)

    monkeypatch.setattr(StationRuntime, "start", fail)
    monkeypatch.setattr(StationRuntime, "stop", stop_and_note)
    assert run_station(tmp_path, monkeypatch) == 1
    assert len(stopped) == 1
