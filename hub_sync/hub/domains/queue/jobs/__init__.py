"""Background work of queues: the numbers of a day that is over expire, by an action, so that stations agree."""

from collections.abc import Mapping

from sqlalchemy import select

from hub_sync.contract.clock import from_epoch_ms
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.queue.tables import QueueTicket
from hub_sync.hub.domains.queue.tickets import queries
from hub_sync.hub.domains.queue.tickets.actions import expire
from hub_sync.hub.domains.queue.tickets.days import day_at, present_day
from hub_sync.hub.domains.queue.tickets.recording import lock
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.events.jobs import Job
from hub_sync.hub.kit.events.periodic import PeriodicJob
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.rules.queue.ticket_state import LIVE

INTERVAL_S = 10.0
AT_ONCE = 500
"""Numbers expire by so many in a transaction: stations' pushes go between."""
DAY_OVER = "day_over"
"""The reason of the actions."""
_SERVED = "SERVING"


def jobs(hub: HubContext) -> list[Job]:
    """Return the jobs of a process."""
    return [DayChangeJob(hub)]


class DayChangeJob(PeriodicJob):
    """Expires what is left of yesterday, when an event's day begins by its own wall clock."""

    name = "queue-days"
    interval_s = INTERVAL_S

    def __init__(self, hub: HubContext) -> None:
        super().__init__()
        self._hub = hub

    def run_once(self) -> Mapping[FeedKey, int]:
        """Expire the numbers of days that are over. Return how many, by the event."""
        with self._hub.uow.look_up() as work:
            keys = _events_with_live_numbers(work)
        expired: dict[FeedKey, int] = {}
        for key in keys:
            while not self.is_stopping:
                with self._hub.uow.begin() as work:
                    count = _expire(work, key)
                expired[key] = expired.get(key, 0) + count
                if count < AT_ONCE:
                    break
        return {key: count for key, count in expired.items() if count}


def _events_with_live_numbers(work: Work) -> list[FeedKey]:
    t = QueueTicket
    query = select(t.tenant_id, t.event_id).where(t.status.in_(sorted(LIVE))).distinct()
    return [FeedKey(row.tenant_id, row.event_id) for row in work.session.execute(query)]


def _expire(work: Work, key: FeedKey) -> int:
    lock(work, key)
    (event,) = events.list_of_ids(work, key.tenant_id, [key.event_id])
    today = present_day(work, event)
    # A station's clock may have been wrong when it printed the number, by a day or by years: its true time counts, too.
    over = [
        ticket
        for ticket in queries.live_tickets(work, key)
        if ticket.status.value != _SERVED
        and ticket.service_date != today
        and day_at(event, from_epoch_ms(ticket.issued_at_ms)) < today
    ][:AT_ONCE]
    if over:
        expire(work, key, over, DAY_OVER)
    return len(over)
