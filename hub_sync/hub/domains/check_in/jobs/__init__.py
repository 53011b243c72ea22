"""Background work of check-in: computing flows that are incomplete, and letting everybody leave at the hour of their event."""

from collections.abc import Mapping

from hub_sync.hub.domains.check_in.occupancy import flows, projection
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.events.jobs import Job
from hub_sync.hub.kit.events.periodic import PeriodicJob
from hub_sync.hub.kit.http.context import HubContext

INTERVAL_S = 5.0
EXIT_ALL_INTERVAL_S = 1.0
PEOPLE_AT_ONCE = 1_000
"""Everybody leaves by so many in a transaction: the gates' scans go between."""


def jobs(hub: HubContext) -> list[Job]:
    """Return the jobs of a process."""
    return [FlowRebuilder(hub), ExitAllJob(hub)]


class FlowRebuilder(PeriodicJob):
    """Computes incomplete flows, one event after the other."""

    name = "flows"
    interval_s = INTERVAL_S

    def __init__(self, hub: HubContext) -> None:
        super().__init__()
        self._hub = hub

    def run_once(self) -> list[FeedKey]:
        """Compute the flows of every event that needs it, and return the events."""
        with self._hub.uow.look_up() as work:
            waiting = flows.find_incomplete(work)
        for key in waiting:
            if self.is_stopping:
                break
            with self._hub.uow.begin() as work:
                flows.rebuild(work, key)
        return waiting


class ExitAllJob(PeriodicJob):
    """Lets everybody leave an event when its hour has come, and computes projections anew when it has another hour."""

    name = "exit-all"
    interval_s = EXIT_ALL_INTERVAL_S

    def __init__(self, hub: HubContext) -> None:
        super().__init__()
        self._hub = hub
        self._done: dict[FeedKey, tuple[str, int]] = {}
        """The last hour at which everybody left, by event: rows that arrive later are computed at their arrival."""

    def run_once(self) -> Mapping[FeedKey, int]:
        """Let everybody leave whose hour has come. Return the number of people of each event that had some."""
        with self._hub.uow.look_up() as work:
            hours = events.list_exit_all(work)
            outdated = projection.find_outdated(work, hours)
        for key in outdated:
            with self._hub.uow.begin() as work:
                projection.rebuild(work, *key)
        left: dict[FeedKey, int] = {}
        for key, hour in hours.items():
            passing = hour.name, hour.last_ms
            if self._done.get(key) != passing and self._leave(key, left):
                self._done[key] = passing
        self._done = {key: passing for key, passing in self._done.items() if key in hours}
        return left

    def _leave(self, key: FeedKey, left: dict[FeedKey, int]) -> bool:
        """Let everybody leave an event; return False if the job was stopped meanwhile."""
        while not self.is_stopping:
            with self._hub.uow.begin() as work:
                people = projection.leave_all(work, key, PEOPLE_AT_ONCE)
            if not people:
                return True
            left[key] = left.get(key, 0) + people
        return False
