"""A visit to a page: the caller, their snapshot of the database, and their language."""

import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from fastapi import Request
from sqlalchemy.exc import OperationalError

from hub_sync.hub.console import forms
from hub_sync.hub.console.i18n.translation import Speech
from hub_sync.hub.console.state import Console
from hub_sync.hub.console.submissions.form_tokens import FORM_TOKEN_FIELD, FormToken, read_form_token
from hub_sync.hub.console.submissions.run_once import Submission
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.errors import Forbidden, HubError, Unauthorized
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.networks import network_key
from hub_sync.hub.kit.security.access import Access, Caller, require_access
from hub_sync.hub.kit.security.client_address import (
    CSRF_HEADER,
    SAFE_METHODS,
    SESSION_COOKIE,
    read_credentials,
)
from hub_sync.hub.kit.security.rate_limits import TooManyRequests
from hub_sync.hub.kit.table_files.uploads import Upload


class TooManyPages(TooManyRequests, variant=True):
    """Somebody opens more pages than the window allows."""

    template = N_("Too many pages were requested. Try again in %(retry_after_s)s s.")


class FormOutdated(Forbidden, variant=True):
    """A form that was rendered for another sign-in than the present one."""

    template = N_(
        "You have signed in again since this page was opened. Nothing is saved yet: check it, and send it again."
    )


class Visit:
    """The half of a page that is about the visitor; see `page.Page` for the other."""

    def __init__(self, hub: HubContext, console: Console, request: Request, sent: forms.Sent | None) -> None:
        """Create the visit; `sent` is the form's fields, None for a page that is only read."""
        self.hub, self.console, self.request, self.sent = hub, console, request, sent
        self.refusal: HubError | None = None
        """Why the form of this page was not read; it answers the request."""
        self.upload: Upload | None = None
        """The file of the form, on a page that takes one."""
        self.upload_refusal: HubError | None = None
        """Why the file of the form was not received; the form is shown again with it."""
        self._caller: Caller | None = None
        self._work: Work | None = None
        self.usual_language = ""
        """The language of what the page shows, such as of a printed slip; a language that the visitor has chosen precedes it."""
        self.submission: Submission | None = None
        """The form that creates something, while it is carried out."""

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
        if self.submission is not None:
            with self.submission.begin() as work:
                yield work
            return
        actor = self._caller.actor if self._caller else "nobody"
        with self.hub.uow.begin(actor=actor) as work:
            yield work

    def admit(self, access: Access | None) -> None:
        """Authorize the caller, unless that was done before the form was read, and check that the form is theirs.

        Raises:
            HubError: as `authorize`. FormOutdated: 403: the form is of another sign-in.
        """
        if not self.signed_in:
            self.authorize(access)
        if self.sent is not None and access is not None:
            csrf_token = self.sent.get(forms.CSRF_FIELD, ("",))[-1] or self.request.headers.get(
                CSRF_HEADER, ""
            )
            _check_csrf(csrf_token, self.caller)

    def authorize_form(self, access: Access | None) -> None:
        """Authorize the sender of a form before it is read.

        Where a session has ended, or the database does not answer, the form of a browser in which somebody signed in before is
        read nevertheless: its input is kept until they have signed in again, or tried again. So is the form of somebody who is
        signed in and sends too many: it is the `refusal` that holds it.

        Raises:
            HubError: as `authorize`.
            OperationalError: the database does not answer, and the browser is a stranger's.
        """
        try:
            with self.reading():
                self.authorize(access)
        except TooManyPages as error:
            self.refusal = error
        except (Unauthorized, OperationalError):
            if not self.hub.authenticator.knows_browser(self.request.cookies):
                raise

    def authorize(self, access: Access | None) -> None:
        """Authenticate the caller and check their access; None (a public page) admits everybody.

        Raises:
            HubError: 401, 403, 404 (switched off), 429.
        """
        credentials = read_credentials(self.request, self.hub.trusted_proxies)
        session_token = self.request.cookies.get(SESSION_COOKIE, "")
        credentials = replace(credentials, api_key="", session_token=session_token, changes=False)
        try:
            caller = self.hub.authenticator.authenticate(self.work, credentials)
        except Unauthorized:
            if access is None:
                return
            raise
        self._caller = caller
        taken = self.hub.rate_limits.acquire(f"{caller.kind.value}:{caller.id}", caller.calls_per_minute)
        taken.raise_if_exceeded(TooManyPages)
        if access is not None:
            require_access(caller, access)
        event_id = self.request.path_params.get("event_id")
        if event_id and access is not None and self.request.method not in SAFE_METHODS:
            self.hub.guard_event(self.work, caller, event_id)
        self.hub.authenticator.record_use(caller)

    @property
    def network(self) -> str:
        """The address that the request came from, of IPv6 its network: what strangers do is counted by it."""
        return network_key(read_credentials(self.request, self.hub.trusted_proxies).client_ip)

    @property
    def sent_token(self) -> FormToken | None:
        """Return the token of the sent form, or None if it has none that the hub issued."""
        value = (self.sent or {}).get(FORM_TOKEN_FIELD, ("",))[-1]
        return read_form_token(self.hub.secret_box, value, self.now_s)

    @property
    def own_token(self) -> FormToken | None:
        """Return the token of the sent form if it was rendered for the caller, else None."""
        token = self.sent_token
        if token is None or self._caller is None:
            return None
        return (
            token if (token.tenant_id, token.user_id) == (self._caller.tenant_id, self._caller.id) else None
        )

    @property
    def now_s(self) -> float:
        """Return the time of the hub's clock in seconds since 1970."""
        return self.hub.clock.now().timestamp()

    @property
    def speech(self) -> Speech:
        """Return language and time zone of this page."""
        own = self._caller.language if self._caller else ""
        return self.console.speech_for(self.request, own, self.usual_language)

    @property
    def language(self) -> str:
        """Return the code of the page's language."""
        return self.speech.language


def _check_csrf(csrf_token: str, caller: Caller) -> None:
    """Check that a form was rendered in the present session.

    Raises:
        FormOutdated: 403.
    """
    if not hmac.compare_digest(caller.csrf_token.encode(), csrf_token.encode("utf-8", "replace")):
        raise FormOutdated
