"""What a page says about the act that led to it: kept in a sealed cookie for the one redirect between."""

import base64
import binascii
from dataclasses import dataclass

import orjson

from hub_sync.hub.kit.sealing import Seal, SecretUnusable

FLASH_COOKIE = "doorward_flash"
LASTS_S = 60
_LABEL = "console flash 1"
_LONGEST = 600


@dataclass(frozen=True, slots=True)
class Flash:
    """One sentence; its tone is `good`, `bad` or `info`."""

    text: str
    tone: str = "good"


def to_cookie(seal: Seal, flash: Flash, now_s: float) -> str:
    """The cookie's value."""
    plain = orjson.dumps([now_s, flash.tone, flash.text[:_LONGEST]])
    return base64.urlsafe_b64encode(seal.close(plain, _LABEL)).decode()


def from_cookie(seal: Seal, value: str, now_s: float) -> Flash | None:
    """What was to be said; nothing if it is old, or not ours."""
    if not value:
        return None
    try:
        said_at, tone, text = orjson.loads(seal.open(base64.urlsafe_b64decode(value), _LABEL))
    except (SecretUnusable, binascii.Error, ValueError):
        return None
    return Flash(text, tone) if abs(now_s - said_at) <= LASTS_S else None
