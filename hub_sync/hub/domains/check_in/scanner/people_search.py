"""Search for a person by name on the scanner page: nobody is shown before three letters are typed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hub_sync.hub.domains.check_in.occupancy.whereabouts import Whereabouts, whereabouts_of
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.lists import PARTICIPANTS
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.lists.pagination import Cursors
from hub_sync.hub.kit.lists.result_pages import ListQuery
from hub_sync.hub.kit.security.encryption import SecretBox
from hub_sync.rules.text_normalization import normalize_name

MIN_LETTERS = 3
LIMIT = 8
_BY_NAME = (("last_name", False),)
_MAX_QUERY = 200


@dataclass(frozen=True, slots=True)
class PeopleSearchResult:
    """The people who match a search; `is_short`: too few letters were typed, so nobody is looked for."""

    query: str = ""
    is_short: bool = False
    has_more: bool = False
    people: Sequence[Any] = ()
    whereabouts: Mapping[str, Whereabouts] = field(default_factory=dict)


def search_people(work: Work, secret_box: SecretBox, key: FeedKey, typed: str) -> PeopleSearchResult:
    """Return the participants whose name, e-mail address or code contains every word that was typed."""
    query = typed.strip()[:_MAX_QUERY]
    if len(normalize_name(query).replace(" ", "")) < MIN_LETTERS:
        return PeopleSearchResult(query, is_short=bool(query))
    statement = participants.of_event(*key)
    wanted = ListQuery(limit=LIMIT, search=query, sort=_BY_NAME)
    result = PARTICIPANTS.page(work, statement, wanted, key.tenant_id, Cursors(secret_box))
    return PeopleSearchResult(
        query,
        has_more=bool(result.next_cursor),
        people=result.rows,
        whereabouts=whereabouts_of(work, key, [person.id for person in result.rows]),
    )
