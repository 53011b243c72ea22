"""Numbers at a kiosk: written before they are shown, and the same one on every slip."""

from pathlib import Path

from hub_sync.client.timekeeper import Timekeeper
from hub_sync.contract.ids import new_id
from kiosk_app.core.kiosk.numbers import KioskQueues, NoQueues
from kiosk_app.core.kiosk.papers import slip_id
from kiosk_app.core.printing.contents import SlipContent
from kiosk_app.core.queue.desk_service import DeskService
from kiosk_app.core.queue.queue_day import QueueBook
from kiosk_app.kiosk_messages import NumberRefusal
from tests.support.builders.queues import build_queue_station, lease, queue_id, queue_row


def test_a_number_is_in_the_journal_and_its_slip_is_the_same_each_time(tmp_path: Path) -> None:
    station = build_queue_station(tmp_path)
    lease(station.store, "A", 1, 50)
    desk = KioskQueues(station.store, station.service)
    [choice] = desk.choices()
    assert choice.is_open
    number = desk.issue(choice.id, "ada", "de")
    assert number.refusal is None
    assert [action.ticket_id for action in station.own_actions()] == [number.ticket_id]
    slips = [desk.slip(number.ticket_id, "de") for _ in range(2)]
    assert slips[0] == slips[1]
    assert slips[0] is not None
    assert slips[0].id == slip_id(number.ticket_id)
    assert isinstance(slips[0].content, SlipContent)
    assert slips[0].content.number == number.number
    assert slips[0].content.event_name == "Assembly"
    station.store.close()


def test_whoever_has_a_number_gets_the_same_one(tmp_path: Path) -> None:
    station = build_queue_station(tmp_path, lane="K")
    desk = KioskQueues(station.store, station.service)
    first, second = (desk.issue(queue_id("A"), "ada", "en") for _ in range(2))
    assert (second.number, second.is_repeated) == (first.number, True)
    station.store.close()


def test_whoever_is_called_already_is_sent_to_the_counter_and_not_to_wait(tmp_path: Path) -> None:
    station = build_queue_station(tmp_path, lane="K")
    book = QueueBook(station.store, Timekeeper(station.clock, station.store), station.clock, new_id)
    numbers, desk = KioskQueues(station.store, station.service), DeskService(book)
    waiting = numbers.issue(queue_id("A"), "ada", "en")
    assert (waiting.people_ahead, waiting.counter) == (0, "")
    desk.choose_counter(queue_id("1"))
    called = desk.call_next(new_id()).ticket
    assert called is not None
    again = numbers.issue(queue_id("A"), "ada", "en")
    assert (again.number, again.counter) == (waiting.number, "1")
    assert (again.people_ahead, again.low, again.high) == (None, None, None)
    desk.park(called.id, "")
    parked = numbers.issue(queue_id("A"), "ada", "en")
    assert (parked.number, parked.counter, parked.people_ahead) == (waiting.number, "", None)
    slip = numbers.slip(called.id, "en")
    assert slip is not None
    assert isinstance(slip.content, SlipContent)
    assert (slip.content.people_ahead, slip.content.wait_minutes) == (None, None)
    station.store.close()


def test_a_closed_queue_and_one_without_numbers_say_why(tmp_path: Path) -> None:
    rows = (queue_row("A"), queue_row("B", opens_at="22:00", closes_at="23:00"))
    station = build_queue_station(tmp_path, queues=rows)
    desk = KioskQueues(station.store, station.service)
    assert [choice.is_open for choice in desk.choices()] == [False, False]
    assert desk.issue(queue_id("A"), "", "en").refusal is NumberRefusal.NO_NUMBERS
    assert desk.issue(queue_id("B"), "", "en").refusal is NumberRefusal.CLOSED
    assert desk.issue("nothing", "", "en").refusal is NumberRefusal.CLOSED
    station.store.close()


def test_a_station_without_queues_offers_none() -> None:
    desk = NoQueues()
    assert desk.choices() == ()
    assert desk.issue("q", "", "en").refusal is NumberRefusal.CLOSED
    assert desk.slip("t", "en") is None
