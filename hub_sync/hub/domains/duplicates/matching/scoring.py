"""The score of a pair: the sum of what its fields say, as a probability, and the explanation of each field."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, log, log2
from typing import Any

from hub_sync.hub.domains.duplicates.matching.evidence import (
    Evidence,
    FieldVerdict,
    Frequencies,
    compare_births,
    compare_mailboxes,
    compare_names,
    compare_phones,
    contact_bits,
)
from hub_sync.hub.domains.duplicates.matching.name_variants import are_two_names
from hub_sync.hub.domains.duplicates.matching.person_features import COMPARED, PersonFeatures
from hub_sync.hub.domains.duplicates.matching.transliteration import is_semitic

REVIEW_THRESHOLD = 0.5
"""Pairs of at least this score are shown to a person. No score merges anything by itself."""
_AGREE = frozenset(
    (
        FieldVerdict.SAME,
        FieldVerdict.VARIANT,
        FieldVerdict.SOUNDS_ALIKE,
        FieldVerdict.NEAR,
        FieldVerdict.OMITTED,
        FieldVerdict.INITIAL,
    )
)
_SAME_GIVEN = frozenset(
    (FieldVerdict.SAME, FieldVerdict.VARIANT, FieldVerdict.SOUNDS_ALIKE, FieldVerdict.NEAR)
)
_CONTRADICT = frozenset((FieldVerdict.DIFFERENT, FieldVerdict.CONTRADICTS))
SWAP_BITS = 2.0
SPLIT_BITS = -0.5
_OTHER_LAST_BITS = -0.5
"""What another family name says against one person of one given name, be it mistyped, and one address: people marry."""
_HOUSEHOLD_BITS = -3.0
"""Where given names differ, what a household shares (mail, phone, family name) makes a pair no more likely than this."""
_TWINS_BITS = 2.5
"""Where they are only near, as Anna's and Hanna's, it makes them no more likely than this: a person looks at them."""


@dataclass(frozen=True, slots=True)
class Score:
    """The likelihood that a pair is one person (0 to 1), and what each field says."""

    probability: float
    fields: Mapping[str, Evidence]
    may_be_household: bool = False
    """True for near given names with one address or phone: twins, or a parent and a child."""

    @property
    def explanation(self) -> dict[str, Any]:
        """The explanation as JSON: `fields` by name, each with its verdict and its weight in bits."""
        fields = {
            name: {"verdict": evidence.verdict.value, "bits": round(evidence.bits, 1)}
            for name, evidence in self.fields.items()
        }
        return {"fields": fields, "may_be_household": self.may_be_household}


def _name_evidence(
    left: PersonFeatures, other: PersonFeatures, frequencies: Frequencies
) -> tuple[Evidence, Evidence]:
    """Return what the given and the family names of a pair say, in their places or swapped."""
    first = compare_names(left.first, other.first, frequencies, is_given=True)
    last = compare_names(left.last, other.last, frequencies, is_given=False)
    straight = first.bits + last.bits
    if left.first and left.last and other.first and other.last:
        if first.verdict in _AGREE and last.verdict in _AGREE:
            return first, last
        if not _begin_alike(left.first[0], other.last[-1]) and not _begin_alike(
            left.last[-1], other.first[0]
        ):
            return first, last
        crossed = compare_names(left.first, other.last, frequencies, is_given=True)
        crossing = compare_names(left.last, other.first, frequencies, is_given=True)
        bits = (crossed.bits + crossing.bits - SWAP_BITS) / 2
        if crossed.verdict in _AGREE and crossing.verdict in _AGREE and 2 * bits > straight:
            bits = min(bits, (swapped_rarity(left, frequencies) - SWAP_BITS) / 2)
            return Evidence(FieldVerdict.SWAPPED, bits), Evidence(FieldVerdict.SWAPPED, bits)
    elif left[1:3] != other[1:3] and sorted(left.first + left.last) == sorted(other.first + other.last):
        # a whole name in one field
        words = left.first + left.last
        bits = sum(frequencies.first_bits(word) for word in words) / 2 + SPLIT_BITS
        return Evidence(FieldVerdict.SPLIT, bits), Evidence(FieldVerdict.SPLIT, bits)
    return first, last


def swapped_rarity(person: PersonFeatures, frequencies: Frequencies) -> float:
    """Return how much a given and a family name say together in any order."""
    swapped = (person.first[0], person.last[-1])
    return sum(min(frequencies.first_bits(word), frequencies.last_bits(word)) for word in swapped)


def score_pair(left: PersonFeatures, other: PersonFeatures, frequencies: Frequencies) -> Score:
    """Return the score of a pair; `score_bounds` knows at once what most pairs don't reach.

    Args:
        left: a person.
        other: another person.
        frequencies: how often their names and addresses occur.
    """
    first, last = _name_evidence(left, other, frequencies)
    email = compare_mailboxes(left, other, frequencies)
    phone = compare_phones(left, other, frequencies)
    birth = compare_births(left, other)
    contacts = (email.verdict, phone.verdict)
    last_bits = last.bits
    if (
        first.verdict in _SAME_GIVEN
        and FieldVerdict.SAME in contacts
        and last.verdict is FieldVerdict.DIFFERENT
    ):
        last_bits = _OTHER_LAST_BITS
    bits = frequencies.prior_bits + first.bits + last_bits + birth.bits
    bits += contact_bits(
        email,
        phone,
        is_shared=frequencies.mailboxes.get(left.mailbox, 0) > 2,  # noqa: PLR2004 - the pair itself
    )
    may_be_household = False
    if first.verdict in _CONTRADICT:
        bits = min(bits, _HOUSEHOLD_BITS)
    elif FieldVerdict.SAME in contacts and _may_be_two(left, other, first.verdict, frequencies):
        may_be_household = True
        bits = min(
            bits, _TWINS_BITS if contacts == (FieldVerdict.SAME, FieldVerdict.SAME) else _HOUSEHOLD_BITS
        )
    return Score(
        _probability(bits),
        dict(zip(COMPARED, (first, last, email, phone, birth), strict=True)),
        may_be_household,
    )


def _may_be_two(
    left: PersonFeatures, other: PersonFeatures, verdict: FieldVerdict, frequencies: Frequencies
) -> bool:
    """Return True if given names that are not the same may be those of two people of one household."""
    if verdict not in (FieldVerdict.NEAR, FieldVerdict.SOUNDS_ALIKE, FieldVerdict.VARIANT):
        return False
    word, other_word = left.first[0], other.first[0]
    if word == other_word or is_semitic(word) is not is_semitic(other_word):
        return False
    if verdict is FieldVerdict.VARIANT:
        return are_two_names(word, other_word)
    return not _begin_alike(word, other_word) or frequencies.are_two_names(word, other_word)


def _begin_alike(left: str, other: str) -> bool:
    """Return True for words of one first letter; those in Arabic script have no letter to compare."""
    return left[0] == other[0] or is_semitic(left) or is_semitic(other)


def bits_of_probability(probability: float) -> float:
    """Return the sum of bits that makes a probability."""
    return log2(probability / (1.0 - probability))


def _probability(bits: float) -> float:
    return 1.0 / (1.0 + exp(-bits * log(2)))
