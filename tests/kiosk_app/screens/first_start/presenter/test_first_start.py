"""The first start: one question at a time, and what was typed is never lost."""

import json

import pytest

from hardware.scanner import Transmission
from kiosk_app.messages import (
    CameraAvailability,
    ChooseMode,
    CodeCaptured,
    EnrolmentProblem,
    EnrolmentUpdate,
    EnrolStation,
    GateDeviceStatus,
    OpenScreen,
    RestartProgram,
    SaveAppearance,
    ScanCaptured,
    ScannerAvailability,
)
from kiosk_app.screens.first_start.presenter.first_start import FirstStartPresenter, StartStep
from resources.themes import Signal

QR = json.dumps({"handshake": 1, "hub": "https://hub.example.org", "token": "ABCD-EFGH-JKMN-PQRS"})
ENROLLED = EnrolmentUpdate(None, "https://hub.example.org", "Gate north", "kiosk")


@pytest.fixture
def start() -> FirstStartPresenter:
    return FirstStartPresenter("en", ("gate", "kiosk"))


def signals(start: FirstStartPresenter) -> dict[str, Signal]:
    return {row.name: row.signal for row in start.state.devices}


def test_the_language_is_asked_first_and_saved(start: FirstStartPresenter) -> None:
    assert start.state.step is StartStep.LANGUAGE
    assert start.choose_language("ar") == (SaveAppearance(language="ar"),)
    assert (start.state.step, start.texts.code) == (StartStep.CODE, "ar")


def test_a_mode_of_the_command_line_is_not_asked_for() -> None:
    start = FirstStartPresenter("en", ("gate", "kiosk", "desk"), "", "desk")
    start.choose_language("en")
    start.enrol("ABCD-EFGH-JKMN-PQRS", "https://hub.example.org")
    start.receive(ENROLLED)
    assert (start.state.step, start.state.mode, start.state.can_go_back) == (StartStep.DEVICES, "desk", False)
    assert (start.back(), start.state.step) == ((), StartStep.DEVICES)
    assert StartStep.MODE not in start.state.steps


@pytest.mark.parametrize("message", [CodeCaptured(QR), ScanCaptured(Transmission(data=QR.encode()), "")])
def test_a_code_that_is_held_up_enrols_even_before_a_language_is_chosen(
    start: FirstStartPresenter, message: CodeCaptured | ScanCaptured
) -> None:
    assert start.receive(message) == (EnrolStation(QR, ""),)
    assert start.state.is_busy
    assert start.receive(message) == (), "a code works once"


@pytest.mark.parametrize("problem", EnrolmentProblem)
def test_each_failure_says_what_to_do_and_the_next_attempt_is_possible(
    start: FirstStartPresenter, problem: EnrolmentProblem
) -> None:
    start.choose_language("en")
    start.enrol("ABCD-EFGH-JKMN-PQRS", "https://hub.example.org")
    start.receive(EnrolmentUpdate(problem, "https://hub.example.org"))
    assert start.state.problem.endswith(".")
    assert (start.state.is_busy, start.state.hub) == (False, "https://hub.example.org")
    assert start.enrol("ABCD-EFGH-JKMN-PQRS", "https://hub.example.org") != ()


def test_an_empty_code_is_said_beside_the_field(start: FirstStartPresenter) -> None:
    start.choose_language("en")
    assert start.enrol("  ", "") == ()
    assert start.state.problem


def test_the_mode_of_the_profile_is_offered_and_another_may_be_chosen(start: FirstStartPresenter) -> None:
    start.receive(ENROLLED)
    assert (start.state.step, start.state.mode) == (StartStep.MODE, "kiosk")
    assert start.choose_mode("gate") == (ChooseMode("gate"),)
    assert start.state.step is StartStep.DEVICES


def test_a_profile_without_a_screen_offers_the_first_mode(start: FirstStartPresenter) -> None:
    start.receive(EnrolmentUpdate(None, "https://hub.example.org", "Gate north", "board"))
    assert start.state.mode == "gate"


def test_a_device_is_good_once_it_was_tried(start: FirstStartPresenter) -> None:
    start.receive(ENROLLED)
    start.choose_mode("gate")
    start.receive(
        GateDeviceStatus(CameraAvailability.LIVE, sound=False, scanner=ScannerAvailability.WINDOW, relay=True)
    )
    assert (signals(start)["camera"], signals(start)["sound"]) == (Signal.BLUE, Signal.AMBER)
    start.receive(CodeCaptured("any"))
    start.receive(ScanCaptured(Transmission(data=b"any"), ""))
    assert (signals(start)["camera"], signals(start)["scanner"]) == (Signal.GREEN, Signal.GREEN)


@pytest.mark.parametrize(
    ("mode", "devices"),
    [
        ("gate", ["camera", "scanner", "printer", "wiring", "sound"]),
        ("kiosk", ["camera", "scanner", "printer", "sound"]),
        ("desk", []),
        ("board", ["sound"]),
    ],
)
def test_a_mode_lists_the_devices_that_it_uses(mode: str, devices: list[str]) -> None:
    start = FirstStartPresenter("en", ("gate", "kiosk", "desk", "board"))
    start.receive(ENROLLED)
    start.choose_mode(mode)
    assert list(signals(start)) == devices
    assert start.state.has_camera is ("camera" in devices)


def test_each_device_opens_its_page_and_the_end_starts_the_station(start: FirstStartPresenter) -> None:
    start.receive(ENROLLED)
    start.choose_mode("gate")
    assert start.test("wiring") == (OpenScreen("setup", "wiring"),)
    assert start.test("sound") == (OpenScreen("setup", "ready"),)
    assert start.start() == (RestartProgram(),)


def test_an_enrolment_is_not_undone_by_going_back(start: FirstStartPresenter) -> None:
    start.receive(ENROLLED)
    start.back()
    assert start.state.step is StartStep.MODE
    start.choose_mode("gate")
    start.back()
    assert start.state.step is StartStep.MODE
