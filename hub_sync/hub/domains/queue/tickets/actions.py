"""What the hub itself does with tickets: issue, call, and all that follows. Each is an action like those of stations.

Every function here holds the event's feed first: of two that act at once the second sees what the first did.
"""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.queue import (
    FURTHEST_TICK,
    CallRequest,
    CallResponse,
    QueueAction,
    QueueActionKind,
    QueuePriority,
    TicketIssue,
)
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.errors import ParticipantNotFound
from hub_sync.hub.domains.queue.errors import (
    CounterBusy,
    CounterClosed,
    CounterNotFound,
    ParticipantUnknown,
    QueueActionImpossible,
    QueueClosed,
    QueueNotFound,
    QueueOrderFixed,
    QueueReasonMissing,
    QueueRequestReused,
    QueueTicketChanged,
)
from hub_sync.hub.domains.queue.tables import Queue, QueueCounter
from hub_sync.hub.domains.queue.tickets import queries
from hub_sync.hub.domains.queue.tickets.days import accepts_visitors, present_day
from hub_sync.hub.domains.queue.tickets.numbers import take_new
from hub_sync.hub.domains.queue.tickets.recording import record_actions
from hub_sync.hub.kit.db.optimistic_locking import IfVersion, check_version
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.queue.order import format_number, waiting_tickets
from hub_sync.rules.queue.ticket_state import TicketState, apply_action

_K = QueueActionKind
_TOKEN_BYTES = 16
_WAITS_ASIDE = ("PARKED", "NO_SHOW")
"""Who was called already, or waits for something: calling them is no call out of order."""


@dataclass(frozen=True, slots=True)
class Clerk:
    """Who acts. `device_id` "": at the hub. `may_pick`: may call somebody who is not next where desks may not choose."""

    operator: str = ""
    device_id: str = ""
    may_pick: bool = False


@dataclass(frozen=True, slots=True)
class IssuedNumber:
    """A ticket that was issued. `token` opens its status page, and is nowhere else; "": the person had this ticket already."""

    ticket: TicketState
    token: str = ""

    @property
    def is_new(self) -> bool:
        """True if it was issued just now."""
        return bool(self.token)


def token_hash(token: str) -> str:
    """Return what is stored of the token of a status page."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def find_queue(work: Work, key: FeedKey, queue_id: str) -> Queue:
    """Return the queue of an id; a deleted one is not found.

    Raises:
        QueueNotFound: 404.
    """
    queue = work.session.get(Queue, (key.tenant_id, queue_id))
    if queue is None or queue.event_id != key.event_id or queue.deleted_at is not None:
        raise QueueNotFound
    return queue


def find_counter(work: Work, key: FeedKey, counter_id: str) -> QueueCounter:
    """Return the counter of an id; a deleted one is not found.

    Raises:
        CounterNotFound: 404.
    """
    counter = work.session.get(QueueCounter, (key.tenant_id, counter_id))
    if counter is None or counter.event_id != key.event_id or counter.deleted_at is not None:
        raise CounterNotFound
    return counter


def issue(
    work: Work,
    key: FeedKey,
    queue_id: str,
    clerk: Clerk,
    *,
    priority: QueuePriority = QueuePriority.PLAIN,
    participant_id: str | None = None,
    language: str = "",
) -> IssuedNumber:
    """Issue a number. Somebody who has a live one of the queue gets that again, where the queue says so.

    Raises:
        EventNotFound, QueueNotFound: 404. QueueClosed, QueueNumbersUnsettled, EventIsTemplate: 409. ParticipantUnknown: 422.
    """
    event = events.read_and_lock_feed(work, key)
    events.require_live(event)
    queue = find_queue(work, key, queue_id)
    if not accepts_visitors(work, event, queue):
        raise QueueClosed(name=queue.name)
    if participant_id is not None:
        _check_participant(work, key, participant_id)
        if queue.one_ticket_a_person:
            own = next(
                (
                    each
                    for each in queries.live_tickets(work, key, {queue_id})
                    if each.participant_id == participant_id
                ),
                None,
            )
            if own is not None:
                return IssuedNumber(own)
    day = present_day(work, event)
    sequence, number = _take_number(work, key, queue, day)
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    action = _action(
        work,
        key,
        clerk,
        _K.ISSUED,
        day,
        queue_id=queue.id,
        ticket_id=work.new_id(),
        priority=priority,
        issue=TicketIssue(
            number=number,
            sequence=sequence,
            participant_id=participant_id,
            language=language,
            status_token_hash=token_hash(token),
        ),
    )
    return IssuedNumber(record_actions(work, key, [action])[action.ticket_id or ""], token)


def act(
    work: Work,
    key: FeedKey,
    ticket_id: str,
    kind: QueueActionKind,
    clerk: Clerk,
    *,
    if_version: IfVersion = None,
    **members: Any,
) -> TicketState:
    """Do something with a ticket.

    Args:
        work: a writing one.
        key: the event.
        ticket_id: the ticket.
        kind: what is done; a call is `call`.
        clerk: who does it.
        if_version: the version that the caller read.
        members: further members of the action: `counter_id`, `reason`, `to_queue_id`, `to_counter_id`, `priority`.

    Raises:
        EventNotFound, QueueTicketNotFound, QueueNotFound, CounterNotFound: 404.
        QueueTicketChanged: 412. QueueActionImpossible: 409, it can't follow what was done before.
    """
    events.read_and_lock_feed(work, key)
    ticket = queries.get(work, key, ticket_id)
    check_version(ticket.version, if_version, QueueTicketChanged)
    state = queries.state_of(ticket)
    if members.get("to_queue_id") is not None:
        find_queue(work, key, members["to_queue_id"])
    for name in ("counter_id", "to_counter_id"):
        if members.get(name) is not None:
            find_counter(work, key, members[name])
    actions = [_of_ticket(work, key, clerk, kind, state, **members)]
    after = _checked(state, actions[0])
    if kind is _K.NO_SHOW and after.no_shows >= _most_no_shows(work, key, after.queue_id):
        actions.append(
            _of_ticket(work, key, clerk, _K.EXPIRED, after).model_copy(
                update={"tick": actions[0].tick + 1, "reason": "no_shows"}
            )
        )
    return record_actions(work, key, actions)[ticket_id]


def call(work: Work, key: FeedKey, request: CallRequest, clerk: Clerk) -> CallResponse:
    """Call the next one of the queues of a request, or the ticket that it names. The same request gets the same answer.

    Raises:
        EventNotFound, CounterNotFound, QueueTicketNotFound: 404.
        CounterClosed, CounterBusy, QueueOrderFixed, QueueActionImpossible, QueueRequestReused: 409.
        QueueReasonMissing: 422, somebody is called before others who are first.
    """
    events.read_and_lock_feed(work, key)
    known = queries.find_action(work, key, request.id)
    if known is not None:
        if (known.device_id, known.counter_id, known.kind) != (
            clerk.device_id,
            request.counter_id,
            _K.CALLED,
        ):
            raise QueueRequestReused
        return _answer(work, key, known)
    counter = find_counter(work, key, request.counter_id)
    if not counter.active:
        raise CounterClosed(name=counter.name)
    busy = queries.ticket_at(work, key, counter.id)
    if busy is not None:
        raise CounterBusy(number=busy.number)
    order = _served_queues(work, key, counter, request.queue_ids)
    waiting = waiting_tickets(queries.live_tickets(work, key), order, counter.id)
    if request.ticket_id is None:
        if not waiting:
            return CallResponse(action=None, server_time_ms=epoch_ms(work.now()))
        ticket, out_of_order = waiting[0], False
    else:
        ticket = queries.read_state(work, key, request.ticket_id)
        out_of_order = _check_pick(work, key, ticket, waiting, request.reason, clerk)
    action = _of_ticket(
        work,
        key,
        clerk,
        _K.CALLED,
        ticket,
        counter_id=counter.id,
        reason=request.reason,
        out_of_order=out_of_order,
    )
    # A tick that is too far ahead comes from a stolen station: the clock must never run out.
    tick = request.tick + 1 if request.tick <= action.tick + FURTHEST_TICK else 0
    action = action.model_copy(update={"id": request.id, "tick": max(action.tick, tick)})
    _checked(ticket, action)
    record_actions(work, key, [action])
    return _answer(work, key, action)


def set_counter_state(
    work: Work, key: FeedKey, counter_id: str, kind: QueueActionKind, clerk: Clerk, reason: str = ""
) -> QueueCounter:
    """Open or close a counter, or begin or end its break.

    Raises:
        EventNotFound, CounterNotFound: 404. QueueReasonMissing: 422, a break says why.
    """
    event = events.read_and_lock_feed(work, key)
    counter = find_counter(work, key, counter_id)
    if kind is _K.BREAK_STARTED and not reason.strip():
        raise QueueReasonMissing
    action = _action(
        work, key, clerk, kind, present_day(work, event), counter_id=counter.id, reason=reason.strip()
    )
    record_actions(work, key, [action])
    work.session.refresh(counter)
    return counter


def expire(work: Work, key: FeedKey, tickets: list[TicketState], reason: str) -> None:
    """Expire tickets; the caller holds the event's feed."""
    tick = queries.last_tick(work, key)
    clerk = Clerk()
    actions = [
        _of_ticket(work, key, clerk, _K.EXPIRED, ticket, reason=reason).model_copy(
            update={"tick": max(tick, ticket.tick) + 1}
        )
        for ticket in tickets
    ]
    record_actions(work, key, actions)


def _take_number(work: Work, key: FeedKey, queue: Queue, day: str) -> tuple[int, str]:
    """Take the next number of a queue that nobody has who still waits.

    Somebody may have it of another day: the hour at which the event's day begins was changed.
    """
    while True:
        sequence = take_new(work, key, queue.id, day)
        number = format_number(queue.letter, "", sequence)
        if not queries.is_waiting_number(work, key, number):
            return sequence, number


def _check_participant(work: Work, key: FeedKey, participant_id: str) -> None:
    try:
        participants.read(work, *key, participant_id)
    except ParticipantNotFound:
        raise ParticipantUnknown from None


def _most_no_shows(work: Work, key: FeedKey, queue_id: str) -> int:
    queue = work.session.get(Queue, (key.tenant_id, queue_id))
    return queue.max_no_shows if queue is not None else 1


def _served_queues(
    work: Work, key: FeedKey, counter: QueueCounter, queue_ids: tuple[str, ...]
) -> frozenset[str]:
    """Return the queues to call from: those that were asked for, and those of the counter that a desk may not leave out."""
    fixed = work.session.scalars(
        select(Queue.id).where(
            Queue.tenant_id == key.tenant_id,
            Queue.event_id == key.event_id,
            Queue.clerks_choose.is_(False),
            Queue.deleted_at.is_(None),
        )
    )
    served = set(counter.queue_ids)
    wanted = (set(queue_ids) & served) or served
    return frozenset(wanted | (set(fixed) & served))


def _check_pick(
    work: Work,
    key: FeedKey,
    ticket: TicketState,
    waiting: list[TicketState],
    reason: str,
    clerk: Clerk,
) -> bool:
    """Check that a clerk may call this ticket, and return whether it is out of order."""
    if ticket.status.value in _WAITS_ASIDE or (waiting and waiting[0].id == ticket.id):
        return False
    if ticket.status.value != "WAITING":
        raise _impossible(ticket)
    queue = work.session.get(Queue, (key.tenant_id, ticket.queue_id))
    if queue is not None and not queue.clerks_choose and not clerk.may_pick:
        raise QueueOrderFixed(number=ticket.number)
    if not reason.strip():
        raise QueueReasonMissing
    return True


def _answer(work: Work, key: FeedKey, action: QueueAction) -> CallResponse:
    ticket_id = action.ticket_id or ""
    others = [each for each in queries.actions_of(work, key, [ticket_id])[ticket_id] if each.id != action.id]
    return CallResponse(
        action=action,
        missing=tuple(sorted(others, key=lambda each: (each.tick, each.at_ms, each.id))),
        server_time_ms=epoch_ms(work.now()),
    )


def _checked(ticket: TicketState, action: QueueAction) -> TicketState:
    after = apply_action(ticket, action)
    if after is None:
        raise _impossible(ticket)
    return after


def _impossible(ticket: TicketState) -> QueueActionImpossible:
    return QueueActionImpossible(number=ticket.number, present=ticket.status.value)


def _of_ticket(
    work: Work, key: FeedKey, clerk: Clerk, kind: QueueActionKind, ticket: TicketState, **members: Any
) -> QueueAction:
    action = _action(
        work,
        key,
        clerk,
        kind,
        ticket.service_date,
        queue_id=ticket.queue_id,
        ticket_id=ticket.id,
        **members,
    )
    return action.model_copy(update={"tick": max(action.tick, ticket.tick + 1)})


def _action(
    work: Work, key: FeedKey, clerk: Clerk, kind: QueueActionKind, day: str, **members: Any
) -> QueueAction:
    return QueueAction(
        id=work.new_id(),
        kind=kind,
        event_id=key.event_id,
        service_date=day,
        tick=queries.last_tick(work, key) + 1,
        at_ms=epoch_ms(work.now()),
        device_id=clerk.device_id,
        operator=clerk.operator,
        **members,
    )
