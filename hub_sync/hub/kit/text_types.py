"""Kinds of text that several domains take in, checked once."""

from datetime import UTC, datetime, time
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, StringConstraints

from hub_sync.rules.time_zones import UnknownTimeZone, load_time_zone

_EARLIEST, _LATEST = 1900, 9000


def _known_zone(name: str) -> str:
    try:
        load_time_zone(name)
    except UnknownTimeZone as error:
        raise ValueError("not a time zone of the IANA list, such as Europe/Berlin") from error
    return name


def reject_nul(text: str) -> str:
    """Text that every database can hold."""
    if "\x00" in text:
        raise ValueError("must not contain a NUL character")
    return text


def _instant(value: Any) -> Any:
    if not isinstance(value, str | datetime):
        raise ValueError("a time is written as text, such as 2026-06-10T08:00:00+02:00")  # noqa: TRY004 - pydantic's way
    return value


def _utc(value: datetime) -> datetime:
    if not _EARLIEST <= value.year <= _LATEST:
        raise ValueError(f"must lie between the years {_EARLIEST} and {_LATEST}")
    return value.astimezone(UTC)


def _wall_time(text: str) -> str:
    try:
        return f"{time.fromisoformat(text):%H:%M}"
    except ValueError as error:
        raise ValueError("not a time of day, such as 08:30") from error


ID_PATTERN = r"^[\x21-\x2e\x30-\x7e]{1,64}$"
Id = Annotated[
    str,
    StringConstraints(min_length=1, max_length=64, pattern=ID_PATTERN),
    Field(examples=["01977a3e-5b1c-7d2a-9f00-6c1d2e3f4a5b"]),
]
"""The id of a thing, as it stands in an address: printable ASCII without a slash."""
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$")]
SingleLineText = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(reject_nul)
]
"""One line that must say something."""
ShortText = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120), AfterValidator(reject_nul)
]
OptionalText = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(reject_nul)
]
Label = Annotated[str, StringConstraints(strip_whitespace=True, max_length=64), AfterValidator(reject_nul)]
"""A category or a zone."""
Instant = Annotated[AwareDatetime, BeforeValidator(_instant), AfterValidator(_utc)]
"""A point in time, written with its offset."""
TimeZoneName = Annotated[str, StringConstraints(max_length=64), AfterValidator(_known_zone)]
WallTime = Annotated[str, StringConstraints(pattern=r"^\d\d:\d\d$"), AfterValidator(_wall_time)]
Email = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        max_length=320,
        pattern=r"^[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+\.[^@\s\x00-\x1f]+$",
    ),
]
