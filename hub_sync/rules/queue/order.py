"""Who is next in a queue, how many are before somebody, and how numbers look."""

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
    """Return the number of people who come before this ticket in its queue; 0 if it does not wait.

    Who is parked keeps the place and counts, so that the number never grows when somebody who was slow with a form returns.
    """
    if ticket.status is not QueueStatus.WAITING:
        return 0
    key = waiting_order(ticket)
    return sum(
        other.status in (QueueStatus.WAITING, QueueStatus.PARKED)
        and other.queue_id == ticket.queue_id
        and waiting_order(other) < key
        for other in tickets
    )
