"""The pairs of a block, for all blocks of many people, as arrays of positions.

In a block that is too large for all pairs, each is compared with its neighbours in the order of names.
"""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from hub_sync.hub.domains.duplicates.matching.blocking import KINDS, Key
from hub_sync.hub.domains.duplicates.matching.person_features import PersonFeatures

Positions = NDArray[np.int64]
Pairs = tuple[Positions, Positions]
_LARGEST_BLOCK = 120
_NEIGHBOURS = 30


def pairs_to_compare(people: Sequence[PersonFeatures]) -> Iterator[Pairs]:
    """Yield the positions of each pair that shares a key, once, the smaller first; at most as many pairs at a time as people."""
    by_name = sorted(range(len(people)), key=lambda position: (people[position].last, people[position].first))
    order = np.array(by_name, dtype=np.int64)
    kinds: list[Positions] = []
    for kind in KINDS:
        numbers = _numbers(map(kind, people))
        for left, other in _pairs_of(numbers, order):
            is_new = np.ones(len(left), dtype=np.bool_)
            for earlier in kinds:
                is_new &= earlier[left] != earlier[other]
            yield left[is_new], other[is_new]
        kinds.append(numbers)


def _numbers(keys: Iterable[Key]) -> Positions:
    """Return a number of the block of each person; that of nobody else, a negative one, for whoever has no key."""
    known: dict[str, int] = {}
    numbers = [
        ~position if key is None else known.setdefault(key, position) for position, key in enumerate(keys)
    ]
    return np.array(numbers, dtype=np.int64)


def _pairs_of(numbers: Positions, order: Positions) -> Iterator[Pairs]:
    """Yield the pairs of all blocks: of everybody with the next, with the next but one, and so on."""
    keyed = order[numbers[order] >= 0]
    places = keyed[np.argsort(numbers[keyed], kind="stable")]  # block by block, each in the order of names
    blocks = numbers[places]
    sizes = np.bincount(blocks)[blocks] if len(blocks) else blocks
    reach = np.where(sizes > _LARGEST_BLOCK, _NEIGHBOURS, sizes)
    for distance in range(1, _LARGEST_BLOCK):
        is_pair = (blocks[distance:] == blocks[:-distance]) & (reach[distance:] >= distance)
        first = np.flatnonzero(is_pair)
        if not len(first):
            return
        left, other = places[first], places[first + distance]
        yield np.minimum(left, other), np.maximum(left, other)
