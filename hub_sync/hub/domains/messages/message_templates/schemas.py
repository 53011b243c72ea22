"""Requests and responses about templates."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from hub_sync.contract.enums import MessageChannel
from hub_sync.hub.console.i18n.translation import LANGUAGES
from hub_sync.hub.domains.messages.message_templates.language import MAX_SOURCE
from hub_sync.hub.domains.messages.message_templates.variables import VARIABLES
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.schemas import ResponseModel
from hub_sync.hub.kit.text_types import ExpectedFormat, Id, ShortText

LanguageCode = Annotated[
    str,
    StringConstraints(pattern=f"^({'|'.join(LANGUAGES)})$"),
    ExpectedFormat(N_("The code of a language, such as en.")),
    Field(description="`en`, `de` or `ar`.", examples=["en"]),
]
_Name = Annotated[
    ShortText,
    Field(description="The template's name. Versions, languages and channels of one template share it."),
]
_Channel = Annotated[MessageChannel, Field(description="The channel it is for.")]
_Scope = Annotated[
    Id | None, Field(description="The event that it is for; null: all events of the organisation.")
]
_Subject = Annotated[
    str,
    Field(
        max_length=500,
        description="The subject of a mail or the title of a push message, one line, with variables.",
    ),
]
_Body = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MAX_SOURCE,
        description="The text with variables, filters and conditions: HTML or plain paragraphs for mails, else plain text.",
        examples=["Hello {{ participant.first_name | default('and welcome') }}"],
    ),
]
LONGEST_DEFAULT = 200
_Defaults = Annotated[
    dict[str, Annotated[str, StringConstraints(max_length=LONGEST_DEFAULT)]],
    Field(
        max_length=len(VARIABLES), description="What stands in for empty values, by the names of variables."
    ),
]
_HasTicket = Annotated[bool, Field(description="True: the recipient's ticket is attached as PDF.")]
_HasCalendar = Annotated[bool, Field(description="True: the event is attached for calendars (iCalendar).")]


class NewMessageTemplate(BaseModel):
    """A new draft: the first version of a template, or the next one of a published template."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    event_id: _Scope = None
    name: _Name
    channel: _Channel = MessageChannel.EMAIL
    locale: LanguageCode = "en"
    subject: _Subject = ""
    body: _Body
    defaults: _Defaults = Field(default_factory=dict)
    has_ticket: _HasTicket = False
    has_calendar: _HasCalendar = False


class MessageTemplateChanges(BaseModel):
    """The members of a draft to change; the others stay."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    subject: _Subject = ""
    body: _Body = "-"
    defaults: _Defaults = Field(default_factory=dict)
    has_ticket: _HasTicket = False
    has_calendar: _HasCalendar = False


class MessageTemplateResponse(ResponseModel):
    """One version of a template."""

    id: str = Field(description="Id of the version.")
    event_id: str | None = Field(description="The event that it is for; null: all events.")
    name: str = Field(description="The template's name.")
    channel: MessageChannel = Field(description="The channel.")
    locale: str = Field(description="The language.")
    subject: str = Field(description="The subject.")
    body: str = Field(description="The text.")
    defaults: dict[str, Any] = Field(description="What stands in for empty values.")
    has_ticket: bool = Field(description="True: the ticket is attached.")
    has_calendar: bool = Field(description="True: the event is attached for calendars.")
    version: int = Field(description="The number of the version.")
    revision: int = Field(description="Counts the changes of a draft.")
    published_at: datetime | None = Field(
        description="Since when it is published and never changes; null: a draft."
    )
    archived_at: datetime | None = Field(description="Since when it is not offered any more.")
    created_at: datetime = Field(description="Time of creation, UTC.")
    updated_at: datetime = Field(description="Time of the last change, UTC.")


class TemplatePreviewRequest(BaseModel):
    """The recipient of a preview."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    event_id: Id = Field(description="The event of the recipient.")
    participant_id: Id = Field(description="A real recipient.")


class TemplatePreviewResponse(BaseModel):
    """The message as this recipient would get it, by the renderer that makes the messages."""

    subject: str = Field(description="The subject.")
    text: str = Field(description="The plain text.")
    html: str | None = Field(description="The page of a mail; null: the channel has none.")
    missing: list[str] = Field(
        description="Variables that are empty for this recipient and have no default: the message would not be sent."
    )


class TemplateVariableResponse(BaseModel):
    """One variable of the catalogue."""

    name: str = Field(description="As templates write it.")
    kind: str = Field(description="`text`, `date`, `link` or `image`.")
    description: str = Field(description="What it says.")
    example: str = Field(description="A value.")


class TemplateVariablesResponse(BaseModel):
    """All variables and filters of templates."""

    variables: list[TemplateVariableResponse] = Field(description="The variables.")
    filters: list[str] = Field(description="The filters.")
