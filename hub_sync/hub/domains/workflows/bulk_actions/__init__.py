"""The bulk actions of workflows: start one for many participants, and approve, reject or skip what waits for the requester."""

from hub_sync.hub.domains.bulk.service import BulkAction
from hub_sync.hub.domains.workflows.bulk_actions.deciding import ApproveTasks, RejectTasks, SkipTasks
from hub_sync.hub.domains.workflows.bulk_actions.starting import StartWorkflow

BULK_ACTIONS: tuple[BulkAction, ...] = (StartWorkflow(), ApproveTasks(), RejectTasks(), SkipTasks())
