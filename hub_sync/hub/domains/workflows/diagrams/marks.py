"""The marks of steps in an execution: what was done, what is open, waited for, left out, or still ahead."""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from hub_sync.contract.enums import StepType
from hub_sync.hub.domains.workflows.definition.history import HistoryKind
from hub_sync.hub.domains.workflows.definition.model import Definition, StepDefinition
from hub_sync.hub.domains.workflows.definition.regions import Regions
from hub_sync.hub.domains.workflows.engine.machine import ExecutionRows
from hub_sync.hub.domains.workflows.manifest import ExecutionStatus, TaskDecision
from hub_sync.hub.domains.workflows.tables import (
    JoinStatus,
    TaskStatus,
    WorkflowHistoryEntry,
    WorkflowJoin,
    WorkflowTask,
)
from hub_sync.hub.kit.i18n import N_


class StepMark(StrEnum):
    """The state of a step in an execution."""

    DONE = "DONE"
    OPEN = "OPEN"
    LATE = "LATE"
    DECIDED = "DECIDED"
    WAITING = "WAITING"
    LEFT_OUT = "LEFT_OUT"
    SKIPPED = "SKIPPED"
    REJECTED = "REJECTED"
    RETURNED = "RETURNED"
    TIMED_OUT = "TIMED_OUT"
    CANCELLED = "CANCELLED"
    AHEAD = "AHEAD"


class MarkStyle(NamedTuple):
    """A mark as a drawing shows it: a word, a sign, and a colour; each says it by itself."""

    word: str
    sign: str
    tone: str


STYLES: dict[StepMark, MarkStyle] = {
    StepMark.DONE: MarkStyle(N_("Done"), "✓", "good"),
    StepMark.OPEN: MarkStyle(N_("Open"), "●", "info"),
    StepMark.LATE: MarkStyle(N_("Late"), "!", "bad"),
    StepMark.DECIDED: MarkStyle(N_("Decided, can be taken back"), "◐", "info"),
    StepMark.WAITING: MarkStyle(N_("Waiting"), "…", "warn"),
    StepMark.LEFT_OUT: MarkStyle(N_("Left out"), "\N{EN DASH}", "quiet"),
    StepMark.SKIPPED: MarkStyle(N_("Skipped"), "»", "quiet"),
    StepMark.REJECTED: MarkStyle(N_("Rejected"), "✕", "bad"),
    StepMark.RETURNED: MarkStyle(N_("Sent back"), "↩", "warn"),
    StepMark.TIMED_OUT: MarkStyle(N_("Timed out"), "!", "bad"),
    StepMark.CANCELLED: MarkStyle(N_("Cancelled"), "\N{MULTIPLICATION SIGN}", "quiet"),
    StepMark.AHEAD: MarkStyle(N_("Still ahead"), "○", "ahead"),
}
_OF_DECISION = {
    TaskDecision.APPROVE: StepMark.DONE,
    TaskDecision.REJECT: StepMark.REJECTED,
    TaskDecision.BYPASS: StepMark.SKIPPED,
    TaskDecision.RETURN: StepMark.RETURNED,
    TaskDecision.TIMED_OUT: StepMark.TIMED_OUT,
}
_OF_JOIN = {
    JoinStatus.WAITING: StepMark.WAITING,
    JoinStatus.FIRED: StepMark.DONE,
    JoinStatus.FAILED: StepMark.REJECTED,
    JoinStatus.CANCELLED: StepMark.CANCELLED,
}


def marks_of(
    definition: Definition,
    rows: ExecutionRows,
    history: Iterable[WorkflowHistoryEntry],
    late_tasks: Iterable[str] = (),
) -> dict[str, StepMark]:
    """Return the mark of each step of an execution, by the keys of steps.

    Args:
        definition: of the version that it runs by.
        rows: its rows, with all tasks, the older ones first.
        history: its entries in their order.
        late_tasks: the ids of open tasks whose deadline has passed.
    """
    entries = list(history)
    skipped = {entry.step_key for entry in entries if entry.kind == HistoryKind.STEP_SKIPPED}
    passed = {entry.step_key for entry in entries if entry.kind == HistoryKind.NOTIFIED}
    left_out = {
        (entry.step_key, entry.data.get("branch"))
        for entry in entries
        if entry.kind == HistoryKind.BRANCH_LEFT_OUT
    }
    tasks = {task.step_key: task for task in rows.tasks.values()}
    joins = {join.step_key: join for join in rows.joins.values()}
    regions, late, is_active = (
        Regions(definition),
        set(late_tasks),
        rows.execution.status is ExecutionStatus.ACTIVE,
    )

    def is_left_out(step: StepDefinition) -> bool:
        region = regions.one_of(step.key) or ()
        return any(tuple(pair) in left_out for pair in zip(region[::2], region[1::2], strict=False))

    def mark(step: StepDefinition) -> StepMark:
        if step.key in tasks:
            return _of_task(tasks[step.key], late)
        join: WorkflowJoin | None = joins.get((step.join if step.type is StepType.FORK else step.key) or "")
        if join is not None:
            return StepMark.DONE if step.type is StepType.FORK else _OF_JOIN[join.status]
        if step.key in passed:
            return StepMark.DONE
        if step.key in skipped or is_left_out(step) or not is_active:
            return StepMark.LEFT_OUT
        return StepMark.AHEAD

    return {step.key: mark(step) for step in definition.steps}


def _of_task(task: WorkflowTask, late: set[str]) -> StepMark:
    if task.status is TaskStatus.OPEN:
        return StepMark.LATE if task.id in late else StepMark.OPEN
    if task.status is TaskStatus.CANCELLED or task.decision is None:
        return StepMark.CANCELLED
    return _OF_DECISION[task.decision] if task.ended_at is not None else StepMark.DECIDED
