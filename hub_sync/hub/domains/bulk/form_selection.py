"""The selection that the list of participants sends: those who were ticked, or everybody of the filtered list."""

from urllib.parse import parse_qsl, urlencode

from hub_sync.hub.console import Page
from hub_sync.hub.domains.bulk.errors import BulkNobodyChosen, BulkSelectionTooLarge
from hub_sync.hub.domains.bulk.schemas import MOST_IDS, Selection
from hub_sync.hub.domains.participants.lists import PARTICIPANTS

_PLACES = frozenset(("q", "presence", "zone"))
LISTED = "listed"


def read_selection(page: Page) -> Selection:
    """Return the selection that the list sent: those who were ticked, or everybody of the filtered list.

    Raises:
        BulkNobodyChosen: 422. BulkSelectionTooLarge: 422.
    """
    if page.value("scope") == LISTED:
        query = filters_of(page.value("query"))
        return Selection(query=query) if query else Selection(all=True)
    ids = list(dict.fromkeys([*page.value("ids").split(), *page.values("person")]))
    if not ids:
        raise BulkNobodyChosen
    if len(ids) > MOST_IDS:
        raise BulkSelectionTooLarge(most=MOST_IDS)
    return Selection(ids=tuple(ids))


def filters_of(query: str) -> str:
    """Return the filters of a list's query string, without its order and its pages."""
    known = PARTICIPANTS.specification.filters
    pairs = parse_qsl(query)
    return urlencode([(name, value) for name, value in pairs if value and (name in _PLACES or name in known)])
