"""The totals of an event that is over: who came, who did not, who was refused and why, and when most people were inside."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from hub_sync.contract.enums import EventStatus, ParticipantStatus
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.check_in.service import PresenceStatus, RefusalCount
from hub_sync.hub.domains.events.service import Event
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey


@dataclass(frozen=True, slots=True)
class EventTotals:
    """The totals of an event. `no_shows` of the `expected` (approved) participants were never admitted."""

    admitted: int
    expected: int
    no_shows: int
    refusals: Sequence[RefusalCount]
    peak: int
    peak_at: datetime | None
    """The first minute with the peak; None: nobody came."""

    @property
    def refused(self) -> int:
        """The number of refused scans."""
        return sum(refusal.count for refusal in self.refusals)


def is_over(event: Event, now: datetime) -> bool:
    """Return True if an event took place and has ended."""
    return event.status is EventStatus.PUBLISHED and now > event.ends_at


def read_totals(work: Work, key: FeedKey, inside: int) -> EventTotals:
    """Return the totals of an event; `inside` is the number of people who are inside now."""
    people = participants.Participant
    approved = select(func.count(people.id)).where(
        people.tenant_id == key.tenant_id,
        people.event_id == key.event_id,
        people.status == ParticipantStatus.APPROVED,
    )
    absent = approved.where(check_in.presence_condition(people.id, key, PresenceStatus.ABSENT))
    peak, peak_at = check_in.read_peak(work, key, inside)
    return EventTotals(
        admitted=check_in.count_admitted_people(work, key),
        expected=work.session.scalar(approved) or 0,
        no_shows=work.session.scalar(absent) or 0,
        refusals=check_in.count_refusals(work, key),
        peak=peak,
        peak_at=peak_at,
    )
