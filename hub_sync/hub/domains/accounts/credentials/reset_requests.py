"""A link to set a new password, asked for on the sign-in page. Whoever asks learns nothing: not even if the address exists."""

import hashlib

from sqlalchemy import select

from hub_sync.hub.domains.accounts.credentials import one_time_links
from hub_sync.hub.domains.accounts.link_mails import can_mail, mail_link
from hub_sync.hub.domains.accounts.manifest import USER_LINK_ISSUED, UserLinkIssued
from hub_sync.hub.domains.accounts.tables import TokenPurpose, User
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.kit.db import tenant_lookup
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import domain_events
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.networks import network_key
from hub_sync.hub.kit.security.credential_bounds import UNBOUNDED
from hub_sync.hub.kit.text_types import clean_email

PER_ADDRESS, PER_ACCOUNT, ACCOUNT_MINUTES = 10, 3, 60
ACTOR = "sign-in page"


def count_request(hub: HubContext, client_address: str) -> None:
    """Count a request of a caller, whatever it asks for.

    Raises:
        TooManyRequests: 429.
    """
    name = f"reset-from:{network_key(client_address)}"
    hub.rate_limits.acquire(name, PER_ADDRESS).raise_if_exceeded()


def send_link(hub: HubContext, email: str, organisation: str, base: str, language: str) -> bool:
    """Send a link to an account that may sign in with a password; return False if there is none, or it got some just now.

    Args:
        hub: the hub.
        email: as it was typed.
        organisation: the tenant's short name; "" where there is only one.
        base: the beginning of the link.
        language: of the page, for an account that has chosen none.
    """
    address = clean_email(email).lower()
    with hub.uow.begin(ACTOR) as work:
        user = _find(work, organisation.strip().lower(), address)
        if user is None or not can_mail(work, user.tenant_id) or not _may_get_more(hub, user):
            return False
        purpose = TokenPurpose.PASSWORD_RESET
        path = one_time_links.issue(work, user, purpose, UNBOUNDED)
        audit.record(work, user.tenant_id, USER_LINK_ISSUED, user.id, after={"purpose": purpose.value})
        domain_events.emit(work, user.tenant_id, UserLinkIssued(entity_id=user.id, purpose=purpose.value))
        return mail_link(work, user, purpose, base + path, one_time_links.expires_at(work, purpose), language)


def _find(work: Work, organisation: str, email: str) -> User | None:
    """Return an account that has a password and is active, locked."""
    tenant_id = tenant_lookup.find_tenant_id(work, organisation)
    query = select(User).where(
        User.tenant_id == tenant_id, User.email == email, User.active.is_(True), User.password_hash != ""
    )
    return work.session.scalar(query.with_for_update())


def _may_get_more(hub: HubContext, user: User) -> bool:
    """Return False if the account got its mails of this hour: a stranger could fill a mailbox, and end links as they arrive."""
    digest = hashlib.sha256(f"{user.tenant_id}:{user.id}".encode()).hexdigest()[:32]
    return hub.rate_limits.acquire(f"reset-of:{digest}", PER_ACCOUNT, ACCOUNT_MINUTES).granted
