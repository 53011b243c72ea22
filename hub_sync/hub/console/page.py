"""A request for a console page: the caller, the sent form and the ways to answer."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from fastapi import Request
from fastapi.responses import Response
from pydantic import BaseModel

from hub_sync.hub.console import flash, forms
from hub_sync.hub.console.i18n import formats
from hub_sync.hub.console.i18n.translation import _, error_message
from hub_sync.hub.console.page_visit import Visit
from hub_sync.hub.console.public_links import prefix_links
from hub_sync.hub.console.security.headers import secured
from hub_sync.hub.console.state import Console
from hub_sync.hub.console.template_context import View
from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.http.compression import html_response
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.http.urls import encode_for_header, safe_local_path
from hub_sync.hub.kit.security.client_address import base_url

M = TypeVar("M", bound=BaseModel)
DIALOG_HEADER = "x-dialog"
"""The script sends a dialog's form with it, and follows the redirect itself."""


class Page(Visit):
    """The argument of a console endpoint: the visit, the sent form and the ways to answer."""

    def __init__(self, hub: HubContext, console: Console, request: Request, sent: forms.Sent | None) -> None:
        """Create the page; `sent` is the form's fields, None for a page that is only read."""
        super().__init__(hub, console, request, sent)
        self.errors: Mapping[str, str] = {}
        """A message for each invalid field, if a form is shown again."""
        self.problem = ""
        """Message about the form as a whole or about the action."""
        self.status = 200
        self.retry_after_s = ""
        """Seconds to wait before the form is sent again, if there were too many attempts."""
        self.shows_secret = False
        """True if the page shows a key, a secret or a code: such a page is not compressed."""

    # --- the sent form -----------------------------------------------------------------------------

    def parse(self, model: type[M]) -> M:
        """Return the form as a model; fields that the model doesn't have are ignored.

        Raises:
            FormInvalid: the form is shown again with the messages.
        """
        return forms.parse(model, self.sent or {})

    def value(self, name: str, default: Any = "") -> Any:
        """Return the value of a field: the sent one, else the default."""
        if self.sent is None:
            return "" if default is None else default
        return self.sent.get(name, ("",))[-1]

    def values(self, name: str, default: Sequence[str] = ()) -> Sequence[str]:
        """Return all values that were sent under a name (ticked boxes), else the default."""
        return default if self.sent is None else self.sent.get(name, ())

    def refuse(self, error: HubError, beside: str = "", sentence: str = "") -> None:
        """Show the form again because of this; `beside` names the field that it is about.

        `sentence` says it on the page where the refusal's own words hold a name or a number, and so can't be translated.
        """
        self.status = error.status
        self.errors = error.fields if isinstance(error, forms.FormInvalid) else {}
        message = _(sentence) if sentence else error_message(error)
        wait_s = error.parameters.get("retry_after_s")
        if isinstance(wait_s, int):
            self.retry_after_s = str(wait_s)
            message = _("Too many attempts. Try again in %(wait)s.") % {"wait": formats.duration(wait_s)}
        if beside:
            self.errors = {**self.errors, beside: message}
        self.problem = self.errors.get("", "") or message

    # --- answering ---------------------------------------------------------------------------------

    def render(self, template: str, /, *, status: int = 0, **context: Any) -> Response:
        """Render a page. Caches store no page of the console, so that a sign-out leaves nothing behind."""
        view = View(self)
        text = self.console.templates.get_template(template).render(page=view, **context)
        text = prefix_links(text, self.hub.settings.public_path)
        answer = html_response(self.request, text, status or self.status, compress=self._may_compress)
        if view.flashes_shown:
            answer.delete_cookie(flash.FLASH_COOKIE, path="/")
        if self.retry_after_s:
            answer.headers["Retry-After"] = self.retry_after_s
        view.remember(answer)
        return secured(answer)

    @property
    def _may_compress(self) -> bool:
        """Return False if the length of the compressed page could tell another site something about its content.

        The page's token is masked and its one-time secrets are left alone. For the rest, another site would have to make
        the browser of somebody signed in open the page again and again with texts of its choice; the browser says so
        (Fetch Metadata). See docs/adr/0048-compressed-pages.md.
        """
        if self.shows_secret:
            return False
        return not self.signed_in or self.request.headers.get("sec-fetch-site") in ("same-origin", "none")

    def redirect(self, path: str, *, say: str = "", tone: str = "good") -> Response:
        """Send the browser on (303), with a sentence that the next page says."""
        if not safe_local_path(path, ""):
            raise ValueError("a page sends on within the hub only")
        path = encode_for_header(path)
        if DIALOG_HEADER in self.request.headers:
            answer = Response(status_code=204, headers={"X-Location": path})
        else:
            answer = Response(status_code=303, headers={"Location": path})
        if say:
            value = flash.to_cookie(
                self.hub.secret_box, flash.Flash(say, tone), self.hub.clock.now().timestamp()
            )
            self.set_cookie(answer, flash.FLASH_COOKIE, value, max_age=flash.LASTS_S)
        return secured(answer)

    def set_cookie(self, answer: Response, name: str, value: str, *, max_age: int | None = None) -> None:
        """Set a cookie that scripts can't read and other sites' requests don't carry."""
        answer.set_cookie(
            name, value, max_age=max_age, path="/", httponly=True, samesite="lax", secure=self.is_secure
        )

    @property
    def is_secure(self) -> bool:
        """Return True if the browser uses HTTPS, as far as the hub knows."""
        reached = self.hub.settings.public_url or base_url(self.request, self.hub.trusted_proxies)
        return reached.startswith("https://") or self.request.url.scheme == "https"
