"""Numbers for visitors: what a kiosk offers, a number, the same one again for a reprint, and leaving the queue.

A number is on the disk before it is returned, and is never given twice: not after a kill, from a restored store, by two
threads, or with a wrong clock (`client.store.queue.numbers`).
"""

import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from hub_sync.client.store import Store
from hub_sync.client.timekeeper import Timekeeper
from hub_sync.contract.clock import Clock
from hub_sync.contract.enums import QueueStatus
from hub_sync.contract.ids import NewId
from hub_sync.contract.queue import QueueActionKind, QueuePriority, QueueRecord, QueueRow, TicketIssue
from hub_sync.rules.queue.authority import may_act
from hub_sync.rules.queue.order import format_number, people_ahead, waiting_tickets
from hub_sync.rules.queue.ticket_state import TicketState
from kiosk_app.core.queue.estimate import WaitEstimate, estimate_queue
from kiosk_app.core.queue.queue_day import QueueBook, QueueDay

_SECRET_SETTING = "queue_status_secret"  # noqa: S105  the name of a setting
_TOKEN_CHARS = 22
_MOST_TRIES = 1_000


class QueueRefusal(StrEnum):
    """A reason why no number is given. Nothing was written."""

    UNAVAILABLE = "unavailable"
    """This station has no queues, or not this one."""
    CLOSED = "closed"
    NO_NUMBERS = "no_numbers"
    """The hub leased none and gave no letters to this station; it has to be reached first."""


@dataclass(frozen=True, slots=True)
class QueueOffer:
    """A queue that a kiosk may offer. `refusal`: why no number is given now. `opens_at`: when one is given again, as far as it is known."""

    row: QueueRow
    waiting: int
    estimate: WaitEstimate | None
    refusal: QueueRefusal | None
    opens_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class IssuedTicket:
    """A number. `token` opens the visitor's status page and is stored nowhere; "": another station gave the number.

    `is_repeated`: the person has this number already. `people_ahead` and `estimate` are None if it does not wait: it was called, is
    parked, or its holder did not come. `counter` is the name of that to which it is called, or where it is served.
    """

    ticket: TicketState
    queue: QueueRow
    token: str
    status_url: str
    people_ahead: int | None
    estimate: WaitEstimate | None
    is_repeated: bool = False
    counter: str = ""

    @property
    def number(self) -> str:
        """What is printed, shown and announced."""
        return self.ticket.number


class _NoNumbers(Exception):
    """Ends a transaction without a number."""


class QueueService:
    """The queues of the served event, as visitors use them. One for each thread, over the thread's session."""

    def __init__(
        self,
        store: Store,
        timekeeper: Timekeeper,
        clock: Clock,
        new_id: NewId,
        on_written: Callable[[], None] = lambda: None,
    ) -> None:
        """Create the service. `on_written` is called after each commit: wake the push and the local network."""
        self._store = store
        self._book = QueueBook(store, timekeeper, clock, new_id, on_written)

    @property
    def is_available(self) -> bool:
        """True if this station has queues of the event that it serves."""
        day = self._book.day()
        return day is not None and bool(self._book.queues(day))

    def queues(self) -> tuple[QueueOffer, ...]:
        """Return the queues that kiosks offer, by letter.

        Raises:
            StoreError: the store could not be read.
        """
        day = self._book.day()
        if day is None:
            return ()
        tickets = self._book.tickets(day)
        return tuple(
            self._offer(day, row, tickets)
            for row in self._book.queues(day)
            if row.is_self_service and row.active
        )

    def _offer(self, day: QueueDay, row: QueueRow, tickets: tuple[TicketState, ...]) -> QueueOffer:
        waiting = len(waiting_tickets(tickets, {row.id}))
        refusal = None
        if not day.is_open(row):
            refusal = QueueRefusal.CLOSED
        elif not self._has_numbers(day, row):
            refusal = QueueRefusal.NO_NUMBERS
        estimate = self._estimate(day, row, waiting, tickets)
        return QueueOffer(row, waiting, estimate, refusal, day.opens_at(row))

    def _has_numbers(self, day: QueueDay, row: QueueRow) -> bool:
        journal_id, lane = self._store.queue.journal_id(), day.settings.lane
        has_lane = bool(lane.letters) and lane.journal_id == journal_id
        return has_lane or self._store.queue.numbers.left(row.id, day.day, journal_id) > 0

    def _estimate(
        self, day: QueueDay, row: QueueRow, ahead: int, tickets: tuple[TicketState, ...]
    ) -> WaitEstimate | None:
        book = self._book
        opened = book.opened(day) | {ticket.counter_id for ticket in tickets if ticket.counter_id is not None}
        return estimate_queue(row, ahead, tickets, book.counters(day), opened, book.pauses(day), day.now_ms)

    def issue(
        self,
        queue_id: str,
        participant_id: str | None = None,
        language: str = "",
        priority: QueuePriority = QueuePriority.PLAIN,
    ) -> IssuedTicket | QueueRefusal:
        """Give a number, or return why not. Who has a live ticket in a queue of one ticket a person gets that one again.

        Raises:
            StoreError: nothing was written: show no number.
        """
        day = self._book.day()
        row = None if day is None else self._find(day, queue_id)
        if day is None or row is None:
            return QueueRefusal.UNAVAILABLE
        if not day.is_open(row):
            return QueueRefusal.CLOSED
        ticket_id = self._book.new_id()
        token_hash = sha256(self._token(ticket_id).encode()).hexdigest()
        before: list[TicketState] = []

        def build() -> list[QueueRecord]:
            if participant_id is not None and row.one_ticket_a_person:
                people = (participant_id, *self._store.roster.merged_ids(participant_id))
                live = self._store.queue.actions.live_ticket_of(people, row.id, day.day)
                if live is not None:
                    before.append(live)
                    return []
            issue = TicketIssue(
                **self._take_number(day, row),
                participant_id=participant_id,
                language=language,
                status_token_hash=token_hash,
            )
            return [
                self._book.record(
                    day,
                    QueueActionKind.ISSUED,
                    members={
                        "queue_id": row.id,
                        "ticket_id": ticket_id,
                        "priority": priority,
                        "issue": issue,
                    },
                )
            ]

        try:
            self._book.write(build)
        except _NoNumbers:
            return QueueRefusal.NO_NUMBERS
        if before:
            return self._issued(day, row, before[0], is_repeated=True)
        ticket = self._store.queue.actions.ticket(ticket_id)
        if ticket is None:
            raise RuntimeError("a ticket that was just written is not there")
        return self._issued(day, row, ticket)

    def _take_number(self, day: QueueDay, row: QueueRow) -> dict[str, str | int]:
        queue = self._store.queue
        journal_id = queue.journal_id()
        for _ in range(_MOST_TRIES):
            taken = queue.numbers.take(row, day.day, journal_id, day.settings.lane)
            if taken is None:
                raise _NoNumbers
            number = format_number(row.letter, taken.lane, taken.sequence)
            if not queue.actions.has_number(day.event.id, day.day, number):
                return {"number": number, "sequence": taken.sequence, "lane": taken.lane}
        raise _NoNumbers

    def reissue(self, ticket_id: str) -> IssuedTicket | None:
        """Return a ticket once more, for a reprint: the same number, and the same token if this station gave it."""
        day, ticket = self._book.day(), self._store.queue.actions.ticket(ticket_id)
        row = None if day is None or ticket is None else self._find(day, ticket.queue_id)
        if day is None or ticket is None or row is None:
            return None
        return self._issued(day, row, ticket, is_repeated=True)

    def cancel(self, ticket_id: str) -> bool:
        """Leave the queue: the visitor wants to wait no more.

        Return False if the ticket is not live any more, or this station may not take it back (`rules.queue.authority`).

        Raises:
            StoreError: nothing was written.
        """
        day = self._book.day()
        if day is None:
            return False

        def build() -> list[QueueRecord]:
            ticket = self._store.queue.actions.ticket(ticket_id)
            if ticket is None or not ticket.is_live:
                return []
            record = self._book.record(day, QueueActionKind.CANCELLED, ticket=ticket, members={})
            allowed = may_act(self._book.profile(), record.action, ticket.device_id)
            return [record] if allowed else []

        return self._book.write(build) > 0

    def tickets(self, *, live_only: bool = True) -> tuple[TicketState, ...]:
        """Return the present day's tickets.

        Raises:
            StoreError: the store could not be read.
        """
        day = self._book.day()
        return () if day is None else self._book.tickets(day, live_only=live_only)

    def _find(self, day: QueueDay, queue_id: str) -> QueueRow | None:
        return next((row for row in self._book.queues(day) if row.id == queue_id), None)

    def _issued(
        self, day: QueueDay, row: QueueRow, ticket: TicketState, *, is_repeated: bool = False
    ) -> IssuedTicket:
        tickets = self._book.tickets(day)
        ahead = people_ahead(ticket, tickets) if ticket.status is QueueStatus.WAITING else None
        counter_id = ticket.counter_id if ticket.status in (QueueStatus.CALLED, QueueStatus.SERVING) else None
        counters = self._store.queue.counters(day.event.id) if counter_id else ()
        token = self._token(ticket.id)
        if sha256(token.encode()).hexdigest() != ticket.status_token_hash:
            token = ""
        return IssuedTicket(
            ticket,
            row,
            token,
            day.settings.status_url + token if token and day.settings.status_url else "",
            ahead,
            None if ahead is None else self._estimate(day, row, ahead, tickets),
            is_repeated,
            next((counter.name for counter in counters if counter.id == counter_id), ""),
        )

    def _token(self, ticket_id: str) -> str:
        """Return a ticket's token: from a secret of this station, so that it is stored nowhere and a reprint has the same."""
        secret = self._store.settings.get(_SECRET_SETTING)
        if secret is None:
            secret = self._store.settings.get_or_put(_SECRET_SETTING, secrets.token_hex(32))
        digest = hmac.digest(bytes.fromhex(secret), ticket_id.encode(), sha256)
        return urlsafe_b64encode(digest).decode()[:_TOKEN_CHARS]
