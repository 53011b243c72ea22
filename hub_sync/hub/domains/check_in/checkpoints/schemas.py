"""Requests that create and change checkpoints."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from hub_sync.contract.enums import (
    CheckpointDirection,
    CheckpointType,
    ReentryPolicy,
    StaleRosterPolicy,
    UnknownTicketPolicy,
)
from hub_sync.hub.kit.text_types import Label, ShortText, WallTime

MAX_ROSTER_AGE_S = 366 * 24 * 3600
MAX_REENTRY_MINUTES = 31 * 24 * 60
MAX_REENTRY_LIMIT = 10_000

_EXAMPLE: JsonDict = {"name": "Main gate", "type": "gate", "direction": "bidirectional", "zone": "hall-a"}

_Name = Annotated[ShortText, Field(description="Its name, unique in the event.")]
_Type = Annotated[CheckpointType, Field(description="The kind of place that it guards.")]
_Way = Annotated[CheckpointDirection, Field(description="The directions in which people may pass.")]
_Zone = Annotated[Label | None, Field(description="The zone it leads to; null: the event itself.")]
_Opens = Annotated[
    WallTime | None,
    Field(description="Opening time in the event's zone, with `closes_at`; null: always open."),
]
_Closes = Annotated[
    WallTime | None, Field(description="Closing time; one before the opening is past midnight.")
]
_Categories = Annotated[
    tuple[Label, ...] | None,
    Field(max_length=100, fail_fast=True, description="The categories that may pass; null: all."),
]
_Reentry = Annotated[
    ReentryPolicy,
    Field(
        description="When a person may enter again with a ticket. `once`: never. `once-a-day`: on the event's next day. "
        "`after-exit`: after an exit, and on the event's next day without one. `after-minutes`, `limit`: see "
        "`reentry_minutes` and `reentry_limit`. `always`: at any time."
    ),
]
_ReentryMinutes = Annotated[
    int | None,
    Field(
        ge=1,
        le=MAX_REENTRY_MINUTES,
        description="The minutes after the last entry from which the policy `after-minutes` admits again.",
    ),
]
_ReentryLimit = Annotated[
    int | None,
    Field(
        ge=1,
        le=MAX_REENTRY_LIMIT,
        description="The number of entries that the policy `limit` allows with one ticket.",
    ),
]
_Unknown = Annotated[
    UnknownTicketPolicy,
    Field(description="The policy for a genuine ticket of somebody who is not in the station's roster."),
]
_Stale = Annotated[StaleRosterPolicy, Field(description="The policy for a roster that is too old.")]
_Age = Annotated[
    int,
    Field(
        ge=60, le=MAX_ROSTER_AGE_S, description="The age in seconds from which a station's roster is too old."
    ),
]

_LeavesZones = Annotated[
    bool,
    Field(
        description="True if whoever enters here leaves every other zone, so that nobody has to scan at its exit."
    ),
]


REENTRY_NUMBERS = {
    ReentryPolicy.AFTER_MINUTES: "reentry_minutes",
    ReentryPolicy.LIMIT: "reentry_limit",
}
"""The member with the number that a policy needs."""


class NewCheckpoint(BaseModel):
    """A new checkpoint. Hours come in pairs, local in the event's zone; categories None: all."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra={"examples": [_EXAMPLE]})

    name: _Name
    type: _Type = CheckpointType.GATE
    direction: _Way = CheckpointDirection.ENTRY
    zone: _Zone = None
    active: bool = Field(default=True, description="True if it is switched on.")
    opens_at: _Opens = None
    closes_at: _Closes = None
    allowed_categories: _Categories = None
    reentry: _Reentry = ReentryPolicy.AFTER_EXIT
    reentry_minutes: _ReentryMinutes = None
    reentry_limit: _ReentryLimit = None
    unknown_tickets: _Unknown = UnknownTicketPolicy.ADMIT
    stale_roster: _Stale = StaleRosterPolicy.WARN
    roster_max_age_s: _Age = 12 * 3600
    leaves_zones: _LeavesZones = False

    @model_validator(mode="after")
    def _hours_in_pairs(self) -> Self:
        if (self.opens_at is None) != (self.closes_at is None):
            raise ValueError("opening hours need both opens_at and closes_at")
        return self

    @model_validator(mode="after")
    def _number_of_the_policy(self) -> Self:
        member = REENTRY_NUMBERS.get(self.reentry)
        if member is not None and getattr(self, member) is None:
            raise ValueError(f"the policy {self.reentry.value} needs {member}")
        return self


class CheckpointChanges(BaseModel):
    """The members to change; the others stay. `toggle` changes whether a checkpoint is active."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra={"examples": [{"zone": "hall-b"}]}
    )

    name: _Name | None = None
    type: _Type | None = None
    direction: _Way | None = None
    zone: _Zone = None
    opens_at: _Opens = None
    closes_at: _Closes = None
    allowed_categories: _Categories = None
    reentry: _Reentry | None = None
    reentry_minutes: _ReentryMinutes = None
    reentry_limit: _ReentryLimit = None
    unknown_tickets: _Unknown | None = None
    stale_roster: _Stale | None = None
    roster_max_age_s: _Age | None = None
    leaves_zones: _LeavesZones | None = None


NULLABLE = frozenset(
    {"zone", "opens_at", "closes_at", "allowed_categories", "reentry_minutes", "reentry_limit"}
)
"""Members for which null is a value; for the others it means "unchanged"."""
