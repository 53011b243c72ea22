"""A screen and a relay board are one file or folder and one line: a throw-away one of each works in a copy of the tree."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("kiosk_app", "hub_sync", "hardware", "resources")

SCREEN = '''
from PySide6.QtCore import QTimer

from kiosk_app.messages import CloseWindow, ConnectionStatus, ScreenMessage
from kiosk_app.screens.base import Screen


class ThrowawayScreen(Screen):
    """Prints the first status of the station and closes."""

    def receive(self, message: ScreenMessage) -> None:
        if isinstance(message, ConnectionStatus):
            print(f"throwaway: {message.state}, {self.context.appearance.theme}")
            self.command_issued.emit(CloseWindow())
'''

BOARD = '''
from hardware.relay.board import BoardCapabilities


class ThrowawayBoard:
    """A board without a port that prints what it does."""

    capabilities = BoardCapabilities(channels=1, timed_pulse=True, read_back=False)

    @classmethod
    def from_address(cls, address, find_port):
        return cls()

    def open(self) -> None:
        print("open", flush=True)

    def close(self) -> None:
        print("close", flush=True)

    def on(self, channel: int) -> None:
        print("on", channel, flush=True)

    def off(self, channel: int) -> None:
        print("off", channel, flush=True)

    def pulse(self, channel: int, duration_ms: int) -> None:
        print("pulse", channel, duration_ms, flush=True)

    def all_off(self) -> None:
        print("all off", flush=True)

    def read_states(self) -> None:
        return None
'''

USE_BOARD = """
import time
from hardware.relay import DoorState, create_door

with create_door("throwaway:/dev/null") as door:
    deadline = time.monotonic() + 10
    while door.health().state is not DoorState.READY and time.monotonic() < deadline:
        time.sleep(0.01)
    print("sent", door.pulse(100).sent, flush=True)
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Copy the source tree, to add to it."""
    copy = tmp_path / "tree"
    for package in PACKAGES:
        shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def add_line(module: Path, before: str, line: str) -> None:
    """Add one line to a registry, above the line that begins with `before`."""
    text = module.read_text()
    assert text.count(before) == 1
    module.write_text(text.replace(before, f"{line}\n{before}"))


def run_python(tree: Path, code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run code in the copy; the copy's packages go before those of this tree."""
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=tree,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def run_station(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run_python(tree, "from kiosk_app.commands.cli import main; main()", *arguments)


def test_a_screen_is_one_folder_and_one_line(tree: Path, tmp_path: Path) -> None:
    folder = tree / "kiosk_app" / "screens" / "throwaway"
    folder.mkdir()
    (folder / "__init__.py").write_text('"""A throw-away screen."""\n')
    (folder / "screen.py").write_text(SCREEN)
    add_line(
        tree / "kiosk_app" / "screens" / "__init__.py",
        '    "gate": ',
        '    "throwaway": "kiosk_app.screens.throwaway.screen:ThrowawayScreen",',
    )

    assert "throwaway|gate" in run_station(tree, "run", "--help").stdout
    arguments = (
        "--mode",
        "throwaway",
        "--data",
        str(tmp_path / "station"),
        "--camera",
        "",
        "--theme",
        "light",
    )
    result = run_station(tree, "run", *arguments)
    assert result.stdout.splitlines() == ["throwaway: offline, light"], result.stderr
    assert result.returncode == 0


def test_a_mode_without_a_screen_is_refused(tree: Path, tmp_path: Path) -> None:
    result = run_station(tree, "run", "--mode", "no-such", "--data", str(tmp_path / "station"))
    assert result.returncode == 2
    assert "'no-such' is not one of: gate." in result.stderr


def test_a_relay_board_is_one_file_and_one_line(tree: Path) -> None:
    (tree / "hardware" / "relay" / "throwaway.py").write_text(BOARD)
    registry = tree / "hardware" / "relay" / "__init__.py"
    registry.write_text(
        registry.read_text().replace(
            "\nDRIVERS:", "\nfrom hardware.relay.throwaway import ThrowawayBoard\n\nDRIVERS:"
        )
    )
    add_line(registry, '    "lcus": ', '    "throwaway": ThrowawayBoard.from_address,')

    result = run_python(tree, USE_BOARD)
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[:2] == ["open", "all off"]
    assert lines.index("pulse 1 100") < lines.index("sent True")
    assert lines[-1] == "close"


def test_a_station_without_the_demo_says_in_a_sentence_how_to_install_it(tree: Path) -> None:
    assert run_station(tree, "demo", "--help").returncode == 0
    shutil.rmtree(tree / "kiosk_app" / "demo")
    result = run_station(tree, "demo", "--headless", "--seconds", "12")
    assert result.returncode == 1
    assert result.stderr == "The demo is not installed: pip install 'doorward[demo]'\n"
