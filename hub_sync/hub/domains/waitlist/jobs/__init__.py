"""Background work of waitlists."""

from hub_sync.hub.domains.waitlist.jobs.door_job import DoorJob
from hub_sync.hub.domains.waitlist.jobs.promotion_job import PromotionJob
from hub_sync.hub.kit.events.jobs import Job
from hub_sync.hub.kit.http.context import HubContext

__all__ = ["DoorJob", "PromotionJob", "jobs"]


def jobs(hub: HubContext) -> list[Job]:
    """Return the jobs of a process."""
    return [PromotionJob(hub), DoorJob(hub)]
