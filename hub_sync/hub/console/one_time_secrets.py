"""A new secret's way to the one page that shows it.

The form that made the secret redirects, so that a reload makes no second one. Between the two it is nowhere in the hub in
the clear: it travels in a cookie of a minute that only the hub can open, for this session and this thing, and that
showing it takes away.
"""

from dataclasses import dataclass

from fastapi.responses import Response

from hub_sync.hub.console.page import Page
from hub_sync.hub.kit.security import encrypted_cookies

LASTS_S = 60


@dataclass(frozen=True, slots=True)
class OneTimeSecrets:
    """Secrets of one kind."""

    cookie: str
    purpose: str
    path: str
    """The cookie is sent to this page and those below."""

    def hand_on(self, page: Page, answer: Response, owner_id: str, secret: str) -> Response:
        """Give the answer the secret of a thing along."""
        now_s = page.hub.clock.now().timestamp()
        value = encrypted_cookies.encrypt_cookie(
            page.hub.secret_box, [secret], self._label(page, owner_id), now_s
        )
        answer.set_cookie(
            self.cookie,
            value,
            max_age=LASTS_S,
            path=self.path,
            httponly=True,
            samesite="strict",
            secure=page.is_secure,
        )
        return answer

    def take(self, page: Page, owner_id: str) -> str:
        """The secret that the browser brings; empty, if it was shown already."""
        now_s = page.hub.clock.now().timestamp()
        value = page.request.cookies.get(self.cookie, "")
        told = encrypted_cookies.decrypt_cookie(
            page.hub.secret_box, value, self._label(page, owner_id), now_s, LASTS_S
        )
        return str(told[0]) if told else ""

    def forget(self, answer: Response) -> Response:
        """Take the secret away from the browser."""
        answer.delete_cookie(self.cookie, path=self.path, httponly=True, samesite="strict")
        return answer

    def _label(self, page: Page, owner_id: str) -> str:
        return f"console {self.purpose} 1:{page.caller.session_id}:{owner_id}"
