"""The desk's presenter: one press is one command, and nobody is called before sign-on and a counter."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hub_sync.contract.clock import ManualClock, epoch_ms
from hub_sync.contract.enums import QueueStatus
from hub_sync.contract.ids import new_id
from kiosk_app.messages import (
    CloseWindow,
    OperatorChoice,
    OperatorStatus,
    PinAnswer,
    PinResult,
    SaveAppearance,
    SignOff,
    SignOn,
)
from kiosk_app.queue_messages import (
    DeskAct,
    DeskCommand,
    DeskConflict,
    DeskCounter,
    DeskQueue,
    DeskRefusal,
    DeskResult,
    DeskState,
    DeskTicket,
    QueueConnection,
    StationClosure,
)
from kiosk_app.screens.desk.presenter import actions
from kiosk_app.screens.desk.presenter.desk_presenter import DeskPresenter, DeskUpdate
from kiosk_app.screens.desk.presenter.model import PENDING_MS
from kiosk_app.screens.desk.presenter.view_state import ChoicePanel, DeskButton, DeskViewState
from kiosk_app.screens.desk.presenter.view_state_builder import duration
from kiosk_app.screens.gate.presenter.view_state import PinPanel

NOON = datetime(2026, 6, 11, 12, tzinfo=UTC)
MONA = OperatorChoice("o1", "Mona", is_supervisor=False)
COUNTERS = (DeskCounter("c1", "1", ("Registration",)), DeskCounter("c2", "2", ("Registration", "Press")))
QUEUES = (DeskQueue("q1", "A", "Registration", 2), DeskQueue("q2", "B", "Press", 0))


def ticket(number: str, status: QueueStatus = QueueStatus.WAITING, **members: object) -> DeskTicket:
    built = DeskTicket(number, number, "Registration", status, epoch_ms(NOON) - 300_000)
    return replace(built, **members)  # type: ignore[arg-type]


FREE = DeskState(
    is_available=True,
    counters=COUNTERS,
    counter=COUNTERS[0],
    queues=QUEUES,
    waiting=(ticket("A001"), ticket("A002")),
    waiting_count=2,
    connection=QueueConnection(is_hub_near=True),
)
CALLED = replace(FREE, current=ticket("A000", QueueStatus.CALLED, called_at_ms=epoch_ms(NOON) - 42_000))


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON)


@pytest.fixture
def desk(clock: ManualClock) -> DeskPresenter:
    presenter = DeskPresenter(clock, new_id, language="en", theme="light")
    presenter.receive(FREE)
    return presenter


def press(desk: DeskPresenter, button: DeskButton) -> DeskUpdate:
    return desk.handle(actions.ButtonPressed(button))


def command(update: DeskUpdate) -> DeskCommand:
    (only,) = update.commands
    assert isinstance(only, DeskCommand)
    return only


def panel(state: DeskViewState) -> ChoicePanel:
    assert isinstance(state.panel, ChoicePanel)
    return state.panel


def test_a_second_press_does_nothing_until_the_first_is_answered(desk: DeskPresenter) -> None:
    first = command(press(desk, DeskButton.CALL_NEXT))
    assert first.act is DeskAct.CALL_NEXT
    assert press(desk, DeskButton.CALL_NEXT).commands == ()
    assert DeskButton.CALL_NEXT not in desk.state.enabled
    desk.receive(DeskResult(first.press_id, first.act, "A001"))
    second = command(press(desk, DeskButton.CALL_NEXT))
    assert second.press_id != first.press_id


def test_a_press_without_an_answer_holds_the_others_for_a_while_only(
    desk: DeskPresenter, clock: ManualClock
) -> None:
    press(desk, DeskButton.CALL_NEXT)
    clock.advance(timedelta(milliseconds=PENDING_MS))
    desk.tick()
    assert press(desk, DeskButton.CALL_NEXT).commands


def test_the_clock_is_the_events_wherever_the_machine_believes_to_be(desk: DeskPresenter) -> None:
    assert desk.state.clock == "", "it is not known yet"
    assert desk.receive(replace(FREE, time_zone=ZoneInfo("Asia/Tokyo"))).state.clock == "21:00"


def test_a_counter_of_several_queues_names_that_of_each_ticket(desk: DeskPresenter) -> None:
    waiting = (ticket("A001", queue_name="Press"), ticket("A002"))
    state = desk.receive(replace(FREE, waiting=waiting, parked=waiting[:1], counter=COUNTERS[1])).state
    assert [row.trailing.strip("\u2068\u2069") for row in state.waiting.rows] == ["Press", "Registration"]
    assert state.parked.rows[0].trailing
    state = desk.receive(replace(FREE, waiting=waiting[1:])).state
    assert state.waiting.rows[0].trailing == "", "there is no other queue"


def test_the_buttons_are_those_of_the_moment(desk: DeskPresenter) -> None:
    assert desk.state.primary is DeskButton.CALL_NEXT
    state = desk.receive(CALLED).state
    assert (state.primary, state.card.number, state.card.timer) == (DeskButton.SERVE, "A000", "0:42")
    assert press(desk, DeskButton.CALL_NEXT).commands == (), "its key does nothing now"
    served = replace(CALLED.current or ticket("x"), status=QueueStatus.SERVING, served_at_ms=epoch_ms(NOON))
    state = desk.receive(replace(CALLED, current=served)).state
    assert (state.primary, state.card.headline) == (DeskButton.COMPLETE, "Being served")
    assert command(press(desk, DeskButton.COMPLETE)).ticket_id == "A000"


def test_sign_on_comes_before_the_counter(clock: ManualClock) -> None:
    desk = DeskPresenter(clock, new_id, language="en", theme="light")
    desk.receive(OperatorStatus((MONA,)))
    desk.receive(replace(FREE, counter=None))
    assert isinstance(desk.state.panel, PinPanel)
    assert desk.state.panel.selected == "Mona", "there is nobody else"
    assert desk.handle(actions.Dismissed()).state.panel is not None, "it can't be dismissed"
    assert desk.handle(actions.PinEntered("4711")).commands == (SignOn("o1", "4711"),)
    assert desk.handle(actions.PinEntered("4711")).commands == (), "it is checked already"
    wrong = desk.receive(PinAnswer(PinResult.WRONG, status=OperatorStatus((MONA,)))).state.panel
    assert isinstance(wrong, PinPanel)
    assert wrong.problem
    desk.handle(actions.PinEntered("4712"))
    state = desk.receive(PinAnswer(PinResult.ACCEPTED, status=OperatorStatus((MONA,), MONA))).state
    assert panel(state).title == "Which counter is this?"
    chosen = command(desk.handle(actions.RowChosen("c2")))
    assert (chosen.act, chosen.counter_id, chosen.operator) == (DeskAct.CHOOSE_COUNTER, "c2", "Mona")
    desk.receive(DeskResult(chosen.press_id, chosen.act))
    assert desk.receive(FREE).state.panel is None


def test_the_list_of_counters_says_which_another_desk_has_and_lets_it_be_chosen(clock: ManualClock) -> None:
    desk = DeskPresenter(clock, new_id, language="en", theme="light")
    taken = (
        COUNTERS[0],
        replace(COUNTERS[1], taken_by="Mara, Desk 2"),
        replace(COUNTERS[0], id="c3", taken_by=""),
    )
    desk.receive(OperatorStatus((), None))
    state = desk.receive(replace(FREE, counter=None, counters=taken)).state
    rows = {row.id: row for row in panel(state).rows}
    assert (rows["c1"].badge, rows["c1"].subtitle) == ("", "Registration")
    assert (rows["c2"].badge, rows["c2"].subtitle) == (
        "Taken",
        "Mara, Desk 2 works here · Registration · Press",
    )
    assert rows["c3"].subtitle.startswith("Another desk works here")
    assert command(desk.handle(actions.RowChosen("c2"))).counter_id == "c2"


def test_a_ticket_out_of_order_is_called_with_a_reason(desk: DeskPresenter) -> None:
    desk.handle(actions.TicketSelected("A002"))
    state = desk.handle(actions.RowChosen("call")).state
    assert panel(state).input_label
    assert desk.handle(actions.PanelTextEntered("  ")).state.notice is not None
    call = command(desk.handle(actions.PanelTextEntered("Wheelchair")))
    assert (call.act, call.ticket_id, call.reason) == (DeskAct.CALL_TICKET, "A002", "Wheelchair")
    assert desk.state.panel is None


def test_the_first_one_is_called_by_a_touch_without_a_reason(desk: DeskPresenter) -> None:
    desk.handle(actions.TicketSelected("A001"))
    assert command(desk.handle(actions.RowChosen("call"))).reason == ""


def test_a_ticket_that_another_desk_took_meanwhile_closes_its_panel(desk: DeskPresenter) -> None:
    desk.handle(actions.TicketSelected("A001"))
    state = desk.receive(replace(FREE, waiting=FREE.waiting[1:], waiting_count=1)).state
    assert state.panel is None
    assert state.notice is not None
    assert state.notice.text == "Another counter has called this number."


def test_nobody_is_picked_where_clerks_must_not_choose(desk: DeskPresenter) -> None:
    waiting = tuple(replace(each, can_pick=False) for each in FREE.waiting)
    desk.receive(replace(FREE, waiting=waiting, can_choose=False))
    desk.handle(actions.TicketSelected("A002"))
    assert [row.id for row in panel(desk.state).rows] == ["transfer"]


def test_a_transfer_names_a_queue_or_a_counter(desk: DeskPresenter) -> None:
    desk.receive(CALLED)
    rows = panel(press(desk, DeskButton.TRANSFER).state).rows
    assert [row.id for row in rows] == ["q1", "q2", "q1/c2"]
    sent = command(desk.handle(actions.RowChosen("q1/c2")))
    assert (sent.ticket_id, sent.queue_id, sent.counter_id) == ("A000", "q1", "c2")


def test_a_break_has_a_reason_that_is_chosen_or_typed(desk: DeskPresenter) -> None:
    press(desk, DeskButton.BREAK)
    pause = command(desk.handle(actions.RowChosen("desk.break.meal")))
    assert (pause.act, pause.reason) == (DeskAct.START_BREAK, "Meal")
    desk.receive(DeskResult(pause.press_id, pause.act))
    state = desk.receive(replace(FREE, break_reason="Meal", break_since_ms=epoch_ms(NOON) - 60_000)).state
    assert (state.primary, state.card.timer) == (DeskButton.END_BREAK, "1:00")
    assert command(press(desk, DeskButton.END_BREAK)).act is DeskAct.END_BREAK


@pytest.mark.parametrize("refusal", DeskRefusal)
@pytest.mark.parametrize("language", ["en", "de", "ar"])
def test_each_refusal_is_a_sentence(clock: ManualClock, refusal: DeskRefusal, language: str) -> None:
    desk = DeskPresenter(clock, new_id, language=language, theme="light")
    desk.receive(FREE)
    state = desk.receive(DeskResult(new_id(), DeskAct.CALL_NEXT, refusal=refusal)).state
    assert state.notice is not None
    assert len(state.notice.text) > 10


def test_the_connection_is_said_plainly(desk: DeskPresenter) -> None:
    away = replace(FREE, connection=QueueConnection(is_hub_near=False, neighbours=2))
    assert desk.receive(away).state.connection.text == "The hub is away; 2 neighbours are heard"
    alone = replace(FREE, connection=QueueConnection())
    assert "no neighbour" in desk.receive(alone).state.connection.text


def test_a_conflict_stays_until_it_is_dismissed(desk: DeskPresenter) -> None:
    state = desk.receive(replace(FREE, conflicts=(DeskConflict("t9", "A009", "2"),))).state
    assert state.notice is not None
    assert state.notice.text.startswith("A009 was called at the same time at “Counter 2”")
    dismissed = command(desk.handle(actions.NoticeDismissed()))
    assert (dismissed.act, dismissed.ticket_id) == (DeskAct.DISMISS_CONFLICT, "t9")


def test_the_countdown_is_shown_in_words(desk: DeskPresenter) -> None:
    assert "14 seconds" in desk.receive(replace(FREE, auto_call_in_s=14)).state.countdown


def test_the_menu_changes_language_theme_and_who_is_signed_on(desk: DeskPresenter) -> None:
    desk.receive(OperatorStatus((MONA,), MONA))
    press(desk, DeskButton.MENU)
    assert desk.handle(actions.RowChosen("language")).commands == (SaveAppearance(language="de"),)
    assert desk.handle(actions.RowChosen("theme")).commands == (SaveAppearance(theme="dark"),)
    assert desk.state.panel is not None, "a menu stays open for the next look"
    left, off = desk.handle(actions.RowChosen("sign_off")).commands
    assert isinstance(left, DeskCommand)
    assert (left.act, off) == (DeskAct.LEAVE_COUNTER, SignOff())
    desk.receive(DeskResult(left.press_id, left.act))
    desk.receive(CALLED)
    press(desk, DeskButton.MENU)
    assert desk.handle(actions.RowChosen("sign_off")).commands == (), "somebody is at the counter"
    desk.handle(actions.CloseRequested())
    assert desk.handle(actions.RowChosen("confirm_quit")).commands == (CloseWindow(),)


def test_a_station_without_queues_says_what_to_do(clock: ManualClock) -> None:
    desk = DeskPresenter(clock, new_id, language="en", theme="light")
    assert desk.state.card.headline == "Starting…"
    state = desk.receive(DeskState()).state
    assert state.card.headline == "No queues here"
    assert state.buttons == (DeskButton.MENU,)


def test_a_stopwatch_has_hours_only_when_they_are_there() -> None:
    assert [duration(ms) for ms in (-5, 42_000, 725_000, 3_720_000)] == ["0:00", "0:42", "12:05", "1:02:00"]


@pytest.mark.parametrize("closure", StationClosure)
def test_a_desk_that_the_hub_has_closed_says_so_and_not_that_it_has_no_queues(
    desk: DeskPresenter, closure: StationClosure
) -> None:
    state = desk.receive(DeskState(closure=closure)).state
    title = state.texts(f"desk.closed.{closure.value}")
    assert (state.card.headline, state.connection.text) == (title, title)
    assert state.card.detail == state.texts(f"desk.closed.{closure.value}_text")


@pytest.mark.parametrize("signed_on", [None, MONA])
def test_a_desk_that_the_hub_has_closed_names_no_operator(
    clock: ManualClock, signed_on: OperatorChoice | None
) -> None:
    desk = DeskPresenter(clock, new_id, language="en", theme="light")
    assert desk.receive(OperatorStatus((MONA,), signed_on)).state.panel is None, "it may be closed"
    open_state = desk.receive(FREE).state
    assert (open_state.panel is None) is (signed_on is not None)
    state = desk.receive(DeskState(closure=StationClosure.LOCKED)).state
    assert (state.panel, state.operator) == (None, None)
    menu = press(desk, DeskButton.MENU).state
    assert "Mona" not in str(menu)
    desk.handle(actions.Dismissed())
    assert desk.receive(FREE).state == open_state, "it is asked again once it is unlocked"


@pytest.mark.parametrize("panel", ["ticket", "reason", "break", "counter"])
def test_a_desk_that_is_withdrawn_says_so_whatever_panel_is_open(desk: DeskPresenter, panel: str) -> None:
    if panel == "break":
        press(desk, DeskButton.BREAK)
    elif panel == "counter":
        desk.receive(replace(FREE, counter=None))
    else:
        desk.handle(actions.TicketSelected("A002"))
        if panel == "reason":
            desk.handle(actions.RowChosen("call"))
    assert desk.state.panel is not None
    state = desk.receive(DeskState(closure=StationClosure.WITHDRAWN)).state
    assert state.panel is None, "it would cover the sentence"
    assert state.notice is None, "nobody has called the ticket"
