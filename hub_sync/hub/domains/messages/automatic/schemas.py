"""Requests and responses about automatic messages."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, FailFast, Field

from hub_sync.contract.enums import MessageChannel
from hub_sync.hub.domains.messages.message_templates.schemas import LanguageCode
from hub_sync.hub.kit.schemas import ResponseModel
from hub_sync.hub.kit.text_types import Email, Id, ShortText

MOST_MINUTES = 60 * 24 * 60


class AutomaticRuleChanges(BaseModel):
    """The members of a rule to change; the others stay."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    is_active: bool = Field(default=False, description="True: messages go out from now on.")
    template_name: ShortText = Field(default="-", description="The name of the template.")
    channels: Annotated[
        tuple[MessageChannel, ...],
        FailFast(),
        Field(
            min_length=1,
            max_length=len(MessageChannel),
            description="In order: everybody is written to on the first one on which they have an address.",
        ),
    ] = (MessageChannel.EMAIL,)
    language: LanguageCode = "en"
    minutes_before: Annotated[
        int | None,
        Field(ge=1, le=MOST_MINUTES, description="Of a reminder: minutes before the start of the event."),
    ] = None


class AutomaticRuleResponse(ResponseModel):
    """An automatic message of an event."""

    trigger: str = Field(description="The occasion.")
    is_active: bool = Field(description="True: it is switched on.")
    template_name: str = Field(description="The name of the template.")
    channels: list[str] = Field(description="The channels, in order.")
    language: str = Field(description="The language for people who have chosen none.")
    minutes_before: int | None = Field(description="Of a reminder: minutes before the start.")
    active_since: datetime | None = Field(description="What happened before is not answered.")
    version: int = Field(description="Counts the changes; 0: never changed.")


class AutomaticRulesResponse(BaseModel):
    """All automatic messages of an event."""

    rules: list[AutomaticRuleResponse] = Field(description="One for each occasion.")


class AutomaticTest(BaseModel):
    """A test run: the message that a participant would get is sent to another address, with a sample of the ticket."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    participant_id: Id = Field(description="Whose values the message has.")
    recipient: Email = Field(description="The e-mail address to which it goes.")


class AutomaticTestResponse(BaseModel):
    """The test message that was queued."""

    message_id: str = Field(description="Id of the message.")
