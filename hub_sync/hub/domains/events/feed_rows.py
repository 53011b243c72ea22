"""What stations are told of their event, and the event as the rules of admission see it."""

from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Table, select
from sqlalchemy.orm import Session

from hub_sync.contract.clock import epoch_ms
from hub_sync.hub.domains.events.tables import Event
from hub_sync.hub.kit.feed import FeedKey
from hub_sync.rules.admission import EventRules

_TABLE: Table = Event.metadata.tables[Event.__tablename__]


def event_row(session: Session, key: FeedKey) -> tuple[int, dict[str, Any]] | None:
    """The event as `contract.sync.EventRow`, and its number in the feed."""
    row = _row(session, key)
    if row is None:
        return None
    same = {
        name: getattr(row, name)
        for name in ("id", "tenant_id", "name", "slug", "time_zone", "capacity", "status")
    }
    dates = {"starts_at_ms": epoch_ms(row.starts_at), "ends_at_ms": epoch_ms(row.ends_at)}
    return row.feed_seq, {**same, **dates, "deleted": row.deleted_at is not None}


def event_rules(session: Session, key: FeedKey) -> EventRules | None:
    """The event for `rules.admission.decide`; a deleted one is none."""
    row = _row(session, key)
    if row is None or row.deleted_at is not None:
        return None
    zone = ZoneInfo(row.time_zone)
    return EventRules(row.id, row.tenant_id, row.starts_at, row.ends_at, zone, row.status)


def _row(session: Session, key: FeedKey) -> Row[Any] | None:
    query = select(_TABLE).where(_TABLE.c.tenant_id == key.tenant_id, _TABLE.c.id == key.event_id)
    return session.execute(query).one_or_none()
