"""A visit to a page: the caller, their snapshot of the database, and their language."""

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

    template = N_("Too many pages were requested. Try again in %(retry_after_s)s s.")


class Visit:
    """The half of a page that is about the visitor; see `page.Page` for the other."""

    def __init__(self, hub: HubContext, console: Console, request: Request, sent: forms.Sent | None) -> None:
        """Create the visit; `sent` is the form's fields, None for a page that is only read."""
        self.hub, self.console, self.request, self.sent = hub, console, request, sent
        self._caller: Caller | None = None
        self._work: Work | None = None

    @property
    def caller(self) -> Caller:
        """Return the signed-in caller; a public page may have none (`signed_in`)."""
        if self._caller is None:
            raise RuntimeError("nobody is signed in on this page")
        return self._caller

    @property
    def signed_in(self) -> bool:
        """Return True if somebody is signed in."""
        return self._caller is not None

    @property
    def tenant_id(self) -> str:
        """Return the id of the caller's tenant."""
        return self.caller.tenant_id

    @property
    def work(self) -> Work:
        """Return the snapshot that a page reads from; a form's endpoint reads inside `begin`."""
        if self._work is None:
            raise RuntimeError("a form's endpoint reads inside `begin`")
        return self._work

    @contextmanager
    def reading(self) -> Iterator[Work]:
        """Open the snapshot until the block ends."""
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
        """Begin the one transaction of a form; the audit log names the caller."""
        actor = self._caller.actor if self._caller else "nobody"
        with self.hub.uow.begin(actor=actor) as work:
            yield work

    def admit(self, access: Access | None) -> None:
        """Authenticate the caller and check their access; None (a public page) admits everybody.

        Raises:
            HubError: 401, 403, 404 (switched off), 429.
        """
        credentials = read_credentials(self.request, self.hub.trusted_proxies)
        token = (self.sent or {}).get(forms.CSRF_FIELD, ("",))[-1]
        credentials = replace(credentials, api_key="", csrf_token=token or credentials.csrf_token)
        credentials = replace(credentials, session_token=self.request.cookies.get(SESSION_COOKIE, ""))
        try:
            caller = self.hub.authenticator.authenticate(
                self.work, credentials if access else replace(credentials, changes=False)
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
        """Return language and time zone of this page."""
        own = self._caller.language if self._caller else ""
        return self.console.speech_for(self.request, own)

    @property
    def language(self) -> str:
        """Return the code of the page's language."""
        return self.speech.language
