"""Listeners: let a domain react to another's domain event, reliably, after the transaction that stored it.

A domain's module `listeners` has `LISTENERS`; the class of the domain event says `is_followed = True`:

    LISTENERS = (Listener(ParticipantApproved, send_ticket),)

    def send_ticket(work: Work, received: Received[ParticipantApproved]) -> None: ...

The stored domain event itself is the queue: `reactions_due_at` is set while listeners have to be called, so nothing is
lost by a crash, and a transaction that commits late is not skipped, as it would be with a cursor. The listeners of an
event are called in one transaction, which also marks it as done: what they write is written once. What they do beside
the database may be done twice. A listener that fails is called again, together with the others of this event, later.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

import structlog
from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError

from hub_sync.hub.kit.db.database import DatabaseBusy, StorageFull
from hub_sync.hub.kit.db.unit_of_work import UnitOfWork, Work
from hub_sync.hub.kit.events.domain_events import DomainEvent, StoredDomainEvent
from hub_sync.hub.kit.events.notifier import Notifier
from hub_sync.hub.kit.events.periodic import PeriodicJob

POLL_S = 1.0
"""How often domain events of other processes, and those of bulk operations, are looked for."""
BACKOFF_S = 2.0
"""Wait after a database error."""
BATCH_SIZE = 20
"""Domain events whose listeners are called in one transaction: it holds SQLite's only lock for writing."""
FIRST_RETRY, LAST_RETRY = timedelta(seconds=5), timedelta(minutes=10)
GIVE_UP_AFTER = timedelta(days=3)

_DATABASE_ERRORS = (SQLAlchemyError, DatabaseBusy, StorageFull)
_E = StoredDomainEvent
E = TypeVar("E", bound=DomainEvent)
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Received(Generic[E]):
    """A domain event as a listener gets it.

    Attributes:
        event: what happened; the values of its payload are as JSON has them.
        id: of the stored domain event, the same at every try.
        tenant_id: the tenant in which it happened.
        occurred_at: when it was stored.
        operation_id: the bulk operation that it is a part of, or None.
    """

    event: E
    id: str
    tenant_id: str
    occurred_at: datetime
    operation_id: str | None


@dataclass(frozen=True, slots=True)
class Listener(Generic[E]):
    """A function that is called for every domain event of a class (`kind`, which says `is_followed = True`)."""

    kind: type[E]
    handle: Callable[[Work, Received[E]], None]


class ListenerJob(PeriodicJob):
    """Calls the listeners of all domains, on a thread of its own."""

    name = "listeners"
    interval_s = POLL_S
    backoff_s = BACKOFF_S
    begins_at_once = True

    def __init__(self, uow: UnitOfWork, notifier: Notifier, listeners: Iterable[Listener[Any]]) -> None:
        """Take the listeners.

        Raises:
            ValueError: one listens to a class of domain events that is not followed, so it would never be called.
        """
        self._uow = uow
        self._listeners: dict[str, list[Listener[Any]]] = {}
        for listener in listeners:
            if not listener.kind.is_followed:
                raise ValueError(f"{listener.kind.__name__} is not followed")
            self._listeners.setdefault(listener.kind.__name__, []).append(listener)
        super().__init__(notifier, self._listeners)

    def run_until_idle(self) -> None:
        """Call the listeners of all domain events that are due. For tests."""
        while self.run_once():
            pass

    def run_once(self) -> bool:
        """Call the listeners of a few domain events; return False if none was due, or another process has all of them."""
        with self._uow.look_up() as work:
            due = select(_E.tenant_id, _E.id).where(_E.reactions_due_at <= work.now())
            keys = work.connection.execute(due.order_by(_E.reactions_due_at, _E.id).limit(BATCH_SIZE)).all()
        try:
            return self._react([(tenant_id, id_) for tenant_id, id_ in keys])
        except _DATABASE_ERRORS:
            raise
        except Exception:  # noqa: BLE001 - the one that fails is found, and logged, below
            for tenant_id, id_ in keys:
                self._react_alone(tenant_id, id_)
        return True

    def _react(self, keys: Sequence[tuple[str, str]]) -> bool:
        """Call the listeners of domain events in one transaction, and mark these as done; return True if there was one."""
        if not keys:
            return False
        has_reacted = False
        with self._uow.begin("listeners") as work:
            for tenant_id, id_ in keys:
                row = _take(work, tenant_id, id_)
                if row is None:  # by another process
                    continue
                for listener in self._listeners.get(row.type, ()):
                    listener.handle(work, _received(listener.kind, row))
                _set_due(work, tenant_id, id_, None)
                has_reacted = True
        return has_reacted

    def _react_alone(self, tenant_id: str, id_: str) -> None:
        try:
            self._react([(tenant_id, id_)])
        except _DATABASE_ERRORS:
            raise
        except Exception:
            log.exception("listener_failed", domain_event=id_, tenant=tenant_id)
            with self._uow.begin("listeners") as work:
                row = _take(work, tenant_id, id_)
                if row is not None:
                    _set_due(work, tenant_id, id_, _next_try(row.occurred_at, work.now()))

    def act(self) -> float:
        """Call the listeners of a few domain events, and go on at once while some are due."""
        return 0.0 if self.run_once() else self.interval_s


def _take(work: Work, tenant_id: str, id_: str) -> StoredDomainEvent | None:
    """Return a domain event that is due, locked, or None if another process has it."""
    row = select(_E).where(_E.tenant_id == tenant_id, _E.id == id_, _E.reactions_due_at <= work.now())
    return work.session.scalar(row.with_for_update(skip_locked=True))


def _set_due(work: Work, tenant_id: str, id_: str, due_at: datetime | None) -> None:
    mark = update(_E).where(_E.tenant_id == tenant_id, _E.id == id_).values(reactions_due_at=due_at)
    work.session.execute(mark.execution_options(synchronize_session=False))


def _next_try(occurred_at: datetime, now: datetime) -> datetime | None:
    """Return when to try again: after as long as has passed since, within bounds; None: never, it is given up."""
    age = now - occurred_at
    if age > GIVE_UP_AFTER:
        return None
    return now + min(max(age, FIRST_RETRY), LAST_RETRY)


def _received(kind: type[E], row: StoredDomainEvent) -> Received[E]:
    payload: Mapping[str, Any] = row.payload
    event = kind.from_payload(row.entity_id, row.event_id, payload)
    return Received(event, row.id, row.tenant_id, row.occurred_at, row.operation_id)
