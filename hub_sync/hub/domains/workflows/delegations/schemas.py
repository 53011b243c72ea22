"""Requests and responses about delegations."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from hub_sync.hub.kit.schemas import ResponseModel
from hub_sync.hub.kit.text_types import Id, Instant, NoteText


class NewDelegation(BaseModel):
    """Somebody decides in another's place for some time."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    user_id: Id | None = Field(
        default=None, description="Who is away; null: the caller. For others: `workflows:manage`."
    )
    delegate_id: Id = Field(description="Who decides in their place.")
    starts_at: Instant = Field(description="From then on.")
    ends_at: Instant = Field(description="Until then (exclusive).")
    reason: NoteText = Field(default="", description="Why.", examples=["On holiday"])


class DelegationResponse(ResponseModel):
    """A delegation. A delegate of a delegate decides nothing by it."""

    id: str = Field(description="Its id.")
    user_id: str = Field(description="Who is away.")
    delegate_id: str = Field(description="Who decides in their place.")
    starts_at: datetime = Field(description="From then on, UTC.")
    ends_at: datetime = Field(description="Until then (exclusive), UTC.")
    reason: str = Field(description="Why.")
    created_at: datetime = Field(description="Time of creation, UTC.")
