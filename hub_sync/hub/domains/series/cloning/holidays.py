"""Public holidays, for warnings in a plan. `holidays` is imported when somebody asks for them."""

from collections.abc import Iterator
from datetime import date, timedelta

from hub_sync.hub.domains.series.errors import CloneHolidaysUnknown

_MOST_DAYS = 31
_LANGUAGE = "en_US"
"""That of most names; a country that has none in English has its own."""


def find_holidays(region: str, first: date, last: date) -> Iterator[tuple[date, str]]:
    """Yield the public holidays from the first to the last day, each with its name; of a long event, those of the first month.

    Raises:
        CloneHolidaysUnknown: 422.
    """
    import holidays  # noqa: PLC0415 - 0.3 s and 20 MB that few plans need

    country, _, subdivision = region.partition("-")
    last = min(last, first + timedelta(days=_MOST_DAYS))
    try:
        calendar = holidays.country_holidays(
            country,
            subdiv=subdivision or None,
            years=range(first.year, last.year + 1),
            language=_LANGUAGE,  # or the names would be in the language of the server
        )
    except NotImplementedError as error:
        raise CloneHolidaysUnknown(region=region) from error
    day = first
    while day <= last:
        if day in calendar:
            yield day, calendar[day]
        day += timedelta(days=1)
