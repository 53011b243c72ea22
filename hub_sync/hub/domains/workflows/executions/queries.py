"""Executions as they stand: branches, joins, tasks, clocks, and for whom they wait."""

from dataclasses import dataclass

from sqlalchemy import Select, select

from hub_sync.hub.domains.workflows.clocks import clocks
from hub_sync.hub.domains.workflows.definition.errors import WorkflowUnreadable
from hub_sync.hub.domains.workflows.definition.model import (
    Assignees,
    Definition,
    OnTimeout,
    StepDefinition,
    find_definition,
)
from hub_sync.hub.domains.workflows.definitions.surroundings import deciding_users
from hub_sync.hub.domains.workflows.delegations import delegations
from hub_sync.hub.domains.workflows.engine.executions import Part
from hub_sync.hub.domains.workflows.engine.machine import ExecutionRows
from hub_sync.hub.domains.workflows.executions.schemas import WaitingFor, WaitingJoin, WaitKind
from hub_sync.hub.domains.workflows.manifest import BranchStatus, ExecutionStatus
from hub_sync.hub.domains.workflows.sla_manifest import ClockState
from hub_sync.hub.domains.workflows.sla_tables import SlaClock
from hub_sync.hub.domains.workflows.tables import (
    ParallelBranch,
    TaskStatus,
    WorkflowExecution,
    WorkflowHistoryEntry,
    WorkflowJoin,
    WorkflowTask,
    WorkflowTaskAssignee,
    WorkflowVersion,
)
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey

_COMPLETED = frozenset((BranchStatus.COMPLETED, BranchStatus.BYPASSED))
_OPEN_CLOCK = frozenset((ClockState.RUNNING, ClockState.PAUSED, ClockState.BREACHED))


@dataclass(frozen=True)
class ExecutionState:
    """An execution with all its rows, and the definition that it runs by; None: what is stored of it can't be read."""

    definition: Definition | None
    rows: ExecutionRows
    """With all tasks, also those that are ended."""
    clocks: list[SlaClock]
    waiting_for: list[WaitingFor]


def of_event(key: FeedKey) -> Select[WorkflowExecution]:
    """Return the query of an event's executions."""
    row = WorkflowExecution
    return select(row).where(row.tenant_id == key.tenant_id, row.event_id == key.event_id)


def history_of(execution: WorkflowExecution) -> Select[WorkflowHistoryEntry]:
    """Return the query of an execution's history."""
    row = WorkflowHistoryEntry
    return select(row).where(row.tenant_id == execution.tenant_id, row.execution_id == execution.id)


def state_of(work: Work, execution: WorkflowExecution) -> ExecutionState:
    """Return an execution with its branches, joins, tasks and clocks, and for whom it waits.

    One whose version can't be read has all of them, too: it waits for whoever cancels it, and they have to see it.
    """
    version = work.session.get_one(WorkflowVersion, (execution.tenant_id, execution.version_id))
    definition = find_definition(version.definition)
    rows = ExecutionRows(
        execution,
        {row.id: row for row in work.session.scalars(_parts(ParallelBranch, execution))},
        {row.id: row for row in work.session.scalars(_parts(WorkflowJoin, execution))},
        {row.id: row for row in work.session.scalars(_parts(WorkflowTask, execution))},
    )
    own_clocks = list(clocks.of_execution(work, execution.tenant_id, execution.id))
    return ExecutionState(definition, rows, own_clocks, _waiting_for(work, definition, rows, own_clocks))


def _parts(row: type[Part], execution: WorkflowExecution) -> Select[Part]:
    return (
        select(row)
        .where(row.tenant_id == execution.tenant_id, row.execution_id == execution.id)
        .order_by(row.id)
    )


def _waiting_for(
    work: Work, definition: Definition | None, rows: ExecutionRows, own_clocks: list[SlaClock]
) -> list[WaitingFor]:
    execution = rows.execution
    if execution.status is not ExecutionStatus.ACTIVE:
        return []
    if definition is None:
        return [_of_all(execution, WaitKind.UNREADABLE, WorkflowUnreadable.__name__)]
    if execution.outcome is not None:
        return [_of_all(execution, WaitKind.OUTCOME, execution.problem)]
    waiting = [task for task in rows.tasks.values() if task.ended_at is None]
    assigned = _assigned(work, execution.tenant_id, [task.id for task in waiting])
    users = {user_id for people in assigned.values() for user_id in people.users}
    delegates = delegations.delegates_of(work, execution.tenant_id, sorted(users))
    everybody = users | {each for of_user in delegates.values() for each in of_user}
    names = delegations.names_of(work, execution.tenant_id, everybody)
    open_clocks = [clock for clock in own_clocks if clock.state in _OPEN_CLOCK]
    able = {each for user in deciding_users(work, execution.tenant_id) for each in (user.id, user.role)}
    waits = [
        _of_task(definition, rows, task, assigned.get(task.id, Assignees()), delegates, names, open_clocks)
        for task in waiting
    ]
    return [
        wait.model_copy(update={"can_act": not able.isdisjoint((*wait.users, *wait.delegates, *wait.roles))})
        for wait in waits
    ]


def _assigned(work: Work, tenant_id: str, task_ids: list[str]) -> dict[str, Assignees]:
    row = WorkflowTaskAssignee
    query = (
        select(row.task_id, row.user_id, row.role)
        .where(row.tenant_id == tenant_id, row.task_id.in_(task_ids))
        .order_by(row.id)
    )
    result: dict[str, Assignees] = {}
    for task_id, user_id, role in work.session.execute(query):
        people = result.get(task_id, Assignees())
        result[task_id] = Assignees.model_construct(
            users=(*people.users, *([user_id] if user_id else ())),
            roles=(*people.roles, *([role] if role else ())),
        )
    return result


def _of_task(
    definition: Definition,
    rows: ExecutionRows,
    task: WorkflowTask,
    people: Assignees,
    delegates: dict[str, list[str]],
    names: dict[str, str],
    open_clocks: list[SlaClock],
) -> WaitingFor:
    step, branch = definition.step(task.step_key), rows.branches[task.branch_id]
    acting = list(dict.fromkeys(each for user in people.users for each in delegates.get(user, ())))
    clock = next((clock for clock in open_clocks if clock.task_id == task.id), None)
    is_decided = task.status is TaskStatus.DECIDED
    return WaitingFor(
        kind=WaitKind.TAKE_BACK if is_decided else WaitKind.DECISION,
        since=(task.decided_at if is_decided else None) or task.opened_at,
        task_id=task.id,
        step_key=step.key,
        step_name=step.name,
        type=step.type,
        branch=branch.path,
        users=list(people.users),
        delegates=acting,
        names={each: names[each] for each in (*people.users, *acting) if each in names},
        roles=list(people.roles),
        can_act=True,
        decision=task.decision,
        until=task.effective_at if is_decided else None,
        due_at=clock.due_at if clock else None,
        is_late=clock is not None and clock.state is ClockState.BREACHED,
        on_timeout=step.sla.on_timeout if step.sla else OnTimeout.NONE,
        escalate_to=step.sla.escalate_to if step.sla else Assignees(),
        join=_join(definition, rows, branch, open_clocks),
        problem="",
    )


def _join(
    definition: Definition, rows: ExecutionRows, branch: ParallelBranch, open_clocks: list[SlaClock]
) -> WaitingJoin | None:
    join = rows.join_of(branch)
    if join is None:
        return None
    step: StepDefinition = definition.step(join.step_key)
    clock = next((clock for clock in open_clocks if clock.join_id == join.id), None)
    return WaitingJoin(
        step_key=step.key,
        name=step.name,
        rule=step.rule,
        on_reject=step.on_reject,
        voters=step.voters,
        opened=join.opened,
        needed=join.needed,
        completed=sum(each.status in _COMPLETED for each in rows.branches_of(join)),
        due_at=clock.due_at if clock else None,
        on_timeout=step.sla.on_timeout if step.sla else OnTimeout.NONE,
    )


def _of_all(execution: WorkflowExecution, kind: WaitKind, problem: str) -> WaitingFor:
    """Return what the whole execution waits for, and none of its steps."""
    return WaitingFor(
        kind=kind,
        since=execution.updated_at,
        task_id=None,
        step_key="",
        step_name="",
        type=None,
        branch="",
        users=[],
        delegates=[],
        names={},
        roles=[],
        can_act=True,
        decision=None,
        until=execution.retry_at if kind is WaitKind.OUTCOME else None,
        due_at=None,
        is_late=False,
        on_timeout=OnTimeout.NONE,
        escalate_to=Assignees(),
        join=None,
        problem=problem,
    )
