"""Links that are handed to a person: to accept an invitation, or to set a password anew. Each is good once."""

from datetime import timedelta

from sqlalchemy import select, update

from hub_sync.hub.domains.accounts.errors import LinkInvalid
from hub_sync.hub.domains.accounts.sign_in.sessions import new_token, token_hash
from hub_sync.hub.domains.accounts.tables import TokenPurpose, User, UserToken
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.settings import HubSettings

LIFETIMES = {TokenPurpose.INVITATION: timedelta(days=7), TokenPurpose.PASSWORD_RESET: timedelta(hours=24)}
PATHS = {TokenPurpose.INVITATION: "/invitation/", TokenPurpose.PASSWORD_RESET: "/reset/"}


def absolute_url(settings: HubSettings, path: str, base: str = "") -> str:
    """A link that can be handed on: below the public address, else below `base`, how the caller reached the hub."""
    return (settings.public_url or base or f"http://{settings.host}:{settings.port}").rstrip("/") + path


def issue(work: Work, user: User, purpose: TokenPurpose) -> str:
    """The path of a fresh link; those that the person was given before are void. The caller holds the user's row."""
    revoke_links(work, user)
    token = new_token()
    work.session.add(
        UserToken(
            tenant_id=user.tenant_id,
            id=work.new_id(),
            user_id=user.id,
            purpose=purpose,
            token_hash=token_hash(token),
            expires_at=work.now() + LIFETIMES[purpose],
        )
    )
    work.session.flush()
    return PATHS[purpose] + token


def revoke_links(work: Work, user: User) -> None:
    """Make every link that the person has not used worthless."""
    work.session.execute(
        update(UserToken)
        .where(
            UserToken.tenant_id == user.tenant_id, UserToken.user_id == user.id, UserToken.used_at.is_(None)
        )
        .values(used_at=work.now(), updated_at=work.now())
    )


def user_of(work: Work, token: str, purpose: TokenPurpose) -> User:
    """The person that a link is for; inside a transaction their row is held, so that it is used once.

    Raises:
        LinkInvalid: 410: used, replaced, too old or made up, or the account is deactivated.
    """
    chosen = (
        select(User)
        .join(UserToken, (UserToken.tenant_id == User.tenant_id) & (UserToken.user_id == User.id))
        .where(
            UserToken.token_hash == token_hash(token),
            UserToken.purpose == purpose,
            UserToken.used_at.is_(None),
            UserToken.expires_at > work.now(),
            User.active.is_(True),
        )
    )
    user = work.session.scalar(chosen)
    if user is None:
        raise LinkInvalid
    return user


def use(work: Work, token: str, purpose: TokenPurpose) -> User:
    """Spend a link, and tell whose it was; two at once spend it once.

    Raises:
        LinkInvalid: 410.
    """
    user = user_of(work, token, purpose)
    work.session.refresh(user, with_for_update=True)
    spent = work.session.execute(
        update(UserToken)
        .where(UserToken.token_hash == token_hash(token), UserToken.used_at.is_(None))
        .values(used_at=work.now(), updated_at=work.now())
        .returning(UserToken.id)
    ).all()
    if not spent or not user.active:
        raise LinkInvalid
    return user
