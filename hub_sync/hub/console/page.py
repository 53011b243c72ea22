"""A request for a console page: the caller, the sent form and the ways to answer."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
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
from hub_sync.hub.console.submissions import form_drafts, merging
from hub_sync.hub.console.submissions.confirmations import CONFIRMED_FIELD, ConfirmationNeeded, Question
from hub_sync.hub.console.submissions.form_tokens import FormToken
from hub_sync.hub.console.submissions.run_once import Submission, request_of
from hub_sync.hub.console.template_context import View
from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.http.compression import html_response
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.http.urls import encode_for_header, safe_local_path, split_url
from hub_sync.hub.kit.security.client_address import base_url

M = TypeVar("M", bound=BaseModel)
_WAITS = ("%(retry_after_s)s", "%(wait)s")
"""Errors with one of these say when to try again; a page says it in the words of its language."""
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
        self.restored: forms.Sent | None = None
        """Input of this page's form that was kept while the user signed in again."""
        self.conflicts: Sequence[merging.ConflictingField] = ()
        """Fields that another user changed too, to another value."""
        self.base: str | None = None
        """The stored values that the form was merged with, as its hidden field holds them; None: it was not merged."""

    # --- the sent form -----------------------------------------------------------------------------

    def parse(self, model: type[M]) -> M:
        """Return the form as a model; fields that the model doesn't have are ignored.

        Raises:
            FormInvalid: the form is shown again with the messages.
        """
        return forms.parse(model, self.sent or {})

    def short_texts(self, names: Iterable[str], most: int) -> dict[str, str]:
        """Return the texts of fields that no model has, by their names.

        Raises:
            FormInvalid: 422, one has more than `most` characters; the form is shown again with the message.
        """
        return forms.short_texts(self.sent or {}, names, most)

    def value(self, name: str, default: Any = "") -> Any:
        """Return the value of a field: the sent one, else the default."""
        fields = self._fields
        if fields is None:
            return "" if default is None else default
        return (fields.get(name) or ("",))[-1]

    def values(self, name: str, default: Sequence[str] = ()) -> Sequence[str]:
        """Return all values that were sent under a name (ticked boxes), else the default."""
        fields = self._fields
        return default if fields is None else fields.get(name, ())

    @property
    def _fields(self) -> forms.Sent | None:
        return self.restored if self.sent is None else self.sent

    def merge(
        self,
        current: Mapping[str, Any],
        steps: Sequence[merging.ChangeStep],
        version: int | None = None,
        columns: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Merge the form with what others saved since it was opened: call it before `parse`, in the transaction.

        Args:
            current: the values that the form would be opened with now.
            steps: the history, oldest first; it says who changed what.
            version: the stored version, if the form names the one that it was opened with.
            columns: the names of fields in the history, where they are not those of the form.

        Raises:
            FormConflict: 412: both changed the same field; the form is shown again with both values.
        """
        stored = merging.as_sent(current)
        base = merging.load_base(self.value(merging.BASE_FIELD))
        if base is None and (version is None or self.value("version") in ("", str(version))):
            return
        self.sent, names = merging.merge(self.sent or {}, base, stored)
        self.base = merging.dump_base(current)
        if names:
            self.conflicts = merging.describe(names, stored, steps, columns)
            raise merging.FormConflict

    def ask_first(self, question: Question) -> None:
        """Go on if the user has confirmed this; else ask, and come back with the same form.

        Raises:
            ConfirmationNeeded: 409.
        """
        if question.key not in self.values(CONFIRMED_FIELD):
            raise ConfirmationNeeded(question)

    def ask_which(self, question: Question) -> str:
        """Return which of the question's choices the user has made; else ask, and come back with the same form.

        Raises:
            ConfirmationNeeded: 409.
        """
        confirmed = self.values(CONFIRMED_FIELD)
        for key, _label in question.choices:
            if key in confirmed:
                return key
        raise ConfirmationNeeded(question)

    def run_once(self, path: str, endpoint: Callable[[], Response]) -> Response:
        """Call the endpoint of a form that creates something; a form that was sent before gets the same answer again."""
        token = self.own_token
        if token is None:
            return endpoint()
        self.submission = Submission(self.hub, request_of(token, path, self.sent or {}), self.caller.actor)
        try:
            return secured(
                self.submission.carry_out(endpoint, in_dialog=DIALOG_HEADER in self.request.headers)
            )
        finally:
            self.submission = None

    # --- input that is kept while somebody signs in again --------------------------------------------

    def save_draft(self, path: str) -> str:
        """Keep the sent fields for the user of the form; return the id of the input, "" if it can't be kept.

        `path` is the path of the page that shows the form.
        """
        token = self.sent_token
        if token is None or self.sent is None:
            return ""
        with self.hub.uow.begin(actor="nobody") as work:
            is_stored = form_drafts.save(work, self.hub.secret_box, token, path, self.sent)
        return token.id if is_stored else ""

    def restore_draft(self) -> None:
        """Fill the form with the input that its address names, if it was kept for this user."""
        token_id = self.request.query_params.get(form_drafts.DRAFT_PARAMETER, "")
        if self.signed_in and token_id.isascii() and token_id.replace("-", "").isalnum():
            token = FormToken(self.tenant_id, self.caller.id, token_id)
            self.restored = form_drafts.find(self.work, self.hub.secret_box, token, self.request.url.path)

    def discard_draft(self) -> None:
        """Delete the kept input of the form, which is saved now."""
        token = self.own_token
        if token is not None and self.value(form_drafts.DRAFT_FIELD):
            with self.hub.uow.begin(actor=self.caller.actor) as work:
                form_drafts.discard(work, token)

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
        if isinstance(wait_s, int) and any(name in error.template for name in _WAITS):
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

    def render_part(self, template: str, /, **context: Any) -> str:
        """Return a part of a page as text, for its live stream."""
        text = self.console.templates.get_template(template).render(page=View(self), **context)
        return prefix_links(text, self.hub.settings.public_path)

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
        """Return True if the browser uses HTTPS, as far as the hub knows.

        Behind a proxy of which the hub was not told, the browser says so itself in the `Origin` of a form. No other site's
        form comes this far (`require_same_origin`), and who writes the header themselves only protects a cookie of theirs.
        """
        reached = self.hub.settings.public_url or base_url(self.request, self.hub.trusted_proxies)
        origin = self.request.headers.get("origin", "")
        return "https" in (self.request.url.scheme, split_url(reached).scheme, split_url(origin).scheme)
