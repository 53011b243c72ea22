"""Requests and responses about the cloning of events."""

from datetime import date, datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from hub_sync.contract.enums import CloneStatus, ParticipantStatus
from hub_sync.hub.domains.bulk.service import Selection
from hub_sync.hub.domains.series.cloning.dates import EARLIEST, LATEST
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.schemas import ResponseModel
from hub_sync.hub.kit.text_types import (
    ExpectedFormat,
    Id,
    PreviewHash,
    SingleLineText,
    Slug,
    TimeZoneName,
    WallTime,
)

MOST_PARTS = 32
_PartName = Annotated[str, StringConstraints(pattern=r"^[a-z-]{1,32}$"), Field(examples=["checkpoints"])]
Region = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$"),
    ExpectedFormat(N_("A country or a region by its code, such as DE or DE-BE.")),
    Field(examples=["DE", "DE-BE", "AT-9"]),
]
"""A country by ISO 3166-1, or one of its regions by ISO 3166-2."""


class CarriedOver(BaseModel):
    """The participants who are registered for the copy, too."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"examples": [{"selection": {"all": True}, "status": "PENDING"}]},
    )

    selection: Selection = Field(
        description="The participants of the source, as bulk operations select them."
    )
    status: ParticipantStatus = Field(
        default=ParticipantStatus.PENDING, description="The status that all of them get, whatever they had."
    )


class CloneOptions(BaseModel):
    """The options of a clone: when and where the copy takes place, and what it has."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: SingleLineText | None = Field(
        default=None,
        description="Name of the copy; null: that of the source, or of the event that is filled.",
    )
    slug: Slug | None = Field(
        default=None,
        description="Short name of the copy, unique in the tenant; needed unless an event is filled.",
    )
    start_on: date | None = Field(
        default=None,
        description="The day on which the copy starts; everything else is moved with it. It may be left out if an event is filled: "
        "then its start counts.",
    )
    start_at: WallTime | None = Field(
        default=None,
        description="The local time at which the copy starts, such as 09:00; null: that of the source.",
    )
    time_zone: TimeZoneName | None = Field(
        default=None, description="IANA time zone of the copy; null: that of the source. Wall times stay."
    )
    into_event_id: Id | None = Field(
        default=None, description="An empty event that is filled in place of a new one."
    )
    parts: Annotated[
        tuple[_PartName, ...] | None,
        Field(
            max_length=MOST_PARTS,
            fail_fast=True,
            description="The parts to copy; null: the usual ones. The event itself is always copied.",
        ),
    ] = None
    stays_active: bool = Field(
        default=False,
        description="True: what is switched on in the source (automatic messages, registration page, waitlist) is on in the copy.",
    )
    publishes: bool = Field(
        default=False,
        description="True: published workflows are published in the copy; otherwise they are drafts there.",
    )
    holidays: Region | None = Field(
        default=None, description="A country or region whose public holidays are warned of."
    )
    participants: CarriedOver | None = Field(
        default=None,
        description="Participants who are registered for the copy, with new registration codes; null: nobody.",
    )
    as_template: bool = Field(
        default=False,
        description="True: the copy is a template, which never takes place and which administrators alone change. It keeps the dates of the "
        "source unless `start_on` is given. Needs `event-templates:manage`.",
    )

    @model_validator(mode="after")
    def _check_target(self) -> Self:
        if self.as_template and (self.into_event_id is not None or self.participants is not None):
            raise ValueError("a template is made anew, and nobody is registered for it")
        has_day = self.start_on is not None or self.as_template
        if self.into_event_id is None and (self.slug is None or not has_day):
            raise ValueError("needs slug and start_on, or into_event_id")
        if self.into_event_id is not None and self.slug is not None:
            raise ValueError("an event that is filled keeps its slug")
        if self.start_on is not None and not EARLIEST <= self.start_on.year <= LATEST:
            raise ValueError(f"start_on must lie between the years {EARLIEST} and {LATEST}")
        return self


class RunClone(CloneOptions):
    """The plan that is to be carried out: the same options, and the hash of what was read."""

    plan_hash: PreviewHash = Field(description="That of the plan: what is made is what was looked at.")

    def options(self) -> CloneOptions:
        """Return the options without the hash."""
        return CloneOptions.model_validate(self.model_dump(exclude={"plan_hash"}))


class PlannedDate(ResponseModel):
    """A date, before and after."""

    field: str = Field(description="The field.")
    label: str = Field(description="What people call it.")
    kind: str = Field(description="`instant` (UTC), `day` or `time` (local).")
    before: str = Field(description="In the source.")
    after: str = Field(description="In the copy.")
    note: str | None = Field(
        description="`skipped`, `repeated` or `reversed`: the clocks change there; null: nothing is to be said."
    )


class PlannedThing(ResponseModel):
    """One thing that will be made."""

    part: str = Field(description="The part that it belongs to.")
    kind: str = Field(description="What it is.")
    label: str = Field(description="The same, as people call it.")
    name: str = Field(description="Its name; empty: it has none.")
    dates: list[PlannedDate] = Field(description="Its dates.")


class PlanNote(ResponseModel):
    """Something that is to be known before the plan is carried out."""

    code: str = Field(description="What it is.")
    message: str = Field(description="The same in a sentence.")
    place: str = Field(description="The kind of thing that it is about; empty: it is about the whole.")
    name: str = Field(default="", description="The name of that thing; empty: it has none.")
    parameters: dict[str, Any] = Field(description="The values in the sentence.")


class PlannedOmission(ResponseModel):
    """Something that no copy has."""

    title: str = Field(description="What it is.")
    reason: str = Field(description="Why it is left out.")


class PlannedEvent(ResponseModel):
    """An event of the plan."""

    id: str | None = Field(description="Its id; null: it will be made.")
    name: str = Field(description="Its name.")
    slug: str = Field(description="Its short name.")
    time_zone: str = Field(description="Its time zone.")
    starts_at: datetime = Field(description="Its start, UTC.")
    ends_at: datetime = Field(description="Its end, UTC.")


class ClonePlan(ResponseModel):
    """Everything that a clone would make. Nothing is made yet."""

    source: PlannedEvent = Field(description="The event that is copied.")
    target: PlannedEvent = Field(description="The copy.")
    things: list[PlannedThing] = Field(description="What will be made.")
    people: int = Field(description="How many participants are carried over.")
    warnings: list[PlanNote] = Field(description="What to look at; it does not stop anything.")
    problems: list[PlanNote] = Field(
        description="What has to be solved first: with a problem nothing is made."
    )
    left_out: list[PlannedOmission] = Field(description="What is left out, and why.")
    plan_hash: str | None = Field(description="What `clones` needs; null: there is a problem.")


class CloneResponse(ResponseModel):
    """A clone that was made."""

    id: str = Field(description="Id of the operation.")
    source_event_id: str = Field(description="The event that was copied.")
    target_event_id: str | None = Field(description="The copy.")
    options: dict[str, Any] = Field(description="The options, as they were asked for.")
    counts: dict[str, Any] = Field(description="How much was made, by kind.")
    warnings: list[str] = Field(description="The codes of the plan's warnings.")
    status: CloneStatus = Field(description="COMPLETED, or FAILED: then nothing was made.")
    reason: str | None = Field(description="The code of the error for which nothing was made.")
    error: str | None = Field(description="The same in a sentence.")
    requested_by: str = Field(description="Who made it.")
    started_at: datetime | None = Field(description="When it began.")
    ended_at: datetime | None = Field(description="When it was done.")
    undone_at: datetime | None = Field(description="When it was taken back; null: it was not.")
    undone_by: str | None = Field(description="Who took it back.")
    created_at: datetime = Field(description="Time of creation, UTC.")
