"""The machine's host in the database: rows, inboxes, clocks, history, and the participant, in the transaction of a `Work`."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Row, Table, bindparam, insert, update

from hub_sync.contract.enums import ParticipantStatus, StepType
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.errors import ParticipantNotFound
from hub_sync.hub.domains.participants.service import Participant
from hub_sync.hub.domains.workflows.clocks import clocks
from hub_sync.hub.domains.workflows.clocks.clocks import ClockStart
from hub_sync.hub.domains.workflows.definition.conditions import Conditions, is_filled
from hub_sync.hub.domains.workflows.definition.history import EndReason, HistoryKind
from hub_sync.hub.domains.workflows.definition.model import Assignees, Definition, Sla, StepDefinition
from hub_sync.hub.domains.workflows.engine.machine import ROOT, ExecutionRows
from hub_sync.hub.domains.workflows.manifest import (
    ExecutionStatus,
    ParticipantBypassed,
    TaskDecision,
    WorkflowCompleted,
    WorkflowNoticeDue,
    WorkflowParticipantChanged,
)
from hub_sync.hub.domains.workflows.tables import (
    JoinStatus,
    ParallelBranch,
    TaskStatus,
    WorkflowExecution,
    WorkflowHistoryEntry,
    WorkflowJoin,
    WorkflowTask,
    WorkflowTaskAssignee,
)
from hub_sync.hub.kit.db import pending_writes
from hub_sync.hub.kit.db.bulk import insert_many
from hub_sync.hub.kit.db.transient_rows import RowColumns, TransientRows
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.errors import Conflict
from hub_sync.hub.kit.events import domain_events
from hub_sync.hub.kit.events.change_feed import FeedKey

Assignee = Row[str | None, str | None]
"""The `user_id` and the `role` of an assignee, one of which is None."""
RETRY_AFTER = timedelta(minutes=1)
"""The wait before an outcome that was kept back is tried again."""
EXECUTION_COLUMNS, BRANCH_COLUMNS = RowColumns(WorkflowExecution), RowColumns(ParallelBranch)
JOIN_COLUMNS, TASK_COLUMNS = RowColumns(WorkflowJoin), RowColumns(WorkflowTask)
_HISTORY: Table = WorkflowHistoryEntry.metadata.tables[WorkflowHistoryEntry.__tablename__]
_ASSIGNEE = insert(WorkflowTaskAssignee.__table__)  # type: ignore[arg-type]
_OPEN = (
    update(WorkflowTaskAssignee.__table__)  # type: ignore[arg-type]
    .where(
        WorkflowTaskAssignee.tenant_id == bindparam("of_tenant"),
        WorkflowTaskAssignee.task_id == bindparam("of_task"),
    )
    .returning(WorkflowTaskAssignee.user_id, WorkflowTaskAssignee.role)
)


class DatabaseHost:
    """The host of one execution, whose row is locked."""

    def __init__(
        self, work: Work, definition: Definition, rows: ExecutionRows, stored: TransientRows
    ) -> None:
        """Take the transaction, the version's definition, the rows of the execution, and that by which they are stored."""
        self.work, self.definition, self.rows, self.stored = work, definition, rows, stored
        self.now: datetime = work.now()
        self._history: list[dict[str, Any]] = []
        execution = rows.execution
        self.key = FeedKey(execution.tenant_id, execution.event_id)

    @cached_property
    def participant(self) -> Participant:
        """The participant, also one who was deleted meanwhile."""
        execution = self.rows.execution
        return self.work.session.get_one(Participant, (execution.tenant_id, execution.participant_id))

    @cached_property
    def _event(self) -> Row[Any]:
        return events.read(self.work, *self.key)

    def new_id(self) -> str:
        """Return a new id."""
        return self.work.new_id()

    def holds(self, conditions: Conditions) -> bool:
        """Return True if the conditions hold for the participant."""
        return conditions.are_empty or conditions.hold(self.participant)

    def add(self, row: ParallelBranch | WorkflowJoin | WorkflowTask) -> None:
        """Store a new row; those that refer to it are stored after it."""
        match row:
            case ParallelBranch():
                self.stored.add(BRANCH_COLUMNS, row)
            case WorkflowJoin():
                self.stored.add(JOIN_COLUMNS, row)
            case WorkflowTask():
                self.stored.add(TASK_COLUMNS, row)

    def open_task(self, task: WorkflowTask, step: StepDefinition) -> None:
        """Assign a new task, and start its clock. One whose details are there already is completed by a listener."""
        self.stored.write()
        self._assign(task, step.assignees, is_escalation=False)
        if step.type is StepType.COLLECT and all(
            is_filled(self.participant, field) for field in step.collect
        ):
            changed = WorkflowParticipantChanged(
                entity_id=self.rows.execution.participant_id, event_id=self.key.event_id
            )
            domain_events.emit(self.work, self.key.tenant_id, changed)
        if step.sla is not None:
            clocks.start(self.work, self._clock(step, step.sla, task_id=task.id, is_again=task.round > 1))

    def close_task(self, task: WorkflowTask) -> None:
        """Take an ended task out of the inboxes, and stop its clock, if the decision has not done that."""
        if task.status is TaskStatus.DECIDED and task.decision is not TaskDecision.TIMED_OUT:
            return
        close_inboxes(self.work, task)
        end = clocks.cancel if task.status is TaskStatus.CANCELLED else clocks.stop
        end(self.work, task.tenant_id, task_ids=(task.id,))

    def open_join(self, join: WorkflowJoin, step: StepDefinition) -> None:
        """Start the clock of a join."""
        if step.sla is not None:
            self.stored.write()
            clocks.start(self.work, self._clock(step, step.sla, join_id=join.id))

    def close_join(self, join: WorkflowJoin) -> None:
        """Stop the clock of a join; one that nobody waits for any more was not in time, and not late."""
        if join.status is JoinStatus.CANCELLED:
            clocks.cancel(self.work, join.tenant_id, join_ids=(join.id,))
        elif self.definition.step(join.step_key).sla is not None:
            clocks.stop(self.work, join.tenant_id, join_ids=(join.id,))

    def notify(self, step: StepDefinition) -> None:
        """Announce that the message of a step is due."""
        execution = self.rows.execution
        notice = WorkflowNoticeDue(
            entity_id=execution.participant_id,
            event_id=execution.event_id,
            template_id=step.template_id,
            execution_id=execution.id,
            step=step.name,
        )
        domain_events.emit(self.work, execution.tenant_id, notice)

    def escalate(self, task: WorkflowTask, step: StepDefinition) -> None:
        """Let others do a task as well."""
        if step.sla is not None:
            self._assign(task, step.sla.escalate_to, is_escalation=True)

    def bypassed(self, task: WorkflowTask, step: StepDefinition) -> None:
        """Announce that a step was skipped."""
        skipped = ParticipantBypassed(**self._subject(), step=step.name, reason=task.reason)
        domain_events.emit(self.work, self.key.tenant_id, skipped)

    def record(
        self, kind: HistoryKind, branch_path: str = ROOT, step_key: str | None = None, **data: Any
    ) -> None:
        """Write an entry of the history, by the actor of the transaction."""
        self.rows.history_length += 1
        is_first = not self._history
        self._history.append(
            {
                "id": self.work.new_id(),
                "number": self.rows.history_length,
                "kind": kind,
                "branch_path": branch_path,
                "step_key": step_key,
                "data": data,
            }
        )
        if is_first:  # in a savepoint, it is written at once
            pending_writes.add(self.work.session, self._write_history)

    def conclude(self, outcome: ExecutionStatus) -> None:
        """Give the participant the status of the outcome, and end the execution; it is kept back while the hub refuses the status."""
        execution, person = self.rows.execution, self.participant
        execution.outcome = outcome
        if person.deleted_at is not None or person.status is ParticipantStatus.CANCELLED:
            reason = (
                EndReason.PARTICIPANT_CANCELLED
                if person.deleted_at is None
                else EndReason.PARTICIPANT_DELETED
            )
            self._finish(ExecutionStatus.CANCELLED, HistoryKind.CANCELLED, reason=reason)
            return
        is_approved = outcome is ExecutionStatus.COMPLETED
        status = self.definition.approved_status if is_approved else self.definition.rejected_status
        if status is not None:
            try:
                participants.update_status(self.work, *self.key, person.id, status)
            except (Conflict, ParticipantNotFound) as error:
                if execution.problem != error.code:
                    self.record(HistoryKind.OUTCOME_KEPT_BACK, code=error.code)
                execution.problem, execution.retry_at = error.code, self.now + RETRY_AFTER
                return
        self._finish(outcome, HistoryKind.COMPLETED if is_approved else HistoryKind.REJECTED)
        completed = WorkflowCompleted(**self._subject(), outcome="APPROVED" if is_approved else "REJECTED")
        domain_events.emit(self.work, self.key.tenant_id, completed)

    # --- parts ------------------------------------------------------------------------------------

    def _write_history(self, _: Connection) -> None:
        execution, rows = self.rows.execution, self._history
        self._history = []
        shared = {
            "tenant_id": execution.tenant_id,
            "execution_id": execution.id,
            "actor": self.work.actor,
            "at": self.now,
            **self.work.timestamps(),
        }
        insert_many(self.work.session, _HISTORY, rows, shared)

    def _finish(self, status: ExecutionStatus, kind: HistoryKind, **data: Any) -> None:
        execution = self.rows.execution
        execution.status, execution.ended_at = status, self.now
        execution.problem, execution.retry_at = "", None
        self.record(kind, **data)

    def _subject(self) -> dict[str, Any]:
        """Return what a domain event says of the participant and the workflow."""
        return {
            "entity_id": self.participant.id,
            "event_id": self.key.event_id,
            "registration_code": self.participant.registration_code,
            "category": self.participant.category,
            "workflow_id": self.rows.execution.workflow_id,
        }

    def _clock(
        self,
        step: StepDefinition,
        sla: Sla,
        *,
        task_id: str | None = None,
        join_id: str | None = None,
        is_again: bool = False,
    ) -> ClockStart:
        return ClockStart(
            key=self.key,
            execution_id=self.rows.execution.id,
            step_key=step.key,
            step_name=step.name,
            sla=sla,
            event_zone=self._event.time_zone,
            task_id=task_id,
            join_id=join_id,
            is_again=is_again,
        )

    def _assign(self, task: WorkflowTask, assignees: Assignees, *, is_escalation: bool) -> None:
        people = (
            *(("user_id", user) for user in assignees.users),
            *(("role", role) for role in assignees.roles),
        )
        rows: Sequence[dict[str, Any]] = [
            {
                "tenant_id": task.tenant_id,
                "id": self.work.new_id(),
                "task_id": task.id,
                "user_id": None,
                "role": None,
                "is_escalation": is_escalation,
                "is_open": True,
                **self.work.timestamps(),
                column: value,
            }
            for column, value in people
        ]
        if rows:
            self.work.connection.execute(_ASSIGNEE, rows)


def close_inboxes(work: Work, task: WorkflowTask) -> Sequence[Assignee]:
    """Take a task out of the inboxes of its assignees, and return these."""
    return _set_open(work, task, is_open=False)


def reopen_inboxes(work: Work, task: WorkflowTask) -> None:
    """Put a task back into the inboxes of its assignees."""
    _set_open(work, task, is_open=True)


def _set_open(work: Work, task: WorkflowTask, *, is_open: bool) -> Sequence[Assignee]:
    values = {"of_tenant": task.tenant_id, "of_task": task.id, "is_open": is_open, "updated_at": work.now()}
    return work.connection.execute(_OPEN, values).all()
