"""Domain events: what happened, stored in the transaction that made it so and delivered after it.

A domain declares its domain events as classes in its manifest and emits instances of them:

    domain_events.emit(work, tenant_id, ParticipantDeleted(entity_id=participant.id, event_id=event_id))

The emitter knows none of the subscribers (webhooks, live streams, workflows, listeners of other domains).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from functools import cache
from typing import Any, ClassVar, Self, cast

from sqlalchemy import Index, String, Table, insert, text
from sqlalchemy.orm import Mapped, mapped_column

from hub_sync.hub.kit.db.bulk import insert_later
from hub_sync.hub.kit.db.database import refuse_to_write
from hub_sync.hub.kit.db.tables import ID_LENGTH, Base, TenantRow
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import notifier, reactions
from hub_sync.hub.kit.events.notifier import Notification

_UNDELIVERED = text("delivered_at IS NULL")
_REACTIONS_DUE = text("reactions_due_at IS NOT NULL")
_OWN_COLUMNS = ("entity_id", "event_id")


@dataclass(frozen=True, kw_only=True)
class DomainEvent:
    """One thing that happened. Subclasses are named in the past tense; the class's name is the type that is stored.

    The fields of a subclass are its payload; a field that would be a keyword ends with `_`, which is not stored.

    Attributes:
        entity: the name of the kind of thing that it happened to.
        label: one English sentence that says what happened, marked with `N_`.
        event_type: what webhooks call it (`participant.approved`); empty: it is the hub's own affair.
        id_member: under which name a webhook's message has `entity_id`; empty: it does not.
        example: the `data` of a webhook's message, for the documentation.
        permissions_to_read: what somebody must hold who lets webhooks send it, or reads what they sent.
        is_followed: True if other domains listen to it (`kit.events.listeners`).
        entity_id: the id of the thing.
        event_id: the event that it belongs to.
    """

    entity: ClassVar[str]
    label: ClassVar[str]
    event_type: ClassVar[str] = ""
    id_member: ClassVar[str] = ""
    example: ClassVar[Mapping[str, Any]] = {}
    permissions_to_read: ClassVar[tuple[str, ...]] = ()
    is_followed: ClassVar[bool] = False

    entity_id: str
    event_id: str | None = None

    def payload(self) -> dict[str, Any]:
        """Return what is stored beside the columns, by the names that subscribers know."""
        return {name: getattr(self, attribute) for attribute, name in _names(cast("Any", type(self)))}

    @classmethod
    def from_payload(cls, entity_id: str, event_id: str | None, payload: Mapping[str, Any]) -> Self:
        """Return a stored domain event; its values are as JSON has them, and those of newer fields are missing."""
        values = {name: payload.get(stored) for name, stored in _names(cast("Any", cls))}
        return cls(entity_id=entity_id, event_id=event_id, **values)

    @classmethod
    def message_data(cls, entity_id: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Return the `data` of the webhook message about a stored domain event."""
        own = {cls.id_member: entity_id} if cls.id_member else {}
        return own | dict(payload)

    @classmethod
    def message_time(cls, occurred_at: datetime, payload: Mapping[str, Any]) -> datetime:
        """Return when it happened, which for what a station reports late is not when it was stored."""
        del payload
        return occurred_at


@cache
def _names(kind: Callable[..., DomainEvent]) -> tuple[tuple[str, str], ...]:
    declared = fields(cast("type[DomainEvent]", kind))
    return tuple(
        (field.name, field.name.removesuffix("_")) for field in declared if field.name not in _OWN_COLUMNS
    )


def iso_timestamp(at: datetime) -> str:
    """Return an instant as messages to other systems have it: ISO 8601 in UTC, with milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class StoredDomainEvent(TenantRow, Base):
    """The row of a domain event; `delivered_at` is empty until every subscriber has it."""

    __tablename__ = "domain_events"
    __table_args__ = (
        Index(
            "ix_domain_events_undelivered",
            "tenant_id",
            "type",
            "occurred_at",
            sqlite_where=_UNDELIVERED,
            postgresql_where=_UNDELIVERED,
        ),
        Index("ix_domain_events_age", "tenant_id", "occurred_at"),
        Index(
            "ix_domain_events_reactions",
            "tenant_id",
            "reactions_due_at",
            sqlite_where=_REACTIONS_DUE,
            postgresql_where=_REACTIONS_DUE,
        ),
    )
    type: Mapped[str] = mapped_column(String(64))
    event_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    entity: Mapped[str] = mapped_column(String(64))
    entity_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    payload: Mapped[dict[str, Any]]
    occurred_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]
    operation_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    """The bulk operation that it is a part of. It has no webhook of its own: the operation has."""
    reactions_due_at: Mapped[datetime | None]
    """When its listeners are to be called; empty once they were, and if it has none."""


_TABLE: Table = StoredDomainEvent.metadata.tables[StoredDomainEvent.__tablename__]
_INSERT = insert(_TABLE)


def emit(work: Work, tenant_id: str, *events: DomainEvent) -> None:
    """Store domain events in the work's transaction and have their subscribers notified after its commit.

    What is a part of a bulk operation counts as delivered: a thousand acts are one message, that of the operation.

    Args:
        work: the unit of work, a writing one.
        tenant_id: the tenant in which it happened.
        events: in the order in which it happened; a thousand at once are fine.
    """
    if work.is_reading:
        refuse_to_write()
    reactions.note(work, tenant_id, events)
    now, operation_id = work.now(), work.operation_id
    shared = {
        "tenant_id": tenant_id,
        "occurred_at": now,
        "delivered_at": now if operation_id else None,
        "operation_id": operation_id,
        **work.timestamps(),
    }
    rows = [
        {
            "id": work.new_id(),
            "type": type(event).__name__,
            "event_id": event.event_id,
            "entity": event.entity,
            "entity_id": event.entity_id,
            "payload": event.payload(),
            "reactions_due_at": now if event.is_followed else None,
        }
        for event in events
    ]
    if len(rows) == 1:
        work.write_later(_INSERT, rows[0] | shared)
    else:
        insert_later(work.session, _TABLE, rows, shared)
    if operation_id:
        return
    for kind in {type(event) for event in events}:
        notifier.notify_after_commit(work.session, Notification(tenant_id, kind.__name__))


def wake(work: Work, tenant_id: str) -> None:
    """Notify the tenant's jobs, once this work is committed, that work may be due."""
    notifier.notify_after_commit(work.session, Notification(tenant_id))
