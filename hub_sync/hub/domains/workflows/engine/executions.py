"""Executions: start, load under the lock, cancel, and try an outcome again that was kept back."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import and_, bindparam, func, select

from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.workflows.definition.model import Definition, StartTrigger, read_definition
from hub_sync.hub.domains.workflows.engine.host import DatabaseHost
from hub_sync.hub.domains.workflows.engine.machine import ExecutionRows, Machine
from hub_sync.hub.domains.workflows.errors import (
    WorkflowExecutionEnded,
    WorkflowExecutionNotFound,
    WorkflowNotPublished,
    WorkflowRunsAlready,
    WorkflowTaskNotFound,
)
from hub_sync.hub.domains.workflows.execution_manifest import EXECUTION_CANCELLED, EXECUTION_STARTED
from hub_sync.hub.domains.workflows.manifest import ExecutionStatus
from hub_sync.hub.domains.workflows.tables import (
    ParallelBranch,
    Workflow,
    WorkflowExecution,
    WorkflowHistoryEntry,
    WorkflowJoin,
    WorkflowTask,
    WorkflowVersion,
)
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey

Part = TypeVar("Part", ParallelBranch, WorkflowJoin, WorkflowTask)
MOST_DEFINITIONS = 256
"""Definitions that a process keeps in memory."""
_definitions: dict[tuple[str, str], Definition] = {}
_FRESH = {"populate_existing": True}
_E, _B, _J, _T = WorkflowExecution, ParallelBranch, WorkflowJoin, WorkflowTask
_LOCKED = (
    select(_E)
    .where(_E.tenant_id == bindparam("tenant"), _E.event_id == bindparam("event"))
    .with_for_update()
    .execution_options(**_FRESH)
)
_EXECUTION = _LOCKED.where(_E.id == bindparam("id"))
_OF_TASK = select(_T.execution_id).where(
    _T.tenant_id == bindparam("tenant"), _T.event_id == bindparam("event"), _T.id == bindparam("id")
)
_EXECUTION_OF_TASK = _LOCKED.where(_E.id == _OF_TASK.scalar_subquery())
_HISTORY_LENGTH = select(func.max(WorkflowHistoryEntry.number)).where(
    WorkflowHistoryEntry.tenant_id == bindparam("tenant"),
    WorkflowHistoryEntry.execution_id == bindparam("execution"),
)
_TREE = (
    select(_B, _J, _T, _HISTORY_LENGTH.scalar_subquery())
    .outerjoin(
        _J,
        and_(_J.tenant_id == _B.tenant_id, _J.execution_id == _B.execution_id, _J.branch_id == _B.id),
    )
    .outerjoin(
        _T,
        and_(
            _T.tenant_id == _B.tenant_id,
            _T.execution_id == _B.execution_id,
            _T.branch_id == _B.id,
            _T.ended_at.is_(None),
        ),
    )
    .where(_B.tenant_id == bindparam("tenant"), _B.execution_id == bindparam("execution"))
    .execution_options(**_FRESH)
)
"""All branches of an execution, each with its joins and its task that is not ended, and the length of the history, by one
statement: a decision has few to spare. They are built once. The length is not read with the lock, which may have waited: PostgreSQL
looks at what it locks anew, not at a subquery beside it."""


_WITHOUT_STEPS = Definition()
"""Enough to end an execution where it stands."""


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
        ParticipantNotFound: 404. WorkflowNotPublished, WorkflowRunsAlready, WorkflowUnreadable: 409.
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
        problem="",
        version=1,
    )
    work.session.add(execution)
    work.session.flush()
    _run(work, ExecutionRows(execution), read_definition(version.definition)).machine.start()
    audit.record(
        work,
        key.tenant_id,
        EXECUTION_STARTED,
        execution.id,
        after={"workflow_id": workflow.id, "participant_id": person.id, "trigger": trigger.value},
    )
    return execution


def cancel(work: Work, key: FeedKey, execution_id: str, reason: str) -> WorkflowExecution:
    """End an execution where it stands, also one whose version can't be read; the participant's status stays.

    Raises:
        WorkflowExecutionNotFound: 404. WorkflowExecutionEnded: 409.
    """
    execution = _lock(work, key, execution_id)
    running = _run(work, _rows_of(work, execution), _WITHOUT_STEPS)
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
        WorkflowExecutionNotFound: 404. WorkflowUnreadable: 409.
    """
    return _load(work, _lock(work, key, execution_id))


def lock_of_task(work: Work, key: FeedKey, task_id: str) -> RunningExecution:
    """Lock the execution of a task, as `lock` does.

    Raises:
        WorkflowTaskNotFound: 404.
    """
    values = {"tenant": key.tenant_id, "event": key.event_id, "id": task_id}
    execution = work.session.scalars(_EXECUTION_OF_TASK, values).one_or_none()
    if execution is None:
        raise WorkflowTaskNotFound
    return _load(work, execution)


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


def _lock(work: Work, key: FeedKey, execution_id: str) -> WorkflowExecution:
    values = {"tenant": key.tenant_id, "event": key.event_id, "id": execution_id}
    execution = work.session.scalars(_EXECUTION, values).one_or_none()
    if execution is None:
        raise WorkflowExecutionNotFound
    return execution


def _load(work: Work, execution: WorkflowExecution) -> RunningExecution:
    return _run(work, _rows_of(work, execution), _definition(work, execution))


def _rows_of(work: Work, execution: WorkflowExecution) -> ExecutionRows:
    """Load the rows of a locked execution, in the order in which they were made.

    They are sorted here: told to sort by the id, SQLite walks through the whole primary key of the tenant.
    """
    values = {"tenant": execution.tenant_id, "execution": execution.id}
    branches, joins, tasks, lengths = zip(*work.session.execute(_TREE, values), strict=True)
    return ExecutionRows(execution, _by_id(branches), _by_id(joins), _by_id(tasks), lengths[0])


def _by_id(rows: Iterable[Part | None]) -> dict[str, Part]:
    found = {row.id: row for row in rows if row is not None}
    return dict(sorted(found.items()))


def _run(work: Work, rows: ExecutionRows, definition: Definition) -> RunningExecution:
    host = DatabaseHost(work, definition, rows)
    return RunningExecution(rows, host, Machine(definition, rows, host))


def _definition(work: Work, execution: WorkflowExecution) -> Definition:
    """Return the definition by which an execution runs. Versions are frozen, so a process reads and checks each once."""
    key = (execution.tenant_id, execution.version_id)
    definition = _definitions.get(key)
    if definition is None:
        version = work.session.get_one(WorkflowVersion, key)
        definition = read_definition(version.definition)
        if len(_definitions) >= MOST_DEFINITIONS:
            _definitions.clear()
        _definitions[key] = definition
    return definition
