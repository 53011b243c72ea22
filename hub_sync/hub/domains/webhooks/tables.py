"""Webhook subscriptions and the outbox of their deliveries."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hub_sync.contract.enums import DeliveryStatus, WebhookStatus
from hub_sync.hub.kit.tables import ID_LENGTH, Base, Row, belongs_to, choice, json_type


class WebhookSubscription(Row, Base):
    """Where to send, what, and how the circuit breaker stands. Secrets are sealed at rest."""

    __tablename__ = "webhook_subscriptions"
    __table_args__ = (Index("ix_webhook_subscriptions_status", "tenant_id", "status"),)
    url: Mapped[str] = mapped_column(String(2000))
    description: Mapped[str] = mapped_column(String(200), default="")
    event_types: Mapped[list[str]] = mapped_column(json_type(), default=list)
    sealed_secret: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_previous_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    previous_secret_until: Mapped[datetime | None]
    status: Mapped[WebhookStatus] = mapped_column(choice(WebhookStatus), default=WebhookStatus.ACTIVE)
    consecutive_failures: Mapped[int] = mapped_column(default=0)
    breaker_trips: Mapped[int] = mapped_column(default=0)
    breaker_open_until: Mapped[datetime | None]


class WebhookDelivery(Row, Base):
    """One fact on its way to one subscription: a row with a due time and a lease."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        belongs_to("webhook_subscriptions", "subscription_id", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "subscription_id", "message_id"),
        Index("ix_webhook_deliveries_due", "tenant_id", "status", "due_at"),
        Index("ix_webhook_deliveries_log", "tenant_id", "subscription_id", "created_at"),
    )
    subscription_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    message_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    event_type: Mapped[str] = mapped_column(String(64))
    body: Mapped[str] = mapped_column(Text)
    status: Mapped[DeliveryStatus] = mapped_column(choice(DeliveryStatus), default=DeliveryStatus.PENDING)
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]
    leased_by: Mapped[str | None] = mapped_column(String(64))
    delivered_at: Mapped[datetime | None]
    response_status: Mapped[int | None]
    response_body: Mapped[str | None] = mapped_column(String(1024))
    error: Mapped[str | None] = mapped_column(String(500))


class WebhookAttempt(Row, Base):
    """One attempt at a delivery, as it went."""

    __tablename__ = "webhook_attempts"
    __table_args__ = (
        belongs_to("webhook_deliveries", "delivery_id", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "delivery_id", "number"),
    )
    delivery_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    number: Mapped[int]
    started_at: Mapped[datetime]
    duration_ms: Mapped[int]
    response_status: Mapped[int | None]
    response_body: Mapped[str | None] = mapped_column(String(1024))
    error: Mapped[str | None] = mapped_column(String(500))
