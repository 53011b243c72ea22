"""Cookies that mark a browser in which a user has signed in before.

Attempts to sign in are counted per account, from every address together, so that many machines can't guess more than
one. A stranger could lock a user out that way. Attempts from a known browser are therefore counted separately.
"""

import secrets

from hub_sync.hub.domains.accounts.tables import User
from hub_sync.hub.kit.security import encrypted_cookies
from hub_sync.hub.kit.security.encryption import SecretBox

COOKIE = "doorward_known"
LIFETIME_S = 180 * 24 * 3600
_LABEL = "known browser 1:{}:{}"


def remember(seal: SecretBox, user: User, now_s: float) -> str:
    """Return the cookie value for a browser in which this user has just signed in."""
    return encrypted_cookies.encrypt_cookie(
        seal, [secrets.token_hex(8)], _label(user.tenant_id, user.id), now_s
    )


def browser_id_of(seal: SecretBox, cookie: str, tenant_id: str, user_id: str, now_s: float) -> str:
    """Return the id under which the browser's attempts are counted, or "" if the user never signed in with it."""
    payload = encrypted_cookies.decrypt_cookie(seal, cookie, _label(tenant_id, user_id), now_s, LIFETIME_S)
    return str(payload[0]) if payload else ""


def _label(tenant_id: str, user_id: str) -> str:
    return _LABEL.format(tenant_id, user_id)
