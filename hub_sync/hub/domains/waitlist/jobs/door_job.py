"""Lease seats at the door to gates, and take back what they can't give any more."""

from itertools import groupby

from sqlalchemy import select

from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.waitlist.door.leases import is_near, lease_seats
from hub_sync.hub.domains.waitlist.tables import WaitlistDoorSeat, WaitlistSettings
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.events.periodic import PeriodicJob
from hub_sync.hub.kit.http.context import HubContext

INTERVAL_S = 5.0


class DoorJob(PeriodicJob):
    """Looks at the events whose minute is near, and at those that have seats at a gate."""

    name = "waitlist-door"
    interval_s = INTERVAL_S

    def __init__(self, hub: HubContext) -> None:
        super().__init__()
        self._hub = hub

    def run_once(self) -> int:
        """Look at all events that are due, and return how many seats were leased or came back."""
        with self._hub.uow.look_up() as work:
            due = _due(work)
        count = 0
        for key in sorted(due):
            if self.is_stopping:
                break
            with self._hub.uow.begin() as work:
                count += lease_seats(work, key)
        return count


def _due(work: Work) -> set[FeedKey]:
    d, s = WaitlistDoorSeat, WaitlistSettings
    leased = select(d.tenant_id, d.event_id).where(d.returned_at.is_(None), d.entry_id.is_(None)).distinct()
    due = {FeedKey(*row) for row in work.session.execute(leased)}
    settings = select(s).where(s.door_minute.is_not(None), s.is_active).order_by(s.tenant_id)
    for tenant_id, rows in groupby(work.session.scalars(settings), key=lambda row: row.tenant_id):
        by_event = {row.event_id: row for row in rows}
        for event in events.list_of_ids(work, tenant_id, sorted(by_event)):
            if event.deleted_at is None and is_near(event, by_event[event.id], work.now()):
                due.add(FeedKey(tenant_id, event.id))
    return due
