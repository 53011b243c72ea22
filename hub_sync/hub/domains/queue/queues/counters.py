"""Counters: create, read, change, delete. What a counter does is an action (`tickets.actions`)."""

from typing import Any

from sqlalchemy import Select, func, select

from hub_sync.contract.queue import MAX_COUNTERS, QueueActionKind
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.queue.errors import (
    CounterChanged,
    CounterExists,
    CounterInUse,
    QueuesOfAnotherEvent,
    TooManyCounters,
)
from hub_sync.hub.domains.queue.manifest import (
    COUNTER_CREATED,
    COUNTER_DELETED,
    COUNTER_UPDATED,
    CounterCreated,
    CounterDeleted,
    CounterUpdated,
)
from hub_sync.hub.domains.queue.queues import service as queues
from hub_sync.hub.domains.queue.schemas import CounterChanges, NewCounter
from hub_sync.hub.domains.queue.tables import Queue, QueueCounter
from hub_sync.hub.domains.queue.tickets import queries
from hub_sync.hub.domains.queue.tickets.actions import Clerk, act, find_counter
from hub_sync.hub.kit.db.optimistic_locking import IfVersion, check_version
from hub_sync.hub.kit.db.row_snapshots import snapshot
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.domain.audit_actions import AuditAction
from hub_sync.hub.kit.events import domain_events
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.events.domain_events import DomainEvent
from hub_sync.rules.text_normalization import name_key

_STATE = ("state", "state_since", "state_reason", "state_operator", "state_device_id", "state_order")


def all_of(tenant_id: str, event_id: str) -> Select[QueueCounter]:
    """Return the query of an event's counters, without deleted ones."""
    return select(QueueCounter).where(
        QueueCounter.tenant_id == tenant_id,
        QueueCounter.event_id == event_id,
        QueueCounter.deleted_at.is_(None),
    )


def get(work: Work, key: FeedKey, counter_id: str) -> QueueCounter:
    """Return the counter of an id.

    Raises:
        CounterNotFound: 404.
    """
    return find_counter(work, key, counter_id)


def create(work: Work, key: FeedKey, new: NewCounter) -> QueueCounter:
    """Create a counter.

    Raises:
        EventNotFound. CounterExists, TooManyCounters: 409. QueuesOfAnotherEvent: 422.
    """
    events.read_and_lock_feed(work, key)
    query = select(func.count()).select_from(all_of(*key).subquery())
    if (work.session.scalar(query) or 0) >= MAX_COUNTERS:
        raise TooManyCounters(most=MAX_COUNTERS)
    _check_name_is_free(work, key, new.name)
    counter = QueueCounter(
        tenant_id=key.tenant_id,
        id=work.new_id(),
        event_id=key.event_id,
        name=new.name,
        queue_ids=_checked_queues(work, key, new.queue_ids),
        active=new.active,
        state_order=[],
        version=1,
    )
    work.session.add(counter)
    event = CounterCreated(entity_id=counter.id, event_id=key.event_id, name=counter.name)
    _record(work, counter, COUNTER_CREATED, event)
    return counter


def update(
    work: Work, key: FeedKey, counter_id: str, changes: CounterChanges, if_version: IfVersion = None
) -> QueueCounter:
    """Change the members that `changes` names.

    Raises:
        EventNotFound, CounterNotFound: 404. CounterChanged: 412. CounterExists: 409. QueuesOfAnotherEvent: 422.
    """
    events.read_and_lock_feed(work, key)
    counter = get(work, key, counter_id)
    check_version(counter.version, if_version, CounterChanged)
    before = _snapshot(counter)
    values = {
        name: value for name, value in changes.model_dump(exclude_unset=True).items() if value is not None
    }
    if values.get("name", counter.name) != counter.name:
        _check_name_is_free(work, key, values["name"], counter.id)
    if "queue_ids" in values:
        values["queue_ids"] = _checked_queues(work, key, values["queue_ids"], counter.queue_ids)
    for name, value in values.items():
        setattr(counter, name, value)
    counter.version += 1
    event = CounterUpdated(entity_id=counter.id, event_id=key.event_id, changed=sorted(values))
    _record(work, counter, COUNTER_UPDATED, event, before)
    return counter


def delete(work: Work, key: FeedKey, counter_id: str, if_version: IfVersion = None) -> None:
    """Mark a counter as deleted. Who was sent to it alone may be called anywhere from then on.

    Raises:
        EventNotFound, CounterNotFound: 404. CounterChanged: 412. CounterInUse: 409.
    """
    events.read_and_lock_feed(work, key)
    counter = get(work, key, counter_id)
    check_version(counter.version, if_version, CounterChanged)
    busy = queries.ticket_at(work, key, counter_id)
    if busy is not None:
        raise CounterInUse(number=busy.number)
    _release(work, key, counter_id)
    before = _snapshot(counter)
    counter.deleted_at, counter.active = work.now(), False
    counter.version += 1
    event = CounterDeleted(entity_id=counter.id, event_id=key.event_id, name=counter.name)
    _record(work, counter, COUNTER_DELETED, event, before)


def _release(work: Work, key: FeedKey, counter_id: str) -> None:
    """Let those be called anywhere who were sent to a counter alone."""
    for ticket in queries.live_tickets(work, key):
        if ticket.wanted_counter_id == counter_id:
            act(work, key, ticket.id, QueueActionKind.TRANSFERRED, Clerk(), to_queue_id=ticket.queue_id)


def _checked_queues(work: Work, key: FeedKey, queue_ids: Any, present: Any = ()) -> list[str]:
    """Return the ids each once; those that the counter has already may be of a queue that was deleted."""
    known = set(work.session.scalars(queues.all_of(*key).with_only_columns(Queue.id)))
    wanted = list(dict.fromkeys(queue_ids))
    if any(each not in known and each not in present for each in wanted):
        raise QueuesOfAnotherEvent
    return [each for each in wanted if each in known]


def _check_name_is_free(work: Work, key: FeedKey, name: str, own_id: str = "") -> None:
    others = all_of(*key).where(QueueCounter.folded_name == name_key(name), QueueCounter.id != own_id)
    if work.session.scalar(others.with_only_columns(QueueCounter.id)) is not None:
        raise CounterExists(name=name)


def _snapshot(counter: QueueCounter) -> dict[str, Any]:
    return {name: value for name, value in snapshot(counter).items() if name not in _STATE}


def _record(
    work: Work,
    counter: QueueCounter,
    action: AuditAction,
    event: DomainEvent,
    before: dict[str, Any] | None = None,
) -> None:
    work.session.flush()
    audit.record(work, counter.tenant_id, action, counter.id, before=before, after=_snapshot(counter))
    domain_events.emit(work, counter.tenant_id, event)
