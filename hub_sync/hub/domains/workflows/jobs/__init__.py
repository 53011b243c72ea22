"""Background work of workflows."""

from hub_sync.hub.domains.workflows.clocks.jobs import SlaSweepJob
from hub_sync.hub.domains.workflows.sla_tables import SlaClock
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.jobs import Job
from hub_sync.hub.kit.http.context import HubContext


def jobs(hub: HubContext) -> list[Job]:
    """Return the jobs of a process."""
    return [SlaSweepJob(hub, _on_timeout)]


def _on_timeout(work: Work, clock: SlaClock) -> None:
    """Do nothing: the engine carries time-outs out."""
