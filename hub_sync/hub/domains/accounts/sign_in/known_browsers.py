"""Cookies that mark a browser in which a user has signed in before.

Attempts to sign in are counted per account, from every address together, so that many machines can't guess more than
one. A stranger could lock a user out that way. Attempts from a known browser are therefore counted separately. And
a form of a known browser is read when the session has ended, so that its input is not lost; a stranger's is not read.
"""

import secrets
from collections.abc import Mapping

from hub_sync.hub.domains.accounts.tables import User
from hub_sync.hub.kit.security import encrypted_cookies
from hub_sync.hub.kit.security.encryption import SecretBox

COOKIE = "doorward_known"
LIFETIME_S = 180 * 24 * 3600
_LABEL = "known browser 2"


def remember(seal: SecretBox, user: User, now_s: float) -> str:
    """Return the cookie value for a browser in which this user has just signed in."""
    values = [user.tenant_id, user.id, secrets.token_hex(8)]
    return encrypted_cookies.encrypt_cookie(seal, values, _LABEL, now_s)


def browser_id_of(seal: SecretBox, cookie: str, tenant_id: str, user_id: str, now_s: float) -> str:
    """Return the id under which the browser's attempts are counted, or "" if the user never signed in with it."""
    payload = encrypted_cookies.decrypt_cookie(seal, cookie, _LABEL, now_s, LIFETIME_S)
    return str(payload[2]) if payload and payload[:2] == [tenant_id, user_id] else ""


def is_known_browser(seal: SecretBox, cookies: Mapping[str, str], now_s: float) -> bool:
    """Return True if some user has signed in with the browser that sends these cookies."""
    cookie = cookies.get(COOKIE, "")
    return encrypted_cookies.decrypt_cookie(seal, cookie, _LABEL, now_s, LIFETIME_S) is not None
