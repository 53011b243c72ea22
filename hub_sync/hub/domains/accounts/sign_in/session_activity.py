"""Noting that sessions are in use.

Never in the snapshot that a call reads from (SQLite has one writer, and a reader that becomes one may find that it read
the past), and never while a caller waits: a thread of its own writes it down, at most once a minute a session.
"""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import structlog

from hub_sync.hub.domains.accounts.sign_in.sessions import TOUCH_AFTER, SessionLifetimes, SignedInUser, touch
from hub_sync.hub.kit.db.unit_of_work import UnitOfWork

log = structlog.get_logger(__name__)


class SessionActivity:
    """The sessions that this process has seen in use."""

    def __init__(self, uow: UnitOfWork, lifetimes: SessionLifetimes) -> None:
        self._uow, self._lifetimes = uow, lifetimes
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="seen-sessions")
        self._lock = threading.Lock()
        self._noted: dict[str, datetime] = {}

    def note(self, user: SignedInUser, address: str) -> None:
        """A session was used, from this address. Does not block."""
        now = self._uow.clock.now()
        if now - user.last_seen_at < TOUCH_AFTER:
            return
        with self._lock:
            if now - self._noted.get(user.session_id, user.last_seen_at) < TOUCH_AFTER:
                return
            self._noted = {one: at for one, at in self._noted.items() if now - at < TOUCH_AFTER}
            self._noted[user.session_id] = now
        self._writer.submit(self._write_down, user, address)

    def close(self) -> None:
        """Wait until all is written down."""
        self._writer.shutdown()

    def _write_down(self, user: SignedInUser, address: str) -> None:
        try:
            with self._uow.begin() as work:
                touch(work, user.tenant_id, user.session_id, self._lifetimes, address)
        except Exception as error:  # noqa: BLE001 - a busy database must not end the thread; the next minute tries again
            log.warning("can't note that a session is in use", error=str(error))
