"""Look visitors up by a code or by their own name, without deciding anything. What leaves here has shortened names only."""

from hub_sync.client.store import Store
from hub_sync.contract.enums import ScanType
from hub_sync.rules.tickets.ticket_codec import TicketPayload, open_ticket
from kiosk_app.kiosk_messages import VisitorClaim, VisitorHit, VisitorHits, VisitorKnown

LISTED_VISITORS = 4
"""A search that more people match lists nobody: a kiosk is no address book."""
_ARABIC_ARTICLE = "\u0627\u0644"
"""Most surnames begin with it."""


def shorten_name(first_name: str, last_name: str) -> str:
    r"""Return a name that its owner knows again and a bystander can't look up: the first name and one letter.

    The letter is that of a word which begins with a capital, so that of "van der Berg" it is "B", and it is not that of an Arabic article.

    >>> shorten_name("Ada", "King Lovelace"), shorten_name("", "Plato"), shorten_name("Cher", "")
    ('Ada K.', 'Plato', 'Cher')
    >>> shorten_name("Ilse", "van der Berg"), shorten_name("bell", "hooks")
    ('Ilse B.', 'bell h.')
    >>> shorten_name("\u0645\u062d\u0645\u062f", "\u0627\u0644\u0634\u0631\u064a\u0641")[-2:] == "\u0634."
    True
    """
    first, last = first_name.strip(), last_name.strip()
    if not first or not last:
        return first or last
    letters = [(word.removeprefix(_ARABIC_ARTICLE) or word)[0] for word in last.split()]
    return f"{first} {next((letter for letter in letters if letter.isupper()), letters[0])}."


def identify_visitor(store: Store, visitor: VisitorClaim) -> VisitorKnown:
    """Return the name of a visitor; empty: a locked station, a ticket that is not genuine, or nobody on the list.

    Raises:
        StoreError: the store could not be read.
    """
    if not store.access.is_active:
        return VisitorKnown(visitor)
    if visitor.scan_type is ScanType.SEARCH:
        person = store.roster.find(visitor.participant_id)
    elif visitor.scan_type is ScanType.QR:
        ticket = open_ticket(visitor.text, store.keys.key_ring())
        event = store.venue.event()
        is_ours = isinstance(ticket, TicketPayload) and event is not None and ticket.eid == event.id
        person = store.roster.find(ticket.pid) if isinstance(ticket, TicketPayload) and is_ours else None
    else:
        person = store.roster.find_by_code(visitor.text)
    return VisitorKnown(visitor, shorten_name(person.first_name, person.last_name) if person else "")


def search_visitors(store: Store, query: str) -> VisitorHits:
    """Return the people who match a name, or none of them if there are many. Nobody is listed for fewer than three letters.

    Raises:
        StoreError: the store could not be read.
    """
    if not store.access.is_active:
        return VisitorHits(query)
    people = store.roster.search(query, LISTED_VISITORS + 1)
    if len(people) > LISTED_VISITORS:
        return VisitorHits(query, more=True)
    hits = tuple(VisitorHit(each.id, shorten_name(each.first_name, each.last_name)) for each in people)
    return VisitorHits(query, hits)
