"""Queues: create, read, change, switch, delete. A change holds the event's feed until commit."""

from typing import Any

from sqlalchemy import Select, func, select

from hub_sync.contract.queue import MAX_QUEUES
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.queue.errors import (
    QueueChanged,
    QueueExists,
    QueueLetterInUse,
    QueueLetterTaken,
    QueueNotEmpty,
    TooManyQueues,
)
from hub_sync.hub.domains.queue.manifest import (
    QUEUE_CREATED,
    QUEUE_DELETED,
    QUEUE_TOGGLED,
    QUEUE_UPDATED,
    QueueCreated,
    QueueDeleted,
    QueueUpdated,
)
from hub_sync.hub.domains.queue.schemas import NULLABLE, NewQueue, QueueChanges
from hub_sync.hub.domains.queue.tables import Queue, QueueServiceDay, QueueTicket
from hub_sync.hub.domains.queue.tickets import queries
from hub_sync.hub.domains.queue.tickets.actions import find_queue
from hub_sync.hub.kit.db.optimistic_locking import IfVersion, check_version
from hub_sync.hub.kit.db.row_snapshots import snapshot
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.domain.audit_actions import AuditAction
from hub_sync.hub.kit.events import domain_events
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.events.domain_events import DomainEvent
from hub_sync.rules.text_normalization import name_key


def all_of(tenant_id: str, event_id: str) -> Select[Queue]:
    """Return the query of an event's queues, without deleted ones."""
    return select(Queue).where(
        Queue.tenant_id == tenant_id, Queue.event_id == event_id, Queue.deleted_at.is_(None)
    )


def get(work: Work, key: FeedKey, queue_id: str) -> Queue:
    """Return the queue of an id.

    Raises:
        QueueNotFound: 404.
    """
    return find_queue(work, key, queue_id)


def create(work: Work, key: FeedKey, new: NewQueue) -> Queue:
    """Create a queue.

    Raises:
        EventNotFound. QueueExists, QueueLetterTaken, TooManyQueues: 409.
    """
    events.read_and_lock_feed(work, key)
    query = select(func.count()).select_from(all_of(*key).subquery())
    if (work.session.scalar(query) or 0) >= MAX_QUEUES:
        raise TooManyQueues(most=MAX_QUEUES)
    _check_name_is_free(work, key, new.name)
    _check_letter_is_free(work, key, new.letter)
    queue = Queue(
        tenant_id=key.tenant_id, id=work.new_id(), event_id=key.event_id, version=1, **new.model_dump()
    )
    work.session.add(queue)
    _record(
        work,
        queue,
        QUEUE_CREATED,
        QueueCreated(entity_id=queue.id, event_id=key.event_id, name=queue.name),
    )
    return queue


def update(
    work: Work, key: FeedKey, queue_id: str, changes: QueueChanges, if_version: IfVersion = None
) -> Queue:
    """Change the members that `changes` names.

    Raises:
        EventNotFound, QueueNotFound: 404. QueueChanged: 412.
        QueueExists, QueueLetterTaken, QueueLetterInUse: 409.
    """
    events.read_and_lock_feed(work, key)
    queue = get(work, key, queue_id)
    check_version(queue.version, if_version, QueueChanged)
    before = snapshot(queue)
    values = {
        name: value
        for name, value in changes.model_dump(exclude_unset=True).items()
        if value is not None or name in NULLABLE
    }
    if values.get("name", queue.name) != queue.name:
        _check_name_is_free(work, key, values["name"], queue.id)
    if values.get("letter", queue.letter) != queue.letter:
        _check_letter_is_unused(work, key, queue)
        _check_letter_is_free(work, key, values["letter"], queue.id)
    for name, value in values.items():
        setattr(queue, name, value)
    queue.version += 1
    _record(
        work,
        queue,
        QUEUE_UPDATED,
        QueueUpdated(entity_id=queue.id, event_id=key.event_id, changed=sorted(values)),
        before,
    )
    return queue


def toggle(work: Work, key: FeedKey, queue_id: str, active: bool) -> Queue:
    """Switch a queue on or off; who waits is served all the same.

    Raises:
        EventNotFound, QueueNotFound: 404.
    """
    events.read_and_lock_feed(work, key)
    queue = get(work, key, queue_id)
    if queue.active == active:
        return queue
    before = snapshot(queue)
    queue.active = active
    queue.version += 1
    event = QueueUpdated(entity_id=queue.id, event_id=key.event_id, changed=["active"])
    _record(work, queue, QUEUE_TOGGLED, event, before)
    return queue


def delete(work: Work, key: FeedKey, queue_id: str, if_version: IfVersion = None) -> None:
    """Mark a queue as deleted; its numbers stay in the statistics.

    Raises:
        EventNotFound, QueueNotFound: 404. QueueChanged: 412. QueueNotEmpty: 409, people still wait.
    """
    events.read_and_lock_feed(work, key)
    queue = get(work, key, queue_id)
    check_version(queue.version, if_version, QueueChanged)
    live = len(queries.live_tickets(work, key, {queue_id}))
    if live:
        raise QueueNotEmpty(count=live)
    before = snapshot(queue)
    queue.deleted_at, queue.active = work.now(), False
    queue.version += 1
    event = QueueDeleted(entity_id=queue.id, event_id=key.event_id, name=queue.name)
    _record(work, queue, QUEUE_DELETED, event, before)


def _check_name_is_free(work: Work, key: FeedKey, name: str, own_id: str = "") -> None:
    others = all_of(*key).where(Queue.folded_name == name_key(name), Queue.id != own_id)
    if work.session.scalar(others.with_only_columns(Queue.id)) is not None:
        raise QueueExists(name=name)


def _check_letter_is_free(work: Work, key: FeedKey, letter: str, own_id: str = "") -> None:
    """Check that numbers with these letters can't look like another queue's, nor like those of a station's lane.

    Letters of deleted queues count: their slips are still in people's hands.
    """
    query = select(Queue.letter).where(
        Queue.tenant_id == key.tenant_id, Queue.event_id == key.event_id, Queue.id != own_id
    )
    for other in work.session.scalars(query):
        if letter.startswith(other) or other.startswith(letter):
            raise QueueLetterTaken(letter=letter, other=other)


def _check_letter_is_unused(work: Work, key: FeedKey, queue: Queue) -> None:
    used = select(QueueServiceDay.id).where(
        QueueServiceDay.tenant_id == key.tenant_id, QueueServiceDay.queue_id == queue.id
    )
    issued = select(QueueTicket.id).where(
        QueueTicket.tenant_id == key.tenant_id, QueueTicket.queue_id == queue.id
    )
    if work.session.scalar(used.limit(1)) or work.session.scalar(issued.limit(1)):
        raise QueueLetterInUse


def _record(
    work: Work, queue: Queue, action: AuditAction, event: DomainEvent, before: dict[str, Any] | None = None
) -> None:
    work.session.flush()
    audit.record(work, queue.tenant_id, action, queue.id, before=before, after=snapshot(queue))
    domain_events.emit(work, queue.tenant_id, event)
