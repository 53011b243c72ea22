"""Facts: what happened, past tense, stored in the transaction that made it so and delivered after it.

Who records a fact knows none of those who subscribe (webhooks, live streams, workflows).
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, insert, text
from sqlalchemy.orm import Mapped, mapped_column

from hub_sync.hub.kit.tables import ID_LENGTH, Base, Row
from hub_sync.hub.kit.unit_of_work import Work

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
        Index("ix_facts_entity", "tenant_id", "entity", "entity_id"),
    )
    type: Mapped[str] = mapped_column(String(64))
    event_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    entity: Mapped[str] = mapped_column(String(64))
    entity_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    payload: Mapped[dict[str, Any]]
    occurred_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]


_RECORD = insert(Fact.__table__)  # type: ignore[arg-type]


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
