"""What a desk shows of its queues: names where they may be seen, who waits, and what others have decided otherwise."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta

from hub_sync.contract.enums import QueueStatus
from hub_sync.contract.queue import CounterRow, QueueActionKind, QueueRow
from hub_sync.rules.queue.ticket_state import TicketState, fold_ticket
from kiosk_app.core.queue.desk_service import DeskService
from kiosk_app.core.queue.queue_day import QueueBook, QueueDay
from kiosk_app.queue_messages import (
    DeskConflict,
    DeskCounter,
    DeskQueue,
    DeskState,
    DeskTicket,
    QueueConnection,
)

SHOWN_WAITING = 30
_CONFLICT_MS = timedelta(minutes=30) // timedelta(milliseconds=1)
_AT_COUNTER = (QueueStatus.CALLED, QueueStatus.SERVING)


class AutoCall:
    """Counts how long a counter has been idle while somebody waits."""

    def __init__(self) -> None:
        self._idle_since_ms: int | None = None

    def left_ms(self, after_s: int | None, *, is_idle: bool, now_ms: int) -> int | None:
        """Return the time until the next one is called by itself, 0: now; None: not at all.

        Args:
            after_s: the seconds of the queue; None: never.
            is_idle: nobody is at the counter, which has no break, and somebody waits.
            now_ms: the monotonic clock.
        """
        if after_s is None or not is_idle:
            self._idle_since_ms = None
            return None
        if self._idle_since_ms is None:
            self._idle_since_ms = now_ms
        return max(0, self._idle_since_ms + after_s * 1000 - now_ms)

    def restart(self) -> None:
        """Count from the beginning, because a call was tried."""
        self._idle_since_ms = None


@dataclass(slots=True)
class DeskMemory:
    """What a desk knows and no store holds. It outlives a store that is opened anew after a fault of the disk."""

    executed: tuple[str, ...] = ()
    """The last presses, each of which is executed once."""
    operator: str = ""
    """Who pressed last: whoever is called by itself is called for them."""
    holds_auto_call: bool = False
    """Call nobody by itself while somebody chooses something at the desk: what is chosen there would mean another ticket."""
    dismissed: set[str] = field(default_factory=set)
    """The tickets whose conflict is shown no more."""


class DeskReader:
    """Reads a desk's state from the store, for the thread of the desk."""

    def __init__(self, book: QueueBook, desk: DeskService, memory: DeskMemory | None = None) -> None:
        self._book, self._desk = book, desk
        self._memory = DeskMemory() if memory is None else memory
        self._auto_call = AutoCall()

    def restart_auto_call(self) -> None:
        """Count the idle time from the beginning."""
        self._auto_call.restart()

    def read(self, connection: QueueConnection) -> tuple[DeskState, bool]:
        """Return what the desk shows, and True if the next one is to be called by itself now.

        Raises:
            StoreError: the store could not be read.
        """
        day = self._book.day()
        if day is None:
            _, zone = self._book.event_name_and_zone()
            return DeskState(connection=connection, time_zone=zone, closure=self._book.closure()), False
        rows = {row.id: row for row in self._book.queues(day)}
        counters = self._book.counters(day)
        choices = tuple(_counter(row, rows) for row in counters)
        counter = self._desk.counter(day)
        if counter is None:
            taken = self._taken(day)
            state = DeskState(
                is_available=True,
                counters=tuple(replace(choice, taken_by=taken.get(choice.id)) for choice in choices),
                connection=connection,
                time_zone=day.time_zone,
            )
            return state, False
        tickets = self._book.tickets(day)
        waiting = self._desk.waiting(day, counter)
        current = self._desk.current(day, counter.id)
        pause = self._desk.pause_of(day, counter.id)
        served = [rows[queue_id] for queue_id in counter.queue_ids if queue_id in rows]
        left_ms = self._auto_call.left_ms(
            min((row.auto_call_after_s for row in served if row.auto_call_after_s), default=None),
            is_idle=bool(waiting) and current is None and pause is None and not self._memory.holds_auto_call,
            now_ms=self._book.clock.monotonic_ms(),
        )
        of_counter = [ticket for ticket in tickets if ticket.queue_id in counter.queue_ids]
        state = DeskState(
            is_available=True,
            counters=choices,
            counter=_counter(counter, rows),
            queues=tuple(_queue(row, day, counter, tickets) for row in rows.values() if row.active),
            current=None if current is None else self._ticket(current, day, rows),
            waiting=tuple(self._ticket(ticket, day, rows) for ticket in waiting[:SHOWN_WAITING]),
            waiting_count=len(waiting),
            parked=self._with_status(of_counter, QueueStatus.PARKED, day, rows),
            no_shows=self._with_status(of_counter, QueueStatus.NO_SHOW, day, rows),
            break_reason=None if pause is None else pause[0],
            break_since_ms=0 if pause is None else pause[1],
            auto_call_in_s=None if left_ms is None else -(-left_ms // 1000),
            can_choose=all(row.clerks_choose for row in served),
            conflicts=self._conflicts(day, counter, counters),
            connection=connection,
            time_zone=day.time_zone,
        )
        return state, left_ms == 0

    def _taken(self, day: QueueDay) -> dict[str, str]:
        """Return who works at each counter that others have taken, by operator and station as far as they are known."""
        holders = self._book.holders(day)
        stations = {row.id: row.name for row in self._book.store.peers.all()} if holders else {}
        return {
            counter_id: ", ".join(
                name for name in (action.operator, stations.get(action.device_id, "")) if name
            )
            for counter_id, action in holders.items()
        }

    def _with_status(
        self,
        tickets: Iterable[TicketState],
        status: QueueStatus,
        day: QueueDay,
        rows: dict[str, QueueRow],
    ) -> tuple[DeskTicket, ...]:
        found = [ticket for ticket in tickets if ticket.status is status]
        found.sort(key=lambda ticket: (-(ticket.ended_at_ms or ticket.called_at_ms or 0), ticket.id))
        return tuple(self._ticket(ticket, day, rows) for ticket in found[:SHOWN_WAITING])

    def _ticket(self, ticket: TicketState, day: QueueDay, rows: dict[str, QueueRow]) -> DeskTicket:
        row = rows.get(ticket.queue_id)
        person = None
        if ticket.participant_id and row is not None and not row.names_hidden:
            person = self._book.store.roster.find(ticket.participant_id)
        return DeskTicket(
            ticket.id,
            self._book.label(day, ticket),
            "" if row is None else row.name,
            ticket.status,
            ticket.waiting_since_ms,
            name="" if person is None else person.name,
            category="" if person is None else person.category,
            called_at_ms=ticket.called_at_ms,
            served_at_ms=ticket.served_at_ms,
            priority=ticket.priority,
            recalls=ticket.recalls,
            no_shows=ticket.no_shows,
            language=ticket.language,
            can_pick=row is not None and row.clerks_choose,
        )

    def _conflicts(
        self, day: QueueDay, counter: CounterRow, counters: tuple[CounterRow, ...]
    ) -> tuple[DeskConflict, ...]:
        """Return the tickets that this desk called and another one has, by the fold of all actions."""
        names = {row.id: row.name for row in counters}
        actions = self._book.store.queue.actions
        conflicts = []
        for ticket_id in actions.tickets_called_at(day.event.id, day.day, counter.id):
            folded = fold_ticket(actions.of_ticket(ticket_id))
            ticket = folded.ticket
            if (
                ticket is None
                or ticket_id in self._memory.dismissed
                or ticket.counter_id in (None, counter.id)
            ):
                continue
            lost = [
                action
                for action in actions.of_ticket(ticket_id)
                if action.id in folded.ignored
                and action.kind is QueueActionKind.CALLED
                and action.counter_id == counter.id
            ]
            is_recent = any(day.now_ms - action.at_ms < _CONFLICT_MS for action in lost)
            if lost and is_recent and ticket.status in (*_AT_COUNTER, QueueStatus.COMPLETED):
                name = names.get(ticket.counter_id or "", "")
                conflicts.append(DeskConflict(ticket.id, self._book.label(day, ticket), name))
        return tuple(conflicts)


def _counter(row: CounterRow, rows: dict[str, QueueRow]) -> DeskCounter:
    names = (rows[queue_id].name for queue_id in row.queue_ids if queue_id in rows)
    return DeskCounter(row.id, row.name, tuple(names))


def _queue(row: QueueRow, day: QueueDay, counter: CounterRow, tickets: tuple[TicketState, ...]) -> DeskQueue:
    waiting = sum(ticket.queue_id == row.id and ticket.status is QueueStatus.WAITING for ticket in tickets)
    is_served = row.id in counter.queue_ids
    return DeskQueue(row.id, row.letter, row.name, waiting, is_served, day.is_open(row), day.opens_at(row))
