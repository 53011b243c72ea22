"""Sign-in with a password, then with the second factor if the user has one.

Unknown users, wrong passwords, deactivated accounts and open invitations get the same answer: same message, same
status, and the work of one argon2id hash each. No password is hashed while a transaction is open.
"""

from dataclasses import dataclass, replace

from sqlalchemy import select

from hub_sync.hub.domains.accounts.credentials import passwords
from hub_sync.hub.domains.accounts.credentials.sessions import (
    Browser,
    create_session,
    end_session,
    lifetimes,
    pending_session,
    token_hash,
)
from hub_sync.hub.domains.accounts.errors import SignInNeeded, WrongCode, WrongCredentials
from hub_sync.hub.domains.accounts.manifest import SIGN_IN_FAILED, SIGNED_IN, SIGNED_OUT
from hub_sync.hub.domains.accounts.sign_in import known_browsers, second_factor
from hub_sync.hub.domains.accounts.sign_in.throttle import SignInThrottle
from hub_sync.hub.domains.accounts.tables import User, UserSession
from hub_sync.hub.domains.accounts.users.service import actor_of, get_for_update
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.kit.db import tenant_lookup
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.text_types import clean_email


@dataclass(frozen=True, slots=True)
class SignInAttempt:
    """Input of the sign-in form; `organisation` is a tenant's slug, empty if there is only one tenant."""

    email: str
    password: str
    organisation: str = ""


@dataclass(frozen=True, slots=True)
class NewSession:
    """A new session: the cookie's token, if a code is still needed, and else the cookie of the known browser."""

    token: str
    awaits_second_factor: bool
    language: str
    known: str = ""


@dataclass(frozen=True, slots=True)
class _Candidate:
    """The user who may be signing in; fields are empty if there is none."""

    tenant_id: str | None
    user_id: str | None = None
    password_hash: str = ""


class SignIn:
    """Sign-in and sign-out of users."""

    def __init__(self, hub: HubContext) -> None:
        self._hub, self._throttle = hub, SignInThrottle(hub.rate_limits)

    def authenticate(self, attempt: SignInAttempt, browser: Browser) -> NewSession:
        """Check the password and start a session.

        Raises:
            WrongCredentials: 401. TooManyAttempts: 429, for the right password too. SignInBusy: 503.
        """
        email = clean_email(_searchable(attempt.email)).lower()
        organisation = _searchable(attempt.organisation).lower()
        with self._hub.uow.read() as work:
            candidate = _candidate(work, organisation, email)
        self._throttle.count_password_attempt(
            candidate.tenant_id or organisation,
            browser.address,
            email,
            self._known_browser_id(candidate, browser),
        )
        if not passwords.verify_password(candidate.password_hash, attempt.password):
            self._record_failure(candidate, browser, "password")
            raise WrongCredentials
        new_hash = ""
        if passwords.needs_rehash(candidate.password_hash, attempt.password):
            new_hash = passwords.hash_password(attempt.password)
        return self._begin(candidate, new_hash, browser)

    def verify_second_factor(self, token: str, code: str, browser: Browser) -> NewSession:
        """Check the second factor and start the session under a new token.

        Raises:
            SignInNeeded: 401: no session awaits a code. WrongCode: 401. TooManyAttempts: 429.
        """
        with self._hub.uow.read() as work:
            waiting = pending_session(work, token)
        self._throttle.count_code_attempt(waiting.user_id)
        try:
            with self._hub.uow.begin() as work:
                return self._confirm(work, token, code, browser)
        except WrongCode:
            self._record_failure(_Candidate(waiting.tenant_id, waiting.user_id), browser, "second factor")
            raise

    def sign_out(self, token: str) -> None:
        """End the session of a token, if there is one."""
        with self._hub.uow.begin() as work:
            session = work.session.scalar(
                select(UserSession).where(UserSession.token_hash == token_hash(token))
            )
            if session is None:
                return
            user = get_for_update(work, session.tenant_id, session.user_id)
            end_session(work, user.tenant_id, user.id, session.id)
            audit.record(_as_user(work, user), user.tenant_id, SIGNED_OUT, user.id)

    def _begin(self, candidate: _Candidate, new_hash: str, browser: Browser) -> NewSession:
        with self._hub.uow.begin() as work:
            user = get_for_update(work, candidate.tenant_id or "", candidate.user_id or "")
            if not user.active or user.password_hash != candidate.password_hash:
                raise WrongCredentials  # changed since it was read
            if new_hash:
                user.password_hash = new_hash
            awaits_code = user.second_factor
            token = create_session(
                work, user, lifetimes(self._hub.settings), browser, awaits_second_factor=awaits_code
            )
            if awaits_code:
                return NewSession(token, awaits_second_factor=True, language=user.language)
            return self._new_session(_as_user(work, user), user, browser, token)

    def _confirm(self, work: Work, token: str, code: str, browser: Browser) -> NewSession:
        waiting = pending_session(work, token)
        user = get_for_update(work, waiting.tenant_id, waiting.user_id)
        if not user.active:
            raise SignInNeeded
        work = _as_user(work, user)
        second_factor.verify_code(work, self._hub.secret_box, user, code)
        end_session(work, user.tenant_id, user.id, waiting.id)
        new_token = create_session(work, user, lifetimes(self._hub.settings), browser)
        return self._new_session(work, user, browser, new_token)

    def _new_session(self, work: Work, user: User, browser: Browser, token: str) -> NewSession:
        _record_sign_in(work, user, browser)
        known = known_browsers.remember(self._hub.secret_box, user, work.now().timestamp())
        return NewSession(token, awaits_second_factor=False, language=user.language, known=known)

    def _known_browser_id(self, candidate: _Candidate, browser: Browser) -> str:
        now_s = self._hub.clock.now().timestamp()
        owner = (candidate.tenant_id or "", candidate.user_id or "")
        return known_browsers.browser_id_of(self._hub.secret_box, browser.known, *owner, now_s)

    def _record_failure(self, candidate: _Candidate, browser: Browser, at: str) -> None:
        """Record a failure in the audit log: the account if there is one, never the input."""
        if candidate.tenant_id is None or not self._throttle.should_audit_failure(candidate.tenant_id):
            return
        with self._hub.uow.begin(actor="anonymous") as work:
            user = work.session.get(User, (candidate.tenant_id, candidate.user_id or ""))
            details = {"address": browser.address, "at": at} | ({"email": user.email} if user else {})
            entity_id = user.id if user else "unknown"
            audit.record(work, candidate.tenant_id, SIGN_IN_FAILED, entity_id, after=details)


def _searchable(typed: str) -> str:
    """Return the input without characters that a database rejects: NUL and lone surrogates."""
    return typed.strip().replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def _candidate(work: Work, organisation: str, email: str) -> _Candidate:
    tenant_id = tenant_lookup.find_tenant_id(work, organisation)
    user = None
    if tenant_id:
        user = work.session.scalar(select(User).where(User.tenant_id == tenant_id, User.email == email))
    if user is None:
        return _Candidate(tenant_id)
    return _Candidate(tenant_id, user.id, user.password_hash if user.active else "")


def _record_sign_in(work: Work, user: User, browser: Browser) -> None:
    user.last_signed_in_at = work.now()
    work.session.flush()
    audit.record(work, user.tenant_id, SIGNED_IN, user.id, after={"address": browser.address})


def _as_user(work: Work, user: User) -> Work:
    """Return the same transaction in the name of the user."""
    return replace(work, actor=actor_of(user))
