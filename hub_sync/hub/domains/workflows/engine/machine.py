"""The machine: what an execution does next. It changes rows in memory, and asks its host for everything else.

The caller holds the lock of the execution's row, and has loaded its branches, its joins and the tasks that are not ended. So two
decisions about one execution never meet, and a join is counted by one of them at a time (Flowable#1741, #2124: two that met
repeated tasks, or stopped).
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from hub_sync.contract.enums import StepType
from hub_sync.hub.domains.workflows.definition.conditions import Conditions
from hub_sync.hub.domains.workflows.definition.history import HistoryKind
from hub_sync.hub.domains.workflows.definition.model import Definition, OnReject, StepDefinition
from hub_sync.hub.domains.workflows.manifest import BranchStatus, ExecutionStatus, TaskDecision
from hub_sync.hub.domains.workflows.tables import (
    JoinStatus,
    ParallelBranch,
    TaskStatus,
    WorkflowExecution,
    WorkflowJoin,
    WorkflowTask,
)

_LIVE = frozenset((BranchStatus.PENDING, BranchStatus.ACTIVE))
_VOTES = frozenset((BranchStatus.COMPLETED, BranchStatus.BYPASSED))
ROOT = ""
"""The path of the root branch."""


@dataclass
class ExecutionRows:
    """The rows of an execution: all its branches and joins, and the tasks that are not ended."""

    execution: WorkflowExecution
    branches: dict[str, ParallelBranch] = field(default_factory=dict)
    joins: dict[str, WorkflowJoin] = field(default_factory=dict)
    tasks: dict[str, WorkflowTask] = field(default_factory=dict)
    history_length: int = 0
    """The number of the newest entry of its history."""

    @property
    def root(self) -> ParallelBranch:
        """The root branch."""
        return next(branch for branch in self.branches.values() if branch.path == ROOT)

    def branch_at(self, path: str) -> ParallelBranch:
        """Return the branch of a path."""
        return next(branch for branch in self.branches.values() if branch.path == path)

    def branches_of(self, join: WorkflowJoin) -> list[ParallelBranch]:
        """Return the branches that were opened at the fork of a join."""
        depth = join.path.count("/") + 1
        return [
            branch
            for branch in self.branches.values()
            if branch.parent_id == join.branch_id
            and branch.path.startswith(f"{join.path}/")
            and branch.path.count("/") == depth
        ]

    def join_of(self, branch: ParallelBranch) -> WorkflowJoin | None:
        """Return the join at which a branch ends; None: it is the root branch."""
        if branch.parent_id is None:
            return None
        path = branch.path.rpartition("/")[0]
        return next(join for join in self.joins.values() if join.path == path)

    def below(self, branch: ParallelBranch) -> list[ParallelBranch]:
        """Return a branch, and those that were opened on it or below."""
        return [
            each
            for each in self.branches.values()
            if each is branch or not branch.path or each.path.startswith(f"{branch.path}/")
        ]


class Host(Protocol):
    """The caller of the machine: it stores the rows, and does what lies outside of them, in the same transaction."""

    now: datetime

    def new_id(self) -> str:
        """Return a new id."""

    def holds(self, conditions: Conditions) -> bool:
        """Return True if the conditions hold for the participant."""

    def add(self, row: ParallelBranch | WorkflowJoin | WorkflowTask) -> None:
        """Store a new row."""

    def open_task(self, task: WorkflowTask, step: StepDefinition) -> None:
        """Assign a new task, and start its clock."""

    def close_task(self, task: WorkflowTask) -> None:
        """Take an ended task out of the inboxes, and stop its clock."""

    def open_join(self, join: WorkflowJoin, step: StepDefinition) -> None:
        """Start the clock of a join."""

    def close_join(self, join: WorkflowJoin) -> None:
        """Stop the clock of a join."""

    def notify(self, step: StepDefinition) -> None:
        """Queue the message of a step."""

    def escalate(self, task: WorkflowTask, step: StepDefinition) -> None:
        """Let others do a task as well."""

    def bypassed(self, task: WorkflowTask, step: StepDefinition) -> None:
        """Announce that a step was skipped."""

    def record(
        self, kind: HistoryKind, branch_path: str = ROOT, step_key: str | None = None, **data: Any
    ) -> None:
        """Write an entry of the history."""

    def conclude(self, outcome: ExecutionStatus) -> None:
        """Give the participant the status of the outcome, and end the execution; it may be kept back."""


@dataclass
class Machine:
    """Runs one execution."""

    definition: Definition
    rows: ExecutionRows
    host: Host

    def start(self) -> None:
        """Begin with the first step."""
        branch = self._new_branch(None, ROOT)
        self.host.record(HistoryKind.STARTED)
        self._enter(branch, self.definition.steps[0].key)

    def apply(self, task: WorkflowTask) -> None:
        """Let a decision take effect: the branch of the task goes on, ends, or goes back."""
        branch, step = self.rows.branches[task.branch_id], self.definition.step(task.step_key)
        task.applied_at = self.host.now
        self._end_task(task)
        match task.decision:
            case TaskDecision.REJECT:
                self._end(branch, BranchStatus.REJECTED)
            case TaskDecision.RETURN:
                branch.round += 1
                self.host.record(
                    HistoryKind.RETURNED, branch.path, step.key, to=task.return_to, round=branch.round
                )
                self._enter(branch, task.return_to)
            case _:
                if task.decision is TaskDecision.BYPASS:
                    self.host.bypassed(task, step)
                self._go_on(branch, step, is_bypassed=task.decision is TaskDecision.BYPASS)

    def pass_over(self, task: WorkflowTask) -> None:
        """Go on after a task's deadline as if it were approved."""
        task.status, task.decision = TaskStatus.DECIDED, TaskDecision.TIMED_OUT
        task.decided_at = task.applied_at = self.host.now
        self._end_task(task)
        branch = self.rows.branches[task.branch_id]
        self.host.record(HistoryKind.TIMED_OUT, branch.path, task.step_key)
        self._go_on(branch, self.definition.step(task.step_key))

    def fail(self, task: WorkflowTask) -> None:
        """End the branch of a task after its deadline."""
        task.status, task.decision = TaskStatus.DECIDED, TaskDecision.TIMED_OUT
        task.decided_at = task.applied_at = self.host.now
        self._end_task(task)
        branch = self.rows.branches[task.branch_id]
        self.host.record(HistoryKind.TIMED_OUT, branch.path, task.step_key)
        self._end(branch, BranchStatus.TIMED_OUT)

    def escalate(self, tasks: Iterable[WorkflowTask], step: StepDefinition) -> None:
        """Let others do tasks as well: those of the late step, or those on which a late join waits."""
        for task in tasks:
            self.host.escalate(task, step)
            path = self.rows.branches[task.branch_id].path
            self.host.record(HistoryKind.ESCALATED, path, task.step_key)

    def pass_join(self, join: WorkflowJoin) -> None:
        """Go on after a join's deadline with the branches that are completed."""
        self._end_open(join, BranchStatus.TIMED_OUT)
        self._fire(join)

    def fail_join(self, join: WorkflowJoin) -> None:
        """Let a join fail after its deadline."""
        self._end_open(join, BranchStatus.TIMED_OUT)
        self._fail(join)

    def cancel(self, **data: Any) -> None:
        """End the execution where it stands; nobody's status changes."""
        self._stop(self.rows.root, BranchStatus.CANCELLED)
        execution = self.rows.execution
        execution.status, execution.ended_at = ExecutionStatus.CANCELLED, self.host.now
        execution.retry_at = None
        self.host.record(HistoryKind.CANCELLED, **data)

    # --- steps -----------------------------------------------------------------------------------

    def _enter(self, branch: ParallelBranch, key: str | None) -> None:
        """Let a branch go on until it waits for somebody, is forked, or ends."""
        while key is not None:
            if branch.path and self._is_join_of(key, branch):
                break
            step = self.definition.step(key)
            branch.step_key = key
            if not self.host.holds(step.when):
                self.host.record(HistoryKind.STEP_SKIPPED, branch.path, key)
                key = self._after_fork(step) if step.type is StepType.FORK else self._next(step)
            elif step.is_human:
                self._open_task(branch, step)
                return
            elif step.type is StepType.FORK:
                self._fork(branch, step)
                return
            else:
                if step.type is StepType.NOTIFY:
                    self.host.notify(step)
                    self.host.record(HistoryKind.NOTIFIED, branch.path, key)
                key = self._next(step)
        self._end(branch, BranchStatus.COMPLETED)

    def _go_on(self, branch: ParallelBranch, step: StepDefinition, *, is_bypassed: bool = False) -> None:
        key = self._next(step)
        at_end = key is None or (bool(branch.path) and self._is_join_of(key, branch))
        if at_end and is_bypassed:
            self._end(branch, BranchStatus.BYPASSED)
        else:
            self._enter(branch, key)

    def _next(self, step: StepDefinition) -> str | None:
        for route in step.routes:
            if self.host.holds(route.when):
                return route.to
        return step.next

    def _after_fork(self, fork: StepDefinition) -> str | None:
        return self._next(self.definition.step(fork.join or ""))

    def _is_join_of(self, key: str, branch: ParallelBranch) -> bool:
        join = self.rows.join_of(branch)
        return join is not None and join.step_key == key

    def _open_task(self, branch: ParallelBranch, step: StepDefinition) -> None:
        execution = self.rows.execution
        task = WorkflowTask(
            tenant_id=execution.tenant_id,
            id=self.host.new_id(),
            event_id=execution.event_id,
            execution_id=execution.id,
            branch_id=branch.id,
            step_key=step.key,
            type=step.type,
            status=TaskStatus.OPEN,
            round=branch.round,
            opened_at=self.host.now,
            reason="",
            decided_by="",
            version=1,
        )
        self.rows.tasks[task.id] = task
        self.host.add(task)
        self.host.record(HistoryKind.STEP_OPENED, branch.path, step.key, task=task.id)
        self.host.open_task(task, step)

    def _end_task(self, task: WorkflowTask) -> None:
        task.ended_at = self.host.now
        self.host.close_task(task)
        self.rows.tasks.pop(task.id, None)

    # --- forks and joins --------------------------------------------------------------------------

    def _new_branch(self, parent: ParallelBranch | None, path: str) -> ParallelBranch:
        execution = self.rows.execution
        branch = ParallelBranch(
            tenant_id=execution.tenant_id,
            id=self.host.new_id(),
            execution_id=execution.id,
            parent_id=parent.id if parent else None,
            path=path,
            status=BranchStatus.PENDING if parent else BranchStatus.ACTIVE,
            round=1,
            started_at=None if parent else self.host.now,
        )
        self.rows.branches[branch.id] = branch
        self.host.add(branch)
        return branch

    def _fork(self, branch: ParallelBranch, fork: StepDefinition) -> None:
        path = f"{branch.path}/{fork.key}" if branch.path else fork.key
        opened = [each for each in fork.branches if self.host.holds(each.when)]
        for each in fork.branches:
            if each not in opened:
                self.host.record(HistoryKind.BRANCH_LEFT_OUT, branch.path, fork.key, branch=each.key)
        step = self.definition.step(fork.join or "")
        join = WorkflowJoin(
            tenant_id=branch.tenant_id,
            id=self.host.new_id(),
            execution_id=branch.execution_id,
            branch_id=branch.id,
            path=path,
            step_key=step.key,
            status=JoinStatus.WAITING,
            opened=len(opened),
            needed=self.definition.needed(step, len(opened)),
        )
        self.rows.joins[join.id] = join
        self.host.add(join)
        self.host.open_join(join, step)
        self.host.record(HistoryKind.FORKED, branch.path, fork.key, branches=[each.key for each in opened])
        branches = [(self._new_branch(branch, f"{path}/{each.key}"), each.first) for each in opened]
        self._count(join)
        waiting = deque(branches)
        while waiting and join.status is JoinStatus.WAITING:
            new, first = waiting.popleft()
            if new.status is BranchStatus.PENDING:
                new.status, new.started_at = BranchStatus.ACTIVE, self.host.now
                self._enter(new, first)

    def _end(self, branch: ParallelBranch, status: BranchStatus) -> None:
        branch.status, branch.ended_at, branch.step_key = status, self.host.now, None
        join = self.rows.join_of(branch)
        if join is None:
            is_good = status in _VOTES
            self.host.conclude(ExecutionStatus.COMPLETED if is_good else ExecutionStatus.REJECTED)
            return
        self.host.record(HistoryKind.BRANCH_ENDED, branch.path, status=status)
        self._count(join)

    def _count(self, join: WorkflowJoin) -> None:
        """Let a join fire or fail, if its branches say so. Each branch is one row, and so counts once."""
        if join.status is not JoinStatus.WAITING:
            return
        branches = self.rows.branches_of(join)
        votes = sum(branch.status in _VOTES for branch in branches)
        live = sum(branch.status in _LIVE for branch in branches)
        if len(branches) < join.opened:  # the fork has not opened all of them yet
            return
        rule = self.definition.step(join.step_key).on_reject
        is_rejected = any(branch.status is BranchStatus.REJECTED for branch in branches)
        if votes >= join.needed:
            self._fire(join)
        elif (
            (rule is OnReject.FAIL_FAST and is_rejected)
            or (rule is not OnReject.WAIT and votes + live < join.needed)
            or not live
        ):
            self._fail(join)

    def _fire(self, join: WorkflowJoin) -> None:
        step = self._close(join, JoinStatus.FIRED)
        branch = self.rows.branches[join.branch_id]
        votes = [each.path for each in self.rows.branches_of(join) if each.status in _VOTES]
        self.host.record(HistoryKind.JOINED, branch.path, step.key, branches=votes)
        self._enter(branch, self._next(step))

    def _fail(self, join: WorkflowJoin) -> None:
        step = self._close(join, JoinStatus.FAILED)
        branch = self.rows.branches[join.branch_id]
        self.host.record(HistoryKind.JOIN_FAILED, branch.path, step.key)
        self._end(branch, BranchStatus.REJECTED)

    def _close(self, join: WorkflowJoin, status: JoinStatus) -> StepDefinition:
        self._end_open(join, BranchStatus.CANCELLED)
        join.status, join.ended_at = status, self.host.now
        self.host.close_join(join)
        return self.definition.step(join.step_key)

    def _end_open(self, join: WorkflowJoin, status: BranchStatus) -> None:
        for branch in self.rows.branches_of(join):
            if branch.status in _LIVE:
                self._stop(branch, status)

    def _stop(self, branch: ParallelBranch, status: BranchStatus) -> None:
        """End a branch and what was opened on it, with their tasks, joins and clocks; nothing goes on from there."""
        for each in self.rows.below(branch):
            if each.status not in _LIVE:
                continue
            for task in [task for task in self.rows.tasks.values() if task.branch_id == each.id]:
                task.status = TaskStatus.CANCELLED
                self._end_task(task)
            for join in self.rows.joins.values():
                if join.branch_id == each.id and join.status is JoinStatus.WAITING:
                    join.status, join.ended_at = JoinStatus.CANCELLED, self.host.now
                    self.host.close_join(join)
            each.status = status if each is branch else BranchStatus.CANCELLED
            each.ended_at, each.step_key = self.host.now, None
            self.host.record(HistoryKind.BRANCH_ENDED, each.path, status=each.status)
