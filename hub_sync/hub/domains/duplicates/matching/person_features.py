"""The features of a person that are compared: names in words, mailbox, phone, date of birth."""

import re
from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from typing import Any, NamedTuple

from hub_sync.hub.domains.duplicates.matching.transliteration import latin
from hub_sync.rules.matching.normalization import mailbox, name_words, normal_phone

_PARTICLES = frozenset(
    [
        "von",
        "van",
        "de",
        "der",
        "den",
        "del",
        "della",
        "di",
        "da",
        "dos",
        "la",
        "le",
        "el",
        "al",
        "bin",
        "ibn",
        "bint",
        "ben",
        "abu",
        "zu",
        "zum",
        "zur",
        "af",
        "av",
        "ter",
        "ten",
        "dr",
        "prof",
        "mr",
        "mrs",
        "ms",
        "herr",
        "frau",
        "jr",
        "sr",
    ]
)
_BIRTH = ("birth_date", "birthdate", "date_of_birth", "birthday", "dob", "geburtsdatum", "born")
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})\.(\d{1,2})\.(\d{4})")
_PHONE_TAIL, _SHORTEST_TAIL = 9, 7
COMPARED = ("first_name", "last_name", "email", "phone", "birth_date")
"""The fields that are compared, by the names of the columns; the date of birth is one of `extra`."""


class PersonFeatures(NamedTuple):
    """A person as pairs are compared. Empty: not known."""

    id: str
    first: tuple[str, ...]
    last: tuple[str, ...]
    mailbox: str
    phone: str
    birth: str

    @property
    def phone_tail(self) -> str:
        """The last digits of the phone number, which equal those of the same number without its calling code."""
        return self.phone[-_PHONE_TAIL:] if len(self.phone) >= _SHORTEST_TAIL else ""


def features_of(person: Mapping[str, Any], region: str = "") -> PersonFeatures:
    """Return the features of a participant.

    Args:
        person: `id`, `first_name`, `last_name`, `email`, `phone` and `extra`; what is missing is empty.
        region: the country of phone numbers without a calling code.
    """
    first, last = person.get("first_name") or "", person.get("last_name") or ""
    if not last and "," in first:  # a whole name in one field, "Last, First"
        last, first = first.split(",", 1)
    return PersonFeatures(
        person.get("id") or "",
        _words(first),
        _words(last),
        mailbox(person.get("email") or ""),
        normal_phone(person.get("phone") or "", region).lstrip("+"),
        birth_date(person.get("extra") or {}),
    )


def data_hash(left: PersonFeatures, other: PersonFeatures) -> str:
    """Return the hash of all that is compared of a pair: a dismissal counts until it changes."""
    parts = [repr(each) for each in sorted((left, other))]
    return sha256("\n".join(parts).encode()).hexdigest()


def birth_date(extra: Mapping[str, Any]) -> str:
    """Return the date of birth in a participant's further details, as ISO 8601; "" if there is none.

    >>> birth_date({"Date of birth": "7.2.1980"}), birth_date({"diet": "none"})
    ('1980-02-07', '')
    """
    if not extra:
        return ""
    for name, value in extra.items():
        if isinstance(value, str) and name.casefold().replace(" ", "_").replace("-", "_") in _BIRTH:
            match = _DATE.search(value)
            if match:
                year, month, day, *other = match.groups()
                return _iso(year, month, day) if year else _iso(*other[::-1])
    return ""


def _iso(year: str, month: str, day: str) -> str:
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return ""


def _words(text: str) -> tuple[str, ...]:
    words = name_words(text)
    if not text.isascii():
        words = tuple(filter(None, map(latin, words)))
    return tuple(word for word in words if word not in _PARTICLES) or words
