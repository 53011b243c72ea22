"""Names beside rows of the access log, for those who may read them."""

from collections.abc import Iterable

from hub_sync.hub.console import Page
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_READ
from hub_sync.hub.kit.events.change_feed import FeedKey


def person_names(page: Page, key: FeedKey, ids: Iterable[str | None]) -> dict[str, tuple[str, str]]:
    """Return the id and the name of participants, by the id in a row; nobody's without the right to read them."""
    if not page.caller.has_permission(PARTICIPANTS_READ):
        return {}
    return {
        id_: (named.person.id, f"{named.first_name} {named.last_name}".strip())
        for id_, named in participants.find_persons(
            page.work.session, key, {id_ for id_ in ids if id_}
        ).items()
    }
