"""Links to unsubscribe: they name address and purpose themselves, encrypted, and need no session and no row."""

import base64
import binascii
from dataclasses import dataclass

import orjson

from hub_sync.contract.enums import MessageChannel, MessagePurpose
from hub_sync.hub.domains.messages.delivery.content import DeliveryContent
from hub_sync.hub.domains.messages.errors import UnsubscribeLinkInvalid
from hub_sync.hub.kit.db.unit_of_work import DeriveKey
from hub_sync.hub.kit.security.encryption import SecretUnusable, secret_box

PATH = "/unsubscribe"
_LABEL = "unsubscribe"


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a link ends: messages of a purpose to an address."""

    tenant_id: str
    channel: MessageChannel
    address: str
    purpose: MessagePurpose
    delivery_id: str


def unsubscribe_token(derive_key: DeriveKey, subscription: Subscription) -> str:
    """Return the last part of a link."""
    values = orjson.dumps(
        [
            subscription.tenant_id,
            subscription.channel,
            subscription.address,
            subscription.purpose,
            subscription.delivery_id,
        ]
    )
    sealed = secret_box(derive_key(_LABEL)).encrypt(values, _LABEL)
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def unsubscribe_path(derive_key: DeriveKey, delivery: DeliveryContent) -> str:
    """Return the path of the page that ends messages of a delivery's purpose to its recipient."""
    subscription = Subscription(
        delivery.tenant_id, delivery.channel, delivery.recipient, delivery.purpose, delivery.id
    )
    return f"{PATH}/{unsubscribe_token(derive_key, subscription)}"


def read_token(derive_key: DeriveKey, token: str) -> Subscription:
    """Return what a link ends.

    Raises:
        UnsubscribeLinkInvalid: the link is damaged, or another hub's (404).
    """
    try:
        sealed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        tenant_id, channel, address, purpose, delivery_id = orjson.loads(
            secret_box(derive_key(_LABEL)).decrypt(sealed, _LABEL)
        )
        return Subscription(tenant_id, MessageChannel(channel), address, MessagePurpose(purpose), delivery_id)
    except (SecretUnusable, binascii.Error, ValueError) as error:
        raise UnsubscribeLinkInvalid from error


def unsubscribe_headers(url: str) -> dict[str, str]:
    """Return the headers by which mail programs offer to unsubscribe with one click (RFC 8058)."""
    return {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
