"""The forms of business hours in the console: a line of hours for each weekday, and a line for each holiday."""

from typing import Any

from pydantic import BaseModel, Field

from hub_sync.hub.console import FormInvalid, _
from hub_sync.hub.domains.workflows.calendars import hours
from hub_sync.hub.domains.workflows.calendars.errors import BusinessHoursInvalid
from hub_sync.hub.domains.workflows.calendars.schemas import (
    MOST_HOLIDAYS,
    MOST_HOURS_A_DAY,
    WEEKDAYS,
    BusinessCalendarChanges,
    NewBusinessCalendar,
    OpeningHours,
    RegionText,
    WeekHours,
    Year,
)
from hub_sync.hub.domains.workflows.sla_tables import BusinessCalendar
from hub_sync.hub.kit.errors import fill_in
from hub_sync.hub.kit.text_types import SingleLineText, TimeZoneName

_LONGEST_DAY = 400
_LONGEST_LINE = 215


class BusinessCalendarForm(BaseModel):
    """The fields of the form of business hours; `version`: of the form that edits some."""

    name: SingleLineText
    time_zone: TimeZoneName | None = None
    monday: str = Field(default="", max_length=_LONGEST_DAY)
    tuesday: str = Field(default="", max_length=_LONGEST_DAY)
    wednesday: str = Field(default="", max_length=_LONGEST_DAY)
    thursday: str = Field(default="", max_length=_LONGEST_DAY)
    friday: str = Field(default="", max_length=_LONGEST_DAY)
    saturday: str = Field(default="", max_length=_LONGEST_DAY)
    sunday: str = Field(default="", max_length=_LONGEST_DAY)
    holidays: str = Field(default="", max_length=MOST_HOLIDAYS * _LONGEST_LINE)
    version: int | None = None

    def new_calendar(self) -> NewBusinessCalendar:
        """Return the form as new business hours.

        Raises:
            FormInvalid, HolidayUnreadable, TooManyHolidays: 422.
        """
        return NewBusinessCalendar(**self._values())

    def changes(self) -> BusinessCalendarChanges:
        """Return the form as changes of business hours; errors as those of `new_calendar`."""
        return BusinessCalendarChanges(**self._values())

    def _values(self) -> dict[str, Any]:
        holidays = hours.parse_holidays(self.holidays)
        hours.stored_holidays(holidays)  # refuses too many
        return {"name": self.name, "time_zone": self.time_zone, "hours": self._week(), "holidays": holidays}

    def _week(self) -> WeekHours:
        days: dict[str, tuple[OpeningHours, ...]] = {}
        messages: dict[str, str] = {}
        for name in WEEKDAYS:
            try:
                days[name] = hours.parse_day(getattr(self, name))
                hours.check_day(days[name])
            except BusinessHoursInvalid as error:
                messages[name] = fill_in(_(error.template), error.parameters)
            if len(days.get(name, ())) > MOST_HOURS_A_DAY:
                messages[name] = _("At most %(most)s openings a day.") % {"most": MOST_HOURS_A_DAY}
        if messages:
            raise FormInvalid(messages)
        return WeekHours(**days)


class PublicHolidaysForm(BaseModel):
    """The fields of the form that adds public holidays."""

    region: RegionText
    year: Year


class DeleteCalendarForm(BaseModel):
    """The version of the business hours to delete."""

    version: int | None = None


def form_values(calendar: BusinessCalendar) -> dict[str, object]:
    """Return business hours as the initial values of their form."""
    return {
        "name": calendar.name,
        "time_zone": calendar.time_zone or "",
        **{name: hours.day_text(calendar.hours.get(name, ())) for name in WEEKDAYS},
        "holidays": hours.holiday_lines(calendar.holidays),
        "version": calendar.version,
    }


def new_form_values() -> dict[str, object]:
    """Return the initial values of the form of new business hours."""
    week = dict.fromkeys(WEEKDAYS[:5], "09:00-17:00") | dict.fromkeys(WEEKDAYS[5:], "")
    return {"name": "", "time_zone": "", **week, "holidays": ""}
