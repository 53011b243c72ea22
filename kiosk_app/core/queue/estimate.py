"""How long somebody will wait, as the hub's status page says it, and by the queue's own figure until enough people were served."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from hub_sync.contract.enums import QueueStatus
from hub_sync.contract.queue import CounterRow, QueueRow
from hub_sync.rules.queue.estimates import QueueLoad, estimate_wait, samples_or_figure, staffed_counters
from hub_sync.rules.queue.ticket_state import TicketState

_AT_COUNTER = (QueueStatus.CALLED, QueueStatus.SERVING)


@dataclass(frozen=True, slots=True)
class WaitEstimate:
    """A range in minutes. `low_minutes` 0: it may be at once."""

    low_minutes: int
    high_minutes: int


def estimate_queue(
    queue: QueueRow,
    ahead: int,
    tickets: Sequence[TicketState],
    counters: Sequence[CounterRow],
    opened: Collection[str],
    closed: Collection[str],
    now_ms: int,
) -> WaitEstimate | None:
    """Return how long somebody with so many people before them will wait; None: no counter serves the queue.

    Args:
        queue: the queue.
        ahead: the number of people who are called before.
        tickets: the day's tickets.
        counters: all counters that are switched on.
        opened: ids of counters that somebody opened on this day.
        closed: ids of those that are closed, or have a break.
        now_ms: the time.
    """
    serving = staffed_counters([row.id for row in counters if queue.id in row.queue_ids], opened, closed)
    here = [ticket for ticket in tickets if ticket.status in _AT_COUNTER and ticket.counter_id in serving]
    ended = sorted(
        (ticket for ticket in tickets if ticket.queue_id == queue.id and _handling_s(ticket)),
        key=lambda ticket: ticket.ended_at_ms or 0,
    )
    handling_s = samples_or_figure([_handling_s(ticket) for ticket in ended], queue.service_minutes)
    load = QueueLoad(
        ahead=ahead,
        open_counters=len(serving),
        idle_counters=len(serving - {ticket.counter_id for ticket in here}),
        handling_s=handling_s,
        under_way_s=[max(0, now_ms - (ticket.called_at_ms or now_ms)) / 1000 for ticket in here],
    )
    estimated = estimate_wait(load)
    return None if estimated is None else WaitEstimate(*estimated.minutes)


def _handling_s(ticket: TicketState) -> float:
    if ticket.status is not QueueStatus.COMPLETED or not ticket.called_at_ms or not ticket.ended_at_ms:
        return 0
    return max(0, ticket.ended_at_ms - ticket.called_at_ms) / 1000
