"""One-time links that accept an invitation or set a new password.

A link is good while whoever issued it may still issue it: so a link that somebody has made for themselves ends with their
rights, and those of a revoked API key end with the key.
"""

from datetime import datetime, timedelta

from sqlalchemy import select, update

from hub_sync.hub.domains import registry
from hub_sync.hub.domains.accounts.credentials.sessions import new_token, token_hash
from hub_sync.hub.domains.accounts.errors import LinkInvalid
from hub_sync.hub.domains.accounts.manifest import USERS_MANAGE
from hub_sync.hub.domains.accounts.roles import check_may_assign
from hub_sync.hub.domains.accounts.tables import TokenPurpose, User, UserToken
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.errors import Forbidden
from hub_sync.hub.kit.security.credential_bounds import Bounds
from hub_sync.hub.kit.security.issuers import current_bounds
from hub_sync.hub.kit.settings import HubSettings

LIFETIMES = {TokenPurpose.INVITATION: timedelta(days=7), TokenPurpose.PASSWORD_RESET: timedelta(hours=24)}
PATHS = {TokenPurpose.INVITATION: "/invitation/", TokenPurpose.PASSWORD_RESET: "/reset/"}


def absolute_url(settings: HubSettings, path: str) -> str:
    """Return the absolute address of `path` for a command: below the public URL, or where the hub listens."""
    return (settings.public_url or f"http://{settings.host}:{settings.port}").rstrip("/") + path


def issue(work: Work, user: User, purpose: TokenPurpose, issuer: Bounds) -> str:
    """Create a link and return its path; earlier links of the user become invalid.

    The caller holds the lock on the user's row.
    """
    revoke_links(work, user)
    token = new_token()
    work.session.add(
        UserToken(
            tenant_id=user.tenant_id,
            id=work.new_id(),
            user_id=user.id,
            purpose=purpose,
            token_hash=token_hash(token),
            issued_by=issuer.owner or None,
            expires_at=expires_at(work, purpose),
        )
    )
    work.session.flush()
    return PATHS[purpose] + token


def expires_at(work: Work, purpose: TokenPurpose) -> datetime:
    """Return until when a link is good that is issued now."""
    return work.now() + LIFETIMES[purpose]


def revoke_links(work: Work, user: User) -> None:
    """Invalidate every unused link of the user."""
    work.session.execute(
        update(UserToken)
        .where(
            UserToken.tenant_id == user.tenant_id, UserToken.user_id == user.id, UserToken.used_at.is_(None)
        )
        .values(used_at=work.now(), updated_at=work.now())
    )


def user_of(work: Work, token: str, purpose: TokenPurpose) -> User:
    """Return the user of a link.

    Raises:
        LinkInvalid: 410: the link is unknown, used, replaced or expired, the account is deactivated, or whoever issued
            the link may not any more.
    """
    query = (
        select(User, UserToken.issued_by)
        .join(UserToken, (UserToken.tenant_id == User.tenant_id) & (UserToken.user_id == User.id))
        .where(
            UserToken.token_hash == token_hash(token),
            UserToken.purpose == purpose,
            UserToken.used_at.is_(None),
            UserToken.expires_at > work.now(),
            User.active.is_(True),
        )
    )
    row = work.session.execute(query).one_or_none()
    if row is None or not _may_issue(work, row.User, row.issued_by):
        raise LinkInvalid
    return row.User  # type: ignore[no-any-return]


def use(work: Work, token: str, purpose: TokenPurpose) -> User:
    """Mark a link as used and return its user; of two calls at the same time only one succeeds.

    Raises:
        LinkInvalid: 410.
    """
    user = user_of(work, token, purpose)
    work.session.refresh(user, with_for_update=True)
    used = work.session.execute(
        update(UserToken)
        .where(UserToken.token_hash == token_hash(token), UserToken.used_at.is_(None))
        .values(used_at=work.now(), updated_at=work.now())
        .returning(UserToken.id)
    ).all()
    if not used or not user.active:
        raise LinkInvalid
    return user


def _may_issue(work: Work, user: User, issued_by: str | None) -> bool:
    """Return True if whoever issued a link may issue it now."""
    issuer = current_bounds(work, user.tenant_id, issued_by)
    if issuer is None or not registry().covers(issuer.permissions, USERS_MANAGE):
        return False
    try:
        check_may_assign(work, user.tenant_id, issuer, user.role)
    except Forbidden:
        return False
    return True
