"""How long somebody will wait, as a range: from what services took today, and the counters that serve the queue."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from statistics import median

from hub_sync.contract.enums import QueueStatus
from hub_sync.contract.queue import CounterRow, QueueRow
from hub_sync.rules.queue.ticket_state import TicketState

_MINUTE_MS = 60_000
_RECENT = 20
_ENOUGH = 5
"""Services of today from which on they count, and not the queue's own figure."""
_STEP = 5
"""Ranges end at multiples of five minutes: nothing more exact is known."""


@dataclass(frozen=True, slots=True)
class WaitEstimate:
    """A range in minutes. `low_minutes` 0: it may be at once."""

    low_minutes: int
    high_minutes: int


def estimate_wait(
    queue: QueueRow,
    ahead: int,
    tickets: Sequence[TicketState],
    counters: Sequence[CounterRow],
    closed: Collection[str] = (),
) -> WaitEstimate | None:
    """Return how long somebody with so many people before them will wait; None: no counter serves the queue.

    A range that is a little too long pleases more than one that is too short: it is widened more to the top.

    Args:
        queue: the queue.
        ahead: the number of people who are called before.
        tickets: the day's tickets.
        counters: all counters that are switched on.
        closed: ids of those that are closed, or have a break.
    """
    serving = sum(queue.id in row.queue_ids and row.id not in closed for row in counters)
    if not serving:
        return None
    taken = sorted(
        (ticket for ticket in tickets if ticket.queue_id == queue.id and _service_ms(ticket)),
        key=lambda ticket: ticket.ended_at_ms or 0,
    )[-_RECENT:]
    minutes: float = max(1, queue.service_minutes)
    if len(taken) >= _ENOUGH:
        minutes = max(0.5, median(_service_ms(ticket) for ticket in taken) / _MINUTE_MS)
    expected = ahead * minutes / serving
    low, high = _STEP * int(0.7 * expected // _STEP), _STEP * (int(1.4 * expected // _STEP) + 1)
    return WaitEstimate(low, high)


def _service_ms(ticket: TicketState) -> int:
    if ticket.status is not QueueStatus.COMPLETED or not ticket.served_at_ms or not ticket.ended_at_ms:
        return 0
    return max(0, ticket.ended_at_ms - ticket.served_at_ms)
