"""The days of a recurrence. Pure: local days in, local days out; `cloning.dates` attaches the zone afterwards.

`dateutil.rrule` expands the rule (RFC 5545), on days without a time or a zone: so no change of the clocks can move one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from itertools import islice
from typing import Annotated, Self

from dateutil import rrule
from pydantic import BaseModel, ConfigDict, Field, model_validator

from hub_sync.hub.domains.series.cloning.dates import EARLIEST, LATEST
from hub_sync.hub.domains.series.errors import RecurrenceEmpty, RecurrenceTooLong

MOST_DAYS = 400
"""The most editions that a recurrence makes at once."""
_MOST_INTERVAL = 99
_LAST_DAY_OF_ALL_MONTHS = 28


class Frequency(StrEnum):
    """The unit in which a recurrence counts."""

    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY_BY_DATE = "MONTHLY_BY_DATE"
    """On the same date of each month."""
    MONTHLY_BY_WEEKDAY = "MONTHLY_BY_WEEKDAY"
    """On a weekday of each month: its first, its last Friday."""


class Weekday(StrEnum):
    """A day of the week, as RFC 5545 writes it."""

    MONDAY = "MO"
    TUESDAY = "TU"
    WEDNESDAY = "WE"
    THURSDAY = "TH"
    FRIDAY = "FR"
    SATURDAY = "SA"
    SUNDAY = "SU"


_WEEKDAYS = (rrule.MO, rrule.TU, rrule.WE, rrule.TH, rrule.FR, rrule.SA, rrule.SU)


class Recurrence(BaseModel):
    """A rule for days. It ends on a day, or after a number of days; those that are left out count."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    frequency: Frequency = Field(description="The unit in which it counts.")
    interval: int = Field(
        default=1, strict=True, ge=1, le=_MOST_INTERVAL, description="Every so many days, weeks or months."
    )
    start_on: date = Field(description="The first day that may be one.")
    until: date | None = Field(
        default=None, description="The last day that may be one; null: `count` counts."
    )
    count: int | None = Field(
        default=None,
        strict=True,
        ge=1,
        le=MOST_DAYS,
        description="The number of days, with those that are left out; null: `until` counts.",
    )
    weekdays: Annotated[
        tuple[Weekday, ...],
        Field(
            max_length=len(Weekday),
            fail_fast=True,
            description="WEEKLY: the days of the week; MONTHLY_BY_WEEKDAY: one day. Empty: that of `start_on`.",
        ),
    ] = ()
    month_day: int | None = Field(
        default=None,
        strict=True,
        ge=1,
        le=31,
        description="MONTHLY_BY_DATE: the day of the month; null: that of `start_on`. Months without it are skipped.",
    )
    week_of_month: int | None = Field(
        default=None,
        strict=True,
        ge=-1,
        le=5,
        description="MONTHLY_BY_WEEKDAY: 1 to 5 for the first to the fifth, -1 for the last; null: as `start_on` is in its month.",
    )
    left_out: Annotated[
        tuple[date, ...],
        Field(max_length=MOST_DAYS, fail_fast=True, description="Days on which it does not take place."),
    ] = ()

    @model_validator(mode="after")
    def _check_end(self) -> Self:
        if (self.until is None) == (self.count is None):
            raise ValueError("needs until or count, and not both")
        if self.until is not None and self.until < self.start_on:
            raise ValueError("until lies before start_on")
        if any(day is not None and not EARLIEST <= day.year <= LATEST for day in (self.start_on, self.until)):
            raise ValueError(f"days must lie between the years {EARLIEST} and {LATEST}")
        if self.week_of_month == 0:
            raise ValueError("week_of_month is 1 to 5, or -1")
        if self.frequency is Frequency.MONTHLY_BY_WEEKDAY and len(self.weekdays) > 1:
            raise ValueError("a month has one weekday")
        return self


@dataclass(frozen=True, slots=True)
class RecurrenceDays:
    """The days of a recurrence, in order.

    Attributes:
        days: those on which it takes place.
        left_out: exceptions that were hit.
        skipped_months: months between the first and the last day that have no such day, `2027-02`.
    """

    days: Sequence[date]
    left_out: Sequence[date] = ()
    skipped_months: Sequence[str] = ()


def expand(recurrence: Recurrence) -> RecurrenceDays:
    """Return the days of a recurrence.

    Raises:
        RecurrenceTooLong: there are more than `MOST_DAYS` (422). RecurrenceEmpty: there are none (422).
    """
    days = [moment.date() for moment in islice(_rule(recurrence), MOST_DAYS + 1)]
    days = [day for day in days if day.year <= LATEST]
    if len(days) > MOST_DAYS:
        raise RecurrenceTooLong(most=MOST_DAYS)
    exceptions = frozenset(recurrence.left_out)
    taking_place = [day for day in days if day not in exceptions]
    if not taking_place:
        raise RecurrenceEmpty
    left_out = [day for day in days if day in exceptions]
    return RecurrenceDays(taking_place, left_out, list(_skipped_months(recurrence, days)))


def _rule(recurrence: Recurrence, begins: date | None = None) -> Iterator[datetime]:
    first = recurrence.start_on
    options: dict[str, object] = {}
    weekdays = [_WEEKDAYS[list(Weekday).index(day)] for day in recurrence.weekdays]
    weekdays = weekdays or [_WEEKDAYS[first.weekday()]]
    if recurrence.frequency is Frequency.WEEKLY:
        options["byweekday"] = weekdays
    elif recurrence.frequency is Frequency.MONTHLY_BY_DATE:
        options["bymonthday"] = recurrence.month_day or first.day
    elif recurrence.frequency is Frequency.MONTHLY_BY_WEEKDAY:
        nth = recurrence.week_of_month or (first.day - 1) // 7 + 1
        options["byweekday"] = [weekday(nth) for weekday in weekdays]
    until = None if recurrence.until is None else datetime.combine(recurrence.until, time())
    frequency = {Frequency.DAILY: rrule.DAILY, Frequency.WEEKLY: rrule.WEEKLY}
    return iter(
        rrule.rrule(
            frequency.get(recurrence.frequency, rrule.MONTHLY),
            dtstart=datetime.combine(begins or first, time()),
            interval=recurrence.interval,
            count=recurrence.count,
            until=until,
            wkst=rrule.MO,
            **options,
        )
    )


def _skipped_months(recurrence: Recurrence, days: Sequence[date]) -> Iterator[str]:
    """Yield the months of the rule that have no such day, from its first month to its last day, or to its end."""
    if recurrence.frequency not in (Frequency.MONTHLY_BY_DATE, Frequency.MONTHLY_BY_WEEKDAY) or not days:
        return
    first = recurrence.start_on
    earliest = next(_rule(recurrence, first.replace(day=1)))
    present = {(day.year, day.month) for day in (earliest, *days)}
    last = recurrence.until or days[-1]
    month = first.year * 12 + first.month - 1
    if recurrence.frequency is Frequency.MONTHLY_BY_DATE and (recurrence.month_day or first.day) <= (
        _LAST_DAY_OF_ALL_MONTHS
    ):
        return
    while month <= last.year * 12 + last.month - 1:
        key = (month // 12, month % 12 + 1)
        is_cut = key == (last.year, last.month)
        if key not in present and not is_cut:
            yield f"{key[0]}-{key[1]:02}"
        month += recurrence.interval
