"""The events that the console lets people switch between."""

from sqlalchemy import case, select

from hub_sync.hub.console import EventChoice
from hub_sync.hub.domains.events.tables import Event
from hub_sync.hub.kit.db.unit_of_work import Work

AT_MOST = 12


def event_choices(work: Work, tenant_id: str, chosen_id: str) -> list[EventChoice]:
    """The chosen event, what is on now, what comes, what was; the newest of them, not all."""
    now = work.now()
    closeness = case(
        (Event.id == chosen_id, 0),
        ((Event.starts_at <= now) & (Event.ends_at >= now), 1),
        (Event.starts_at > now, 2),
        else_=3,
    )
    query = (
        select(Event.id, Event.name, Event.starts_at)
        .where(Event.tenant_id == tenant_id, Event.deleted_at.is_(None))
        .order_by(closeness, Event.starts_at.desc(), Event.id)
        .limit(AT_MOST)
    )
    return [EventChoice(row.id, row.name) for row in work.session.execute(query)]


def current_event_id(work: Work, tenant_id: str) -> str | None:
    """The id of the event that is on now; of several the one that began last."""
    now = work.now()
    query = select(Event.id).where(
        Event.tenant_id == tenant_id,
        Event.deleted_at.is_(None),
        Event.starts_at <= now,
        Event.ends_at >= now,
    )
    return work.session.scalar(query.order_by(Event.starts_at.desc(), Event.id).limit(1))
