"""What the hub can ask of the program: its name with tones, and another start."""

import os
import sys

import pytest

from hardware.tones import Tone
from hub_sync.contract.fleet import AppliedConfiguration
from kiosk_app.bootstrap import program_control
from kiosk_app.bootstrap.program_control import RESTART_CODE, SUPERVISED, ProgramControl, start_again
from kiosk_app.messages import IdentifyStation, WorkerMessage


def test_identify_shows_the_name_and_sounds_for_as_long(monkeypatch: pytest.MonkeyPatch) -> None:
    tones: list[Tone] = []
    program_control._sound(tones.append, 15, lambda _: None)
    assert tones == [Tone.SUCCESS] * 10
    told: list[WorkerMessage] = []
    monkeypatch.setattr(program_control, "_sound", lambda *_: None)
    control = ProgramControl("gate")
    applied = AppliedConfiguration(version=1)
    program = control.station_program(told.append, tones.append, lambda *_: applied, lambda *_: applied)
    program.identify("Gate north", 15)
    assert told == [IdentifyStation("Gate north", 15)]
    assert program.mode == "gate"


def test_a_restart_closes_the_window_and_each_run_has_an_id_of_its_own() -> None:
    closed: list[bool] = []
    control = ProgramControl("gate", finish=lambda: closed.append(True))
    control.restart()
    assert (control.restarts, closed) == (True, [True])
    assert control.run_id != ProgramControl("gate").run_id


def test_a_supervised_program_ends_with_a_code_and_another_one_replaces_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(SUPERVISED, "1")
    with pytest.raises(SystemExit) as ended:
        start_again()
    assert ended.value.code == RESTART_CODE
    monkeypatch.delenv(SUPERVISED)
    replaced: list[list[str]] = []

    def replace(_: str, arguments: list[str]) -> None:
        replaced.append(arguments)
        raise SystemExit

    monkeypatch.setattr(os, "execv", replace)
    with pytest.raises(SystemExit):
        start_again()
    assert replaced == [[sys.executable, *sys.orig_argv[1:]]]
