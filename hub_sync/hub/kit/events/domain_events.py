"""Facts: what happened, past tense, stored in the transaction that made it so and delivered after it.

Who records a fact knows none of those who subscribe (webhooks, live streams, workflows).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, Table, insert, text
from sqlalchemy.orm import Mapped, mapped_column

from hub_sync.hub.kit.db.bulk import insert_many
from hub_sync.hub.kit.db.tables import ID_LENGTH, Base, Row
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import notifier
from hub_sync.hub.kit.events.notifier import News

_UNDELIVERED = text("delivered_at IS NULL")


class Fact(Row, Base):
    """One thing that happened; `delivered_at` is empty until every subscriber has it."""

    __tablename__ = "facts"
    __table_args__ = (
        Index(
            "ix_facts_undelivered",
            "tenant_id",
            "type",
            "occurred_at",
            sqlite_where=_UNDELIVERED,
            postgresql_where=_UNDELIVERED,
        ),
        Index("ix_facts_age", "tenant_id", "occurred_at"),
    )
    type: Mapped[str] = mapped_column(String(64))
    event_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    entity: Mapped[str] = mapped_column(String(64))
    entity_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    payload: Mapped[dict[str, Any]]
    occurred_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]


_TABLE: Table = Fact.metadata.tables[Fact.__tablename__]
_RECORD = insert(_TABLE)


def record(
    work: Work,
    tenant_id: str,
    type: str,  # noqa: A002 - the wire's word
    entity: str,
    entity_id: str,
    payload: dict[str, Any] | None = None,
    *,
    event_id: str | None = None,
) -> None:
    """Store a fact in the work's transaction. `type` is past tense, as `ParticipantApproved`."""
    work.write(
        _RECORD,
        {
            "tenant_id": tenant_id,
            "id": work.new_id(),
            "type": type,
            "event_id": event_id,
            "entity": entity,
            "entity_id": entity_id,
            "payload": payload or {},
            "occurred_at": work.now(),
            "delivered_at": None,
            **work.stamps(),
        },
    )
    notifier.note(work.session, News(tenant_id, type))


def record_many(work: Work, tenant_id: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Store many at once; `rows` say `type`, `event_id`, `entity`, `entity_id` and `payload`."""
    shared = {"tenant_id": tenant_id, "occurred_at": work.now(), "delivered_at": None, **work.stamps()}
    insert_many(work.session, _TABLE, [{"id": work.new_id(), **row} for row in rows], shared)
    for type_ in {row["type"] for row in rows}:
        notifier.note(work.session, News(tenant_id, type_))


def wake(work: Work, tenant_id: str) -> None:
    """What this work changes may make something due at once: have the jobs look once it is committed."""
    notifier.note(work.session, News(tenant_id))
