"""The phase of an event, as people see it: what it is set to, and what the clock makes of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from hub_sync.contract.enums import EventStatus
from hub_sync.hub.domains.events.manifest import STATUSES
from hub_sync.hub.domains.events.tables import Event
from hub_sync.hub.kit.i18n import N_


@dataclass(frozen=True, slots=True)
class EventPhase:
    """A word for a badge, to be translated, and its tone."""

    label: str
    tone: str


DRAFT = EventPhase(STATUSES[EventStatus.DRAFT], "quiet")
CALLED_OFF = EventPhase(STATUSES[EventStatus.CANCELLED], "bad")
TEMPLATE = EventPhase(STATUSES[EventStatus.TEMPLATE], "info")
UPCOMING = EventPhase(STATUSES[EventStatus.PUBLISHED], "good")
ON_NOW = EventPhase(N_("On now"), "info")
OVER = EventPhase(N_("Over"), "quiet")
_NOT_PUBLISHED = {
    EventStatus.DRAFT: DRAFT,
    EventStatus.CANCELLED: CALLED_OFF,
    EventStatus.TEMPLATE: TEMPLATE,
}


def phase_of(event: Event | Row[Any], now: datetime) -> EventPhase:
    """Return the phase of an event. "Published" is an event to come: one that is over only was published."""
    if event.status is not EventStatus.PUBLISHED:
        return _NOT_PUBLISHED[event.status]
    if now > event.ends_at:
        return OVER
    return ON_NOW if event.starts_at <= now else UPCOMING
