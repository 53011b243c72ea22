"""Hints about somebody who is being registered, of domains that stand on participants: who may be there already.

A domain has its hints in its module `registration_hints`, as `HINTS`. They block nobody, and who may not read them gets none.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple, Protocol

from hub_sync.hub.domains import parts
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_READ
from hub_sync.hub.kit.db.unit_of_work import UnitOfWork, Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.security.access import Caller

_SHOWN = 1


class LikelyPerson(NamedTuple):
    """Somebody who is registered and may be the same person; `probability` from 0 to 1."""

    id: str
    name: str
    email: str | None
    probability: float


class RegistrationHints(Protocol):
    """What a domain's module `registration_hints` has as `HINTS`."""

    permission: str
    """That of whoever may read them."""

    def similar_to(self, work: Work, key: FeedKey, values: Mapping[str, Any]) -> Sequence[LikelyPerson]:
        """Return who is registered and may be this person, the likeliest first. It costs an indexed query or two."""


@cache
def _sources() -> tuple[RegistrationHints, ...]:
    return tuple(module.HINTS for module in parts("registration_hints"))


def similar_to(
    uow: UnitOfWork, caller: Caller, key: FeedKey, values: Mapping[str, Any]
) -> list[LikelyPerson]:
    """Return who may be this person, with masked names and addresses, as far as the caller may read it.

    It reads before the transaction that registers begins, so that nobody waits for it.
    """
    sources = [each for each in _sources() if caller.has_permission(each.permission)]
    if not sources or not caller.has_permission(PARTICIPANTS_READ):
        return []
    with uow.look_up() as work:
        people = [person for source in sources for person in source.similar_to(work, key, values)]
    return [person._replace(name=_mask(person.name), email=_masked_email(person.email)) for person in people]


def _masked_email(email: str | None) -> str | None:
    if email is None:
        return None
    mailbox, sign, domain = email.rpartition("@")
    return f"{_mask(mailbox)}{sign}{domain}"


def _mask(text: str) -> str:
    """Return the first letter of each word.

    >>> _mask("Ada Lovelace")
    'A… L…'
    """
    return " ".join(f"{word[:_SHOWN]}…" for word in text.split())
