"""The list of addresses that get no messages of a purpose any more."""

from typing import Any

from sqlalchemy import Dialect, Select, select
from sqlalchemy.dialects import postgresql, sqlite

from hub_sync.contract.enums import MessageChannel, MessagePurpose, SuppressionSource
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.messages.delivery.compose import check_recipient
from hub_sync.hub.domains.messages.delivery_manifest import (
    SUPPRESSION_CREATED,
    SUPPRESSION_DELETED,
    MessageSuppressed,
)
from hub_sync.hub.domains.messages.errors import RecipientInvalid, SuppressionExists, SuppressionNotFound
from hub_sync.hub.domains.messages.suppression.links import Subscription
from hub_sync.hub.domains.messages.tables import MessageSuppression
from hub_sync.hub.kit.db.search_column import fold_search_text
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import domain_events

OPTIONAL_PURPOSES = (MessagePurpose.MARKETING, MessagePurpose.EVENT_NEWS)
"""What people may opt out of, and what does not go to an address that does not exist."""

_S = MessageSuppression


def add(
    work: Work,
    tenant_id: str,
    channel: MessageChannel,
    recipient: str,
    purpose: MessagePurpose,
    reason: str = "",
) -> MessageSuppression:
    """Put an address on the list, as an operator.

    Raises:
        RecipientInvalid: it is no address (422).
        SuppressionExists: it is on the list (409).
    """
    if channel is MessageChannel.KIOSK:
        raise RecipientInvalid(recipient=recipient)  # a screen, nobody's address
    address = check_recipient(channel, recipient)
    id_ = _insert(work, tenant_id, channel, address, purpose, SuppressionSource.OPERATOR, reason)
    if id_ is None:
        raise SuppressionExists
    return get(work, tenant_id, id_)


def suppressions_of(tenant_id: str) -> Select[MessageSuppression]:
    """Return a query of a tenant's entries."""
    return select(_S).where(_S.tenant_id == tenant_id)


def get(work: Work, tenant_id: str, suppression_id: str) -> MessageSuppression:
    """Return an entry.

    Raises:
        SuppressionNotFound: 404.
    """
    row = work.session.get(_S, (tenant_id, suppression_id))
    if row is None:
        raise SuppressionNotFound
    return row


def remove(work: Work, tenant_id: str, suppression_id: str) -> None:
    """Take an address off the list.

    Raises:
        SuppressionNotFound: 404.
    """
    row = get(work, tenant_id, suppression_id)
    before = {"channel": row.channel, "address": row.address, "purpose": row.purpose, "source": row.source}
    work.session.delete(row)
    audit.record(work, tenant_id, SUPPRESSION_DELETED, suppression_id, before=before)


def opt_out(work: Work, subscription: Subscription) -> bool:
    """Put an address on the list, as the person themselves; return False if it was there already."""
    return (
        _insert(
            work,
            subscription.tenant_id,
            subscription.channel,
            subscription.address,
            subscription.purpose,
            SuppressionSource.PERSON,
            "",
        )
        is not None
    )


def opt_in(work: Work, subscription: Subscription) -> bool:
    """Undo what the person has done by the link; return False if there is nothing to undo."""
    row = _find(work, subscription)
    if row is None or row.source is not SuppressionSource.PERSON:
        return False
    remove(work, row.tenant_id, row.id)
    return True


def is_opted_out(work: Work, subscription: Subscription) -> bool:
    """Return True if an address is on the list for a purpose."""
    return _find(work, subscription) is not None


def suppress_bounced(
    work: Work, tenant_id: str, channel: MessageChannel, address: str, response: str
) -> None:
    """Put an address that does not exist on the list. Tickets and the like go on: it may be mended."""
    for purpose in OPTIONAL_PURPOSES:
        _insert(work, tenant_id, channel, address, purpose, SuppressionSource.BOUNCE, response)


def suppress_complained(work: Work, tenant_id: str, channel: MessageChannel, address: str) -> None:
    """Put the address of somebody who reported a message as spam on the list."""
    for purpose in OPTIONAL_PURPOSES:
        _insert(work, tenant_id, channel, address, purpose, SuppressionSource.COMPLAINT, "")


def _find(work: Work, subscription: Subscription) -> MessageSuppression | None:
    return work.session.scalar(
        select(_S).where(
            _S.tenant_id == subscription.tenant_id,
            _S.channel == subscription.channel,
            _S.address == subscription.address,
            _S.purpose == subscription.purpose,
        )
    )


def _insert(
    work: Work,
    tenant_id: str,
    channel: MessageChannel,
    address: str,
    purpose: MessagePurpose,
    source: SuppressionSource,
    reason: str,
) -> str | None:
    """Insert an entry and record it; return its id, or None if there is one already."""
    values = {
        "tenant_id": tenant_id,
        "id": work.new_id(),
        "channel": channel,
        "address": address,
        "purpose": purpose,
        "source": source,
        "reason": reason[:500],
        "created_by": work.actor[:200],
        "searched": fold_search_text((address, reason[:500])),
        **work.timestamps(),
    }
    id_: str | None = work.session.scalar(_statement(work.dialect), values)
    if id_ is not None:
        after = {"channel": channel, "address": address, "purpose": purpose, "source": source}
        audit.record(work, tenant_id, SUPPRESSION_CREATED, id_, after=after)
        domain_events.emit(work, tenant_id, MessageSuppressed(entity_id=id_, purpose=purpose, source=source))
    return id_


def _statement(dialect: Dialect) -> Any:
    insert = postgresql.insert if dialect.name == "postgresql" else sqlite.insert
    return insert(_S).on_conflict_do_nothing().returning(_S.id)
