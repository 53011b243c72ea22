"""Requests and responses about the blacklist."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from hub_sync.hub.domains.blacklist.tables import (
    BlacklistAction,
    BlacklistKind,
    BlacklistMatch,
    HitStatus,
)
from hub_sync.hub.kit.schemas import ResponseModel
from hub_sync.hub.kit.text_types import Id, NoteText, reject_nul

LONGEST_TEXT = 400_000
MAX_AT_ONCE = 500


def _date_text(value: Any) -> Any:
    """Refuse numbers, which pydantic would read as seconds since 1970."""
    if value is not None and not isinstance(value, str | date):
        raise ValueError("a day is written as text, such as 2026-06-10")
    return value


_Day = Annotated[
    date,
    BeforeValidator(_date_text),
    Field(ge=date(1900, 1, 1), le=date(9000, 1, 1), examples=["2026-06-10"]),
]
_Value = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=320),
    BeforeValidator(lambda value: reject_nul(value) if isinstance(value, str) else value),
    Field(
        description="What people are compared with: a name, an address, …", examples=["mallory@example.org"]
    ),
]
_Kind = Annotated[BlacklistKind, Field(description="The kind of the value.")]
_Match = Annotated[
    BlacklistMatch | None,
    Field(
        description="`EXACT`: the same but for spelling; `FUZZY`: a similar name; `DOMAIN`: a domain and those below it. "
        "If left out: `DOMAIN` for a domain, else `EXACT`."
    ),
]
_Action = Annotated[
    BlacklistAction,
    Field(description="`BLOCK` refuses the person; `FLAG` asks a person. `FUZZY` only flags."),
]
_Scope = Annotated[
    Id | None, Field(description="The event that the entry holds for; null: all of the organisation.")
]
_Reason = Annotated[
    NoteText, Field(description="Why. Only those with `blacklist:manage` read it; no station gets it.")
]
_From = Annotated[
    _Day | None, Field(description="The first day, in the time zone of each event; null: no limit.")
]
_Until = Annotated[_Day | None, Field(description="The last day, included; null: no limit.")]


class NewBlacklistEntry(BaseModel):
    """A new entry."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: _Kind
    value: _Value
    match: _Match = None
    action: _Action = BlacklistAction.BLOCK
    event_id: _Scope = None
    reason: _Reason = ""
    valid_from: _From = None
    valid_until: _Until = None


class BlacklistEntryChanges(BaseModel):
    """The members to change; the others stay. A document number can be replaced, not read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: BlacklistKind = BlacklistKind.NAME
    value: _Value = "-"
    match: _Match = None
    action: _Action = BlacklistAction.BLOCK
    event_id: _Scope = None
    reason: _Reason = ""
    valid_from: _From = None
    valid_until: _Until = None


class BlacklistLines(BaseModel):
    """Lines to import, and what entries have that their line does not say."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lines: Annotated[
        str,
        Field(
            min_length=1,
            max_length=LONGEST_TEXT,
            description="One value a line, with its reason behind a tab or a semicolon; or the text of an export.",
            examples=["mallory@example.org\nmax@example.net; Stole a bicycle"],
        ),
    ]
    kind: _Kind
    match: _Match = None
    action: _Action = BlacklistAction.BLOCK
    event_id: _Scope = None
    reason: _Reason = ""
    valid_from: _From = None
    valid_until: _Until = None


class BlacklistImportResponse(BaseModel):
    """The result of an import."""

    added: int = Field(description="How many entries are new.")
    skipped: int = Field(description="How many lines the list had already.")


class BlacklistDeletion(BaseModel):
    """Entries to delete."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ids: Annotated[
        tuple[Id, ...],
        Field(min_length=1, max_length=MAX_AT_ONCE, fail_fast=True, description="The ids of the entries."),
    ]


class BlacklistDeletionResponse(BaseModel):
    """The result of deleting many."""

    deleted: int = Field(description="How many entries were there.")


class BlacklistEntryResponse(ResponseModel):
    """An entry."""

    id: str = Field(description="The id.")
    event_id: str | None = Field(description="The event that it holds for; null: all of the organisation.")
    kind: BlacklistKind = Field(description="The kind of the value.")
    label: str = Field(
        description="The value as it was typed. A document number is not readable: it is empty."
    )
    match: BlacklistMatch = Field(description="How it is compared.")
    action: BlacklistAction = Field(description="What a match does.")
    reason: str = Field(description="Why.")
    valid_from: str | None = Field(description="The first day; null: no limit.", examples=["2026-06-10"])
    valid_until: str | None = Field(
        description="The last day, included; null: no limit.", examples=["2026-06-12"]
    )
    created_by: str = Field(description="Who added it.")
    version: int = Field(description="The version; the ETag names it.")
    created_at: datetime = Field(description="The time of creation.")
    updated_at: datetime = Field(description="The time of the last change.")


class BlacklistHitResponse(ResponseModel):
    """An entry that meets a participant."""

    id: str = Field(description="The id.")
    event_id: str = Field(description="The event.")
    participant_id: str = Field(description="The participant.")
    entry_id: str = Field(description="The entry.")
    status: HitStatus = Field(
        description="`PENDING`: nobody has decided, and the entry's own effect holds. `FLAGGED` and `BLOCKED`: it is this "
        "person. `DISMISSED`: it is another one. A decision holds until the person's data or the entry's value changes."
    )
    decided_by: str | None = Field(description="Who decided.")
    decided_at: datetime | None = Field(description="When.")
    version: int = Field(description="The version; the ETag names it.")
    created_at: datetime = Field(description="The time at which the two met.")
    updated_at: datetime = Field(description="The time of the last change.")


class BlacklistAttemptResponse(ResponseModel):
    """Registrations that an entry blocked."""

    id: str = Field(description="The id.")
    event_id: str = Field(description="The event.")
    entry_id: str = Field(description="The entry that blocked them.")
    name: str = Field(description="The name that was typed.")
    actor: str = Field(description="Who tried to register this person.")
    operation_id: str | None = Field(
        description="The bulk operation of the import whose row it was; null: a single registration."
    )
    attempts: int = Field(description="How often.")
    created_at: datetime = Field(description="The first time.")
    updated_at: datetime = Field(description="The last time. 90 days later the record is deleted.")


class BlacklistHitDecision(BaseModel):
    """What a person decides about a hit."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    status: HitStatus = Field(description="The decision; `PENDING` takes one back.")
