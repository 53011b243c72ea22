"""Background work of check-in: computing flows that are incomplete, and letting everybody leave at the hour of their event."""

import threading
from collections.abc import Mapping

import structlog
from sqlalchemy.exc import SQLAlchemyError

from hub_sync.hub.domains.check_in.occupancy import flows, projection
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.events.jobs import Job
from hub_sync.hub.kit.http.context import HubContext

INTERVAL_S = 5.0
EXIT_ALL_INTERVAL_S = 1.0
PEOPLE_AT_ONCE = 1_000
"""Everybody leaves by so many in a transaction: the gates' scans go between."""

log = structlog.get_logger(__name__)


def jobs(hub: HubContext) -> list[Job]:
    """Return the jobs of a process."""
    return [FlowRebuilder(hub), ExitAllJob(hub)]


class FlowRebuilder:
    """Computes incomplete flows, one event after the other."""

    def __init__(self, hub: HubContext) -> None:
        self._hub = hub
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="flows", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop after the event that is computed just now."""
        self._over.set()
        self._thread.join()

    def run_once(self) -> list[FeedKey]:
        """Compute the flows of every event that needs it, and return the events."""
        with self._hub.uow.look_up() as work:
            waiting = flows.find_incomplete(work)
        for key in waiting:
            if self._over.is_set():
                break
            with self._hub.uow.begin() as work:
                flows.rebuild(work, key)
        return waiting

    def _run(self) -> None:
        while not self._over.wait(INTERVAL_S):
            try:
                self.run_once()
            except (HubError, SQLAlchemyError, LookupError) as error:
                log.warning("flows_not_computed", error=str(error).splitlines()[0])


class ExitAllJob:
    """Lets everybody leave an event when its hour has come, and computes projections anew when it has another hour."""

    def __init__(self, hub: HubContext) -> None:
        self._hub = hub
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="exit-all", daemon=True)
        self._done: dict[FeedKey, tuple[str, int]] = {}
        """The last hour at which everybody left, by event: rows that arrive later are computed at their arrival."""

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop after the transaction that is under way."""
        self._over.set()
        self._thread.join()

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
        while not self._over.is_set():
            with self._hub.uow.begin() as work:
                people = projection.leave_all(work, key, PEOPLE_AT_ONCE)
            if not people:
                return True
            left[key] = left.get(key, 0) + people
        return False

    def _run(self) -> None:
        while not self._over.wait(EXIT_ALL_INTERVAL_S):
            try:
                self.run_once()
            except (HubError, SQLAlchemyError, LookupError) as error:
                log.warning("exit_all_failed", error=str(error).splitlines()[0])
