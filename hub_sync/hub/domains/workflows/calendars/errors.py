"""Errors of business calendars."""

from hub_sync.hub.kit.errors import Conflict, NotFound, PreconditionFailed, Unprocessable
from hub_sync.hub.kit.i18n import N_


class BusinessCalendarNotFound(NotFound):
    """There is no such calendar, or it was deleted."""

    template = N_("There are no such business hours.")


class BusinessCalendarExists(Conflict):
    """Another calendar has this name."""

    template = N_("There are business hours of this name already.")


class BusinessCalendarChanged(PreconditionFailed):
    """Somebody changed the calendar meanwhile."""

    template = N_("The business hours were changed meanwhile; read them again.")


class BusinessCalendarInUse(Conflict):
    """A workflow counts by the calendar."""

    template = N_("The workflow “%(workflow)s” counts by these business hours. Choose others there first.")


class BusinessHoursInvalid(Unprocessable):
    """Hours of a day end before they begin, or overlap."""

    template = N_("The hours of a day have to end after they begin, and may not overlap.")


class HoursPastMidnight(BusinessHoursInvalid, variant=True):
    """Hours end at or before their beginning."""

    template = N_(
        "%(hours)s does not end after it begins. Write hours that pass midnight as two: until 24:00, and from 00:00 of the next day."
    )


class HoursOverlap(BusinessHoursInvalid, variant=True):
    """Hours of a day overlap."""

    template = N_("%(hours)s begins before the hours in front of it have ended.")


class HoursUnreadable(BusinessHoursInvalid, variant=True):
    """A text in the form is not a list of hours."""

    template = N_("“%(hours)s” can't be read. Write hours such as 09:00-12:00, 13:00-17:00.")


class CalendarNeverOpens(Unprocessable):
    """No day of the week has hours, so a clock would never come to its end."""

    template = N_("These business hours never open. Write hours for at least one day of the week.")


class HolidayUnreadable(Unprocessable):
    """A line of the form is not a day with a name."""

    template = N_("Line %(line)s can't be read. Write a day and a name, such as 2026-12-25 Christmas.")


class TooManyHolidays(Unprocessable):
    """A calendar takes only so many."""

    template = N_("Business hours take at most %(most)s holidays. Remove those of past years.")


class HolidayRegionUnknown(Unprocessable):
    """No public holidays are known of this country or region in this year."""

    template = N_(
        "No public holidays are known of “%(region)s” in %(year)s. Write a country or a region, such as DE or DE-BY."
    )
