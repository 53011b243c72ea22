"""Numbers and times in the format of the page's language."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from math import floor
from zoneinfo import ZoneInfo

from babel.dates import (
    format_date,
    format_datetime,
    format_interval,
    format_skeleton,
    format_time,
    format_timedelta,
    get_datetime_format,
)
from babel.numbers import format_decimal, format_percent
from babel.units import format_unit

from hub_sync.hub.console.i18n.translation import _, spoken
from hub_sync.rules.times.time_zones import load_time_zone_or_utc

_COMMAS = {"ar": "، "}
"""The languages that have a comma of their own."""
MINUTE, JUST_NOW_S, A_SECOND_MS = 60, 5, 1000


def number(value: float | None) -> str:
    """Return a number, such as 4,118 or 4.118; None becomes a dash."""
    return "—" if value is None else str(format_decimal(value, locale=spoken().locale))


def percent(value: float) -> str:
    """Return a share as a percentage: 0.62 becomes 62 %."""
    return str(format_percent(value, locale=spoken().locale))


def rate(value: float) -> str:
    """Return a share rounded down: 0.9996 becomes 99.9 %, never 100 %."""
    floored = floor(value * 1000 + 1e-9) / 1000
    return str(format_percent(floored, locale=spoken().locale, decimal_quantization=False))


def took(milliseconds: float) -> str:
    """Return a duration such as 41 ms or 1.2 sec."""
    if milliseconds < A_SECOND_MS:
        return str(format_unit(round(milliseconds), "millisecond", "short", locale=spoken().locale))
    return str(format_unit(round(milliseconds / A_SECOND_MS, 1), "second", "short", locale=spoken().locale))


def comma() -> str:
    """Return what separates things beside each other."""
    return _COMMAS.get(spoken().language, ", ")


def listed(parts: Iterable[object]) -> str:
    """Return things beside each other, such as: a, b."""
    return comma().join(map(str, parts))


def day(value: date | datetime, zone: str = "", style: str = "medium") -> str:
    """Return the day in a time zone (an IANA name; empty: the page's own)."""
    there = value.astimezone(_zone(zone)) if isinstance(value, datetime) else value
    return str(format_date(there, style, locale=spoken().locale))


def days(first: datetime, last: datetime, zone: str = "") -> str:
    """Return the days from one instant to another, such as 10 to 12 Jun 2026."""
    locale = spoken().locale
    return str(format_interval(first, last, "yMMMd", tzinfo=_zone(zone), locale=locale))


def short_day(value: date) -> str:
    """Return a short day such as 12 Jun."""
    noon = datetime(value.year, value.month, value.day, 12, tzinfo=UTC)
    return str(format_skeleton("MMMd", noon, locale=spoken().locale))


def clock_time(value: datetime, zone: str = "", style: str = "short") -> str:
    """Return the time of day."""
    return str(format_time(value, style, tzinfo=_zone(zone), locale=spoken().locale))


def moment(value: datetime, zone: str = "", style: str = "medium") -> str:
    """Return day and time to the minute; `seconds`: to the second; `long`: with the zone, too."""
    locale = spoken().locale
    if style not in ("medium", "seconds"):
        return str(format_datetime(value, style, tzinfo=_zone(zone), locale=locale))
    joined = str(get_datetime_format("medium", locale=locale)).replace("'", "")
    return joined.format(
        clock_time(value, zone, "short" if style == "medium" else "medium"), day(value, zone)
    )


def duration(seconds: float) -> str:
    """Return a duration in a word or two, such as 9 sec or 6 min."""
    stretch = timedelta(seconds=round(seconds))
    return str(format_timedelta(stretch, format="short", threshold=1.4, locale=spoken().language))


def ago(value: datetime, now: datetime) -> str:
    """Return the time since (or until) `value` in words."""
    difference = value - now
    if abs(difference.total_seconds()) < JUST_NOW_S:
        return _("in a moment") if difference.total_seconds() > 0 else _("just now")
    return str(format_timedelta(difference, add_direction=True, threshold=1.4, locale=spoken().locale))


def utc_text(value: datetime) -> str:
    """Return an instant for `<time datetime>`."""
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _zone(name: str) -> ZoneInfo:
    return load_time_zone_or_utc(name or spoken().time_zone)
