"""Somebody's visit to a page: who they are, what they may read, and how to speak to them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from fastapi import Request

from hub_sync.hub.console import forms
from hub_sync.hub.console.i18n.translation import Speech
from hub_sync.hub.console.state import Console
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.errors import Unauthorized
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.security.access import Access, Caller, require_access
from hub_sync.hub.kit.security.client_address import SESSION_COOKIE, read_credentials
from hub_sync.hub.kit.security.rate_limits import TooManyRequests


class TooManyPages(TooManyRequests, variant=True):
    """Somebody opens more pages than the window allows."""

    template = N_("That were too many pages. Try again in %(retry_after_s)s s.")


class Visit:
    """The half of a page that is about the visitor; see `page.Page` for the other."""

    def __init__(self, hub: HubContext, console: Console, request: Request, sent: forms.Sent | None) -> None:
        """`sent` is the form's fields, None for a page that is only looked at."""
        self.hub, self.console, self.request, self.sent = hub, console, request, sent
        self._caller: Caller | None = None
        self._work: Work | None = None

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
        shown = read_credentials(self.request, self.hub.trusted_proxies)
        token = (self.sent or {}).get(forms.CSRF_FIELD, ("",))[-1]
        shown = replace(shown, api_key="", csrf_token=token or shown.csrf_token)
        shown = replace(shown, session_token=self.request.cookies.get(SESSION_COOKIE, ""))
        try:
            caller = self.hub.authenticator.authenticate(
                self.work, shown if access else replace(shown, changes=False)
            )
        except Unauthorized:
            if access is None:
                return
            raise
        self._caller = caller
        taken = self.hub.rate_limits.acquire(f"{caller.kind.value}:{caller.id}", caller.calls_per_minute)
        taken.raise_if_exceeded(TooManyPages)
        if access is not None:
            require_access(caller, access)
        self.hub.authenticator.record_use(caller)

    @property
    def speech(self) -> Speech:
        """Language and time zone of this page."""
        own = self._caller.language if self._caller else ""
        return self.console.speech_for(self.request, own)

    @property
    def language(self) -> str:
        """The language's code."""
        return self.speech.language
