"""Request and response schemas of duplicates and merges."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from hub_sync.contract.enums import DuplicateStatus
from hub_sync.hub.domains.duplicates.tables import DuplicateRunState
from hub_sync.hub.kit.json_values import JsonObject
from hub_sync.hub.kit.schemas import ResponseModel
from hub_sync.hub.kit.text_types import Email, Id, OptionalText, Phone

ChosenField = Literal[
    "first_name", "last_name", "email", "phone", "category", "group_ref", "status", "photo", "extra"
]
_EXPLANATION = (
    "What each field says: `verdict`, and its weight in bits (+1 doubles the odds that it is one person, -1 halves them). "
    "Fields: `first_name`, `last_name`, `email`, `phone`, `birth_date`. `may_be_household`: twins, or parent and child."
)


class DuplicateResponse(ResponseModel):
    """Two registrations that may be of one person."""

    id: str = Field(description="Its id.")
    event_id: str = Field(description="The event's id.")
    a_id: str = Field(description="One participant; the smaller id.")
    b_id: str = Field(description="The other participant.")
    score: float = Field(description="How likely it is one person, from 0 to 1. No score merges anything.")
    explanation: dict[str, Any] = Field(description=_EXPLANATION)
    status: DuplicateStatus = Field(
        description="PENDING: to look at. CONFIRMED: one person, to be merged. DISMISSED: two people, until a compared field "
        "changes. MERGED."
    )
    decided_by: str | None = Field(description="Who has decided; null: nobody.")
    decided_at: datetime | None = Field(description="The time of the decision.")
    created_at: datetime = Field(description="The time at which it was found.")
    updated_at: datetime = Field(description="The time of the last change.")


class DuplicateRunResponse(ResponseModel):
    """A search for duplicates among everybody at an event."""

    id: str = Field(description="Its id.")
    event_id: str = Field(description="The event's id.")
    state: DuplicateRunState = Field(description="QUEUED, RUNNING, COMPLETED or FAILED.")
    reason: str = Field(
        default="",
        description="Why its last attempt ended early: `killed` (the process that compares; the server may be short of memory), "
        "`failed` (it had an error, which the hub's log has) or `hub_ended` (again and again). Empty: it did not.",
    )
    people: int = Field(description="How many people were looked at.")
    compared: int = Field(description="How many pairs were compared.")
    pairs: int = Field(description="How many pairs were found.")
    added: int = Field(description="How many of them were not waiting for a decision before.")
    started_at: datetime | None = Field(description="The time of its start.")
    ended_at: datetime | None = Field(description="The time of its end.")
    created_at: datetime = Field(description="The time at which it was asked for.")


class SimilarRequest(BaseModel):
    """Somebody who is about to be registered."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [{"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.org"}]
        },
    )

    first_name: OptionalText = Field(default="", description="First name.")
    last_name: OptionalText = Field(default="", description="Last name.")
    email: Email | None = Field(default=None, description="E-mail address.")
    phone: Phone | None = Field(default=None, description="Phone number.")
    extra: JsonObject = Field(
        default_factory=dict, description="Further details; a date of birth is compared."
    )


class SimilarPerson(ResponseModel):
    """Somebody who is registered already and may be that person."""

    participant_id: str = Field(description="The participant's id.")
    score: float = Field(description="How likely it is the same person, from 0 to 1.")
    explanation: dict[str, Any] = Field(description=_EXPLANATION)


class SimilarResponse(ResponseModel):
    """People who may be registered already, the likeliest first; nobody is kept from registering."""

    similar: list[SimilarPerson] = Field(description="At most five.")


class MergeBody(BaseModel):
    """Merge two registrations of one person."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "survivor_id": "01977a41-0c5e-7a11-8b5e-3f2a1b0c9d8e",
                    "loser_id": "01977a41-1d6f-7b22-9c6f-4a3b2c1d0e9f",
                    "choices": {"email": "loser", "category": "survivor"},
                    "survivor_version": 2,
                    "loser_version": 1,
                }
            ]
        },
    )

    survivor_id: Id = Field(description="The registration that stays, with its id and code.")
    loser_id: Id = Field(
        description="The registration that is merged into it. Its ticket opens as the survivor's."
    )
    choices: dict[ChosenField, Literal["survivor", "loser"]] = Field(
        default_factory=dict,
        description="Whose value a field gets. A field that is left out stays the survivor's; an empty one gets the loser's.",
    )
    survivor_version: int | None = Field(
        default=None, description="The version that was read; 412 if it is another one now."
    )
    loser_version: int | None = Field(default=None, description="Likewise of the other registration.")


class MergeResponse(ResponseModel):
    """A merge of two registrations."""

    id: str = Field(description="Its id.")
    event_id: str = Field(description="The event's id.")
    survivor_id: str = Field(description="The registration that stayed.")
    loser_id: str = Field(description="The registration that was merged into it.")
    candidate_id: str | None = Field(description="The pair that it was decided by; null: none.")
    choices: dict[str, Any] = Field(description="The fields that the survivor got from the other.")
    merged_by: str = Field(description="Who has merged them.")
    undone_at: datetime | None = Field(description="The time at which it was undone; null: it stands.")
    undone_by: str | None = Field(description="Who has undone it.")
    created_at: datetime = Field(description="The time of the merge.")


class UndoMergeBody(BaseModel):
    """Undo a merge."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra={"examples": [{"keep_changes": False}]}
    )

    keep_changes: bool = Field(
        default=False,
        description="True: what was changed after the merge stays as it is now. False: it is a conflict (409).",
    )
