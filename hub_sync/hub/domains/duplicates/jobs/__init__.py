"""Background work of duplicates: the runs that look for them."""

import threading
from collections.abc import Collection
from uuid import uuid4

import structlog
from sqlalchemy.exc import SQLAlchemyError

from hub_sync.hub.domains.duplicates.detection import runs
from hub_sync.hub.domains.duplicates.manifest import DuplicateRunQueued
from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.events.jobs import Job
from hub_sync.hub.kit.events.notifier import Notification
from hub_sync.hub.kit.http.context import HubContext

POLL_S = 5.0
"""How often runs are looked for that another process queued, or that died with it."""

log = structlog.get_logger(__name__)


def jobs(hub: HubContext) -> list[Job]:
    """Return the jobs of a process."""
    return [DuplicateJob(hub)]


class DuplicateJob:
    """Carries out the runs of all tenants, one at a time in each process."""

    def __init__(self, hub: HubContext) -> None:
        self._hub = hub
        self._owner = uuid4().hex
        self._woken, self._over = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="duplicates", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop the run that is under way; another process begins it again."""
        self._over.set()
        self._woken.set()
        self._thread.join()

    def run_once(self) -> bool:
        """Carry out a run that waits. Return False if there was none, or it was not finished."""
        with self._hub.uow.begin() as work:
            run = runs.claim(work, self._owner)
            if run is not None:
                work.session.flush()
                work.session.expunge(run)
        return run is not None and runs.carry_out(self._hub.uow, run, self._owner, self._over.is_set)

    def _run(self) -> None:
        with self._hub.notifier.subscribe(Notification, self._wake):
            while not self._over.is_set():
                self._woken.clear()
                try:
                    worked = self._is_due() and self.run_once()
                except (HubError, SQLAlchemyError, LookupError) as error:
                    worked = False
                    log.warning("duplicates_wait", error=str(error).splitlines()[0])
                if not worked:
                    self._woken.wait(POLL_S)

    def _is_due(self) -> bool:
        """Return True if a run waits: asked without a lock, since mostly none does."""
        with self._hub.uow.look_up() as work:
            return runs.is_due(work)

    def _wake(self, notices: Collection[Notification]) -> None:
        if any(notice.type == DuplicateRunQueued.__name__ for notice in notices):
            self._woken.set()
