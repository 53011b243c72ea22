"""The lists of messages and of suppressed addresses."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from hub_sync.contract.enums import MessageChannel, MessagePurpose, MessageStatus, SuppressionSource
from hub_sync.hub.domains.messages.tables import MessageDelivery, MessageSuppression
from hub_sync.hub.kit.lists.result_pages import Listing
from hub_sync.hub.kit.schemas import ResponseModel
from hub_sync.hub.kit.text_types import NoteText


class OutboxMessage(ResponseModel):
    """A message, and what became of it. Its text is not shown."""

    id: str = Field(description="Id of the message.")
    channel: MessageChannel = Field(description="The channel.")
    recipient: str = Field(description="The address; of KIOSK the id of the station.")
    purpose: MessagePurpose = Field(description="What people unsubscribe from.")
    subject: str = Field(description="Its subject; empty: it has none, or none yet.")
    status: MessageStatus = Field(description="Where it stands. UNSURE: nobody knows if it arrived.")
    attempts: int = Field(description="How often it was tried.")
    event_id: str | None = Field(description="The event; null: it is about none.")
    participant_id: str | None = Field(description="The participant.")
    broadcast_id: str | None = Field(description="The broadcast that it belongs to.")
    automatic_rule_id: str | None = Field(description="The automatic message that it is of.")
    sender_id: str | None = Field(description="The account; null: the default one, when its turn comes.")
    due_at: datetime | None = Field(description="When it may be sent; null: it does not wait.")
    latest_at: datetime | None = Field(description="After this time it is given up.")
    sent_at: datetime | None = Field(description="When a server took it.")
    settled_at: datetime | None = Field(description="When it came to an end.")
    error_code: str | None = Field(description="Why it was not sent, or not yet, a code.")
    error: str | None = Field(description="What the server said.")
    created_at: datetime = Field(description="Time of creation, UTC.")
    updated_at: datetime = Field(description="Time of the last change, UTC.")


class SuppressionResponse(ResponseModel):
    """An address that gets no messages of a purpose."""

    id: str = Field(description="Id of the entry.")
    channel: MessageChannel = Field(description="The channel.")
    address: str = Field(description="The address, as addresses are compared.")
    purpose: MessagePurpose = Field(description="What is not sent to it.")
    source: SuppressionSource = Field(description="Who or what put it on the list.")
    reason: str = Field(description="A note; of BOUNCE what the server said.")
    created_by: str = Field(description="Who added it.")
    created_at: datetime = Field(description="Time of creation, UTC.")
    updated_at: datetime = Field(description="Time of the last change, UTC.")


class NewSuppression(BaseModel):
    """An address that gets no messages of a purpose from now on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    channel: MessageChannel = Field(default=MessageChannel.EMAIL, description="The channel; not KIOSK.")
    address: str = Field(
        min_length=1,
        max_length=320,
        description="An e-mail address, or a number.",
        examples=["ada@example.org"],
    )
    purpose: MessagePurpose = Field(
        default=MessagePurpose.MARKETING, description="What is not sent to it any more."
    )
    reason: NoteText = Field(default="", description="A note.")


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
