"""The panel that takes the last admission back, without Qt."""

from dataclasses import replace
from datetime import timedelta

import pytest

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import DeviceStatus, Passage, PassageCause
from kiosk_app import messages
from kiosk_app.messages import GroupMember, GroupOffer, GroupOutcome, PassageUpdate, UndoAnswer, UndoResult
from kiosk_app.screens.gate import GatePresenter
from kiosk_app.screens.gate.presenter import actions
from kiosk_app.screens.gate.presenter.view_state import GroupPanel, PinPanel, UndoPanel
from tests.kiosk_app.screens.gate.gallery import MARA, NOW, SIGNED_ON, inside, outcome


def test_the_last_admission_is_taken_back_once_and_the_list_says_so() -> None:
    screen = GatePresenter(ManualClock(NOW), operator="Kim")
    assert not screen.state.can_undo
    admitted = outcome(name="Ada")
    assert screen.receive(admitted).state.can_undo
    refused = replace(inside(), row_id="another")
    assert screen.receive(refused).state.can_undo, "a refusal after it changes nothing"
    panel = screen.handle(actions.UndoRequested()).state.panel
    assert isinstance(panel, UndoPanel)
    assert (panel.title, panel.operator) == ("Take back the admission of Ada?", "Kim")
    confirmed = screen.handle(actions.UndoConfirmed(" Kim ")).commands
    assert confirmed == (messages.TakeBack(admitted, "Kim"), messages.PauseScanning(False))
    state = screen.receive(UndoAnswer(UndoResult.DONE, admitted)).state
    assert state.verdict is not None
    assert state.verdict.word == "Taken back"
    assert [item.subtitle for item in state.scans] == ["Already in", "Taken back"]
    assert not state.can_undo


def test_a_name_is_needed_and_what_was_typed_stays() -> None:
    screen = GatePresenter(ManualClock(NOW))
    screen.receive(outcome())
    screen.handle(actions.UndoRequested())
    update = screen.handle(actions.UndoConfirmed(" "))
    assert update.commands == ()
    assert isinstance(update.state.panel, UndoPanel)
    assert update.state.panel.problem == "Please write your name."


def test_after_a_minute_it_is_too_late_also_with_the_panel_open() -> None:
    clock = ManualClock(NOW)
    screen = GatePresenter(clock)
    screen.receive(outcome())
    screen.handle(actions.UndoRequested())
    clock.advance(timedelta(minutes=1))
    assert not screen.tick().state.can_undo
    state = screen.handle(actions.UndoConfirmed("Kim")).state
    assert (state.panel, state.verdict is not None and state.verdict.word) == (None, "Too late")
    assert screen.handle(actions.UndoRequested()).state.panel is None


def test_what_could_not_be_written_or_was_refused_offers_no_undo() -> None:
    screen = GatePresenter(ManualClock(NOW))
    assert not screen.receive(outcome(sequence=None)).state.can_undo
    assert not screen.receive(inside()).state.can_undo


def test_where_there_are_operators_a_supervisor_takes_it_back() -> None:
    screen = GatePresenter(ManualClock(NOW), operator="Kim")
    screen.receive(SIGNED_ON)
    assert screen.handle(actions.UndoRequested()).state.panel is None, "there is nothing to take back"
    admitted = outcome()
    screen.receive(admitted)
    assert isinstance(screen.handle(actions.UndoRequested()).state.panel, PinPanel)
    answer = messages.PinAnswer(messages.PinResult.ACCEPTED, status=replace(SIGNED_ON, supervisor=MARA))
    panel = screen.receive(answer).state.panel
    assert isinstance(panel, UndoPanel)
    assert panel.is_operator_fixed
    sent = screen.handle(actions.UndoConfirmed("Somebody else")).commands
    assert messages.TakeBack(admitted, "Mara Lindqvist") in sent


def test_a_station_that_is_locked_forgets_whom_it_let_in() -> None:
    screen = GatePresenter(ManualClock(NOW))
    screen.receive(outcome())
    assert not screen.receive(messages.ActiveAlarms(station=DeviceStatus.LOCKED)).state.can_undo


@pytest.mark.parametrize(
    ("passage", "can_undo"), [(Passage.PASSED, False), (Passage.NO_PASSAGE, False), (Passage.UNKNOWN, True)]
)
def test_nothing_is_offered_that_the_station_would_refuse(passage: Passage, can_undo: bool) -> None:
    screen = GatePresenter(ManualClock(NOW))
    admitted = outcome()
    assert screen.receive(admitted).state.can_undo
    cause = PassageCause.TURN if passage is Passage.PASSED else PassageCause.TIMED_OUT
    settled = PassageUpdate(cause, passage, admitted.row_id, "Ada")
    assert screen.receive(settled).state.can_undo is can_undo


def test_the_last_of_a_group_can_be_taken_back() -> None:
    screen = GatePresenter(ManualClock(NOW), operator="Kim")
    screen.receive(outcome(name="Ada"))
    group = GroupOutcome(
        (replace(outcome(name="Bo"), row_id="r-2"), replace(outcome(name="Cy"), row_id="r-3"))
    )
    assert screen.receive(group).state.can_undo
    panel = screen.handle(actions.UndoRequested()).state.panel
    assert isinstance(panel, UndoPanel)
    assert panel.title == "Take back the admission of Cy?"


def test_a_group_is_not_admitted_behind_somebody_who_was_taken_back_meanwhile() -> None:
    screen = GatePresenter(ManualClock(NOW), operator="Kim")
    admitted = outcome(name="Ada")
    offer = GroupOffer("4711", (GroupMember("p2", "Bo", "REG-2", "", admitted.decision),))
    led = replace(admitted, group=offer)
    screen.receive(led)
    screen.handle(actions.UndoRequested())
    screen.handle(actions.UndoConfirmed("Kim"))
    assert isinstance(screen.handle(actions.GroupRequested()).state.panel, GroupPanel)
    assert screen.receive(UndoAnswer(UndoResult.DONE, led)).state.panel is None
    assert screen.handle(actions.GroupConfirmed()).commands == ()


def test_the_list_says_after_a_restart_what_was_taken_back_before_it() -> None:
    screen = GatePresenter(ManualClock(NOW), operator="Kim")
    taken_back = replace(outcome(name="Ada"), passage_cause=PassageCause.OPERATOR)
    state = screen.receive(
        messages.RecentScans((taken_back, replace(outcome(name="Bo"), row_id="row-1")))
    ).state
    assert [item.subtitle for item in state.scans] == ["Taken back", "Let in"]
