"""What checkpoints are made and changed with."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from hub_sync.contract.enums import (
    CheckpointDirection,
    CheckpointType,
    ReentryPolicy,
    StaleRosterPolicy,
    UnknownTicketPolicy,
)
from hub_sync.hub.kit.texts import ShortLine, Token, WallTime

MAX_ROSTER_AGE_S = 366 * 24 * 3600


class NewCheckpoint(BaseModel):
    """A new checkpoint. Hours come in pairs, local in the event's zone; categories None: all."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: ShortLine
    type: CheckpointType = CheckpointType.GATE
    direction: CheckpointDirection = CheckpointDirection.ENTRY
    zone: Token | None = None
    active: bool = True
    opens_at: WallTime | None = None
    closes_at: WallTime | None = None
    allowed_categories: tuple[Token, ...] | None = Field(default=None, max_length=100)
    reentry: ReentryPolicy = ReentryPolicy.AFTER_EXIT
    unknown_tickets: UnknownTicketPolicy = UnknownTicketPolicy.ADMIT
    stale_roster: StaleRosterPolicy = StaleRosterPolicy.WARN
    roster_max_age_s: int = Field(default=12 * 3600, ge=60, le=MAX_ROSTER_AGE_S)

    @model_validator(mode="after")
    def _hours_in_pairs(self) -> Self:
        if (self.opens_at is None) != (self.closes_at is None):
            raise ValueError("opening hours need both opens_at and closes_at")
        return self


class CheckpointChanges(BaseModel):
    """What to change; what is left out stays. Whether a checkpoint is active is changed by `toggle`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: ShortLine | None = None
    type: CheckpointType | None = None
    direction: CheckpointDirection | None = None
    zone: Token | None = None
    opens_at: WallTime | None = None
    closes_at: WallTime | None = None
    allowed_categories: tuple[Token, ...] | None = Field(default=None, max_length=100)
    reentry: ReentryPolicy | None = None
    unknown_tickets: UnknownTicketPolicy | None = None
    stale_roster: StaleRosterPolicy | None = None
    roster_max_age_s: int | None = Field(default=None, ge=60, le=MAX_ROSTER_AGE_S)


NULLABLE = frozenset({"zone", "opens_at", "closes_at", "allowed_categories"})
"""Of these, None is a value and not "as it is"."""
