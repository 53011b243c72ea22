"""Event series, their editions, and the cloning of an event."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hub_sync.contract.enums import CloneStatus
from hub_sync.hub.kit.db.cloning import LeftOut
from hub_sync.hub.kit.db.references import Clone, Erase, Reference
from hub_sync.hub.kit.db.tables import ID_LENGTH, Base, TenantRow, enum_column, json_type, tenant_foreign_key
from hub_sync.hub.kit.i18n import N_


class EventSeries(TenantRow, Base):
    """A gathering that comes again."""

    __tablename__ = "event_series"
    __table_args__ = (UniqueConstraint("tenant_id", "slug"),)
    slug: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))


class EventEdition(TenantRow, Base):
    """One event of a series, numbered."""

    __tablename__ = "event_editions"
    __table_args__ = (
        tenant_foreign_key("event_series", "series_id"),
        tenant_foreign_key("events", "event_id"),
        UniqueConstraint("tenant_id", "series_id", "number", name="uq_event_editions_number"),
        UniqueConstraint("tenant_id", "event_id", name="uq_event_editions_event"),
    )
    series_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    number: Mapped[int]


class CloneOperation(TenantRow, Base):
    """The making of an event from another: what was asked, planned and done."""

    __tablename__ = "clone_operations"
    __table_args__ = (
        tenant_foreign_key("events", "source_event_id"),
        tenant_foreign_key("events", "target_event_id"),
        Index("ix_clone_operations_source", "tenant_id", "source_event_id"),
        Index("ix_clone_operations_target", "tenant_id", "target_event_id"),
    )
    source_event_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    target_event_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    options: Mapped[dict[str, Any]] = mapped_column(default=dict)
    plan: Mapped[dict[str, Any]] = mapped_column(default=dict)
    id_map: Mapped[dict[str, Any]] = mapped_column(default=dict)
    warnings: Mapped[list[str]] = mapped_column(json_type(), default=list)
    status: Mapped[CloneStatus] = mapped_column(enum_column(CloneStatus), default=CloneStatus.PLANNED)
    requested_by: Mapped[str] = mapped_column(String(200))
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(String(500))
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    """The numbers of rows, by table."""
    fingerprints: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    """Digests of the rows as they were made, `{table: {id: digest}}`: what differs at an undo was changed since."""
    target_before: Mapped[dict[str, Any] | None]
    """The event that was filled, as it was before; None: the event was made."""
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None] = mapped_column(String(200))


REFERENCES = (
    Reference("clone_operations.source_event_id", "events", Clone.DROP, Erase.REFERENCE),
    Reference("clone_operations.target_event_id", "events", Clone.DROP, Erase.REFERENCE),
    Reference("event_editions.event_id", "events", Clone.DROP, Erase.REFERENCE),
    Reference("event_editions.series_id", "event_series", Clone.DROP, Erase.ROW),
)


CLONING = (
    LeftOut(
        ("event_editions", "clone_operations"),
        N_("Place in a series"),
        N_("Whoever makes the copy an edition gives it a number."),
        in_empty=True,
    ),
)
