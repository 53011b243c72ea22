"""Executions: start, load under the lock, cancel, and try an outcome again that was kept back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import and_, bindparam, func, select

from hub_sync.contract.enums import EventStatus
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.workflows.definition.model import Definition, StartTrigger, read_definition
from hub_sync.hub.domains.workflows.engine.host import (
    BRANCH_COLUMNS,
    EXECUTION_COLUMNS,
    JOIN_COLUMNS,
    TASK_COLUMNS,
    DatabaseHost,
)
from hub_sync.hub.domains.workflows.engine.machine import ExecutionRows, Machine
from hub_sync.hub.domains.workflows.errors import (
    WorkflowEventCalledOff,
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
from hub_sync.hub.kit.db.database import refuse_doubles
from hub_sync.hub.kit.db.transient_rows import RowColumns, TransientRows
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey

Part = TypeVar("Part", ParallelBranch, WorkflowJoin, WorkflowTask)
MOST_DEFINITIONS = 256
"""Definitions that a process keeps in memory."""
_definitions: dict[tuple[str, str], Definition] = {}
_E, _B, _J, _T = EXECUTION_COLUMNS.table.c, BRANCH_COLUMNS.table.c, JOIN_COLUMNS.table.c, TASK_COLUMNS.table.c
_LOCKED = (
    select(*EXECUTION_COLUMNS.columns)
    .where(_E.tenant_id == bindparam("tenant"), _E.event_id == bindparam("event"))
    .with_for_update()
)
_EXECUTION = _LOCKED.where(_E.id == bindparam("id"))
_OF_TASK = select(_T.execution_id).where(
    _T.tenant_id == bindparam("tenant"), _T.event_id == bindparam("event"), _T.id == bindparam("id")
)
_EXECUTION_OF_TASK = _LOCKED.where(_E.id == _OF_TASK.scalar_subquery())
_TASK = select(*TASK_COLUMNS.columns).where(_T.tenant_id == bindparam("tenant"), _T.id == bindparam("id"))
_HISTORY_LENGTH = select(func.max(WorkflowHistoryEntry.number)).where(
    WorkflowHistoryEntry.tenant_id == bindparam("tenant"),
    WorkflowHistoryEntry.execution_id == bindparam("execution"),
)
_TREE = (
    select(
        *BRANCH_COLUMNS.columns,
        *JOIN_COLUMNS.columns,
        *TASK_COLUMNS.columns,
        _HISTORY_LENGTH.scalar_subquery(),
    )
    .outerjoin_from(
        BRANCH_COLUMNS.table,
        JOIN_COLUMNS.table,
        and_(_J.tenant_id == _B.tenant_id, _J.execution_id == _B.execution_id, _J.branch_id == _B.id),
    )
    .outerjoin(
        TASK_COLUMNS.table,
        and_(
            _T.tenant_id == _B.tenant_id,
            _T.execution_id == _B.execution_id,
            _T.branch_id == _B.id,
            _T.ended_at.is_(None),
        ),
    )
    .where(_B.tenant_id == bindparam("tenant"), _B.execution_id == bindparam("execution"))
)
"""All branches of an execution, each with its joins and its task that is not ended, and the length of the history, by one
statement: a decision has few to spare. They are built once. The length is not read with the lock, which may have waited: PostgreSQL
looks at what it locks anew, not at a subquery beside it."""
_JOIN_AT = len(BRANCH_COLUMNS.names)
_TASK_AT = _JOIN_AT + len(JOIN_COLUMNS.names)


_WITHOUT_STEPS = Definition()
"""Enough to end an execution where it stands."""


@dataclass
class RunningExecution:
    """A locked execution, and the machine that moves it. What it changes is written by `store`."""

    rows: ExecutionRows
    host: DatabaseHost
    machine: Machine

    def store(self) -> None:
        """Write what has changed."""
        self.host.stored.write()


def start(
    work: Work, key: FeedKey, workflow: Workflow, participant_id: str, trigger: StartTrigger
) -> WorkflowExecution:
    """Start a workflow for a participant, with its published version.

    Raises:
        ParticipantNotFound: 404.
        WorkflowEventCalledOff, WorkflowNotPublished, WorkflowRunsAlready, WorkflowUnreadable: 409.
    """
    if events.find_status(work, *key) is EventStatus.CANCELLED:
        raise WorkflowEventCalledOff
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
    definition, stored = read_definition(version.definition), TransientRows(work)
    stored.add(EXECUTION_COLUMNS, execution)
    with refuse_doubles(WorkflowRunsAlready()):
        stored.write()  # the history refers to it
    running = _run(work, stored, ExecutionRows(execution), definition)
    running.machine.start()
    running.store()
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
    stored = TransientRows(work)
    execution = _lock(stored, key, execution_id)
    if execution.status is not ExecutionStatus.ACTIVE:
        raise WorkflowExecutionEnded
    running = _run(work, stored, _rows_of(stored, execution), _WITHOUT_STEPS)
    running.machine.cancel(reason=reason)
    execution.version += 1
    running.store()
    audit.record(work, key.tenant_id, EXECUTION_CANCELLED, execution.id, after={"reason": reason})
    return execution


def retry_outcome(work: Work, key: FeedKey, execution_id: str) -> bool:
    """Try again to give the participant the status of an outcome; return True if the execution has ended."""
    running = lock(work, key, execution_id)
    execution = running.rows.execution
    if execution.status is ExecutionStatus.ACTIVE and execution.outcome is not None:
        running.host.conclude(execution.outcome)
        running.store()
    return execution.status is not ExecutionStatus.ACTIVE


def lock(work: Work, key: FeedKey, execution_id: str) -> RunningExecution:
    """Lock an execution until the transaction ends, and load all that its machine needs.

    Raises:
        WorkflowExecutionNotFound: 404. WorkflowUnreadable: 409.
    """
    stored = TransientRows(work)
    return _load(work, stored, _lock(stored, key, execution_id))


def lock_of_task(work: Work, key: FeedKey, task_id: str) -> tuple[RunningExecution, WorkflowTask]:
    """Lock the execution of a task, as `lock` does, and return both as they are under the lock.

    Raises:
        WorkflowTaskNotFound: 404.
    """
    stored = TransientRows(work)
    values = {"tenant": key.tenant_id, "event": key.event_id, "id": task_id}
    rows = stored.fetch(_EXECUTION_OF_TASK, values)
    if not rows:
        raise WorkflowTaskNotFound
    running = _load(work, stored, stored.read(EXECUTION_COLUMNS, rows[0]))
    task = running.rows.tasks.get(task_id)
    if task is None:
        task = stored.read(TASK_COLUMNS, stored.fetch(_TASK, values)[0])
    return running, task


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


def _lock(stored: TransientRows, key: FeedKey, execution_id: str) -> WorkflowExecution:
    values = {"tenant": key.tenant_id, "event": key.event_id, "id": execution_id}
    rows = stored.fetch(_EXECUTION, values)
    if not rows:
        raise WorkflowExecutionNotFound
    return stored.read(EXECUTION_COLUMNS, rows[0])


def _load(work: Work, stored: TransientRows, execution: WorkflowExecution) -> RunningExecution:
    return _run(work, stored, _rows_of(stored, execution), _definition(work, execution))


def _rows_of(stored: TransientRows, execution: WorkflowExecution) -> ExecutionRows:
    """Load the rows of a locked execution, in the order in which they were made.

    They are sorted here: told to sort by the id, SQLite walks through the whole primary key of the tenant.
    """
    values = {"tenant": execution.tenant_id, "execution": execution.id}
    tree = stored.fetch(_TREE, values)
    return ExecutionRows(
        execution,
        _by_id(stored, BRANCH_COLUMNS, [row[:_JOIN_AT] for row in tree]),
        _by_id(stored, JOIN_COLUMNS, [row[_JOIN_AT:_TASK_AT] for row in tree]),
        _by_id(stored, TASK_COLUMNS, [row[_TASK_AT:-1] for row in tree]),
        tree[0][-1],
    )


def _by_id(
    stored: TransientRows, columns: RowColumns[Part], rows: Iterable[Sequence[Any]]
) -> dict[str, Part]:
    by_id = {row[columns.id_at]: row for row in rows}
    by_id.pop(None, None)  # a branch without
    return {id_: stored.read(columns, by_id[id_]) for id_ in sorted(by_id)}


def _run(work: Work, stored: TransientRows, rows: ExecutionRows, definition: Definition) -> RunningExecution:
    host = DatabaseHost(work, definition, rows, stored)
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
