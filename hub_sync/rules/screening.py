"""Screening of people against a blacklist, as station and hub do it: days of validity, hashes, and the standing that follows.

A station knows no entry. It has, for its event,

- restrictions: what entries with days of validity say about participants, so that a block begins and ends on its day without
  the hub;
- hashes of the exact values, for what somebody types at the gate about a person who is not on the roster.

A hash is a slow one (scrypt) under the tenant's salt, and a fast one under the event's key over it. The slow one is
computed once for an entry; the fast one keeps the lists of two events apart. See docs/adr/0092.
"""

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from hub_sync.contract.screening import ScreeningEffect
from hub_sync.contract.sync import BLOCKED, FLAGGED, SEAT_GIVEN, SEAT_GIVEN_FLAGGED, WITHOUT_SEAT
from hub_sync.rules.matching.normalization import (
    email_domain,
    mailbox,
    normal_document,
    normal_name,
    normal_phone,
)
from hub_sync.rules.times.time_zones import load_time_zone

MIN_NAME_WORDS = 2
"""A name of fewer words is compared with nobody's: it would mean too many people."""
_SCRYPT_N, _SCRYPT_R, _SCRYPT_P = 2**13, 8, 1
_HASH_BYTES = 16
_LAST_ZONE = "Etc/GMT+12"
"""UTC-12: where each day ends last."""
FROM_MILD_TO_STRICT = ("", FLAGGED, *WITHOUT_SEAT, BLOCKED)
"""The standings that come from screening."""
_CHANGED_BY_SCREENING = ("", "blocked", "flagged")


@dataclass(frozen=True, slots=True)
class Restriction:
    """What an entry says about somebody from one day of the event to another, both included; None: no limit."""

    effect: ScreeningEffect
    valid_from: str | None = None
    valid_until: str | None = None


def local_day(at: datetime, time_zone: str) -> str:
    """Return the day of an instant in a time zone, as `2026-10-25`.

    Raises:
        UnknownTimeZone: there is no such zone.
    """
    return at.astimezone(load_time_zone(time_zone)).date().isoformat()


def is_valid_on(day: str, valid_from: str | None, valid_until: str | None) -> bool:
    """Return True if a day is in a span of whole days. Days are compared as texts: all have the form `2026-10-25`.

    >>> is_valid_on("2026-10-25", "2026-10-25", "2026-10-25"), is_valid_on("2026-10-26", None, "2026-10-25")
    (True, False)
    """
    return (not valid_from or valid_from <= day) and (not valid_until or day <= valid_until)


def is_over(at: datetime, valid_until: str | None, time_zone: str = "") -> bool:
    """Return True once a span of whole days has ended, by the days that `is_valid_on` compares.

    Args:
        at: an instant.
        valid_until: the last day; none: it never ends.
        time_zone: of the event; empty: of any event, so that it ends where a day ends last.
    """
    return not is_valid_on(local_day(at, time_zone or _LAST_ZONE), None, valid_until)


def standing_on(standing: str, restrictions: Iterable[Restriction], day: str) -> str:
    """Return the standing of somebody on a day of the event.

    Args:
        standing: as the hub last sent it. A deleted, merged or unclear one stays, and so does a seat that was given away.
        restrictions: all that the blacklist says about the person if an entry has days of validity; none: the hub's
            standing holds on every day.
        day: the event's present day.
    """
    known = tuple(restrictions)
    if not known or standing.partition(":")[0] not in _CHANGED_BY_SCREENING:
        return standing
    effects = {each.effect for each in known if is_valid_on(day, each.valid_from, each.valid_until)}
    if ScreeningEffect.BLOCK in effects:
        return BLOCKED
    flag = FLAGGED if ScreeningEffect.FLAG in effects else ""
    return join_standings(SEAT_GIVEN, flag) if standing in WITHOUT_SEAT else flag


def join_standings(first: str, second: str) -> str:
    """Return the standing that follows from two: the stricter one. A flag stays beside a seat that was given away.

    >>> join_standings(FLAGGED, SEAT_GIVEN), join_standings(SEAT_GIVEN, BLOCKED)
    ('flagged:seat-and-list', 'blocked:list')
    """
    if {first, second} == {FLAGGED, SEAT_GIVEN}:
        return SEAT_GIVEN_FLAGGED
    return max(first, second, key=FROM_MILD_TO_STRICT.index)


# --- hashes of values -----------------------------------------------------------------------------


def slow_hash(kind: str, value: str, salt: bytes) -> bytes:
    """Return the slow hash of a normal value: some 20 ms on a present computer, and 8 MiB of memory.

    Args:
        kind: the kind of the value, "name", "email", "phone", "document" or "domain".
        value: its normal form (`matching.normalization`).
        salt: the tenant's.
    """
    return hashlib.scrypt(
        f"{kind}\n{value}".encode(), salt=salt, n=_SCRYPT_N, r=_SCRYPT_R, p=_SCRYPT_P, dklen=32
    )


def event_hash(slow: bytes, key: bytes) -> str:
    """Return the hash of a value in the list of one event, 32 hex digits.

    Args:
        slow: `slow_hash` of the value.
        key: the event's.
    """
    return hmac.digest(key, slow, "sha256")[:_HASH_BYTES].hex()


def typed_values(text: str, region: str = "") -> Sequence[tuple[str, str]]:
    """Return the normal values that a typed text may be, each with its kind; none for a text that is too short for all.

    >>> typed_values("Ada@Example.org")
    (('email', 'ada@example.org'), ('domain', 'example.org'))
    """
    email, name = mailbox(text), normal_name(text)
    if email:
        domain = email_domain(text)
        labels = domain.split(".")
        domains = (".".join(labels[start:]) for start in range(len(labels) - 1))
        return (("email", email), *(("domain", each) for each in domains))
    values = []
    phone, document = normal_phone(text, region), normal_document(text)
    if phone.startswith("+"):
        values.append(("phone", phone))
    if len(name.split()) >= MIN_NAME_WORDS and not any(each.isdigit() for each in name):
        values.append(("name", name))
    elif any(each.isdigit() for each in document) and len(document) >= 4:  # noqa: PLR2004  as at the hub
        values.append(("document", document))
    return tuple(values)
