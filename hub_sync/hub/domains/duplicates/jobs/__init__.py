"""Background work of duplicates: the runs that look for them."""

from uuid import uuid4

from hub_sync.hub.domains.duplicates.detection import runs
from hub_sync.hub.domains.duplicates.manifest import DuplicateRunQueued
from hub_sync.hub.kit.events.jobs import Job
from hub_sync.hub.kit.events.periodic import PeriodicJob
from hub_sync.hub.kit.http.context import HubContext

POLL_S = 5.0
"""How often runs are looked for that another process queued, or that died with it."""


def jobs(hub: HubContext) -> list[Job]:
    """Return the jobs of a process."""
    return [DuplicateJob(hub)]


class DuplicateJob(PeriodicJob):
    """Carries out the runs of all tenants, one at a time in each process."""

    name = "duplicates"
    interval_s = POLL_S
    begins_at_once = True

    def __init__(self, hub: HubContext) -> None:
        super().__init__(hub.notifier, (DuplicateRunQueued.__name__,))
        self._hub = hub
        self._owner = uuid4().hex

    def run_once(self) -> bool:
        """Carry out a run that waits. Return False if there was none, or it was not finished."""
        with self._hub.uow.begin() as work:
            run = runs.claim(work, self._owner)
            if run is not None:
                work.session.flush()
                work.session.expunge(run)
        return run is not None and runs.carry_out(self._hub.uow, run, self._owner, lambda: self.is_stopping)

    def act(self) -> float:
        """Carry out a run that waits; when the job is stopped, another process begins it again."""
        return 0.0 if self._is_due() and self.run_once() else self.interval_s

    def _is_due(self) -> bool:
        """Return True if a run waits: asked without a lock, since mostly none does."""
        with self._hub.uow.look_up() as work:
            return runs.is_due(work)
