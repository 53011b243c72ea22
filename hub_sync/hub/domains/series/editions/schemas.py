"""Requests and responses about series and editions."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from hub_sync.hub.domains.series.tables import DEFAULT_NAME_PATTERN
from hub_sync.hub.kit.schemas import ResponseModel
from hub_sync.hub.kit.text_types import Id, ShortText, SingleLineText, Slug, TimeZoneName

MOST_DESCRIPTION = 2000
LARGEST_NUMBER = 1_000_000
Description = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=MOST_DESCRIPTION),
    Field(description="What visitors read on the public page."),
]
Number = Annotated[int, Field(strict=True, ge=1, le=LARGEST_NUMBER, description="The number of the edition.")]
_Pattern = Annotated[
    ShortText,
    Field(
        description="How editions are called: {name} of the series, {number}, {date} and {year} of the start."
    ),
]
_IS_PUBLIC = "True: the series has a page that anybody may read, with its published editions."


class NewSeries(BaseModel):
    """A new series, without editions."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: SingleLineText = Field(description="Display name.")
    slug: Slug = Field(description="Short name in URLs, unique in the tenant.")
    description: Description = ""
    time_zone: TimeZoneName = Field(description="IANA time zone in which recurrences count days and hours.")
    name_pattern: _Pattern = DEFAULT_NAME_PATTERN
    is_public: bool = Field(default=False, description=_IS_PUBLIC)


class SeriesChanges(BaseModel):
    """The members of a series to change; the others stay."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: SingleLineText = Field(default="-", description="Display name.")
    slug: Slug = Field(default="-", description="Short name in URLs, unique in the tenant.")
    description: Description = ""
    time_zone: TimeZoneName = Field(
        default="UTC", description="IANA time zone in which recurrences count days and hours."
    )
    name_pattern: _Pattern = DEFAULT_NAME_PATTERN
    is_public: bool = Field(default=False, description=_IS_PUBLIC)
    next_number: Number = Field(
        default=1, description="The number of the next edition that gets none by hand."
    )


class SeriesResponse(ResponseModel):
    """A series."""

    id: str = Field(description="Id of the series.")
    slug: str = Field(description="Short name in URLs.")
    name: str = Field(description="Display name.")
    description: str = Field(description="What visitors read on the public page.")
    time_zone: str = Field(description="IANA time zone of its recurrences.")
    name_pattern: str = Field(description="How editions are called.")
    is_public: bool = Field(description=_IS_PUBLIC)
    next_number: int = Field(
        description="The number of the next edition; numbers are not given again by themselves."
    )
    version: int = Field(description="Version, which grows with every change; it is the ETag.")
    created_at: datetime = Field(description="Time of creation, UTC.")
    updated_at: datetime = Field(description="Time of the last change, UTC.")


class NewEdition(BaseModel):
    """An event that becomes an edition."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    event_id: Id = Field(description="The event.")
    number: Number | None = Field(default=None, description="Its number; null: the next one.")


class EditionChanges(BaseModel):
    """The new number of an edition."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    number: Number


class EditionResponse(ResponseModel):
    """An edition of a series. `expand=event` adds the event with its number of participants."""

    id: str = Field(description="Id of the edition.")
    series_id: str = Field(description="The series.")
    event_id: str = Field(description="The event.")
    number: int = Field(description="Its number, unique in the series; gaps are allowed.")
    occurs_on: str | None = Field(
        description="The day of the recurrence that made it; null: it was added by hand."
    )
    operation_id: str | None = Field(description="The operation that made it; null: it was added by hand.")
    version: int = Field(description="Version, which grows with every change; it is the ETag.")
    created_at: datetime = Field(description="Time of creation, UTC.")
    updated_at: datetime = Field(description="Time of the last change, UTC.")
