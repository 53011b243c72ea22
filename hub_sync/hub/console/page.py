"""One request for a console page: who asks, what they may read, what they sent, and how to answer."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel

from hub_sync.hub.console import flash, formats, forms
from hub_sync.hub.console.console import Console
from hub_sync.hub.console.safety import secured
from hub_sync.hub.console.speech import Speech, _
from hub_sync.hub.console.view import View
from hub_sync.hub.kit.access import Access, Caller, require
from hub_sync.hub.kit.callers import credentials_of
from hub_sync.hub.kit.context import HubContext
from hub_sync.hub.kit.errors import HubError, Unauthorized
from hub_sync.hub.kit.rate_limits import TooManyRequests
from hub_sync.hub.kit.unit_of_work import Work

M = TypeVar("M", bound=BaseModel)
DIALOG_HEADER = "x-dialog"
"""The script sends a dialog's form with it, and follows the redirect itself."""


class Page:
    """What an endpoint of the console is given."""

    def __init__(self, hub: HubContext, console: Console, request: Request, sent: forms.Sent | None) -> None:
        """`sent` is the form's fields, None for a page that is only looked at."""
        self.hub, self.console, self.request, self.sent = hub, console, request, sent
        self.errors: Mapping[str, str] = {}
        """A message for each field that is not right, where a form is shown again."""
        self.problem = ""
        """What is wrong with the form as a whole, or with the act."""
        self.status = 200
        self.retry_after_s = ""
        """How long to wait before the form is sent again, where that is what is wrong."""
        self._caller: Caller | None = None
        self._work: Work | None = None

    # --- who, and what they may read ---------------------------------------------------------------

    @property
    def caller(self) -> Caller:
        """Who is signed in; a public page may have nobody (`signed_in`)."""
        if self._caller is None:
            raise RuntimeError("nobody is signed in on this page")
        return self._caller

    @property
    def signed_in(self) -> bool:
        """Whether somebody is."""
        return self._caller is not None

    @property
    def tenant_id(self) -> str:
        """The caller's tenant."""
        return self.caller.tenant_id

    @property
    def work(self) -> Work:
        """The snapshot that a page reads from; a form's endpoint reads inside `begin`."""
        if self._work is None:
            raise RuntimeError("a form's endpoint reads inside `begin`")
        return self._work

    @contextmanager
    def reading(self) -> Iterator[Work]:
        """The snapshot, opened for as long as the block lasts."""
        if self._work is not None:
            yield self._work
            return
        with self.hub.uow.read() as work:
            self._work = work
            try:
                yield work
            finally:
                self._work = None

    @contextmanager
    def begin(self) -> Iterator[Work]:
        """The one transaction of a form; the audit names the caller."""
        actor = self._caller.actor if self._caller else "nobody"
        with self.hub.uow.begin(actor=actor) as work:
            yield work

    def admit(self, access: Access | None) -> None:
        """Find out who is signed in, and let them through; no access asked (a public page): whoever it is.

        Raises:
            HubError: 401, 403, 404 (switched off), 429.
        """
        shown = credentials_of(self.request, self.hub.trusted_proxies)
        token = (self.sent or {}).get(forms.CSRF_FIELD, ("",))[-1]
        shown = replace(shown, api_key="", csrf_token=token or shown.csrf_token)
        shown = replace(shown, session_token=self.request.cookies.get("doorward_session", ""))
        try:
            caller = self.hub.gatekeeper.identify(
                self.work, shown if access else replace(shown, changes=False)
            )
        except Unauthorized:
            if access is None:
                return
            raise
        self._caller = caller
        taken = self.hub.rate_limits.take(f"{caller.kind.value}:{caller.id}", caller.calls_a_minute)
        if not taken.granted:
            raise TooManyRequests(f"That were too many pages. Try again in {taken.reset_s} s.")
        if access is not None:
            require(caller, access)
        self.hub.gatekeeper.used(caller)

    # --- how it speaks -----------------------------------------------------------------------------

    @property
    def speech(self) -> Speech:
        """Language and time zone of this page."""
        own = self._caller.language if self._caller else ""
        return self.console.speech_for(self.request, own)

    @property
    def language(self) -> str:
        """The language's code."""
        return self.speech.language

    # --- what was sent -----------------------------------------------------------------------------

    def parse(self, model: type[M]) -> M:
        """The form as a model; only the fields that the model has are looked at.

        Raises:
            FormInvalid: the form is shown again with the messages.
        """
        return forms.parse(model, self.sent or {})

    def value(self, name: str, default: Any = "") -> Any:
        """What a field shows: what was sent, else the default."""
        if self.sent is None:
            return "" if default is None else default
        return self.sent.get(name, ("",))[-1]

    def values(self, name: str, default: Sequence[str] = ()) -> Sequence[str]:
        """All that was sent under a name (boxes that are ticked), else the default."""
        return default if self.sent is None else self.sent.get(name, ())

    def refuse(self, error: HubError, beside: str = "") -> None:
        """Show the form again because of this; `beside` names the field that it is about."""
        self.status = error.status
        self.errors = error.fields if isinstance(error, forms.FormInvalid) else {}
        message, wait_s = _(error.message), error.details.get("retry_after_s")
        if isinstance(wait_s, int):
            self.retry_after_s = str(wait_s)
            message = _("Too many attempts. Try again in %(wait)s.") % {"wait": formats.lasting(wait_s)}
        if beside:
            self.errors = {**self.errors, beside: message}
        self.problem = self.errors.get("", "") or message

    # --- answering ---------------------------------------------------------------------------------

    def render(self, template: str, /, *, status: int = 0, **context: Any) -> Response:
        """A page. Nothing of the console is kept by caches: who signs out leaves nothing behind."""
        view = View(self)
        text = self.console.templates.get_template(template).render(page=view, **context)
        answer = HTMLResponse(text, status or self.status)
        if view.flashes_shown:
            answer.delete_cookie(flash.FLASH_COOKIE, path="/")
        if self.retry_after_s:
            answer.headers["Retry-After"] = self.retry_after_s
        view.remember(answer)
        return secured(answer)

    def redirect(self, path: str, *, say: str = "", tone: str = "good") -> Response:
        """Send the browser on (303), with a sentence that the next page says."""
        if urlsplit(path).netloc or not path.startswith("/") or path.startswith(("//", "/\\")):
            raise ValueError("a page sends on within the hub only")
        if DIALOG_HEADER in self.request.headers:
            answer = Response(status_code=204, headers={"X-Location": path})
        else:
            answer = Response(status_code=303, headers={"Location": path})
        if say:
            value = flash.to_cookie(self.hub.seal, flash.Flash(say, tone), self.hub.clock.now().timestamp())
            self.set_cookie(answer, flash.FLASH_COOKIE, value, max_age=flash.LASTS_S)
        return secured(answer)

    def set_cookie(self, answer: Response, name: str, value: str, *, max_age: int | None = None) -> None:
        """A cookie that scripts can't read and other sites' requests don't carry."""
        answer.set_cookie(
            name, value, max_age=max_age, path="/", httponly=True, samesite="lax", secure=self.is_secure
        )

    @property
    def is_secure(self) -> bool:
        """Whether the browser speaks HTTPS, as far as the hub knows."""
        return self.request.url.scheme == "https" or self.hub.settings.public_url.startswith("https://")
