"""Storing of actions: the tickets are folded anew, counters learn their state, stations get the actions with their next pull.

Whoever records holds the event's feed, so that two changes of a queue at once come one after the other.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from types import MappingProxyType
from typing import Any

from sqlalchemy import select

from hub_sync.contract.clock import epoch_ms, from_epoch_ms
from hub_sync.contract.queue import QueueAction, QueueActionKind
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.queue.manifest import CounterState, QueueNumberCalled
from hub_sync.hub.domains.queue.tables import ACTIONS, Queue, QueueCounter, QueueTicket
from hub_sync.hub.domains.queue.tickets import queries
from hub_sync.hub.domains.queue.tickets.waits import estimate_for
from hub_sync.hub.kit.db.bulk import insert_many
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import change_feed, domain_events
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.queue.ticket_state import TicketState, action_order, fold_ticket

_K = QueueActionKind
_STATES = {
    _K.BREAK_STARTED: CounterState.BREAK,
    _K.BREAK_ENDED: CounterState.OPEN,
    _K.COUNTER_OPENED: CounterState.OPEN,
    _K.COUNTER_CLOSED: CounterState.CLOSED,
    _K.CALLED: CounterState.OPEN,
    _K.SERVING: CounterState.OPEN,
}
"""What an action makes of its counter: whoever calls somebody is open."""
_FIRST_CALL = (_K.CALLED, _K.SERVING, _K.COMPLETED)
_FRESH_MS = 120_000
"""A ticket whose issue the hub hears of later gets no estimate: what was known then is not known now."""


def lock(work: Work, key: FeedKey) -> None:
    """Let changes of the event's queues wait until this one is committed.

    Raises:
        LookupError: the event has no feed.
    """
    change_feed.lock(work.session, key)


@dataclass(frozen=True, slots=True)
class BootClock:
    """When a station did something, by the monotonic clock of its boot."""

    boot_id: str
    monotonic_ms: int


def record_actions(
    work: Work,
    key: FeedKey,
    actions: Sequence[QueueAction],
    clocks: Mapping[str, BootClock] = MappingProxyType({}),
) -> dict[str, TicketState]:
    """Store actions that were checked, and return the tickets that they concern, by id, as they are now.

    A ticket whose issue is not known yet is left out: an action may reach the hub before it. `clocks` are those of stations' actions,
    by the action's id.

    Raises:
        LookupError: the event has no feed.
    """
    if not actions:
        return {}
    first = change_feed.advance(work.session, *key, len(actions))
    rows = [_row(action, first + n, clocks.get(action.id)) for n, action in enumerate(actions)]
    insert_many(
        work.session,
        ACTIONS,
        rows,
        {"tenant_id": key.tenant_id, "event_id": key.event_id, **work.timestamps()},
    )
    _update_counters(work, key, actions)
    return _fold(work, key, actions)


def _row(action: QueueAction, number: int, clock: BootClock | None) -> dict[str, Any]:
    return {
        "boot_id": "" if clock is None else clock.boot_id,
        "monotonic_ms": 0 if clock is None else clock.monotonic_ms,
        "id": action.id,
        "kind": action.kind,
        "ticket_id": action.ticket_id,
        "queue_id": action.queue_id,
        "counter_id": action.counter_id,
        "device_id": action.device_id,
        "service_date": action.service_date,
        "tick": action.tick,
        "at": from_epoch_ms(action.at_ms),
        "out_of_order": action.out_of_order,
        "content": action.model_dump(mode="json", exclude_defaults=True),
        "feed_seq": number,
    }


def _fold(work: Work, key: FeedKey, new: Sequence[QueueAction]) -> dict[str, TicketState]:
    ticket_ids = {action.ticket_id for action in new if action.ticket_id is not None}
    states: dict[str, TicketState] = {}
    calls: list[QueueAction] = []
    new_ids = {action.id for action in new}
    for ticket, valid in _folded(work, key, ticket_ids):
        states[ticket.id] = ticket
        _store(work, key, ticket, valid)
        calls += [each for each in valid if each.kind is _K.CALLED and each.id in new_ids]
    _announce(work, key, calls, states)
    return states


def fold_again(work: Work, key: FeedKey, ticket_ids: Collection[str]) -> None:
    """Fold tickets again whose actions have other times now, or whose person is another registration. Nothing is announced: they were."""
    for ticket, valid in _folded(work, key, ticket_ids):
        _store(work, key, ticket, valid)


def _folded(
    work: Work, key: FeedKey, ticket_ids: Collection[str]
) -> list[tuple[TicketState, list[QueueAction]]]:
    """Return tickets whose issue is known, each with the actions that count in their order.

    The issue of an offline kiosk may come after the merge of the registration that it names: the ticket is the survivor's.
    """
    folded = [(fold_ticket(each), each) for each in queries.actions_of(work, key, ticket_ids).values()]
    people = {each.ticket.participant_id for each, _ in folded if each.ticket and each.ticket.participant_id}
    survivors = participants.surviving(work.session, key, people)
    return [
        (
            replace(
                each.ticket,
                participant_id=survivors.get(each.ticket.participant_id or "", each.ticket.participant_id),
            ),
            sorted((action for action in actions if action.id not in each.ignored), key=action_order),
        )
        for each, actions in folded
        if each.ticket is not None
    ]


def _store(work: Work, key: FeedKey, ticket: TicketState, actions: Sequence[QueueAction]) -> None:
    """Write the folded ticket to its row."""
    values = asdict(ticket)
    for name in ("issued_at", "waiting_since", "called_at", "served_at", "ended_at"):
        at_ms = values.pop(f"{name}_ms")
        values[name] = None if at_ms is None else from_epoch_ms(at_ms)
    first_call = next((action for action in actions if action.kind in _FIRST_CALL), None)
    values["first_called_at"] = None if first_call is None else from_epoch_ms(first_call.at_ms)
    row = work.session.get(QueueTicket, (key.tenant_id, ticket.id))
    if row is None:
        row = QueueTicket(tenant_id=key.tenant_id, version=1, **values)
        if epoch_ms(work.now()) - ticket.issued_at_ms <= _FRESH_MS and ticket.is_live:
            row.estimate_low_s, row.estimate_high_s = estimate_for(work, key, ticket)
        work.session.add(row)
        work.session.flush()
        return
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    if changed:
        row.version += 1
    work.session.flush()


def _update_counters(work: Work, key: FeedKey, actions: Iterable[QueueAction]) -> None:
    newest: dict[str, QueueAction] = {}
    for action in sorted(actions, key=action_order):
        if action.counter_id is not None and action.kind in _STATES:
            newest[action.counter_id] = action
    if not newest:
        return
    c = QueueCounter
    query = select(c).where(c.tenant_id == key.tenant_id, c.event_id == key.event_id, c.id.in_(newest))
    for counter in work.session.scalars(query):
        action = newest[counter.id]
        order = action_order(action)
        if list(order) <= counter.state_order:
            continue
        state = _STATES[action.kind]
        counter.state_order = list(order)
        if counter.state is not state or action.kind.concerns_counter:
            counter.state, counter.state_since = state, from_epoch_ms(action.at_ms)
            counter.state_reason = action.reason if state is CounterState.BREAK else ""
        counter.state_operator, counter.state_device_id = action.operator, action.device_id
    work.session.flush()


def _announce(
    work: Work, key: FeedKey, calls: Sequence[QueueAction], states: Mapping[str, TicketState]
) -> None:
    """Emit a domain event for each new call that counts."""
    if not calls:
        return
    names: dict[str, str] = {}
    for table in (Queue, QueueCounter):
        query = select(table.id, table.name).where(
            table.tenant_id == key.tenant_id, table.event_id == key.event_id
        )
        names |= {row.id: row.name for row in work.session.execute(query)}
    events = [
        QueueNumberCalled(
            entity_id=action.ticket_id or "",
            event_id=key.event_id,
            number=states[action.ticket_id or ""].number,
            queue_id=action.queue_id or "",
            queue=names.get(action.queue_id or "", ""),
            counter_id=action.counter_id,
            counter=names.get(action.counter_id or ""),
            participant_id=states[action.ticket_id or ""].participant_id,
            service_date=action.service_date,
            out_of_order=action.out_of_order,
            called_at_ms=action.at_ms,
        )
        for action in sorted(calls, key=lambda each: (each.at_ms, each.tick, each.id))
    ]
    domain_events.emit(work, key.tenant_id, *events)
