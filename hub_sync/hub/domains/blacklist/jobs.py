"""Background work of the blacklist: sweeps, and the slow hashes of stations."""

from hub_sync.hub.domains.blacklist import attempts, sweeps
from hub_sync.hub.domains.blacklist.manifest import BlacklistChanged
from hub_sync.hub.kit.events.jobs import Job
from hub_sync.hub.kit.events.periodic import PeriodicJob
from hub_sync.hub.kit.http.context import HubContext

INTERVAL_S = 20.0
"""A change wakes the job at once; days of validity begin and end without one."""


def jobs(hub: HubContext) -> list[Job]:
    """Return the jobs of a process."""
    return [SweepJob(hub)]


class SweepJob(PeriodicJob):
    """Screens events again after the list has changed, and when days of validity begin or end."""

    name = "blacklist-sweeps"
    interval_s = INTERVAL_S
    begins_at_once = True

    def __init__(self, hub: HubContext) -> None:
        super().__init__(hub.notifier, (BlacklistChanged.__name__,))
        self._hub = hub

    def run_once(self) -> int:
        """Sweep all events that are due, and compute missing hashes. Return how many people have another standing now."""
        with self._hub.uow.read() as work:
            keys = sweeps.due(work)
        changed = 0
        for key in keys:
            if self.is_stopping:
                return changed
            changed += sweeps.sweep(self._hub.uow, key)
        while not self.is_stopping and attempts.forget_old(self._hub.uow):
            pass
        while not self.is_stopping and sweeps.hash_for_stations(self._hub.uow):
            pass
        return changed
