"""Background work of workflows: clocks, decisions whose time to take back is over, and outcomes that were kept back."""

from hub_sync.hub.domains.workflows.clocks.jobs import SlaSweepJob
from hub_sync.hub.domains.workflows.engine.jobs import DecisionJob
from hub_sync.hub.domains.workflows.engine.timeouts import on_timeout
from hub_sync.hub.kit.events.jobs import Job
from hub_sync.hub.kit.http.context import HubContext


def jobs(hub: HubContext) -> list[Job]:
    """Return the jobs of a process."""
    return [SlaSweepJob(hub, on_timeout), DecisionJob(hub)]
