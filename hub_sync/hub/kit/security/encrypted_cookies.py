"""Encrypted cookies: values that a browser stores and only the hub can read, for one purpose and a limited time."""

import base64
import binascii
from typing import Any

import orjson

from hub_sync.hub.kit.security.encryption import SecretBox, SecretUnusable

_LONGEST = 4096
"""Browsers store no longer cookie."""


def encrypt_cookie(seal: SecretBox, values: list[Any], label: str, now_s: float) -> str:
    """Return the cookie's value; `label` is its purpose and its owner."""
    return base64.urlsafe_b64encode(seal.encrypt(orjson.dumps([now_s, *values]), label)).decode()


def decrypt_cookie(
    seal: SecretBox, value: str, label: str, now_s: float, max_age_s: float
) -> list[Any] | None:
    """Return the cookie's values; None if it has expired, was changed, or has another purpose."""
    if not value or len(value) > _LONGEST:
        return None
    try:
        written_at, *values = orjson.loads(seal.decrypt(base64.urlsafe_b64decode(value), label))
    except (SecretUnusable, binascii.Error, ValueError):
        return None
    return values if abs(now_s - written_at) <= max_age_s else None
