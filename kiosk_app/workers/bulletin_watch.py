"""The thread of bulletins: it says which of the hub's messages are to be on the screen now, and notes what became of them.

It needs no hub: what begins and ends is decided by the station's corrected time. It has a session of its own, so that no scan waits
for it.
"""

import contextlib
import queue
import threading
from collections.abc import Callable

import structlog

from hub_sync.client.store import Store, StoreError
from hub_sync.client.timekeeper import Timekeeper
from hub_sync.contract.clock import Clock, epoch_ms
from hub_sync.rules.bulletins import visible_bulletins
from kiosk_app.bulletin_messages import BulletinCommand, BulletinsChanged, BulletinsShown, VisibleBulletin

TURN_S = 1.0
"""The time between two looks: so late a bulletin begins or ends."""
_REOPEN_S = 5.0
log = structlog.get_logger(__name__)


class BulletinWatch:
    """Runs on a thread. Only `submit` and `stop` are called from others."""

    def __init__(
        self,
        open_session: Callable[[], Store],
        clock: Clock,
        publish: Callable[[BulletinsChanged], None],
        on_noted: Callable[[], None] = lambda: None,
    ) -> None:
        """Create the thread.

        Args:
            open_session: opens a session of the store; called on the thread.
            clock: the machine's clock.
            publish: receives the bulletins whenever others are to be on the screen.
            on_noted: called when the hub has something to learn.
        """
        self._open_session, self._clock = open_session, clock
        self._publish, self._on_noted = publish, on_noted
        self._commands: queue.SimpleQueue[BulletinCommand | None] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._last = BulletinsChanged()
        self._thread = threading.Thread(target=self._run, name="bulletins", daemon=True)

    def start(self) -> None:
        """Start, and return at once."""
        self._thread.start()

    def submit(self, command: BulletinCommand) -> None:
        """Note what happened on the screen, after what came before."""
        self._commands.put(command)

    def stop(self) -> None:
        """Finish what is being noted."""
        self._stopping.set()
        self._commands.put(None)
        if self._thread.ident is not None:
            self._thread.join(2.0)

    def run_once(self, store: Store, timekeeper: Timekeeper, timeout_s: float = TURN_S) -> None:
        """Note what came, and publish what is to be on the screen if that has changed.

        Raises:
            StoreError: the store could not be read or written; what came is noted with the next turn.
        """
        command: BulletinCommand | None = None
        with contextlib.suppress(queue.Empty):
            command = self._commands.get(timeout=timeout_s)
        now_ms = epoch_ms(timekeeper.read().now)
        if command is not None:
            try:
                is_news = self._note(store, command, now_ms)
            except StoreError:
                self._commands.put(command)  # the screen says it once
                raise
            if is_news:
                self._on_noted()
        board = store.bulletins.read()
        current = BulletinsChanged(
            tuple(
                VisibleBulletin(
                    each.id,
                    each.priority,
                    tuple(each.texts.items()),
                    each.language,
                    each.wants_answer and each.id not in board.answered,
                )
                for each in visible_bulletins(board.bulletins, now_ms, board.as_of_ms, board.answered)
            )
        )
        if current != self._last:
            self._last = current
            self._publish(current)

    @staticmethod
    def _note(store: Store, command: BulletinCommand, now_ms: int) -> bool:
        if isinstance(command, BulletinsShown):
            return store.bulletins.note_shown(command.ids, now_ms)
        return store.bulletins.note_answer(command.bulletin_id, command.operator, now_ms)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                store = self._open_session()
            except StoreError as failure:
                log.warning("bulletins_not_opened", reason=str(failure))
                self._stopping.wait(_REOPEN_S)
                continue
            try:
                timekeeper = Timekeeper(self._clock, store)
                while not self._stopping.is_set():
                    self.run_once(store, timekeeper)
            except StoreError as failure:
                log.warning("bulletins_paused", reason=str(failure))
            except Exception:
                log.exception("bulletins_failed")
            finally:
                with contextlib.suppress(StoreError):
                    store.close()
            self._stopping.wait(_REOPEN_S)
