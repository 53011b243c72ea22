"""Content sources: build the content of a delivery when it is sent."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import orjson

from hub_sync.contract.enums import MessageChannel, MessagePurpose
from hub_sync.hub.domains.messages.delivery.compose import Attachment, RenderedMessage
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.security.encryption import SecretBox, secret_box

STORED = "stored"
"""The source of content that was rendered before it was enqueued."""


@dataclass(frozen=True, slots=True)
class DeliveryContent:
    """A delivery as a content source needs it; `data` is that of its `ContentReference`.

    `sent`: it was sent, and is built to be looked at.
    """

    tenant_id: str
    id: str
    source: str
    data: Mapping[str, Any]
    channel: MessageChannel
    recipient: str
    purpose: MessagePurpose
    locale: str
    time_zone: str
    event_id: str | None
    participant_id: str | None
    broadcast_id: str | None
    automatic_rule_id: str | None
    sent: "SentContent | None" = None


@dataclass(frozen=True, slots=True)
class SentContent:
    """What is stored of a message that was sent. `values` None: nothing is, it was sent before this was stored."""

    values: Mapping[str, str] | None
    at: datetime | None


class ContentUnusable(Exception):
    """The content of a delivery can't be built, now or later; the message is one English sentence for the list of messages."""


class ContentSource(Protocol):
    """Builds the content of deliveries."""

    def build(self, work: Work, delivery: DeliveryContent) -> RenderedMessage:
        """Return the content of a delivery. Called on a thread, shortly before the delivery is claimed.

        Args:
            work: a reading one.
            delivery: what is to be sent.

        Raises:
            ContentUnusable: the delivery fails with this sentence; others go on.
        """


class StoredContent:
    """The content that `seal` stored."""

    def build(self, work: Work, delivery: DeliveryContent) -> RenderedMessage:
        """Return the stored content.

        Raises:
            ContentUnusable: it was deleted after it was sent.
            SecretUnusable: it was encrypted with another hub's secret.
        """
        sealed = delivery.data.get("sealed")
        if sealed is None:
            raise ContentUnusable("Its content was deleted after it had been sent.")
        plain = _box(work).decrypt(base64.b64decode(sealed), _label(delivery.tenant_id, delivery.id))
        values = orjson.loads(plain)
        attachments = tuple(
            Attachment(
                each["name"], each["media_type"], base64.b64decode(each["content"]), each["content_id"]
            )
            for each in values.pop("attachments")
        )
        return RenderedMessage(**values, attachments=attachments)


def seal(work: Work, tenant_id: str, delivery_id: str, content: RenderedMessage) -> dict[str, Any]:
    """Return rendered content as it is stored: encrypted, since it may hold a link that signs somebody in."""
    values = {
        "subject": content.subject,
        "text": content.text,
        "html": content.html,
        "headers": dict(content.headers),
        "attachments": [
            {
                "name": each.name,
                "media_type": each.media_type,
                "content": base64.b64encode(each.content).decode(),
                "content_id": each.content_id,
            }
            for each in content.attachments
        ],
    }
    sealed = _box(work).encrypt(orjson.dumps(values), _label(tenant_id, delivery_id))
    return {"sealed": base64.b64encode(sealed).decode()}


def _box(work: Work) -> SecretBox:
    return secret_box(work.derive_key("messages"))


def _label(tenant_id: str, delivery_id: str) -> str:
    return f"delivery:{tenant_id}:{delivery_id}"
