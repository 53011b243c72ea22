"""The webhooks' background work."""

import os
from secrets import token_hex

from hub_sync.hub.domains.webhooks.engine import Engine
from hub_sync.hub.domains.webhooks.guard import GuardedNetwork
from hub_sync.hub.domains.webhooks.sender import Sender
from hub_sync.hub.domains.webhooks.service import opened_networks
from hub_sync.hub.kit.context import HubContext
from hub_sync.hub.kit.jobs import Job


def jobs(hub: HubContext) -> list[Job]:
    """One engine a process."""
    allowed = opened_networks(hub.settings)
    return [Engine(hub, lambda: Sender(GuardedNetwork(allowed)), f"{os.getpid()}-{token_hex(8)}")]
