"""The seats that a registration page has: those of the event, without what those on the waitlist wait for, and those of each category."""

from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.registration.errors import RegistrationCategoryFull, RegistrationFull
from hub_sync.hub.domains.registration.tables import RegistrationSettings
from hub_sync.hub.domains.waitlist import service as waitlist
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.waitlist.seats import seats_for_sale


def free_seats(work: Work, key: FeedKey, category: str = "") -> int:
    """Return how many seats somebody of a category who isn't on the waitlist could have.

    Raises:
        EventNotFound: 404.
    """
    if not waitlist.is_active(work, key):
        return waitlist.read_free(work, key, events.read(work, *key).capacity, {}).total
    state = waitlist.read_state(work, key, if_free=True)
    return 0 if state is None else seats_for_sale(state.free, state.waiting, category)


def free_of_category(work: Work, key: FeedKey, settings: RegistrationSettings, category: str) -> int | None:
    """Return how many seats the page has left for a category; None: it has no limit of its own."""
    limit = settings.categories.get(category)
    if limit is None:
        return None
    return waitlist.read_free(work, key, None, {category: limit}).of_category(category)


def require_seats(
    work: Work, key: FeedKey, settings: RegistrationSettings, category: str, seats: int
) -> None:
    """Check that so many seats are free. The caller has locked them (`waitlist.lock`).

    Raises:
        RegistrationCategoryFull: others may have some (409).
        RegistrationFull: 409.
    """
    if free_seats(work, key, category) < seats:
        raise RegistrationFull
    of_category = free_of_category(work, key, settings, category)
    if of_category is not None and of_category < seats:
        raise RegistrationCategoryFull
