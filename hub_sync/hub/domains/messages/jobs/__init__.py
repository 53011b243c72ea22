"""Background work of messages: the engine that sends them, mailboxes for bounces, and broadcasts that begin and end."""

import os
from collections.abc import Mapping
from functools import partial
from secrets import token_hex

from hub_sync.hub.domains.messages.delivery.content import STORED, ContentSource, StoredContent
from hub_sync.hub.domains.messages.jobs.bounce_job import BounceJob
from hub_sync.hub.domains.messages.jobs.broadcast_job import BroadcastJob
from hub_sync.hub.domains.messages.message_templates.content import SOURCE
from hub_sync.hub.domains.messages.message_templates.previews import content_source
from hub_sync.hub.domains.messages.senders.trials import connection_of
from hub_sync.hub.domains.messages.sending.engine import MessageEngine
from hub_sync.hub.domains.webhooks.service import allowed_networks
from hub_sync.hub.kit.events.jobs import Job
from hub_sync.hub.kit.http.context import HubContext


def jobs(hub: HubContext) -> list[Job]:
    """Return the jobs of a process."""
    return [message_engine(hub), BroadcastJob(hub), BounceJob(hub)]


def message_engine(hub: HubContext) -> MessageEngine:
    """Return the engine of a process."""
    base = (hub.settings.public_url or f"http://{hub.settings.host}:{hub.settings.port}").rstrip("/")
    connect = partial(connection_of, allowed=allowed_networks(hub.settings))
    return MessageEngine(
        hub, content_sources(hub), connect, lambda path: base + path, f"{os.getpid()}-{token_hex(8)}"
    )


def content_sources(hub: HubContext) -> Mapping[str, ContentSource]:
    """Return what builds the content of messages, by name."""
    return {STORED: StoredContent(), SOURCE: content_source(hub)}
