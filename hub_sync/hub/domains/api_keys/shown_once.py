"""A new key's way to the one page that shows it.

The form that made the key redirects, so that a reload makes no second one. Between the two the key is nowhere in the hub:
it travels in a cookie of a minute that only the hub can open, for this session and this key, and that showing it takes
away.
"""

from fastapi.responses import Response

from hub_sync.hub.console import Page
from hub_sync.hub.kit import sealed_cookies

COOKIE = "doorward_new_key"
LASTS_S = 60


def hand_on(page: Page, answer: Response, path: str, key_id: str, raw: str) -> Response:
    """Give the answer the key along, for the page at `path` and below."""
    now_s = page.hub.clock.now().timestamp()
    value = sealed_cookies.write(page.hub.seal, [raw], _label(page, key_id), now_s)
    answer.set_cookie(
        COOKIE, value, max_age=LASTS_S, path=path, httponly=True, samesite="strict", secure=page.is_secure
    )
    return answer


def take(page: Page, key_id: str) -> str:
    """The key that the browser brings; empty, if it was shown already."""
    now_s = page.hub.clock.now().timestamp()
    value = page.request.cookies.get(COOKIE, "")
    told = sealed_cookies.read(page.hub.seal, value, _label(page, key_id), now_s, LASTS_S)
    return str(told[0]) if told else ""


def forget(answer: Response, path: str) -> Response:
    """Take the key away from the browser."""
    answer.delete_cookie(COOKIE, path=path, httponly=True, samesite="strict")
    return answer


def _label(page: Page, key_id: str) -> str:
    return f"console new key 1:{page.caller.session_id}:{key_id}"
