"""Background jobs of webhooks."""

import os
from secrets import token_hex

from hub_sync.hub.domains.webhooks.delivery.engine import DeliveryEngine
from hub_sync.hub.domains.webhooks.network.sender import WebhookSender
from hub_sync.hub.domains.webhooks.network.ssrf_guard import GuardedNetwork
from hub_sync.hub.domains.webhooks.subscriptions.service import allowed_networks
from hub_sync.hub.kit.events.jobs import Job
from hub_sync.hub.kit.http.context import HubContext


def jobs(hub: HubContext) -> list[Job]:
    """Return the delivery engine of this process."""
    allowed = allowed_networks(hub.settings)
    return [
        DeliveryEngine(hub, lambda: WebhookSender(GuardedNetwork(allowed)), f"{os.getpid()}-{token_hex(8)}")
    ]
