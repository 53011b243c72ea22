"""A service desk: who is called to a counter, and what becomes of them. Qt-free, for one thread.

Who is next is asked of the hub where it answers; else it is agreed on with the stations that are heard, or decided alone
(`call_next`). One press calls one person at most: what the hub called for a press whose answer was lost goes back to its place.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from hub_sync.client.http.errors import HubClientError, HubRefused
from hub_sync.client.lan.ticket_claims import WantedTicket
from hub_sync.client.store.queue.ticket_grants import CALLABLE
from hub_sync.contract.enums import QueueStatus
from hub_sync.contract.queue import (
    CallRequest,
    CallResponse,
    CounterRow,
    QueueActionKind,
    QueueRecord,
    QueueRow,
)
from hub_sync.rules.queue.order import waiting_tickets
from hub_sync.rules.queue.ticket_state import TicketState
from kiosk_app.core.queue.queue_day import QueueBook, QueueDay
from kiosk_app.queue_messages import DeskRefusal

COUNTER_SETTING = "queue_counter"
"""Setting: the counter that this desk is, with its event."""
_K = QueueActionKind
_log = structlog.get_logger()


class QueueNetwork(Protocol):
    """What a desk asks of others."""

    def is_hub_near(self) -> bool:
        """Return True if the hub answered lately."""
        ...

    def call_at_hub(self, request: CallRequest) -> CallResponse:
        """Let the hub call somebody, within a short time.

        Raises:
            HubClientError: it did not, or its answer is not known.
        """
        ...

    def claim(self, claim_id: str, wanted: Sequence[WantedTicket]) -> str | None:
        """Return the first ticket that no other station has."""
        ...


class AloneNetwork:
    """The network of a station without one."""

    def is_hub_near(self) -> bool:
        """Return False."""
        return False

    def call_at_hub(self, request: CallRequest) -> CallResponse:
        """Refuse: there is no hub."""
        raise HubClientError(f"There is no hub for the call {request.id}.")

    def claim(self, claim_id: str, wanted: Sequence[WantedTicket]) -> str | None:
        """Return the first ticket."""
        del claim_id
        return wanted[0].ticket_id if wanted else None


@dataclass(frozen=True, slots=True)
class DeskAnswer:
    """The result of a command: the ticket that it was about, or why nothing was done."""

    ticket: TicketState | None = None
    refusal: DeskRefusal | None = None


class DeskService:
    """The counter that this station is, and its tickets."""

    def __init__(self, book: QueueBook, network: QueueNetwork | None = None) -> None:
        """Take the parts. `network` None: there is neither a hub nor a local network."""
        self._book, self._network = book, network or AloneNetwork()
        self._queue = book.store.queue

    # --- the counter ---------------------------------------------------------------------------------

    def counter(self, day: QueueDay) -> CounterRow | None:
        """Return the counter that was chosen, None if there is none any more."""
        chosen = self._book.store.settings.get(COUNTER_SETTING) or {}
        if chosen.get("event") != day.event.id:
            return None
        rows = self._book.counters(day)
        return next((row for row in rows if row.id == chosen.get("counter")), None)

    def choose_counter(self, counter_id: str, operator: str = "") -> DeskAnswer:
        """Be a counter from now on, also after a restart.

        Raises:
            StoreError: it could not be saved.
        """
        day = self._book.day()
        if day is None or all(row.id != counter_id for row in self._book.counters(day)):
            return DeskAnswer(refusal=DeskRefusal.UNAVAILABLE)
        self._book.store.settings.put(COUNTER_SETTING, {"event": day.event.id, "counter": counter_id})
        self._write_at_counter(day, counter_id, _K.COUNTER_OPENED, operator=operator)
        return DeskAnswer()

    def leave_counter(self, operator: str = "") -> DeskAnswer:
        """Close the counter. Who is called or served there comes first.

        Raises:
            StoreError: it could not be saved.
        """
        day = self._book.day()
        counter = None if day is None else self.counter(day)
        if day is None or counter is None:
            return DeskAnswer(refusal=DeskRefusal.UNAVAILABLE)
        if self.current(day, counter.id) is not None:
            return DeskAnswer(refusal=DeskRefusal.BUSY)
        self._write_at_counter(day, counter.id, _K.COUNTER_CLOSED, operator=operator)
        self._book.store.settings.put(COUNTER_SETTING, None)
        return DeskAnswer()

    def start_break(self, reason: str, operator: str = "") -> DeskAnswer:
        """Serve nobody for a while, for a reason.

        Raises:
            StoreError: nothing was written.
        """
        day, counter = self._place()
        if day is None or counter is None:
            return DeskAnswer(refusal=DeskRefusal.UNAVAILABLE)
        if not reason.strip():
            return DeskAnswer(refusal=DeskRefusal.NEEDS_REASON)
        self._write_at_counter(day, counter.id, _K.BREAK_STARTED, reason=reason.strip(), operator=operator)
        return DeskAnswer()

    def end_break(self, operator: str = "") -> DeskAnswer:
        """Serve again.

        Raises:
            StoreError: nothing was written.
        """
        day, counter = self._place()
        if day is None or counter is None:
            return DeskAnswer(refusal=DeskRefusal.UNAVAILABLE)
        self._write_at_counter(day, counter.id, _K.BREAK_ENDED, operator=operator)
        return DeskAnswer()

    def _write_at_counter(
        self, day: QueueDay, counter_id: str, kind: QueueActionKind, **members: str
    ) -> None:
        self._book.write(
            lambda: [self._book.record(day, kind, members={"counter_id": counter_id, **members})]
        )

    # --- to call -------------------------------------------------------------------------------------

    def current(self, day: QueueDay, counter_id: str) -> TicketState | None:
        """Return who is called to a counter or served there; the last one if there are two."""
        here = [
            ticket
            for ticket in self._book.tickets(day, live_only=True)
            if ticket.counter_id == counter_id and ticket.status in (QueueStatus.CALLED, QueueStatus.SERVING)
        ]
        return max(here, key=lambda ticket: (ticket.called_at_ms or 0, ticket.id), default=None)

    def served_queues(
        self, day: QueueDay, counter: CounterRow, chosen: Collection[str] = ()
    ) -> tuple[QueueRow, ...]:
        """Return the queues that a counter calls from. `chosen` are those that the clerk wants, where the queue lets clerks choose."""
        rows = [row for row in self._book.queues(day) if row.id in counter.queue_ids]
        if chosen and all(row.clerks_choose for row in rows):
            rows = [row for row in rows if row.id in chosen] or rows
        return tuple(rows)

    def waiting(self, day: QueueDay, counter: CounterRow, chosen: Collection[str] = ()) -> list[TicketState]:
        """Return who waits for a counter, the next one first."""
        ids = {row.id for row in self.served_queues(day, counter, chosen)}
        return waiting_tickets(self._book.tickets(day, live_only=True), ids, counter.id)

    def call_next(self, call_id: str, operator: str = "", chosen: Collection[str] = ()) -> DeskAnswer:
        """Call the next one. A repeated call with the same id calls nobody else.

        Raises:
            StoreError: nobody was called.
        """
        day, counter = self._place()
        if day is None or counter is None:
            return DeskAnswer(refusal=DeskRefusal.UNAVAILABLE)
        if (before := self._called_by(call_id)) is not None:
            return DeskAnswer(before)
        if (refusal := self._refusal(day, counter)) is not None:
            return DeskAnswer(refusal=refusal)
        queue_ids = tuple(row.id for row in self.served_queues(day, counter, chosen))
        request = self._request(day, counter, call_id, queue_ids, operator=operator)
        return self._call(day, counter, request, lambda: self.waiting(day, counter, chosen))

    def call_ticket(self, call_id: str, ticket_id: str, reason: str = "", operator: str = "") -> DeskAnswer:
        """Call one ticket. If others are before it, the reason says why.

        Raises:
            StoreError: nobody was called.
        """
        day, counter = self._place()
        ticket = self._queue.actions.ticket(ticket_id)
        if day is None or counter is None or ticket is None:
            return DeskAnswer(refusal=DeskRefusal.UNAVAILABLE)
        if (before := self._called_by(call_id)) is not None:
            return DeskAnswer(before)
        refusal = self._refusal(day, counter) or self._refusal_to_pick(day, counter, ticket, reason)
        if refusal is not None:
            return DeskAnswer(refusal=refusal)
        request = self._request(
            day,
            counter,
            call_id,
            (ticket.queue_id,),
            operator=operator,
            ticket_id=ticket.id,
            reason=reason.strip(),
        )
        return self._call(day, counter, request, lambda: [ticket])

    def _place(self) -> tuple[QueueDay | None, CounterRow | None]:
        day = self._book.day()
        return day, None if day is None else self.counter(day)

    def _called_by(self, call_id: str) -> TicketState | None:
        action = self._queue.actions.find(call_id)
        return (
            None if action is None or not action.ticket_id else self._queue.actions.ticket(action.ticket_id)
        )

    def _refusal(self, day: QueueDay, counter: CounterRow) -> DeskRefusal | None:
        self.settle_lost_calls()
        if self.current(day, counter.id) is not None:
            return DeskRefusal.BUSY
        if self.pause_of(day, counter.id) is not None:
            return DeskRefusal.ON_BREAK
        return None

    def _refusal_to_pick(
        self, day: QueueDay, counter: CounterRow, ticket: TicketState, reason: str
    ) -> DeskRefusal | None:
        """Return why a clerk may not call this ticket. Who was called before, or is parked, is before nobody."""
        if ticket.status not in CALLABLE:
            return DeskRefusal.TAKEN
        if ticket.status is not QueueStatus.WAITING or self.waiting(day, counter)[:1] == [ticket]:
            return None
        queue = next((row for row in self._book.queues(day) if row.id == ticket.queue_id), None)
        if queue is None or not queue.clerks_choose:
            return DeskRefusal.NOT_ALLOWED
        return None if reason.strip() else DeskRefusal.NEEDS_REASON

    def pause_of(self, day: QueueDay, counter_id: str) -> tuple[str, int] | None:
        """Return the reason of a counter's break, and when it began; None: it has none."""
        pauses = self._book.pauses(day)
        action = pauses.get(counter_id)
        return None if action is None else (action.reason, action.at_ms)

    def _request(
        self,
        day: QueueDay,
        counter: CounterRow,
        call_id: str,
        queue_ids: tuple[str, ...],
        *,
        operator: str,
        ticket_id: str | None = None,
        reason: str = "",
    ) -> CallRequest:
        return CallRequest(
            id=call_id,
            event_id=day.event.id,
            counter_id=counter.id,
            queue_ids=queue_ids,
            ticket_id=ticket_id,
            operator=operator,
            reason=reason,
            tick=self._queue.actions.last_tick(day.event.id),
        )

    def _call(
        self,
        day: QueueDay,
        counter: CounterRow,
        request: CallRequest,
        candidates: Callable[[], list[TicketState]],
    ) -> DeskAnswer:
        if not self._network.is_hub_near():
            return self._call_alone(day, counter, request, candidates())
        try:
            response = self._network.call_at_hub(request)
        except HubRefused as refusal:
            if (reason := _REFUSALS.get(refusal.code)) is not None:
                return DeskAnswer(refusal=reason)
            return self._call_alone(day, counter, request, candidates())
        except HubClientError as failure:
            _log.info("call_not_answered", reason=str(failure))
            answer = self._call_alone(day, counter, request, candidates(), is_lost=True)
            self.settle_lost_calls()
            return answer
        if response.action is not None and response.action.ticket_id is not None:
            self._queue.add_of_hub((*response.missing, response.action))
            return DeskAnswer(self._queue.actions.ticket(response.action.ticket_id))
        # Whom the hub knows it has offered: somebody may have got a number whose row has not reached it.
        waiting = candidates()
        unknown = self._queue.actions.unknown_to_hub(ticket.id for ticket in waiting)
        return self._call_alone(day, counter, request, [ticket for ticket in waiting if ticket.id in unknown])

    def _call_alone(
        self,
        day: QueueDay,
        counter: CounterRow,
        request: CallRequest,
        candidates: list[TicketState],
        *,
        is_lost: bool = False,
    ) -> DeskAnswer:
        """Call the first of these tickets that nobody else has. `is_lost`: the hub may have called somebody for this press."""
        action_id = self._book.new_id() if is_lost else request.id
        while candidates:
            wanted = [WantedTicket(ticket.id, ticket.device_id) for ticket in candidates]
            ticket_id = self._network.claim(action_id, wanted)
            chosen = next((ticket for ticket in candidates if ticket.id == ticket_id), None)
            if chosen is None:
                break
            if is_lost:
                self._queue.note_lost_call(request.id, day.event.id, counter.id, chosen.id)
            if self._write_call(day, counter, request, chosen, action_id):
                return DeskAnswer(self._queue.actions.ticket(chosen.id))
            candidates = candidates[candidates.index(chosen) + 1 :]
        return DeskAnswer(refusal=DeskRefusal.TAKEN if request.ticket_id else DeskRefusal.NOBODY_WAITS)

    def _write_call(
        self, day: QueueDay, counter: CounterRow, request: CallRequest, ticket: TicketState, action_id: str
    ) -> bool:
        def build() -> list[QueueRecord]:
            now = self._queue.actions.ticket(ticket.id)
            if now is None or now.status not in CALLABLE:
                return []
            is_first = next(iter(self.waiting(day, counter)), None) == now
            members = {
                "id": action_id,
                "counter_id": counter.id,
                "operator": request.operator,
                "reason": request.reason,
                "out_of_order": request.ticket_id is not None
                and now.status is QueueStatus.WAITING
                and not is_first,
            }
            return [self._book.record(day, _K.CALLED, ticket=now, members=members)]

        return self._book.write(build) > 0

    def settle_lost_calls(self) -> None:
        """Give back whom the hub called for a press whose answer was lost, if somebody else was called for it here.

        Raises:
            StoreError: nothing was written.
        """
        day, counter = self._place()
        if day is None or counter is None:
            return
        for call_id, instead in self._queue.lost_calls(day.event.id, counter.id).items():
            ticket = self._called_by(call_id)
            if ticket is None:
                continue
            is_called = ticket.status is QueueStatus.CALLED and ticket.called_by == call_id
            if is_called and ticket.id != instead:
                self._write(day, ticket.id, _K.RETURNED, counter_id=counter.id)
            self._queue.settle_lost_call(call_id)

    # --- what becomes of somebody --------------------------------------------------------------------

    def recall(self, ticket_id: str, operator: str = "") -> DeskAnswer:
        """Announce somebody once more.

        Raises:
            StoreError: nothing was written. So with all that follow.
        """
        return self._act(ticket_id, _K.RECALLED, operator)

    def serve(self, ticket_id: str, operator: str = "") -> DeskAnswer:
        """Begin to serve somebody who came."""
        return self._act(ticket_id, _K.SERVING, operator)

    def complete(self, ticket_id: str, operator: str = "") -> DeskAnswer:
        """Finish with somebody."""
        return self._act(ticket_id, _K.COMPLETED, operator)

    def park(self, ticket_id: str, reason: str = "", operator: str = "") -> DeskAnswer:
        """Let somebody wait for something, and be called by nobody meanwhile."""
        return self._act(ticket_id, _K.PARKED, operator, reason=reason.strip())

    def return_ticket(self, ticket_id: str, operator: str = "") -> DeskAnswer:
        """Let somebody wait again who did not show up, was parked, or was called by mistake."""
        return self._act(ticket_id, _K.RETURNED, operator)

    def transfer(
        self,
        ticket_id: str,
        queue_id: str,
        counter_id: str | None = None,
        reason: str = "",
        operator: str = "",
    ) -> DeskAnswer:
        """Send somebody to another queue or counter, with the same number."""
        day = self._book.day()
        if day is None or all(row.id != queue_id for row in self._book.queues(day)):
            return DeskAnswer(refusal=DeskRefusal.UNAVAILABLE)
        return self._act(
            ticket_id,
            _K.TRANSFERRED,
            operator,
            to_queue_id=queue_id,
            to_counter_id=counter_id,
            reason=reason.strip(),
        )

    def no_show(self, ticket_id: str, operator: str = "") -> DeskAnswer:
        """Note that somebody did not come; too often, and the ticket is over."""
        return self._act(ticket_id, _K.NO_SHOW, operator)

    def _act(self, ticket_id: str, kind: QueueActionKind, operator: str, **members: str | None) -> DeskAnswer:
        day, counter = self._place()
        if day is None or counter is None:
            return DeskAnswer(refusal=DeskRefusal.UNAVAILABLE)
        written = self._write(day, ticket_id, kind, counter_id=counter.id, operator=operator, **members)
        ticket = self._queue.actions.ticket(ticket_id)
        return DeskAnswer(ticket, None if written else DeskRefusal.TOO_LATE)

    def _write(self, day: QueueDay, ticket_id: str, kind: QueueActionKind, **members: str | None) -> bool:
        """Write an action if it can follow what was done to the ticket; at a counter, only to somebody who is there."""

        def build() -> list[QueueRecord]:
            ticket = self._queue.actions.ticket(ticket_id)
            if ticket is None or not _may_follow(ticket, kind, members.get("counter_id")):
                return []
            records = [self._book.record(day, kind, ticket=ticket, members=members)]
            queue = next((row for row in self._book.queues(day) if row.id == ticket.queue_id), None)
            if kind is _K.NO_SHOW and queue is not None and ticket.no_shows + 1 >= queue.max_no_shows:
                expired = members | {"reason": "no_shows"}
                records.append(self._book.record(day, _K.EXPIRED, ticket=ticket, after=1, members=expired))
            return records

        return self._book.write(build) > 0


_REFUSALS = {
    "CounterBusy": DeskRefusal.BUSY,
    "CounterClosed": DeskRefusal.UNAVAILABLE,
    "QueueOrderFixed": DeskRefusal.NOT_ALLOWED,
    "QueueReasonMissing": DeskRefusal.NEEDS_REASON,
    "QueueActionImpossible": DeskRefusal.TAKEN,
    "QueuesSwitchedOff": DeskRefusal.SWITCHED_OFF,
}
"""What the hub refuses for good. After another refusal the desk decides alone: the hub may not know the ticket yet."""
_AT_COUNTER = (QueueStatus.CALLED, QueueStatus.SERVING)
_FOLLOWS = {
    _K.RECALLED: (QueueStatus.CALLED,),
    _K.SERVING: (QueueStatus.CALLED,),
    _K.COMPLETED: _AT_COUNTER,
    _K.NO_SHOW: (QueueStatus.CALLED,),
    _K.PARKED: _AT_COUNTER,
    _K.RETURNED: (*_AT_COUNTER, QueueStatus.NO_SHOW, QueueStatus.PARKED),
    _K.TRANSFERRED: (*_AT_COUNTER, QueueStatus.PARKED, QueueStatus.WAITING),
}
"""The states in which a desk does something to a ticket. The fold allows more: what others did is not known at once."""


def _may_follow(ticket: TicketState, kind: QueueActionKind, counter_id: str | None) -> bool:
    is_elsewhere = ticket.status in _AT_COUNTER and ticket.counter_id != counter_id
    return ticket.status in _FOLLOWS[kind] and not is_elsewhere
