"""Requests and responses about commands to stations."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from hub_sync.contract.fleet import CommandKind, CommandStatus
from hub_sync.hub.kit.schemas import ResponseModel
from hub_sync.hub.kit.text_types import Id, OptionalText

MAX_HOURS = 30 * 24
MOST_STATIONS = 500
"""Stations of one request."""
COMMANDS_TO_MANY = tuple(kind for kind in CommandKind if kind is not CommandKind.WIPE)
"""What several stations may be told at once, here and in the console."""
SHORTEST_SHOW_S, LONGEST_SHOW_S = 5, 120


class NewCommand(BaseModel):
    """A command to a station. It is done when the station says so."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: CommandKind = Field(description="What the station is to do.", examples=["identify"])
    seconds: int | None = Field(
        default=None,
        ge=SHORTEST_SHOW_S,
        le=LONGEST_SHOW_S,
        description="Of identify: for how long the station shows its name.",
        examples=[15],
    )
    expires_in_hours: float | None = Field(
        default=None,
        gt=0,
        le=MAX_HOURS,
        description="After this time a station that has not begun it lets it be; null: a day, of a wipe a year.",
        examples=[24],
    )

    @model_validator(mode="after")
    def _check_seconds(self) -> Self:
        if self.seconds is not None and self.kind is not CommandKind.IDENTIFY:
            raise ValueError("seconds belong to identify")
        return self


class NewCommands(NewCommand):
    """One command to several stations. A wipe is for one station at a time."""

    ids: Annotated[list[Id], Field(min_length=1, max_length=MOST_STATIONS, fail_fast=True)] = Field(
        description="The stations' devices; one that is named twice gets it once."
    )
    reason: OptionalText = Field(
        default="", description="Of lock: why; it stands at each device and in the audit log."
    )

    @model_validator(mode="after")
    def _check_kind(self) -> Self:
        if self.kind not in COMMANDS_TO_MANY:
            raise ValueError("a wipe is for one station at a time")
        if self.kind is CommandKind.LOCK and not self.reason:
            raise ValueError("a lock needs a reason")
        return self

    def for_one(self) -> NewCommand:
        """Return what each of the stations gets."""
        return NewCommand(kind=self.kind, seconds=self.seconds, expires_in_hours=self.expires_in_hours)


class CommandResponse(ResponseModel):
    """A command to a station, and what became of it."""

    id: str = Field(description="The command's id.")
    device_id: str = Field(description="The id of the station's device.")
    kind: CommandKind = Field(description="What the station is to do.")
    status: CommandStatus = Field(
        description="QUEUED: no answer had it yet. DELIVERED: an answer had it. RUNNING, DONE, FAILED and REFUSED: the station said so. "
        "EXPIRED: its time was over before. CANCELLED: somebody took it back."
    )
    error: str | None = Field(description="Why it failed or was refused, in the station's words.")
    issued_by: str = Field(description="Who issued it.")
    created_at: datetime = Field(description="When it was issued.")
    delivered_at: datetime | None = Field(description="When an answer to the station first had it.")
    started_at: datetime | None = Field(description="When the station said that it runs.")
    answered_at: datetime | None = Field(description="When its status became final.")
    expires_at: datetime = Field(description="After this time a station that has not begun it lets it be.")
    is_late: bool = Field(description="True if the station said what became of it after it had expired.")


class CommandRefusal(ResponseModel):
    """The error with which a station gets no command."""

    code: str = Field(description="The error's code.", examples=["CommandPending"])
    message: str = Field(description="The error in words.")


class StationCommandResponse(ResponseModel):
    """The result of a command for one of several stations: it has `command`, or `error`."""

    device_id: str = Field(description="The device's id, as it was sent.")
    command: CommandResponse | None = Field(
        description="The command that the station gets; null: it gets none."
    )
    error: CommandRefusal | None = Field(description="Why it gets none; null: it does.")
