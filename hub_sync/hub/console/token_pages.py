"""Pages of somebody without a login: the address has a token, of which the hub stores the SHA-256 alone."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar

from hub_sync.hub.console.i18n.translation import speaking
from hub_sync.hub.console.page import Page
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.errors import NotFound

WRONG_TOKENS_A_MINUTE = 30
"""From one network."""
VIEWS_A_MINUTE = 120
"""Of one page: hundreds of visitors share one address of the venue, so views are not limited by it."""


class TokenOwner(Protocol):
    """The row of a token. `digest` is what the hub stores of the token."""

    @property
    def language(self) -> str:
        """The language that was chosen; empty: that of the browser."""
        ...

    @property
    def digest(self) -> str:
        """The SHA-256 of the token."""
        ...


Owner = TypeVar("Owner", bound=TokenOwner)


def find_owner(page: Page, name: str, find: Callable[[Work], Owner]) -> Owner:
    """Return whose page this is, within the limits.

    Args:
        page: the page.
        name: the kind of page, for its limits.
        find: looks a token up; raises NotFound for one that belongs to nobody.

    Raises:
        NotFound: 404, that of `find`. TooManyRequests: 429.
    """
    limits = page.hub.rate_limits
    try:
        with page.hub.uow.look_up() as work:
            owner = find(work)
    except NotFound:
        # After the look-up: whoever guesses at an address must not keep its visitors from their pages.
        limits.acquire(f"{name}-wrong:{page.network}", WRONG_TOKENS_A_MINUTE).raise_if_exceeded()
        raise
    limits.acquire(f"{name}:{owner.digest}", VIEWS_A_MINUTE).raise_if_exceeded()
    return owner


@contextmanager
def page_of_owner(page: Page, name: str, find: Callable[[Work], Owner]) -> Iterator[Owner]:
    """Yield whose page this is, and speak their language until the block ends; see `find_owner`."""
    owner = find_owner(page, name, find)
    page.usual_language = owner.language or page.usual_language
    with speaking(page.speech):
        yield owner
