"""Executions that stand at a task, for tests of deadlines that need no engine."""

from dataclasses import dataclass

from hub_sync.contract.enums import StepType
from hub_sync.hub.domains.workflows.clocks.clocks import ClockStart
from hub_sync.hub.domains.workflows.definition.model import Sla
from hub_sync.hub.domains.workflows.tables import (
    ParallelBranch,
    Workflow,
    WorkflowExecution,
    WorkflowTask,
    WorkflowVersion,
)
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey

STEP = {"key": "review", "name": "Document review", "type": "REVIEW", "assignees": {"roles": ["ADMIN"]}}


@dataclass(frozen=True, slots=True)
class OpenTask:
    """A task of an execution."""

    key: FeedKey
    execution_id: str
    task_id: str

    def start(self, sla: Sla, zone: str = "Europe/Berlin", *, is_again: bool = False) -> ClockStart:
        """Return what the task's clock begins with."""
        return ClockStart(
            key=self.key,
            execution_id=self.execution_id,
            step_key=str(STEP["key"]),
            step_name=str(STEP["name"]),
            sla=sla,
            event_zone=zone,
            task_id=self.task_id,
            is_again=is_again,
        )


def open_task(work: Work, key: FeedKey, participant_id: str) -> OpenTask:
    """Store a workflow, and a participant's execution that stands at its task."""
    ids = {name: work.new_id() for name in ("workflow", "version", "execution", "line", "task")}
    common = {"tenant_id": key.tenant_id}
    definition = {"steps": [STEP]}
    rows = (
        Workflow(
            id=ids["workflow"],
            event_id=key.event_id,
            name=f"Accreditation {ids['workflow']}",
            draft=definition,
            published_version=1,
            **common,
        ),
        WorkflowVersion(
            id=ids["version"],
            workflow_id=ids["workflow"],
            number=1,
            definition=definition,
            published_at=work.now(),
            published_by="system",
            **common,
        ),
        WorkflowExecution(
            id=ids["execution"],
            event_id=key.event_id,
            workflow_id=ids["workflow"],
            version_id=ids["version"],
            participant_id=participant_id,
            trigger="MANUAL",
            started_by="system",
            started_at=work.now(),
            **common,
        ),
        ParallelBranch(
            id=ids["line"],
            execution_id=ids["execution"],
            path="",
            step_key="review",
            **common,
        ),
        WorkflowTask(
            id=ids["task"],
            event_id=key.event_id,
            execution_id=ids["execution"],
            branch_id=ids["line"],
            step_key="review",
            type=StepType.REVIEW,
            opened_at=work.now(),
            **common,
        ),
    )
    for row in rows:
        work.session.add(row)
        work.session.flush()
    return OpenTask(key, ids["execution"], ids["task"])
