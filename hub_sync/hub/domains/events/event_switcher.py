"""The events in the console's event switcher."""

from sqlalchemy import case, or_, select

from hub_sync.contract.enums import EventStatus
from hub_sync.hub.console import EventChoice
from hub_sync.hub.domains.events.tables import Event
from hub_sync.hub.kit.db.unit_of_work import Work

AT_MOST = 12


def event_choices(work: Work, tenant_id: str, chosen_id: str) -> list[EventChoice]:
    """Return at most `AT_MOST` events for the switcher.

    The order is: the chosen event, running events, future events, past events; the newest first in each group. A template is among them
    only if it is chosen.
    """
    now = work.now()
    group = case(
        (Event.id == chosen_id, 0),
        ((Event.starts_at <= now) & (Event.ends_at >= now), 1),
        (Event.starts_at > now, 2),
        else_=3,
    )
    query = (
        select(Event.id, Event.name, Event.status, Event.starts_at)
        .where(
            Event.tenant_id == tenant_id,
            Event.deleted_at.is_(None),
            or_(Event.status != EventStatus.TEMPLATE, Event.id == chosen_id),
        )
        .order_by(group, Event.starts_at.desc(), Event.id)
        .limit(AT_MOST)
    )
    return [
        EventChoice(row.id, row.name, is_template=row.status is EventStatus.TEMPLATE)
        for row in work.session.execute(query)
    ]
