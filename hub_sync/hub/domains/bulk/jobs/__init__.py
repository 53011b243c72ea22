"""Background work of bulk operations: run and undo them; forget what can't be undone any more."""

import threading
import time
from collections.abc import Collection

import structlog
from sqlalchemy.exc import SQLAlchemyError

from hub_sync.hub.domains.bulk.engine.retention import forget_old
from hub_sync.hub.domains.bulk.engine.runner import OperationRunner
from hub_sync.hub.domains.bulk.manifest import BulkOperationQueued
from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.events.jobs import Job
from hub_sync.hub.kit.events.notifier import Notification
from hub_sync.hub.kit.http.context import HubContext

POLL_S = 1.0
"""How often operations of other processes are looked for."""
BACKOFF_S = 2.0
"""Wait after a database error."""
REST = 0.25
"""The part of its working time for which the job rests after each part: gates and requests go first."""
LEAST_REST_S = 0.002
RETENTION_S = 600.0

log = structlog.get_logger(__name__)


def jobs(hub: HubContext) -> list[Job]:
    """Return the jobs of a process."""
    return [BulkJob(hub)]


class BulkJob:
    """Runs the operations of all tenants, each for a part in its turn."""

    def __init__(self, hub: HubContext) -> None:
        self._hub = hub
        self._runner = OperationRunner(hub.uow)
        self._woken, self._over = threading.Event(), threading.Event()
        self._forgot_at = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="bulk-operations", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop after the part that is under way."""
        self._over.set()
        self._woken.set()
        self._thread.join()

    def run_once(self) -> bool:
        """Do a part of each operation that runs; False: there was nothing to do."""
        worked = False
        for key in self._runner.find_active():
            if self._over.is_set():
                break
            took = self._runner.run_part(key)
            worked = worked or took > 0
            self._over.wait(max(LEAST_REST_S, took * REST))
        return worked

    def _run(self) -> None:
        with self._hub.notifier.subscribe(Notification, self._wake):
            while not self._over.is_set():
                try:
                    self._woken.clear()
                    wait = 0.0 if self.run_once() else POLL_S
                    self._forget()
                except (HubError, SQLAlchemyError, LookupError) as error:
                    log.warning("bulk_operations_wait", error=str(error).splitlines()[0])
                    wait = BACKOFF_S
                if wait:
                    self._woken.wait(wait)

    def _forget(self) -> None:
        if time.monotonic() - self._forgot_at >= RETENTION_S:
            self._forgot_at = time.monotonic()
            forget_old(self._hub.uow)

    def _wake(self, notices: Collection[Notification]) -> None:
        if any(notice.type == BulkOperationQueued.__name__ for notice in notices):
            self._woken.set()
