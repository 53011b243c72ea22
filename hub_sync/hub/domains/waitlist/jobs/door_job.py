"""Lease seats at the door to gates, and take back what they can't give any more."""

from sqlalchemy import and_, select

from hub_sync.contract.enums import EventStatus
from hub_sync.hub.domains.events.service import Event
from hub_sync.hub.domains.waitlist.door.leases import LEAD, is_near, lease_seats
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
    """Return the events concerned. The events that are over, or begin later, are left out by the database: there are ever more of them."""
    d, s, now = WaitlistDoorSeat, WaitlistSettings, work.now()
    leased = select(d.tenant_id, d.event_id).where(d.returned_at.is_(None), d.entry_id.is_(None)).distinct()
    due = {FeedKey(*row) for row in work.session.execute(leased)}
    near = (
        select(s.tenant_id, s.event_id, s.door_minute, Event.starts_at, Event.ends_at)
        .join(Event, and_(Event.tenant_id == s.tenant_id, Event.id == s.event_id))
        .where(
            *(s.door_minute.is_not(None), s.is_active, Event.deleted_at.is_(None)),
            Event.status != EventStatus.TEMPLATE,
            *(Event.starts_at <= now + LEAD, Event.ends_at > now),
        )
    )
    return due | {
        FeedKey(row.tenant_id, row.event_id)
        for row in work.session.execute(near)
        if is_near(row, row.door_minute, now)
    }
