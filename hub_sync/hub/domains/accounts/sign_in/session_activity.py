"""Records when sessions were last used.

A thread of its own writes it, at most once a minute per session: no request waits for it, and no reading transaction
becomes a writing one (SQLite has one writer, and such a reader may have read an outdated snapshot).
"""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import structlog

from hub_sync.hub.domains.accounts.credentials.sessions import (
    TOUCH_AFTER,
    SessionLifetimes,
    SignedInUser,
    touch,
)
from hub_sync.hub.kit.db.unit_of_work import UnitOfWork
from hub_sync.hub.kit.errors import first_line

log = structlog.get_logger(__name__)


class SessionActivity:
    """Writer of the time at which sessions were last used."""

    def __init__(self, uow: UnitOfWork, lifetimes: SessionLifetimes) -> None:
        self._uow, self._lifetimes = uow, lifetimes
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="seen-sessions")
        self._lock = threading.Lock()
        self._noted_at: dict[str, datetime] = {}

    def note(self, user: SignedInUser, address: str) -> None:
        """Record that a session was used from this address. Does not block."""
        now = self._uow.clock.now()
        if now - user.last_seen_at < TOUCH_AFTER:
            return
        with self._lock:
            if now - self._noted_at.get(user.session_id, user.last_seen_at) < TOUCH_AFTER:
                return
            self._noted_at = {
                session_id: at for session_id, at in self._noted_at.items() if now - at < TOUCH_AFTER
            }
            self._noted_at[user.session_id] = now
        self._writer.submit(self._write, user, address)

    def close(self) -> None:
        """Wait until everything is written."""
        self._writer.shutdown()

    def _write(self, user: SignedInUser, address: str) -> None:
        try:
            with self._uow.begin() as work:
                touch(work, user.tenant_id, user.session_id, self._lifetimes, address)
        except Exception as error:  # noqa: BLE001 - a busy database must not end the thread; the next minute tries again
            log.warning("session_use_not_recorded", error=first_line(error))
