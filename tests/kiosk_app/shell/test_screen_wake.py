"""Keeping the screen awake: by the desktop, else by a program of the system, else it is said."""

import os
import stat
import subprocess
from pathlib import Path

from kiosk_app.shell.screen_wake import ScreenWake, XServer


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


class _RecordingXServer(XServer):
    """An X server that says whether it stopped its screen saver."""

    def __init__(self, answer: bool | type[Exception]) -> None:
        super().__init__()
        self.calls, self._answer = list[str](), answer

    def suspend(self) -> bool:
        self.calls.append("suspend")
        if not isinstance(self._answer, bool):
            raise self._answer
        return self._answer

    def resume(self) -> None:
        self.calls.append("resume")


def test_an_x_server_without_a_desktop_blanks_its_screen_by_itself_whatever_the_machine_does(
    tmp_path: Path,
) -> None:
    program = inhibitor(tmp_path, "exec cat")
    for answer, awake in ((True, True), (False, False), (OSError, False), (AttributeError, False)):
        server = _RecordingXServer(answer)
        wake = ScreenWake(lambda: False, program, server)
        assert wake.start() is awake
        wake.stop()
        assert server.calls == ["suspend", "resume"]
    desktop = _RecordingXServer(True)
    assert ScreenWake(lambda: True, program, desktop).start()
    assert desktop.calls == [], "the desktop does it"


def test_a_real_x_server_stops_its_screen_saver() -> None:
    command = ["Xvfb", "-displayfd", "1", "-screen", "0", "64x64x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        server = XServer(":" + process.stdout.readline().strip())
        assert server.suspend()
        server.resume()
        server.resume()
        process.terminate()
    assert not XServer(":4711").suspend()
