"""Background work of the blacklist: sweeps, and the slow hashes of stations."""

import threading

import structlog
from sqlalchemy.exc import SQLAlchemyError

from hub_sync.hub.domains.blacklist import attempts, sweeps
from hub_sync.hub.domains.blacklist.manifest import BlacklistChanged
from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.events.jobs import Job
from hub_sync.hub.kit.events.notifier import Notification
from hub_sync.hub.kit.http.context import HubContext

INTERVAL_S = 20.0
"""A change wakes the job at once; days of validity begin and end without one."""

log = structlog.get_logger(__name__)


def jobs(hub: HubContext) -> list[Job]:
    """Return the jobs of a process."""
    return [SweepJob(hub)]


class SweepJob:
    """Screens events again after the list has changed, and when days of validity begin or end."""

    def __init__(self, hub: HubContext) -> None:
        self._hub = hub
        self._over, self._woken = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="blacklist-sweeps", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop after the event that is under way."""
        self._over.set()
        self._woken.set()
        self._thread.join()

    def run_once(self) -> int:
        """Sweep all events that are due, and compute missing hashes. Return how many people have another standing now."""
        with self._hub.uow.read() as work:
            keys = sweeps.due(work)
        changed = 0
        for key in keys:
            if self._over.is_set():
                return changed
            changed += sweeps.sweep(self._hub.uow, key)
        while not self._over.is_set() and attempts.forget_old(self._hub.uow):
            pass
        while not self._over.is_set() and sweeps.hash_for_stations(self._hub.uow):
            pass
        return changed

    def _run(self) -> None:
        with self._hub.notifier.subscribe(Notification, self._on_domain_events):
            while not self._over.is_set():
                self._woken.clear()
                try:
                    self.run_once()
                except (HubError, SQLAlchemyError, LookupError) as error:
                    log.warning("blacklist_not_swept", error=str(error).splitlines()[0])
                self._woken.wait(INTERVAL_S)

    def _on_domain_events(self, notifications: set[Notification]) -> None:
        if any(each.type == BlacklistChanged.__name__ for each in notifications):
            self._woken.set()
