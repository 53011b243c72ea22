"""The board's presenter: the last call stands out, and old numbers say their age."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hub_sync.contract.clock import ManualClock, epoch_ms
from kiosk_app.messages import Notice
from kiosk_app.queue_messages import BoardQueue, BoardState, BoardTicket, QueueConnection, StationClosure
from kiosk_app.screens.board.presenter.board_presenter import STALE_AFTER, TURN_MS, BoardPresenter

NOON = datetime(2026, 6, 11, 12, tzinfo=UTC)
NEAR, ALONE = QueueConnection(is_hub_near=True), QueueConnection()


def row(number: str, counter: str = "1", *, is_called: bool = True) -> BoardTicket:
    return BoardTicket(number, number, counter, "q", epoch_ms(NOON), is_called)


STATE = BoardState(
    is_available=True,
    event_name="Gala",
    serving=(row("A003", "3"), row("A002", "2"), row("A001", "Info desk", is_called=False)),
    recent=(row("A000", is_called=False),),
    queues=(BoardQueue("q", "A", "Registration", 4),),
    as_of_ms=epoch_ms(NOON),
    connection=NEAR,
)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON)


@pytest.fixture
def board(clock: ManualClock) -> BoardPresenter:
    return BoardPresenter(clock, language="en", theme="dark")


def test_the_newest_call_stands_out_and_the_one_that_is_announced_before_it(board: BoardPresenter) -> None:
    state = board.receive(STATE)
    assert state.hero is not None
    assert (state.hero.number, state.hero.counter) == ("A003", "Counter 3")
    assert [(line.number, line.counter) for line in state.lines] == [
        ("A002", "Counter 2"),
        ("A001", "Info desk"),
    ]
    state = board.receive(replace(STATE, announcing="A002"))
    assert state.hero is not None
    assert (state.hero.number, state.hero.is_announced) == ("A002", True)


def test_the_clock_is_the_events_wherever_the_machine_believes_to_be(board: BoardPresenter) -> None:
    assert board.receive(STATE).clock == "", "it is not known yet"
    tokyo, lima = (replace(STATE, time_zone=ZoneInfo(name)) for name in ("Asia/Tokyo", "America/Lima"))
    assert (board.receive(tokyo).clock, board.receive(lima).clock) == ("21:00", "07:00")


def test_who_is_served_already_does_not_stand_out(board: BoardPresenter) -> None:
    assert board.receive(replace(STATE, serving=(row("A001", is_called=False),))).hero is None


def test_a_board_that_hears_nobody_says_how_old_its_numbers_are(
    board: BoardPresenter, clock: ManualClock
) -> None:
    board.receive(replace(STATE, connection=ALONE))
    assert board.state().note == ""
    clock.advance(STALE_AFTER)
    assert board.state().note == "Nothing new for 1 min. Please ask the staff."
    assert board.state().hero is not None, "the numbers stay"
    assert board.receive(replace(STATE, connection=replace(ALONE, neighbours=1))).note == ""


def test_a_board_without_queues_is_out_of_order_and_heals(board: BoardPresenter) -> None:
    assert board.state().out_of_order == "One moment, please"
    assert board.receive(BoardState(connection=NEAR)).out_of_order == "This display is out of order"
    assert board.receive(STATE).out_of_order == ""
    assert board.receive(Notice.STATION_FAILED).out_of_order
    assert board.receive(STATE).out_of_order == ""


def test_more_lines_than_fit_take_turns(board: BoardPresenter, clock: ManualClock) -> None:
    before = board.receive(STATE).turn
    clock.advance(timedelta(milliseconds=TURN_MS))
    assert board.state().turn == before + 1


@pytest.mark.parametrize("closure", StationClosure)
def test_a_board_that_the_hub_has_closed_says_why_to_staff(
    board: BoardPresenter, closure: StationClosure
) -> None:
    state = board.receive(BoardState(event_name="Gala", connection=ALONE, closure=closure))
    assert state.out_of_order
    assert state.note == state.texts(f"desk.closed.{closure.value}")


def test_a_closed_queue_says_so_and_counts_only_who_still_waits(board: BoardPresenter) -> None:
    opens_at = datetime(2026, 6, 12, 8, tzinfo=ZoneInfo("Europe/Berlin"))
    queues = (
        BoardQueue("q", "A", "Registration", 0, is_open=False, opens_at=opens_at),
        BoardQueue("r", "B", "Press", 2, is_open=False),
        BoardQueue("s", "C", "Badges", 0),
    )
    figures = board.receive(replace(STATE, queues=queues)).figures
    assert [(each.waiting, each.closed) for each in figures] == [
        ("", "Closed until 08:00"),
        ("2 wait", "Closed now"),
        ("0 wait", ""),
    ]
