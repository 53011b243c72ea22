"""Browsers that people are signed in with.

The cookie holds 32 random bytes, the database only their SHA-256. `expires_at` moves on as the session is used, never
past its longest lifetime. Whose role changed, who was deactivated or signed out is found out at their next call: it is
all read anew, in one statement.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, func, select

from hub_sync.hub.domains.accounts.errors import (
    CsrfTokenMissing,
    SessionNotFound,
    SignInNeeded,
    SignInTimedOut,
)
from hub_sync.hub.domains.accounts.tables import RoleDefinition, RolePermission, User, UserSession
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.settings import HubSettings

TOUCH_AFTER = timedelta(minutes=1)
"""How old `last_seen_at` must be before a call writes a new one."""
SECOND_FACTOR_TIMEOUT = timedelta(minutes=10)
"""How long a second factor is waited for."""
_TOKEN_BYTES = 32
_CSRF_LABEL = b"doorward csrf 1"


@dataclass(frozen=True, slots=True)
class SignedInUser:
    """Somebody who is signed in, and what they may do."""

    user_id: str
    tenant_id: str
    email: str
    name: str
    role: str
    language: str
    permissions: frozenset[str]
    session_id: str
    last_seen_at: datetime


@dataclass(frozen=True, slots=True)
class SessionLifetimes:
    """How long a session lasts: unused, and at the longest."""

    idle: timedelta
    longest: timedelta


def lifetimes(settings: HubSettings) -> SessionLifetimes:
    """As the hub is set up."""
    return SessionLifetimes(
        timedelta(hours=settings.session_idle_h), timedelta(hours=settings.session_longest_h)
    )


@dataclass(frozen=True, slots=True)
class Browser:
    """What is noted of where somebody signs in from."""

    address: str = ""
    user_agent: str = ""
    known: str = field(default="", repr=False)
    """The cookie that tells whether somebody signed in with it before (`known_browsers`)."""


_PERMISSIONS = (
    select(func.aggregate_strings(RolePermission.permission, " "))
    .join(
        RoleDefinition,
        (RoleDefinition.tenant_id == RolePermission.tenant_id)
        & (RoleDefinition.id == RolePermission.role_id),
    )
    .where(RoleDefinition.tenant_id == User.tenant_id, RoleDefinition.name == User.role)
    .correlate(User)
    .scalar_subquery()
)
_SIGNED_IN = (
    select(
        User.id,
        User.tenant_id,
        User.email,
        User.name,
        User.role,
        User.language,
        _PERMISSIONS.label("permissions"),
        UserSession.id.label("session_id"),
        UserSession.last_seen_at,
    )
    .join(User, (User.tenant_id == UserSession.tenant_id) & (User.id == UserSession.user_id))
    .where(
        UserSession.token_hash == bindparam("token_hash"),
        UserSession.expires_at > bindparam("now", type_=UserSession.expires_at.type),
        UserSession.awaits_second_factor.is_(False),
        User.active.is_(True),
    )
)


def authenticate_session(work: Work, token: str) -> SignedInUser:
    """Whose session this is; reads only, it is asked at every call.

    Raises:
        SignInNeeded: 401: no token, an unknown or ended session, or one whose second factor is still awaited.
    """
    found = None
    if token:
        asked = {"token_hash": token_hash(token), "now": work.now()}
        found = work.session.execute(_SIGNED_IN, asked).one_or_none()
    if found is None:
        raise SignInNeeded
    return SignedInUser(
        user_id=found.id,
        tenant_id=found.tenant_id,
        email=found.email,
        name=found.name,
        role=found.role,
        language=found.language,
        permissions=frozenset((found.permissions or "").split()),
        session_id=found.session_id,
        last_seen_at=found.last_seen_at,
    )


def csrf_token(session_token: str) -> str:
    """The proof that a changing request of this session carries: its forms and pages know it, other sites don't."""
    return hmac.new(session_token.encode(), _CSRF_LABEL, hashlib.sha256).hexdigest()


def check_csrf(token: str, proof: str) -> None:
    """That a changing request comes from a page of ours.

    Raises:
        CsrfTokenMissing: 403.
    """
    if not hmac.compare_digest(csrf_token(token).encode(), proof.encode("utf-8", "replace")):
        raise CsrfTokenMissing


def create_session(
    work: Work,
    user: User,
    lifetimes: SessionLifetimes,
    browser: Browser,
    *,
    awaits_second_factor: bool = False,
) -> str:
    """A new session for the user, and its token: never one that the browser brought along."""
    now = work.now()
    of_user = (UserSession.tenant_id == user.tenant_id, UserSession.user_id == user.id)
    work.session.execute(delete(UserSession).where(*of_user, UserSession.expires_at <= now))
    token = new_token()
    lasts = SECOND_FACTOR_TIMEOUT if awaits_second_factor else min(lifetimes.idle, lifetimes.longest)
    work.session.add(
        UserSession(
            tenant_id=user.tenant_id,
            id=work.new_id(),
            user_id=user.id,
            token_hash=token_hash(token),
            awaits_second_factor=awaits_second_factor,
            last_seen_at=now,
            expires_at=now + lasts,
            address=browser.address[:45],
            user_agent=browser.user_agent[:200].replace("\x00", ""),
        )
    )
    work.session.flush()
    return token


def pending_session(work: Work, token: str) -> UserSession:
    """The session of a browser that has shown the password and not yet the second factor.

    Raises:
        SignInNeeded: 401: there is none.
    """
    chosen = (
        select(UserSession)
        .join(User, (User.tenant_id == UserSession.tenant_id) & (User.id == UserSession.user_id))
        .where(
            UserSession.token_hash == token_hash(token),
            UserSession.expires_at > work.now(),
            UserSession.awaits_second_factor.is_(True),
            User.active.is_(True),
        )
    )
    found = work.session.scalar(chosen) if token else None
    if found is None:
        raise SignInTimedOut
    return found


def touch(
    work: Work, tenant_id: str, session_id: str, lifetimes: SessionLifetimes, address: str = ""
) -> None:
    """Note that a session is in use, which keeps it from running out; one that has ended stays so."""
    row = work.session.get(UserSession, (tenant_id, session_id), with_for_update=True)
    now = work.now()
    if row is None or row.expires_at <= now or now - row.last_seen_at < TOUCH_AFTER:
        return
    row.last_seen_at = now
    row.expires_at = min(row.created_at + lifetimes.longest, now + lifetimes.idle)
    row.address = address[:45] or row.address


def end_session(work: Work, tenant_id: str, user_id: str, session_id: str) -> None:
    """End one of a person's sessions.

    Raises:
        SessionNotFound: it has ended, or is another's.
    """
    row = work.session.get(UserSession, (tenant_id, session_id))
    if row is None or row.user_id != user_id:
        raise SessionNotFound
    work.session.delete(row)
    work.session.flush()


def end_sessions(work: Work, tenant_id: str, user_id: str, *, but: str = "") -> None:
    """End all of a person's sessions, but the one of this id."""
    work.session.execute(
        delete(UserSession).where(
            UserSession.tenant_id == tenant_id, UserSession.user_id == user_id, UserSession.id != but
        )
    )


def sessions_of(work: Work, tenant_id: str, user_id: str) -> list[UserSession]:
    """Where somebody is signed in now, the last used first."""
    chosen = select(UserSession).where(
        UserSession.tenant_id == tenant_id,
        UserSession.user_id == user_id,
        UserSession.awaits_second_factor.is_(False),
        UserSession.expires_at > work.now(),
    )
    return list(work.session.scalars(chosen.order_by(UserSession.last_seen_at.desc(), UserSession.id)))


def new_token() -> str:
    """32 random bytes, fit for a cookie or an address."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def token_hash(token: str) -> str:
    """What is kept of a token: it is random enough that a plain SHA-256 can't be turned back."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
