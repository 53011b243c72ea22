"""Create, read, update and delete events, and render them for stations. `updates` and `deletion` hold the changes."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from sqlalchemy import Row, Select, Table, bindparam, literal, or_, select

from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.enums import EventStatus
from hub_sync.contract.sync import EventRow
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.events.deletion import delete
from hub_sync.hub.domains.events.errors import (
    EventExists,
    EventIsTemplate,
    EventNotFound,
    EventTemplateStatusFixed,
)
from hub_sync.hub.domains.events.lists import EVENTS
from hub_sync.hub.domains.events.manifest import EVENT_CREATED, EventCreated
from hub_sync.hub.domains.events.phases import phase_of
from hub_sync.hub.domains.events.schemas import EventChanges, EventResponse, NewEvent
from hub_sync.hub.domains.events.tables import Event
from hub_sync.hub.domains.events.updates import announce, check_dates, update
from hub_sync.hub.kit.db.database import refuse_doubles
from hub_sync.hub.kit.db.row_snapshots import snapshot
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import change_feed
from hub_sync.hub.kit.lists.result_pages import Expansion
from hub_sync.rules.times.exit_all import ExitAll, exit_all
from hub_sync.rules.times.opening_hours import parse_hour
from hub_sync.rules.times.time_zones import load_time_zone, time_zone_names

__all__ = [
    "ALL",
    "ALL_AND_TEMPLATES",
    "TEMPLATES",
    "Event",
    "EventChanges",
    "EventNotFound",
    "EventResponse",
    "NewEvent",
    "add_list_expansion",
    "advance_feed",
    "change_of",
    "check_exists",
    "check_live",
    "create",
    "current_event_id",
    "delete",
    "events_of",
    "exit_all_of",
    "find_exit_all",
    "find_status",
    "get",
    "get_by_slug",
    "get_by_slug_or_id",
    "get_template",
    "is_template",
    "list_exit_all",
    "list_not_over",
    "list_of_ids",
    "phase_of",
    "read",
    "read_and_lock_feed",
    "require_live",
    "row",
    "select_with_exit_hour",
    "update",
    "zones_not_over",
]


_NOT_DELETED = (Event.tenant_id == bindparam("t"), Event.deleted_at.is_(None))
_IS_LIVE = Event.status != EventStatus.TEMPLATE
ALL_AND_TEMPLATES = select(Event).where(*_NOT_DELETED)
"""The events of the tenant `t` and its templates, without deleted ones."""
ALL = ALL_AND_TEMPLATES.where(_IS_LIVE)
"""The events of the tenant `t`, without deleted ones and without templates: what takes place."""
TEMPLATES = ALL_AND_TEMPLATES.where(Event.status == EventStatus.TEMPLATE)
"""The templates of the tenant `t`."""
_EXISTS = select(literal(1)).where(*_NOT_DELETED, Event.id == bindparam("e"))
_SELECT_COLUMNS = select(*Event.__table__.c).where(*_NOT_DELETED, Event.id == bindparam("e"))

_STATUS = select(Event.status).where(*_NOT_DELETED, Event.id == bindparam("e"))

_ADVANCE_FEED = change_feed.advancing(_EXISTS.where(_IS_LIVE).exists())
_LOCK_FEED = change_feed.locking(_SELECT_COLUMNS, Event.tenant_id, Event.id)
_EXIT_HOURS = select(*Event.__table__.c).where(Event.everyone_leaves_at.is_not(None), _IS_LIVE)
_EXIT_HOUR = _EXIT_HOURS.where(Event.tenant_id == bindparam("t"), Event.id == bindparam("e"))

_OF_IDS = select(*Event.__table__.c).where(
    Event.tenant_id == bindparam("t"), Event.id.in_(bindparam("ids", expanding=True))
)

_CHANGED = select(*Event.__table__.c).where(
    Event.tenant_id == bindparam("t"),
    Event.id == bindparam("e"),
    Event.feed_seq > bindparam("after"),
    Event.feed_seq <= bindparam("until"),
)


def create(
    work: Work, tenant_id: str, new: NewEvent, event_id: str | None = None, *, is_template: bool = False
) -> Event:
    """Create an event and its change feed.

    Args:
        work: the transaction.
        tenant_id: the tenant.
        new: the event.
        event_id: its id; None: a new one.
        is_template: True if it may be a template, of which no webhook hears.

    Raises:
        EventExists, EventDatesReversed, DoorsReversed. EventTemplateStatusFixed: 409, its status is TEMPLATE.
    """
    if (new.status is EventStatus.TEMPLATE) is not is_template:
        raise EventTemplateStatusFixed
    check_dates(new)
    if _find_by_slug(work, tenant_id, new.slug):
        raise EventExists(slug=new.slug)
    event = Event(tenant_id=tenant_id, id=event_id or work.new_id(), **new.model_dump())
    change_feed.create_feed(work.session, tenant_id, event.id, epoch=str(uuid4()))
    work.session.add(event)
    with refuse_doubles(EventExists(slug=new.slug)):
        work.session.flush()
    audit.record(work, tenant_id, EVENT_CREATED, event.id, after=snapshot(event))
    announce(work, event, EventCreated(entity_id=event.id, event_id=event.id, slug=event.slug))
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


def read_and_lock_feed(work: Work, key: change_feed.FeedKey) -> Row[Any]:
    """Return the columns of an event as `read` does, and lock the event's feed until commit.

    Raises:
        EventNotFound.
    """
    row = change_feed.lock_with(work.session, key, _LOCK_FEED)
    if row is None:
        raise EventNotFound
    return row


def advance_feed(work: Work, key: change_feed.FeedKey, n: int) -> int:
    """Take `n` numbers of an event's feed for its participants, as `change_feed.advance`, and check that it may have some.

    Raises:
        EventNotFound. EventIsTemplate: 409.
    """
    if change_feed.is_locked(work.session, key):
        check_live(work, *key)
    try:
        return change_feed.advance(work.session, *key, n, _ADVANCE_FEED)
    except LookupError:
        check_live(work, *key)
        raise EventNotFound from None


def check_exists(work: Work, tenant_id: str, event_id: str) -> None:
    """Raise an error unless the event exists; cheaper than `get`.

    Raises:
        EventNotFound.
    """
    if work.fetch_one(_EXISTS, {"t": tenant_id, "e": event_id}) is None:
        raise EventNotFound


def check_live(work: Work, tenant_id: str, event_id: str) -> None:
    """Raise an error unless the event exists and takes place: people come to it, and stations serve it.

    Raises:
        EventNotFound. EventIsTemplate: 409.
    """
    row = work.fetch_one(_STATUS, {"t": tenant_id, "e": event_id})
    if row is None:
        raise EventNotFound
    require_live(row)


def find_status(work: Work, tenant_id: str, event_id: str) -> EventStatus | None:
    """Return the status of an event, or None if it is deleted."""
    row = work.fetch_one(_STATUS, {"t": tenant_id, "e": event_id})
    return None if row is None else row.status


def is_template(work: Work, key: change_feed.FeedKey) -> bool:
    """Return True if the event is a template."""
    return find_status(work, *key) is EventStatus.TEMPLATE


def require_live(event: Event | Row[Any]) -> None:
    """Raise an error if an event is a template.

    Raises:
        EventIsTemplate: 409.
    """
    if event.status is EventStatus.TEMPLATE:
        raise EventIsTemplate


def get_template(work: Work, tenant_id: str, event_id: str) -> Event:
    """Return the template of an id.

    Raises:
        EventNotFound: there is none; an event that takes place is none.
    """
    event = get(work, tenant_id, event_id)
    if event.status is not EventStatus.TEMPLATE:
        raise EventNotFound
    return event


def list_of_ids(work: Work, tenant_id: str, event_ids: Sequence[str]) -> list[Row[Any]]:
    """Return the columns of these events in their order, deleted ones included; ids that are none are left out."""
    by_id = {row.id: row for row in work.fetch_all(_OF_IDS, {"t": tenant_id, "ids": list(event_ids)})}
    return [by_id[event_id] for event_id in event_ids if event_id in by_id]


def list_not_over(work: Work, tenant_id: str) -> Sequence[Row[Any]]:
    """Return the columns of all events that have not ended, the one that starts first first."""
    now = work.now()
    query = events_of(tenant_id).where(or_(Event.ends_at >= now, Event.doors_close_at >= now))
    rows = query.order_by(Event.starts_at, Event.id).with_only_columns(*Event.__table__.c)
    return work.session.execute(rows).all()


def zones_not_over(work: Work, tenant_id: str) -> dict[str, str]:
    """Return the time zones of all events that have not ended, by their ids."""
    now = work.now()
    query = events_of(tenant_id).where(or_(Event.ends_at >= now, Event.doors_close_at >= now))
    rows = work.session.execute(query.with_only_columns(Event.id, Event.time_zone))
    return {id_: zone for id_, zone in rows}  # noqa: C416 - rows are no pairs to mypy


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
        _IS_LIVE,
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
        everyone_leaves_at=event.everyone_leaves_at,
        time_zone=event.time_zone,
        capacity=event.capacity,
        status=event.status,
        deleted=event.deleted_at is not None,
    )


def find_exit_all(work: Work, key: change_feed.FeedKey) -> ExitAll | None:
    """Return the hour at which everybody leaves an event, or None if it has none. A deleted event has it as before."""
    row = work.fetch_one(_EXIT_HOUR, {"t": key.tenant_id, "e": key.event_id})
    return None if row is None else exit_all_of(work, row)


def select_with_exit_hour(table: Table, *columns: Any) -> Select[Any]:
    """Return a query of the rows of the event `e` of the tenant `t` in a table, each with what `exit_all_of` takes.

    If the table has none, there is one row with its columns empty. A deleted event has its hour as before.

    Args:
        table: has the columns `tenant_id` and `event_id`.
        columns: what to read of it.
    """
    of_event = (table.c.tenant_id == Event.tenant_id) & (table.c.event_id == Event.id)
    return (
        select(Event.everyone_leaves_at, Event.time_zone, *columns)
        .select_from(Event)
        .outerjoin(table, of_event)
        .where(Event.tenant_id == bindparam("t"), Event.id == bindparam("e"))
    )


def list_exit_all(work: Work) -> dict[change_feed.FeedKey, ExitAll]:
    """Return the hour at which everybody leaves, of every event that has one."""
    hours = {
        change_feed.FeedKey(row.tenant_id, row.id): exit_all_of(work, row)
        for row in work.fetch_all(_EXIT_HOURS, {})
    }
    return {key: hour for key, hour in hours.items() if hour is not None}


def exit_all_of(work: Work, row: Row[Any]) -> ExitAll | None:
    """Return the hour at which everybody leaves by the columns `everyone_leaves_at` and `time_zone`, or None."""
    if row.everyone_leaves_at is None or row.time_zone not in time_zone_names():
        return None
    return exit_all(parse_hour(row.everyone_leaves_at), load_time_zone(row.time_zone), work.now())


def change_of(work: Work, key: change_feed.FeedKey, after: int, until: int) -> list[tuple[int, EventRow]]:
    """Return [(feed number, row)] if the event itself changed after number `after`, up to `until` inclusive; else []."""
    bound = {"t": key.tenant_id, "e": key.event_id, "after": after, "until": until}
    return [(event.feed_seq, row(event)) for event in work.fetch_all(_CHANGED, bound)]


def _find_by_slug(work: Work, tenant_id: str, slug: str) -> Event | None:
    query = select(Event).where(Event.tenant_id == tenant_id, Event.slug == slug, Event.deleted_at.is_(None))
    return work.session.scalar(query)
