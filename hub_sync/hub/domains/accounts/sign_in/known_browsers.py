"""Browsers that somebody has signed in with before.

Tries at an account are counted wherever they come from, so that many machines together guess no more than one. So a
stranger could lock somebody out by guessing; but not out of a browser that they know, whose tries are counted apart.
"""

import secrets

from hub_sync.hub.domains.accounts.tables import User
from hub_sync.hub.kit.security import encrypted_cookies
from hub_sync.hub.kit.security.encryption import SecretBox

COOKIE = "doorward_known"
LASTS_S = 180 * 24 * 3600
_LABEL = "known browser 1:{}:{}"


def remember(seal: SecretBox, user: User, now_s: float) -> str:
    """The cookie's value for a browser that this person has just signed in with."""
    return encrypted_cookies.encrypt_cookie(
        seal, [secrets.token_hex(8)], _label(user.tenant_id, user.id), now_s
    )


def browser_id_of(seal: SecretBox, cookie: str, tenant_id: str, user_id: str, now_s: float) -> str:
    """What the browser's tries at this account are counted by; empty: this person never signed in with it."""
    told = encrypted_cookies.decrypt_cookie(seal, cookie, _label(tenant_id, user_id), now_s, LASTS_S)
    return str(told[0]) if told else ""


def _label(tenant_id: str, user_id: str) -> str:
    return _LABEL.format(tenant_id, user_id)
