"""Decisions about tasks: stored at once, taken back until they take effect, and then applied, each once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from sqlalchemy import select

from hub_sync.contract.enums import StepType
from hub_sync.hub.domains.accounts import service as accounts
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.workflows.clocks import clocks
from hub_sync.hub.domains.workflows.definition.conditions import is_filled
from hub_sync.hub.domains.workflows.definition.history import HistoryKind
from hub_sync.hub.domains.workflows.definition.model import StepDefinition, Voters
from hub_sync.hub.domains.workflows.engine import executions
from hub_sync.hub.domains.workflows.engine.executions import RunningExecution
from hub_sync.hub.domains.workflows.engine.host import Assignee, close_inboxes, reopen_inboxes
from hub_sync.hub.domains.workflows.errors import (
    BypassNotAllowed,
    CollectedFieldsMissing,
    DecisionReasonMissing,
    DecisionTakenEffect,
    NotAssigned,
    NothingDecided,
    ReturnImpossible,
    VotedAlready,
    WorkflowTaskChanged,
    WorkflowTaskEnded,
)
from hub_sync.hub.domains.workflows.execution_manifest import (
    TASK_APPLIED,
    TASK_DECIDED,
    TASK_TAKEN_BACK,
)
from hub_sync.hub.domains.workflows.manifest import TaskDecision
from hub_sync.hub.domains.workflows.tables import TaskStatus, WorkflowTask
from hub_sync.hub.kit.db.optimistic_locking import IfVersion, check_version
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey

_NEEDS_REASON = frozenset((TaskDecision.REJECT, TaskDecision.RETURN, TaskDecision.BYPASS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Decider:
    """Somebody who decides.

    Attributes:
        user_id: the user; None: an API key, which acts for whoever runs it, and needs no assignment.
        role: the user's role.
        in_place_of: ids of users who are away and have named this one.
        is_manager: True if they may manage workflows, and so decide whatever is open.
    """

    user_id: str | None = None
    role: str = ""
    in_place_of: Collection[str] = ()
    is_manager: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A decision about a task."""

    decision: TaskDecision
    reason: str = ""
    return_to: str | None = None


def decide(
    work: Work, key: FeedKey, task_id: str, decider: Decider, answer: Answer, if_version: IfVersion = None
) -> WorkflowTask:
    """Decide a task. It takes effect after the workflow's time to take back, or at once if that is none.

    Raises:
        WorkflowTaskNotFound: 404. NotAssigned, BypassNotAllowed: 403. WorkflowTaskChanged: 412.
        WorkflowTaskEnded: 409, and the answer is in the history. VotedAlready: 409.
        DecisionReasonMissing, ReturnImpossible, CollectedFieldsMissing: 422.
    """
    # What is refused below is rolled back, so the inboxes may be closed by the statement that reads whose they are.
    running, task = executions.lock_of_task(work, key, task_id)
    step = running.machine.definition.step(task.step_key)
    represented = _authority(close_inboxes(work, task), decider)
    if task.status is not TaskStatus.OPEN:
        error = WorkflowTaskEnded()
        error.after_rollback = (partial(_record_late, key=key, task_id=task_id, answer=answer),)
        raise error
    check_version(task.version, if_version, WorkflowTaskChanged)
    _check(running, step, decider, answer)
    _check_votes(work, running, task, decider, represented)
    now = running.host.now
    if step.sla is not None:
        clocks.stop(work, key.tenant_id, task_ids=(task.id,))
    task.status, task.decision, task.reason = TaskStatus.DECIDED, answer.decision, answer.reason
    task.return_to = answer.return_to
    task.decided_at, task.decided_by = now, work.actor
    task.decided_by_id, task.decided_for_id = decider.user_id, represented
    task.effective_at = now + timedelta(seconds=running.machine.definition.take_back_seconds)
    task.version += 1
    branch = running.rows.branches[task.branch_id]
    running.host.record(
        HistoryKind.DECIDED,
        branch.path,
        step.key,
        task=task.id,
        decision=answer.decision,
        reason=answer.reason,
        **({"represented": represented} if represented else {}),
    )
    after = {"decision": answer.decision.value, "reason": answer.reason, "step": step.name}
    if represented:
        after["in_place_of"] = accounts.get(work, key.tenant_id, represented).email
    audit.record(work, key.tenant_id, TASK_DECIDED, task.id, after=after)
    if task.effective_at <= now:
        running.machine.apply(task)
    running.store()
    return task


def take_back(work: Work, key: FeedKey, task_id: str, decider: Decider) -> WorkflowTask:
    """Take a decision back that has not taken effect; the task is open again, and its clock goes on.

    Raises:
        WorkflowTaskNotFound: 404. NotAssigned: 403, somebody else decided. NothingDecided, DecisionTakenEffect: 409.
    """
    running, task = executions.lock_of_task(work, key, task_id)
    _require_own(task, decider)
    if task.status is TaskStatus.OPEN:
        raise NothingDecided
    if task.status is not TaskStatus.DECIDED or task.applied_at is not None:
        raise DecisionTakenEffect
    if task.effective_at is not None and task.effective_at <= running.host.now:
        raise DecisionTakenEffect
    before = {"decision": task.decision.value if task.decision else None, "reason": task.reason}
    task.status, task.decision, task.reason, task.return_to = TaskStatus.OPEN, None, "", None
    task.decided_at = task.effective_at = None
    task.decided_by, task.decided_by_id, task.decided_for_id = "", None, None
    task.version += 1
    reopen_inboxes(work, task)
    clocks.undo_stop(work, key.tenant_id, task_ids=(task.id,))
    path = running.rows.branches[task.branch_id].path
    running.host.record(HistoryKind.TAKEN_BACK, path, task.step_key, task=task.id)
    running.store()
    audit.record(work, key.tenant_id, TASK_TAKEN_BACK, task.id, before=before)
    return task


def apply_now(work: Work, key: FeedKey, task_id: str, decider: Decider) -> WorkflowTask:
    """Let a decision take effect before its time to take back is over. One that has taken effect stays as it is.

    Raises:
        WorkflowTaskNotFound: 404. NotAssigned: 403, somebody else decided. NothingDecided: 409.
    """
    running, task = executions.lock_of_task(work, key, task_id)
    _require_own(task, decider)
    if task.status is TaskStatus.OPEN:
        raise NothingDecided
    if task.status is TaskStatus.DECIDED and task.applied_at is None:
        task.version += 1
        running.machine.apply(task)
        running.store()
        audit.record(work, key.tenant_id, TASK_APPLIED, task.id)
    return task


def apply_due(work: Work, key: FeedKey, task_id: str) -> bool:
    """Let a decision take effect whose time to take back is over; return False if it has already, or was taken back."""
    running, task = executions.lock_of_task(work, key, task_id)
    if (
        task.status is not TaskStatus.DECIDED
        or task.applied_at is not None
        or task.effective_at is None
        or task.effective_at > running.host.now
    ):
        return False
    running.machine.apply(task)
    running.store()
    return True


def _authority(assignees: Sequence[Assignee], decider: Decider) -> str | None:
    """Return the user in whose place somebody decides; None: they decide for themselves.

    Raises:
        NotAssigned: 403.
    """
    if any(row.user_id == decider.user_id if row.user_id else row.role == decider.role for row in assignees):
        return None
    represented = next((row.user_id for row in assignees if row.user_id in decider.in_place_of), None)
    if represented is None and decider.user_id is not None and not decider.is_manager:
        raise NotAssigned
    return represented


def _check(running: RunningExecution, step: StepDefinition, decider: Decider, answer: Answer) -> None:
    decision = answer.decision
    if decision is TaskDecision.BYPASS and not decider.is_manager:
        raise BypassNotAllowed
    if decision in _NEEDS_REASON and not answer.reason:
        raise DecisionReasonMissing
    if decision is TaskDecision.RETURN and answer.return_to not in step.return_to:
        raise ReturnImpossible
    if decision is TaskDecision.APPROVE and step.type is StepType.COLLECT:
        missing = [field for field in step.collect if not is_filled(running.host.participant, field)]
        if missing:
            raise CollectedFieldsMissing(fields=missing)


def _check_votes(
    work: Work, running: RunningExecution, task: WorkflowTask, decider: Decider, represented: str | None
) -> None:
    """Refuse a person's second vote where a join counts persons, also one around the fork; a delegate's vote is that of both."""
    rows, branch = running.rows, running.rows.branches[task.branch_id]
    people, others = {each for each in (decider.user_id, represented) if each is not None}, list[str]()
    while (join := rows.join_of(branch)) is not None:
        if running.machine.definition.step(join.step_key).voters is Voters.PERSON:
            siblings = [each for each in rows.branches_of(join) if each is not branch]
            others += [each.id for sibling in siblings for each in rows.below(sibling)]
        branch = rows.branches[join.branch_id]
    if not (people and others):
        return
    row = WorkflowTask
    query = select(row.decided_by_id, row.decided_for_id).where(
        row.tenant_id == task.tenant_id,
        row.execution_id == task.execution_id,
        row.branch_id.in_(others),
        row.status == TaskStatus.DECIDED,
    )
    if any(not people.isdisjoint(voters) for voters in work.session.execute(query)):
        raise VotedAlready


def _require_own(task: WorkflowTask, decider: Decider) -> None:
    is_own = decider.user_id is None or task.decided_by_id == decider.user_id
    if task.status is TaskStatus.DECIDED and not (is_own or decider.is_manager):
        raise NotAssigned


def _record_late(work: Work, key: FeedKey, task_id: str, answer: Answer) -> None:
    running, task = executions.lock_of_task(work, key, task_id)
    path = running.rows.branches[task.branch_id].path
    running.host.record(
        HistoryKind.LATE_ANSWER,
        path,
        task.step_key,
        task=task.id,
        decision=answer.decision,
        reason=answer.reason,
    )
