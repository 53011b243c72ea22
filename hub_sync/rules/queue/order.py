"""Who is next in a queue, how many are before somebody, and how numbers look."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable

from hub_sync.contract.enums import QueueStatus
from hub_sync.rules.queue.ticket_state import TicketState


def format_number(letter: str, lane: str, sequence: int) -> str:
    """Return what is printed and announced. From 1,000 on a number has four digits: none is used twice on a day.

    >>> format_number("A", "", 17), format_number("A", "K", 3), format_number("B", "", 1000)
    ('A017', 'AK003', 'B1000')
    """
    return f"{letter}{lane}{sequence:03d}"


def waiting_order(ticket: TicketState) -> tuple[int, int, str]:
    """Return the key by which waiting tickets are called."""
    return -ticket.priority.rank, ticket.waiting_since_ms, ticket.id


def waiting_tickets(
    tickets: Iterable[TicketState], queue_ids: Collection[str], counter_id: str | None = None
) -> list[TicketState]:
    """Return the tickets that wait in these queues, the next one first.

    Args:
        tickets: tickets of one service date.
        queue_ids: the queues.
        counter_id: the counter that calls: tickets that were transferred to another one are left out. None: none is left out.
    """
    waiting = (
        ticket
        for ticket in tickets
        if ticket.status is QueueStatus.WAITING
        and ticket.queue_id in queue_ids
        and (counter_id is None or ticket.wanted_counter_id in (None, counter_id))
    )
    return sorted(waiting, key=waiting_order)


def people_ahead(ticket: TicketState, tickets: Iterable[TicketState]) -> int:
    """Return the number of people who come before this ticket in its queue, as it is told to whoever waits; 0 if it does not wait.

    The number never grows because somebody was slow: who is parked before a call counts as before, and who was called once and came
    back to the old place, such as to finish a form, is not counted again.
    """
    if ticket.status is not QueueStatus.WAITING:
        return 0
    key = waiting_order(ticket)
    return sum(
        other.queue_id == ticket.queue_id and counts_ahead(other) and waiting_order(other) < key
        for other in tickets
    )


def counts_ahead(ticket: TicketState) -> bool:
    """Return True if a ticket counts for those who come after it."""
    in_line = ticket.status in (QueueStatus.WAITING, QueueStatus.PARKED)
    came_back = ticket.called_at_ms is not None and ticket.called_at_ms >= ticket.waiting_since_ms
    return in_line and not came_back


class QueuePlaces:
    """The places of all who wait, by one sort for all of them."""

    def __init__(self, tickets: Iterable[TicketState]) -> None:
        self._orders: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
        for ticket in tickets:
            if counts_ahead(ticket):
                self._orders[ticket.queue_id].append(waiting_order(ticket))
        for orders in self._orders.values():
            orders.sort()

    def people_ahead(self, ticket: TicketState) -> int:
        """Return what `people_ahead` returns for a ticket."""
        if ticket.status is not QueueStatus.WAITING:
            return 0
        return bisect_left(self._orders.get(ticket.queue_id, ()), waiting_order(ticket))
