"""Quiet hints: who is registered already and may be the person that somebody is about to register."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from hub_sync.hub.domains.duplicates.matching.blocking import block_keys
from hub_sync.hub.domains.duplicates.matching.evidence import Frequencies
from hub_sync.hub.domains.duplicates.matching.person_features import PersonFeatures, features_of
from hub_sync.hub.domains.duplicates.matching.scoring import REVIEW_THRESHOLD, Score, score_pair
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.kit.db.search_column import fold_search_text
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.matching.normalization import region_of_time_zone

MOST_HINTS = 5
_MOST_ROWS = 400
_MOST_INDEXED = 20
_SHORTEST_PATTERN = 3
_PHONE_DIGITS = 7


class Hint(NamedTuple):
    """Somebody who is registered and may be the same person."""

    id: str
    score: Score


def similar_to(
    work: Work, tenant_id: str, event_id: str, values: Mapping[str, Any], without: str = ""
) -> Sequence[Hint]:
    """Return who is registered already and may be this person, the likeliest first. It blocks nothing.

    Args:
        work: the transaction.
        tenant_id: the tenant.
        event_id: the event.
        values: `first_name`, `last_name`, `email`, `phone`, `extra`; what is missing is empty.
        without: the id of a participant who is not looked at: the person itself.

    Raises:
        EventNotFound: 404.
    """
    key = FeedKey(tenant_id, event_id)
    region = region_of_time_zone(events.read(work, tenant_id, event_id).time_zone)
    person = features_of(values, region)
    rows = participants.compared_alike(
        work, key, _patterns(values), person.phone[-_PHONE_DIGITS:], _MOST_ROWS
    )
    frequencies = Frequencies(people=participants.count(work, tenant_id, event_id))
    others = (features_of(dict(row._mapping), region) for row in rows if row.id != without)  # noqa: SLF001 - SQLAlchemy's public name
    return _best(person, others, frequencies)


def similar_by_index(
    work: Work, key: FeedKey, values: Mapping[str, Any]
) -> Sequence[tuple[Hint, Mapping[str, Any]]]:
    """Return who has the same e-mail address or family name and may be this person, with their columns.

    It is for each registration over REST: where nobody has them, it is one query of two indexes.
    """
    rows = participants.compared_by_index(
        work, key, values.get("email") or "", values.get("last_name") or "", _MOST_INDEXED
    )
    if not rows:
        return []
    region = region_of_time_zone(events.read(work, *key).time_zone)
    frequencies = Frequencies(people=participants.count(work, *key))
    columns = {row.id: dict(row._mapping) for row in rows}  # noqa: SLF001 - SQLAlchemy's public name
    others = (features_of(each, region) for each in columns.values())
    return [(hint, columns[hint.id]) for hint in _best(features_of(values, region), others, frequencies)]


class RegisteredPeople:
    """Everybody at an event, for hints about many people: an import's preview.

    It holds some 500 bytes a person, and looks one up in microseconds where `similar_to` asks the database.
    """

    def __init__(self, people: Iterable[Mapping[str, Any]], region: str = "") -> None:
        """Take everybody who is registered."""
        self._people = [features_of(person, region) for person in people]
        self._region, self._frequencies = region, Frequencies.count(self._people)
        self._blocks: dict[tuple[int, str], list[int]] = {}
        for position, person in enumerate(self._people):
            for kind, key in enumerate(block_keys(person)):
                if key is not None:
                    self._blocks.setdefault((kind, key), []).append(position)

    @classmethod
    def read(cls, work: Work, tenant_id: str, event_id: str) -> "RegisteredPeople":
        """Read everybody at an event.

        Raises:
            EventNotFound: 404.
        """
        region = region_of_time_zone(events.read(work, tenant_id, event_id).time_zone)
        return cls(_all_rows(work, FeedKey(tenant_id, event_id)), region)

    def similar_to(self, values: Mapping[str, Any]) -> Sequence[Hint]:
        """Return who may be this person, the likeliest first."""
        person = features_of(values, self._region)
        positions: set[int] = set()
        for kind, key in enumerate(block_keys(person)):
            if key is not None:
                members = self._blocks.get((kind, key), ())
                positions.update(members[:_MOST_ROWS])
        own = person.id
        others = (self._people[position] for position in sorted(positions))
        return _best(person, (each for each in others if not own or each.id != own), self._frequencies)


def _all_rows(work: Work, key: FeedKey) -> Iterable[Mapping[str, Any]]:
    after = ""
    while rows := participants.compared_after(work, key, after, 2_000):
        yield from (dict(row._mapping) for row in rows)  # noqa: SLF001 - SQLAlchemy's public name
        after = rows[-1].id


def _best(
    person: PersonFeatures, others: Iterable[PersonFeatures], frequencies: Frequencies
) -> Sequence[Hint]:
    hints = [Hint(other.id, score_pair(person, other, frequencies)) for other in others]
    likely = [hint for hint in hints if hint.score.probability >= REVIEW_THRESHOLD]
    return sorted(likely, key=lambda hint: (-hint.score.probability, hint.id))[:MOST_HINTS]


def _patterns(values: Mapping[str, Any]) -> list[str]:
    """Return parts of the search text by which the database finds whoever may be the person."""
    texts = [values.get("last_name"), values.get("email")]
    if not texts[0]:
        texts.append(values.get("first_name"))
    folded = [fold_search_text([text]) for text in texts if text]
    return [text for text in folded if len(text) >= _SHORTEST_PATTERN]
