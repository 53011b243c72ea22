"""What a page says about the act that led to it: kept in a sealed cookie for the one redirect between."""

from dataclasses import dataclass

from hub_sync.hub.kit.security import encrypted_cookies
from hub_sync.hub.kit.security.encryption import SecretBox

FLASH_COOKIE = "doorward_flash"
LASTS_S = 60
_LABEL = "console flash 1"
_LONGEST = 600


@dataclass(frozen=True, slots=True)
class Flash:
    """One sentence; its tone is `good`, `bad` or `info`."""

    text: str
    tone: str = "good"


def to_cookie(seal: SecretBox, flash: Flash, now_s: float) -> str:
    """The cookie's value."""
    return encrypted_cookies.encrypt_cookie(seal, [flash.tone, flash.text[:_LONGEST]], _LABEL, now_s)


def from_cookie(seal: SecretBox, value: str, now_s: float) -> Flash | None:
    """What was to be said; nothing if it is old, or not ours."""
    told = encrypted_cookies.decrypt_cookie(seal, value, _LABEL, now_s, LASTS_S)
    return Flash(text=told[1], tone=told[0]) if told else None
