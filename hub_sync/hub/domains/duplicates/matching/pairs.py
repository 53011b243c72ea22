"""Find the pairs among many people that a person should look at. Each pair is judged by itself: A~B and B~C say nothing of A and C."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from hub_sync.hub.domains.duplicates.matching.blocking import pairs_to_compare
from hub_sync.hub.domains.duplicates.matching.evidence import Frequencies
from hub_sync.hub.domains.duplicates.matching.person_features import PersonFeatures, data_hash
from hub_sync.hub.domains.duplicates.matching.scoring import (
    REVIEW_THRESHOLD,
    Score,
    name_evidence,
    score_pair,
)

_ANY, _NEAR, _SAME_BIRTH = 99.0, 6.0, 5.0
_REPORT_EVERY = 200_000


class FoundPair(NamedTuple):
    """A pair with ids in their order, and its score."""

    a_id: str
    b_id: str
    score: Score
    data_hash: str


def find_pairs(
    people: Sequence[PersonFeatures],
    threshold: float = REVIEW_THRESHOLD,
    progress: Callable[[int], None] = lambda _: None,
) -> Iterator[FoundPair]:
    """Yield the pairs of at least this score.

    Args:
        people: everybody of an event.
        threshold: the least score.
        progress: is called with the number of pairs compared so far, now and then.
    """
    frequencies = Frequencies.count(people)
    prior = frequencies.prior_bits
    compared = 0
    for i, j in pairs_to_compare(people):
        left, other = people[i], people[j]
        compared += 1
        if compared % _REPORT_EVERY == 0:
            progress(compared)
        names = name_evidence(left, other, frequencies)
        missing = -prior - names[0].bits - names[1].bits
        if missing > 0 and missing > _most_beside(left, other):
            continue
        score = score_pair(left, other, frequencies, names)
        if score.probability >= threshold:
            a, b = sorted((left, other), key=lambda person: person.id)
            yield FoundPair(a.id, b.id, score, data_hash(a, b))
    progress(compared)


def _most_beside(left: PersonFeatures, other: PersonFeatures) -> float:
    """Return the most bits that fields other than names can add."""
    bits = _SAME_BIRTH if left.birth and other.birth else 0.0
    if left.mailbox and other.mailbox:
        bits += _ANY if left.mailbox == other.mailbox else _NEAR
    if left.phone and other.phone:
        bits += _ANY if left.phone_tail == other.phone_tail else _NEAR
    return bits
