"""Reading of tickets and their actions."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, func, select

from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.enums import QueueStatus
from hub_sync.contract.queue import QueueAction
from hub_sync.hub.domains.queue.errors import QueueTicketNotFound
from hub_sync.hub.domains.queue.tables import ACTIONS, TICKETS, QueueTicket, StoredQueueAction
from hub_sync.hub.kit.db.bulk import in_values
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.queue.ticket_state import LIVE, TicketState

_T, _A = QueueTicket, StoredQueueAction
_OF_EVENT = (TICKETS.c.tenant_id == bindparam("t"), TICKETS.c.event_id == bindparam("e"))
_LIVE_TICKETS = select(*TICKETS.c).where(*_OF_EVENT, TICKETS.c.status.in_(sorted(LIVE)))
_AT_COUNTER = select(*TICKETS.c).where(
    *_OF_EVENT,
    TICKETS.c.status.in_([QueueStatus.CALLED, QueueStatus.SERVING]),
    TICKETS.c.counter_id == bindparam("c"),
)
_LIVE_NUMBER = (
    select(TICKETS.c.id)
    .where(
        *_OF_EVENT,
        TICKETS.c.status.in_(sorted(LIVE - {QueueStatus.SERVING})),
        TICKETS.c.number == bindparam("n"),
    )
    .limit(1)
)
_BY_ID = select(*TICKETS.c).where(*_OF_EVENT, TICKETS.c.id == bindparam("i"))
_TICK = select(func.max(ACTIONS.c.tick)).where(
    ACTIONS.c.tenant_id == bindparam("t"), ACTIONS.c.event_id == bindparam("e")
)


def all_of(tenant_id: str, event_id: str) -> Select[QueueTicket]:
    """Return the query of an event's tickets."""
    return select(_T).where(_T.tenant_id == tenant_id, _T.event_id == event_id)


def get(work: Work, key: FeedKey, ticket_id: str) -> QueueTicket:
    """Return the ticket of an id.

    Raises:
        QueueTicketNotFound: 404.
    """
    ticket = work.session.get(QueueTicket, (key.tenant_id, ticket_id))
    if ticket is None or ticket.event_id != key.event_id:
        raise QueueTicketNotFound
    return ticket


def read_state(work: Work, key: FeedKey, ticket_id: str) -> TicketState:
    """Return the ticket of an id as the rules have it.

    Raises:
        QueueTicketNotFound: 404.
    """
    row = work.fetch_one(_BY_ID, {"t": key.tenant_id, "e": key.event_id, "i": ticket_id})
    if row is None:
        raise QueueTicketNotFound
    return state_of(row)


def live_tickets(
    work: Work, key: FeedKey, queue_ids: Collection[str] | None = None, *where: ColumnElement[bool]
) -> list[TicketState]:
    """Return the live tickets of some queues, of any service day: a station's clock may have been wrong. None: of all queues."""
    query = _LIVE_TICKETS.where(*where)
    if queue_ids is not None:
        query = query.where(in_values(TICKETS.c.queue_id, sorted(queue_ids), work.dialect))
    return [state_of(row) for row in work.fetch_all(query, {"t": key.tenant_id, "e": key.event_id})]


def ticket_at(work: Work, key: FeedKey, counter_id: str) -> TicketState | None:
    """Return who is called to a counter, or served there; None: nobody is."""
    rows = work.fetch_all(_AT_COUNTER, {"t": key.tenant_id, "e": key.event_id, "c": counter_id})
    return state_of(rows[0]) if rows else None


def is_waiting_number(work: Work, key: FeedKey, number: str) -> bool:
    """Return True if somebody with this number is still to be served, whatever the number's day is."""
    query = {"t": key.tenant_id, "e": key.event_id, "n": number}
    return work.fetch_one(_LIVE_NUMBER, query) is not None


def last_tick(work: Work, key: FeedKey) -> int:
    """Return the highest tick of the event's actions; 0: there are none."""
    row = work.fetch_one(_TICK, {"t": key.tenant_id, "e": key.event_id})
    return (row[0] if row is not None else None) or 0


def actions_of(work: Work, key: FeedKey, ticket_ids: Iterable[str]) -> dict[str, list[QueueAction]]:
    """Return all actions of these tickets, by the ticket."""
    wanted = sorted(set(ticket_ids))
    by_ticket: dict[str, list[QueueAction]] = defaultdict(list)
    if not wanted:
        return by_ticket
    query = select(_A.ticket_id, _A.content).where(
        _A.tenant_id == key.tenant_id,
        _A.event_id == key.event_id,
        in_values(ACTIONS.c.ticket_id, wanted, work.dialect),
    )
    for ticket_id, content in work.session.execute(query):
        by_ticket[ticket_id].append(load_action(content))
    return by_ticket


def find_action(work: Work, key: FeedKey, action_id: str) -> QueueAction | None:
    """Return the action of an id, or None."""
    row = work.session.execute(
        select(_A.content).where(
            _A.tenant_id == key.tenant_id, _A.id == action_id, _A.event_id == key.event_id
        )
    ).one_or_none()
    return None if row is None else load_action(row.content)


def load_action(content: dict[str, Any]) -> QueueAction:
    """Return a stored action."""
    return QueueAction.model_validate(content)


def state_of(row: Row[Any] | QueueTicket) -> TicketState:
    """Return a row as the rules have it."""
    return TicketState(
        id=row.id,
        event_id=row.event_id,
        queue_id=row.queue_id,
        service_date=row.service_date,
        number=row.number,
        sequence=row.sequence,
        lane=row.lane,
        status=row.status,
        priority=row.priority,
        issued_at_ms=epoch_ms(row.issued_at),
        waiting_since_ms=epoch_ms(row.waiting_since),
        device_id=row.device_id,
        participant_id=row.participant_id,
        language=row.language,
        status_token_hash=row.status_token_hash,
        counter_id=row.counter_id,
        wanted_counter_id=row.wanted_counter_id,
        transferred_from=row.transferred_from,
        called_by=row.called_by,
        called_at_ms=_ms(row.called_at),
        served_at_ms=_ms(row.served_at),
        ended_at_ms=_ms(row.ended_at),
        calls=row.calls,
        recalls=row.recalls,
        no_shows=row.no_shows,
        tick=row.tick,
    )


def states_of(rows: Iterable[QueueTicket]) -> Sequence[TicketState]:
    """Return rows as the rules have them."""
    return [state_of(row) for row in rows]


def _ms(at: datetime | None) -> int | None:
    return None if at is None else epoch_ms(at)
