"""Names and short names of editions. Pure."""

from collections.abc import Collection
from datetime import date
from string import Formatter

from hub_sync.hub.domains.series.errors import NamePatternInvalid

_PLACEHOLDERS = ("name", "number", "date", "year")
_LONGEST_SLUG = 64
_LONGEST_NAME = 200


def check_pattern(pattern: str) -> None:
    """Raise unless a pattern has only placeholders that there are.

    Raises:
        NamePatternInvalid: 422.
    """
    try:
        fields = [field for field in Formatter().parse(pattern) if field[1] is not None]
    except ValueError:
        raise NamePatternInvalid(pattern=pattern) from None
    if any(name not in _PLACEHOLDERS or form or conversion for _, name, form, conversion in fields):
        raise NamePatternInvalid(pattern=pattern)


def name_of(pattern: str, series: str, number: int, day: date) -> str:
    """Return the name of an edition.

    >>> name_of("{name} {number}", "Jazz night", 4, date(2027, 6, 9))
    'Jazz night 4'
    """
    values = {"name": series, "number": number, "date": day.isoformat(), "year": day.year}
    return " ".join(pattern.format(**values).split())[:_LONGEST_NAME].strip() or str(number)


def slug_of(series: str, number: int, day: date, taken: Collection[str]) -> str | None:
    """Return a short name for an edition that no other event has, or None: all that are tried are taken.

    >>> slug_of("jazz", 4, date(2027, 6, 9), {"jazz-4"})
    'jazz-2027-06-09'
    """
    for end in (f"-{number}", f"-{day.isoformat()}", f"-{number}-{day.isoformat()}"):
        slug = series[: _LONGEST_SLUG - len(end)].rstrip("-") + end
        if slug not in taken:
            return slug
    return None
