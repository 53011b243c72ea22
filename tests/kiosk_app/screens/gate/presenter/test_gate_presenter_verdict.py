"""The one rule above the others, as far as the screen can break it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import Direction, Mark, ReasonCode, ScanResult
from hub_sync.contract.sync import Override
from kiosk_app.messages import GateOutcome, Notice, Trouble
from kiosk_app.screens.gate import GatePresenter
from kiosk_app.screens.gate.presenter.verdict_formatting import verdict_signal
from resources.themes import Signal
from resources.translations import LANGUAGES
from tests.kiosk_app.screens.gate.gallery import BERLIN, DOOR_FAULT, NOW, inside, outcome

OUTCOMES = st.builds(
    outcome,
    result=st.sampled_from(ScanResult),
    reason=st.sampled_from(ReasonCode),
    name=st.sampled_from(["", "Ada Lovelace"]),
    detail=st.sampled_from(["", "2026-11-14T18:04:00+01:00", "not a time", "09:00\u201318:00", "VIP"]),
    marks=st.lists(st.sampled_from(Mark), unique=True).map(tuple),
    overridable=st.booleans(),
    trouble=st.sampled_from([None, *Trouble]),
    sequence=st.sampled_from([None, 1]),
    direction=st.sampled_from(Direction),
    override=st.sampled_from([None, Override(reason="lost badge", operator="Kim")]),
)


def presenter() -> GatePresenter:
    return GatePresenter(ManualClock(NOW), time_zone=BERLIN)


@given(OUTCOMES)
def test_green_means_admitted_and_on_disk_whatever_the_outcome(what: GateOutcome) -> None:
    state = presenter().receive(what).state
    signal = state.verdict.signal if state.verdict else state.banner.signal
    if signal is Signal.GREEN:
        assert what.is_green
        assert what.trouble is None
    assert state.scans[0].signal is verdict_signal(what)
    assert (state.scans[0].signal is Signal.GREEN) <= what.is_green


@given(OUTCOMES)
def test_every_outcome_can_be_said(what: GateOutcome) -> None:
    state = presenter().receive(what).state
    assert "{" not in repr(state.verdict)
    assert state.scans[0].title


def test_an_admitted_scan_that_is_not_on_disk_is_red() -> None:
    state = presenter().receive(outcome(sequence=None)).state
    assert state.verdict is not None
    assert state.verdict.signal is Signal.RED
    assert state.verdict.word == "STOP"
    assert "could not be saved" in state.verdict.reason


def test_a_written_admission_with_a_dead_gate_asks_for_a_hand() -> None:
    state = presenter().receive(outcome(trouble=Trouble.GATE_STUCK, door_fault=DOOR_FAULT)).state
    assert state.verdict is not None
    assert state.verdict.signal is Signal.AMBER
    assert state.verdict.word == "OPEN BY HAND"
    assert state.verdict.note.startswith("The relay board at /dev/ttyUSB0 does not answer.")
    assert state.verdict.note.endswith("See whether the door is open.")


@pytest.mark.parametrize(
    ("result", "reason", "overridable", "signal"),
    [
        (ScanResult.VALID, ReasonCode.ADMITTED, False, Signal.GREEN),
        (ScanResult.MANUAL_OVERRIDE, ReasonCode.ALREADY_INSIDE, False, Signal.GREEN),
        (ScanResult.INVALID, ReasonCode.TICKET_FORGED, False, Signal.RED),
        (ScanResult.INVALID, ReasonCode.CATEGORY_NOT_ALLOWED, True, Signal.RED),
        (ScanResult.REVOKED, ReasonCode.PARTICIPANT_CANCELLED, True, Signal.RED),
        (ScanResult.REVOKED, ReasonCode.BLACKLISTED, False, Signal.RED),
        (ScanResult.EXPIRED, ReasonCode.EVENT_OVER, True, Signal.AMBER),
        (ScanResult.ALREADY_SCANNED, ReasonCode.ALREADY_USED, True, Signal.AMBER),
        (ScanResult.INVALID, ReasonCode.ROSTER_STALE, True, Signal.AMBER),
        (ScanResult.INVALID, ReasonCode.UNKNOWN_PARTICIPANT, True, Signal.AMBER),
    ],
)
def test_green_admits_red_refuses_amber_asks(
    result: ScanResult, reason: ReasonCode, overridable: bool, signal: Signal
) -> None:
    assert verdict_signal(outcome(result, reason, overridable=overridable)) is signal


def test_a_poster_takes_the_last_persons_green_away_and_stays_quiet() -> None:
    screen = presenter()
    screen.receive(outcome())
    state = screen.receive(outcome(ScanResult.INVALID, ReasonCode.NOT_A_TICKET, "")).state
    assert state.verdict is None
    assert state.banner.signal is Signal.RED
    assert state.banner.title == "This code is not a ticket."


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_scanned_registration_code_is_called_what_it_is_and_what_to_do(language: str) -> None:
    screen = GatePresenter(ManualClock(NOW), language=language)
    refused = outcome(ScanResult.INVALID, ReasonCode.NOT_A_TICKET, "", code="", category="")
    poster = screen.receive(refused).state.banner
    banner = screen.receive(replace(refused, is_registration_code=True)).state.banner
    assert banner.signal is Signal.RED
    assert banner.title != poster.title
    assert banner.text
    if language == "en":
        assert banner.title == "This is a registration code, not the ticket."
        assert banner.text == "Type the code below, or search for the name."


def test_a_verdict_stands_four_seconds_whatever_the_wall_clock_does() -> None:
    clock = ManualClock(NOW)
    screen = GatePresenter(clock)
    screen.receive(outcome())
    clock.jump(timedelta(hours=-5))
    clock.advance(timedelta(seconds=3.9))
    assert screen.tick().state.verdict is not None
    clock.advance(timedelta(seconds=0.1))
    assert screen.tick().state.verdict is None
    assert screen.state.banner.title == "Hold the ticket to the camera"


def test_two_codes_ask_and_not_ready_only_informs() -> None:
    two = presenter().receive(Notice.TWO_CODES).state.verdict
    waiting = presenter().receive(Notice.NOT_READY).state.verdict
    assert two is not None
    assert waiting is not None
    assert (two.signal, waiting.signal) == (Signal.AMBER, Signal.BLUE)


def test_the_same_person_twice_is_two_verdicts() -> None:
    screen = presenter()
    first = screen.receive(inside()).state.verdict
    second = screen.receive(replace(inside(), row_id="another")).state.verdict
    assert first is not None
    assert second is not None
    assert first.serial != second.serial
