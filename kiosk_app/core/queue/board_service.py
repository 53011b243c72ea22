"""What a board shows and announces. Each call is announced once, in order, as long as its holder has not come.

What was announced is stored (`SPOKEN_SETTING`): after a restart or a break of the network, only what is still called and was not
announced yet is announced.
"""

from dataclasses import dataclass

from hub_sync.contract.enums import QueueStatus
from hub_sync.rules.queue.ticket_state import TicketState
from kiosk_app.core.queue.queue_day import QueueBook, QueueDay
from kiosk_app.queue_messages import BoardQueue, BoardState, BoardTicket, QueueConnection

SPOKEN_SETTING = "queue_spoken"
"""Setting: tickets that are called, each with the id of the call and the number of recalls that were announced."""
RECENT = 6
_PRESENT = (QueueStatus.CALLED, QueueStatus.SERVING)
_GONE = (QueueStatus.COMPLETED, QueueStatus.NO_SHOW, QueueStatus.EXPIRED)


@dataclass(frozen=True, slots=True)
class Announcement:
    """A call to announce. `call` tells it from other calls of the ticket."""

    ticket_id: str
    call: tuple[str, int]
    number: str
    counter: str
    language: str


class BoardService:
    """The board of the served event, for one thread."""

    def __init__(self, book: QueueBook) -> None:
        self._book = book
        self._spoken: dict[str, tuple[str, int]] | None = None

    def read(self, connection: QueueConnection, announcing: str = "") -> BoardState:
        """Return what the board shows. `announcing` is the ticket that is spoken now.

        Raises:
            StoreError: the store could not be read.
        """
        day = self._book.day()
        if day is None:
            name, zone = self._book.event_name_and_zone()
            return BoardState(
                event_name=name, connection=connection, time_zone=zone, closure=self._book.closure()
            )
        counters = self._counters(day)
        tickets = self._book.tickets(day)
        serving = sorted((t for t in tickets if t.status in _PRESENT), key=_called, reverse=True)
        recent = sorted((t for t in tickets if t.status in _GONE and t.counter_id), key=_called, reverse=True)
        return BoardState(
            is_available=True,
            event_name=day.event.name,
            serving=tuple(_row(ticket, self._book.label(day, ticket), counters) for ticket in serving),
            recent=tuple(_row(ticket, self._book.label(day, ticket), counters) for ticket in recent[:RECENT]),
            queues=tuple(
                BoardQueue(
                    row.id,
                    row.letter,
                    row.name,
                    sum(t.queue_id == row.id and t.status is QueueStatus.WAITING for t in tickets),
                    day.is_open(row),
                    day.opens_at(row),
                )
                for row in self._book.queues(day)
                if row.active
            ),
            announcing=announcing,
            as_of_ms=day.settings.as_of_ms,
            connection=connection,
            time_zone=day.time_zone,
        )

    def next_announcement(self) -> Announcement | None:
        """Return the first call that was not announced yet and whose holder has not come; None: there is none.

        Raises:
            StoreError: the store could not be read.
        """
        day = self._book.day()
        if day is None:
            return None
        spoken, counters = self._load_spoken(), self._counters(day)
        due = [
            ticket
            for ticket in self._book.tickets(day, live_only=True)
            if ticket.status is QueueStatus.CALLED and spoken.get(ticket.id) != _call_of(ticket)
        ]
        first = min(due, key=lambda ticket: (ticket.called_at_ms or 0, ticket.tick, ticket.id), default=None)
        if first is None:
            return None
        counter = counters.get(first.counter_id or "", "")
        return Announcement(first.id, _call_of(first), first.number, counter, first.language)

    def record_spoken(self, announcement: Announcement) -> None:
        """Store that a call was announced. Tickets that are not called any more are forgotten.

        Raises:
            StoreError: it could not be written; it is announced once more after a restart.
        """
        day = self._book.day()
        tickets = () if day is None else self._book.tickets(day, live_only=True)
        called = {ticket.id for ticket in tickets if ticket.status is QueueStatus.CALLED}
        spoken = {ticket_id: call for ticket_id, call in self._load_spoken().items() if ticket_id in called}
        spoken[announcement.ticket_id] = announcement.call
        self._spoken = spoken
        self._book.store.settings.put(SPOKEN_SETTING, {key: list(call) for key, call in spoken.items()})

    def _load_spoken(self) -> dict[str, tuple[str, int]]:
        if self._spoken is None:
            stored = self._book.store.settings.get(SPOKEN_SETTING) or {}
            self._spoken = {key: (call[0], call[1]) for key, call in stored.items()}
        return self._spoken

    def _counters(self, day: QueueDay) -> dict[str, str]:
        return {row.id: row.name for row in self._book.store.queue.counters(day.event.id)}


def _call_of(ticket: TicketState) -> tuple[str, int]:
    return ticket.called_by or "", ticket.recalls


def _called(ticket: TicketState) -> tuple[int, int, str]:
    return ticket.called_at_ms or 0, ticket.tick, ticket.id


def _row(ticket: TicketState, label: str, counters: dict[str, str]) -> BoardTicket:
    return BoardTicket(
        ticket.id,
        label,
        counters.get(ticket.counter_id or "", ""),
        ticket.queue_id,
        ticket.called_at_ms or 0,
        is_called=ticket.status is QueueStatus.CALLED,
    )
