"""Events: made, changed, read; and as their stations see them."""

from typing import Any
from uuid import uuid4

from sqlalchemy import Row, Select, bindparam, literal, select
from sqlalchemy.exc import IntegrityError

from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.sync import EventRow
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.events.errors import EventChanged, EventDatesReversed, EventExists, EventNotFound
from hub_sync.hub.domains.events.manifest import (
    EVENT_CREATED,
    EVENT_DELETED,
    EVENT_UPDATED,
    EventCreated,
    EventDeleted,
    EventUpdated,
)
from hub_sync.hub.domains.events.schemas import EventChanges, NewEvent
from hub_sync.hub.domains.events.tables import Event
from hub_sync.hub.kit.db.database import is_unique_violation
from hub_sync.hub.kit.db.row_snapshots import snapshot
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import change_feed, domain_events

__all__ = [
    "ALL",
    "Event",
    "EventChanges",
    "EventNotFound",
    "NewEvent",
    "by_slug",
    "change_of",
    "check_exists",
    "create",
    "delete",
    "events_of",
    "find_by_slug_or_id",
    "get",
    "read",
    "row",
    "update",
]


_IS_THERE = (Event.tenant_id == bindparam("t"), Event.deleted_at.is_(None))
ALL = select(Event).where(*_IS_THERE)
"""The events of the tenant `t`."""
_THERE = select(literal(1)).where(*_IS_THERE, Event.id == bindparam("e"))
_READ = select(*Event.__table__.c).where(*_IS_THERE, Event.id == bindparam("e"))


def create(work: Work, tenant_id: str, new: NewEvent) -> Event:
    """Make an event, with its changes feed.

    Raises:
        EventExists, EventDatesReversed.
    """
    if new.ends_at <= new.starts_at:
        raise EventDatesReversed
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
    """The query of a tenant's events."""
    return ALL.params(t=tenant_id)


def get(work: Work, tenant_id: str, event_id: str) -> Event:
    """The event of an id; a deleted one is not found.

    Raises:
        EventNotFound.
    """
    event = work.session.get(Event, (tenant_id, event_id))
    if event is None or event.deleted_at:
        raise EventNotFound
    return event


def read(work: Work, tenant_id: str, event_id: str) -> Row[Any]:
    """As `get`, but only the columns: to tell of an event costs a small part of what making an object of it does.

    Raises:
        EventNotFound.
    """
    found = work.fetch_one(_READ, {"t": tenant_id, "e": event_id})
    if found is None:
        raise EventNotFound
    return found


def check_exists(work: Work, tenant_id: str, event_id: str) -> None:
    """Have the event there, for what is below it; cheaper than `get`.

    Raises:
        EventNotFound.
    """
    if work.fetch_one(_THERE, {"t": tenant_id, "e": event_id}) is None:
        raise EventNotFound


def by_slug(work: Work, tenant_id: str, slug: str) -> Event:
    """The event of a slug.

    Raises:
        EventNotFound.
    """
    event = _find_by_slug(work, tenant_id, slug)
    if event is None:
        raise EventNotFound(slug=slug)
    return event


def find_by_slug_or_id(work: Work, tenant_id: str, name: str) -> Event:
    """The event of a slug or an id, as people type either.

    Raises:
        EventNotFound.
    """
    return _find_by_slug(work, tenant_id, name) or get(work, tenant_id, name)


def update(
    work: Work, tenant_id: str, event_id: str, changes: EventChanges, if_version: int | None = None
) -> Event:
    """Change what `changes` names; `if_version` refuses where somebody was quicker. What is so already changes nothing.

    Raises:
        EventNotFound, EventChanged, EventDatesReversed.
    """
    event = _get_for_update(work, tenant_id, event_id, if_version)
    before = snapshot(event)
    asked: dict[str, Any] = changes.model_dump(exclude_unset=True)
    for name, value in asked.items():
        if value is not None or name == "capacity":
            setattr(event, name, value)
    if event.ends_at <= event.starts_at:
        raise EventDatesReversed
    if snapshot(event) == before:
        return event
    event.version += 1
    work.session.flush()
    audit.record(work, tenant_id, EVENT_UPDATED, event.id, before=before, after=snapshot(event))
    domain_events.emit(
        work, tenant_id, EventUpdated(entity_id=event.id, event_id=event.id, changed=sorted(asked))
    )
    return event


def delete(work: Work, tenant_id: str, event_id: str, if_version: int | None = None) -> None:
    """Mark as deleted: it and what is below it is not found any more, and its stations hear of it.

    Raises:
        EventNotFound, EventChanged.
    """
    event = _get_for_update(work, tenant_id, event_id, if_version)
    before = snapshot(event)
    event.deleted_at = work.now()
    event.version += 1
    work.session.flush()
    audit.record(work, tenant_id, EVENT_DELETED, event.id, before=before, after=snapshot(event))
    domain_events.emit(work, tenant_id, EventDeleted(entity_id=event.id, event_id=event.id, slug=event.slug))


def row(event: Event | Row[Any]) -> EventRow:
    """The event as its stations get it."""
    return EventRow(
        id=event.id,
        tenant_id=event.tenant_id,
        name=event.name,
        slug=event.slug,
        starts_at_ms=epoch_ms(event.starts_at),
        ends_at_ms=epoch_ms(event.ends_at),
        time_zone=event.time_zone,
        capacity=event.capacity,
        status=event.status,
        deleted=event.deleted_at is not None,
    )


def change_of(work: Work, key: change_feed.FeedKey, after: int, until: int) -> list[tuple[int, EventRow]]:
    """(feed number, row) if the event itself changed after number `after`, up to `until` inclusive."""
    chosen = select(Event).where(
        Event.tenant_id == key.tenant_id,
        Event.id == key.event_id,
        Event.feed_seq > after,
        Event.feed_seq <= until,
    )
    return [(event.feed_seq, row(event)) for event in work.session.scalars(chosen)]


def _get_for_update(work: Work, tenant_id: str, event_id: str, if_version: int | None) -> Event:
    """The event, held until the transaction ends, so that of two who change one version one is refused.

    Not held against those who only refer to it (FOR NO KEY UPDATE): they hold the feed, which we need next.
    """
    held = work.session.get(
        Event, (tenant_id, event_id), with_for_update={"key_share": True}, populate_existing=True
    )
    if held is None or held.deleted_at:
        raise EventNotFound
    if if_version is not None and held.version != if_version:
        raise EventChanged(version=held.version)
    return held


def _find_by_slug(work: Work, tenant_id: str, slug: str) -> Event | None:
    chosen = select(Event).where(Event.tenant_id == tenant_id, Event.slug == slug, Event.deleted_at.is_(None))
    return work.session.scalar(chosen)
