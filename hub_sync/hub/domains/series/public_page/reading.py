"""Reads what visitors see of a series: the editions to come and those before, and where to register."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Row

from hub_sync.contract.enums import EventStatus
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.registration import service as registration
from hub_sync.hub.domains.registration.manifest import FF_REGISTRATION_PAGE
from hub_sync.hub.domains.series.editions.editions import list_editions
from hub_sync.hub.domains.series.editions.series import find_series_by_slug
from hub_sync.hub.domains.series.manifest import FF_EVENT_CLONE
from hub_sync.hub.domains.series.public_page.errors import SeriesPageUnknown
from hub_sync.hub.domains.series.tables import EventSeries
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.domains.tenants.errors import TenantNotFound
from hub_sync.hub.domains.waitlist import service as waitlist
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey

MOST_COMING = 60
MOST_PAST = 100
_SHOWN = (EventStatus.PUBLISHED, EventStatus.CANCELLED)


class Seats(StrEnum):
    """The way to a seat of an edition."""

    NONE = "NONE"
    """Nobody registers by a page."""
    FREE = "FREE"
    WAITLIST = "WAITLIST"
    """All seats are taken, and there is a waitlist to join."""
    FULL = "FULL"


@dataclass(frozen=True, slots=True)
class PublicEdition:
    """An edition as visitors see it. `path` is where they register or join the waitlist; empty: nowhere."""

    number: int
    event: Row[Any]
    is_called_off: bool
    seats: Seats = Seats.NONE
    path: str = ""


@dataclass(frozen=True, slots=True)
class PublicSeries:
    """The page: the editions to come, the next one first, and those before, the latest first."""

    series: EventSeries
    organiser: str
    tenant_slug: str
    coming: Sequence[PublicEdition]
    past: Sequence[PublicEdition]

    @property
    def path(self) -> str:
        """The path of the page."""
        return f"/calendar/{self.tenant_slug}/{self.series.slug}"


def read_public_series(work: Work, tenant_slug: str, slug: str) -> PublicSeries:
    """Return the public page of a series. Drafts and templates are not on it.

    Raises:
        SeriesPageUnknown: there is none, or it is not switched on (404).
    """
    try:
        tenant = tenants.by_slug(work, tenant_slug)
    except TenantNotFound:
        raise SeriesPageUnknown from None
    series = find_series_by_slug(work, tenant.id, slug)
    if series is None or not series.is_public or not feature_flags.is_on(work, tenant.id, FF_EVENT_CLONE):
        raise SeriesPageUnknown
    now = work.now()
    editions = [each for each in list_editions(work, tenant.id, series.id) if each.status in _SHOWN]
    coming = [each for each in editions if each.ends_at >= now][:MOST_COMING]
    past = [each for each in reversed(editions) if each.ends_at < now][:MOST_PAST]
    rows = {
        row.id: row
        for row in events.list_of_ids(work, tenant.id, [each.event_id for each in (*coming, *past)])
    }

    def edition(number: int, event_id: str, *, is_coming: bool) -> PublicEdition:
        event = rows[event_id]
        is_called_off = event.status is EventStatus.CANCELLED
        seats, path = Seats.NONE, ""
        if is_coming and not is_called_off:
            seats, path = _way_to_a_seat(work, FeedKey(tenant.id, event_id))
        return PublicEdition(number, event, is_called_off, seats, path)

    return PublicSeries(
        series,
        tenant.name,
        tenant.slug,
        [edition(each.number, each.event_id, is_coming=True) for each in coming],
        [edition(each.number, each.event_id, is_coming=False) for each in past],
    )


def _way_to_a_seat(work: Work, key: FeedKey) -> tuple[Seats, str]:
    """Return how visitors get a seat, and where: the registration page, which has the waitlist too, else the waitlist's own page."""
    has_list = waitlist.is_active(work, key)
    settings = registration.find_settings(work, key)
    if settings is not None and _is_open(work, key, settings):
        path = f"/register/{key.event_id}"
        if registration.free_seats(work, key) > 0:
            return Seats.FREE, path
        return (Seats.WAITLIST, path) if has_list else (Seats.FULL, "")
    if has_list and waitlist.read_settings(work, key).is_public:
        return Seats.WAITLIST, f"/waitlist/{key.event_id}"
    return Seats.NONE, ""


def _is_open(work: Work, key: FeedKey, settings: Any) -> bool:
    if not settings.is_active or not feature_flags.is_on(work, key.tenant_id, FF_REGISTRATION_PAGE):
        return False
    return registration.window_of(work, key, settings) is registration.RegistrationWindow.OPEN
