"""Response schemas of tickets."""

from datetime import datetime

from pydantic import ConfigDict, Field

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
