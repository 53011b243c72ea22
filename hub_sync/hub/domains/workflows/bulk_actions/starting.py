"""Start a workflow for many participants."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from hub_sync.contract.enums import EventStatus
from hub_sync.hub.domains.bulk.errors import BulkTargetGone
from hub_sync.hub.domains.bulk.service import BulkItem, BulkItemStatus, BulkOperation, ItemOutcome, ItemPlan
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_READ
from hub_sync.hub.domains.workflows.bulk_actions.common import (
    WorkflowAction,
    find_workflow,
    key_of,
    person_of,
    plan,
    refusal,
    running_of,
    workflow_of,
)
from hub_sync.hub.domains.workflows.definition.errors import WorkflowUnreadable
from hub_sync.hub.domains.workflows.definition.history import EndReason
from hub_sync.hub.domains.workflows.definition.model import StartTrigger, find_definition
from hub_sync.hub.domains.workflows.engine import executions
from hub_sync.hub.domains.workflows.errors import (
    WorkflowDecidedSince,
    WorkflowEventCalledOff,
    WorkflowNotFound,
    WorkflowNotPublished,
    WorkflowRunsAlready,
)
from hub_sync.hub.domains.workflows.sla_manifest import WORKFLOWS_MANAGE
from hub_sync.hub.domains.workflows.tables import WorkflowTask
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.text_types import Id

_EXECUTION = "execution_id"


class WorkflowStartArguments(BaseModel):
    """The workflow to start."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    workflow_id: Id = Field(description="The workflow that begins for all of them.")


class StartWorkflow(WorkflowAction):
    """Starts a workflow as the page of one participant does."""

    name = "workflow.start"
    label = N_("Start a workflow")
    permissions = (PARTICIPANTS_READ, WORKFLOWS_MANAGE)
    arguments = WorkflowStartArguments
    fields: ClassVar[Mapping[str, str]] = {"workflow": N_("Workflow")}

    def preview(self, work: Work, operation: BulkOperation, ids: Sequence[str]) -> list[ItemPlan]:
        """Return for whom it would begin; whoever is in it already is skipped."""
        workflow = find_workflow(work, operation)
        if workflow is None:
            return [refusal(id_, WorkflowNotFound()) for id_ in ids]
        people = participants.find_many(work, *key_of(operation), ids)
        running = running_of(work, operation, ids)
        version = executions.find_version(work, workflow)
        is_off = version is None or not workflow.is_enabled
        is_unreadable = version is not None and find_definition(version.definition) is None
        is_called_off = events.find_status(work, *key_of(operation)) is EventStatus.CANCELLED
        plans = []
        for id_ in ids:
            if id_ not in people:
                plans.append(refusal(id_, BulkTargetGone()))
            elif is_called_off:
                plans.append(refusal(id_, WorkflowEventCalledOff()))
            elif is_off:
                plans.append(refusal(id_, WorkflowNotPublished(name=workflow.name)))
            elif is_unreadable:
                plans.append(refusal(id_, WorkflowUnreadable()))
            elif id_ in running:
                plans.append(refusal(id_, WorkflowRunsAlready(), BulkItemStatus.SKIPPED))
            else:
                plans.append(plan(id_, {"workflow": ""}, {"workflow": workflow.name}))
        return plans

    def apply(self, work: Work, operation: BulkOperation, item: BulkItem) -> ItemOutcome:
        """Start it for one participant."""
        execution = executions.start(
            work, key_of(operation), workflow_of(work, operation), person_of(item), StartTrigger.MANUAL
        )
        return ItemOutcome(before={**item.before, _EXECUTION: execution.id})

    def undo(self, work: Work, operation: BulkOperation, item: BulkItem) -> ItemOutcome:
        """Cancel what was started, as long as nobody has decided anything in it."""
        execution_id = item.before.get(_EXECUTION, "")
        t = WorkflowTask
        decided = select(t.id).where(
            t.tenant_id == operation.tenant_id, t.execution_id == execution_id, t.decision.is_not(None)
        )
        executions.lock(work, key_of(operation), execution_id)
        if work.session.scalar(decided.limit(1)) is not None:
            raise WorkflowDecidedSince
        executions.cancel(work, key_of(operation), execution_id, EndReason.START_UNDONE)
        return ItemOutcome(status=BulkItemStatus.UNDONE)
