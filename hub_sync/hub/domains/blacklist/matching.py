"""The matching of people with entries: their normal values, and the index of entries that these are looked up in."""

import hmac
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any, NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import JaroWinkler
from sqlalchemy import bindparam, literal, or_, select

from hub_sync.hub.domains.blacklist.errors import (
    BlacklistValueInvalid,
    DocumentUnreadable,
    DomainUnreadable,
    EmailUnreadable,
    NameTooShort,
    PhoneWithoutCountry,
)
from hub_sync.hub.domains.blacklist.tables import (
    Blacklist,
    BlacklistAction,
    BlacklistKind,
    BlacklistMatch,
)
from hub_sync.hub.domains.participants.service import PersonData
from hub_sync.hub.kit.db.unit_of_work import DeriveKey, Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.matching.normalization import (
    email_domain,
    mailbox,
    normal_document,
    normal_name,
    normal_phone,
    region_of_time_zone,
)
from hub_sync.rules.screening import MIN_NAME_WORDS, is_valid_on

KEPT_INDEX = "kept_blacklists"
"""Where a transaction keeps the entries that it has read; whoever changes the list in it drops them."""
HASHED = "#"
"""Begins a document number that was exported: it is a keyed hash already."""
_HASH_LENGTH = 64
_SHORTEST_DOCUMENT = 4
DOCUMENT_FIELDS = frozenset(
    (
        "document",
        "document_number",
        "id_card",
        "id_number",
        "identity_card",
        "passport",
        "passport_number",
        "ausweis",
        "ausweisnummer",
        "personalausweis",
        "reisepass",
    )
)
"""Members of a participant's `extra` that hold a document number; case, spaces and hyphens make no difference."""


@dataclass(frozen=True, slots=True)
class PersonValues:
    """The normal values of one person: those that may equal an entry's, by kind, and the name for similar ones."""

    values: tuple[tuple[BlacklistKind, str], ...]
    name: str


NO_VALUES = PersonValues((), "")


def document_key(derive_key: DeriveKey, tenant_id: str) -> bytes:
    """Return the key of a tenant's hashes of document numbers."""
    return derive_key(f"blacklist/documents/{tenant_id}")


def entry_value(work: Work, tenant_id: str, kind: BlacklistKind, text: str, time_zone: str = "") -> str:
    """Return the normal form of an entry's value.

    Args:
        work: has the key for documents.
        tenant_id: the tenant.
        kind: its kind.
        text: as somebody typed it; a document number may be one that was exported.
        time_zone: of the event, if the entry is of one: its country is that of numbers without a calling code.

    Raises:
        BlacklistValueInvalid: it is none of this kind (422).
    """
    if kind is BlacklistKind.DOCUMENT:
        return _document_value(work, tenant_id, text)
    if kind is BlacklistKind.NAME:
        name = normal_name(text)
        if len(name.split()) < MIN_NAME_WORDS:
            raise NameTooShort
        return name
    if kind is BlacklistKind.EMAIL:
        return _required(mailbox(text), EmailUnreadable())
    if kind is BlacklistKind.DOMAIN:
        return _required(email_domain(text), DomainUnreadable())
    phone = normal_phone(text, region_of_time_zone(time_zone))
    return _required(phone if phone.startswith("+") else "", PhoneWithoutCountry())


def _required(normal: str, error: BlacklistValueInvalid) -> str:
    if not normal:
        raise error
    return normal


def _document_value(work: Work, tenant_id: str, text: str) -> str:
    exported = text.strip().removeprefix(HASHED)
    if text.strip().startswith(HASHED) and len(exported) == _HASH_LENGTH and _is_hex(exported):
        return exported
    number = normal_document(text)
    if len(number) < _SHORTEST_DOCUMENT:
        raise DocumentUnreadable
    return _hash_document(document_key(work.derive_key, tenant_id), number)


def _is_hex(text: str) -> bool:
    return all(each in "0123456789abcdef" for each in text)


def _hash_document(key: bytes, number: str) -> str:
    return hmac.digest(key, number.encode(), "sha256").hex()


class PersonReader:
    """Reads the normal values of an event's participants."""

    def __init__(self, work: Work, tenant_id: str, time_zone: str) -> None:
        self._region = region_of_time_zone(time_zone)
        self._derive_key: Callable[[], bytes] = lambda: document_key(work.derive_key, tenant_id)
        self._key: bytes | None = None

    def values_of(self, person: PersonData) -> PersonValues:
        """Return the values of a person that are compared."""
        values: list[tuple[BlacklistKind, str]] = []
        name = normal_name(person.name)
        if len(name.split()) >= MIN_NAME_WORDS:
            values.append((BlacklistKind.NAME, name))
        if person.email:
            values.append((BlacklistKind.EMAIL, mailbox(person.email)))
            values.extend((BlacklistKind.DOMAIN, domain) for domain in _domains(email_domain(person.email)))
        if person.phone:
            values.append((BlacklistKind.PHONE, normal_phone(person.phone, self._region)))
        values.extend((BlacklistKind.DOCUMENT, each) for each in self._documents(person.extra))
        return PersonValues(tuple((kind, value) for kind, value in values if value), name)

    def _documents(self, extra: Mapping[str, Any]) -> Iterable[str]:
        for name, value in extra.items():
            if name.strip().casefold().replace(" ", "_").replace("-", "_") not in DOCUMENT_FIELDS:
                continue
            number = normal_document(str(value)) if isinstance(value, str | int) else ""
            if len(number) >= _SHORTEST_DOCUMENT:
                if self._key is None:
                    self._key = self._derive_key()
                yield _hash_document(self._key, number)


def _domains(domain: str) -> Iterable[str]:
    """Yield a domain and those above it, without the last label alone."""
    labels = domain.split(".") if domain else []
    for start in range(len(labels) - 1):
        yield ".".join(labels[start:])


def day_text(day: date | None) -> str | None:
    """Return a day as it is stored."""
    return None if day is None else day.isoformat()


# --- entries and people ----------------------------------------------------------------------------

SIMILAR = 0.93
"""The similarity (Jaro-Winkler, of the words in the order of the alphabet) from which on a name is similar."""
_LOADED_WHOLE = 20
"""From so many people on, all entries are read at once."""
_E = Blacklist
_COLUMNS: Sequence[Any] = (_E.id, _E.kind, _E.match, _E.action, _E.value, _E.valid_from, _E.valid_until)
_OF_EVENT = select(*_COLUMNS).where(
    _E.tenant_id == bindparam("t"), or_(_E.event_id.is_(None), _E.event_id == bindparam("e"))
)
_MEETING = _OF_EVENT.where(
    or_(
        _E.match == BlacklistMatch.FUZZY,
        _E.kind.in_(list(BlacklistKind)) & _E.value.in_(bindparam("values", expanding=True)),
    )
)
_HOLDS_ANY = select(literal(1)).where(
    select(_E.id)
    .where(_E.tenant_id == bindparam("t"), or_(_E.event_id.is_(None), _E.event_id == bindparam("e")))
    .exists()
)


class ListedEntry(NamedTuple):
    """An entry as far as people are matched with it."""

    id: str
    kind: BlacklistKind
    match: BlacklistMatch
    action: BlacklistAction
    value: str
    valid_from: str | None
    valid_until: str | None

    def is_active(self, day: str) -> bool:
        """Return True if it holds on a day."""
        return is_valid_on(day, self.valid_from, self.valid_until)


class Match(NamedTuple):
    """An entry that meets a person, with the hash of both compared values."""

    entry: ListedEntry
    data_hash: str


class ScreeningIndex:
    """The entries that hold for one event."""

    def __init__(self, entries: Iterable[ListedEntry]) -> None:
        self._by_value: dict[tuple[BlacklistKind, str], list[ListedEntry]] = defaultdict(list)
        self._similar: list[ListedEntry] = []
        for entry in entries:
            if entry.match is BlacklistMatch.FUZZY:
                self._similar.append(entry)
            else:
                self._by_value[entry.kind, entry.value].append(entry)
        self._similar_names = [entry.value for entry in self._similar]
        self._by_word: dict[str, list[int]] = defaultdict(list)
        for place, name in enumerate(self._similar_names):
            for word in set(name.split()):
                self._by_word[word].append(place)

    def __bool__(self) -> bool:
        return bool(self._by_value or self._similar)

    def matches(self, person: PersonValues) -> list[Match]:
        """Return the entries that meet a person, whether they hold today or not."""
        matches = [
            Match(entry, _data_hash(entry, value))
            for kind, value in person.values
            for entry in self._by_value.get((kind, value), ())
        ]
        if self._similar and person.name:
            matches.extend(
                Match(self._similar[place], _data_hash(self._similar[place], person.name))
                for place in self._similar_to(person.name)
                if is_similar(self._similar_names[place], person.name)
            )
        return matches

    def _similar_to(self, name: str) -> list[int]:
        """Return the places of the names that may be similar to one: those near it, and those with two words of it."""
        near = process.extract(
            name,
            self._similar_names,
            scorer=JaroWinkler.similarity,
            processor=None,
            score_cutoff=SIMILAR,
            limit=None,
        )
        shared = Counter(place for word in set(name.split()) for place in self._by_word.get(word, ()))
        with_two = {place for place, count in shared.items() if count > 1}
        return sorted(with_two | {place for _, _, place in near})


def is_similar(name: str, other: str) -> bool:
    """Return True if two normal names may be one person's, with a typing error or another spelling."""
    words, others = name.split(), other.split()
    if not words or not others:
        return False
    if set(words) <= set(others) or set(others) <= set(words):
        return min(len(words), len(others)) > 1 or words == others
    return JaroWinkler.similarity(name, other, score_cutoff=SIMILAR) > 0


def holds_any(work: Work, key: FeedKey) -> bool:
    """Return True if an entry holds for the event."""
    return work.fetch_one(_HOLDS_ANY, {"t": key.tenant_id, "e": key.event_id}) is not None


def load_index(work: Work, key: FeedKey, people: Sequence[PersonValues] | None = None) -> ScreeningIndex:
    """Return the entries of an event: those that may meet these people, or all for many people or None."""
    bound: dict[str, object] = {"t": key.tenant_id, "e": key.event_id}
    if people is None or len(people) >= _LOADED_WHOLE:
        rows = work.fetch_all(_OF_EVENT, bound)
    else:
        values = sorted({value for person in people for _, value in person.values})
        rows = work.fetch_all(_MEETING, bound | {"values": values})
    return ScreeningIndex(map(ListedEntry._make, rows))


def _data_hash(entry: ListedEntry, value: str) -> str:
    compared = f"{entry.kind}\n{entry.match}\n{entry.value}\n{value}"
    return sha256(compared.encode()).hexdigest()
