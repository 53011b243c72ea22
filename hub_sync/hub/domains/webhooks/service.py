"""Webhooks: made, changed, paused, resumed, taken away; and their secrets rotated."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from sqlalchemy import Select, func, select
from sqlalchemy import delete as take_away
from sqlalchemy import update as change

from hub_sync.contract.enums import DeliveryStatus, WebhookStatus
from hub_sync.hub.domains import registry
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.webhooks.errors import (
    EventTypeMissing,
    EventTypeUnknown,
    TooManyWebhooks,
    WebhookChanged,
    WebhookNotActive,
    WebhookNotFound,
)
from hub_sync.hub.domains.webhooks.manifest import (
    WEBHOOK_CREATED,
    WEBHOOK_DELETED,
    WEBHOOK_PAUSED,
    WEBHOOK_RESUMED,
    WEBHOOK_SECRET_ROTATED,
    WEBHOOK_UPDATED,
    WebhookCreated,
    WebhookDeleted,
    WebhookEvent,
    WebhookPaused,
    WebhookResumed,
    WebhookSecretRotated,
    WebhookUpdated,
)
from hub_sync.hub.domains.webhooks.network.url_policy import check_url
from hub_sync.hub.domains.webhooks.schemas import NewSubscription, SubscriptionChanges
from hub_sync.hub.domains.webhooks.subscriptions import event_types, secrets
from hub_sync.hub.domains.webhooks.subscriptions.breaker_status import set_reference_time
from hub_sync.hub.domains.webhooks.tables import WebhookDelivery, WebhookSubscription
from hub_sync.hub.kit.db.row_snapshots import snapshot
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.domain.audit_actions import AuditAction
from hub_sync.hub.kit.events import domain_events
from hub_sync.hub.kit.events.domain_events import DomainEvent
from hub_sync.hub.kit.networks import Network, parse_network_setting
from hub_sync.hub.kit.security.encryption import SecretBox
from hub_sync.hub.kit.settings import HubSettings

__all__ = [
    "NewSubscription",
    "StoppedWebhook",
    "SubscriptionChanges",
    "WebhookSubscription",
    "allowed_networks",
    "check_event_types",
    "check_version",
    "create",
    "delete",
    "get",
    "list_stopped",
    "pause",
    "record_action",
    "resume",
    "rotate_secret",
    "subscriptions_of",
    "update",
]

MOST = 500
"""Webhooks of a tenant: each of them costs every transaction of the engine a little."""
_UNKEPT = ("probing_until", "resting_until")
WAITING = (DeliveryStatus.PENDING, DeliveryStatus.RETRYING)
"""What a worker has not in hand and is still to send."""


@dataclass(frozen=True, slots=True)
class StoppedWebhook:
    """A webhook that the hub itself has stopped; `name` is its description or its URL."""

    id: str
    name: str
    status: WebhookStatus


def list_stopped(work: Work, tenant_id: str) -> list[StoppedWebhook]:
    """Return the webhooks that the hub has suspended or disabled, the oldest first."""
    row = WebhookSubscription
    query = select(row.id, row.description, row.url, row.status).where(
        row.tenant_id == tenant_id, row.status.in_((WebhookStatus.SUSPENDED, WebhookStatus.DISABLED))
    )
    return [
        StoppedWebhook(id_, description or url, status)
        for id_, description, url, status in work.session.execute(query.order_by(row.created_at))
    ]


def create(
    work: Work, seal: SecretBox, tenant_id: str, new: NewSubscription, allowed: Sequence[Network]
) -> tuple[WebhookSubscription, str]:
    """Make a webhook; the second is its secret, which nobody can be told again. `allowed`: networks opened for a lab.

    Raises:
        EventTypeUnknown, WebhookUrlUnusable, WebhookAddressRefused, TooManyWebhooks.
    """
    check_url(new.url, allowed)
    of_tenant = select(func.count()).where(WebhookSubscription.tenant_id == tenant_id)
    if (work.session.scalar(of_tenant) or 0) >= MOST:
        raise TooManyWebhooks(limit=MOST)
    subscription_id, secret = work.new_id(), secrets.generate()
    subscription = WebhookSubscription(
        tenant_id=tenant_id,
        id=subscription_id,
        url=new.url,
        description=new.description,
        event_types=check_event_types(new.event_types),
        sealed_secret=secrets.encrypt_secret(seal, tenant_id, subscription_id, secret),
    )
    set_reference_time(work.session, work.now())
    work.session.add(subscription)
    work.session.flush()
    audit.record(work, tenant_id, WEBHOOK_CREATED, subscription_id, after=_kept(subscription))
    domain_events.emit(work, tenant_id, WebhookCreated(entity_id=subscription_id))
    domain_events.wake(work, tenant_id)
    return subscription, secret


def subscriptions_of(work: Work, tenant_id: str) -> Select[WebhookSubscription]:
    """A query of a tenant's webhooks, whose breakers are told by the time of this work."""
    set_reference_time(work.session, work.now())
    return select(WebhookSubscription).where(WebhookSubscription.tenant_id == tenant_id)


def get(work: Work, tenant_id: str, subscription_id: str) -> WebhookSubscription:
    """The webhook of an id, its breaker told by the time of this work.

    Raises:
        WebhookNotFound.
    """
    found = subscriptions_of(work, tenant_id).where(WebhookSubscription.id == subscription_id)
    subscription = work.session.scalar(found)
    if subscription is None:
        raise WebhookNotFound
    return subscription


def update(
    work: Work,
    tenant_id: str,
    subscription_id: str,
    changes: SubscriptionChanges,
    allowed: Sequence[Network],
    if_version: int | None = None,
) -> WebhookSubscription:
    """Change what `changes` names. At another address the breaker begins anew, and what waits is due at once.

    Raises:
        WebhookNotFound, WebhookChanged, EventTypeUnknown, WebhookUrlUnusable, WebhookAddressRefused.
    """
    subscription = _get_for_update(work, tenant_id, subscription_id, if_version)
    asked = changes.model_dump(exclude_unset=True, exclude_none=True)
    if "event_types" in asked:
        asked["event_types"] = check_event_types(asked["event_types"])
    moves = asked.get("url", subscription.url) != subscription.url
    if moves:
        check_url(asked["url"], allowed)
    before = _kept(subscription)
    for name, value in asked.items():
        setattr(subscription, name, value)
    if moves:
        _reset_breaker(work, subscription)
    _record_update(work, subscription, WEBHOOK_UPDATED, WebhookUpdated, before)
    domain_events.wake(work, tenant_id)
    return subscription


def delete(work: Work, tenant_id: str, subscription_id: str, if_version: int | None = None) -> None:
    """Take a webhook away for good, with its secret, its deliveries and their attempts (many: `clearing` first).

    Raises:
        WebhookNotFound, WebhookChanged.
    """
    get(work, tenant_id, subscription_id)
    mine = (WebhookDelivery.tenant_id == tenant_id, WebhookDelivery.subscription_id == subscription_id)
    # Workers lock deliveries before the webhook; who did it the other way round could wait for them for ever.
    work.session.execute(take_away(WebhookDelivery).where(*mine).execution_options(synchronize_session=False))
    subscription = _get_for_update(work, tenant_id, subscription_id, if_version)
    before = _kept(subscription)
    work.session.delete(subscription)
    work.session.flush()
    audit.record(work, tenant_id, WEBHOOK_DELETED, subscription_id, before=before)
    domain_events.emit(work, tenant_id, WebhookDeleted(entity_id=subscription_id))


def pause(work: Work, tenant_id: str, subscription_id: str) -> WebhookSubscription:
    """Send nothing for now; deliveries are made and wait. One that is paused already stays as it is.

    Raises:
        WebhookNotFound. WebhookNotActive: it was suspended or disabled, and sends nothing anyway.
    """
    subscription = _get_for_update(work, tenant_id, subscription_id)
    if subscription.status is WebhookStatus.PAUSED:
        return subscription
    if subscription.status is not WebhookStatus.ACTIVE:
        raise WebhookNotActive(webhook_status=subscription.status.value)
    before = _kept(subscription)
    subscription.status = WebhookStatus.PAUSED
    _record_update(work, subscription, WEBHOOK_PAUSED, WebhookPaused, before)
    return subscription


def resume(work: Work, tenant_id: str, subscription_id: str) -> WebhookSubscription:
    """Send again, whatever stopped it: the breaker begins anew, and what waits is due at once.

    Raises:
        WebhookNotFound.
    """
    subscription = _get_for_update(work, tenant_id, subscription_id)
    before = _kept(subscription)
    subscription.status = WebhookStatus.ACTIVE
    _reset_breaker(work, subscription)
    _record_update(work, subscription, WEBHOOK_RESUMED, WebhookResumed, before)
    domain_events.wake(work, tenant_id)
    return subscription


def rotate_secret(
    work: Work, seal: SecretBox, tenant_id: str, subscription_id: str
) -> tuple[WebhookSubscription, str]:
    """Give it a new secret, told this once. The one before, if it opens, signs beside it for 24 h; an older one no more.

    Raises:
        WebhookNotFound.
    """
    subscription = _get_for_update(work, tenant_id, subscription_id)
    before, secret = _kept(subscription), secrets.generate()
    opens = secrets.can_decrypt(seal, tenant_id, subscription_id, subscription.sealed_secret)
    subscription.sealed_previous_secret = subscription.sealed_secret if opens else None
    subscription.previous_secret_until = work.now() + secrets.OVERLAP if opens else None
    subscription.sealed_secret = secrets.encrypt_secret(seal, tenant_id, subscription_id, secret)
    _record_update(work, subscription, WEBHOOK_SECRET_ROTATED, WebhookSecretRotated, before)
    return subscription, secret


def check_event_types(asked: Sequence[str]) -> list[str]:
    """The event types as they are kept: each once, in the catalogue's order, `*` alone.

    Raises:
        EventTypeUnknown: the refusal names those that are not in the catalogue.
    """
    unknown = sorted({one for one in asked if one not in (event_types.EVERYTHING, *registry().event_types)})
    if unknown:
        raise EventTypeUnknown(event_types=unknown)
    if not asked:
        raise EventTypeMissing
    if event_types.EVERYTHING in asked:
        return [event_types.EVERYTHING]
    return [event_type for event_type in registry().event_types if event_type in asked]


def check_version(subscription: WebhookSubscription, if_version: int | None) -> None:
    """That it is still as somebody read it; None: whatever it is.

    Raises:
        WebhookChanged.
    """
    if if_version is not None and subscription.version != if_version:
        raise WebhookChanged(version=subscription.version)


def allowed_networks(settings: HubSettings) -> tuple[Network, ...]:
    """The networks that webhooks may reach though they are not public."""
    return parse_network_setting(settings.webhook_allowed_networks)


def record_action(
    work: Work, subscription: WebhookSubscription, action: AuditAction, event: DomainEvent
) -> None:
    """Record what somebody did with a webhook that stays as it is; the audit log keeps the event's payload."""
    audit.record(work, subscription.tenant_id, action, subscription.id, after=event.payload())
    domain_events.emit(work, subscription.tenant_id, event)


def _get_for_update(
    work: Work, tenant_id: str, subscription_id: str, if_version: int | None = None
) -> WebhookSubscription:
    """The webhook, held until the transaction's end, so that of two changes at once the second sees the first."""
    set_reference_time(work.session, work.now())
    key = (tenant_id, subscription_id)
    subscription = work.session.get(WebhookSubscription, key, with_for_update=True, populate_existing=True)
    if subscription is None:
        raise WebhookNotFound
    check_version(subscription, if_version)
    return subscription


def _reset_breaker(work: Work, subscription: WebhookSubscription) -> None:
    """Hold nothing against the endpoint, and try at once what waits for it."""
    subscription.consecutive_failures = subscription.breaker_trips = 0
    subscription.breaker_open_until = subscription.probing_until = subscription.resting_until = None
    now = work.now()
    waiting = (
        WebhookDelivery.tenant_id == subscription.tenant_id,
        WebhookDelivery.subscription_id == subscription.id,
        WebhookDelivery.status.in_(WAITING),
        WebhookDelivery.due_at > now,
    )
    due = change(WebhookDelivery).where(*waiting).values(due_at=now, updated_at=now)
    work.session.flush()
    work.session.execute(due.execution_options(synchronize_session=False))


def _record_update(
    work: Work,
    subscription: WebhookSubscription,
    action: AuditAction,
    kind: type[WebhookEvent],
    before: dict[str, Any],
) -> None:
    subscription.version += 1
    work.session.flush()
    tenant_id, subscription_id = subscription.tenant_id, subscription.id
    audit.record(work, tenant_id, action, subscription_id, before=before, after=_kept(subscription))
    domain_events.emit(work, tenant_id, kind(entity_id=subscription_id))


def _kept(subscription: WebhookSubscription) -> dict[str, Any]:
    """What the audit keeps; an address without its query, in which many services want a key."""
    kept = {name: value for name, value in snapshot(subscription).items() if name not in _UNKEPT}
    until = subscription.previous_secret_until
    return kept | {"url": _without_query(subscription.url), "both_sign_until": until and until.isoformat()}


def _without_query(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query="…" if parts.query else ""))
