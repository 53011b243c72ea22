"""Requests and responses about business calendars."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.schemas import ResponseModel
from hub_sync.hub.kit.text_types import ExpectedFormat, NoteText, SingleLineText, TimeZoneName

MOST_HOURS_A_DAY, MOST_HOLIDAYS = 12, 1_000
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _date_text(value: Any) -> Any:
    """Refuse numbers, which pydantic would read as seconds since 1970."""
    if not isinstance(value, str | date):
        raise ValueError("a day is written as text, such as 2026-12-25")  # noqa: TRY004 - pydantic's way
    return value


TimeOfDay = Annotated[
    str,
    StringConstraints(pattern=r"^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$"),
    ExpectedFormat(N_("Not a time of day, such as 08:30.")),
    Field(examples=["09:00"]),
]
RegionText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=2, max_length=64),
    Field(
        description="ISO 3166: a country or one of its regions, such as `DE` or `DE-BY`.", examples=["DE-BY"]
    ),
]
Year = Annotated[int, Field(ge=2000, le=2200, description="The year.", examples=[2027])]


class OpeningHours(BaseModel):
    """Opening hours of a day."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"examples": [{"opens": "09:00", "closes": "17:00"}]},
    )

    opens: TimeOfDay = Field(description="The first minute, by the wall clock.")
    closes: TimeOfDay = Field(
        description="The minute at which it closes; `24:00` is midnight. Hours that pass midnight are written as two: until "
        "`24:00`, and from `00:00` of the next day.",
        examples=["17:00"],
    )


_Day = Annotated[tuple[OpeningHours, ...], Field(max_length=MOST_HOURS_A_DAY, fail_fast=True)]


class WeekHours(BaseModel):
    """The opening hours of a week. A day without hours is closed."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"examples": [{"monday": [{"opens": "09:00", "closes": "17:00"}]}]},
    )

    monday: _Day = Field(default=(), description="Of Mondays.")
    tuesday: _Day = Field(default=(), description="Of Tuesdays.")
    wednesday: _Day = Field(default=(), description="Of Wednesdays.")
    thursday: _Day = Field(default=(), description="Of Thursdays.")
    friday: _Day = Field(default=(), description="Of Fridays.")
    saturday: _Day = Field(default=(), description="Of Saturdays.")
    sunday: _Day = Field(default=(), description="Of Sundays.")

    def days(self) -> Iterator[tuple[str, tuple[OpeningHours, ...]]]:
        """Yield each weekday with its hours."""
        for name in WEEKDAYS:
            yield name, getattr(self, name)


class Holiday(BaseModel):
    """A day on which nothing counts."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"examples": [{"day": "2026-12-25", "name": "Christmas"}]},
    )

    day: Annotated[date, BeforeValidator(_date_text), Field(ge=date(1970, 1, 1), le=date(9000, 1, 1))] = (
        Field(description="The day, in the calendar's time zone.", examples=["2026-12-25"])
    )
    name: NoteText = Field(default="", description="What it is called.", examples=["Christmas"])


_Holidays = Annotated[
    tuple[Holiday, ...],
    Field(
        max_length=MOST_HOLIDAYS,
        fail_fast=True,
        description="Days on which nothing counts, in any order; of a day that is named twice the last name holds.",
    ),
]
_Zone = Annotated[
    TimeZoneName | None,
    Field(description="IANA time zone of the hours and the holidays; null: that of each event."),
]
_Hours = Annotated[WeekHours, Field(description="The hours in which time counts.")]


class NewBusinessCalendar(BaseModel):
    """A new calendar."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: SingleLineText = Field(description="Display name.")
    time_zone: _Zone = None
    hours: _Hours
    holidays: _Holidays = ()


class BusinessCalendarChanges(BaseModel):
    """The members to change; the others stay. Clocks that run keep the hours that they started with."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: SingleLineText = Field(default="-", description="Display name.")
    time_zone: _Zone = None
    hours: _Hours = WeekHours()
    holidays: _Holidays = ()


class PublicHolidays(BaseModel):
    """The public holidays to add to a calendar."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    region: RegionText
    year: Year
    language: Annotated[str, StringConstraints(max_length=16)] = Field(
        default="", description="The language of their names; empty: one of the country.", examples=["en"]
    )


class BusinessCalendarResponse(ResponseModel):
    """A calendar."""

    id: str = Field(description="Its id.")
    name: str = Field(description="Display name.")
    time_zone: str | None = Field(description="IANA time zone; null: that of each event.")
    hours: WeekHours = Field(description="The hours in which time counts.")
    holidays: list[Holiday] = Field(description="Days on which nothing counts, in order.")
    number: int = Field(
        description="The number of its hours: a change of them is a new one, and clocks keep the one that they started with."
    )
    version: int = Field(description="Version, which grows with every change; it is the ETag.")
    created_at: datetime = Field(description="Time of creation, UTC.")
    updated_at: datetime = Field(description="Time of the last change, UTC.")
