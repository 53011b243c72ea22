"""Requests and responses about broadcasts."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, FailFast, Field, StringConstraints

from hub_sync.contract.enums import BroadcastStatus, MessageChannel, MessagePurpose, MessageStatus
from hub_sync.hub.domains.bulk.service import Selection
from hub_sync.hub.domains.messages.message_templates.schemas import LONGEST_DEFAULT, LanguageCode
from hub_sync.hub.domains.messages.message_templates.variables import VARIABLES
from hub_sync.hub.domains.messages.senders.problems import SenderProblem
from hub_sync.hub.kit.schemas import ResponseModel
from hub_sync.hub.kit.text_types import Instant, PreviewHash, ShortText, SingleLineText

_Title = Annotated[
    SingleLineText, Field(description="What the broadcast is called here; recipients don't see it.")
]
_TemplateName = Annotated[ShortText, Field(description="The name of the template.")]
_Channels = Annotated[
    tuple[MessageChannel, ...],
    FailFast(),
    Field(
        min_length=1,
        max_length=len(MessageChannel),
        description="In order: everybody is written to on the first channel on which they have an address.",
    ),
]
_Purpose = Annotated[
    MessagePurpose, Field(description="What people unsubscribe from; nobody does from `TRANSACTIONAL`.")
]
_Language = Annotated[LanguageCode, Field(description="For people who have chosen no language.")]
_Defaults = Annotated[
    dict[str, Annotated[str, StringConstraints(max_length=LONGEST_DEFAULT)]],
    Field(
        max_length=len(VARIABLES),
        description="What stands in for empty values, by the names of variables, before the template's own defaults.",
    ),
]
_Audience = Annotated[Selection, Field(description="The participants, as bulk operations select them.")]


class NewBroadcast(BaseModel):
    """A new broadcast, a draft."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: _Title
    template_name: _TemplateName
    channels: _Channels = (MessageChannel.EMAIL,)
    purpose: _Purpose = MessagePurpose.EVENT_NEWS
    language: _Language = "en"
    defaults: _Defaults = Field(default_factory=dict)
    audience: _Audience


class BroadcastChanges(BaseModel):
    """The members of a draft to change; the others stay. The preview has to be made anew."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: _Title = "-"
    template_name: _TemplateName = "-"
    channels: _Channels = (MessageChannel.EMAIL,)
    purpose: _Purpose = MessagePurpose.EVENT_NEWS
    language: _Language = "en"
    defaults: _Defaults = Field(default_factory=dict)


class BroadcastStart(BaseModel):
    """The time at which a broadcast is sent."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    audience_hash: PreviewHash = Field(description="That of the preview: who gets it is who was counted.")
    scheduled_at: Instant | None = Field(default=None, description="When to begin; null: now.")
    latest_at: Instant | None = Field(
        default=None,
        description="After this time nothing is sent without a person's word; null: one hour after the scheduled time for the "
        "beginning, no limit once it has begun.",
    )


class BroadcastResend(BaseModel):
    """To whom a broadcast is sent again."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    include_unsure: bool = Field(
        default=False,
        description="True: also those of whom nobody knows if they got it; some get it twice then.",
    )


class BroadcastResponse(ResponseModel):
    """A broadcast."""

    id: str = Field(description="Id of the broadcast.")
    event_id: str = Field(description="Id of the event.")
    title: str = Field(description="Its title.")
    template_name: str = Field(description="The name of the template.")
    templates: dict[str, Any] = Field(description="The frozen versions, by channel and language.")
    channels: list[str] = Field(description="The channels, in order.")
    language: str = Field(description="The language for people who have chosen none.")
    purpose: MessagePurpose = Field(description="What people unsubscribe from.")
    audience: dict[str, Any] = Field(description="The selection as it was asked for.")
    audience_hash: str | None = Field(
        description="Of the frozen audience, which `start` needs; null: no preview."
    )
    counts: dict[str, Any] = Field(
        description="What the preview counted: `total`, `by_channel`, `no_address`, `suppressed`, `missing` by variable, `unusable`, and "
        "`incomplete`: who lacks a value or has an unusable one, and has not unsubscribed."
    )
    defaults: dict[str, Any] = Field(description="What stands in for empty values.")
    bulletin: dict[str, Any] | None = Field(
        description="What stands on stations' screens, until when and where; null: it is written to people."
    )
    status: BroadcastStatus = Field(
        description="DRAFT, SCHEDULED, SENDING or PAUSED; then COMPLETED, PARTIAL (somebody did not get it) or CANCELLED."
    )
    reason: str | None = Field(description="Why it waits for a person: `LATE`; null: it does not.")
    scheduled_at: datetime | None = Field(description="When to begin.")
    latest_at: datetime | None = Field(description="After this time it asks.")
    origin_id: str | None = Field(description="The broadcast that this one is sent again of.")
    started_at: datetime | None = Field(description="When it began.")
    ended_at: datetime | None = Field(description="When the last message was settled.")
    requested_by: str = Field(description="Who created or started it.")
    version: int = Field(description="Counts the changes.")
    created_at: datetime = Field(description="Time of creation, UTC.")
    updated_at: datetime = Field(description="Time of the last change, UTC.")


class ObstacleResponse(ResponseModel):
    """Why messages of a broadcast wait on a channel."""

    channel: MessageChannel = Field(description="The channel.")
    sender_id: str | None = Field(
        description="The account that does not work; null: the channel has none in use."
    )
    name: str | None = Field(description="Its name.")
    problem: SenderProblem | None = Field(description="What is wrong with it; null: there is no account.")
    response: str | None = Field(description="What the server answered.")


class ObstaclesResponse(ResponseModel):
    """What keeps messages of a broadcast waiting; empty if nothing does."""

    obstacles: list[ObstacleResponse] = Field(description="By channel and account.")


class LedgerRowResponse(ResponseModel):
    """One row of the ledger: the outcome for one person."""

    id: str = Field(description="Id of the message.")
    participant_id: str | None = Field(description="The participant.")
    channel: MessageChannel = Field(description="The channel.")
    recipient: str = Field(
        description="The address; empty: the person has none. Of KIOSK the id of the station."
    )
    status: MessageStatus = Field(description="Where it stands. UNSURE: nobody knows if it arrived.")
    attempts: int = Field(description="How often it was tried.")
    sent_at: datetime | None = Field(description="When a server took it, or the station.")
    settled_at: datetime | None = Field(
        description="When it came to an end; of KIOSK with DELIVERED: when it stood on the screen."
    )
    answered_at: datetime | None = Field(description="Of KIOSK: when staff confirmed it.")
    answered_by: str | None = Field(description="Of KIOSK: who was signed on then.")
    error_code: str | None = Field(description="Why it was not sent, a code.")
    error: str | None = Field(description="What the server said.")
    created_at: datetime = Field(description="Time of creation, UTC.")
    updated_at: datetime = Field(description="Time of the last change, UTC.")
