"""The job that sweeps the clocks of all tenants."""

from hub_sync.hub.domains.workflows.clocks.sweep import OnClockTimeout, sweep_batch, time_out
from hub_sync.hub.kit.events.periodic import PeriodicJob
from hub_sync.hub.kit.http.context import HubContext

INTERVAL_S = 1.0


class SlaSweepJob(PeriodicJob):
    """Warns and breaches clocks that are due, and carries time-outs out, whether or not anybody is signed in."""

    name = "sla-sweep"
    interval_s = INTERVAL_S
    backoff_s = 5.0
    begins_at_once = True

    def __init__(self, hub: HubContext, on_timeout: OnClockTimeout) -> None:
        super().__init__()
        self._uow, self._on_timeout = hub.uow, on_timeout

    def run_once(self) -> int:
        """Sweep all that is due. Return how many clocks have warned, breached or timed out."""
        count = 0
        while not self.is_stopping:
            swept = sweep_batch(self._uow)
            count += swept.warned + swept.breached
            if not swept.count:
                break
        while not self.is_stopping:
            carried_out = time_out(self._uow, self._on_timeout)
            count += carried_out
            if not carried_out:
                break
        return count
