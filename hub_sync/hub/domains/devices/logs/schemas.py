"""Responses about stations' logs."""

from datetime import datetime

from pydantic import Field

from hub_sync.hub.kit.schemas import ResponseModel


class LogResponse(ResponseModel):
    """A log that a station has uploaded."""

    id: str = Field(description="The log's id.")
    command_id: str = Field(description="The id of the command for which it came.")
    size: int = Field(description="Its bytes, compressed.", examples=[18432])
    received_at: datetime = Field(description="When it came.")
