"""A service desk: one call for one press, with the hub, without it, and when its answer is lost."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from hub_sync.client.http.errors import HubRefused, HubTimeout
from hub_sync.client.lan.ticket_claims import WantedTicket
from hub_sync.client.timekeeper import Timekeeper
from hub_sync.contract.enums import DeviceStatus, QueueStatus
from hub_sync.contract.ids import new_id
from hub_sync.contract.lan import PeerRow
from hub_sync.contract.queue import (
    CallRequest,
    CallResponse,
    QueueAction,
    QueueActionKind,
    QueueRow,
)
from kiosk_app.core.queue.board_service import BoardService
from kiosk_app.core.queue.desk_service import DeskService
from kiosk_app.core.queue.desk_state import DeskReader
from kiosk_app.core.queue.queue_day import QueueBook, QueueDay
from kiosk_app.queue_messages import DeskRefusal, QueueConnection, StationClosure
from tests.support.builders.people import EVENT
from tests.support.builders.queues import (
    QueueStation,
    apply_queue,
    build_queue_station,
    counter_row,
    queue_id,
    queue_row,
)


@dataclass
class ScriptedNetwork:
    """A hub that answers as a test says, and no other station."""

    answer: Callable[[CallRequest], CallResponse] | None = None
    requests: list[CallRequest] = field(default_factory=list)

    def is_hub_near(self) -> bool:
        return self.answer is not None

    def call_at_hub(self, request: CallRequest) -> CallResponse:
        self.requests.append(request)
        assert self.answer is not None
        return self.answer(request)

    def claim(self, claim_id: str, wanted: Sequence[WantedTicket]) -> str | None:
        return wanted[0].ticket_id if wanted else None


@dataclass
class Desk:
    """A station whose desk is counter 1."""

    station: QueueStation
    service: DeskService
    book: QueueBook
    network: ScriptedNetwork

    def day(self) -> QueueDay:
        day = self.book.day()
        assert day is not None
        return day

    def call(self) -> str:
        answer = self.service.call_next(new_id(), "Mona")
        assert answer.ticket is not None, answer
        return answer.ticket.number

    def current(self) -> str:
        ticket = self.service.current(self.day(), queue_id("1"))
        return "" if ticket is None else ticket.number

    def set_queue(self, *rows: QueueRow) -> None:
        apply_queue(self.station.store, snapshot=False, queues=rows)

    def hub_calls(self, request: CallRequest, ticket_id: str) -> QueueAction:
        """Return the action of the hub that calls a ticket for a request."""
        return QueueAction(
            id=request.id,
            kind=QueueActionKind.CALLED,
            event_id=EVENT,
            queue_id=queue_id("A"),
            ticket_id=ticket_id,
            service_date="2026-06-11",
            tick=request.tick + 1,
            at_ms=1,
            device_id="device-1",
            counter_id=request.counter_id,
        )


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    station = build_queue_station(tmp_path / "desk", lane="K")
    network = ScriptedNetwork()
    book = QueueBook(station.store, Timekeeper(station.clock, station.store), station.clock, new_id)
    built = Desk(station, DeskService(book, network), book, network)
    assert built.service.choose_counter(queue_id("1"), "Mona").refusal is None
    yield built
    station.store.close()


def test_the_longest_waiting_is_called_and_a_counter_has_one_at_a_time(desk: Desk) -> None:
    first, second = desk.station.issue().number, desk.station.issue().number
    assert desk.call() == first
    assert desk.service.call_next(new_id()).refusal is DeskRefusal.BUSY
    ticket = desk.service.current(desk.day(), queue_id("1"))
    assert ticket is not None
    assert desk.service.serve(ticket.id).refusal is None
    assert desk.service.call_next(new_id()).refusal is DeskRefusal.BUSY
    assert desk.service.complete(ticket.id).refusal is None
    assert desk.service.complete(ticket.id).refusal is DeskRefusal.TOO_LATE, "a second press"
    assert desk.call() == second
    assert [row.record.kind for row in desk.station.store.journal.all_rows()] == ["queue"] * 7


def test_a_repeated_press_calls_nobody_else(desk: Desk) -> None:
    desk.station.issue(), desk.station.issue()
    call_id = new_id()
    first = desk.service.call_next(call_id).ticket
    assert first is not None
    desk.service.serve(first.id)
    desk.service.complete(first.id)
    again = desk.service.call_next(call_id).ticket
    assert again is not None
    assert (again.id, again.status) == (first.id, QueueStatus.COMPLETED)


def test_nobody_is_called_before_a_counter_is_chosen_or_while_it_has_a_break(desk: Desk) -> None:
    desk.station.issue()
    assert desk.service.start_break(" ").refusal is DeskRefusal.NEEDS_REASON
    assert desk.service.start_break("Lunch", "Mona").refusal is None
    assert desk.service.call_next(new_id()).refusal is DeskRefusal.ON_BREAK
    assert desk.service.pause_of(desk.day(), queue_id("1")) == ("Lunch", desk.day().now_ms)
    assert desk.service.end_break().refusal is None
    desk.call()
    assert desk.service.leave_counter().refusal is DeskRefusal.BUSY
    ticket = desk.service.current(desk.day(), queue_id("1"))
    assert ticket is not None
    desk.service.complete(ticket.id)
    assert desk.service.leave_counter().refusal is None
    assert desk.service.call_next(new_id()).refusal is DeskRefusal.UNAVAILABLE
    assert desk.service.choose_counter(new_id()).refusal is DeskRefusal.UNAVAILABLE


def test_a_call_out_of_order_needs_a_reason_and_says_so(desk: Desk) -> None:
    desk.station.issue()
    second = desk.station.issue().ticket
    assert desk.service.call_ticket(new_id(), second.id).refusal is DeskRefusal.NEEDS_REASON
    answer = desk.service.call_ticket(new_id(), second.id, "Wheelchair", "Mona")
    assert answer.ticket is not None
    action = desk.station.own_actions()[-1]
    assert (action.out_of_order, action.reason, action.operator) == (True, "Wheelchair", "Mona")


def test_a_clerk_picks_nobody_where_the_queue_does_not_let_them(desk: Desk) -> None:
    desk.set_queue(queue_row(clerks_choose=False), queue_row("B"))
    apply_queue(desk.station.store, snapshot=False, counters=(counter_row("1", "A", "B"),))
    plain, urgent = desk.station.issue("A"), desk.station.issue("B")
    assert desk.service.call_ticket(new_id(), urgent.ticket.id, "x").refusal is None
    desk.service.complete(urgent.ticket.id)
    desk.station.issue("A")
    last = desk.station.issue("A").ticket
    assert desk.service.call_ticket(new_id(), last.id, "friend").refusal is DeskRefusal.NOT_ALLOWED
    answer = desk.service.call_next(new_id(), chosen=[queue_id("B")])
    assert answer.ticket is not None
    assert answer.ticket.number == plain.number, "nor a queue of their own choice"


def test_a_no_show_may_return_and_expires_after_the_last_one(desk: Desk) -> None:
    desk.station.issue()
    desk.call()
    ticket = desk.service.current(desk.day(), queue_id("1"))
    assert ticket is not None
    assert desk.service.no_show(ticket.id).ticket is not None
    assert desk.service.return_ticket(ticket.id).refusal is None
    desk.call()
    answer = desk.service.no_show(ticket.id)
    assert answer.ticket is not None
    assert (answer.ticket.status, answer.ticket.no_shows) == (QueueStatus.EXPIRED, 2)


def test_a_parked_ticket_is_called_by_nobody_until_it_returns(desk: Desk) -> None:
    number = desk.station.issue().number
    desk.call()
    ticket = desk.service.current(desk.day(), queue_id("1"))
    assert ticket is not None
    assert desk.service.park(ticket.id, "Fetches a form").refusal is None
    assert desk.service.call_next(new_id()).refusal is DeskRefusal.NOBODY_WAITS
    assert desk.service.return_ticket(ticket.id).refusal is None
    assert desk.call() == number


def test_a_transfer_to_a_counter_is_for_that_counter_alone(desk: Desk) -> None:
    apply_queue(
        desk.station.store,
        snapshot=False,
        queues=(queue_row("B"),),
        counters=(counter_row("1", "A", "B"), counter_row("2", "A", "B")),
    )
    desk.station.issue()
    number = desk.call()
    ticket = desk.service.current(desk.day(), queue_id("1"))
    assert ticket is not None
    assert desk.service.transfer(ticket.id, queue_id("B"), queue_id("2")).refusal is None
    assert desk.service.call_next(new_id()).refusal is DeskRefusal.NOBODY_WAITS
    desk.service.leave_counter()
    desk.service.choose_counter(queue_id("2"))
    assert desk.call() == number


def test_the_hub_says_who_is_next_where_it_answers(desk: Desk) -> None:
    desk.station.issue()
    second = desk.station.issue().ticket
    desk.network.answer = lambda request: CallResponse(
        action=desk.hub_calls(request, second.id), server_time_ms=1
    )
    assert desk.call() == second.number
    assert desk.network.requests[0].tick == desk.station.own_actions()[-1].tick - 1
    assert not list(desk.station.store.journal.all_rows())[3:], "the hub has recorded it itself"


def test_whom_the_hub_does_not_know_yet_is_called_here(desk: Desk) -> None:
    issued = desk.station.issue()
    desk.network.answer = lambda _: CallResponse(server_time_ms=1)
    assert desk.call() == issued.number
    desk.service.complete(issued.ticket.id)
    known = desk.station.issue()
    apply_queue(
        desk.station.store,
        snapshot=False,
        actions=[action for action in desk.station.own_actions() if action.ticket_id == known.ticket.id],
    )
    assert desk.service.call_next(new_id()).refusal is DeskRefusal.NOBODY_WAITS, "the hub knows better"


def test_what_the_hub_called_for_a_press_whose_answer_was_lost_goes_back_to_its_place(desk: Desk) -> None:
    first, second = desk.station.issue().ticket, desk.station.issue().ticket
    lost: list[CallRequest] = []

    def time_out(request: CallRequest) -> CallResponse:
        lost.append(request)
        raise HubTimeout("slow")

    desk.network.answer = time_out
    assert desk.call() == first.number
    assert desk.current() == first.number
    apply_queue(desk.station.store, snapshot=False, actions=[desk.hub_calls(lost[0], second.id)])
    desk.service.settle_lost_calls()
    ticket = desk.station.store.queue.actions.ticket(second.id)
    assert ticket is not None
    assert (ticket.status, ticket.waiting_since_ms) == (QueueStatus.WAITING, second.waiting_since_ms)
    assert desk.current() == first.number, "one press, one person"


def test_the_same_ticket_called_by_both_stays_called(desk: Desk) -> None:
    ticket = desk.station.issue().ticket
    lost: list[CallRequest] = []

    def time_out(request: CallRequest) -> CallResponse:
        lost.append(request)
        raise HubTimeout("slow")

    desk.network.answer = time_out
    desk.call()
    apply_queue(desk.station.store, snapshot=False, actions=[desk.hub_calls(lost[0], ticket.id)])
    desk.service.settle_lost_calls()
    assert desk.current() == ticket.number


def test_a_hub_whose_queues_are_switched_off_is_not_bypassed(desk: Desk) -> None:
    desk.station.issue()

    def refuse(_: CallRequest) -> CallResponse:
        raise HubRefused("Queues are switched off at the hub.", "QueuesSwitchedOff", 409)

    desk.network.answer = refuse
    assert desk.service.call_next(new_id(), "Mona").refusal is DeskRefusal.SWITCHED_OFF
    assert desk.current() == ""


def test_counters_that_others_have_are_named_with_whoever_works_there(desk: Desk) -> None:
    def at(counter: str, kind: QueueActionKind, device_id: str, tick: int, operator: str = "") -> QueueAction:
        return QueueAction(
            id=new_id(),
            kind=kind,
            event_id=EVENT,
            service_date="2026-06-11",
            tick=tick,
            at_ms=tick,
            device_id=device_id,
            counter_id=queue_id(counter),
            operator=operator,
        )

    opened, closed = QueueActionKind.COUNTER_OPENED, QueueActionKind.COUNTER_CLOSED
    desk.service.leave_counter()
    store = desk.station.store
    apply_queue(store, snapshot=False, counters=(counter_row("3"), counter_row("4")))
    store.peers.replace([PeerRow(id="device-2", name="Desk 2", public_key="k")])
    store.queue.add_of_hub(
        [
            *(at("2", opened, "device-2", 90, "Mara"), at("3", opened, "device-3", 91)),
            *(at("4", opened, "device-2", 92, "Mara"), at("4", closed, "device-2", 93)),
        ]
    )
    state, _ = DeskReader(desk.book, desk.service).read(QueueConnection())
    assert {row.name: row.taken_by for row in state.counters} == {
        "1": None,
        "2": "Mara, Desk 2",
        "3": "",
        "4": None,
    }


def test_the_counter_is_chosen_again_after_a_restart(desk: Desk) -> None:
    again = DeskService(desk.book)
    counter = again.counter(desk.day())
    assert counter is not None
    assert counter.name == "1"
    desk.station.clock.advance(timedelta(days=1))
    assert again.counter(desk.day()) is not None


@pytest.mark.parametrize(
    ("status", "closure"),
    [(DeviceStatus.LOCKED, StationClosure.LOCKED), (DeviceStatus.REVOKED, StationClosure.WITHDRAWN)],
)
def test_a_desk_and_a_board_that_the_hub_has_closed_say_so_in_the_events_zone(
    desk: Desk, status: DeviceStatus, closure: StationClosure
) -> None:
    store, connection = desk.station.store, QueueConnection()
    assert desk.book.closure() is None
    store.access.record(status)
    state, _ = DeskReader(desk.book, desk.service).read(connection)
    board = BoardService(desk.book).read(connection)
    assert (state.closure, board.closure) == (closure, closure)
    assert (str(state.time_zone), board.time_zone) == ("Europe/Berlin", state.time_zone)
    assert board.event_name
    store.access.begin_wipe(new_id())
    assert desk.book.closure() is StationClosure.ERASING
