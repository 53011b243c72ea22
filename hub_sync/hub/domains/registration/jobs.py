"""Background work of registration pages: what nobody confirmed is deleted."""

import threading

import structlog
from sqlalchemy.exc import SQLAlchemyError

from hub_sync.hub.domains.registration.submissions import delete_expired
from hub_sync.hub.kit.events.jobs import Job
from hub_sync.hub.kit.http.context import HubContext

INTERVAL_S = 600.0

log = structlog.get_logger(__name__)


def jobs(hub: HubContext) -> list[Job]:
    """Return the jobs of a process."""
    return [ExpiryJob(hub)]


class ExpiryJob:
    """Deletes registrations whose link was not opened in time: names and addresses that nobody needs."""

    def __init__(self, hub: HubContext) -> None:
        self._hub = hub
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="registration-expiry", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop after the transaction that is under way."""
        self._over.set()
        self._thread.join()

    def run_once(self) -> int:
        """Delete what is over, and return how many there were."""
        with self._hub.uow.begin() as work:
            return delete_expired(work)

    def _run(self) -> None:
        while not self._over.wait(INTERVAL_S):
            try:
                self.run_once()
            except SQLAlchemyError as error:
                log.warning("registrations_not_deleted", error=str(error).splitlines()[0])
