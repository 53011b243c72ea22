"""The gate screen about passages: pass now, passed, not passed and the entry given back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import Passage, PassageCause
from hub_sync.contract.station_report import AlarmCode
from kiosk_app.messages import ActiveAlarms, GateOutcome, PassageUpdate
from kiosk_app.screens.gate import GatePresenter
from kiosk_app.screens.gate.presenter.view_state import GateViewState
from resources.themes import Signal
from resources.translations import LANGUAGES
from tests.kiosk_app.screens.gate.gallery import BERLIN, NOW, outcome


class Screen:
    """A presenter with a clock."""

    def __init__(self) -> None:
        self.clock = ManualClock(NOW)
        self.presenter = GatePresenter(self.clock, time_zone=BERLIN)

    def admit(self, row_id: str = "ada", **changes: object) -> GateViewState:
        watched = replace(
            outcome(name=row_id.title()), row_id=row_id, passage=Passage.GRANTED, passage_window_s=5.0
        )
        return self.presenter.receive(replace(watched, **changes)).state  # type: ignore[arg-type]

    def settle(self, cause: PassageCause, passage: Passage | None, row_id: str = "ada") -> GateViewState:
        return self.presenter.receive(PassageUpdate(cause, passage, row_id if passage else "")).state

    def wait(self, seconds: float) -> GateViewState:
        self.clock.advance(timedelta(seconds=seconds))
        return self.presenter.tick().state


def chips(state: GateViewState) -> list[str]:
    assert state.verdict is not None
    return [chip.text for chip in state.verdict.chips]


def test_the_person_is_asked_to_pass_for_as_long_as_the_window_is_open() -> None:
    screen = Screen()
    assert chips(screen.admit()) == ["Please pass now \u00b7 5 s"]
    assert chips(screen.wait(4.5)) == ["Please pass now \u00b7 1 s"], "longer than another verdict stays"
    assert screen.wait(2).verdict is None


def test_who_has_passed_makes_room_for_the_next_person() -> None:
    screen = Screen()
    screen.admit()
    state = screen.settle(PassageCause.TURN, Passage.PASSED)
    assert chips(state) == ["Passed"]
    assert state.scans[0].subtitle.endswith("passed")
    assert screen.wait(1.6).verdict is None


def test_who_did_not_pass_is_told_that_the_entry_is_given_back() -> None:
    screen = Screen()
    screen.admit()
    state = screen.settle(PassageCause.TIMED_OUT, Passage.NO_PASSAGE)
    assert state.verdict is not None
    assert (state.verdict.signal, state.verdict.word, state.verdict.name) == (
        Signal.AMBER,
        "NOT PASSED",
        "Ada",
    )
    assert "given back" in state.verdict.reason
    assert state.scans[0].signal is Signal.AMBER
    assert screen.wait(4.1).verdict is None


def test_the_verdict_of_another_person_is_never_replaced() -> None:
    screen = Screen()
    screen.admit("ada")
    screen.wait(3)
    screen.admit("bo")
    state = screen.settle(PassageCause.TIMED_OUT, Passage.NO_PASSAGE, "ada")
    assert state.verdict is not None
    assert (state.verdict.name, state.verdict.signal) == ("Bo", Signal.GREEN)
    assert [item.signal for item in state.scans] == [Signal.GREEN, Signal.AMBER]


def test_an_entry_that_was_given_back_while_nobody_is_displayed_is_shown() -> None:
    screen = Screen()
    screen.admit()
    screen.wait(7)
    state = screen.settle(PassageCause.JAMMED, Passage.NO_PASSAGE)
    assert state.verdict is not None
    assert "jammed" in state.verdict.reason


def test_a_passage_of_a_scan_that_left_the_list_changes_nothing() -> None:
    screen = Screen()
    screen.admit()
    state = screen.settle(PassageCause.TIMED_OUT, Passage.NO_PASSAGE, "long-ago")
    assert state.verdict is not None
    assert state.verdict.signal is Signal.GREEN


def test_without_a_sensor_the_screen_says_that_the_person_is_counted() -> None:
    assert chips(Screen().admit(passage=Passage.WITHOUT_SENSOR, passage_window_s=0)) == [
        "Counted when let in"
    ]


def test_a_turn_of_nobody_is_an_alert_for_a_while() -> None:
    screen = Screen()
    (alert,) = screen.settle(PassageCause.UNGRANTED_TURN, None).alerts
    assert "nobody was let in" in alert.text
    assert screen.wait(16).alerts == ()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_alarm_and_outcome_has_words(language: str) -> None:
    presenter = GatePresenter(ManualClock(NOW), language=language, time_zone=BERLIN)
    codes = (
        AlarmCode.TURNSTILE_JAMMED,
        AlarmCode.SENSOR_LOST,
        AlarmCode.SENSOR_STUCK,
        AlarmCode.SENSOR_SILENT,
        AlarmCode.FIRE_INPUT,
        AlarmCode.TAMPER_INPUT,
    )
    assert len(presenter.receive(ActiveAlarms(turnstile=codes)).state.alerts) == len(codes)
    for cause in PassageCause:
        if not cause.settles:
            presenter.receive(PassageUpdate(cause))
    for passage in Passage:
        watched: GateOutcome = replace(outcome(), row_id="x", passage=passage, passage_window_s=5)
        assert presenter.receive(watched).state.verdict is not None
    for cause in (PassageCause.TIMED_OUT, PassageCause.JAMMED, PassageCause.OPERATOR):
        presenter.receive(replace(outcome(), row_id=cause.value))
        state = presenter.receive(PassageUpdate(cause, Passage.NO_PASSAGE, cause.value)).state
        assert state.verdict is not None
        assert state.verdict.reason
