"""Which items of a push are new, and whether they follow from what the hub holds. Pure.

A journal's acknowledged prefix is immutable. A station that comes with another history than the one it was acknowledged
for is a cloned disk or a restored backup: nothing of its push is stored, somebody has to look.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hub_sync.contract.sync import PushItem
from hub_sync.rules.journal_chain import GENESIS, chain_hash


@dataclass(frozen=True, slots=True)
class Prefix:
    """The part of a journal that the hub holds: up to `sequence`, whose row has the hash `head`."""

    sequence: int = 0
    head: str = GENESIS


@dataclass(frozen=True, slots=True)
class Followed:
    """The items that are new, in sequence, and the prefix they come to."""

    new: tuple[PushItem, ...]
    prefix: Prefix


@dataclass(frozen=True, slots=True)
class Forked:
    """The hub holds another row under this sequence."""

    sequence: int


@dataclass(frozen=True, slots=True)
class Gap:
    """The next row is missing; this one came instead."""

    expected: int
    sequence: int


@dataclass(frozen=True, slots=True)
class Broken:
    """The row's hash does not follow from its body and the row before it."""

    sequence: int


def follow(
    prefix: Prefix, items: Sequence[PushItem], stored: Mapping[int, str]
) -> Followed | Forked | Gap | Broken:
    """Walk the items on from the acknowledged prefix.

    `stored` has the hashes of those items that are at or below the prefix; one that the hub no longer keeps is taken
    for known. A row that was set aside travels without its body, so that its hash is believed and the next row's
    hash, which covers it, proves it.
    """
    hashes = {**stored, prefix.sequence: prefix.head}
    new: list[PushItem] = []
    sequence, head = prefix.sequence, prefix.head
    for item in items:
        if item.sequence <= sequence:
            if hashes.get(item.sequence, item.hash) != item.hash:
                return Forked(item.sequence)
            continue
        if item.sequence != sequence + 1:
            return Gap(sequence + 1, item.sequence)
        if item.set_aside is None and chain_hash(head, item.body.encode()) != item.hash:
            return Broken(item.sequence)
        sequence, head = item.sequence, item.hash
        hashes[sequence] = head
        new.append(item)
    return Followed(tuple(new), Prefix(sequence, head))
