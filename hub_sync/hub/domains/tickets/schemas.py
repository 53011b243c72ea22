"""Response schemas of tickets."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from hub_sync.hub.kit.schemas import ResponseModel


class ReissueResponse(ResponseModel):
    """The tickets of a participant after a reissue."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "participant_id": "01977a41-0c5e-7a11-8b5e-3f2a1b0c9d8e",
                    "tickets_valid_from": "2026-06-10T08:15:01Z",
                }
            ]
        }
    )

    participant_id: str = Field(description="Id of the participant.")
    tickets_valid_from: datetime = Field(
        description="Gates refuse tickets that were issued before, from their next pull on."
    )


class BulkReissueRequest(BaseModel):
    """The number of people whose tickets are replaced, as the caller knows it."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra={"examples": [{"expected": 240}]}
    )

    expected: int = Field(
        ge=0,
        description="As `with_ticket` was. If the filters select more or fewer people now, nothing is replaced (409).",
    )


class BulkReissueResponse(ResponseModel):
    """The outcome of reissuing the tickets of a list."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"replaced": 240}]})

    replaced: int = Field(description="The number of people whose tickets are replaced.")


class TicketSelectionResponse(ResponseModel):
    """The number of people of a list who get a ticket."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"with_ticket": 240, "without_ticket": 3}]})

    with_ticket: int = Field(description="The number of people who get one.")
    without_ticket: int = Field(description="The number of cancelled and rejected registrations.")
