"""The hash chain of a push: new items must follow from the acknowledged prefix. Pure.

A journal's acknowledged prefix is immutable. A station that pushes another history than the acknowledged one has a
cloned disk or a restored backup: nothing of its push is stored, and somebody has to check the station.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hub_sync.contract.sync import PushItem
from hub_sync.rules.journal_chain import GENESIS, chain_hash


@dataclass(frozen=True, slots=True)
class JournalPrefix:
    """The acknowledged prefix of a journal: up to `sequence`, whose row has the hash `head`."""

    sequence: int = 0
    head: str = GENESIS


@dataclass(frozen=True, slots=True)
class ChainVerified:
    """The new items in sequence, and the prefix after them."""

    new: tuple[PushItem, ...]
    prefix: JournalPrefix


@dataclass(frozen=True, slots=True)
class ChainForked:
    """The hub has stored another row under this sequence."""

    sequence: int


@dataclass(frozen=True, slots=True)
class ChainGap:
    """The next row is missing; this one came instead."""

    expected: int
    sequence: int


@dataclass(frozen=True, slots=True)
class ChainBreak:
    """The row's hash does not follow from its body and the row before it."""

    sequence: int


def verify_chain(
    prefix: JournalPrefix, items: Sequence[PushItem], stored: Mapping[int, str]
) -> ChainVerified | ChainForked | ChainGap | ChainBreak:
    """Verify the items from the acknowledged prefix on.

    `stored` has the hashes of those items that are at or below the prefix; an item that the hub no longer stores counts
    as known. A row that was set aside is sent without its body: its hash is accepted, and the next row's hash, which
    covers it, proves it.
    """
    hashes = {**stored, prefix.sequence: prefix.head}
    new: list[PushItem] = []
    sequence, head = prefix.sequence, prefix.head
    for item in items:
        if item.sequence <= sequence:
            if hashes.get(item.sequence, item.hash) != item.hash:
                return ChainForked(item.sequence)
            continue
        if item.sequence != sequence + 1:
            return ChainGap(sequence + 1, item.sequence)
        if item.set_aside is None and chain_hash(head, item.body.encode()) != item.hash:
            return ChainBreak(item.sequence)
        sequence, head = item.sequence, item.hash
        hashes[sequence] = head
        new.append(item)
    return ChainVerified(tuple(new), JournalPrefix(sequence, head))
