"""Tasks as the inbox and the page of a task show them: the step, the participant, the workflow, the event and the deadline."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, select

from hub_sync.hub.domains.events.service import Event
from hub_sync.hub.domains.workflows.clocks.reckoning import OPEN_STATES
from hub_sync.hub.domains.workflows.definition.errors import WorkflowUnreadable
from hub_sync.hub.domains.workflows.definition.model import Definition, StepDefinition, find_definition
from hub_sync.hub.domains.workflows.engine.decisions import Decider
from hub_sync.hub.domains.workflows.sla_manifest import ClockState
from hub_sync.hub.domains.workflows.sla_tables import SlaClock
from hub_sync.hub.domains.workflows.tables import (
    TaskStatus,
    Workflow,
    WorkflowExecution,
    WorkflowTask,
    WorkflowVersion,
)
from hub_sync.hub.domains.workflows.tasks.deciders import inbox_of
from hub_sync.hub.domains.workflows.tasks.schemas import ExecutionSubject
from hub_sync.hub.domains.workflows.tasks.subjects import load_subjects
from hub_sync.hub.kit.db.unit_of_work import Work

MOST_LISTED = 100
_T, _C = WorkflowTask, SlaClock
_OPEN_CLOCK = and_(_C.tenant_id == _T.tenant_id, _C.task_id == _T.id, _C.state.in_(OPEN_STATES))


@dataclass(frozen=True)
class TaskRow:
    """A task as a page shows it."""

    task: WorkflowTask
    execution: WorkflowExecution
    definition: Definition
    event: Any
    workflow: str
    person: ExecutionSubject | None
    due_at: datetime | None
    is_late: bool

    @property
    def step(self) -> StepDefinition:
        """The step of the version that the execution runs by."""
        return self.definition.step(self.task.step_key)

    @property
    def name(self) -> str:
        """The participant's name."""
        return f"{self.person.first_name} {self.person.last_name}" if self.person else "—"

    @property
    def path(self) -> str:
        """The address of its page."""
        return f"/events/{self.task.event_id}/workflow-tasks/{self.task.id}"

    @property
    def returns(self) -> list[tuple[str, str]]:
        """The steps to which it may be sent back: keys and names."""
        return [(key, self.definition.step(key).name) for key in self.step.return_to]


def inbox_rows(work: Work, tenant_id: str, decider: Decider) -> list[TaskRow]:
    """Return the open tasks that are somebody's, the late ones first, then by their due time, then the oldest.

    Raises:
        InboxOfNobody: they are no person (403).
    """
    query = (
        inbox_of(tenant_id, decider)
        .outerjoin(_C, _OPEN_CLOCK)
        .order_by(_C.due_at.is_(None), _C.due_at, _T.opened_at, _T.id)
        .limit(MOST_LISTED)
    )
    return rows_of(work, tenant_id, work.session.scalars(query).all())


def waiting_decisions(work: Work, tenant_id: str, user_id: str) -> list[TaskRow]:
    """Return the tasks that a user has decided and may still take back, the newest decision first."""
    query: Select[WorkflowTask] = select(_T).where(
        _T.tenant_id == tenant_id,
        _T.status == TaskStatus.DECIDED,
        _T.applied_at.is_(None),
        _T.decided_by_id == user_id,
        _T.effective_at > work.now(),
    )
    newest = query.order_by(_T.decided_at.desc(), _T.id).limit(MOST_LISTED)
    return rows_of(work, tenant_id, work.session.scalars(newest).all())


def row_of(work: Work, tenant_id: str, task: WorkflowTask) -> TaskRow:
    """Return a task with what its page shows.

    Raises:
        WorkflowUnreadable: 409.
    """
    for row in rows_of(work, tenant_id, [task]):
        return row
    raise WorkflowUnreadable


def rows_of(work: Work, tenant_id: str, tasks: Sequence[WorkflowTask]) -> list[TaskRow]:
    """Return tasks with what their pages show, in their order; eight statements at most, however many there are.

    Tasks of a definition that can't be read are left out: the others have to be decided all the same.
    """
    if not tasks:
        return []
    running = _by_id(work, tenant_id, WorkflowExecution, {task.execution_id for task in tasks})
    versions = _by_id(work, tenant_id, WorkflowVersion, {each.version_id for each in running.values()})
    definitions = {id_: find_definition(row.definition) for id_, row in versions.items()}
    workflows = _by_id(work, tenant_id, Workflow, {each.workflow_id for each in running.values()})
    events = _by_id(work, tenant_id, Event, {task.event_id for task in tasks})
    people = load_subjects(work, tenant_id, {each.participant_id for each in running.values()})
    clocks = {
        clock.task_id: clock
        for clock in work.session.scalars(
            select(_C).where(
                _C.tenant_id == tenant_id,
                _C.task_id.in_([task.id for task in tasks]),
                _C.state.in_(OPEN_STATES),
            )
        )
    }
    return [
        TaskRow(
            task=task,
            execution=execution,
            definition=definition,
            event=events[task.event_id],
            workflow=workflows[execution.workflow_id].name,
            person=people.get(execution.participant_id),
            due_at=clocks[task.id].due_at if task.id in clocks else None,
            is_late=task.id in clocks and _is_late(clocks[task.id], work.now()),
        )
        for task in tasks
        for execution in (running[task.execution_id],)
        if (definition := definitions[execution.version_id]) is not None
    ]


def _by_id(work: Work, tenant_id: str, row: Any, ids: set[str]) -> dict[str, Any]:
    query = select(row).where(row.tenant_id == tenant_id, row.id.in_(ids))
    return {each.id: each for each in work.session.scalars(query)}


def _is_late(clock: SlaClock, now: datetime) -> bool:
    return clock.state is ClockState.BREACHED or (clock.state is ClockState.RUNNING and clock.due_at <= now)
