"""Background work of check-in: computing flows that are incomplete."""

import threading

import structlog
from sqlalchemy.exc import SQLAlchemyError

from hub_sync.hub.domains.check_in.occupancy import flows
from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.events.jobs import Job
from hub_sync.hub.kit.http.context import HubContext

INTERVAL_S = 5.0

log = structlog.get_logger(__name__)


def jobs(hub: HubContext) -> list[Job]:
    """Return the jobs of a process."""
    return [FlowRebuilder(hub)]


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
