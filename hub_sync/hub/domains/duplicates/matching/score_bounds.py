"""Upper bounds of the scores of many pairs at once: most pairs can be dismissed before their names are compared word by word.

A bound takes seconds for millions of pairs, since it only asks whether values are equal, or so unlike that they can't be
near. It follows the weights of `evidence` and the sums of `scoring`: a test compares both.
"""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from hub_sync.hub.domains.duplicates.matching.blocked_pairs import Positions
from hub_sync.hub.domains.duplicates.matching.evidence import (
    INITIAL_BITS,
    LEAST_LOSS,
    MAX_ALIKE_BITS,
    NEAR_BIRTH,
    NEAR_MAILBOX,
    NEAR_PHONE,
    OTHER_BIRTH,
    OTHER_MAILBOX,
    OTHER_PHONE,
    SAME_BIRTH,
    Frequencies,
    same_name_bits,
)
from hub_sync.hub.domains.duplicates.matching.person_features import PersonFeatures
from hub_sync.hub.domains.duplicates.matching.scoring import SPLIT_BITS, SWAP_BITS, swapped_rarity

Bits = NDArray[np.float64]
Flags = NDArray[np.bool_]
_SAME_CONTACT = 99.0
"""More than any pair lacks: those with a mailbox or a phone in common are always compared."""
_SLACK = 1e-6
"""What sums of floating-point numbers may differ by if they are added in another order."""
_EDITED, _SWAPPED = 2, 4
"""The most places in which two texts of one length differ that are one edit apart, and two dates whose day and month are swapped."""


class ScoreBounds:
    """Upper bounds of the scores of pairs of these people."""

    def __init__(self, people: Sequence[PersonFeatures], frequencies: Frequencies) -> None:
        """Prepare what is asked of each person."""
        self._prior = frequencies.prior_bits
        self._first = _PersonNames([each.first for each in people], frequencies.first_bits, is_given=True)
        self._last = _PersonNames([each.last for each in people], frequencies.last_bits, is_given=False)
        self._words = _numbers(" ".join(sorted(each.first + each.last)) for each in people)
        self._split, self._swapped = np.array(
            [_misplaced_bits(each, frequencies) for each in people], dtype=np.float64
        ).T
        self._mailboxes = _PersonMailboxes([each.mailbox for each in people])
        self._phones = _ShortTexts([each.phone_tail for each in people], _EDITED)
        self._births = _ShortTexts([each.birth for each in people], _SWAPPED)

    def most_bits(self, left: Positions, other: Positions) -> Bits:
        """Return, for each pair, a sum of bits that its score does not exceed."""
        bits = self._names(left, other) + self._mailboxes.most_bits(left, other)
        bits += self._phones.most_bits(left, other, _SAME_CONTACT, NEAR_PHONE, OTHER_PHONE)
        bits += self._births.most_bits(left, other, SAME_BIRTH, NEAR_BIRTH, OTHER_BIRTH)
        return bits + (self._prior + _SLACK)

    def _names(self, left: Positions, other: Positions) -> Bits:
        """Return the bounds of both names together: in their places, swapped, or all words in one field."""
        straight = self._first.most_bits(left, other) + self._last.most_bits(left, other)
        is_whole = self._first.are_known(left, other) & self._last.are_known(left, other)
        split = np.where(self._words[left] == self._words[other], self._split[left], -np.inf)
        return np.maximum(straight, np.where(is_whole, self._swapped[left], split))


class _PersonNames:
    """The given names of people, or their family names."""

    def __init__(
        self, names: Sequence[tuple[str, ...]], bits_of: Callable[[str], float], *, is_given: bool
    ) -> None:
        self._numbers = _numbers("".join(words) for words in names)
        bits = {words: same_name_bits(words, bits_of) for words in set(names) if words}
        self._bits = np.array([bits.get(words, 0.0) for words in names], dtype=np.float64)
        self._are_several = np.array([len(words) > 1 for words in names], dtype=np.bool_)
        self._is_known = np.array([bool(words) for words in names], dtype=np.bool_)
        self._is_given = is_given

    def are_known(self, left: Positions, other: Positions) -> Flags:
        return self._is_known[left] & self._is_known[other]

    def most_bits(self, left: Positions, other: Positions) -> Bits:
        rarity = np.minimum(self._bits[left], self._bits[other])
        alike = np.minimum(rarity, MAX_ALIKE_BITS) - LEAST_LOSS
        if self._is_given:
            alike = np.maximum(alike, rarity / 2)  # a typing error that looks like another name
        alike = np.where(self._are_several[left] | self._are_several[other], rarity, alike)
        bits = np.where(
            self._numbers[left] == self._numbers[other], self._bits[left], np.maximum(alike, INITIAL_BITS)
        )
        return np.where(self.are_known(left, other), bits, 0.0)


class _ShortTexts:
    """Short texts, such as the last digits of phone numbers. "" is unknown."""

    def __init__(self, texts: Sequence[str], most_edited: int) -> None:
        """Take the texts, and in how many places two of them may differ that are near."""
        longest = max(map(len, texts), default=0) or 1
        self._letters = np.array(texts, dtype=f"U{longest}").view(np.uint32).reshape(len(texts), longest)
        self._lengths = np.array([len(text) for text in texts], dtype=np.int64)
        self._most_edited = most_edited

    def most_bits(self, left: Positions, other: Positions, same: float, near: float, differs: float) -> Bits:
        edited = np.count_nonzero(self._letters[left] != self._letters[other], axis=1)
        lengths, other_lengths = self._lengths[left], self._lengths[other]
        may_be_near = np.where(
            lengths == other_lengths,
            edited <= self._most_edited,
            np.abs(lengths - other_lengths) == 1,
        )
        bits = np.where(edited == 0, same, np.where(may_be_near, near, differs))
        return np.where((lengths > 0) & (other_lengths > 0), bits, 0.0)


class _PersonMailboxes:
    """The mailboxes of people. "" is unknown."""

    def __init__(self, mailboxes: Sequence[str]) -> None:
        parts = [mailbox.partition("@") for mailbox in mailboxes]
        self._mailboxes = _numbers(mailboxes)
        self._locals = _numbers(local for local, _, _ in parts)
        self._domains = _numbers(domain for _, _, domain in parts)
        self._lengths = np.array([len(local) for local, _, _ in parts], dtype=np.int64)

    def most_bits(self, left: Positions, other: Positions) -> Bits:
        lengths, other_lengths = self._lengths[left], self._lengths[other]
        may_be_near = (self._locals[left] == self._locals[other]) | (
            (self._domains[left] == self._domains[other]) & (np.abs(lengths - other_lengths) <= 1)
        )
        bits = np.where(may_be_near, NEAR_MAILBOX, OTHER_MAILBOX)
        bits = np.where(self._mailboxes[left] == self._mailboxes[other], _SAME_CONTACT, bits)
        return np.where((lengths > 0) & (other_lengths > 0), bits, 0.0)


def _numbers(values: Iterable[str]) -> Positions:
    """Return a number for each value, the same for equal ones."""
    known: dict[str, int] = {}
    return np.array([known.setdefault(value, len(known)) for value in values], dtype=np.int64)


def _misplaced_bits(person: PersonFeatures, frequencies: Frequencies) -> tuple[float, float]:
    """Return what a person's names say at most together if all words are in one field, and if they are swapped."""
    words = person.first + person.last
    split = sum(map(frequencies.first_bits, words)) + 2 * SPLIT_BITS
    if not person.first or not person.last:
        return split, 0.0
    return split, swapped_rarity(person, frequencies) - SWAP_BITS
