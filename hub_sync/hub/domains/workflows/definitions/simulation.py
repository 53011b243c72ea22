"""Simulations: run a draft in memory for people who are registered, as if everybody approved at the last minute.

They run by the machine that executes workflows, so what they report is what will happen. Nothing is stored.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from typing import Any

from hub_sync.contract.enums import StepType
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.service import Participant
from hub_sync.hub.domains.workflows.definition.checks import find_faults
from hub_sync.hub.domains.workflows.definition.conditions import Conditions
from hub_sync.hub.domains.workflows.definition.history import HistoryKind
from hub_sync.hub.domains.workflows.definition.model import Definition, StepDefinition
from hub_sync.hub.domains.workflows.definitions.definitions import draft_of, require_no_faults
from hub_sync.hub.domains.workflows.definitions.schemas import (
    SimulatedStep,
    WorkflowSimulation,
    WorkflowSimulationResponse,
)
from hub_sync.hub.domains.workflows.engine.machine import ROOT, ExecutionRows, Machine
from hub_sync.hub.domains.workflows.manifest import ExecutionStatus, TaskDecision
from hub_sync.hub.domains.workflows.tables import (
    ParallelBranch,
    TaskStatus,
    Workflow,
    WorkflowExecution,
    WorkflowJoin,
    WorkflowTask,
)
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey

_BEGIN = datetime(2000, 1, 1, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)
_MOST_EXAMPLES = 5
_REACHED = frozenset((HistoryKind.STEP_OPENED, HistoryKind.NOTIFIED, HistoryKind.FORKED))


@dataclass
class SimulatedExecution:
    """The machine's host for one person: time passes only while somebody waits for a step's deadline."""

    definition: Definition
    participant: Participant
    now: datetime = _BEGIN
    outcome: ExecutionStatus | None = None
    entries: list[tuple[HistoryKind, str | None, dict[str, Any]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin with no rows but the execution's."""
        self._ids = count(1)
        self._due: list[tuple[datetime, int, str]] = []
        execution = WorkflowExecution(
            tenant_id="", id="", event_id="", participant_id="", status=ExecutionStatus.ACTIVE
        )
        self.rows = ExecutionRows(execution)

    def run(self) -> None:
        """Run to the end; each task is approved when it is due, or at once if it has no deadline."""
        machine = Machine(self.definition, self.rows, self)
        machine.start()
        while self._due and self.outcome is None:
            at, _, task_id = heappop(self._due)
            task = self.rows.tasks.get(task_id)
            if task is not None:
                self.now = at
                task.status, task.decision = TaskStatus.DECIDED, TaskDecision.APPROVE
                machine.apply(task)

    @property
    def minutes(self) -> int:
        """The minutes from the start until now."""
        return (self.now - _BEGIN) // _MINUTE

    def new_id(self) -> str:
        """Return a new id."""
        return str(next(self._ids))

    def holds(self, conditions: Conditions) -> bool:
        """Return True if the conditions hold for the participant."""
        return conditions.hold(self.participant)

    def add(self, row: ParallelBranch | WorkflowJoin | WorkflowTask) -> None:
        """Store nothing."""

    def open_task(self, task: WorkflowTask, step: StepDefinition) -> None:
        """Wait until the task is due."""
        minutes = step.sla.minutes if step.sla else 0
        heappush(self._due, (self.now + minutes * _MINUTE, next(self._ids), task.id))

    def close_task(self, task: WorkflowTask) -> None:
        """Have no clock to stop."""

    def open_join(self, join: WorkflowJoin, step: StepDefinition) -> None:
        """Start no clock: its branches come in time."""

    def close_join(self, join: WorkflowJoin) -> None:
        """Have no clock to stop."""

    def notify(self, step: StepDefinition) -> None:
        """Write to nobody."""

    def escalate(self, task: WorkflowTask, step: StepDefinition) -> None:
        """Let nobody be late."""

    def bypassed(self, task: WorkflowTask, step: StepDefinition) -> None:
        """Announce nothing."""

    def record(
        self, kind: HistoryKind, branch_path: str = ROOT, step_key: str | None = None, **data: Any
    ) -> None:
        """Remember an entry of the history."""
        del branch_path
        self.entries.append((kind, step_key, data))

    def conclude(self, outcome: ExecutionStatus) -> None:
        """End."""
        self.outcome = self.rows.execution.status = outcome


@dataclass
class SimulationStatistics:
    """The counts of a simulation, by the keys of steps."""

    reached: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    joined: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    branches: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def add(self, execution: SimulatedExecution) -> None:
        """Count what happened to one person."""
        code = execution.participant.registration_code
        for kind, key, data in execution.entries:
            if key is None:
                continue
            if kind in _REACHED:
                self.reached[key] += 1
                self.branches[key].update(data.get("branches", ()))
            elif kind is HistoryKind.STEP_SKIPPED:
                self.skipped[key] += 1
            elif kind is HistoryKind.JOINED:
                self.reached[key] += 1
                self.joined[key] += 1
            elif kind is HistoryKind.JOIN_FAILED:
                self.failed[key] += 1
                if len(self.examples[key]) < _MOST_EXAMPLES:
                    self.examples[key].append(code)

    def of(self, step: StepDefinition, *, with_examples: bool) -> SimulatedStep:
        """Return the counts of a step."""
        key, is_fork = step.key, step.type is StepType.FORK
        return SimulatedStep(
            key=key,
            name=step.name,
            type=step.type.value,
            reached=self.reached[key],
            skipped=self.skipped[key],
            joined=self.joined[key],
            failed=self.failed[key],
            failed_for=self.examples[key] if with_examples else [],
            branches={each.key: self.branches[key][each.key] for each in step.branches} if is_fork else {},
        )


def simulate(
    work: Work, workflow: Workflow, wanted: WorkflowSimulation, *, with_examples: bool
) -> WorkflowSimulationResponse:
    """Run a workflow's draft for the newest participants of its event, in memory.

    Args:
        work: a reading one is enough.
        workflow: whose draft is run.
        wanted: for how many people.
        with_examples: True: name some registration codes, for a caller who may read participants.

    Raises:
        WorkflowFaulty: it has no steps, or they are not balanced (422).
    """
    definition = draft_of(workflow)
    require_no_faults(find_faults(definition))
    key = FeedKey(workflow.tenant_id, workflow.event_id)
    query = participants.of_event(*key).order_by(Participant.id.desc()).limit(wanted.participants)
    statistics, ends, minutes, starting, total = (
        SimulationStatistics(),
        Counter[ExecutionStatus](),
        list[int](),
        0,
        0,
    )
    for person in work.session.scalars(query):
        execution = SimulatedExecution(definition, person)
        execution.run()
        statistics.add(execution)
        total += 1
        starting += definition.start.when.hold(person)
        ends[execution.outcome or ExecutionStatus.ACTIVE] += 1
        minutes.append(execution.minutes)
    return WorkflowSimulationResponse(
        participants=total,
        starting=starting,
        completed=ends[ExecutionStatus.COMPLETED],
        rejected=ends[ExecutionStatus.REJECTED],
        shortest_minutes=min(minutes, default=0),
        longest_minutes=max(minutes, default=0),
        mean_minutes=round(sum(minutes) / total) if total else 0,
        steps=[statistics.of(step, with_examples=with_examples) for step in definition.steps],
    )
