"""Send a message again, by a person's word: what was refused, given up, or is unsure."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, func, select

from hub_sync.contract.enums import MessageStatus
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.messages.delivery.content import STORED
from hub_sync.hub.domains.messages.delivery_manifest import DELIVERY_REPEATED
from hub_sync.hub.domains.messages.errors import MessageNotFound, MessageNotRepeatable
from hub_sync.hub.domains.messages.tables import MessageDelivery
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import domain_events

REPEATABLE = (
    MessageStatus.UNSURE,
    MessageStatus.BOUNCED,
    MessageStatus.FAILED,
    MessageStatus.DEAD,
    MessageStatus.SENT,
)


def deliveries_of(tenant_id: str) -> Select[MessageDelivery]:
    """Return a query of a tenant's messages."""
    return select(MessageDelivery).where(MessageDelivery.tenant_id == tenant_id)


def get(work: Work, tenant_id: str, delivery_id: str) -> MessageDelivery:
    """Return a message.

    Raises:
        MessageNotFound: 404.
    """
    row = work.session.get(MessageDelivery, (tenant_id, delivery_id))
    if row is None:
        raise MessageNotFound
    return row


def count_by_status(work: Work, tenant_id: str) -> Mapping[MessageStatus, int]:
    """Return how many messages have each status."""
    row = MessageDelivery
    counted = select(row.status, func.count()).where(row.tenant_id == tenant_id).group_by(row.status)
    return {status: number for status, number in work.session.execute(counted)}  # noqa: C416 - no pairs to mypy


def is_repeatable(row: MessageDelivery) -> bool:
    """Return True if a message can be sent again: it does not wait, and its content is there."""
    return row.status in REPEATABLE and (row.content_source != STORED or bool(row.content))


def repeat(work: Work, tenant_id: str, delivery_id: str) -> MessageDelivery:
    """Send a message again: at once, and whatever its latest time was.

    Raises:
        MessageNotFound: 404.
        MessageNotRepeatable: it waits, is wanted by nobody, or its content was deleted (409).
    """
    row = work.session.get(
        MessageDelivery, (tenant_id, delivery_id), with_for_update=True, populate_existing=True
    )
    if row is None:
        raise MessageNotFound
    if not is_repeatable(row):
        raise MessageNotRepeatable
    before: dict[str, Any] = {"status": row.status}
    row.status, row.attempts, row.due_at = MessageStatus.QUEUED, 0, work.now()
    row.leased_by = row.leased_until = row.latest_at = row.settled_at = row.error_code = row.error = None
    work.session.flush()
    audit.record(work, tenant_id, DELIVERY_REPEATED, row.id, before=before, after={"status": row.status})
    domain_events.wake(work, tenant_id)
    return row
