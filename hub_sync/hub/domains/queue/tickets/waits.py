"""How long people wait: what the rules need of it, read from the tables."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.enums import QueueStatus
from hub_sync.hub.domains.queue.manifest import CounterState
from hub_sync.hub.domains.queue.tables import TICKETS, QueueCounter
from hub_sync.hub.domains.queue.tickets import queries
from hub_sync.hub.kit.db.bulk import in_values
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.queue.estimates import MOST_SAMPLES, QueueLoad, WaitRange, estimate_wait
from hub_sync.rules.queue.order import waiting_order
from hub_sync.rules.queue.ticket_state import TicketState

_AT_A_COUNTER = (QueueStatus.CALLED, QueueStatus.SERVING)
_IN_LINE = (QueueStatus.WAITING, QueueStatus.PARKED)
_HANDLED = (QueueStatus.COMPLETED, QueueStatus.NO_SHOW, QueueStatus.EXPIRED)
_LONGEST_S = 4 * 3600


@dataclass(frozen=True, slots=True)
class Surroundings:
    """A queue with the counters that call from it, and the other queues that these serve.

    `idle` are the counters that serve nobody just now; `queue_ids` all queues that share the open counters.
    """

    open_counters: tuple[str, ...] = ()
    idle: tuple[str, ...] = ()
    queue_ids: frozenset[str] = frozenset()
    live: Sequence[TicketState] = ()
    handling_s: Sequence[float] = ()
    under_way_s: Sequence[float] = field(default=())

    def load_before(self, ticket: TicketState) -> QueueLoad:
        """Return what stands before a ticket that waits."""
        order = waiting_order(ticket)
        ahead = sum(
            other.status in _IN_LINE
            and other.queue_id in self.queue_ids
            and other.id != ticket.id
            and waiting_order(other) < order
            for other in self.live
        )
        return QueueLoad(ahead, len(self.open_counters), len(self.idle), self.handling_s, self.under_way_s)


def surroundings(work: Work, key: FeedKey, queue_id: str) -> Surroundings:
    """Return what the waits in a queue depend on."""
    c = QueueCounter
    query = select(c.id, c.queue_ids, c.state).where(
        c.tenant_id == key.tenant_id,
        c.event_id == key.event_id,
        c.active.is_(True),
        c.deleted_at.is_(None),
    )
    serving = [row for row in work.session.execute(query) if queue_id in row.queue_ids]
    opened = [row for row in serving if row.state is CounterState.OPEN]
    queue_ids = frozenset({queue_id, *(each for row in opened for each in row.queue_ids)})
    live = queries.live_tickets(work, key)
    now_ms = epoch_ms(work.now())
    busy = {each.counter_id for each in live if each.status in _AT_A_COUNTER}
    open_ids = tuple(row.id for row in opened)
    return Surroundings(
        open_ids,
        tuple(id_ for id_ in open_ids if id_ not in busy),
        queue_ids,
        live,
        _recent_handling_s(work, key, queue_ids),
        [
            max(0.0, (now_ms - (each.called_at_ms or now_ms)) / 1000)
            for each in live
            if each.status in _AT_A_COUNTER and each.counter_id in open_ids
        ],
    )


def estimate_for(work: Work, key: FeedKey, ticket: TicketState) -> tuple[int | None, int | None]:
    """Return the range of a ticket's wait in seconds; None, None: it is unknown."""
    estimate = estimate_wait(surroundings(work, key, ticket.queue_id).load_before(ticket))
    return (None, None) if estimate is None else (estimate.low_s, estimate.high_s)


def estimate_of(around: Surroundings, ticket: TicketState) -> WaitRange | None:
    """Return the range of a ticket's wait, or None."""
    return estimate_wait(around.load_before(ticket))


def _recent_handling_s(work: Work, key: FeedKey, queue_ids: Collection[str]) -> list[float]:
    """Return how long the last people took from their call to the end, the newest last."""
    t = TICKETS.c
    query = (
        select(t.called_at, t.ended_at)
        .where(
            t.tenant_id == key.tenant_id,
            t.event_id == key.event_id,
            t.status.in_(_HANDLED),
            in_values(t.queue_id, sorted(queue_ids), work.dialect),
            t.called_at.is_not(None),
            t.ended_at.is_not(None),
        )
        .order_by(t.ended_at.desc())
        .limit(MOST_SAMPLES)
    )
    taken = [(row.ended_at - row.called_at).total_seconds() for row in work.session.execute(query)]
    return [seconds for seconds in reversed(taken) if 0 <= seconds <= _LONGEST_S]
