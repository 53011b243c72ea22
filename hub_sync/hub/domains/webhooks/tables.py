"""Webhook subscriptions, the deliveries that are on their way to them, and every attempt."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from hub_sync.contract.enums import DeliveryStatus, WebhookStatus
from hub_sync.hub.domains.webhooks.network.failure_codes import AttemptFailure, AttemptFailureType
from hub_sync.hub.domains.webhooks.subscriptions.breaker_status import BreakerStatus, breaker_status_of
from hub_sync.hub.kit.db.search_column import Searchable
from hub_sync.hub.kit.db.tables import ID_LENGTH, Base, TenantRow, enum_column, json_type, tenant_foreign_key

URL_LENGTH, EXCERPT_LENGTH = 2000, 1024
_WAITING = text("due_at IS NOT NULL")


class WebhookSubscription(Searchable, TenantRow, Base):
    """Where to send, what, and how the endpoint fares. Secrets are sealed at rest.

    `version` moves with what people set; how the endpoint fares moves without it.
    """

    __tablename__ = "webhook_subscriptions"
    __searched_by__ = ("url", "description")
    __table_args__ = (Index("ix_webhook_subscriptions_status", "tenant_id", "status"),)
    url: Mapped[str] = mapped_column(String(URL_LENGTH))
    description: Mapped[str] = mapped_column(String(200), default="")
    event_types: Mapped[list[str]] = mapped_column(json_type(), default=list)
    sealed_secret: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_previous_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    previous_secret_until: Mapped[datetime | None]
    status: Mapped[WebhookStatus] = mapped_column(enum_column(WebhookStatus), default=WebhookStatus.ACTIVE)
    consecutive_failures: Mapped[int] = mapped_column(default=0)
    breaker_trips: Mapped[int] = mapped_column(default=0)
    breaker_open_until: Mapped[datetime | None]
    """While it lies ahead nothing is sent; once it is past, one probe is."""
    probing_until: Mapped[datetime | None]
    """A hub process has the probe under way, or was killed with it: then it is over at that time."""
    resting_until: Mapped[datetime | None]
    """So long nothing is sent: the endpoint asked to be left alone, or the hub itself could not send."""
    version: Mapped[int] = mapped_column(default=1)

    @property
    def breaker(self) -> BreakerStatus:
        """How its breaker stands, by the time at which it was looked for (`standing.seen_at`)."""
        return breaker_status_of(self)


class WebhookDelivery(TenantRow, Base):
    """One message on its way to one endpoint.

    `due_at` is when a worker may take it: a time to try at while it waits, the end of the lease while it is being sent
    (a killed worker's goes on then), empty once nothing is to be done any more.
    """

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        tenant_foreign_key("webhook_subscriptions", "subscription_id", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "subscription_id", "message_id"),
        Index(
            "ix_webhook_deliveries_due",
            "tenant_id",
            "subscription_id",
            "due_at",
            sqlite_where=_WAITING,
            postgresql_where=_WAITING,
        ),
        Index("ix_webhook_deliveries_log", "tenant_id", "subscription_id", "created_at", "id"),
    )
    subscription_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    message_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    """The fact's id; of a ping or an example an id of its own. The same at every attempt."""
    event_type: Mapped[str] = mapped_column(String(64))
    body: Mapped[str] = mapped_column(Text)
    status: Mapped[DeliveryStatus] = mapped_column(
        enum_column(DeliveryStatus), default=DeliveryStatus.PENDING
    )
    attempts: Mapped[int] = mapped_column(default=0)
    step: Mapped[int] = mapped_column(default=0)
    """How far down the schedule it is: as `attempts`, but a resend begins anew."""
    due_at: Mapped[datetime | None]
    leased_by: Mapped[str | None] = mapped_column(String(64))
    delivered_at: Mapped[datetime | None]
    response_status: Mapped[int | None]
    """Of the last attempt, as is `error`."""
    error: Mapped[AttemptFailure | None] = mapped_column(AttemptFailureType())


class WebhookAttempt(TenantRow, Base):
    """One attempt at a delivery, as it went.

    No foreign key holds it to the delivery: on a PostgreSQL table that was not analysed yet, checking it took longer
    than all else together. Who deletes deliveries deletes their attempts (`outbox.delete_deliveries`).
    """

    __tablename__ = "webhook_attempts"
    __table_args__ = (
        tenant_foreign_key("webhook_subscriptions", "subscription_id", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "delivery_id", "number"),
        Index("ix_webhook_attempts_figures", "tenant_id", "subscription_id", "started_at"),
    )
    delivery_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    subscription_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    number: Mapped[int]
    started_at: Mapped[datetime]
    duration_ms: Mapped[int]
    succeeded: Mapped[bool]
    response_status: Mapped[int | None]
    response_body: Mapped[str | None] = mapped_column(String(EXCERPT_LENGTH))
    error: Mapped[AttemptFailure | None] = mapped_column(AttemptFailureType())
