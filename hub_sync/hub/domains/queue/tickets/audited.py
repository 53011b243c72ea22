"""What people and keys do with tickets at the hub: as `actions`, with an entry in the audit log."""

from typing import Any

from sqlalchemy import select

from hub_sync.contract.queue import CallRequest, QueueActionKind
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.queue.errors import QueueActionImpossible
from hub_sync.hub.domains.queue.manifest import COUNTER_STATE_SET, TICKET_ISSUED, TICKET_MOVED, CounterState
from hub_sync.hub.domains.queue.schemas import NewQueueTicket, QueueTicketAct
from hub_sync.hub.domains.queue.tables import Queue, QueueCounter
from hub_sync.hub.domains.queue.tickets import actions, queries
from hub_sync.hub.domains.queue.tickets.actions import Clerk, IssuedNumber
from hub_sync.hub.kit.db.optimistic_locking import IfVersion
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.queue.ticket_state import TicketState

_K = QueueActionKind
LONGEST_OPERATOR = 200
ACTIONS: dict[str, QueueActionKind] = {
    "recall": _K.RECALLED,
    "serve": _K.SERVING,
    "complete": _K.COMPLETED,
    "no-show": _K.NO_SHOW,
    "return": _K.RETURNED,
    "park": _K.PARKED,
    "transfer": _K.TRANSFERRED,
    "cancel": _K.CANCELLED,
}
"""What can be done with a ticket, by the last part of its route; a call is apart."""
_OF_STATE = {CounterState.BREAK: _K.BREAK_STARTED, CounterState.CLOSED: _K.COUNTER_CLOSED}


def issue_number(work: Work, key: FeedKey, new: NewQueueTicket, actor: str) -> IssuedNumber:
    """Issue a number, as `actions.issue`."""
    issued = actions.issue(
        work,
        key,
        new.queue_id,
        Clerk(actor[:LONGEST_OPERATOR]),
        priority=new.priority,
        participant_id=new.participant_id,
        language=new.language,
    )
    if issued.is_new:
        audit.record(work, key.tenant_id, TICKET_ISSUED, issued.ticket.id, after=_values(issued.ticket))
    return issued


def call_number(
    work: Work,
    key: FeedKey,
    actor: str,
    counter_id: str,
    *,
    queue_ids: tuple[str, ...] = (),
    ticket_id: str | None = None,
    reason: str = "",
) -> TicketState | None:
    """Call the next one to a counter, or a ticket, as `actions.call`. None: nobody waits."""
    before = None if ticket_id is None else queries.read_state(work, key, ticket_id)
    actions.find_counter(work, key, counter_id)
    known = queues_of(work, key)
    request = CallRequest(
        id=work.new_id(),
        event_id=key.event_id,
        counter_id=counter_id,
        queue_ids=tuple(each for each in queue_ids if each in known),
        ticket_id=ticket_id,
        operator=actor[:LONGEST_OPERATOR],
        reason=reason,
        tick=0,
    )
    answer = actions.call(work, key, request, Clerk(actor[:LONGEST_OPERATOR], may_pick=True))
    if answer.action is None or answer.action.ticket_id is None:
        return None
    after = queries.read_state(work, key, answer.action.ticket_id)
    _record(work, key, before, after, reason)
    return after


def move_ticket(
    work: Work,
    key: FeedKey,
    ticket_id: str,
    name: str,
    act: QueueTicketAct,
    actor: str,
    if_version: IfVersion = None,
) -> TicketState:
    """Do something with a ticket, by the name in `ACTIONS`, as `actions.act`.

    Raises:
        QueueActionImpossible: 409, also for a transfer to nowhere.
    """
    before = queries.read_state(work, key, ticket_id)
    kind = ACTIONS[name]
    members: dict[str, Any] = {"reason": act.reason, "counter_id": act.counter_id}
    if kind is _K.TRANSFERRED:
        members |= {
            "to_queue_id": act.to_queue_id or before.queue_id,
            "to_counter_id": act.to_counter_id,
            "priority": act.priority,
        }
    elif members["counter_id"] is None and kind in (_K.SERVING, _K.RECALLED, _K.COMPLETED):
        members["counter_id"] = before.counter_id
    if kind is _K.SERVING and members["counter_id"] is None:
        raise QueueActionImpossible(number=before.number)
    after = actions.act(
        work, key, ticket_id, kind, Clerk(actor[:LONGEST_OPERATOR]), if_version=if_version, **members
    )
    _record(work, key, before, after, act.reason)
    return after


def set_counter_state(
    work: Work, key: FeedKey, counter_id: str, state: CounterState, actor: str, reason: str = ""
) -> QueueCounter:
    """Open or close a counter, or begin its break, as `actions.set_counter_state`."""
    counter = actions.find_counter(work, key, counter_id)
    before = {"state": counter.state.value}
    kind = _OF_STATE.get(state)
    if kind is None:
        kind = _K.BREAK_ENDED if counter.state is CounterState.BREAK else _K.COUNTER_OPENED
    counter = actions.set_counter_state(work, key, counter_id, kind, Clerk(actor[:LONGEST_OPERATOR]), reason)
    after = {"state": counter.state.value, "reason": counter.state_reason}
    audit.record(work, key.tenant_id, COUNTER_STATE_SET, counter_id, before=before, after=after)
    return counter


def queues_of(work: Work, key: FeedKey) -> set[str]:
    """Return the ids of the event's queues."""
    query = select(Queue.id).where(Queue.tenant_id == key.tenant_id, Queue.event_id == key.event_id)
    return set(work.session.scalars(query))


def _record(work: Work, key: FeedKey, before: TicketState | None, after: TicketState, reason: str) -> None:
    audit.record(
        work,
        key.tenant_id,
        TICKET_MOVED,
        after.id,
        before=None if before is None else _values(before),
        after=_values(after) | ({"reason": reason} if reason else {}),
    )


def _values(ticket: TicketState) -> dict[str, Any]:
    return {
        "number": ticket.number,
        "status": ticket.status.value,
        "queue_id": ticket.queue_id,
        "counter_id": ticket.counter_id,
        "priority": ticket.priority.value,
    }
