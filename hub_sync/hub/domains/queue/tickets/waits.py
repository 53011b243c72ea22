"""How long people wait: what the rules need of it, read from the tables."""

from bisect import bisect_left
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import select

from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.enums import QueueStatus
from hub_sync.hub.domains.queue.manifest import CounterState
from hub_sync.hub.domains.queue.tables import TICKETS, Queue, QueueCounter
from hub_sync.hub.domains.queue.tickets import queries
from hub_sync.hub.kit.db.bulk import in_values
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.queue.estimates import (
    MOST_SAMPLES,
    QueueLoad,
    ServicePace,
    WaitRange,
    samples_or_figure,
    service_pace,
    staffed_counters,
)
from hub_sync.rules.queue.order import QueuePlaces, waiting_order
from hub_sync.rules.queue.ticket_state import TicketState

_AT_A_COUNTER = (QueueStatus.CALLED, QueueStatus.SERVING)
_IN_LINE = (QueueStatus.WAITING, QueueStatus.PARKED)
_HANDLED = (QueueStatus.COMPLETED, QueueStatus.NO_SHOW, QueueStatus.EXPIRED)
_LONGEST_S = 4 * 3600


@dataclass(frozen=True, slots=True)
class QueueSetting:
    """A queue, as far as its waits depend on it."""

    id: str
    name: str
    service_minutes: int


@dataclass(frozen=True, slots=True)
class _Counter:
    id: str
    name: str
    queue_ids: Sequence[str]
    is_active: bool
    state: CounterState
    was_used: bool


class EventWaits:
    """The waits in all queues of an event at one moment: read once, and asked of any ticket."""

    def __init__(
        self,
        live: Sequence[TicketState],
        queues: Sequence[QueueSetting],
        counters: Sequence[_Counter],
        handling_s: Callable[[frozenset[str]], Sequence[float]],
        now_ms: int,
    ) -> None:
        """Take what was read; `handling_s` reads how long the last people of some queues took."""
        self.live, self._handling_s, self._now_ms = live, handling_s, now_ms
        self._samples: dict[frozenset[str], Sequence[float]] = {}
        self.by_id = {ticket.id: ticket for ticket in live}
        self.queues = {queue.id: queue for queue in queues}
        self.counters = {counter.id: counter.name for counter in counters}
        self.queue_ids: dict[str, frozenset[str]] = {}
        """By queue, all queues that share its open counters."""
        self._places = QueuePlaces(live)
        self._paces: dict[str, ServicePace | None] = {}
        self._orders: dict[frozenset[str], list[tuple[int, int, str]]] = {}
        self._open: dict[str, frozenset[str]] = {}
        self._read_counters(counters)

    def _read_counters(self, counters: Sequence[_Counter]) -> None:
        active = {counter.id: counter for counter in counters if counter.is_active}
        used = [counter.id for counter in active.values() if counter.was_used]
        paused = [id_ for id_ in used if active[id_].state is not CounterState.OPEN]
        for queue_id in self.queues:
            serving = [counter.id for counter in active.values() if queue_id in counter.queue_ids]
            open_ids = self._open[queue_id] = staffed_counters(serving, used, paused)
            shared = (each for id_ in open_ids for each in active[id_].queue_ids)
            self.queue_ids[queue_id] = frozenset({queue_id, *shared})

    def work_out_all(self) -> None:
        """Read what the waits in all queues depend on, so that they can be asked for when the transaction is over."""
        for queue_id in self.queues:
            self._pace(queue_id)

    def _pace(self, queue_id: str) -> ServicePace | None:
        """Return how fast a queue moves; None: unknown."""
        if queue_id not in self._paces and queue_id in self.queues:
            self._paces[queue_id] = self._work_out(self.queues[queue_id])
        return self._paces.get(queue_id)

    def _work_out(self, queue: QueueSetting) -> ServicePace | None:
        open_ids, group = self._open[queue.id], self.queue_ids[queue.id]
        if group not in self._samples:
            self._samples[group] = self._handling_s(group)
        busy = [each for each in self.live if each.status in _AT_A_COUNTER and each.counter_id in open_ids]
        at_work = {each.counter_id for each in busy}
        load = QueueLoad(
            ahead=0,
            open_counters=len(open_ids),
            idle_counters=len(open_ids - at_work),
            handling_s=samples_or_figure(self._samples[group], queue.service_minutes),
            under_way_s=[
                max(0.0, (self._now_ms - (each.called_at_ms or self._now_ms)) / 1000) for each in busy
            ],
        )
        return service_pace(load)

    def people_ahead(self, ticket: TicketState) -> int:
        """Return the number of people before a ticket, as its visitor is told it."""
        return self._places.people_ahead(ticket)

    def wait_of(self, ticket: TicketState) -> WaitRange | None:
        """Return the range of a ticket's wait until its call; None: unknown."""
        pace = self._pace(ticket.queue_id)
        if pace is None:
            return None
        group = self.queue_ids[ticket.queue_id]
        orders = self._orders.get(group)
        if orders is None:
            orders = self._orders[group] = sorted(
                waiting_order(each)
                for each in self.live
                if each.status in _IN_LINE and each.queue_id in group
            )
        return pace.wait(bisect_left(orders, waiting_order(ticket)))


def event_waits(work: Work, key: FeedKey) -> EventWaits:
    """Return the waits in an event's queues."""
    c, q = QueueCounter, Queue
    counters = work.session.execute(
        select(c.id, c.name, c.queue_ids, c.active, c.deleted_at, c.state, c.state_order).where(
            c.tenant_id == key.tenant_id, c.event_id == key.event_id
        )
    )
    queues = work.session.execute(
        select(q.id, q.name, q.service_minutes).where(
            q.tenant_id == key.tenant_id, q.event_id == key.event_id
        )
    )
    return EventWaits(
        queries.live_tickets(work, key),
        [QueueSetting(row.id, row.name, row.service_minutes) for row in queues],
        [
            _Counter(
                *(row.id, row.name, row.queue_ids, row.active and row.deleted_at is None, row.state),
                was_used=bool(row.state_order),
            )
            for row in counters
        ],
        partial(_recent_handling_s, work, key),
        epoch_ms(work.now()),
    )


def estimate_for(work: Work, key: FeedKey, ticket: TicketState) -> tuple[int | None, int | None]:
    """Return the range of a ticket's wait in seconds; None, None: it is unknown."""
    estimate = event_waits(work, key).wait_of(ticket)
    return (None, None) if estimate is None else (estimate.low_s, estimate.high_s)


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
