"""The manifest of webhooks."""

from dataclasses import dataclass
from typing import ClassVar

from hub_sync.contract.enums import DeliveryStatus, WebhookStatus
from hub_sync.hub.kit.domain.audit_actions import AuditAction, Entity
from hub_sync.hub.kit.domain.manifest import DomainManifest, NavigationEntry, OpenApiTag
from hub_sync.hub.kit.events.domain_events import DomainEvent
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.security.feature_flag import FeatureFlag
from hub_sync.hub.kit.security.permissions import Permission, PermissionGroup

WEBHOOKS_MANAGE = Permission("webhooks:manage", N_("Manage"))

FF_WEBHOOKS = FeatureFlag(
    "FF_WEBHOOKS",
    N_("Webhooks"),
    N_("Tells other systems at once what happens here: approvals, scans, finished bulk operations."),
)

STATUSES: dict[str, str] = {
    WebhookStatus.ACTIVE: N_("Active"),
    WebhookStatus.PAUSED: N_("Paused"),
    WebhookStatus.SUSPENDED: N_("Suspended"),
    WebhookStatus.DISABLED: N_("Disabled"),
}
WEBHOOK = Entity(
    "webhook",
    N_("Webhook"),
    page="/settings/webhooks/{webhook_id}",
    fields={
        "url": N_("URL"),
        "description": N_("Description"),
        "event_types": N_("Event types"),
        "event_type": N_("Event type"),
        "status": N_("Status"),
        "consecutive_failures": N_("Failures in a row"),
        "breaker_trips": N_("Outages"),
        "breaker_open_until": N_("Sends nothing until"),
        "previous_secret_until": N_("Both secrets sign until"),
        "both_sign_until": N_("Both secrets sign until"),
        "delivery_id": N_("Delivery"),
        "delivered": N_("Delivered"),
        "response_status": N_("Answer"),
        "was": N_("It was"),
        "since": N_("Since"),
        "requeued": N_("Queued again"),
        "created": N_("Created anew"),
        "more": N_("There is more"),
    },
    values={
        "status": STATUSES,
        "was": {
            DeliveryStatus.PENDING: N_("Waiting"),
            DeliveryStatus.SENDING: N_("Sending"),
            DeliveryStatus.DELIVERED: N_("Delivered"),
            DeliveryStatus.RETRYING: N_("Retrying"),
            DeliveryStatus.DEAD_LETTER: N_("Given up"),
        },
    },
)
WEBHOOK_CREATED = AuditAction(WEBHOOK, "create", N_("Created"))
WEBHOOK_UPDATED = AuditAction(WEBHOOK, "update", N_("Changed"))
WEBHOOK_DELETED = AuditAction(WEBHOOK, "delete", N_("Deleted"))
WEBHOOK_PAUSED = AuditAction(WEBHOOK, "pause", N_("Paused"))
WEBHOOK_RESUMED = AuditAction(WEBHOOK, "resume", N_("Resumed"))
WEBHOOK_SECRET_ROTATED = AuditAction(WEBHOOK, "rotate", N_("Rotated"))
WEBHOOK_SUSPENDED = AuditAction(WEBHOOK, "suspend", N_("Suspended"))
WEBHOOK_DISABLED = AuditAction(WEBHOOK, "disable", N_("Disabled"))
WEBHOOK_PINGED = AuditAction(WEBHOOK, "ping", N_("Tested"))
WEBHOOK_EXAMPLE_SENT = AuditAction(WEBHOOK, "example", N_("Example sent"))
WEBHOOK_RESENT = AuditAction(WEBHOOK, "resend", N_("Sent again"))
WEBHOOK_RECOVERED = AuditAction(WEBHOOK, "recover", N_("Recovered"))


@dataclass(frozen=True, kw_only=True)
class WebhookCreated(DomainEvent):
    """A webhook was created."""

    entity = WEBHOOK.name
    label: ClassVar[str] = N_("A webhook was created.")


@dataclass(frozen=True, kw_only=True)
class WebhookUpdated(DomainEvent):
    """A webhook was changed."""

    entity = WEBHOOK.name
    label: ClassVar[str] = N_("A webhook was changed.")


@dataclass(frozen=True, kw_only=True)
class WebhookDeleted(DomainEvent):
    """A webhook was deleted."""

    entity = WEBHOOK.name
    label: ClassVar[str] = N_("A webhook was deleted.")


@dataclass(frozen=True, kw_only=True)
class WebhookPaused(DomainEvent):
    """A webhook was paused."""

    entity = WEBHOOK.name
    label: ClassVar[str] = N_("A webhook was paused.")


@dataclass(frozen=True, kw_only=True)
class WebhookResumed(DomainEvent):
    """A webhook was resumed."""

    entity = WEBHOOK.name
    label: ClassVar[str] = N_("A webhook was resumed.")


@dataclass(frozen=True, kw_only=True)
class WebhookSecretRotated(DomainEvent):
    """A webhook got a new secret."""

    entity = WEBHOOK.name
    label: ClassVar[str] = N_("A webhook got a new secret.")


@dataclass(frozen=True, kw_only=True)
class WebhookSuspended(DomainEvent):
    """A webhook was suspended after repeated outages of its endpoint."""

    entity = WEBHOOK.name
    label: ClassVar[str] = N_("A webhook was suspended after repeated outages of its endpoint.")


@dataclass(frozen=True, kw_only=True)
class WebhookDisabled(DomainEvent):
    """A webhook was disabled, because its endpoint is gone."""

    entity = WEBHOOK.name
    label: ClassVar[str] = N_("A webhook was disabled, because its endpoint is gone.")


@dataclass(frozen=True, kw_only=True)
class WebhookPinged(DomainEvent):
    """A webhook was tested."""

    entity = WEBHOOK.name
    label: ClassVar[str] = N_("A webhook was tested.")
    delivery_id: str
    delivered: bool
    response_status: int | None


@dataclass(frozen=True, kw_only=True)
class WebhookExampleQueued(DomainEvent):
    """An example was queued for a webhook."""

    entity = WEBHOOK.name
    label: ClassVar[str] = N_("An example was queued for a webhook.")
    event_type_: str
    delivery_id: str


@dataclass(frozen=True, kw_only=True)
class WebhookDeliveryResent(DomainEvent):
    """A delivery of a webhook was sent again."""

    entity = WEBHOOK.name
    label: ClassVar[str] = N_("A delivery of a webhook was sent again.")
    delivery_id: str
    event_type_: str
    was: str


@dataclass(frozen=True, kw_only=True)
class WebhookRecovered(DomainEvent):
    """Missed deliveries of a webhook were queued."""

    entity = WEBHOOK.name
    label: ClassVar[str] = N_("Missed deliveries of a webhook were queued.")
    since: str
    requeued: int
    created: int
    more: bool


MANIFEST = DomainManifest(
    name="webhooks",
    permissions=(PermissionGroup("webhooks", N_("Webhooks"), (WEBHOOKS_MANAGE,)),),
    flags=(FF_WEBHOOKS,),
    navigation=(
        NavigationEntry(
            group="settings",
            label=N_("Webhooks"),
            path="/settings/webhooks",
            order=15,
            permissions=WEBHOOKS_MANAGE,
            flag=FF_WEBHOOKS,
            icon="webhook",
        ),
    ),
    openapi_tags=(OpenApiTag("webhooks", "Other systems that are told at once what happens here."),),
    entities=(WEBHOOK,),
    audit_actions=(
        WEBHOOK_CREATED,
        WEBHOOK_UPDATED,
        WEBHOOK_DELETED,
        WEBHOOK_PAUSED,
        WEBHOOK_RESUMED,
        WEBHOOK_SECRET_ROTATED,
        WEBHOOK_SUSPENDED,
        WEBHOOK_DISABLED,
        WEBHOOK_PINGED,
        WEBHOOK_EXAMPLE_SENT,
        WEBHOOK_RESENT,
        WEBHOOK_RECOVERED,
    ),
    domain_events=(
        WebhookCreated,
        WebhookUpdated,
        WebhookDeleted,
        WebhookPaused,
        WebhookResumed,
        WebhookSecretRotated,
        WebhookSuspended,
        WebhookDisabled,
        WebhookPinged,
        WebhookExampleQueued,
        WebhookDeliveryResent,
        WebhookRecovered,
    ),
)
