"""Background work of bulk operations: run and undo them; forget what can't be undone any more."""

import time

from hub_sync.hub.domains.bulk.engine.retention import forget_old
from hub_sync.hub.domains.bulk.engine.runner import OperationRunner
from hub_sync.hub.domains.bulk.manifest import BulkOperationQueued
from hub_sync.hub.kit.events.jobs import Job
from hub_sync.hub.kit.events.periodic import PeriodicJob
from hub_sync.hub.kit.http.context import HubContext

POLL_S = 1.0
"""How often operations of other processes are looked for."""
BACKOFF_S = 2.0
"""Wait after a database error."""
REST, LEAST_REST = 0.25, 0.05
"""The part of its working time for which the job rests: after each part while somebody waits to write, who goes first, and otherwise.

Requests that only read wait for no transaction, and take turns with the job all the time (`server.tune_interpreter`). Another process that writes to SQLite, such as a command, waits by looking now and then: it needs a pause even where nobody is
known to wait.
"""
SHORTEST_REST_S = 0.002
LONG_REST_S = 0.12
"""SQLite looks every 100 ms whether it may write. Short rests are saved up until they are as long: of rests of 10 ms it met each tenth at
best, so that a command waited for up to 5 s, and gave up after 10 s (`BUSY_TIMEOUT_MS`) now and then."""
RETENTION_S = 600.0


def jobs(hub: HubContext) -> list[Job]:
    """Return the jobs of a process."""
    return [BulkJob(hub)]


class BulkJob(PeriodicJob):
    """Runs the operations of all tenants, each for a part in its turn."""

    name = "bulk-operations"
    interval_s = POLL_S
    backoff_s = BACKOFF_S
    begins_at_once = True

    def __init__(self, hub: HubContext) -> None:
        super().__init__(hub.notifier, (BulkOperationQueued.__name__,))
        self._hub = hub
        self._runner = OperationRunner(hub.uow, is_waited_for=self._writer_is_waited_for)
        self._saved_up_s = 0.0
        self._forgot_at = time.monotonic()

    def run_once(self) -> bool:
        """Do a part of each operation that runs; False: there was nothing to do."""
        worked = False
        for key in self._runner.find_active():
            if self.is_stopping:
                break
            took = self._runner.run_part(key)
            worked = worked or took > 0
            self.rest(self._rest_s(took))
        return worked

    def _rest_s(self, took: float) -> float:
        """Return the seconds to rest after a part that took so long."""
        if self._writer_is_waited_for():
            return max(SHORTEST_REST_S, took * REST)
        self._saved_up_s += took * LEAST_REST
        if self._saved_up_s < LONG_REST_S:
            return SHORTEST_REST_S
        saved_up, self._saved_up_s = self._saved_up_s, 0.0
        return saved_up

    def _writer_is_waited_for(self) -> bool:
        """Return True if somebody waits to write, or may: on PostgreSQL this process can't know."""
        database = self._hub.uow.database
        return not database.is_sqlite or database.is_waited_for

    def act(self) -> float:
        """Do a part of each operation, and now and then forget what can't be undone any more."""
        worked = self.run_once()
        self._forget()
        return 0.0 if worked else self.interval_s

    def _forget(self) -> None:
        if time.monotonic() - self._forgot_at >= RETENTION_S:
            self._forgot_at = time.monotonic()
            forget_old(self._hub.uow)
