"""Sign-on and what only a supervisor may do, without Qt."""

from dataclasses import replace
from datetime import timedelta

import pytest

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import DeviceStatus, ReasonCode, ScanResult
from hub_sync.contract.sync import Override
from kiosk_app import messages
from kiosk_app.messages import Notice, OperatorStatus, PinAnswer, PinResult
from kiosk_app.screens.gate import GatePresenter
from kiosk_app.screens.gate.presenter import actions
from kiosk_app.screens.gate.presenter.sign_on import SUPERVISED
from kiosk_app.screens.gate.presenter.view_state import MenuPanel, OverridePanel, PinPanel, QuitPanel
from tests.kiosk_app.screens.gate.gallery import MARA, NOW, OPERATORS, SIGNED_ON, TOM, inside, outcome

SUPERVISED_NOW = replace(SIGNED_ON, supervisor=MARA)


def presenter(status: OperatorStatus = SIGNED_ON, clock: ManualClock | None = None) -> GatePresenter:
    screen = GatePresenter(clock or ManualClock(NOW), operator="Kim")
    screen.receive(status)
    return screen


def pin_panel(screen: GatePresenter) -> PinPanel:
    assert isinstance(screen.state.panel, PinPanel)
    return screen.state.panel


def commands(*issued: object) -> tuple[object, ...]:
    return tuple(each for each in issued if not isinstance(each, messages.PauseScanning))


def test_a_station_without_operators_asks_nobody_and_says_so_in_the_menu() -> None:
    screen = presenter(OperatorStatus())
    assert screen.state.panel is None
    menu = screen.handle(actions.MenuRequested()).state.panel
    assert isinstance(menu, MenuPanel)
    assert menu.operator == "No operators are set up for this station: no PIN is asked."
    assert not menu.can_hand_over
    assert isinstance(screen.handle(actions.QuitRequested()).state.panel, QuitPanel)


def test_names_are_listed_until_somebody_signs_on_and_escape_leads_nowhere() -> None:
    screen = presenter(OPERATORS)
    panel = pin_panel(screen)
    assert [item.title for item in panel.operators] == [
        "Mara Lindqvist",
        "Steward 3",
        "Steward 4",
        "Tom Okoye",
    ]
    assert (panel.selected, panel.can_cancel) == ("", False)
    assert not screen.handle(actions.PinEntered("8163")).commands, "nobody is selected"
    screen.handle(actions.OperatorSelected(TOM.id))
    assert pin_panel(screen).selected == "Tom Okoye"
    screen.handle(actions.Dismissed())
    assert pin_panel(screen).selected == ""
    assert isinstance(screen.handle(actions.MenuRequested()).state.panel, MenuPanel), (
        "the language can be changed"
    )
    screen.handle(actions.MenuRequested())
    assert isinstance(screen.state.panel, PinPanel)


def test_the_only_operator_is_selected_and_nobody_is_asked_to_choose() -> None:
    screen = presenter(OPERATORS)
    assert pin_panel(screen).text.startswith("Choose your name")
    screen.handle(actions.OperatorSelected(TOM.id))
    attempt = pin_panel(screen).attempt
    screen.receive(replace(OPERATORS, choices=OPERATORS.choices[:1]))
    assert pin_panel(screen).selected == "Mara Lindqvist", "the others have left the list"
    assert pin_panel(screen).attempt == attempt + 1, "what was typed of another PIN is forgotten"
    assert pin_panel(screen).text == "Type your PIN. No ticket is decided before that."


@pytest.mark.parametrize("status", [OPERATORS, SUPERVISED_NOW])
def test_a_gate_that_is_locked_names_no_operator_by_itself(status: OperatorStatus) -> None:
    screen = presenter(status)
    before = screen.state
    if status.signed_on is not None:
        screen.handle(actions.HandOverRequested())
    state = screen.receive(messages.ActiveAlarms(station=DeviceStatus.LOCKED)).state
    assert (state.panel, state.status.operator) == (None, None)
    state = screen.receive(messages.ActiveAlarms()).state
    assert (state.panel is None) is (before.panel is None), "it is asked again once it is unlocked"
    assert state.status.operator == before.status.operator


def test_a_pin_is_sent_once_and_never_written_into_a_log() -> None:
    screen = presenter(OPERATORS)
    screen.handle(actions.OperatorSelected(TOM.id))
    entered = actions.PinEntered("8163")
    sent = screen.handle(entered).commands
    assert sent == (messages.SignOn(TOM.id, "8163"),)
    assert "8163" not in f"{entered!r}{sent!r}"
    assert screen.handle(entered).commands == ()
    screen.receive(PinAnswer(PinResult.ACCEPTED, status=SIGNED_ON))
    assert screen.state.panel is None
    assert screen.state.status.operator is not None
    assert screen.state.status.operator.text == "Tom Okoye"


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (PinAnswer(PinResult.WRONG, status=OPERATORS), "This PIN is wrong."),
        (PinAnswer(PinResult.WAIT, 30, OPERATORS), "Too many wrong PINs. Try again in 30 s."),
        (PinAnswer(PinResult.WAIT, 61, OPERATORS), "Try again in 2 min"),
        (PinAnswer(PinResult.NOT_LISTED, status=OPERATORS), "may not sign on here any more"),
    ],
)
def test_a_wrong_pin_is_said_and_the_digits_are_cleared(answer: PinAnswer, problem: str) -> None:
    screen = presenter(OPERATORS)
    screen.handle(actions.OperatorSelected(TOM.id))
    before = pin_panel(screen).attempt
    screen.handle(actions.PinEntered("0001"))
    screen.receive(answer)
    assert problem in pin_panel(screen).problem
    assert pin_panel(screen).attempt > before
    assert screen.handle(actions.PinEntered("8163")).commands == (messages.SignOn(TOM.id, "8163"),)


@pytest.mark.parametrize(
    "action",
    [
        actions.SearchRequested("Ada"),
        actions.PersonSelected("p1"),
        actions.CheckpointsRequested(),
        actions.CheckpointSelected("c2"),
        actions.DirectionToggled(),
        actions.SetupRequested(),
        actions.FullScreenToggled(),
        actions.QuitRequested(),
    ],
)
def test_what_belongs_to_a_supervisor_is_done_after_the_pin_and_not_before(
    action: actions.UserAction,
) -> None:
    assert isinstance(action, SUPERVISED)
    screen, allowed = presenter(), presenter(OperatorStatus())
    question = screen.handle(action)
    assert commands(*question.commands) == ()
    panel = pin_panel(screen)
    assert ([item.title for item in panel.operators], panel.selected) == (
        ["Mara Lindqvist"],
        "Mara Lindqvist",
    )
    sent = screen.handle(actions.PinEntered("250917")).commands
    assert sent == (messages.Authorise(MARA.id, "250917"),)
    wrong = screen.receive(PinAnswer(PinResult.WRONG, status=SIGNED_ON))
    assert commands(*wrong.commands) == ()
    done = screen.receive(PinAnswer(PinResult.ACCEPTED, status=SUPERVISED_NOW))
    assert commands(*done.commands) == commands(*allowed.handle(action).commands)
    assert type(done.state.panel) is type(allowed.state.panel)


def test_typed_letters_are_a_code_to_a_steward_and_a_name_to_a_supervisor() -> None:
    screen = presenter()
    assert screen.handle(actions.TextChanged("Ada")).commands == ()
    assert screen.handle(actions.TextSubmitted("Ada")).commands == (messages.SubmitCode("Ada"),)
    screen.receive(SUPERVISED_NOW)
    assert screen.handle(actions.TextChanged("Ada")).commands == (messages.SearchPeople("Ada"),)


def test_an_override_is_the_supervisors_and_waits_for_the_pin_however_long_that_takes() -> None:
    clock = ManualClock(NOW)
    screen = presenter(clock=clock)
    refused = inside("Ada")
    screen.receive(refused)
    screen.handle(actions.OverrideRequested())
    clock.advance(timedelta(seconds=50))
    screen.tick()
    panel = screen.receive(PinAnswer(PinResult.ACCEPTED, status=SUPERVISED_NOW)).state.panel
    assert isinstance(panel, OverridePanel)
    assert (panel.title, panel.operator, panel.is_operator_fixed) == ("Let in Ada?", "Mara Lindqvist", True)
    confirmed = screen.handle(actions.OverrideConfirmed(0, "", "Somebody else")).commands
    override = Override(reason="Identity checked", operator="Mara Lindqvist")
    assert commands(*confirmed) == (messages.RepeatWithOverride(refused.subject, override, refused.row_id),)


def test_without_a_refusal_no_pin_is_asked_for_an_override() -> None:
    screen = presenter()
    assert screen.handle(actions.OverrideRequested()).state.panel is None


def test_closing_is_asked_again_where_the_pin_ran_out_meanwhile() -> None:
    screen = presenter(SUPERVISED_NOW)
    assert isinstance(screen.handle(actions.QuitRequested()).state.panel, QuitPanel)
    screen.receive(SIGNED_ON)
    assert commands(*screen.handle(actions.QuitConfirmed()).commands) == ()
    assert isinstance(screen.state.panel, PinPanel)
    screen.receive(PinAnswer(PinResult.ACCEPTED, status=SUPERVISED_NOW))
    assert isinstance(screen.state.panel, QuitPanel)
    assert commands(*screen.handle(actions.QuitConfirmed()).commands) == (messages.CloseWindow(),)


def test_the_menu_says_who_is_signed_on_and_lets_them_leave_or_lock() -> None:
    screen = presenter(SUPERVISED_NOW)
    menu = screen.handle(actions.MenuRequested()).state.panel
    assert isinstance(menu, MenuPanel)
    assert (menu.operator, menu.can_hand_over, menu.can_lock) == (
        "Tom Okoye, steward, since 15:04.",
        True,
        True,
    )
    assert screen.handle(actions.LockRequested()).commands == (messages.EndAuthority(),)
    assert screen.handle(actions.SignOffRequested()).commands == (messages.SignOff(),)
    assert isinstance(screen.receive(OPERATORS).state.panel, PinPanel)


def test_the_pad_closes_when_the_hub_takes_all_operators_away() -> None:
    screen = presenter(OPERATORS)
    assert screen.receive(OperatorStatus()).state.panel is None
    screen.receive(OPERATORS)
    screen.handle(actions.OperatorSelected(TOM.id))
    screen.receive(replace(OPERATORS, choices=tuple(each for each in OPERATORS.choices if each.id != TOM.id)))
    assert pin_panel(screen).selected == ""


def test_a_refusal_of_the_gate_itself_is_told() -> None:
    screen = presenter(SUPERVISED_NOW)
    verdict = screen.receive(Notice.NOT_ALLOWED).state.verdict
    assert verdict is not None
    assert verdict.word == "Supervisor needed"


def test_the_menu_says_if_the_screen_may_go_to_sleep() -> None:
    screen = presenter(OperatorStatus())
    screen.receive(messages.ScreenSleep(may_sleep=True))
    menu = screen.handle(actions.MenuRequested()).state.panel
    assert isinstance(menu, MenuPanel)
    assert menu.operator.endswith("Switch the screen saver off in the system's settings.")


def test_a_scan_leaves_a_half_typed_pin_open_and_its_verdict_stands_above_it() -> None:
    screen = presenter()
    refused = inside()
    screen.receive(refused)
    screen.handle(actions.OverrideRequested())
    attempt = pin_panel(screen).attempt
    state = screen.receive(outcome(name="Ada")).state
    assert pin_panel(screen).attempt == attempt, "the digits stay"
    assert state.above_panel is not None
    assert state.above_panel.title == "WELCOME \u00b7 Ada"
    poster = outcome(ScanResult.INVALID, ReasonCode.NOT_A_TICKET, "", code="")
    banner = screen.receive(poster).state.above_panel
    assert banner is not None
    assert banner.title == "This code is not a ticket.", "what is no ticket is told there, too"
    screen.handle(actions.PinEntered("8163"))
    screen.receive(PinAnswer(PinResult.ACCEPTED, status=SUPERVISED_NOW))
    assert isinstance(screen.state.panel, OverridePanel)
    override = screen.handle(actions.OverrideConfirmed(0, "", "")).commands[0]
    assert isinstance(override, messages.RepeatWithOverride)
    assert override.subject == refused.subject, "the person who was refused when the PIN was asked for"


def test_a_person_who_was_admitted_while_the_pin_was_typed_is_not_overridden() -> None:
    screen = presenter()
    refused, admitted = (
        replace(each, decision=replace(each.decision, participant_id="ada")) for each in (inside(), outcome())
    )
    screen.receive(refused)
    screen.handle(actions.OverrideRequested())
    screen.receive(admitted)
    screen.handle(actions.PinEntered("8163"))
    screen.receive(PinAnswer(PinResult.ACCEPTED, status=SUPERVISED_NOW))
    assert screen.state.panel is None


def test_an_admission_that_is_not_the_last_any_more_is_not_taken_back_by_a_pin() -> None:
    screen = presenter()
    screen.receive(outcome(name="Ada"))
    screen.handle(actions.UndoRequested())
    screen.receive(replace(outcome(name="Ben"), row_id="next"))
    screen.handle(actions.PinEntered("8163"))
    state = screen.receive(PinAnswer(PinResult.ACCEPTED, status=SUPERVISED_NOW)).state
    assert state.panel is None
    assert state.verdict is not None
    assert state.verdict.word == "Not taken back"


def test_the_answer_to_a_pin_that_was_given_up_changes_nothing() -> None:
    screen = presenter()
    screen.receive(inside("Ada"))
    screen.handle(actions.OverrideRequested())
    screen.handle(actions.Dismissed())
    late = screen.receive(PinAnswer(PinResult.ACCEPTED, status=SUPERVISED_NOW))
    assert (late.state.panel, late.commands) == (None, ())
