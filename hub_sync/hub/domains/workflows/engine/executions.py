"""Executions: start, load under the lock, cancel, and try an outcome again that was kept back."""

from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import ColumnElement, Select, bindparam, select

from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.workflows.definition.model import Definition, StartTrigger
from hub_sync.hub.domains.workflows.engine.host import DatabaseHost
from hub_sync.hub.domains.workflows.engine.machine import ExecutionRows, Machine
from hub_sync.hub.domains.workflows.errors import (
    WorkflowExecutionEnded,
    WorkflowExecutionNotFound,
    WorkflowNotPublished,
    WorkflowRunsAlready,
)
from hub_sync.hub.domains.workflows.execution_manifest import EXECUTION_CANCELLED, EXECUTION_STARTED
from hub_sync.hub.domains.workflows.manifest import ExecutionStatus
from hub_sync.hub.domains.workflows.tables import (
    ParallelBranch,
    Workflow,
    WorkflowExecution,
    WorkflowJoin,
    WorkflowTask,
    WorkflowVersion,
)
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey

Part = TypeVar("Part", ParallelBranch, WorkflowJoin, WorkflowTask)
_FRESH = {"populate_existing": True}


def _of_execution(row: type[Part], *conditions: ColumnElement[bool]) -> Select[Part]:
    is_of = (row.tenant_id == bindparam("tenant"), row.execution_id == bindparam("execution"))
    return select(row).where(*is_of, *conditions).execution_options(**_FRESH)


_BRANCHES, _JOINS = _of_execution(ParallelBranch), _of_execution(WorkflowJoin)
_TASKS = _of_execution(WorkflowTask, WorkflowTask.ended_at.is_(None))
_EXECUTION = (
    select(WorkflowExecution)
    .where(
        WorkflowExecution.tenant_id == bindparam("tenant"),
        WorkflowExecution.id == bindparam("id"),
        WorkflowExecution.event_id == bindparam("event"),
    )
    .with_for_update()
    .execution_options(**_FRESH)
)
"""Statements that every decision runs are built once."""


@dataclass
class RunningExecution:
    """A locked execution, and the machine that moves it."""

    rows: ExecutionRows
    host: DatabaseHost
    machine: Machine


def start(
    work: Work, key: FeedKey, workflow: Workflow, participant_id: str, trigger: StartTrigger
) -> WorkflowExecution:
    """Start a workflow for a participant, with its published version.

    Raises:
        ParticipantNotFound: 404. WorkflowNotPublished, WorkflowRunsAlready: 409.
    """
    person = participants.get(work, *key, participant_id)
    version = find_version(work, workflow)
    if version is None or not workflow.is_enabled:
        raise WorkflowNotPublished(name=workflow.name)
    if find_active(work, key.tenant_id, workflow.id, person.id) is not None:
        raise WorkflowRunsAlready
    execution = WorkflowExecution(
        tenant_id=key.tenant_id,
        id=work.new_id(),
        event_id=key.event_id,
        workflow_id=workflow.id,
        version_id=version.id,
        participant_id=person.id,
        trigger=trigger,
        started_by=work.actor,
        started_at=work.now(),
        status=ExecutionStatus.ACTIVE,
        history_length=0,
        problem="",
        version=1,
    )
    work.session.add(execution)
    work.session.flush()
    _run(work, ExecutionRows(execution), Definition.model_validate(version.definition)).machine.start()
    audit.record(
        work,
        key.tenant_id,
        EXECUTION_STARTED,
        execution.id,
        after={"workflow_id": workflow.id, "participant_id": person.id, "trigger": trigger.value},
    )
    return execution


def cancel(work: Work, key: FeedKey, execution_id: str, reason: str) -> WorkflowExecution:
    """End an execution where it stands; the participant's status stays.

    Raises:
        WorkflowExecutionNotFound: 404. WorkflowExecutionEnded: 409.
    """
    running = lock(work, key, execution_id)
    execution = running.rows.execution
    if execution.status is not ExecutionStatus.ACTIVE:
        raise WorkflowExecutionEnded
    running.machine.cancel(reason=reason)
    execution.version += 1
    audit.record(work, key.tenant_id, EXECUTION_CANCELLED, execution.id, after={"reason": reason})
    return execution


def retry_outcome(work: Work, key: FeedKey, execution_id: str) -> bool:
    """Try again to give the participant the status of an outcome; return True if the execution has ended."""
    running = lock(work, key, execution_id)
    execution = running.rows.execution
    if execution.status is ExecutionStatus.ACTIVE and execution.outcome is not None:
        running.host.conclude(execution.outcome)
    return execution.status is not ExecutionStatus.ACTIVE


def lock(work: Work, key: FeedKey, execution_id: str) -> RunningExecution:
    """Lock an execution until the transaction ends, and load all that its machine needs.

    Raises:
        WorkflowExecutionNotFound: 404.
    """
    values = {"tenant": key.tenant_id, "event": key.event_id, "id": execution_id}
    execution = work.session.scalars(_EXECUTION, values).one_or_none()
    if execution is None:
        raise WorkflowExecutionNotFound
    rows = ExecutionRows(
        execution,
        _load(work, _BRANCHES, execution),
        _load(work, _JOINS, execution),
        _load(work, _TASKS, execution),
    )
    version = work.session.get_one(WorkflowVersion, (execution.tenant_id, execution.version_id))
    return _run(work, rows, Definition.model_validate(version.definition))


def get(work: Work, key: FeedKey, execution_id: str) -> WorkflowExecution:
    """Return the execution of an id.

    Raises:
        WorkflowExecutionNotFound: 404.
    """
    execution = work.session.get(WorkflowExecution, (key.tenant_id, execution_id))
    if execution is None or execution.event_id != key.event_id:
        raise WorkflowExecutionNotFound
    return execution


def find_version(work: Work, workflow: Workflow) -> WorkflowVersion | None:
    """Return the published version that new executions take, or None."""
    row = WorkflowVersion
    query = select(row).where(
        row.tenant_id == workflow.tenant_id,
        row.workflow_id == workflow.id,
        row.number == workflow.published_version,
    )
    return work.session.scalars(query).one_or_none()


def find_active(
    work: Work, tenant_id: str, workflow_id: str, participant_id: str
) -> WorkflowExecution | None:
    """Return a participant's active execution of a workflow, or None."""
    row = WorkflowExecution
    query = select(row).where(
        row.tenant_id == tenant_id,
        row.workflow_id == workflow_id,
        row.participant_id == participant_id,
        row.status == ExecutionStatus.ACTIVE,
    )
    return work.session.scalars(query).one_or_none()


def _run(work: Work, rows: ExecutionRows, definition: Definition) -> RunningExecution:
    host = DatabaseHost(work, definition, rows)
    return RunningExecution(rows, host, Machine(definition, rows, host))


def _load(work: Work, query: Select[Part], execution: WorkflowExecution) -> dict[str, Part]:
    """Return rows of an execution by their ids, in the order in which they were made.

    They are sorted here: told to sort by the id, SQLite walks through the whole primary key of the tenant.
    """
    values = {"tenant": execution.tenant_id, "execution": execution.id}
    rows = sorted(work.session.scalars(query, values), key=lambda each: each.id)
    return {each.id: each for each in rows}
