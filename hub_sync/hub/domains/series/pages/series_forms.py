"""The forms of series: a series itself, a recurrence, a change with a scope, and their ways to requests."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError

from hub_sync.contract.enums import EventStatus
from hub_sync.hub.console import N_, FormInvalid, Page, _
from hub_sync.hub.console.i18n.formats import days
from hub_sync.hub.console.i18n.isolation import isolated
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.series.cloning.schemas import Region
from hub_sync.hub.domains.series.editions.plan_schemas import (
    ChangeOptions,
    ChangeScope,
    EditionSettings,
    RecurrenceOptions,
)
from hub_sync.hub.domains.series.editions.recurrence import MOST_DAYS, Frequency, Recurrence, Weekday
from hub_sync.hub.domains.series.editions.schemas import (
    LARGEST_NUMBER,
    Description,
    NewSeries,
    SeriesChanges,
)
from hub_sync.hub.domains.series.tables import EventSeries
from hub_sync.hub.kit.text_types import (
    Id,
    OptionalText,
    ShortText,
    SingleLineText,
    Slug,
    TimeZoneName,
    WallTime,
)

FREQUENCIES: dict[str, str] = {
    Frequency.DAILY: N_("Daily"),
    Frequency.WEEKLY: N_("Weekly"),
    Frequency.MONTHLY_BY_DATE: N_("Monthly, on the same date"),
    Frequency.MONTHLY_BY_WEEKDAY: N_("Monthly, on a weekday"),
}
WEEKS: dict[str, str] = {
    "": N_("As the first day"),
    "1": N_("The first"),
    "2": N_("The second"),
    "3": N_("The third"),
    "4": N_("The fourth"),
    "-1": N_("The last"),
}
SCOPES: dict[str, str] = {
    ChangeScope.THIS: N_("This edition"),
    ChangeScope.THIS_AND_LATER: N_("This and later editions"),
    ChangeScope.ALL: N_("All editions"),
}
_Number = Annotated[int, Field(ge=1, le=LARGEST_NUMBER)]
_Count = Annotated[int, Field(ge=1, le=MOST_DAYS)]
_Doors = Annotated[int, Field(ge=-10_080, le=10_080)]


class SeriesForm(BaseModel):
    """The fields of a series."""

    name: SingleLineText
    slug: Slug
    description: Description = ""
    time_zone: TimeZoneName
    name_pattern: ShortText
    is_public: bool = False

    def new_series(self) -> NewSeries:
        """Return the form as a new series."""
        return NewSeries(**self.model_dump())


class SeriesEditForm(SeriesForm):
    """The fields of a series that exists."""

    next_number: _Number

    def changes(self) -> SeriesChanges:
        """Return the form as changes."""
        return SeriesChanges(**self.model_dump())


class EditionForm(BaseModel):
    """An event that becomes an edition."""

    event_id: Id
    number: _Number | None = None


class EditionNumberForm(BaseModel):
    """The number of an edition."""

    number: _Number


class RecurrenceForm(BaseModel):
    """The fields of a recurrence."""

    source_event_id: Id
    frequency: Frequency
    interval: Annotated[int, Field(ge=1, le=99)] = 1
    start_on: date
    until: date | None = None
    count: _Count | None = None
    weekdays: list[Weekday] = []
    week_of_month: Annotated[str, Field(max_length=2)] = ""
    left_out: Annotated[str, Field(max_length=6_000)] = ""
    start_at: WallTime | None = None
    first_number: _Number | None = None
    holidays: Region | None = None
    leaves_out_holidays: bool = False
    stays_active: bool = False
    publishes: bool = False

    def options(self) -> RecurrenceOptions:
        """Return the form as options.

        Raises:
            FormInvalid: 422.
        """
        if (self.until is None) == (self.count is None):
            raise FormInvalid({"count": _("Give the last day or the number of days, and not both.")})
        if self.leaves_out_holidays and self.holidays is None:
            raise FormInvalid({"holidays": _("Fill this in.")})
        by_weekday = self.frequency in (Frequency.WEEKLY, Frequency.MONTHLY_BY_WEEKDAY)
        if self.frequency is Frequency.MONTHLY_BY_WEEKDAY and len(self.weekdays) > 1:
            raise FormInvalid({"weekdays": _("Choose one day for this.")})
        try:
            rule = Recurrence(
                frequency=self.frequency,
                interval=self.interval,
                start_on=self.start_on,
                until=self.until,
                count=self.count,
                weekdays=tuple(self.weekdays) if by_weekday else (),
                week_of_month=int(self.week_of_month)
                if self.week_of_month in WEEKS and self.week_of_month
                else None,
                left_out=_days_in(self.left_out),
            )
        except ValidationError as error:
            raise FormInvalid({"until": _("This end does not fit the first day.")}) from error
        return RecurrenceOptions(
            source_event_id=self.source_event_id,
            recurrence=rule,
            start_at=self.start_at,
            first_number=self.first_number,
            holidays=self.holidays,
            leaves_out_holidays=self.leaves_out_holidays,
            stays_active=self.stays_active,
            publishes=self.publishes,
        )


def _days_in(text: str) -> tuple[date, ...]:
    """Return the days in a text, written as 2027-12-24 and separated by anything else.

    Raises:
        FormInvalid: 422.
    """
    words = text.replace(",", " ").replace(";", " ").split()
    try:
        days = tuple(date.fromisoformat(word) for word in words)
    except ValueError:
        raise FormInvalid({"left_out": _("Write days as 2027-12-24, one in each line.")}) from None
    if len(days) > MOST_DAYS:
        raise FormInvalid({"left_out": _("These are too many days.")})
    return days


class ChangeForm(BaseModel):
    """The fields of a change with a scope; what is empty stays."""

    edition_id: Id
    scope: ChangeScope
    start_at: WallTime | None = None
    duration_minutes: Annotated[int, Field(ge=1, le=86_400)] | None = None
    move_days: Annotated[int, Field(ge=-366, le=366)] | None = None
    doors_open_before: _Doors | None = None
    doors_close_before: _Doors | None = None
    name_pattern: OptionalText = ""
    capacity: Annotated[int, Field(ge=0, le=10_000_000)] | None = None
    day_begins_at: WallTime | None = None
    status: EventStatus | None = None
    time_zone: TimeZoneName | None = None
    checkpoint: OptionalText = ""
    opens_at: WallTime | None = None
    closes_at: WallTime | None = None

    def options(self, chosen: Sequence[str]) -> ChangeOptions:
        """Return the form as options; `chosen`: editions that are changed in any case.

        Raises:
            FormInvalid: 422.
        """
        apart = {"edition_id", "scope", "checkpoint", "opens_at", "closes_at"}
        sent: dict[str, Any] = {
            name: value
            for name, value in self.model_dump(exclude=apart).items()
            if value is not None and value != ""
        }
        if self.move_days == 0:
            del sent["move_days"]
        if self.checkpoint:
            if (self.opens_at is None) != (self.closes_at is None):
                raise FormInvalid({"closes_at": _("Opening hours have a beginning and an end.")})
            hours = {"name": self.checkpoint, "opens_at": self.opens_at, "closes_at": self.closes_at}
            sent["checkpoint_hours"] = (hours,)
        try:
            settings = EditionSettings.model_validate(sent)
        except ValidationError as error:
            raise FormInvalid({"name_pattern": _("This can't be used here.")}) from error
        return ChangeOptions(
            edition_id=self.edition_id, scope=self.scope, settings=settings, chosen=tuple(chosen)[:MOST_DAYS]
        )


def series_values(series: EventSeries) -> Mapping[str, Any]:
    """Return the values with which the form of a series is opened."""
    names = SeriesEditForm.model_fields
    return {name: getattr(series, name) for name in names} | {"is_public": series.is_public}


def all_event_options(page: Page) -> list[tuple[str, str]]:
    """Return all events as the options of a list, also those that are over, the latest first; each with its days."""
    event = events.Event
    columns = (event.id, event.name, event.starts_at, event.ends_at, event.time_zone)
    query = events.events_of(page.tenant_id).with_only_columns(*columns).order_by(event.starts_at.desc())
    return [
        (row.id, f"{isolated(row.name)} · {days(row.starts_at, row.ends_at, row.time_zone)}")
        for row in page.work.session.execute(query)
    ]
