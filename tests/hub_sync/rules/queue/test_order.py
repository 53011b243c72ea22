"""Who is next, and how many are before somebody."""

from dataclasses import replace
from typing import Any

from hub_sync.contract.enums import QueueStatus
from hub_sync.contract.queue import QueuePriority
from hub_sync.rules.queue.order import QueuePlaces, format_number, people_ahead, waiting_tickets
from hub_sync.rules.queue.ticket_state import TicketState


def ticket(name: str, since_ms: int, **members: Any) -> TicketState:
    """Return a ticket that waits in queue A since a time."""
    waiting = TicketState(
        id=name,
        event_id="event",
        queue_id="A",
        service_date="2026-11-29",
        number=name,
        sequence=1,
        lane="",
        status=QueueStatus.WAITING,
        priority=QueuePriority.PLAIN,
        issued_at_ms=since_ms,
        waiting_since_ms=since_ms,
        device_id="",
    )
    return replace(waiting, **members)


def test_the_longest_wait_is_next_and_priority_comes_first() -> None:
    tickets = [
        ticket("late", 3),
        ticket("early", 1),
        ticket("stroller", 2, priority=QueuePriority.PRIORITY),
        ticket("parked", 0, status=QueueStatus.PARKED),
        ticket("parked later", 4, status=QueueStatus.PARKED),
        ticket("elsewhere", 0, queue_id="B"),
    ]
    assert [each.id for each in waiting_tickets(tickets, {"A"})] == ["stroller", "early", "late"]
    assert people_ahead(tickets[0], tickets) == 3  # who is parked keeps the place
    assert people_ahead(tickets[3], tickets) == 0


def test_who_was_called_and_came_back_to_the_old_place_is_not_counted_again() -> None:
    me = ticket("me", 5)
    was_called: dict[str, Any] = {"called_at_ms": 10, "calls": 1}
    others = [
        ticket("parked at a counter", 1, status=QueueStatus.PARKED, **was_called),
        ticket("called by mistake", 2, **was_called),
        ticket("parked in the line", 3, status=QueueStatus.PARKED),
        ticket("missed the call and came before me", 4, called_at_ms=3, calls=1),
        ticket("elsewhere", 0, queue_id="B"),
    ]
    assert people_ahead(me, others) == 2
    assert QueuePlaces([me, *others]).people_ahead(me) == 2
    assert QueuePlaces(others).people_ahead(others[0]) == 0


def test_who_was_sent_to_a_counter_is_called_by_that_one_alone() -> None:
    tickets = [ticket("sent", 1, wanted_counter_id="2"), ticket("any", 2)]
    assert [each.id for each in waiting_tickets(tickets, {"A"}, "1")] == ["any"]
    assert [each.id for each in waiting_tickets(tickets, {"A"}, "2")] == ["sent", "any"]


def test_a_number_has_three_digits_and_more_when_a_day_needs_them() -> None:
    assert [format_number("A", "", 1), format_number("A", "K", 2)] == ["A001", "AK002"]
    assert format_number("B", "", 1000) == "B1000"
