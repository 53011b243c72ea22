"""The log of a webhook's deliveries: read, sent again, and an example put into it."""

from collections.abc import Sequence

from sqlalchemy import Select, select

from hub_sync.contract.enums import DeliveryStatus, WebhookStatus
from hub_sync.hub.domains import registry
from hub_sync.hub.domains.webhooks import service
from hub_sync.hub.domains.webhooks.delivery import outbox
from hub_sync.hub.domains.webhooks.errors import (
    DeliveryNotFound,
    DeliveryUnderWay,
    EventTypeUnknown,
    WebhookNotActive,
)
from hub_sync.hub.domains.webhooks.manifest import (
    WEBHOOK_EXAMPLE_SENT,
    WEBHOOK_RESENT,
    WebhookDeliveryResent,
    WebhookExampleQueued,
)
from hub_sync.hub.domains.webhooks.subscriptions import event_types
from hub_sync.hub.domains.webhooks.tables import WebhookAttempt, WebhookDelivery, WebhookSubscription
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import domain_events


def deliveries_of(tenant_id: str, subscription_id: str) -> Select[WebhookDelivery]:
    """A query of a webhook's deliveries."""
    return select(WebhookDelivery).where(
        WebhookDelivery.tenant_id == tenant_id, WebhookDelivery.subscription_id == subscription_id
    )


def get(work: Work, tenant_id: str, subscription_id: str, delivery_id: str) -> WebhookDelivery:
    """One delivery of a webhook.

    Raises:
        DeliveryNotFound.
    """
    return _found(work, deliveries_of(tenant_id, subscription_id).where(WebhookDelivery.id == delivery_id))


def attempts_of(work: Work, delivery: WebhookDelivery) -> Sequence[WebhookAttempt]:
    """Every attempt at a delivery, the first one first."""
    made = select(WebhookAttempt).where(
        WebhookAttempt.tenant_id == delivery.tenant_id, WebhookAttempt.delivery_id == delivery.id
    )
    return work.session.scalars(made.order_by(WebhookAttempt.number)).all()


def send_example(work: Work, tenant_id: str, subscription_id: str, event_type: str) -> WebhookDelivery:
    """Queue a message of a type as it might be, marked as an example, whether the webhook takes the type or not.

    Raises:
        WebhookNotFound, EventTypeUnknown. WebhookNotActive: it is disabled, so that nothing is queued for it.
    """
    subscription = get_deliverable(work, tenant_id, subscription_id)
    if event_type not in registry().event_types:
        raise EventTypeUnknown(event_types=[event_type])
    message = event_types.example_message(tenant_id, work.new_id(), event_type, work.now())
    row = outbox.delivery_row(work, tenant_id, subscription_id, message, due_at=work.now())
    delivery = WebhookDelivery(**row)
    work.session.add(delivery)
    work.session.flush()
    queued = WebhookExampleQueued(entity_id=subscription_id, event_type_=event_type, delivery_id=delivery.id)
    service.record_action(work, subscription, WEBHOOK_EXAMPLE_SENT, queued)
    domain_events.wake(work, tenant_id)
    return delivery


def resend(work: Work, tenant_id: str, subscription_id: str, delivery_id: str) -> WebhookDelivery:
    """Send a delivery (again), whatever became of it: due at once, its schedule from the start, its attempts counted on.

    Raises:
        WebhookNotFound, DeliveryNotFound. DeliveryUnderWay: it is being sent just now.
        WebhookNotActive: it is disabled.
    """
    subscription = get_deliverable(work, tenant_id, subscription_id)
    chosen = deliveries_of(tenant_id, subscription_id).where(WebhookDelivery.id == delivery_id)
    delivery = _found(work, chosen.with_for_update())
    leased = delivery.due_at is not None and delivery.due_at > work.now()  # else by a process that was killed
    if delivery.status is DeliveryStatus.SENDING and leased:
        raise DeliveryUnderWay
    resent = WebhookDeliveryResent(
        entity_id=subscription_id,
        delivery_id=delivery_id,
        event_type_=delivery.event_type,
        was=delivery.status,
    )
    delivery.status, delivery.step, delivery.due_at = DeliveryStatus.PENDING, 0, work.now()
    delivery.delivered_at = delivery.leased_by = None
    work.session.flush()
    service.record_action(work, subscription, WEBHOOK_RESENT, resent)
    domain_events.wake(work, tenant_id)
    return delivery


def get_deliverable(work: Work, tenant_id: str, subscription_id: str) -> WebhookSubscription:
    """The webhook, if deliveries may be queued for it: sent at once, or kept until it is resumed.

    Raises:
        WebhookNotFound. WebhookNotActive: it is disabled.
    """
    subscription = service.get(work, tenant_id, subscription_id)
    if subscription.status is WebhookStatus.DISABLED:
        raise WebhookNotActive(webhook_status=subscription.status.value)
    return subscription


def _found(work: Work, chosen: Select[WebhookDelivery]) -> WebhookDelivery:
    delivery = work.session.scalar(chosen)
    if delivery is None:
        raise DeliveryNotFound
    return delivery
