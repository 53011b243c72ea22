"""The service of messages: what other domains may call."""

from hub_sync.hub.domains.messages.delivery.compose import (
    Attachment,
    ContentReference,
    OutgoingMessage,
    RenderedMessage,
)
from hub_sync.hub.domains.messages.delivery.outbox import enqueue, enqueue_many

__all__ = [
    "Attachment",
    "ContentReference",
    "OutgoingMessage",
    "RenderedMessage",
    "enqueue",
    "enqueue_many",
]
