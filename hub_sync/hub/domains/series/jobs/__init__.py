"""Background work of series: carry on what makes, changes or takes back many editions."""

from functools import partial

from hub_sync.hub.domains.series.editions.runner import SeriesRunner
from hub_sync.hub.domains.series.editions_manifest import SeriesOperationQueued
from hub_sync.hub.kit.events.jobs import Job
from hub_sync.hub.kit.events.periodic import PeriodicJob
from hub_sync.hub.kit.http.context import HubContext

POLL_S = 1.0
"""How often operations of other processes are looked for."""
BACKOFF_S = 2.0
"""Wait after a database error."""
REST_S = 0.12
"""Rest after each part. SQLite looks every 100 ms whether it may write, so that whoever waits gets their turn."""


def jobs(hub: HubContext) -> list[Job]:
    """Return the jobs of a process."""
    return [SeriesJob(hub)]


class SeriesJob(PeriodicJob):
    """Does a part of each operation of all series in its turn."""

    name = "series-operations"
    interval_s = POLL_S
    backoff_s = BACKOFF_S
    begins_at_once = True

    def __init__(self, hub: HubContext) -> None:
        super().__init__(hub.notifier, (SeriesOperationQueued.__name__,))
        self._runner = SeriesRunner(hub.uow)

    def run_once(self) -> bool:
        """Do a part of each operation; False: there was nothing to do."""
        worked = False
        for key in self._runner.find_active():
            if self.is_stopping:
                break
            if self.attempt(partial(self._runner.run_part, key)):
                worked = True
                self.rest(REST_S)
        return worked

    def act(self) -> float:
        """Do a part of each operation, and look again at once while there are more."""
        return 0.0 if self.run_once() else self.interval_s
