"""Keeping the screen awake: by the desktop, else by a program of the system, else it is said."""

import os
import stat
from pathlib import Path

from kiosk_app.shell.screen_wake import ScreenWake


def inhibitor(folder: Path, script: str) -> str:
    """Return a program in the place of systemd-inhibit."""
    path = folder / "systemd-inhibit"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_a_desktop_that_agrees_is_enough() -> None:
    assert ScreenWake(lambda: True, None).start()


def test_without_a_desktop_a_program_holds_the_machine_awake_and_ends_with_this_one(tmp_path: Path) -> None:
    wake = ScreenWake(lambda: False, inhibitor(tmp_path, 'echo $$ > "$(dirname "$0")/pid"\nexec cat'))
    assert wake.start()
    pid = int((tmp_path / "pid").read_text())
    os.kill(pid, 0)
    wake.stop()
    wake.stop()
    assert not Path(f"/proc/{pid}").exists()


def test_where_nothing_can_it_is_said_and_nothing_fails(tmp_path: Path) -> None:
    def broken() -> bool:
        raise RuntimeError("no bus")

    assert not ScreenWake(lambda: False, None).start()
    assert not ScreenWake(lambda: False, inhibitor(tmp_path, "exit 1")).start()
    assert not ScreenWake(lambda: False, str(tmp_path / "missing")).start()
    assert not ScreenWake(broken, None).start()
