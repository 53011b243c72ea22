"""Hours and holidays as people type them."""

import pytest

from hub_sync.hub.domains.workflows.calendars import hours
from hub_sync.hub.domains.workflows.calendars.errors import (
    BusinessHoursInvalid,
    CalendarNeverOpens,
    HolidayUnreadable,
)
from hub_sync.hub.domains.workflows.calendars.schemas import WeekHours
from hub_sync.hub.kit.public_holidays import public_holidays


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("", ""),
        ("9-17", "09:00-17:00"),
        ("13:00 \u2013 17:00; 9.30-12", "13:00-17:00, 09:30-12:00"),
        ("00:00-24:00", "00:00-24:00"),
        ("\u0669:00-\u0661\u0667:00", "09:00-17:00"),  # Arabic digits
    ],
)
def test_hours_are_read_as_people_write_them(text: str, stored: str) -> None:
    day = hours.parse_day(text)
    assert hours.day_text([each.model_dump() for each in day]) == stored


@pytest.mark.parametrize("text", ["9 to 5", "22:00-06:00", "9-9", "25-26", "9-12, 11-17", "9:99-10:00"])
def test_hours_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(BusinessHoursInvalid):
        hours.check_day(hours.parse_day(text))


def test_hours_that_never_open_are_refused() -> None:
    with pytest.raises(CalendarNeverOpens):
        hours.check(WeekHours())


def test_holidays_are_lines_and_each_day_stands_once() -> None:
    lines = "2026-12-25 Christmas\n\n2026-05-01\n2026-12-25: Second name"
    stored = hours.stored_holidays(hours.parse_holidays(lines))
    assert hours.holiday_lines(stored) == "2026-05-01\n2026-12-25 Second name"
    for line in ("Christmas", "2026-02-30 No day", "25.12.2026 Christmas"):
        with pytest.raises(HolidayUnreadable):
            hours.parse_holidays(line)


def test_public_holidays_are_those_of_the_region() -> None:
    def names(region: str) -> list[str]:
        return list(public_holidays(region, [2027], "en").values())

    assert "Epiphany" in names("de-by")
    assert "Epiphany" not in names("DE")
    for region in ("ZZ", "DE-XX", ""):
        with pytest.raises(LookupError):
            names(region)
