"""The list of an event's deadlines."""

from hub_sync.hub.domains.workflows.clocks.schemas import SlaClockResponse
from hub_sync.hub.domains.workflows.sla_tables import SlaClock
from hub_sync.hub.kit.lists.result_pages import Listing

CLOCKS = Listing(
    row=SlaClock,
    schema=SlaClockResponse,
    sorts={"due_at": SlaClock.due_at, "started_at": SlaClock.started_at, "id": SlaClock.id},
    default_sort="due_at",
    filters={
        "state": SlaClock.state,
        "execution_id": SlaClock.execution_id,
        "task_id": SlaClock.task_id,
        "step_key": SlaClock.step_key,
    },
)
