"""A queue ticket as the fold of its actions. Station and hub call `fold_ticket`; whoever has the same actions has the same ticket.

Actions are taken in the order of `action_order`, whatever the order in which they came. One that can't follow what came before it is
ignored, and stays ignored: of two desks that called one ticket while they did not hear each other, the first in the order has called it.
What was done to a person who is there counts more than an announcement: somebody who is served was called by whoever serves them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from hub_sync.contract.enums import QueueStatus
from hub_sync.contract.queue import QueueAction, QueueActionKind, QueuePriority

LIVE = frozenset({QueueStatus.WAITING, QueueStatus.CALLED, QueueStatus.SERVING, QueueStatus.PARKED})
"""The statuses of a ticket whose holder is still to be served."""


@dataclass(frozen=True, slots=True)
class TicketState:
    """A queue ticket. Times are in milliseconds since 1970 by the hub's clock, as well as the makers of the actions knew it.

    `waiting_since_ms` decides who is next: the time of issue, or of the last return after a no-show. `wanted_counter_id`: a transfer
    named the counter; None: any. `called_by` is the action that called it last, and `counter_id` where it was called or is served.
    """

    id: str
    event_id: str
    queue_id: str
    service_date: str
    number: str
    sequence: int
    lane: str
    status: QueueStatus
    priority: QueuePriority
    issued_at_ms: int
    waiting_since_ms: int
    device_id: str
    participant_id: str | None = None
    language: str = ""
    status_token_hash: str | None = None
    counter_id: str | None = None
    wanted_counter_id: str | None = None
    transferred_from: str | None = None
    called_by: str | None = None
    called_at_ms: int | None = None
    served_at_ms: int | None = None
    ended_at_ms: int | None = None
    calls: int = 0
    recalls: int = 0
    no_shows: int = 0
    tick: int = 0

    @property
    def is_live(self) -> bool:
        """True if its holder is still to be served."""
        return self.status in LIVE


@dataclass(frozen=True, slots=True)
class FoldedTicket:
    """A ticket and the ids of the actions that changed nothing. `ticket` None: the action that issued it is not known yet."""

    ticket: TicketState | None
    ignored: tuple[str, ...]


def action_order(action: QueueAction) -> tuple[int, int, str]:
    """Return the key by which actions are ordered: what their maker knew comes before."""
    return action.tick, action.at_ms, action.id


def fold_ticket(actions: Iterable[QueueAction]) -> FoldedTicket:
    """Return the ticket of all its actions, in any order and with repetitions."""
    ticket: TicketState | None = None
    ignored = []
    by_id = {action.id: action for action in actions}
    for action in sorted(by_id.values(), key=action_order):
        after = apply_action(ticket, action)
        if after is None:
            ignored.append(action.id)
        else:
            ticket = after
    return FoldedTicket(ticket, tuple(ignored))


def apply_action(ticket: TicketState | None, action: QueueAction) -> TicketState | None:
    """Return the ticket after an action that comes after all others; None: the action can't follow, and changes nothing."""
    if action.kind is QueueActionKind.ISSUED:
        return _issue(action) if ticket is None else None
    if ticket is None or action.ticket_id != ticket.id or ticket.status not in _FROM.get(action.kind, ()):
        return None
    after = _CHANGES[action.kind](ticket, action)
    return replace(after, tick=max(ticket.tick, action.tick))


def _issue(action: QueueAction) -> TicketState | None:
    if action.issue is None or action.ticket_id is None or action.queue_id is None:
        return None
    return TicketState(
        id=action.ticket_id,
        event_id=action.event_id,
        queue_id=action.queue_id,
        service_date=action.service_date,
        number=action.issue.number,
        sequence=action.issue.sequence,
        lane=action.issue.lane,
        status=QueueStatus.WAITING,
        priority=action.priority or QueuePriority.PLAIN,
        issued_at_ms=action.at_ms,
        waiting_since_ms=action.at_ms,
        device_id=action.device_id,
        participant_id=action.issue.participant_id,
        language=action.issue.language,
        status_token_hash=action.issue.status_token_hash,
        tick=action.tick,
    )


def _call(ticket: TicketState, action: QueueAction) -> TicketState:
    return replace(
        ticket,
        status=QueueStatus.CALLED,
        counter_id=action.counter_id,
        called_by=action.id,
        called_at_ms=action.at_ms,
        calls=ticket.calls + 1,
    )


def _recall(ticket: TicketState, action: QueueAction) -> TicketState:
    return replace(ticket, recalls=ticket.recalls + 1, counter_id=action.counter_id or ticket.counter_id)


def _serve(ticket: TicketState, action: QueueAction) -> TicketState:
    return replace(
        ticket,
        status=QueueStatus.SERVING,
        counter_id=action.counter_id or ticket.counter_id,
        called_at_ms=ticket.called_at_ms or action.at_ms,
        served_at_ms=action.at_ms,
        ended_at_ms=None,
    )


def _complete(ticket: TicketState, action: QueueAction) -> TicketState:
    return replace(
        ticket,
        status=QueueStatus.COMPLETED,
        counter_id=action.counter_id or ticket.counter_id,
        served_at_ms=ticket.served_at_ms or action.at_ms,
        ended_at_ms=action.at_ms,
    )


def _miss(ticket: TicketState, action: QueueAction) -> TicketState:
    return replace(ticket, status=QueueStatus.NO_SHOW, no_shows=ticket.no_shows + 1, ended_at_ms=action.at_ms)


def _return(ticket: TicketState, action: QueueAction) -> TicketState:
    since = action.at_ms if ticket.status is QueueStatus.NO_SHOW else ticket.waiting_since_ms
    return replace(
        ticket, status=QueueStatus.WAITING, counter_id=None, waiting_since_ms=since, ended_at_ms=None
    )


def _park(ticket: TicketState, _: QueueAction) -> TicketState:
    return replace(ticket, status=QueueStatus.PARKED)


def _transfer(ticket: TicketState, action: QueueAction) -> TicketState:
    return replace(
        ticket,
        status=QueueStatus.WAITING,
        queue_id=action.to_queue_id or ticket.queue_id,
        transferred_from=ticket.queue_id,
        wanted_counter_id=action.to_counter_id,
        counter_id=None,
        priority=action.priority or ticket.priority,
        ended_at_ms=None,
    )


def _cancel(ticket: TicketState, action: QueueAction) -> TicketState:
    return replace(ticket, status=QueueStatus.CANCELLED, ended_at_ms=action.at_ms)


def _expire(ticket: TicketState, action: QueueAction) -> TicketState:
    return replace(ticket, status=QueueStatus.EXPIRED, ended_at_ms=action.at_ms)


_S = QueueStatus
_FROM: dict[QueueActionKind, frozenset[QueueStatus]] = {
    QueueActionKind.CALLED: frozenset({_S.WAITING, _S.PARKED, _S.NO_SHOW}),
    QueueActionKind.RECALLED: frozenset({_S.CALLED}),
    QueueActionKind.SERVING: frozenset({_S.WAITING, _S.CALLED, _S.NO_SHOW, _S.PARKED, _S.EXPIRED}),
    QueueActionKind.COMPLETED: frozenset({_S.SERVING, _S.CALLED, _S.WAITING, _S.NO_SHOW, _S.PARKED}),
    QueueActionKind.NO_SHOW: frozenset({_S.CALLED}),
    QueueActionKind.RETURNED: frozenset({_S.CALLED, _S.NO_SHOW, _S.PARKED, _S.SERVING, _S.CANCELLED}),
    QueueActionKind.PARKED: frozenset({_S.WAITING, _S.CALLED, _S.SERVING}),
    QueueActionKind.TRANSFERRED: frozenset({_S.WAITING, _S.CALLED, _S.SERVING, _S.PARKED, _S.NO_SHOW}),
    QueueActionKind.CANCELLED: frozenset({_S.WAITING, _S.CALLED, _S.PARKED, _S.NO_SHOW}),
    QueueActionKind.EXPIRED: frozenset({_S.WAITING, _S.CALLED, _S.PARKED, _S.NO_SHOW}),
}
"""The statuses that an action may follow."""
_CHANGES = {
    QueueActionKind.CALLED: _call,
    QueueActionKind.RECALLED: _recall,
    QueueActionKind.SERVING: _serve,
    QueueActionKind.COMPLETED: _complete,
    QueueActionKind.NO_SHOW: _miss,
    QueueActionKind.RETURNED: _return,
    QueueActionKind.PARKED: _park,
    QueueActionKind.TRANSFERRED: _transfer,
    QueueActionKind.CANCELLED: _cancel,
    QueueActionKind.EXPIRED: _expire,
}
