"""A new key's way to the one page that shows it.

The form that made the key redirects, so that a reload makes no second one. Between the two the key is nowhere in the hub:
it travels in a cookie of a minute that only the hub can open, for this session and this key, and that showing it takes
away.
"""

import base64
import binascii

import orjson
from fastapi.responses import Response

from hub_sync.hub.console import Page
from hub_sync.hub.kit.sealing import SecretUnusable

COOKIE = "doorward_new_key"
LASTS_S = 60
_LONGEST = 1000


def hand_on(page: Page, answer: Response, path: str, key_id: str, raw: str) -> Response:
    """Give the answer the key along, for the page at `path` and below."""
    now = page.hub.clock.now().timestamp()
    sealed = page.hub.seal.close(orjson.dumps([now, raw]), _label(page, key_id))
    value = base64.urlsafe_b64encode(sealed).decode()
    answer.set_cookie(
        COOKIE, value, max_age=LASTS_S, path=path, httponly=True, samesite="strict", secure=page.is_secure
    )
    return answer


def take(page: Page, key_id: str) -> str:
    """The key that the browser brings; empty, if it was shown already."""
    value = page.request.cookies.get(COOKIE, "")
    if not value or len(value) > _LONGEST:
        return ""
    try:
        opened = page.hub.seal.open(base64.urlsafe_b64decode(value), _label(page, key_id))
    except (SecretUnusable, binascii.Error, ValueError):
        return ""
    made_at, raw = orjson.loads(opened)
    return str(raw) if abs(page.hub.clock.now().timestamp() - made_at) <= LASTS_S else ""


def forget(answer: Response, path: str) -> Response:
    """Take the key away from the browser."""
    answer.delete_cookie(COOKIE, path=path, httponly=True, samesite="strict")
    return answer


def _label(page: Page, key_id: str) -> str:
    return f"console new key 1:{page.caller.session_id}:{key_id}"
