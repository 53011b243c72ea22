"""Create, read, update and delete events, and render them for stations."""

from typing import Any
from uuid import uuid4

from sqlalchemy import Row, Select, bindparam, literal, or_, select
from sqlalchemy.exc import IntegrityError

from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.sync import EventRow
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.events.errors import (
    DoorsReversed,
    EventChanged,
    EventDatesReversed,
    EventExists,
    EventNotFound,
)
from hub_sync.hub.domains.events.lists import EVENTS
from hub_sync.hub.domains.events.manifest import (
    EVENT_CREATED,
    EVENT_DELETED,
    EVENT_UPDATED,
    EventCreated,
    EventDeleted,
    EventUpdated,
)
from hub_sync.hub.domains.events.schemas import EventChanges, EventResponse, NewEvent
from hub_sync.hub.domains.events.tables import Event
from hub_sync.hub.kit.db.database import is_unique_violation
from hub_sync.hub.kit.db.row_snapshots import snapshot
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import change_feed, domain_events
from hub_sync.hub.kit.lists.listing import Expansion

__all__ = [
    "ALL",
    "Event",
    "EventChanges",
    "EventNotFound",
    "EventResponse",
    "NewEvent",
    "add_list_expansion",
    "change_of",
    "check_exists",
    "create",
    "current_event_id",
    "delete",
    "events_of",
    "get",
    "get_by_slug",
    "get_by_slug_or_id",
    "read",
    "row",
    "update",
]


_NOT_DELETED = (Event.tenant_id == bindparam("t"), Event.deleted_at.is_(None))
ALL = select(Event).where(*_NOT_DELETED)
"""The events of the tenant `t`, without deleted ones."""
_EXISTS = select(literal(1)).where(*_NOT_DELETED, Event.id == bindparam("e"))
_SELECT_COLUMNS = select(*Event.__table__.c).where(*_NOT_DELETED, Event.id == bindparam("e"))

_CHANGED = select(*Event.__table__.c).where(
    Event.tenant_id == bindparam("t"),
    Event.id == bindparam("e"),
    Event.feed_seq > bindparam("after"),
    Event.feed_seq <= bindparam("until"),
)
_NULLABLE = frozenset({"capacity", "doors_open_at", "doors_close_at"})


def create(work: Work, tenant_id: str, new: NewEvent) -> Event:
    """Create an event and its change feed.

    Raises:
        EventExists, EventDatesReversed, DoorsReversed.
    """
    _check_dates(new)
    if _find_by_slug(work, tenant_id, new.slug):
        raise EventExists(slug=new.slug)
    event = Event(tenant_id=tenant_id, id=work.new_id(), **new.model_dump())
    change_feed.create_feed(work.session, tenant_id, event.id, epoch=str(uuid4()))
    work.session.add(event)
    try:
        work.session.flush()
    except IntegrityError as error:
        if not is_unique_violation(error):
            raise
        raise EventExists(slug=new.slug) from error
    audit.record(work, tenant_id, EVENT_CREATED, event.id, after=snapshot(event))
    domain_events.emit(work, tenant_id, EventCreated(entity_id=event.id, event_id=event.id, slug=event.slug))
    return event


def events_of(tenant_id: str) -> Select[Event]:
    """Return the query of a tenant's events."""
    return ALL.params(t=tenant_id)


def get(work: Work, tenant_id: str, event_id: str) -> Event:
    """Return the event of an id.

    Raises:
        EventNotFound: no such event, or it is deleted (404).
    """
    event = work.session.get(Event, (tenant_id, event_id))
    if event is None or event.deleted_at:
        raise EventNotFound
    return event


def read(work: Work, tenant_id: str, event_id: str) -> Row[Any]:
    """Return the columns of an event. This is much cheaper than the object that `get` builds.

    Raises:
        EventNotFound.
    """
    row = work.fetch_one(_SELECT_COLUMNS, {"t": tenant_id, "e": event_id})
    if row is None:
        raise EventNotFound
    return row


def check_exists(work: Work, tenant_id: str, event_id: str) -> None:
    """Raise an error unless the event exists; cheaper than `get`.

    Raises:
        EventNotFound.
    """
    if work.fetch_one(_EXISTS, {"t": tenant_id, "e": event_id}) is None:
        raise EventNotFound


def get_by_slug(work: Work, tenant_id: str, slug: str) -> Event:
    """Return the event of a slug.

    Raises:
        EventNotFound.
    """
    event = _find_by_slug(work, tenant_id, slug)
    if event is None:
        raise EventNotFound(slug=slug)
    return event


def get_by_slug_or_id(work: Work, tenant_id: str, name: str) -> Event:
    """Return the event of a slug or an id; operators type either.

    Raises:
        EventNotFound.
    """
    return _find_by_slug(work, tenant_id, name) or get(work, tenant_id, name)


def current_event_id(work: Work, tenant_id: str) -> str | None:
    """Return the id of the event that is running now or whose doors are open, or None. If several are, return the one that started last."""
    now = work.now()
    query = select(Event.id).where(
        Event.tenant_id == tenant_id,
        Event.deleted_at.is_(None),
        or_(Event.starts_at <= now, Event.doors_open_at <= now),
        or_(Event.ends_at >= now, Event.doors_close_at >= now),
    )
    return work.session.scalar(query.order_by(Event.starts_at.desc(), Event.id).limit(1))


def add_list_expansion(name: str, load: Expansion) -> None:
    """Add a member to `expand` of the list of events, for a domain below events.

    Args:
        name: the member.
        load: returns the member's value by event id, from a work, a tenant id and event rows.
    """
    EVENTS.add_expansion(name, load)


def update(
    work: Work, tenant_id: str, event_id: str, changes: EventChanges, if_version: int | None = None
) -> Event:
    """Update the fields that `changes` names. Nothing is written if all values are the same as before.

    Raises:
        EventNotFound: no such event (404).
        EventChanged: the version is not `if_version` (412).
        EventDatesReversed: the event would end before it starts (422).
        DoorsReversed: the doors would close before they open (422).
    """
    event = _get_for_update(work, tenant_id, event_id, if_version)
    before, starts_at, ends_at = snapshot(event), event.starts_at, event.ends_at
    values: dict[str, Any] = changes.model_dump(exclude_unset=True)
    for name, value in values.items():
        if value is not None or name in _NULLABLE:
            setattr(event, name, value)
    if event.doors_open_at is not None and "doors_open_at" not in values:
        event.doors_open_at += event.starts_at - starts_at
    if event.doors_close_at is not None and "doors_close_at" not in values:
        event.doors_close_at += event.ends_at - ends_at
    _check_dates(event)
    if snapshot(event) == before:
        return event
    event.version += 1
    work.session.flush()
    audit.record(work, tenant_id, EVENT_UPDATED, event.id, before=before, after=snapshot(event))
    domain_events.emit(
        work, tenant_id, EventUpdated(entity_id=event.id, event_id=event.id, changed=sorted(values))
    )
    return event


def delete(work: Work, tenant_id: str, event_id: str, if_version: int | None = None) -> None:
    """Mark an event as deleted: it and everything below it is not found any more. Stations get the change by their next pull.

    Raises:
        EventNotFound: no such event (404).
        EventChanged: the version is not `if_version` (412).
    """
    event = _get_for_update(work, tenant_id, event_id, if_version)
    before = snapshot(event)
    event.deleted_at = work.now()
    event.version += 1
    work.session.flush()
    audit.record(work, tenant_id, EVENT_DELETED, event.id, before=before, after=snapshot(event))
    domain_events.emit(work, tenant_id, EventDeleted(entity_id=event.id, event_id=event.id, slug=event.slug))


def row(event: Event | Row[Any]) -> EventRow:
    """Return the event as stations get it."""
    return EventRow(
        id=event.id,
        tenant_id=event.tenant_id,
        name=event.name,
        slug=event.slug,
        starts_at_ms=epoch_ms(event.starts_at),
        ends_at_ms=epoch_ms(event.ends_at),
        doors_open_at_ms=None if event.doors_open_at is None else epoch_ms(event.doors_open_at),
        doors_close_at_ms=None if event.doors_close_at is None else epoch_ms(event.doors_close_at),
        day_begins_at=event.day_begins_at,
        time_zone=event.time_zone,
        capacity=event.capacity,
        status=event.status,
        deleted=event.deleted_at is not None,
    )


def change_of(work: Work, key: change_feed.FeedKey, after: int, until: int) -> list[tuple[int, EventRow]]:
    """Return [(feed number, row)] if the event itself changed after number `after`, up to `until` inclusive; else []."""
    bound = {"t": key.tenant_id, "e": key.event_id, "after": after, "until": until}
    return [(event.feed_seq, row(event)) for event in work.fetch_all(_CHANGED, bound)]


def _check_dates(event: Event | NewEvent) -> None:
    """Check that the event ends after it starts, and that the doors close after they open.

    Raises:
        EventDatesReversed, DoorsReversed.
    """
    if event.ends_at <= event.starts_at:
        raise EventDatesReversed
    if (event.doors_close_at or event.ends_at) <= (event.doors_open_at or event.starts_at):
        raise DoorsReversed


def _get_for_update(work: Work, tenant_id: str, event_id: str, if_version: int | None) -> Event:
    """Lock the event until the transaction ends and return it: of two changes of one version, one is refused.

    The lock is FOR NO KEY UPDATE, so that rows that refer to the event can be written meanwhile: their writers hold
    the lock of the feed, which this transaction needs next.
    """
    event = work.session.get(
        Event, (tenant_id, event_id), with_for_update={"key_share": True}, populate_existing=True
    )
    if event is None or event.deleted_at:
        raise EventNotFound
    if if_version is not None and event.version != if_version:
        raise EventChanged(version=event.version)
    return event


def _find_by_slug(work: Work, tenant_id: str, slug: str) -> Event | None:
    query = select(Event).where(Event.tenant_id == tenant_id, Event.slug == slug, Event.deleted_at.is_(None))
    return work.session.scalar(query)
