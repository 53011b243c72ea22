"""The service of webhooks: create, change, pause, resume, rotate the secret, delete."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from sqlalchemy import Select, func, select
from sqlalchemy import delete as sql_delete
from sqlalchemy import update as sql_update

from hub_sync.contract.enums import DeliveryStatus, WebhookStatus
from hub_sync.hub.domains import registry
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.webhooks.circuit_breaker import set_reference_time
from hub_sync.hub.domains.webhooks.errors import (
    EventTypesMissing,
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
    WebhookPaused,
    WebhookResumed,
    WebhookSecretRotated,
    WebhookUpdated,
)
from hub_sync.hub.domains.webhooks.network.url_policy import check_url
from hub_sync.hub.domains.webhooks.schemas import NewSubscription, SubscriptionChanges
from hub_sync.hub.domains.webhooks.subscriptions import event_types, secrets
from hub_sync.hub.domains.webhooks.tables import WebhookDelivery, WebhookSubscription
from hub_sync.hub.kit.db.optimistic_locking import IfVersion, check_version
from hub_sync.hub.kit.db.row_snapshots import snapshot
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.domain.audit_actions import AuditAction
from hub_sync.hub.kit.events import domain_events
from hub_sync.hub.kit.events.domain_events import DomainEvent
from hub_sync.hub.kit.networks import Network, parse_network_setting
from hub_sync.hub.kit.security.credential_bounds import Bounds, check_grant
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

MAX_WEBHOOKS = 500
"""Webhooks of a tenant: each of them costs every transaction of the engine a little."""
_NOT_AUDITED = ("probing_until", "resting_until")
WAITING = (DeliveryStatus.PENDING, DeliveryStatus.RETRYING)
"""The statuses of deliveries that are still to be sent and not leased."""


@dataclass(frozen=True, slots=True)
class StoppedWebhook:
    """A webhook that the hub itself has stopped; `name` is its description or its URL."""

    id: str
    name: str
    status: WebhookStatus


def create(
    work: Work,
    secret_box: SecretBox,
    tenant_id: str,
    new: NewSubscription,
    allowed: Sequence[Network],
    creator: Bounds,
) -> tuple[WebhookSubscription, str]:
    """Create a webhook and return it with its secret, which can't be shown again.

    Args:
        work: the unit of work.
        secret_box: encrypts the secret.
        tenant_id: the tenant.
        new: its settings.
        allowed: networks that may be reached though they are not public, as in a lab.
        creator: the bounds of the caller.

    Raises:
        PermissionNotHeld: its messages hold what the creator may not read (403).
        ExceedsCreatorGrant: the creator's key ends, or is valid in some networks only; a webhook is not (403).
        EventTypeUnknown, WebhookUrlUnusable, WebhookAddressRefused: a setting is not acceptable (422).
        TooManyWebhooks: the tenant has as many as one may have (409).
    """
    types = check_event_types(new.event_types)
    _check_creator(creator, types)
    check_url(new.url, allowed)
    query = select(func.count()).where(WebhookSubscription.tenant_id == tenant_id)
    if (work.session.scalar(query) or 0) >= MAX_WEBHOOKS:
        raise TooManyWebhooks(max_webhooks=MAX_WEBHOOKS)
    subscription_id, secret = work.new_id(), secrets.generate()
    subscription = WebhookSubscription(
        tenant_id=tenant_id,
        id=subscription_id,
        url=new.url,
        description=new.description,
        event_types=types,
        sealed_secret=secrets.encrypt_secret(secret_box, tenant_id, subscription_id, secret),
    )
    set_reference_time(work.session, work.now())
    work.session.add(subscription)
    work.session.flush()
    audit.record(work, tenant_id, WEBHOOK_CREATED, subscription_id, after=_audit_snapshot(subscription))
    domain_events.emit(work, tenant_id, WebhookCreated(entity_id=subscription_id))
    domain_events.wake(work, tenant_id)
    return subscription, secret


def subscriptions_of(work: Work, tenant_id: str) -> Select[WebhookSubscription]:
    """Return a query of a tenant's webhooks, with their breakers at the time of this work."""
    set_reference_time(work.session, work.now())
    return select(WebhookSubscription).where(WebhookSubscription.tenant_id == tenant_id)


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


def get(work: Work, tenant_id: str, subscription_id: str) -> WebhookSubscription:
    """Return a webhook, with its breaker at the time of this work.

    Raises:
        WebhookNotFound: there is no such webhook (404).
    """
    query = subscriptions_of(work, tenant_id).where(WebhookSubscription.id == subscription_id)
    subscription = work.session.scalar(query)
    if subscription is None:
        raise WebhookNotFound
    return subscription


def update(
    work: Work,
    tenant_id: str,
    subscription_id: str,
    changes: SubscriptionChanges,
    allowed: Sequence[Network],
    changer: Bounds,
    if_version: IfVersion = None,
) -> WebhookSubscription:
    """Change a webhook. With another URL the breaker is reset, and waiting deliveries are due at once.

    Raises:
        WebhookNotFound: there is no such webhook (404).
        WebhookChanged: its version is not `if_version` (412).
        EventTypeUnknown, WebhookUrlUnusable, WebhookAddressRefused: a setting is not acceptable (422).
        PermissionNotHeld, ExceedsCreatorGrant: as `create`, with another URL or other event types (403).
    """
    subscription = _get_for_update(work, tenant_id, subscription_id, if_version)
    values = changes.model_dump(exclude_unset=True, exclude_none=True)
    if "event_types" in values:
        values["event_types"] = check_event_types(values["event_types"])
    has_new_url = values.get("url", subscription.url) != subscription.url
    if has_new_url or set(values.get("event_types", ())) - set(subscription.event_types):
        _check_creator(changer, values.get("event_types", subscription.event_types))
    if has_new_url:
        check_url(values["url"], allowed)
    before = _audit_snapshot(subscription)
    for name, value in values.items():
        setattr(subscription, name, value)
    if has_new_url:
        _reset_breaker(work, subscription)
    _record_change(work, subscription, WEBHOOK_UPDATED, WebhookUpdated(entity_id=subscription.id), before)
    domain_events.wake(work, tenant_id)
    return subscription


def delete(work: Work, tenant_id: str, subscription_id: str, if_version: IfVersion = None) -> None:
    """Delete a webhook with its secret, its deliveries and their attempts. Call `retention.delete_log` first.

    Raises:
        WebhookNotFound: there is no such webhook (404).
        WebhookChanged: its version is not `if_version` (412).
    """
    get(work, tenant_id, subscription_id)
    mine = (WebhookDelivery.tenant_id == tenant_id, WebhookDelivery.subscription_id == subscription_id)
    # Engines lock deliveries before the webhook; the other order could deadlock.
    work.session.execute(
        sql_delete(WebhookDelivery).where(*mine).execution_options(synchronize_session=False)
    )
    subscription = _get_for_update(work, tenant_id, subscription_id, if_version)
    before = _audit_snapshot(subscription)
    work.session.delete(subscription)
    work.session.flush()
    audit.record(work, tenant_id, WEBHOOK_DELETED, subscription_id, before=before)
    domain_events.emit(work, tenant_id, WebhookDeleted(entity_id=subscription_id))


def pause(work: Work, tenant_id: str, subscription_id: str) -> WebhookSubscription:
    """Pause a webhook: deliveries are queued but not sent. A paused webhook stays as it is.

    Raises:
        WebhookNotFound: there is no such webhook (404).
        WebhookNotActive: it is suspended or disabled (409).
    """
    subscription = _get_for_update(work, tenant_id, subscription_id)
    if subscription.status is WebhookStatus.PAUSED:
        return subscription
    if subscription.status is not WebhookStatus.ACTIVE:
        raise WebhookNotActive(webhook_status=subscription.status.value)
    before = _audit_snapshot(subscription)
    subscription.status = WebhookStatus.PAUSED
    _record_change(work, subscription, WEBHOOK_PAUSED, WebhookPaused(entity_id=subscription.id), before)
    return subscription


def resume(work: Work, tenant_id: str, subscription_id: str) -> WebhookSubscription:
    """Resume a webhook, whatever stopped it: the breaker is reset, and waiting deliveries are due at once.

    Raises:
        WebhookNotFound: there is no such webhook (404).
    """
    subscription = _get_for_update(work, tenant_id, subscription_id)
    before = _audit_snapshot(subscription)
    subscription.status = WebhookStatus.ACTIVE
    _reset_breaker(work, subscription)
    _record_change(work, subscription, WEBHOOK_RESUMED, WebhookResumed(entity_id=subscription.id), before)
    domain_events.wake(work, tenant_id)
    return subscription


def rotate_secret(
    work: Work, secret_box: SecretBox, tenant_id: str, subscription_id: str, rotator: Bounds
) -> tuple[WebhookSubscription, str]:
    """Create a new secret and return the webhook with it. The previous one, if it can be decrypted, signs for 24 h too.

    Raises:
        PermissionNotHeld, ExceedsCreatorGrant: as `create` (403).
        WebhookNotFound: there is no such webhook (404).
    """
    subscription = _get_for_update(work, tenant_id, subscription_id)
    _check_creator(rotator, subscription.event_types)
    before, secret = _audit_snapshot(subscription), secrets.generate()
    is_usable = secrets.can_decrypt(secret_box, tenant_id, subscription_id, subscription.sealed_secret)
    subscription.sealed_previous_secret = subscription.sealed_secret if is_usable else None
    subscription.previous_secret_until = work.now() + secrets.OVERLAP if is_usable else None
    subscription.sealed_secret = secrets.encrypt_secret(secret_box, tenant_id, subscription_id, secret)
    event = WebhookSecretRotated(entity_id=subscription.id)
    _record_change(work, subscription, WEBHOOK_SECRET_ROTATED, event, before)
    return subscription, secret


def check_event_types(names: Sequence[str]) -> list[str]:
    """Return event types as they are stored: without repeats, in the catalogue's order, `*` alone.

    Raises:
        EventTypeUnknown: some are not in the catalogue, or there is none (422).
    """
    known = (event_types.EVERYTHING, *registry().event_types)
    unknown = sorted({name for name in names if name not in known})
    if unknown:
        raise EventTypeUnknown(names=", ".join(f"“{name}”" for name in unknown), event_types=unknown)
    if not names:
        raise EventTypesMissing
    if event_types.EVERYTHING in names:
        return [event_types.EVERYTHING]
    return [event_type for event_type in registry().event_types if event_type in names]


def _check_creator(creator: Bounds, types: Sequence[str]) -> None:
    """Check that nobody sends on what they may not read, nor for longer than they may."""
    check_grant(creator, Bounds(event_types.permissions_to_read(types)), registry().covers)


def allowed_networks(settings: HubSettings) -> tuple[Network, ...]:
    """Return the networks that webhooks may reach though they are not public."""
    return parse_network_setting(settings.webhook_allowed_networks)


def record_action(
    work: Work, subscription: WebhookSubscription, action: AuditAction, event: DomainEvent
) -> None:
    """Record an action that does not change the webhook itself; the event's payload goes into the audit log."""
    audit.record(work, subscription.tenant_id, action, subscription.id, after=event.payload())
    domain_events.emit(work, subscription.tenant_id, event)


def _get_for_update(
    work: Work, tenant_id: str, subscription_id: str, if_version: IfVersion = None
) -> WebhookSubscription:
    """Lock a webhook until the end of the transaction, so that of two concurrent changes the second sees the first."""
    set_reference_time(work.session, work.now())
    key = (tenant_id, subscription_id)
    subscription = work.session.get(WebhookSubscription, key, with_for_update=True, populate_existing=True)
    if subscription is None:
        raise WebhookNotFound
    check_version(subscription.version, if_version, WebhookChanged)
    return subscription


def _reset_breaker(work: Work, subscription: WebhookSubscription) -> None:
    """Reset the breaker, and make waiting deliveries due at once."""
    subscription.consecutive_failures = subscription.breaker_trips = 0
    subscription.breaker_open_until = subscription.probing_until = subscription.resting_until = None
    now = work.now()
    waiting = (
        WebhookDelivery.tenant_id == subscription.tenant_id,
        WebhookDelivery.subscription_id == subscription.id,
        WebhookDelivery.status.in_(WAITING),
        WebhookDelivery.due_at > now,
    )
    statement = sql_update(WebhookDelivery).where(*waiting).values(due_at=now, updated_at=now)
    work.session.flush()
    work.session.execute(statement.execution_options(synchronize_session=False))


def _record_change(
    work: Work,
    subscription: WebhookSubscription,
    action: AuditAction,
    event: DomainEvent,
    before: dict[str, Any],
) -> None:
    subscription.version += 1
    work.session.flush()
    after = _audit_snapshot(subscription)
    audit.record(work, subscription.tenant_id, action, subscription.id, before=before, after=after)
    domain_events.emit(work, subscription.tenant_id, event)


def _audit_snapshot(subscription: WebhookSubscription) -> dict[str, Any]:
    """Return what the audit log stores: the URL without its query, in which many services expect a key."""
    values = {name: value for name, value in snapshot(subscription).items() if name not in _NOT_AUDITED}
    until = subscription.previous_secret_until
    return values | {"url": _without_query(subscription.url), "both_sign_until": until and until.isoformat()}


def _without_query(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query="…" if parts.query else ""))
