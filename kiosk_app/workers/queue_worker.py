"""The thread of a desk or a board: it executes presses in their order, and publishes what the screen shows."""

import contextlib
import queue
import threading
from collections.abc import Callable
from typing import Protocol

import structlog

from hub_sync.client.store import StoreError
from hub_sync.contract.ids import NewId
from kiosk_app.core.queue.board_service import BoardService
from kiosk_app.core.queue.desk_service import DeskAnswer, DeskService
from kiosk_app.core.queue.desk_state import DeskMemory, DeskReader
from kiosk_app.core.queue.queue_day import QueueBook
from kiosk_app.queue_messages import (
    BoardState,
    DeskAct,
    DeskCommand,
    DeskResult,
    DeskState,
    QueueConnection,
    QueueMessage,
)
from kiosk_app.workers.announcer import Announcer

TURN_S = 0.15
"""The time between two looks at what others have written."""
_REOPEN_S = 1.0
_KNOWN_PRESSES = 200
log = structlog.get_logger(__name__)


class QueueScreenWork(Protocol):
    """What a screen of queues needs done: `DeskWork` and `BoardWork` are such."""

    def execute(self, command: DeskCommand) -> DeskResult | None:
        """Execute a press."""
        ...

    def turn(self, connection: QueueConnection) -> QueueMessage:
        """Do what is due, and return what the screen shows.

        Raises:
            StoreError: the store could not be read or written.
        """
        ...

    def close(self) -> None:
        """Close the store's session."""
        ...


class DeskWork:
    """A desk's presses and its state."""

    def __init__(self, book: QueueBook, desk: DeskService, new_id: NewId, memory: DeskMemory) -> None:
        """Take the parts. `memory` is that of the desk's worker, also of the work that a fault of the disk has ended."""
        self._book, self._desk, self._new_id = book, desk, new_id
        self._memory, self._reader = memory, DeskReader(book, desk, memory)

    def execute(self, command: DeskCommand) -> DeskResult | None:
        """Execute a press once, however often it comes."""
        if command.act in (DeskAct.HOLD, DeskAct.RESUME):  # no press, and of nobody
            self._memory.holds_auto_call = command.act is DeskAct.HOLD
            return None
        if command.press_id in self._memory.executed:
            return None
        self._memory.executed = (*self._memory.executed[1 - _KNOWN_PRESSES :], command.press_id)
        self._memory.operator = command.operator
        try:
            answer = self._do(command)
        except StoreError as failure:
            log.warning("desk_press_failed", act=command.act.value, reason=str(failure))
            return DeskResult(command.press_id, command.act, failed=True)
        number = "" if answer.ticket is None else answer.ticket.number
        return DeskResult(command.press_id, command.act, number, answer.refusal)

    def turn(self, connection: QueueConnection) -> DeskState:
        """Give back what the hub called for a lost press, and call the next one where the queue says so."""
        self._desk.settle_lost_calls()
        state, is_due = self._reader.read(connection)
        if is_due:
            self._reader.restart_auto_call()
            answer = self._desk.call_next(self._new_id(), self._memory.operator)
            log.info("called_by_itself", refused=answer.refusal)
            state, _ = self._reader.read(connection)
        return state

    def close(self) -> None:
        """Close the store's session."""
        self._book.store.close()

    def _do(self, command: DeskCommand) -> DeskAnswer:
        desk, operator, ticket_id = self._desk, command.operator, command.ticket_id
        simple = _ON_TICKET.get(command.act)
        if simple is not None:
            return simple(desk, ticket_id, operator)
        match command.act:
            case DeskAct.CALL_NEXT:
                chosen = (command.queue_id,) if command.queue_id else ()
                return desk.call_next(command.press_id, operator, chosen)
            case DeskAct.CALL_TICKET:
                return desk.call_ticket(command.press_id, ticket_id, command.reason, operator)
            case DeskAct.PARK:
                return desk.park(ticket_id, command.reason, operator)
            case DeskAct.TRANSFER:
                counter_id = command.counter_id or None
                return desk.transfer(ticket_id, command.queue_id, counter_id, command.reason, operator)
        return self._do_at_counter(command)

    def _do_at_counter(self, command: DeskCommand) -> DeskAnswer:
        match command.act:
            case DeskAct.CHOOSE_COUNTER:
                return self._desk.choose_counter(command.counter_id, command.operator)
            case DeskAct.LEAVE_COUNTER:
                return self._desk.leave_counter(command.operator)
            case DeskAct.START_BREAK:
                return self._desk.start_break(command.reason, command.operator)
            case DeskAct.END_BREAK:
                return self._desk.end_break(command.operator)
        self._memory.dismissed.add(command.ticket_id)
        return DeskAnswer()


_ON_TICKET: dict[DeskAct, Callable[[DeskService, str, str], DeskAnswer]] = {
    DeskAct.RECALL: DeskService.recall,
    DeskAct.SERVE: DeskService.serve,
    DeskAct.COMPLETE: DeskService.complete,
    DeskAct.NO_SHOW: DeskService.no_show,
    DeskAct.RETURN: DeskService.return_ticket,
}
"""What is done to a ticket without anything more to say."""


class BoardWork:
    """A board's state and its announcements."""

    def __init__(self, book: QueueBook, announcer: Announcer) -> None:
        self._book, self._board, self._announcer = book, BoardService(book), announcer

    def execute(self, command: DeskCommand) -> DeskResult | None:
        """Do nothing: nobody calls at a board."""
        del command
        return None

    def turn(self, connection: QueueConnection) -> BoardState:
        """Announce the next call if nothing is announced now. It is stored as announced once it has begun."""
        if self._announcer.current is None and (due := self._board.next_announcement()) is not None:
            self._announcer.announce(due)
            self._board.record_spoken(due)
        current = self._announcer.current
        return self._board.read(connection, "" if current is None else current.ticket_id)

    def close(self) -> None:
        """Close the store's session."""
        self._book.store.close()


class QueueWorker:
    """Runs the work of a screen on a thread. Only `submit` and `stop` are called from others."""

    def __init__(
        self,
        open_work: Callable[[], QueueScreenWork],
        connection: Callable[[], QueueConnection],
        publish: Callable[[QueueMessage], None],
    ) -> None:
        """Create the worker. `open_work` is called on its thread, again after a failure; `publish` as well."""
        self._open_work, self._connection, self._publish = open_work, connection, publish
        self._commands: queue.SimpleQueue[DeskCommand | None] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._last: QueueMessage | None = None
        self._thread = threading.Thread(target=self._run, name="queue", daemon=True)

    def start(self) -> None:
        """Start, and return at once."""
        self._thread.start()

    def submit(self, command: DeskCommand) -> None:
        """Execute a press after those before it."""
        self._commands.put(command)

    def stop(self) -> None:
        """Finish the press that is executed now."""
        self._stopping.set()
        self._commands.put(None)
        if self._thread.ident is not None:
            self._thread.join(2.0)

    def run_once(self, work: QueueScreenWork, timeout_s: float = TURN_S) -> None:
        """Execute the presses that came, and publish what has changed."""
        command: DeskCommand | None = None
        with contextlib.suppress(queue.Empty):
            command = self._commands.get(timeout=timeout_s)
        if command is not None and (result := work.execute(command)) is not None:
            self._publish(result)
        state = work.turn(self._connection())
        if state != self._last:
            self._last = state
            self._publish(state)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                work = self._open_work()
            except StoreError as failure:
                log.warning("queue_not_opened", reason=str(failure))
                self._stopping.wait(_REOPEN_S)
                continue
            try:
                while not self._stopping.is_set():
                    self.run_once(work)
            except StoreError as failure:
                log.warning("queue_paused", reason=str(failure))
            except Exception:
                log.exception("queue_failed")
            finally:
                with contextlib.suppress(StoreError):
                    work.close()
            self._stopping.wait(_REOPEN_S)
