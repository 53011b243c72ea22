"""Flash messages: the message about an action, kept in an encrypted cookie for one redirect."""

from dataclasses import dataclass

from hub_sync.hub.kit.security import encrypted_cookies
from hub_sync.hub.kit.security.encryption import SecretBox

FLASH_COOKIE = "doorward_flash"
LASTS_S = 60
_LABEL = "console flash 1"
_LONGEST = 600


@dataclass(frozen=True, slots=True)
class Flash:
    """A message; its tone is `good`, `bad` or `info`."""

    text: str
    tone: str = "good"


def to_cookie(seal: SecretBox, flash: Flash, now_s: float) -> str:
    """Return the cookie value of a message."""
    return encrypted_cookies.encrypt_cookie(seal, [flash.tone, flash.text[:_LONGEST]], _LABEL, now_s)


def from_cookie(seal: SecretBox, value: str, now_s: float) -> Flash | None:
    """Return the message of a cookie, or None if the cookie is too old or was not written by the hub."""
    payload = encrypted_cookies.decrypt_cookie(seal, value, _LABEL, now_s, LASTS_S)
    return Flash(text=payload[1], tone=payload[0]) if payload else None
