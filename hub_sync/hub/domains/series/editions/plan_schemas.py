"""Requests and responses about many editions at once: recurrences, changes with a scope, and what was done."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from hub_sync.contract.enums import EventStatus
from hub_sync.hub.domains.series.cloning.schemas import MOST_PARTS, PlanNote, Region
from hub_sync.hub.domains.series.editions.recurrence import MOST_DAYS, Recurrence
from hub_sync.hub.domains.series.editions.schemas import Number
from hub_sync.hub.domains.series.tables import SeriesOperationKind, SeriesOperationStatus
from hub_sync.hub.kit.schemas import ResponseModel
from hub_sync.hub.kit.text_types import Id, PreviewHash, ShortText, TimeZoneName, WallTime

_MOST_CAPACITY = 10_000_000
_MOST_MINUTES = 60 * 24 * 60
_MOST_DOORS = 7 * 24 * 60
_MOST_CHECKPOINTS = 100
_PartName = Annotated[str, StringConstraints(pattern=r"^[a-z-]{1,32}$"), Field(examples=["checkpoints"])]
_Hash = Annotated[PreviewHash, Field(description="That of the plan: what is done is what was looked at.")]


class RecurrenceOptions(BaseModel):
    """Editions that a recurrence makes after the pattern of an event."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source_event_id: Id = Field(description="The event that is copied.")
    recurrence: Recurrence = Field(description="The days.")
    start_at: WallTime | None = Field(
        default=None,
        description="Local time at which each edition starts; null: as the event that is copied.",
    )
    first_number: Number | None = Field(
        default=None, description="Number of the first one; null: the next one of the series."
    )
    parts: Annotated[
        tuple[_PartName, ...] | None,
        Field(
            max_length=MOST_PARTS,
            fail_fast=True,
            description="The parts to copy, as for a clone; null: the usual ones.",
        ),
    ] = None
    stays_active: bool = Field(default=False, description="As for a clone.")
    publishes: bool = Field(default=False, description="As for a clone.")
    holidays: Region | None = Field(
        default=None, description="A country or region whose public holidays are warned of."
    )
    leaves_out_holidays: bool = Field(
        default=False, description="True: there is no edition on those holidays."
    )

    @model_validator(mode="after")
    def _check_holidays(self) -> Self:
        if self.leaves_out_holidays and self.holidays is None:
            raise ValueError("leaves_out_holidays needs holidays")
        return self


class RunRecurrence(RecurrenceOptions):
    """The plan that is to be carried out: the same options, and the hash of what was read."""

    plan_hash: _Hash

    def options(self) -> RecurrenceOptions:
        """Return the options without the hash."""
        return RecurrenceOptions.model_validate(self.model_dump(exclude={"plan_hash"}))


class PlannedEdition(ResponseModel):
    """An edition that will be made."""

    number: int = Field(description="Its number.")
    day: date = Field(description="The local day on which it starts.")
    name: str = Field(description="Its name.")
    slug: str = Field(description="Its short name.")
    starts_at: datetime = Field(description="Start, UTC.")
    ends_at: datetime = Field(description="End, UTC.")
    warnings: list[PlanNote] = Field(description="What to look at.")


class SkippedDay(ResponseModel):
    """A day of the recurrence on which no edition is made."""

    day: date = Field(description="The day.")
    code: str = Field(description="`left_out`, `left_out_holiday` or `has_edition`.")
    message: str = Field(description="The same in a sentence.")
    parameters: dict[str, Any] = Field(description="The values in the sentence.")


class RecurrencePlan(ResponseModel):
    """Everything that a recurrence would make. Nothing is made yet."""

    editions: list[PlannedEdition] = Field(description="What will be made.")
    skipped_days: list[SkippedDay] = Field(description="Days without an edition, and why.")
    skipped_months: list[str] = Field(description="Months that have no such day, such as `2027-02`.")
    warnings: list[PlanNote] = Field(description="What to look at in all of them.")
    problems: list[PlanNote] = Field(
        description="What has to be solved first: with a problem nothing is made."
    )
    plan_hash: str | None = Field(description="What `edition-runs` needs; null: there is a problem.")


class ChangeScope(StrEnum):
    """The editions that a change is for."""

    THIS = "THIS"
    THIS_AND_LATER = "THIS_AND_LATER"
    ALL = "ALL"


class CheckpointHours(BaseModel):
    """Opening hours of the checkpoints of a name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: ShortText = Field(description="The name of the checkpoint; editions without one of this name stay.")
    opens_at: WallTime | None = Field(default=None, description="Local opening time; null: always open.")
    closes_at: WallTime | None = Field(default=None, description="Local closing time, with `opens_at`.")

    @model_validator(mode="after")
    def _hours_in_pairs(self) -> Self:
        if (self.opens_at is None) != (self.closes_at is None):
            raise ValueError("opening hours need both opens_at and closes_at")
        return self


class EditionSettings(BaseModel):
    """The settings that a change with a scope gives to editions; those that are left out stay."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    start_at: WallTime = Field(default="09:00", description="Local time of day at which it starts.")
    duration_minutes: int = Field(
        default=60, strict=True, ge=1, le=_MOST_MINUTES, description="Length by the wall clock, in minutes."
    )
    move_days: int = Field(
        default=0, strict=True, ge=-366, le=366, description="So many days later; earlier if it is negative."
    )
    time_zone: TimeZoneName = Field(default="UTC", description="IANA time zone; wall times stay.")
    doors_open_before: int | None = Field(
        default=None,
        strict=True,
        ge=-_MOST_DOORS,
        le=_MOST_DOORS,
        description="Minutes before the start at which the doors open; null: at the start.",
    )
    doors_close_before: int | None = Field(
        default=None,
        strict=True,
        ge=-_MOST_DOORS,
        le=_MOST_DOORS,
        description="Minutes before the end at which the doors close; null: at the end.",
    )
    name_pattern: ShortText = Field(default="{name} {number}", description="As `name_pattern` of the series.")
    capacity: int | None = Field(
        default=None,
        strict=True,
        ge=0,
        le=_MOST_CAPACITY,
        description="Maximum number of people; null: none.",
    )
    day_begins_at: WallTime = Field(default="04:00", description="Local time at which a day begins.")
    everyone_leaves_at: WallTime | None = Field(
        default=None, description="Local time at which whoever is inside has left; null: nobody leaves."
    )
    status: EventStatus = Field(default=EventStatus.DRAFT, description="Status of the event.")
    checkpoint_hours: Annotated[
        tuple[CheckpointHours, ...],
        Field(max_length=_MOST_CHECKPOINTS, fail_fast=True, description="Opening hours by checkpoint."),
    ] = ()


class ChangeOptions(BaseModel):
    """A change of one edition, of it and later ones, or of all."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    edition_id: Id = Field(description="The edition from which the change begins.")
    scope: ChangeScope = Field(description="THIS, THIS_AND_LATER or ALL.")
    settings: EditionSettings = Field(description="The new settings.")
    chosen: Annotated[
        tuple[Id, ...],
        Field(
            max_length=MOST_DAYS,
            fail_fast=True,
            description="Editions that are changed though they are over, or though their setting was changed by hand.",
        ),
    ] = ()


class RunChange(ChangeOptions):
    """The plan that is to be carried out: the same options, and the hash of what was read."""

    plan_hash: _Hash
    confirmed: bool = Field(
        default=False, description="True: people are registered for editions that change, and that is known."
    )
    notifies: bool = Field(
        default=False,
        description="True: they are written to, once each, if the change is one that they notice.",
    )

    def options(self) -> ChangeOptions:
        """Return the options of the plan."""
        sent = self.model_dump(exclude_unset=True, exclude={"plan_hash", "confirmed", "notifies"})
        return ChangeOptions.model_validate(sent)


class PlannedChange(ResponseModel):
    """A setting of an edition, before and after."""

    field: str = Field(description="The setting; of a checkpoint's hours `hours:` and its name.")
    label: str = Field(description="What people call it.")
    before: str | int | None = Field(description="As it is.")
    after: str | int | None = Field(description="As it will be.")
    by_hand: bool = Field(description="True: somebody has changed it in this edition alone.")
    applies: bool = Field(description="False: it stays as it is, unless the edition is chosen.")


class ChangedEdition(ResponseModel):
    """An edition of the plan of a change."""

    edition_id: str = Field(description="Id of the edition.")
    event_id: str = Field(description="Its event.")
    number: int = Field(description="Its number.")
    name: str = Field(description="Its name, as it is.")
    participants: int = Field(description="Number of participants.")
    is_past: bool = Field(description="True: it is over.")
    is_chosen: bool = Field(description="True: it was chosen to be changed in any case.")
    starts_at: datetime = Field(description="Its new start, UTC.")
    ends_at: datetime = Field(description="Its new end, UTC.")
    changes: list[PlannedChange] = Field(description="What changes; empty: nothing.")
    warnings: list[PlanNote] = Field(description="What to look at.")


class ChangePlan(ResponseModel):
    """Everything that a change would do. Nothing is changed yet."""

    editions: list[ChangedEdition] = Field(description="All editions of the scope, by start.")
    changing: int = Field(description="How many of them change.")
    participants: int = Field(description="How many people are registered for those.")
    concerned: int = Field(description="How many of them notice the change, and would be written to.")
    problems: list[PlanNote] = Field(
        description="What has to be solved first: with a problem nothing is changed."
    )
    plan_hash: str | None = Field(description="What `changes` needs; null: there is a problem.")


class SeriesOperationResponse(ResponseModel):
    """What was done to many editions at once."""

    id: str = Field(description="Id of the operation.")
    series_id: str = Field(description="The series.")
    kind: SeriesOperationKind = Field(
        description="RECURRENCE: editions were made. CHANGE: they were changed."
    )
    source_event_id: str | None = Field(
        description="The event that was copied, or from which the change began."
    )
    options: dict[str, Any] = Field(description="The options, as they were asked for.")
    status: SeriesOperationStatus = Field(
        description="PLANNED and RUNNING: it goes on by itself, also after a restart of the hub. FAILED: it has stopped, `error` says why; "
        "`resume` or `undo` it. UNDOING and UNDONE: it is being, or was, taken back."
    )
    total: int = Field(description="The number of editions that it is about.")
    done: int = Field(description="The number of those that are made or changed by now.")
    results: list[dict[str, Any]] = Field(
        description="What becomes of each edition: `state` is PENDING, DONE, UNDONE, or LEFT if it won't be done."
    )
    reason: str | None = Field(description="The code of the error that stopped it, or its undo.")
    error: str | None = Field(description="The same in a sentence.")
    requested_by: str = Field(description="Who did it.")
    ended_at: datetime | None = Field(description="When it was done, taken back or stopped.")
    undone_at: datetime | None = Field(description="When it was taken back; null: it was not.")
    undone_by: str | None = Field(description="Who took it back.")
    created_at: datetime = Field(description="Time of creation, UTC.")
