"""What stations pull of queues: all of it first, later what has changed."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, or_, select

from hub_sync.contract.queue import CounterRow, QueueRow
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.queue.tables import Queue, QueueCounter, QueueTicket, StoredQueueAction
from hub_sync.hub.domains.queue.tickets import numbers
from hub_sync.hub.domains.queue.tickets.days import present_day
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.queue.ticket_state import LIVE

SOURCES = ("queues", "counters", "actions")
"""The kinds of rows, by their names in `contract.queue.QueuePull`."""
_TABLES: dict[str, Any] = {"queues": Queue, "counters": QueueCounter, "actions": StoredQueueAction}


def changes(work: Work, kind: str, key: FeedKey, after: int, upto: int, limit: int) -> list[tuple[int, Any]]:
    """Return the rows of a kind with numbers above `after` and up to `upto`, at most `limit`, each with its number."""
    table = _TABLES[kind]
    query = (
        select(table)
        .where(*_of_event(table, key), table.feed_seq > after, table.feed_seq <= upto)
        .order_by(table.feed_seq)
        .limit(limit)
    )
    return [(row.feed_seq, _wire(row)) for row in work.session.scalars(query)]


def snapshot(work: Work, key: FeedKey, upto: int) -> dict[str, list[Any]]:
    """Return all queues and counters, and the actions of live tickets and of the present day, up to a number of the feed."""
    a, t = StoredQueueAction, QueueTicket
    day = present_day(work, events.list_of_ids(work, key.tenant_id, [key.event_id])[0])
    live = select(t.id).where(*_of_event(t, key), t.status.in_(sorted(LIVE)))
    rows: dict[str, list[Any]] = {}
    for kind in ("queues", "counters"):
        table = _TABLES[kind]
        query = select(table).where(
            *_of_event(table, key), table.feed_seq <= upto, table.deleted_at.is_(None)
        )
        rows[kind] = [_wire(row) for row in work.session.scalars(query.order_by(table.id))]
    actions = select(a.content).where(
        *_of_event(a, key), a.feed_seq <= upto, or_(a.service_date >= day, a.ticket_id.in_(live))
    )
    rows["actions"] = list(work.session.scalars(actions.order_by(a.feed_seq)))
    return rows


def own_numbers(work: Work, key: FeedKey, device_id: str) -> dict[str, Any]:
    """Return the day, and the numbers that a station has."""
    day = present_day(work, events.list_of_ids(work, key.tenant_id, [key.event_id])[0])
    return {
        "day": day,
        "blocks": numbers.blocks_of(work, key, device_id, day),
    }


def _of_event(table: Any, key: FeedKey) -> Sequence[ColumnElement[bool]]:
    return table.tenant_id == key.tenant_id, table.event_id == key.event_id


def _wire(row: Queue | QueueCounter | StoredQueueAction) -> Any:
    if isinstance(row, StoredQueueAction):
        return row.content
    if isinstance(row, QueueCounter):
        return CounterRow(
            id=row.id,
            event_id=row.event_id,
            name=row.name,
            queue_ids=tuple(row.queue_ids),
            active=row.active,
            deleted=row.deleted_at is not None,
        )
    return QueueRow(
        id=row.id,
        event_id=row.event_id,
        name=row.name,
        letter=row.letter,
        service_minutes=row.service_minutes,
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        active=row.active,
        is_self_service=row.is_self_service,
        names_hidden=row.names_hidden,
        clerks_choose=row.clerks_choose,
        one_ticket_a_person=row.one_ticket_a_person,
        auto_call_after_s=row.auto_call_after_s,
        max_no_shows=row.max_no_shows,
        block_size=row.block_size,
        deleted=row.deleted_at is not None,
    )
