"""What the engine and its transactions hand to each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from hub_sync.contract.enums import MessageChannel
from hub_sync.hub.domains.messages.delivery.compose import RenderedMessage
from hub_sync.hub.domains.messages.delivery.retry_schedule import SendOutcome
from hub_sync.hub.domains.messages.senders.settings import SenderSettings


@dataclass(frozen=True, slots=True)
class PreparedMessage:
    """A delivery whose content is built and which is not claimed yet.

    Attributes:
        payload: the e-mail as bytes; of other channels None.
        content: of other channels what they send.
        envelope_sender: of an e-mail, where its bounces go to.
        event_id: the event that it is about, or None.
        is_awaited: True: that it was sent is a domain event (`MessageSent`).
    """

    tenant_id: str
    id: str
    channel: MessageChannel
    recipient: str
    is_stored: bool
    payload: bytes | None
    content: RenderedMessage
    envelope_sender: str
    event_id: str | None
    is_awaited: bool


@dataclass(frozen=True, slots=True)
class ClaimedMessage:
    """A delivery that this process sends now; `attempts` counts this one."""

    prepared: PreparedMessage
    sender_id: str
    attempts: int
    claimed_at: datetime


@dataclass(frozen=True, slots=True)
class MessageAttempt:
    """A claimed delivery with what became of it."""

    claimed: ClaimedMessage
    outcome: SendOutcome


@dataclass(frozen=True, slots=True)
class MessageClaim:
    """Prepared deliveries of an account that can be sent at once."""

    sender: SenderSettings
    prepared: Sequence[PreparedMessage]


@dataclass(frozen=True, slots=True)
class MessageBatch:
    """The work of one transaction: attempts to record, deliveries to claim."""

    attempts: Sequence[MessageAttempt] = ()
    claims: Sequence[MessageClaim] = ()


@dataclass(frozen=True, slots=True)
class MessageBatchResult:
    """The deliveries that were claimed, by account; those that are missing were opted out of, cancelled or taken by another."""

    claimed: Mapping[str, Sequence[ClaimedMessage]]
