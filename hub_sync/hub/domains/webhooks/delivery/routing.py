"""Routing: which endpoints get which domain event.

`active_endpoints` leaves out webhooks that are paused or suspended; `subscriptions.event_types` resolves the wildcard.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from hub_sync.hub.domains.webhooks.delivery.active_endpoints import Endpoint
from hub_sync.hub.domains.webhooks.subscriptions.event_types import (
    RecordedEvent,
    WebhookMessage,
    build_message,
)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class AddressedMessage:
    """A message and an endpoint that is subscribed to it."""

    message: WebhookMessage
    endpoint: Endpoint


def match_endpoints(
    events: Iterable[RecordedEvent], endpoints: Mapping[str, Sequence[Endpoint]]
) -> list[AddressedMessage]:
    """Return a message for each domain event and subscriber, but not of what happened before the subscription.

    Args:
        events: the domain events.
        endpoints: the endpoints by tenant.
    """
    addressed: list[AddressedMessage] = []
    for event in events:
        subscribers = [
            endpoint
            for endpoint in endpoints.get(event.tenant_id, ())
            if event.type in endpoint.stored_types and event.occurred_at >= endpoint.created_at
        ]
        if subscribers:
            try:
                message = build_message(event)
            except Exception:  # it must not block the others for ever
                log.exception("webhook_message_not_built", domain_event=event.id, type=event.type)
                continue
            addressed.extend(AddressedMessage(message, endpoint) for endpoint in subscribers)
    return addressed
