"""The weight of evidence: how much two values of a field say for or against one person, in bits: the weights of Fellegi and Sunter (1969).

Two equal values count by how rare they are: two people called Quandt are more likely one than two called Müller. Two
empty values, or one, say nothing at all.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from math import log2
from typing import NamedTuple

from rapidfuzz.distance import OSA, JaroWinkler

from hub_sync.hub.domains.duplicates.matching.name_variants import are_two_names, are_variants
from hub_sync.hub.domains.duplicates.matching.person_features import PersonFeatures
from hub_sync.hub.domains.duplicates.matching.transliteration import first_letter, is_semitic, skeleton


class FieldVerdict(StrEnum):
    """Verdict of a field about a pair."""

    SAME = "same"
    VARIANT = "variant"
    SOUNDS_ALIKE = "sounds_alike"
    NEAR = "near"
    INITIAL = "initial"
    OMITTED = "omitted"
    SWAPPED = "swapped"
    SPLIT = "split"
    MISSING = "missing"
    CONTRADICTS = "contradicts"
    DIFFERENT = "different"


class Evidence(NamedTuple):
    """A verdict and its weight in bits: +1 doubles the odds that it is one person, -1 halves them."""

    verdict: FieldVerdict
    bits: float


_Memo = dict[tuple[tuple[str, ...], tuple[str, ...]], Evidence]
_NOTHING = Evidence(FieldVerdict.MISSING, 0.0)
_MAX_NAME_BITS, MAX_ALIKE_BITS = 16.0, 11.0
_DEFAULT_PEOPLE = 1_000
"""People of a typical event that each event's own names are mixed with: a name that occurs twice among thirty is not common."""
_TYPICAL_FIRST, _TYPICAL_LAST = 1 / 400, 1 / 3_000
_FIRST_DIFFERS, _LAST_DIFFERS = -6.0, -3.0
_CONTRADICTED_MIDDLE = -7.0
_LOSS = {
    FieldVerdict.VARIANT: 2.0,
    FieldVerdict.SOUNDS_ALIKE: 2.0,
    FieldVerdict.NEAR: 2.5,
    FieldVerdict.OMITTED: 1.0,
}
LEAST_LOSS = 2.0
"""What two words say less, at least, that are alike and not the same."""
_REMEMBERED = 200_000
INITIAL_BITS = 1.5
_COMMON_NAME = 4
_SECOND_SHARED_BITS = 1.0
_SHORT_WORD, _LONG_WORD = 4, 8
_ALIKE = 0.86
_SOUNDING = 0.7
SAME_BIRTH = 5.0
_LEAST_SAME_CONTACT = 12.0
_ODDS_OF_SAME_MAILBOX, _ODDS_OF_SAME_PHONE = -3.0, -4.0
"""What is left of the odds where two people share only an address or a phone: that they are one household, in bits."""
NEAR_MAILBOX, NEAR_PHONE, NEAR_BIRTH = 6.0, 6.0, 2.0
OTHER_MAILBOX, OTHER_PHONE, OTHER_BIRTH = -1.5, -1.5, -7.0


@dataclass
class Frequencies:
    """Frequencies of names and addresses in an event."""

    people: int = 0
    first: Mapping[str, int] = field(default_factory=Counter)
    last: Mapping[str, int] = field(default_factory=Counter)
    mailboxes: Mapping[str, int] = field(default_factory=Counter)
    phones: Mapping[str, int] = field(default_factory=Counter)
    memo: tuple[_Memo, _Memo] = field(default_factory=lambda: ({}, {}))
    """Names that were compared, since most names occur many times: family names, and given names."""

    @classmethod
    def count(cls, people: Iterable[PersonFeatures]) -> "Frequencies":
        """Count the words of names, the mailboxes and the phone numbers of people."""
        first, last = Counter[str](), Counter[str]()
        mailboxes, phones = Counter[str](), Counter[str]()
        number = 0
        for person in people:
            number += 1
            first.update(person.first)
            last.update(person.last)
            mailboxes[person.mailbox] += 1
            phones[person.phone_tail] += 1
        return cls(number, first, last, mailboxes, phones)

    def first_bits(self, word: str) -> float:
        """Return how much the same given name says."""
        return self._bits(self.first.get(word, 0), _TYPICAL_FIRST)

    def last_bits(self, word: str) -> float:
        """Return how much the same family name says."""
        return self._bits(self.last.get(word, 0), _TYPICAL_LAST)

    def _bits(self, count: int, typical: float) -> float:
        share = (max(count - 1, 0) + _DEFAULT_PEOPLE * typical) / (self.people + _DEFAULT_PEOPLE)
        return min(-log2(share), _MAX_NAME_BITS)

    def are_two_names(self, left: str, other: str) -> bool:
        """Return True if two given names that look alike are both common here, or known as two people's."""
        common = max(_COMMON_NAME, self.people / 10_000)
        return min(self.first.get(left, 0), self.first.get(other, 0)) >= common or are_two_names(left, other)

    def contact_bits(self, odds: float) -> float:
        """Return how much a shared address says: in a larger event more, since fewer strangers share it."""
        return max(_LEAST_SAME_CONTACT, odds - self.prior_bits)

    def is_mistyped(self, left: str, other: str) -> bool:
        """Return True if one of two given names of four letters or more is common here, and the other is nobody's else."""
        counts = sorted((self.first.get(left, 0), self.first.get(other, 0)))
        is_long = min(len(left), len(other)) >= _SHORT_WORD
        return is_long and counts[0] <= 1 and counts[1] >= _COMMON_NAME and OSA.distance(left, other) == 1

    @cached_property
    def prior_bits(self) -> float:
        """The odds that two people of the event are one before anything is compared, in bits."""
        return log2(0.02 / max(self.people, 60))


# --- names ----------------------------------------------------------------------------------------


def compare_words(left: str, other: str, *, is_given: bool) -> FieldVerdict:
    """Compare two words of names.

    Jon and John, Ann and Anne are near; Li and Lu are different: a word of up to three letters has no letter to lose.

    Args:
        left: a folded word.
        other: a folded word.
        is_given: True for given names, which have short forms.
    """
    if left == other:
        return FieldVerdict.SAME
    short, long = sorted((left, other), key=len)
    if len(short) == 1:
        return FieldVerdict.INITIAL if first_letter(long) == first_letter(short) else FieldVerdict.DIFFERENT
    if is_semitic(left) or is_semitic(other):
        return _compare_scripts(left, other)
    if is_given and are_variants(left, other):
        return FieldVerdict.VARIANT
    return _compare_spellings(short, long)


def _compare_scripts(left: str, other: str) -> FieldVerdict:
    """Compare words of which one is in Arabic script, or both are."""
    bones = skeleton(left)
    if are_variants(left, other) or (len(bones) > 1 and bones == skeleton(other)):
        return FieldVerdict.SOUNDS_ALIKE
    are_long = is_semitic(left) and is_semitic(other) and max(len(left), len(other)) >= _SHORT_WORD
    return FieldVerdict.NEAR if are_long and OSA.distance(left, other) == 1 else FieldVerdict.DIFFERENT


def _compare_spellings(short: str, long: str) -> FieldVerdict:
    edits = OSA.distance(short, long, score_cutoff=2)
    is_letter_more = len(long) > len(short) or sorted(short) == sorted(long)
    if edits == 1 and len(short) >= _SHORT_WORD - 1 and (len(long) > _SHORT_WORD or is_letter_more):
        return FieldVerdict.NEAR
    alike = JaroWinkler.similarity(short, long)
    if edits == 2 and len(short) >= _LONG_WORD - 2 and alike >= _ALIKE:  # noqa: PLR2004
        return FieldVerdict.NEAR
    if alike >= _SOUNDING and short[0] == long[0]:
        bones = skeleton(short)
        if len(bones) > 2 and bones == skeleton(long):  # noqa: PLR2004
            return FieldVerdict.SOUNDS_ALIKE
    return FieldVerdict.DIFFERENT


def compare_names(
    left: tuple[str, ...], other: tuple[str, ...], frequencies: Frequencies, *, is_given: bool
) -> Evidence:
    """Compare given names or family names. A middle name that is left out is mild, one that contradicts is hard."""
    if not left or not other:
        return _NOTHING
    memo = frequencies.memo[is_given]
    evidence = memo.get((left, other))
    if evidence is None:
        evidence = _compare_names(left, other, frequencies, is_given=is_given)
        if len(memo) >= _REMEMBERED:
            memo.clear()
        memo[left, other] = evidence
    return evidence


def same_name_bits(words: tuple[str, ...], bits_of: Callable[[str], float]) -> float:
    """Return how much the same name of one or several words says."""
    bits = sorted(map(bits_of, words), reverse=True)
    return min(bits[0] + sum(bits[1:]) / 4, _MAX_NAME_BITS)


def _compare_names(
    left: tuple[str, ...], other: tuple[str, ...], frequencies: Frequencies, *, is_given: bool
) -> Evidence:
    bits_of = frequencies.first_bits if is_given else frequencies.last_bits
    if left == other or "".join(left) == "".join(other):
        return Evidence(FieldVerdict.SAME, same_name_bits(left, bits_of))
    if len(left) > 1 or len(other) > 1:
        return _align(left, other, frequencies, is_given=is_given)
    return _of_words(left[0], other[0], frequencies, is_given=is_given)


def _of_words(left: str, other: str, frequencies: Frequencies, *, is_given: bool) -> Evidence:
    verdict = compare_words(left, other, is_given=is_given)
    if verdict is FieldVerdict.INITIAL:
        return Evidence(verdict, INITIAL_BITS)
    bits_of = frequencies.first_bits if is_given else frequencies.last_bits
    if verdict is FieldVerdict.DIFFERENT:
        if is_given and frequencies.is_mistyped(left, other):
            return Evidence(FieldVerdict.NEAR, min(bits_of(left), bits_of(other)) / 2)
        return _differ(is_given=is_given)
    rarity = min(
        bits_of(left), bits_of(other), _MAX_NAME_BITS if verdict is FieldVerdict.SAME else MAX_ALIKE_BITS
    )
    return Evidence(verdict, max(rarity - _LOSS.get(verdict, 0.0), 1.0))


def _align(
    left: tuple[str, ...], other: tuple[str, ...], frequencies: Frequencies, *, is_given: bool
) -> Evidence:
    """Compare names of several words: each word of the shorter one with its best of the longer one."""
    short, long = sorted((left, other), key=len)
    remaining, matches, contradicted = list(long), [], 0
    for word in short:
        if not remaining:
            break
        best, match = max(
            ((_of_words(word, each, frequencies, is_given=is_given), each) for each in remaining),
            key=lambda pair: pair[0].bits,
        )
        if best.verdict is FieldVerdict.DIFFERENT:
            contradicted += 1
        else:
            matches.append(best)
            remaining.remove(match)
    strongest = max(matches, key=lambda each: each.bits, default=None)
    if strongest is None or (
        strongest.verdict is FieldVerdict.INITIAL and len(short) == 1 and short[0][0] != long[0][0]
    ):
        return _differ(is_given=is_given)
    if contradicted:
        bits = min(strongest.bits + _CONTRADICTED_MIDDLE, 2.0) if is_given else 1.0
        return Evidence(FieldVerdict.CONTRADICTS, bits)
    if len(short) < len(long):
        return Evidence(FieldVerdict.OMITTED, max(strongest.bits - _LOSS[FieldVerdict.OMITTED], 0.5))
    return Evidence(min(matches, key=lambda each: each.bits).verdict, strongest.bits)


def _differ(*, is_given: bool) -> Evidence:
    return Evidence(FieldVerdict.DIFFERENT, _FIRST_DIFFERS if is_given else _LAST_DIFFERS)


# --- addresses and dates --------------------------------------------------------------------------


def compare_mailboxes(left: PersonFeatures, other: PersonFeatures, frequencies: Frequencies) -> Evidence:
    """Compare e-mail addresses. One that many share, such as an assistant's, says less."""
    if not left.mailbox or not other.mailbox:
        return _NOTHING
    if left.mailbox == other.mailbox:
        return Evidence(
            FieldVerdict.SAME,
            frequencies.contact_bits(_ODDS_OF_SAME_MAILBOX)
            - _shared(frequencies.mailboxes.get(left.mailbox, 0)),
        )
    local, _, domain = left.mailbox.partition("@")
    other_local, _, other_domain = other.mailbox.partition("@")
    if local == other_local and len(local) >= _LONG_WORD:
        return Evidence(FieldVerdict.NEAR, NEAR_MAILBOX - 2.0)
    if (
        domain == other_domain
        and len(local) > _SHORT_WORD + 1
        and OSA.distance(local, other_local, score_cutoff=1) == 1
        and not _differ_in_digits(local, other_local)
    ):
        return Evidence(FieldVerdict.NEAR, NEAR_MAILBOX)
    return Evidence(FieldVerdict.DIFFERENT, OTHER_MAILBOX)


def compare_phones(left: PersonFeatures, other: PersonFeatures, frequencies: Frequencies) -> Evidence:
    """Compare phone numbers by their last digits: one may lack the calling code."""
    tail, other_tail = left.phone_tail, other.phone_tail
    if not tail or not other_tail:
        return _NOTHING
    if tail == other_tail:
        return Evidence(
            FieldVerdict.SAME,
            frequencies.contact_bits(_ODDS_OF_SAME_PHONE) - _shared(frequencies.phones.get(tail, 0)),
        )
    if OSA.distance(tail, other_tail, score_cutoff=1) == 1:
        return Evidence(FieldVerdict.NEAR, NEAR_PHONE)
    return Evidence(FieldVerdict.DIFFERENT, OTHER_PHONE)


def compare_births(left: PersonFeatures, other: PersonFeatures) -> Evidence:
    """Compare dates of birth. The same one counts little, since twins and strangers share it; another one counts much."""
    if not left.birth or not other.birth:
        return _NOTHING
    if left.birth == other.birth:
        return Evidence(FieldVerdict.SAME, SAME_BIRTH)
    year, month, day = left.birth.split("-")
    if other.birth == f"{year}-{day}-{month}" or OSA.distance(left.birth, other.birth) == 1:
        return Evidence(FieldVerdict.NEAR, NEAR_BIRTH)
    return Evidence(FieldVerdict.DIFFERENT, OTHER_BIRTH)


def contact_bits(email: Evidence, phone: Evidence, *, is_shared: bool) -> float:
    """Return what mail and phone say together. Where several people share them, the second says little more."""
    if is_shared and email.verdict is phone.verdict is FieldVerdict.SAME:
        return max(email.bits, phone.bits) + _SECOND_SHARED_BITS
    return email.bits + phone.bits


def _shared(count: int) -> float:
    return 2.0 * log2(count - 1) if count > 2 else 0.0  # noqa: PLR2004 - the pair itself


def _differ_in_digits(left: str, other: str) -> bool:
    """Return True if only digits differ: guest1@ and guest2@ are two people."""
    return left.strip("0123456789") == other.strip("0123456789")
