"""The days of a recurrence."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from hub_sync.hub.domains.series.editions.recurrence import (
    MOST_DAYS,
    Frequency,
    Recurrence,
    Weekday,
    expand,
)
from hub_sync.hub.domains.series.errors import RecurrenceEmpty, RecurrenceTooLong


def days(**rule: Any) -> list[str]:
    """Return the days of a rule that begins on Wednesday, 6 January 2027."""
    return [day.isoformat() for day in expand(Recurrence(**{"start_on": date(2027, 1, 6)} | rule)).days]


def test_every_second_week_on_two_days() -> None:
    rule = {"frequency": "WEEKLY", "interval": 2, "weekdays": ("MO", "TH")}
    assert days(**rule, count=4) == ["2027-01-07", "2027-01-18", "2027-01-21", "2027-02-01"]
    assert days(frequency="WEEKLY", count=2) == ["2027-01-06", "2027-01-13"]


def test_the_last_friday_of_each_month() -> None:
    rule = {"frequency": "MONTHLY_BY_WEEKDAY", "week_of_month": -1, "weekdays": ("FR",)}
    assert days(**rule, until=date(2027, 4, 1)) == ["2027-01-29", "2027-02-26", "2027-03-26"]
    assert days(frequency="MONTHLY_BY_WEEKDAY", count=2) == ["2027-01-06", "2027-02-03"], (
        "the first Wednesday"
    )


def test_months_without_a_31st_are_named() -> None:
    expansion = expand(Recurrence(frequency=Frequency.MONTHLY_BY_DATE, start_on=date(2027, 1, 31), count=4))
    assert [day.isoformat() for day in expansion.days] == [
        "2027-01-31",
        "2027-03-31",
        "2027-05-31",
        "2027-07-31",
    ]
    assert expansion.skipped_months == ["2027-02", "2027-04", "2027-06"]
    leap = Recurrence(
        frequency=Frequency.MONTHLY_BY_DATE, interval=12, start_on=date(2028, 2, 29), until=date(2032, 12, 31)
    )
    assert expand(leap).skipped_months == ["2029-02", "2030-02", "2031-02"]
    for start, named in ((date(2027, 2, 10), ["2027-02"]), (date(2027, 1, 30), ["2027-02"])):
        begun = Recurrence(
            frequency=Frequency.MONTHLY_BY_DATE, start_on=start, month_day=29, until=date(2027, 5, 1)
        )
        assert expand(begun).skipped_months == named, "the first month, too, unless its day is over"


def test_days_that_are_left_out_count_and_are_named() -> None:
    rule = Recurrence(
        frequency=Frequency.DAILY,
        start_on=date(2027, 1, 6),
        count=3,
        left_out=(date(2027, 1, 7), date(2030, 1, 1)),
    )
    expansion = expand(rule)
    assert [day.day for day in expansion.days] == [6, 8]
    assert expansion.left_out == [date(2027, 1, 7)]


def test_a_recurrence_is_bounded_and_never_empty() -> None:
    assert len(days(frequency="DAILY", count=MOST_DAYS)) == MOST_DAYS
    with pytest.raises(RecurrenceTooLong):
        days(frequency="DAILY", until=date(2029, 1, 1))
    with pytest.raises(RecurrenceEmpty):
        days(frequency="DAILY", count=1, left_out=(date(2027, 1, 6),))
    with pytest.raises(RecurrenceEmpty):
        days(frequency="MONTHLY_BY_DATE", interval=12, month_day=30, start_on=date(2027, 2, 1), count=1)


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"count": 1, "until": date(2027, 2, 1)},
        {"until": date(2027, 1, 5)},
        {"count": 0},
        {"count": MOST_DAYS + 1},
        {"count": 1, "interval": 0},
        {"count": 1, "week_of_month": 0},
        {"count": 1, "start_on": date(1800, 1, 1)},
        {"count": 1, "frequency": "MONTHLY_BY_WEEKDAY", "weekdays": ("MO", "TU")},
        {"count": 1, "weekdays": ("XX",)},
    ],
)
def test_a_rule_that_means_nothing_is_refused(rule: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Recurrence.model_validate({"frequency": "WEEKLY", "start_on": date(2027, 1, 6)} | rule)


@given(
    start=st.dates(date(2020, 1, 1), date(2040, 1, 1)),
    interval=st.integers(1, 5),
    weekdays=st.sets(st.sampled_from(list(Weekday)), min_size=1),
    length=st.integers(0, 400),
)
def test_a_weekly_rule_has_the_days_that_an_oracle_counts(
    start: date, interval: int, weekdays: set[Weekday], length: int
) -> None:
    monday = start - timedelta(days=start.weekday())
    wanted = [
        day
        for day in (start + timedelta(days=n) for n in range(length + 1))
        if list(Weekday)[day.weekday()] in weekdays and (day - monday).days // 7 % interval == 0
    ]
    rule = Recurrence(
        frequency=Frequency.WEEKLY,
        interval=interval,
        start_on=start,
        until=start + timedelta(days=length),
        weekdays=tuple(sorted(weekdays)),
    )
    if wanted:
        assert expand(rule).days == wanted
    else:
        with pytest.raises(RecurrenceEmpty):
            expand(rule)
