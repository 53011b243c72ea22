"""Kinds of text that several domains take in, checked once."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, StringConstraints

from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.networks import parse_networks
from hub_sync.rules.text_normalization import ascii_digits, drop_invisible, drop_overrides
from hub_sync.rules.times.time_zones import UnknownTimeZone, load_time_zone

_EARLIEST, _LATEST = 1900, 9000
_EMAIL_PATTERN = r"^[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+\.[^@\s\x00-\x1f]+$"
_PHONE_PATTERN = r"^[0-9+()./ -]*$"
_is_email, _is_phone = re.compile(_EMAIL_PATTERN).fullmatch, re.compile(_PHONE_PATTERN).fullmatch
_FULL_WIDTH = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
"""The forms of ASCII that East Asian keyboards type, and their space."""
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043\ufe58\ufe63", "-"))
_JOIN_CONTROLS = "\u200c\u200d\ufe0e\ufe0f"
"""Invisible characters that Persian and Indic words and emoji are written with."""


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


def _network(text: str) -> str:
    try:
        return str(parse_networks([text])[0])
    except ValueError as error:
        raise ValueError(
            "not an address or a network, such as 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32"
        ) from error


def _wall_time(text: str) -> str:
    try:
        return f"{time.fromisoformat(text):%H:%M}"
    except ValueError as error:
        raise ValueError("not a time of day, such as 08:30") from error


def clean_email(text: str) -> str:
    """Return an e-mail address without spaces around it and without invisible characters, composed (NFC).

    NFC and not NFKC, which changes what an address means (RFC 6532, 3.1); only full-width forms of ASCII are replaced.
    """
    if text.isascii():  # a file has 100,000 of them
        return text.strip()
    return unicodedata.normalize("NFC", drop_invisible(text).translate(_FULL_WIDTH)).strip()


def clean_phone(text: str) -> str:
    """Return a phone number with the digits 0-9, plain spaces and dashes, and without invisible characters."""
    if not text.isascii():
        text = ascii_digits(drop_invisible(text).translate(_FULL_WIDTH)).translate(_DASHES)
    return " ".join(text.split())


def clean_label(text: str) -> str:
    """Return a label as it is compared: composed (NFC), with single plain spaces, without invisible characters.

    Those stay that words are written with: the joiners of Persian and Indic scripts, and the selectors of emoji.
    """
    if not text.isascii():
        visible = "".join(each if each in _JOIN_CONTROLS else drop_invisible(each) for each in text)
        text = unicodedata.normalize("NFC", visible)
    return " ".join(text.split())


def _email(text: str) -> str:
    if not (_is_email(text) and text.isprintable()):
        raise ValueError("not an e-mail address, such as ada@example.org")
    return text


def _phone(text: str) -> str:
    if not _is_phone(text):
        raise ValueError("a phone number has digits, spaces and + ( ) . / - only")
    return text


def _visible(text: str) -> str:
    if text and not drop_invisible(text).strip():
        raise ValueError("has invisible characters only")
    return text


def _empty_if_invisible(text: str) -> str:
    return text if drop_invisible(text).strip() else ""


def _of_text(clean: Callable[[str], str]) -> BeforeValidator:
    """Return a validator that cleans a text; what is no text is left to the next validator.

    It stands behind the constraints of its type: in front of them they would no longer be those of a string, which are
    looked at before the cleaned text is stripped, and whose errors have other names.
    """
    return BeforeValidator(lambda value: clean(value) if isinstance(value, str) else value)


@dataclass(frozen=True, slots=True)
class ExpectedFormat:
    """How a text with a pattern is written, with an example (marked with `N_`); a form says it where the pattern fails."""

    sentence: str


ID_PATTERN = r"^[\x21-\x2e\x30-\x7e]{1,64}$"
Id = Annotated[
    str,
    StringConstraints(min_length=1, max_length=64, pattern=ID_PATTERN),
    Field(examples=["01977a3e-5b1c-7d2a-9f00-6c1d2e3f4a5b"]),
]
"""The id of a thing, as it stands in an address: printable ASCII without a slash."""
PreviewHash = Annotated[
    str,
    StringConstraints(pattern=r"^[!-~]{64}$"),
    Field(examples=["5f1c8d0e9b7a6f5e4d3c2b1a0f9e8d7c6b5a4f3e2d1c0b9a8f7e6d5c4b3a2f1e"]),
]
"""The hash of what a preview has shown, as it came with it."""
OptionalId = Annotated[str, StringConstraints(pattern=f"^$|{ID_PATTERN}")]
"""The id of a thing, or nothing, as a form sends it where one may be chosen."""
Slug = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$"),
    ExpectedFormat(N_("Lower-case letters, digits and hyphens only, such as summer-fair-2026.")),
]
SingleLineText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    _of_text(drop_overrides),
    AfterValidator(reject_nul),
    AfterValidator(_visible),
]
"""One line that must say something."""
ShortText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=120),
    _of_text(drop_overrides),
    AfterValidator(reject_nul),
    AfterValidator(_visible),
]
OptionalText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=200),
    _of_text(drop_overrides),
    AfterValidator(reject_nul),
    AfterValidator(_empty_if_invisible),
]
"""One line that may say nothing; invisible characters alone are nothing."""
NoteText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=500),
    _of_text(drop_overrides),
    AfterValidator(reject_nul),
    AfterValidator(_empty_if_invisible),
]
"""A few lines that somebody writes about a thing; they may say nothing."""
RequiredNoteText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=500),
    _of_text(drop_overrides),
    AfterValidator(reject_nul),
    AfterValidator(_visible),
]
"""A few lines that must say something."""
Label = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=64),
    _of_text(clean_label),
    AfterValidator(reject_nul),
]
"""A category or a zone. Two labels that look alike are the same."""
Instant = Annotated[AwareDatetime, BeforeValidator(_instant), AfterValidator(_utc)]
"""A point in time, written with its offset."""
TimeZoneName = Annotated[str, StringConstraints(max_length=64), AfterValidator(_known_zone)]
WallTime = Annotated[
    str,
    StringConstraints(pattern=r"^\d\d:\d\d$"),
    AfterValidator(_wall_time),
    ExpectedFormat(N_("Not a time of day, such as 08:30.")),
]
NetworkText = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=2, max_length=64), AfterValidator(_network)
]
Networks = Annotated[list[NetworkText], Field(max_length=64, fail_fast=True)]
"""Addresses and networks in CIDR notation."""
Email = Annotated[
    str,
    StringConstraints(max_length=320),
    _of_text(clean_email),
    AfterValidator(_email),
    Field(json_schema_extra={"pattern": _EMAIL_PATTERN}),
]
Phone = Annotated[
    str,
    StringConstraints(max_length=64),
    _of_text(clean_phone),
    AfterValidator(_phone),
    Field(json_schema_extra={"pattern": _PHONE_PATTERN}),
]
"""A phone number; digits of any script become 0-9."""
