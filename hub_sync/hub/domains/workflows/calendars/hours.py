"""The hours of a calendar: checked, stored, and as text that people type and read."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from hub_sync.hub.domains.workflows.calendars.business_time import MINUTES_A_DAY, Calendar, Hours
from hub_sync.hub.domains.workflows.calendars.errors import (
    CalendarNeverOpens,
    HolidayUnreadable,
    HoursOverlap,
    HoursPastMidnight,
    HoursUnreadable,
    TooManyHolidays,
)
from hub_sync.hub.domains.workflows.calendars.schemas import (
    MOST_HOLIDAYS,
    WEEKDAYS,
    Holiday,
    OpeningHours,
    WeekHours,
)
from hub_sync.rules.text_normalization import ascii_digits
from hub_sync.rules.times.time_zones import load_time_zone

_TIME = r"(\d{1,2})(?:[:.](\d{2}))?"
_HOURS = re.compile(rf"{_TIME}\s*[-\u2013\u2014]\s*{_TIME}")
_HOLIDAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[\s,;:]+(.*))?")


def check(week: WeekHours) -> None:
    """Check that the hours can be counted by.

    Raises:
        HoursPastMidnight, HoursOverlap, CalendarNeverOpens: 422.
    """
    for _, day in week.days():
        check_day(day)
    if not any(day for _, day in week.days()):
        raise CalendarNeverOpens


def check_day(day: Sequence[OpeningHours]) -> None:
    """Check the hours of a day, in any order.

    Raises:
        HoursPastMidnight, HoursOverlap: 422.
    """
    closed_until = 0
    for hours in sorted(day, key=lambda hours: hours.opens):
        opens, closes = _minutes(hours.opens), _minutes(hours.closes)
        if closes <= opens:
            raise HoursPastMidnight(hours=_text(hours))
        if opens < closed_until:
            raise HoursOverlap(hours=_text(hours))
        closed_until = closes


def sorted_week(week: WeekHours) -> WeekHours:
    """Return a week with the hours of each day in order."""
    days = {name: tuple(sorted(day, key=lambda hours: hours.opens)) for name, day in week.days()}
    return WeekHours(**days)


def calendar_of(time_zone: str, hours: Mapping[str, Any], holidays: Sequence[Mapping[str, Any]]) -> Calendar:
    """Return stored hours and holidays as a calendar.

    Raises:
        UnknownTimeZone: this program's time zone data has no such name.
    """
    week = [
        [Hours(_minutes(each["opens"]), _minutes(each["closes"])) for each in hours.get(name, ())]
        for name in WEEKDAYS
    ]
    names = {date.fromisoformat(each["day"]): each.get("name", "") for each in holidays}
    return Calendar(load_time_zone(time_zone), week, names)


def stored_holidays(holidays: Sequence[Holiday]) -> list[dict[str, str]]:
    """Return holidays as they are stored: in order, each day once.

    Raises:
        TooManyHolidays: 422.
    """
    by_day = {each.day: each.name for each in holidays}
    if len(by_day) > MOST_HOLIDAYS:
        raise TooManyHolidays(most=MOST_HOLIDAYS)
    return [{"day": day.isoformat(), "name": by_day[day]} for day in sorted(by_day)]


# --- text -----------------------------------------------------------------------------------------


def day_text(day: Sequence[Mapping[str, Any]]) -> str:
    """Return the stored hours of a day as people type them; "": it is closed."""
    return ", ".join(f"{each['opens']}-{each['closes']}" for each in day)


def parse_day(text: str) -> tuple[OpeningHours, ...]:
    """Return the hours that a text lists: `09:00-12:00, 13:00-17`.

    Raises:
        BusinessHoursInvalid: 422: it can't be read.
    """
    parts = [part.strip() for part in re.split(r"[,;،؛]", ascii_digits(text)) if part.strip()]
    return tuple(_parse_hours(part) for part in parts)


def holiday_lines(holidays: Sequence[Mapping[str, Any]]) -> str:
    """Return stored holidays as text with a line for each."""
    return "\n".join(f"{each['day']} {each.get('name', '')}".rstrip() for each in holidays)


def parse_holidays(text: str) -> tuple[Holiday, ...]:
    """Return the holidays that lines name: `2026-12-25 Christmas`.

    Raises:
        HolidayUnreadable: 422: a line can't be read.
    """
    holidays = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        match = _HOLIDAY.fullmatch(ascii_digits(line).strip())
        try:
            if match is None:
                raise ValueError(line)  # noqa: TRY301 - the same error as of a day that does not exist
            holidays.append(
                Holiday.model_validate({"day": match.group(1), "name": (match.group(2) or "").strip()})
            )
        except ValueError as error:
            raise HolidayUnreadable(line=number) from error
    return tuple(holidays)


def _parse_hours(text: str) -> OpeningHours:
    match = _HOURS.fullmatch(text)
    if match is None:
        raise HoursUnreadable(hours=text)
    times = [f"{int(match[at]):02}:{match[at + 1] or '00'}" for at in (1, 3)]
    try:
        return OpeningHours(opens=times[0], closes=times[1])
    except ValueError as error:
        raise HoursUnreadable(hours=text) from error


def _minutes(text: str) -> int:
    hour, _, minute = text.partition(":")
    return min(int(hour) * 60 + int(minute), MINUTES_A_DAY)


def _text(hours: OpeningHours) -> str:
    return f"{hours.opens}-{hours.closes}"
