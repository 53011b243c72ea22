"""Approve, reject or skip what waits for the requester in the workflow of many participants.

The preview freezes the tasks. One that has ended when it is its turn is a conflict; one that ends by the same item, such as
the third vote where two are enough, is passed over.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import select

from hub_sync.hub.domains.bulk.errors import BulkTargetChanged
from hub_sync.hub.domains.bulk.service import BulkItem, BulkItemStatus, BulkOperation, ItemOutcome, ItemPlan
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_READ
from hub_sync.hub.domains.workflows.bulk_actions.common import (
    WorkflowAction,
    find_workflow,
    key_of,
    plan,
    refusal,
    running_of,
)
from hub_sync.hub.domains.workflows.definition.model import find_definition
from hub_sync.hub.domains.workflows.engine import decisions, executions
from hub_sync.hub.domains.workflows.engine.decisions import Answer, Decider
from hub_sync.hub.domains.workflows.errors import NoTaskToDecide, WorkflowExecutionNotFound, WorkflowNotFound
from hub_sync.hub.domains.workflows.execution_manifest import DECISIONS, WORKFLOWS_DECIDE
from hub_sync.hub.domains.workflows.manifest import TaskDecision
from hub_sync.hub.domains.workflows.sla_manifest import WORKFLOWS_MANAGE
from hub_sync.hub.domains.workflows.tables import (
    TaskStatus,
    WorkflowTask,
    WorkflowVersion,
)
from hub_sync.hub.domains.workflows.tasks.deciders import decider_of_owner, is_assigned_to
from hub_sync.hub.kit.db.bulk import in_values
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.security.permissions import Permission
from hub_sync.hub.kit.text_types import Id, NoteText, OptionalId

_TASKS = "tasks"
_T = WorkflowTask


class TaskApprovalArguments(BaseModel):
    """The tasks to approve, and why."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    workflow_id: Id = Field(description="The workflow.")
    step: OptionalId = Field(default="", description="Key of the step; empty: every step that waits.")
    reason: NoteText = Field(default="", description="Why.")


class TaskRefusalArguments(TaskApprovalArguments):
    """The tasks to reject or to skip, and why."""

    @model_validator(mode="after")
    def _check_reason(self) -> "TaskRefusalArguments":
        if not self.reason.strip():
            raise ValueError("reason is needed")
        return self


class _DecideTasks(WorkflowAction):
    """Decides as the inbox does, in the requester's name and with their rights."""

    permissions: ClassVar[tuple[Permission, ...]] = (PARTICIPANTS_READ, WORKFLOWS_DECIDE)
    fields: ClassVar[Mapping[str, str]] = {"open_steps": N_("Open steps")}
    values: ClassVar[Mapping[str, Mapping[str, str]]] = {"open_steps": DECISIONS}
    decision: ClassVar[TaskDecision]

    def preview(self, work: Work, operation: BulkOperation, ids: Sequence[str]) -> list[ItemPlan]:
        """Return what would be decided for whom; where nothing waits for the requester, nothing is."""
        if find_workflow(work, operation) is None:
            return [refusal(id_, WorkflowNotFound()) for id_ in ids]
        decider = decider_of_owner(work, operation.tenant_id, operation.owner)
        running = running_of(work, operation, ids)
        tasks = _open_tasks(work, operation, decider, [each.id for each in running.values()])
        names = _step_names(work, operation.tenant_id, {each.version_id for each in running.values()})

        def plan_of(id_: str) -> ItemPlan:
            execution = running.get(id_)
            if execution is None:
                raise WorkflowExecutionNotFound
            own = tasks.get(execution.id, [])
            if not own:
                raise NoTaskToDecide
            steps = ", ".join(names[execution.version_id][task.step_key] for task in own)
            before = {"open_steps": steps, _TASKS: [task.id for task in own]}
            return plan(id_, before, {"open_steps": self.decision.value})

        plans = []
        for id_ in ids:
            try:
                plans.append(plan_of(id_))
            except HubError as error:
                plans.append(refusal(id_, error, BulkItemStatus.SKIPPED))
        return plans

    def apply(self, work: Work, operation: BulkOperation, item: BulkItem) -> ItemOutcome:
        """Decide one participant's tasks."""
        key, decided = key_of(operation), list[str]()
        decider = decider_of_owner(work, operation.tenant_id, operation.owner)
        answer = Answer(decision=self.decision, reason=operation.arguments.get("reason", ""))
        for task_id in item.before[_TASKS]:
            _running, task = executions.lock_of_task(work, key, task_id)
            if task.status is TaskStatus.OPEN:
                decisions.decide(work, key, task_id, decider, answer)
                decided.append(task_id)
        if not decided:
            raise BulkTargetChanged
        return ItemOutcome(before={**item.before, _TASKS: decided})

    def undo(self, work: Work, operation: BulkOperation, item: BulkItem) -> ItemOutcome:
        """Take the decisions back that have not taken effect."""
        decider = decider_of_owner(work, operation.tenant_id, operation.owner)
        for task_id in item.before[_TASKS]:
            decisions.take_back(work, key_of(operation), task_id, decider)
        return ItemOutcome(status=BulkItemStatus.UNDONE)


class ApproveTasks(_DecideTasks):
    """Approves."""

    name = "workflow.approve"
    label = N_("Approve what waits for me")
    arguments = TaskApprovalArguments
    decision = TaskDecision.APPROVE


class RejectTasks(_DecideTasks):
    """Rejects."""

    name = "workflow.reject"
    label = N_("Reject what waits for me")
    arguments = TaskRefusalArguments
    decision = TaskDecision.REJECT


class SkipTasks(_DecideTasks):
    """Skips steps."""

    name = "workflow.bypass"
    label = N_("Skip the open steps")
    permissions = (PARTICIPANTS_READ, WORKFLOWS_DECIDE, WORKFLOWS_MANAGE)
    arguments = TaskRefusalArguments
    decision = TaskDecision.BYPASS


def _open_tasks(
    work: Work, operation: BulkOperation, decider: Decider, execution_ids: Sequence[str]
) -> Mapping[str, list[WorkflowTask]]:
    """Return the open tasks that the requester may decide, by execution: somebody's own ones; of a manager and a key all."""
    query = select(_T).where(
        _T.tenant_id == operation.tenant_id,
        _T.status == TaskStatus.OPEN,
        in_values(_T.execution_id, list(execution_ids), work.dialect),
    )
    if operation.arguments.get("step"):
        query = query.where(_T.step_key == operation.arguments["step"])
    if decider.user_id is not None and not decider.is_manager:
        query = query.where(is_assigned_to(decider))
    result: dict[str, list[WorkflowTask]] = defaultdict(list)
    for task in sorted(work.session.scalars(query), key=lambda each: each.id):
        result[task.execution_id].append(task)
    return result


def _step_names(work: Work, tenant_id: str, version_ids: set[str]) -> Mapping[str, Mapping[str, str]]:
    row = WorkflowVersion
    query = select(row.id, row.definition).where(row.tenant_id == tenant_id, row.id.in_(version_ids))
    return {
        id_: {step.key: step.name for step in readable.steps} if readable else {}
        for id_, definition in work.session.execute(query)
        for readable in (find_definition(definition),)
    }
