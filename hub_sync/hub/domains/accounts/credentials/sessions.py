"""Sessions of signed-in users.

The cookie holds 32 random bytes, the database only their SHA-256. `expires_at` moves on as the session is used, but
never past its longest lifetime. A changed role, a deactivation or a sign-out takes effect at the next request: every
request reads the session again, in one statement.
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
from hub_sync.hub.kit.security.csrf_masks import unmask_token
from hub_sync.hub.kit.settings import HubSettings

TOUCH_AFTER = timedelta(minutes=1)
"""Age of `last_seen_at` from which a request writes a new one."""
SECOND_FACTOR_TIMEOUT = timedelta(minutes=10)
"""Lifetime of a session that awaits its second factor."""
_TOKEN_BYTES = 32
_CSRF_LABEL = b"doorward csrf 1"


@dataclass(frozen=True, slots=True)
class SignedInUser:
    """A signed-in user and their permissions."""

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
    """Lifetimes of a session: without use, and at most."""

    idle: timedelta
    longest: timedelta


def lifetimes(settings: HubSettings) -> SessionLifetimes:
    """Return the lifetimes from the hub's settings."""
    return SessionLifetimes(
        timedelta(hours=settings.session_idle_h), timedelta(hours=settings.session_longest_h)
    )


@dataclass(frozen=True, slots=True)
class Browser:
    """The browser from which a user signs in."""

    address: str = ""
    user_agent: str = ""
    known: str = field(default="", repr=False)
    """Cookie of a browser in which a user signed in before (`known_browsers`)."""


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
    """Return the signed-in user of a session. It only reads, since every request calls it.

    Raises:
        SignInNeeded: 401: no token, an unknown or ended session, or one whose second factor is still awaited.
    """
    row = None
    if token:
        parameters = {"token_hash": token_hash(token), "now": work.now()}
        row = work.session.execute(_SIGNED_IN, parameters).one_or_none()
    if row is None:
        raise SignInNeeded
    return SignedInUser(
        user_id=row.id,
        tenant_id=row.tenant_id,
        email=row.email,
        name=row.name,
        role=row.role,
        language=row.language,
        permissions=frozenset((row.permissions or "").split()),
        session_id=row.session_id,
        last_seen_at=row.last_seen_at,
    )


def csrf_token(session_token: str) -> str:
    """Return the CSRF token that every changing request of this session carries."""
    return hmac.new(session_token.encode(), _CSRF_LABEL, hashlib.sha256).hexdigest()


def check_csrf(token: str, proof: str) -> None:
    """Check that a changing request comes from a page of the session; `proof` is its token, masked or not.

    Raises:
        CsrfTokenMissing: 403.
    """
    plain = unmask_token(proof)
    if not hmac.compare_digest(csrf_token(token).encode(), plain.encode("utf-8", "replace")):
        raise CsrfTokenMissing


def create_session(
    work: Work,
    user: User,
    lifetimes: SessionLifetimes,
    browser: Browser,
    *,
    awaits_second_factor: bool = False,
) -> str:
    """Create a session for the user and return its new token."""
    now = work.now()
    of_user = (UserSession.tenant_id == user.tenant_id, UserSession.user_id == user.id)
    work.session.execute(delete(UserSession).where(*of_user, UserSession.expires_at <= now))
    token = new_token()
    lifetime = SECOND_FACTOR_TIMEOUT if awaits_second_factor else min(lifetimes.idle, lifetimes.longest)
    work.session.add(
        UserSession(
            tenant_id=user.tenant_id,
            id=work.new_id(),
            user_id=user.id,
            token_hash=token_hash(token),
            awaits_second_factor=awaits_second_factor,
            last_seen_at=now,
            expires_at=now + lifetime,
            address=browser.address[:45],
            user_agent=browser.user_agent[:200].replace("\x00", ""),
        )
    )
    work.session.flush()
    return token


def pending_session(work: Work, token: str) -> UserSession:
    """Return the session that has passed the password and awaits the second factor.

    Raises:
        SignInNeeded: 401: there is no such session.
    """
    query = (
        select(UserSession)
        .join(User, (User.tenant_id == UserSession.tenant_id) & (User.id == UserSession.user_id))
        .where(
            UserSession.token_hash == token_hash(token),
            UserSession.expires_at > work.now(),
            UserSession.awaits_second_factor.is_(True),
            User.active.is_(True),
        )
    )
    session = work.session.scalar(query) if token else None
    if session is None:
        raise SignInTimedOut
    return session


def touch(
    work: Work, tenant_id: str, session_id: str, lifetimes: SessionLifetimes, address: str = ""
) -> None:
    """Extend a session that is in use; one that has ended stays ended."""
    row = work.session.get(UserSession, (tenant_id, session_id), with_for_update=True)
    now = work.now()
    if row is None or row.expires_at <= now or now - row.last_seen_at < TOUCH_AFTER:
        return
    row.last_seen_at = now
    row.expires_at = min(row.created_at + lifetimes.longest, now + lifetimes.idle)
    row.address = address[:45] or row.address


def end_session(work: Work, tenant_id: str, user_id: str, session_id: str) -> None:
    """End one of a user's sessions.

    Raises:
        SessionNotFound: 404: it has ended or belongs to another user.
    """
    row = work.session.get(UserSession, (tenant_id, session_id))
    if row is None or row.user_id != user_id:
        raise SessionNotFound
    work.session.delete(row)
    work.session.flush()


def end_sessions(work: Work, tenant_id: str, user_id: str, *, but: str = "") -> None:
    """End all sessions of a user, except the one with the id `but`."""
    work.session.execute(
        delete(UserSession).where(
            UserSession.tenant_id == tenant_id, UserSession.user_id == user_id, UserSession.id != but
        )
    )


def sessions_of(work: Work, tenant_id: str, user_id: str) -> list[UserSession]:
    """Return the active sessions of a user, the last used first."""
    query = select(UserSession).where(
        UserSession.tenant_id == tenant_id,
        UserSession.user_id == user_id,
        UserSession.awaits_second_factor.is_(False),
        UserSession.expires_at > work.now(),
    )
    return list(work.session.scalars(query.order_by(UserSession.last_seen_at.desc(), UserSession.id)))


def new_token() -> str:
    """Return 32 random bytes in URL-safe base64."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def token_hash(token: str) -> str:
    """Return the SHA-256 that is stored instead of a token; a random token needs no salt."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
