"""New secrets on their way to the one page that shows them.

The form that created the secret redirects, so that a reload creates no second one. Between the two requests the hub
stores it nowhere in clear text: it travels in an encrypted cookie that lives one minute, is bound to the session and to
the owner of the secret, and is deleted when the secret is shown.
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
        """Add the secret of an owner to the response."""
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
        """Return the secret from the browser's cookie, or "" if it was shown already; the page is to show it."""
        page.shows_secret = True
        now_s = page.hub.clock.now().timestamp()
        value = page.request.cookies.get(self.cookie, "")
        payload = encrypted_cookies.decrypt_cookie(
            page.hub.secret_box, value, self._label(page, owner_id), now_s, LASTS_S
        )
        return str(payload[0]) if payload else ""

    def forget(self, answer: Response) -> Response:
        """Delete the secret's cookie in the browser."""
        answer.delete_cookie(self.cookie, path=self.path, httponly=True, samesite="strict")
        return answer

    def _label(self, page: Page, owner_id: str) -> str:
        return f"console {self.purpose} 1:{page.caller.session_id}:{owner_id}"
