"""The log of a webhook's deliveries: read it, send a delivery again, add an example."""

from collections.abc import Sequence

from sqlalchemy import Select, select

from hub_sync.contract.enums import DeliveryStatus, WebhookStatus
from hub_sync.hub.domains import registry
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
from hub_sync.hub.domains.webhooks.subscriptions import event_types, service
from hub_sync.hub.domains.webhooks.tables import WebhookAttempt, WebhookDelivery, WebhookSubscription
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import domain_events


def deliveries_of(tenant_id: str, subscription_id: str) -> Select[WebhookDelivery]:
    """Return a query of a webhook's deliveries."""
    return select(WebhookDelivery).where(
        WebhookDelivery.tenant_id == tenant_id, WebhookDelivery.subscription_id == subscription_id
    )


def get(work: Work, tenant_id: str, subscription_id: str, delivery_id: str) -> WebhookDelivery:
    """Return a delivery of a webhook.

    Raises:
        DeliveryNotFound: there is no such delivery (404).
    """
    return _require(work, deliveries_of(tenant_id, subscription_id).where(WebhookDelivery.id == delivery_id))


def attempts_of(work: Work, delivery: WebhookDelivery) -> Sequence[WebhookAttempt]:
    """Return every attempt at a delivery in order."""
    query = select(WebhookAttempt).where(
        WebhookAttempt.tenant_id == delivery.tenant_id, WebhookAttempt.delivery_id == delivery.id
    )
    return work.session.scalars(query.order_by(WebhookAttempt.number)).all()


def send_example(work: Work, tenant_id: str, subscription_id: str, event_type: str) -> WebhookDelivery:
    """Queue an example message of an event type, whether the webhook is subscribed to the type or not.

    Raises:
        WebhookNotFound: there is no such webhook (404).
        EventTypeUnknown: there is no such event type (422).
        WebhookNotActive: it is disabled, so nothing is queued for it (409).
    """
    subscription = get_deliverable(work, tenant_id, subscription_id)
    if event_type not in registry().event_types:
        raise EventTypeUnknown(names=f"“{event_type}”", event_types=[event_type])
    message = event_types.example_message(tenant_id, work.new_id(), event_type, work.now())
    row = outbox.delivery_row(work, tenant_id, subscription_id, message, due_at=work.now())
    delivery = WebhookDelivery(**row)
    work.session.add(delivery)
    work.session.flush()
    event = WebhookExampleQueued(entity_id=subscription.id, event_type_=event_type, delivery_id=delivery.id)
    service.record_action(work, subscription, WEBHOOK_EXAMPLE_SENT, event)
    domain_events.wake(work, tenant_id)
    return delivery


def resend(work: Work, tenant_id: str, subscription_id: str, delivery_id: str) -> WebhookDelivery:
    """Send a delivery (again) at once, whatever its status. Its schedule starts anew; its attempts are counted on.

    Raises:
        WebhookNotFound, DeliveryNotFound: there is no such webhook or delivery (404).
        DeliveryUnderWay: it is being sent just now (409).
        WebhookNotActive: the webhook is disabled (409).
    """
    subscription = get_deliverable(work, tenant_id, subscription_id)
    chosen = deliveries_of(tenant_id, subscription_id).where(WebhookDelivery.id == delivery_id)
    delivery = _require(work, chosen.with_for_update())
    # A lease that is over belongs to a process that was killed.
    is_leased = delivery.due_at is not None and delivery.due_at > work.now()
    if delivery.status is DeliveryStatus.SENDING and is_leased:
        raise DeliveryUnderWay
    event = WebhookDeliveryResent(
        entity_id=subscription.id,
        delivery_id=delivery_id,
        event_type_=delivery.event_type,
        was=delivery.status.value,
    )
    delivery.status, delivery.step, delivery.due_at = DeliveryStatus.PENDING, 0, work.now()
    delivery.delivered_at = delivery.leased_by = None
    work.session.flush()
    service.record_action(work, subscription, WEBHOOK_RESENT, event)
    domain_events.wake(work, tenant_id)
    return delivery


def get_deliverable(work: Work, tenant_id: str, subscription_id: str) -> WebhookSubscription:
    """Return the webhook, if deliveries may be queued for it.

    Raises:
        WebhookNotFound: there is no such webhook (404).
        WebhookNotActive: it is disabled (409).
    """
    subscription = service.get(work, tenant_id, subscription_id)
    if subscription.status is WebhookStatus.DISABLED:
        raise WebhookNotActive(webhook_status=subscription.status.value)
    return subscription


def _require(work: Work, query: Select[WebhookDelivery]) -> WebhookDelivery:
    delivery = work.session.scalar(query)
    if delivery is None:
        raise DeliveryNotFound
    return delivery
