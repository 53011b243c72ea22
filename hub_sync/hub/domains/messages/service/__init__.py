"""The service of messages: what other domains may call."""

from hub_sync.hub.domains.messages.bulletins.bulletins import changed_list as changed_bulletins
from hub_sync.hub.domains.messages.bulletins.bulletins import record_receipts
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
    "changed_bulletins",
    "enqueue",
    "enqueue_many",
    "record_receipts",
]
