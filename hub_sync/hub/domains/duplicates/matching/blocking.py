"""Blocks: people who share a key are compared with each other, all others are not.

There are several kinds of keys, so that a pair that differs in one field meets by another. `blocked_pairs` pairs the
people of a block.
"""

from collections.abc import Callable

from hub_sync.hub.domains.duplicates.matching.name_variants import main_variant
from hub_sync.hub.domains.duplicates.matching.person_features import PersonFeatures
from hub_sync.hub.domains.duplicates.matching.transliteration import skeleton

Key = str | None
_PREFIX, _SUFFIX = 3, 4
_SHORTEST_LOCAL = 6


def _by_mailbox(person: PersonFeatures) -> Key:
    return person.mailbox or None


def _by_phone(person: PersonFeatures) -> Key:
    return person.phone_tail or None


def _by_skeletons(person: PersonFeatures) -> Key:
    """Meet swapped names, spellings of one sound, and scripts without vowels."""
    bones = sorted(filter(None, map(skeleton, _main_words(person))))
    return " ".join(bones) if len("".join(bones)) > _PREFIX else None


def _by_beginning_of_last(person: PersonFeatures) -> Key:
    if not person.first or not person.last:
        return None
    return f"{main_variant(person.first[0])} {person.last[0][:_PREFIX]}"


def _by_end_of_last(person: PersonFeatures) -> Key:
    if not person.first or not person.last:
        return None
    return f"{main_variant(person.first[0])} {person.last[-1][-_SUFFIX:]}"


def _by_last(person: PersonFeatures) -> Key:
    if not person.first or not person.last:
        return None
    return f"{person.first[0][0]} {''.join(person.last)}"


def _by_last_and_end_of_first(person: PersonFeatures) -> Key:
    """Meet a given name whose first letter is a typing error."""
    if not person.first or not person.last:
        return None
    return f"{''.join(person.last)} {person.first[0][-_PREFIX:]}"


def _by_beginnings(person: PersonFeatures) -> Key:
    """Meet swapped names with a typing error each."""
    words = sorted(word[:_SUFFIX] for word in _main_words(person))
    return " ".join(words) if len(words) > 1 else None


def _by_birth(person: PersonFeatures) -> Key:
    return f"{person.birth} {person.first[0][0]}" if person.birth and person.first else None


def _by_local_part(person: PersonFeatures) -> Key:
    """Meet one name at two providers; `info` and the like are nobody's."""
    local = person.mailbox.partition("@")[0]
    return local if len(local) >= _SHORTEST_LOCAL and not local.isalpha() else None


def _main_words(person: PersonFeatures) -> tuple[str, ...]:
    """Return the first given name and the last family name; a middle name would be in no key of somebody without."""
    return (*person.first[:1], *person.last[-1:])


KINDS: tuple[Callable[[PersonFeatures], Key], ...] = (
    _by_mailbox,
    _by_phone,
    _by_skeletons,
    _by_beginning_of_last,
    _by_end_of_last,
    _by_last,
    _by_last_and_end_of_first,
    _by_beginnings,
    _by_birth,
    _by_local_part,
)


def block_keys(person: PersonFeatures) -> tuple[Key, ...]:
    """Return the key of each kind; None: no key of this kind."""
    return tuple(kind(person) for kind in KINDS)
