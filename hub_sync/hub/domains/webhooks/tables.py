"""Tables of webhook subscriptions, their deliveries and every attempt."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from hub_sync.contract.enums import DeliveryStatus, WebhookStatus
from hub_sync.hub.domains.webhooks.circuit_breaker import BreakerStatus, breaker_status_of
from hub_sync.hub.domains.webhooks.failures import Failure, FailureCode
from hub_sync.hub.domains.webhooks.manifest import WEBHOOK
from hub_sync.hub.kit.db.references import Clone, Erase, Reference
from hub_sync.hub.kit.db.search_column import Searchable
from hub_sync.hub.kit.db.tables import ID_LENGTH, Base, TenantRow, enum_column, json_type, tenant_foreign_key
from hub_sync.hub.kit.domain.entity_names import EntityNames

URL_LENGTH, EXCERPT_LENGTH, CODE_LENGTH = 2000, 1024, 32
_WAITING = text("due_at IS NOT NULL")


class WebhookSubscription(Searchable, TenantRow, Base):
    """A subscription and the state of its endpoint. Its secrets are encrypted.

    `version` counts changes of the settings; the endpoint's state changes without it.
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
    """Nothing is sent before this time; after it one probe is sent."""
    probing_until: Mapped[datetime | None]
    """The lease of the process that sends the probe."""
    resting_until: Mapped[datetime | None]
    """Nothing is sent before this time: the endpoint asked for a pause, or the hub itself could not send."""
    version: Mapped[int] = mapped_column(default=1)

    @property
    def breaker(self) -> BreakerStatus:
        """Return the status of its breaker at the reference time of its session (`set_reference_time`)."""
        return breaker_status_of(self)


class WebhookDelivery(TenantRow, Base):
    """One message to one endpoint.

    `due_at` is when an engine may claim it: the next attempt while it waits, the end of the lease while it is being sent
    (if that engine was killed), empty once it is finished.
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
    """The id of the domain event; a ping or an example has its own. The same at every attempt."""
    event_type: Mapped[str] = mapped_column(String(64))
    body: Mapped[str] = mapped_column(Text)
    status: Mapped[DeliveryStatus] = mapped_column(
        enum_column(DeliveryStatus), default=DeliveryStatus.PENDING
    )
    attempts: Mapped[int] = mapped_column(default=0)
    step: Mapped[int] = mapped_column(default=0)
    """The position in the retry schedule: as `attempts`, but a resend starts anew."""
    due_at: Mapped[datetime | None]
    leased_by: Mapped[str | None] = mapped_column(String(64))
    delivered_at: Mapped[datetime | None]
    response_status: Mapped[int | None]
    """Of the last attempt, as are `error_code` and `error_parameters`."""
    error_code: Mapped[str | None] = mapped_column(String(CODE_LENGTH))
    error_parameters: Mapped[dict[str, Any] | None] = mapped_column(json_type())

    @property
    def failure(self) -> Failure | None:
        """Return why the last attempt failed, or None if it did not."""
        return _failure_of(self)

    @property
    def error(self) -> str | None:
        """Return why the last attempt failed as an English sentence."""
        return self.failure.message if self.failure else None


class WebhookAttempt(TenantRow, Base):
    """One attempt at a delivery.

    It has no foreign key to the delivery: on a PostgreSQL table that was not analysed yet, checking it took longer than
    all else together. `outbox.delete_deliveries` deletes the attempts too.
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
    error_code: Mapped[str | None] = mapped_column(String(CODE_LENGTH))
    error_parameters: Mapped[dict[str, Any] | None] = mapped_column(json_type())

    @property
    def failure(self) -> Failure | None:
        """Return why it failed, or None if it did not."""
        return _failure_of(self)

    @property
    def error(self) -> str | None:
        """Return why it failed as an English sentence."""
        return self.failure.message if self.failure else None


def _failure_of(row: WebhookDelivery | WebhookAttempt) -> Failure | None:
    if row.error_code is None:
        return None
    return Failure(FailureCode(row.error_code), row.error_parameters or {})


ENTITY_NAMES = (
    EntityNames(
        WEBHOOK,
        WebhookSubscription,
        (WebhookSubscription.description, WebhookSubscription.url),
        lambda description, url: description or url,
    ),
)


REFERENCES = (
    Reference("webhook_attempts.subscription_id", "webhook_subscriptions", Clone.DROP, Erase.ROW),
    Reference("webhook_deliveries.subscription_id", "webhook_subscriptions", Clone.DROP, Erase.ROW),
)
