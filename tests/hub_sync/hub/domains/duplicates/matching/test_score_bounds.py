"""Upper bounds of scores: no pair scores more than its bound, and most that are no duplicates stay under the threshold."""

from collections import Counter
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from hub_sync.hub.domains.duplicates.matching.blocked_pairs import Pairs, pairs_to_compare
from hub_sync.hub.domains.duplicates.matching.evidence import Frequencies
from hub_sync.hub.domains.duplicates.matching.person_features import PersonFeatures, features_of
from hub_sync.hub.domains.duplicates.matching.score_bounds import ScoreBounds
from hub_sync.hub.domains.duplicates.matching.scoring import score_pair
from tests.support.builders.planted_duplicates import planted_people

ODD: list[dict[str, Any]] = [
    {"first_name": "Anna Lena", "last_name": "Berg"},
    {"first_name": "Annalena", "last_name": "Berg"},
    {"first_name": "Berg", "last_name": "Anna-Lena"},
    {"first_name": "Anna Lena Berg"},
    {"first_name": "A.", "last_name": "Berg", "phone": "030 1234567"},
    {"first_name": "Anna Mia", "last_name": "Berg Thal", "phone": "030 1234576"},
    {"last_name": "Berg", "phone": "030 123456"},
    {"first_name": "Jürgen", "last_name": "Quandt", "extra": {"born": "1980-02-07"}},
    {"first_name": "Jorgen", "last_name": "Quandt", "extra": {"born": "1980-07-02"}},
    {"first_name": "Jürgen", "last_name": "Quand", "extra": {"born": "1980-02-08"}},
    {"first_name": "محمد", "email": "mohammed.ali@example.org"},
    {"first_name": "Mohammed", "email": "mohammed.ali@example.com"},
    {"first_name": "Mo", "email": "mohamed.ali@example.org"},
    {"email": "mohamed.ali@example.org"},
    {"first_name": "Anna", "last_name": "Berg"},
    {"first_name": "Annb", "last_name": "Berg"},
    {"first_name": "A", "last_name": "Berg"},
    {},
]


def people_of(count: int, seed: int) -> list[PersonFeatures]:
    planted = [features_of(each.as_dict(), "DE") for each in planted_people(count, share=0.3, seed=seed)]
    odd = [features_of({"id": f"odd{place}", **each}, "DE") for place, each in enumerate(ODD)]
    return planted + odd


def all_pairs(count: int) -> Pairs:
    pairs = np.array(list(combinations(range(count), 2)), dtype=np.int64)
    return pairs[:, 0], pairs[:, 1]


def bits_to_probabilities(bits: np.ndarray[tuple[int], np.dtype[np.float64]]) -> list[float]:
    probabilities: list[float] = (1.0 / (1.0 + 2.0**-bits)).tolist()
    return probabilities


def check_bounds(people: list[PersonFeatures], frequencies: Frequencies) -> None:
    left, other = all_pairs(len(people))
    bounds = ScoreBounds(people, frequencies).most_bits(left, other)
    for i, j, most in zip(left.tolist(), other.tolist(), bits_to_probabilities(bounds), strict=True):
        probability = score_pair(people[i], people[j], frequencies).probability
        assert probability <= most, (people[i], people[j])


@pytest.mark.parametrize("seed", [1, 2])
def test_no_pair_scores_more_than_its_bound(seed: int) -> None:
    people = people_of(120, seed)
    check_bounds(people, Frequencies.count(people))


@pytest.mark.parametrize("share", [0.08, 0.5])
def test_no_pair_of_very_common_names_scores_more_than_its_bound(share: float) -> None:
    common = Counter(anna=int(10_000 * share), a=200, berg=int(10_000 * share))
    check_bounds(people_of(0, 1), Frequencies(10_000, first=common, last=common))


def test_most_pairs_of_a_block_are_dismissed_by_their_bounds() -> None:
    people = [features_of(each.as_dict(), "DE") for each in planted_people(4_000)]
    bounds = ScoreBounds(people, Frequencies.count(people))
    bits = np.concatenate([bounds.most_bits(*pairs) for pairs in pairs_to_compare(people)])
    assert np.count_nonzero(bits >= 0) < len(bits) / 2


def test_everybody_of_a_small_block_is_paired_once_and_neighbours_of_a_large_one() -> None:
    def pairs_among(count: int) -> list[tuple[int, int]]:
        people = [PersonFeatures(str(n), (), (), "desk@example.org", "", "") for n in range(count)]
        return [pair for left, other in pairs_to_compare(people) for pair in zip(left, other, strict=True)]

    assert sorted(pairs_among(120)) == list(combinations(range(120), 2))
    assert sorted(pairs_among(121)) == [(i, j) for i, j in combinations(range(121), 2) if j - i <= 30]
