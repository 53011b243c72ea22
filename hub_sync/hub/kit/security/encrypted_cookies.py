"""What a browser keeps for the hub and only the hub can read: sealed for one purpose, and good for a while."""

import base64
import binascii
from typing import Any

import orjson

from hub_sync.hub.kit.security.encryption import SecretBox, SecretUnusable

_LONGEST = 4096
"""No browser keeps a longer one."""


def encrypt_cookie(seal: SecretBox, values: list[Any], label: str, now_s: float) -> str:
    """The cookie's value; `label` is its purpose, and whom it is for."""
    return base64.urlsafe_b64encode(seal.encrypt(orjson.dumps([now_s, *values]), label)).decode()


def decrypt_cookie(
    seal: SecretBox, value: str, label: str, now_s: float, max_age_s: float
) -> list[Any] | None:
    """What was told; None: it is old, changed, of another purpose, or not ours."""
    if not value or len(value) > _LONGEST:
        return None
    try:
        written_at, *told = orjson.loads(seal.decrypt(base64.urlsafe_b64decode(value), label))
    except (SecretUnusable, binascii.Error, ValueError):
        return None
    return told if abs(now_s - written_at) <= max_age_s else None
