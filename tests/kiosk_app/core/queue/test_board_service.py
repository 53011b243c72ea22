"""A board: each call is announced once and in order, as long as its holder has not come."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from hub_sync.client.timekeeper import Timekeeper
from hub_sync.contract.ids import new_id
from kiosk_app.core.queue.board_service import BoardService
from kiosk_app.core.queue.desk_service import DeskService
from kiosk_app.core.queue.queue_day import QueueBook
from kiosk_app.queue_messages import QueueConnection
from tests.support.builders.queues import (
    QueueStation,
    apply_queue,
    build_queue_station,
    counter_row,
    queue_id,
    queue_row,
)

NEAR = QueueConnection(is_hub_near=True)


@dataclass
class Board:
    """A board with a desk on the same store."""

    station: QueueStation
    book: QueueBook
    desk: DeskService
    board: BoardService

    def call(self, counter: str) -> str:
        """Call the next one to a counter; return the ticket's id."""
        self.desk.choose_counter(queue_id(counter))
        ticket = self.desk.call_next(new_id()).ticket
        assert ticket is not None
        return ticket.id

    def speak(self) -> list[tuple[str, str]]:
        """Announce all that is due; return numbers and counters."""
        spoken = []
        while (due := self.board.next_announcement()) is not None:
            self.board.record_spoken(due)
            spoken.append((due.number, due.counter))
        return spoken

    def restart(self) -> None:
        """Begin as after a restart of the program."""
        self.board = BoardService(self.book)


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Board]:
    station = build_queue_station(tmp_path / "board", lane="K")
    book = QueueBook(station.store, Timekeeper(station.clock, station.store), station.clock, new_id)
    yield Board(station, book, DeskService(book), BoardService(book))
    station.store.close()


def test_two_calls_in_one_moment_are_both_announced_in_order(board: Board) -> None:
    board.station.issue(), board.station.issue()
    board.call("1"), board.call("2")
    assert board.speak() == [("AK001", "1"), ("AK002", "2")]
    assert board.speak() == []


def test_a_restart_announces_only_what_is_still_called_and_was_not_announced(board: Board) -> None:
    for _ in range(3):
        board.station.issue()
    board.call("1")
    assert board.speak() == [("AK001", "1")]
    served = board.call("2")
    board.desk.serve(served)
    board.desk.complete(served)
    board.call("2")
    board.restart()
    assert board.speak() == [("AK003", "2")]
    board.restart()
    assert board.speak() == []


def test_a_recall_is_announced_again_and_so_is_a_second_call(board: Board) -> None:
    board.station.issue()
    ticket_id = board.call("1")
    board.speak()
    board.desk.recall(ticket_id)
    assert board.speak() == [("AK001", "1")]
    board.desk.return_ticket(ticket_id)
    assert board.speak() == []
    board.call("1")
    assert board.speak() == [("AK001", "1")]


def test_the_present_state_is_shown_newest_call_first(board: Board) -> None:
    for _ in range(3):
        board.station.issue()
    first = board.call("1")
    board.station.clock.advance(timedelta(seconds=1))
    board.call("2")
    board.desk.choose_counter(queue_id("1"))
    board.desk.serve(first)
    state = board.board.read(NEAR)
    assert [(row.number, row.counter, row.is_called) for row in state.serving] == [
        ("AK002", "2", True),
        ("AK001", "1", False),
    ]
    board.desk.complete(first)
    state = board.board.read(NEAR)
    assert [(row.number, row.counter) for row in state.recent] == [("AK001", "1")]
    assert [(queue.letter, queue.waiting) for queue in state.queues] == [("A", 1)]


def test_several_queues_and_a_counter_that_was_deleted_are_shown(board: Board) -> None:
    apply_queue(
        board.station.store,
        snapshot=False,
        queues=(queue_row("B"),),
        counters=(counter_row("1", "A", "B"), counter_row("2", deleted=True)),
    )
    board.station.issue("B")
    board.call("1")
    state = board.board.read(NEAR)
    assert [row.number for row in state.serving] == ["BK001"]
    assert [queue.letter for queue in state.queues] == ["A", "B"]


def test_without_queues_the_board_says_so(board: Board) -> None:
    board.station.store.queue.forget()
    assert not board.board.read(NEAR).is_available
    assert board.board.next_announcement() is None


def test_a_queue_out_of_its_hours_says_when_it_opens_again(board: Board) -> None:
    rows = (queue_row(opens_at="08:00", closes_at="10:00"), queue_row("B"))
    apply_queue(board.station.store, snapshot=False, queues=rows)
    closed, opened = board.board.read(NEAR).queues
    assert (opened.is_open, opened.opens_at) == (True, None)
    assert closed.opens_at is not None
    assert (closed.is_open, f"{closed.opens_at:%H:%M}") == (False, "08:00")


def test_two_people_with_one_number_are_told_apart_by_the_time_on_their_slips(board: Board) -> None:
    """A restored hub has stored a number that two kiosks printed."""
    first = board.station.issue().ticket
    other = board.station.own_actions()[0].model_copy(
        update={"id": new_id(), "ticket_id": new_id(), "at_ms": first.issued_at_ms + 180_000, "tick": 9}
    )
    apply_queue(board.station.store, snapshot=False, actions=(other,))
    board.call("1"), board.call("2")
    labels = {row.number for row in board.board.read(NEAR).serving}
    assert labels == {"AK001 (11:00)", "AK001 (11:03)"}
    assert board.speak() == [("AK001", "1"), ("AK001", "2")]
