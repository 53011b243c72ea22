"""Mails that bring links of accounts: invitations, and links to set a new password.

A domain that can send has a `MAILER` in its module `account_mails`; accounts call it and know none. Where nothing can be sent, a person
copies the link.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Protocol

from hub_sync.hub.domains import parts
from hub_sync.hub.domains.accounts.tables import TokenPurpose, User
from hub_sync.hub.kit.db import tenant_lookup
from hub_sync.hub.kit.db.unit_of_work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkMail:
    """A mail with a link.

    Attributes:
        tenant_id: the tenant of the account.
        organisation: its name.
        recipient: the address of the account.
        name: of its person, or "".
        language: of the account; where it has none, of whoever asked.
        is_invitation: False: the link sets a new password.
        link: the whole address.
        expires_at: until when the link is good.
    """

    tenant_id: str
    organisation: str
    recipient: str
    name: str
    language: str
    is_invitation: bool
    link: str
    expires_at: datetime


class AccountMailer(Protocol):
    """The object that a domain's module `account_mails` has as `MAILER`."""

    def can_send(self, work: Work, tenant_id: str) -> bool:
        """Return True if a mail that is queued now goes out."""

    def send(self, work: Work, mail: LinkMail) -> bool:
        """Queue a mail; return False if nobody can be reached at the address."""


def can_mail(work: Work, tenant_id: str) -> bool:
    """Return True if links of a tenant's accounts can go by mail."""
    return any(mailer.can_send(work, tenant_id) for mailer in _mailers())


def mail_link(
    work: Work, user: User, purpose: TokenPurpose, link: str, expires_at: datetime, language: str
) -> bool:
    """Queue the mail with a link of an account; return False if there is no way, so that a person has to hand it over.

    Args:
        work: the transaction that issued the link.
        user: the account.
        purpose: of the link.
        link: the whole address.
        expires_at: until when the link is good.
        language: for an account that has chosen none.
    """
    mail = LinkMail(
        tenant_id=user.tenant_id,
        organisation=tenant_lookup.find_tenant_name(work, user.tenant_id),
        recipient=user.email,
        name=user.name,
        language=user.language or language,
        is_invitation=purpose is TokenPurpose.INVITATION,
        link=link,
        expires_at=expires_at,
    )
    return any(mailer.can_send(work, user.tenant_id) and mailer.send(work, mail) for mailer in _mailers())


@cache
def _mailers() -> Sequence[AccountMailer]:
    return tuple(module.MAILER for module in parts("account_mails"))
