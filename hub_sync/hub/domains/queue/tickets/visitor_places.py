"""The place of a queue ticket as its visitor is told it: the state, how many come before, and about how long it takes. No name."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from hub_sync.contract.enums import QueueStatus
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.domains.queue.errors import StatusPageUnknown
from hub_sync.hub.domains.queue.tables import QueueTicket
from hub_sync.hub.domains.queue.tickets import queries
from hub_sync.hub.domains.queue.tickets.waits import EventWaits, event_waits
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.queue.ticket_state import TicketState

UNDO = timedelta(minutes=1)
"""How long a visitor who has left the queue may take it back."""
_LEAVING = (QueueStatus.WAITING, QueueStatus.CALLED, QueueStatus.PARKED)


@dataclass(frozen=True, slots=True)
class VisitorPlace:
    """A place as a visitor is shown it. Two that are equal look the same. `wait` is in minutes; None: it is not known."""

    number: str
    status: QueueStatus
    event_name: str
    queue: str
    counter: str
    ahead: int = 0
    wait: tuple[int, int] | None = None
    may_undo: bool = False

    @property
    def word(self) -> str:
        """The state, by which the page looks."""
        return self.status.value.lower()

    @property
    def may_leave(self) -> bool:
        """True if they may give the number back."""
        return self.status in _LEAVING


class VisitorBoard:
    """The places of all live tickets of an event at one moment. Needs no transaction."""

    def __init__(self, event_name: str, waits: EventWaits) -> None:
        waits.work_out_all()
        self._event_name, self._waits = event_name, waits

    def place(self, ticket_id: str) -> VisitorPlace | None:
        """Return a ticket's place; None: it is not live."""
        ticket = self._waits.by_id.get(ticket_id)
        return None if ticket is None else _live_place(self._event_name, self._waits, ticket)


def read_board(work: Work, key: FeedKey) -> VisitorBoard:
    """Return the places of an event's tickets.

    Raises:
        EventNotFound: 404.
    """
    return VisitorBoard(events.read(work, *key).name, event_waits(work, key))


def read_place(work: Work, key: FeedKey, ticket_id: str) -> VisitorPlace:
    """Return the place of a ticket, live or not.

    Raises:
        StatusPageUnknown: 404, the event is deleted.
    """
    try:
        event = events.read(work, *key)
    except EventNotFound:
        raise StatusPageUnknown from None
    waits = event_waits(work, key)
    live = waits.by_id.get(ticket_id)
    if live is not None:
        return _live_place(event.name, waits, live)
    ticket = queries.get(work, key, ticket_id)
    queue = waits.queues.get(ticket.queue_id)
    return VisitorPlace(
        ticket.number,
        ticket.status,
        event.name,
        queue.name if queue is not None else "",
        _name(waits.counters, ticket.counter_id),
        may_undo=may_undo(work, ticket),
    )


def may_undo(work: Work, ticket: QueueTicket) -> bool:
    """Return True if a visitor who has left may take it back."""
    return (
        ticket.status is QueueStatus.CANCELLED
        and ticket.ended_at is not None
        and work.now() - ticket.ended_at <= UNDO
    )


def _live_place(event_name: str, waits: EventWaits, ticket: TicketState) -> VisitorPlace:
    queue = waits.queues.get(ticket.queue_id)
    wait = waits.wait_of(ticket) if ticket.status is QueueStatus.WAITING else None
    return VisitorPlace(
        ticket.number,
        ticket.status,
        event_name,
        queue.name if queue is not None else "",
        _name(waits.counters, ticket.counter_id),
        waits.people_ahead(ticket),
        None if wait is None else wait.minutes,
    )


def _name(names: Mapping[str, str], counter_id: str | None) -> str:
    return names.get(counter_id or "", "")
