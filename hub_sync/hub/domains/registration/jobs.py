"""Background work of registration pages: what nobody confirmed is deleted."""

from hub_sync.hub.domains.registration.submissions import delete_expired
from hub_sync.hub.kit.events.jobs import Job
from hub_sync.hub.kit.events.periodic import PeriodicJob
from hub_sync.hub.kit.http.context import HubContext

INTERVAL_S = 600.0


def jobs(hub: HubContext) -> list[Job]:
    """Return the jobs of a process."""
    return [ExpiryJob(hub)]


class ExpiryJob(PeriodicJob):
    """Deletes registrations whose link was not opened in time: names and addresses that nobody needs."""

    name = "registration-expiry"
    interval_s = INTERVAL_S

    def __init__(self, hub: HubContext) -> None:
        super().__init__()
        self._hub = hub

    def run_once(self) -> int:
        """Delete what is over, and return how many there were."""
        with self._hub.uow.begin() as work:
            return delete_expired(work)
