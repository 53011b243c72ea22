"""The lists of messages and of suppressed addresses."""

from datetime import datetime

from hub_sync.contract.enums import MessageChannel, MessagePurpose, MessageStatus, SuppressionSource
from hub_sync.hub.domains.messages.tables import MessageDelivery, MessageSuppression
from hub_sync.hub.kit.lists.result_pages import Listing
from hub_sync.hub.kit.schemas import ResponseModel


class OutboxMessage(ResponseModel):
    """A message, and what became of it. Its text is not shown."""

    id: str
    channel: MessageChannel
    recipient: str
    purpose: MessagePurpose
    subject: str
    status: MessageStatus
    attempts: int
    event_id: str | None
    participant_id: str | None
    broadcast_id: str | None
    automatic_rule_id: str | None
    due_at: datetime | None
    latest_at: datetime | None
    sent_at: datetime | None
    error_code: str | None
    error: str | None
    created_at: datetime
    updated_at: datetime


class SuppressionResponse(ResponseModel):
    """An address that gets no messages of a purpose."""

    id: str
    channel: MessageChannel
    address: str
    purpose: MessagePurpose
    source: SuppressionSource
    reason: str
    created_by: str
    created_at: datetime
    updated_at: datetime


DELIVERIES = Listing(
    row=MessageDelivery,
    schema=OutboxMessage,
    sorts={"created_at": MessageDelivery.created_at, "updated_at": MessageDelivery.updated_at},
    default_sort="-created_at",
    filters={
        "status": MessageDelivery.status,
        "channel": MessageDelivery.channel,
        "purpose": MessageDelivery.purpose,
        "event_id": MessageDelivery.event_id,
        "participant_id": MessageDelivery.participant_id,
        "broadcast_id": MessageDelivery.broadcast_id,
    },
)
SUPPRESSIONS = Listing(
    row=MessageSuppression,
    schema=SuppressionResponse,
    sorts={"created_at": MessageSuppression.created_at, "address": MessageSuppression.address},
    default_sort="-created_at",
    filters={
        "channel": MessageSuppression.channel,
        "purpose": MessageSuppression.purpose,
        "source": MessageSuppression.source,
    },
)
