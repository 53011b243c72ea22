"""Message templates, broadcasts and deliveries."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hub_sync.contract.enums import BroadcastStatus, MessageChannel, MessageStatus
from hub_sync.hub.kit.db.references import Clone, Erase, Merge, Reference
from hub_sync.hub.kit.db.tables import ID_LENGTH, Base, TenantRow, enum_column, tenant_foreign_key


class MessageTemplate(TenantRow, Base):
    """One version of a template; a changed one is a new row with the next version."""

    __tablename__ = "message_templates"
    __table_args__ = (
        tenant_foreign_key("events", "event_id"),
        UniqueConstraint(
            "tenant_id", "name", "channel", "locale", "version", name="uq_message_templates_version"
        ),
    )
    event_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    name: Mapped[str] = mapped_column(String(120))
    channel: Mapped[MessageChannel] = mapped_column(enum_column(MessageChannel))
    locale: Mapped[str] = mapped_column(String(16))
    subject: Mapped[str] = mapped_column(String(500), default="")
    body: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1)


class BroadcastMessage(TenantRow, Base):
    """A template version sent to an audience as it was when it was frozen."""

    __tablename__ = "broadcast_messages"
    __table_args__ = (
        tenant_foreign_key("events", "event_id"),
        tenant_foreign_key("message_templates", "template_id"),
        Index("ix_broadcast_messages_due", "tenant_id", "status", "scheduled_at"),
    )
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    template_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    audience: Mapped[dict[str, Any]] = mapped_column(default=dict)
    status: Mapped[BroadcastStatus] = mapped_column(
        enum_column(BroadcastStatus), default=BroadcastStatus.DRAFT
    )
    scheduled_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    requested_by: Mapped[str] = mapped_column(String(200))


class MessageDelivery(TenantRow, Base):
    """One message to one person: a row with a due time and a lease."""

    __tablename__ = "message_deliveries"
    __table_args__ = (
        tenant_foreign_key("broadcast_messages", "broadcast_id", ondelete="CASCADE"),
        tenant_foreign_key("participants", "participant_id"),
        UniqueConstraint(
            "tenant_id", "broadcast_id", "channel", "recipient", name="uq_message_deliveries_once"
        ),
        Index("ix_message_deliveries_due", "tenant_id", "status", "due_at"),
    )
    broadcast_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    participant_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    recipient: Mapped[str] = mapped_column(String(320))
    channel: Mapped[MessageChannel] = mapped_column(enum_column(MessageChannel))
    status: Mapped[MessageStatus] = mapped_column(enum_column(MessageStatus), default=MessageStatus.QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]
    leased_by: Mapped[str | None] = mapped_column(String(64))
    sent_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(String(500))


REFERENCES = (
    Reference("broadcast_messages.event_id", "events", Clone.DROP, Erase.ROW),
    Reference("broadcast_messages.template_id", "message_templates", Clone.DROP, Erase.ROW),
    Reference("message_deliveries.broadcast_id", "broadcast_messages", Clone.DROP, Erase.ROW),
    Reference("message_deliveries.participant_id", "participants", Clone.DROP, Erase.NOTHING, Merge.MOVE),
    Reference("message_templates.event_id", "events", Clone.REMAP, Erase.ROW),
)
