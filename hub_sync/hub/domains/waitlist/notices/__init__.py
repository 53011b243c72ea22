"""Notices: what other domains know of the messages that bring offers to people.

A domain has them in its module `offer_notices`, as `NOTICES`. The waitlist calls it and knows none of them: messages stand on the
waitlist. Without one, offers are found on the page of an entry only.
"""

from collections.abc import Sequence
from functools import cache
from typing import Protocol

from hub_sync.hub.domains import parts
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey


class OfferNotices(Protocol):
    """The object that a domain's module `offer_notices` has as `NOTICES`."""

    def waiting(self, work: Work, key: FeedKey, promotion_ids: Sequence[str]) -> set[str]:
        """Return those of the offers whose message has not gone out yet, through no fault of its recipient."""

    def are_sent(self, work: Work, key: FeedKey) -> bool:
        """Return True if whoever is offered a seat is written to."""


def waiting_notices(work: Work, key: FeedKey, promotion_ids: Sequence[str]) -> set[str]:
    """Return the offers that nobody could hear of yet: they don't end."""
    return {id_ for each in _notices() for id_ in each.waiting(work, key, promotion_ids)}


def are_silent(work: Work, key: FeedKey) -> bool:
    """Return True if nobody who is offered a seat is written to."""
    return not any(each.are_sent(work, key) for each in _notices())


@cache
def _notices() -> tuple[OfferNotices, ...]:
    return tuple(module.NOTICES for module in parts("offer_notices"))
