"""Tags in the envelope's sender (VERP): `bounces+TAG@fair.example` names the delivery, and nobody else can make one.

They find the message where a server returns none of its headers. An account has them if its mail server takes addresses with `+`.
"""

import base64
import binascii
import hashlib
import hmac
import uuid

from hub_sync.hub.kit.db.unit_of_work import DeriveKey

_LABEL = "bounce-tags"
_MAC_BYTES, _ID_BYTES = 10, 16
_LONGEST_LOCAL_PART = 64
"""RFC 5321, 4.5.3.1.1."""


def tagged_address(derive_key: DeriveKey, address: str, delivery_id: str) -> str:
    """Return the address with the tag of a delivery; as it is where the tag has no room."""
    local, _, domain = address.rpartition("@")
    try:
        id_ = uuid.UUID(delivery_id).bytes
    except ValueError:
        return address
    tag = base64.b32encode(id_ + _mac(derive_key, id_)).decode().rstrip("=").lower()
    tagged = f"{local}+{tag}"
    return f"{tagged}@{domain}" if len(tagged) <= _LONGEST_LOCAL_PART else address


def read_tag(derive_key: DeriveKey, address: str) -> str | None:
    """Return the id of the delivery that an address names; None: it has no tag, or a forged one."""
    local = address.strip().rpartition("@")[0] or address
    tag = local.rpartition("+")[2].upper()
    try:
        value = base64.b32decode(tag + "=" * (-len(tag) % 8))
    except (binascii.Error, ValueError):
        return None
    id_, mac = value[:_ID_BYTES], value[_ID_BYTES:]
    if len(id_) != _ID_BYTES or not hmac.compare_digest(mac, _mac(derive_key, id_)):
        return None
    return str(uuid.UUID(bytes=id_))


def _mac(derive_key: DeriveKey, id_: bytes) -> bytes:
    return hmac.new(derive_key(_LABEL), id_, hashlib.sha256).digest()[:_MAC_BYTES]
