"""Find the pairs among many people that a person should look at. Each pair is judged by itself: A~B and B~C say nothing of A and C."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from hub_sync.hub.domains.duplicates.matching.blocked_pairs import pairs_to_compare
from hub_sync.hub.domains.duplicates.matching.evidence import Frequencies
from hub_sync.hub.domains.duplicates.matching.person_features import PersonFeatures, data_hash
from hub_sync.hub.domains.duplicates.matching.score_bounds import ScoreBounds
from hub_sync.hub.domains.duplicates.matching.scoring import (
    REVIEW_THRESHOLD,
    Score,
    bits_of_probability,
    score_pair,
)

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
    bounds, least_bits = ScoreBounds(people, frequencies), bits_of_probability(threshold)
    compared = reported = 0
    for left, other in pairs_to_compare(people):
        is_likely = bounds.most_bits(left, other) >= least_bits
        for i, j in zip(left[is_likely].tolist(), other[is_likely].tolist(), strict=True):
            score = score_pair(people[i], people[j], frequencies)
            if score.probability >= threshold:
                a, b = sorted((people[i], people[j]), key=lambda person: person.id)
                yield FoundPair(a.id, b.id, score, data_hash(a, b))
        compared += len(left)
        if compared - reported >= _REPORT_EVERY:
            reported = compared
            progress(compared)
    progress(compared)
