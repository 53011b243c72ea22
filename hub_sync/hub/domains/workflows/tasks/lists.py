"""The lists of tasks: of an event, and of a person across events."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_READ
from hub_sync.hub.domains.workflows.sla_tables import SlaClock
from hub_sync.hub.domains.workflows.tables import (
    Workflow,
    WorkflowExecution,
    WorkflowTask,
    WorkflowTaskAssignee,
)
from hub_sync.hub.domains.workflows.tasks.schemas import TaskAssignees, TaskDeadline, TaskResponse
from hub_sync.hub.domains.workflows.tasks.subjects import load_subjects
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.lists.filters import RelatedColumn
from hub_sync.hub.kit.lists.result_pages import Listing

_T, _E, _A, _C = WorkflowTask, WorkflowExecution, WorkflowTaskAssignee, SlaClock
_OF_EXECUTION = (_E.tenant_id == _T.tenant_id) & (_E.id == _T.execution_id)
_OF_CLOCK = (_C.tenant_id == _T.tenant_id) & (_C.task_id == _T.id)


def _executions(work: Work, tenant_id: str, rows: Sequence[Any]) -> dict[str, WorkflowExecution]:
    ids = {row.execution_id for row in rows}
    query = select(_E).where(_E.tenant_id == tenant_id, _E.id.in_(ids))
    return {each.id: each for each in work.session.scalars(query)}


def _load_participants(work: Work, tenant_id: str, rows: Sequence[Any]) -> Mapping[str, Any]:
    executions = _executions(work, tenant_id, rows)
    of_task = {row.id: executions[row.execution_id].participant_id for row in rows}
    subjects = load_subjects(work, tenant_id, set(of_task.values()))
    return {id_: subjects.get(participant_id) for id_, participant_id in of_task.items()}


def _load_workflows(work: Work, tenant_id: str, rows: Sequence[Any]) -> Mapping[str, Any]:
    executions = _executions(work, tenant_id, rows)
    ids = {each.workflow_id for each in executions.values()}
    query = select(Workflow.id, Workflow.name).where(Workflow.tenant_id == tenant_id, Workflow.id.in_(ids))
    names = {row.id: {"id": row.id, "name": row.name} for row in work.session.execute(query)}
    return {row.id: names.get(executions[row.execution_id].workflow_id) for row in rows}


def _load_assignees(work: Work, tenant_id: str, rows: Sequence[Any]) -> Mapping[str, Any]:
    query = (
        select(_A.task_id, _A.user_id, _A.role)
        .where(_A.tenant_id == tenant_id, _A.task_id.in_([row.id for row in rows]))
        .order_by(_A.id)
    )
    result = {row.id: TaskAssignees(users=[], roles=[]) for row in rows}
    for task_id, user_id, role in work.session.execute(query):
        if user_id:
            result[task_id].users.append(user_id)
        elif role:
            result[task_id].roles.append(role)
    return result


def load_deadlines(work: Work, tenant_id: str, rows: Sequence[Any]) -> dict[str, TaskDeadline]:
    """Return the deadlines of tasks by the tasks' ids; a task without one is left out."""
    query = (
        select(_C.id, _C.task_id, _C.due_at, _C.state)
        .where(_C.tenant_id == tenant_id, _C.task_id.in_([row.id for row in rows]))
        .order_by(_C.started_at)
    )
    return {
        row.task_id or "": TaskDeadline(clock_id=row.id, due_at=row.due_at, state=row.state.value)
        for row in work.session.execute(query)
    }


def _load_clocks(work: Work, tenant_id: str, rows: Sequence[Any]) -> Mapping[str, Any]:
    deadlines = load_deadlines(work, tenant_id, rows)
    return {row.id: deadlines.get(row.id) for row in rows}


TASKS = Listing(
    row=WorkflowTask,
    schema=TaskResponse,
    sorts={"opened_at": _T.opened_at, "updated_at": _T.updated_at, "id": _T.id},
    default_sort="opened_at",
    filters={
        "event_id": _T.event_id,
        "status": _T.status,
        "step_key": _T.step_key,
        "type": _T.type,
        "execution_id": _T.execution_id,
        "decided_by_id": _T.decided_by_id,
        "opened_at": _T.opened_at,
        "workflow_id": RelatedColumn(_E.workflow_id, _OF_EXECUTION),
        "participant_id": RelatedColumn(_E.participant_id, _OF_EXECUTION),
        "deadline_state": RelatedColumn(_C.state, _OF_CLOCK),
    },
    expands={
        "participant": _load_participants,
        "workflow": _load_workflows,
        "assignees": _load_assignees,
        "deadline": _load_clocks,
    },
    expand_permissions={"participant": PARTICIPANTS_READ},
)
