"""The machine: forks, joins, returns and time-outs. Random graphs prove that each accepted definition ends."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from hub_sync.contract.enums import StepType
from hub_sync.hub.domains.workflows.definition.conditions import Conditions
from hub_sync.hub.domains.workflows.definition.history import HistoryKind
from hub_sync.hub.domains.workflows.definition.model import Definition, OnTimeout, StepDefinition, Voters
from hub_sync.hub.domains.workflows.engine.machine import ExecutionRows, Machine
from hub_sync.hub.domains.workflows.manifest import BranchStatus, ExecutionStatus, TaskDecision
from hub_sync.hub.domains.workflows.tables import (
    JoinStatus,
    ParallelBranch,
    TaskStatus,
    WorkflowExecution,
    WorkflowJoin,
    WorkflowTask,
)
from tests.support.builders.workflow_graphs import (
    COLLECTED,
    DEEPEST,
    RandomGraph,
    definition,
    step,
    two_reviews_and_votes,
)
from tests.support.thorough import sized

GRAPHS = sized(400, 10_000)
BRANCHES = [{"key": key, "name": key, "first": key} for key in ("a", "b", "c")]


@dataclass
class MemoryHost:
    """A host that keeps everything in memory, and counts what it is told."""

    category: str = "Press"
    extra: dict[str, str] = field(default_factory=dict)
    now: datetime = datetime(2026, 6, 1, 9, tzinfo=UTC)
    entries: list[tuple[HistoryKind, str, str | None]] = field(default_factory=list)
    rows: ExecutionRows = field(
        default_factory=lambda: ExecutionRows(
            WorkflowExecution(tenant_id="t", id="x", event_id="e", status=ExecutionStatus.ACTIVE)
        )
    )
    clocks: set[str] = field(default_factory=set)
    notices: list[str] = field(default_factory=list)
    escalated: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    outcomes: list[ExecutionStatus] = field(default_factory=list)
    ids: int = 0

    def new_id(self) -> str:
        self.ids += 1
        return f"id{self.ids}"

    def holds(self, conditions: Conditions) -> bool:
        return conditions.hold(SimpleNamespace(category=self.category, extra=self.extra))

    def add(self, row: ParallelBranch | WorkflowJoin | WorkflowTask) -> None:
        pass

    def open_task(self, task: WorkflowTask, step: StepDefinition) -> None:
        self.clocks.add(task.id)

    def close_task(self, task: WorkflowTask) -> None:
        self.clocks.remove(task.id)

    def open_join(self, join: WorkflowJoin, step: StepDefinition) -> None:
        self.clocks.add(join.id)

    def close_join(self, join: WorkflowJoin) -> None:
        self.clocks.remove(join.id)

    def notify(self, step: StepDefinition) -> None:
        self.notices.append(step.key)

    def escalate(self, task: WorkflowTask, step: StepDefinition) -> None:
        self.escalated.append(task.step_key)

    def bypassed(self, task: WorkflowTask, step: StepDefinition) -> None:
        self.skipped.append(task.step_key)

    def record(
        self, kind: HistoryKind, branch_path: str = "", step_key: str | None = None, **data: Any
    ) -> None:
        self.entries.append((kind, branch_path, step_key))

    def conclude(self, outcome: ExecutionStatus) -> None:
        self.outcomes.append(outcome)
        self.rows.execution.status = outcome


class Run:
    """An execution in memory."""

    def __init__(self, workflow: Definition, category: str = "Press") -> None:
        self.host = MemoryHost(category)
        self.rows = self.host.rows
        self.machine = Machine(workflow, self.rows, self.host)
        self.machine.start()

    @property
    def open(self) -> list[str]:
        """The steps at which somebody has a task."""
        return sorted(task.step_key for task in self.rows.tasks.values())

    @property
    def outcome(self) -> ExecutionStatus | None:
        """The outcome; None: it goes on."""
        assert len(self.host.outcomes) <= 1
        return self.host.outcomes[0] if self.host.outcomes else None

    def task(self, key: str) -> WorkflowTask:
        return next(task for task in self.rows.tasks.values() if task.step_key == key)

    def decide(
        self, key: str, decision: TaskDecision = TaskDecision.APPROVE, return_to: str | None = None
    ) -> None:
        self.note(key, decision, return_to)
        self.machine.apply(self.task(key))

    def note(
        self, key: str, decision: TaskDecision = TaskDecision.APPROVE, return_to: str | None = None
    ) -> None:
        """Decide, and leave the time to take it back."""
        task = self.task(key)
        task.status, task.decision, task.return_to = TaskStatus.DECIDED, decision, return_to

    def join(self, key: str) -> WorkflowJoin:
        return next(join for join in self.rows.joins.values() if join.step_key == key)

    def status(self, path: str) -> BranchStatus:
        return self.rows.branch_at(path).status


def votes(rule: str, on_reject: str, n: int | None = None, **join: Any) -> Definition:
    """Return a workflow with one fork of three branches."""
    return definition(
        step("fork", "FORK", branches=BRANCHES, join="join"),
        *(step(key, next="join") for key in "abc"),
        step("join", "JOIN", rule=rule, on_reject=on_reject, n=n, **join),
    )


def test_two_parallel_reviews_then_two_of_three_approvals() -> None:
    run = Run(two_reviews_and_votes())
    assert run.open == ["papers", "photo"]
    run.decide("photo")
    assert (run.open, run.outcome) == (["papers"], None)
    run.decide("papers")
    assert run.open == ["vote1", "vote2", "vote3"]
    run.decide("vote3")
    run.decide("vote1")
    assert (run.open, run.outcome) == ([], ExecutionStatus.COMPLETED)
    assert run.status("votes/v2") is BranchStatus.CANCELLED
    assert not run.host.clocks


@pytest.mark.parametrize(
    ("rule", "on_reject", "n", "decisions", "expected"),
    [
        ("ALL", "FAIL_FAST", None, "a+ b-", "REJECTED"),
        ("ALL", "COUNT", None, "a+ b-", "REJECTED"),
        ("ALL", "WAIT", None, "a+ b-", None),
        ("ALL", "WAIT", None, "a+ b- c+", "REJECTED"),
        ("ANY", "COUNT", None, "a- b-", None),
        ("ANY", "COUNT", None, "a- b- c-", "REJECTED"),
        ("ANY", "WAIT", None, "a- b+", "COMPLETED"),
        ("ANY", "FAIL_FAST", None, "a-", "REJECTED"),
        ("N_OF_M", "COUNT", 2, "a- b+", None),
        ("N_OF_M", "COUNT", 2, "a- b-", "REJECTED"),
        ("N_OF_M", "WAIT", 2, "a- b-", None),
        ("N_OF_M", "WAIT", 2, "a- b- c+", "REJECTED"),
        ("N_OF_M", "WAIT", 2, "a+ b+", "COMPLETED"),
    ],
)
def test_a_join_is_decided_as_soon_as_its_rule_allows(
    rule: str, on_reject: str, n: int | None, decisions: str, expected: str | None
) -> None:
    run = Run(votes(rule, on_reject, n))
    for each in decisions.split():
        run.decide(each[0], TaskDecision.APPROVE if each[1] == "+" else TaskDecision.REJECT)
    assert run.outcome == expected
    if expected:
        assert (run.open, run.host.clocks) == ([], set())


def test_a_branch_that_is_done_twice_counts_once() -> None:
    workflow = definition(
        step("fork", "FORK", branches=BRANCHES[:2], join="join"),
        step("a", next="a2"),
        step("a2", next="join", return_to=["a"]),
        step("b", next="join"),
        step("join", "JOIN"),
    )
    run = Run(workflow)
    for _ in range(2):
        run.decide("a")
        run.decide("a2", TaskDecision.RETURN, "a")
    run.decide("a")
    run.decide("a2")
    assert (run.open, run.outcome, run.rows.branch_at("fork/a").round) == (["b"], None, 3)
    run.decide("b")
    assert run.outcome is ExecutionStatus.COMPLETED


def test_a_rejection_ends_what_waits_below_a_fork_in_a_fork() -> None:
    """camunda#4400: one branch waited at the inner join already, and was taken twice."""
    inner = [{"key": key, "name": key, "first": key} for key in ("x", "y")]
    workflow = definition(
        step("fork", "FORK", branches=[*BRANCHES[:1], {**BRANCHES[1], "first": "inner"}], join="join"),
        step("a", next="join"),
        step("inner", "FORK", branches=inner, join="met"),
        step("x", next="met"),
        step("y", next="met"),
        step("met", "JOIN", next="join"),
        step("join", "JOIN"),
    )
    run = Run(workflow)
    run.decide("x")
    run.decide("a", TaskDecision.REJECT)
    assert (run.open, run.outcome) == ([], ExecutionStatus.REJECTED)
    assert run.status("fork/b/inner/x") is BranchStatus.COMPLETED
    assert run.status("fork/b/inner/y") is BranchStatus.CANCELLED
    assert run.join("met").status is JoinStatus.CANCELLED
    assert [kind for kind, *_ in run.host.entries].count(HistoryKind.JOINED) == 0


def test_a_cancelled_execution_leaves_nothing_open() -> None:
    run = Run(two_reviews_and_votes())
    run.decide("photo")
    run.machine.cancel(reason="withdrawn")
    assert (run.open, run.host.clocks, run.outcome) == ([], set(), None)
    assert run.rows.execution.status is ExecutionStatus.CANCELLED


def test_a_bypassed_branch_counts_and_says_so() -> None:
    run = Run(votes("ALL", "FAIL_FAST"))
    for key in "ab":
        run.decide(key)
    run.decide("c", TaskDecision.BYPASS)
    assert (run.outcome, run.status("fork/c"), run.host.skipped) == (
        ExecutionStatus.COMPLETED,
        BranchStatus.BYPASSED,
        ["c"],
    )


def test_steps_and_branches_that_do_not_concern_somebody_are_left_out() -> None:
    press = {"rules": [{"field": "category", "values": ["Press"]}]}
    workflow = definition(
        step("first", next="fork", when=press),
        step("fork", "FORK", branches=[*BRANCHES[:1], {**BRANCHES[1], "when": press}], join="join"),
        step("a", next="join"),
        step("b", next="join"),
        step("join", "JOIN", next="last", rule="ALL"),
        step("last", routes=[{"when": press, "to": "extra"}]),
        step("extra"),
    )
    visitor = Run(workflow, "Visitor")
    assert visitor.open == ["a"]
    visitor.decide("a")
    visitor.decide("last")
    assert visitor.outcome is ExecutionStatus.COMPLETED
    press_run = Run(workflow)
    for key in ("first", "b", "a", "last"):
        press_run.decide(key)
    assert press_run.open == ["extra"]


def test_a_vote_that_nobody_can_give_fails_at_once() -> None:
    nobody = {"rules": [{"field": "category", "values": ["Nobody"]}]}
    branches = [{**each, "when": nobody} for each in BRANCHES]
    workflow = votes("N_OF_M", "WAIT", 2).model_dump(mode="json")
    workflow["steps"][0]["branches"] = branches
    assert Run(Definition.model_validate(workflow)).outcome is ExecutionStatus.REJECTED
    workflow["steps"][-1]["rule"] = "ALL"
    assert Run(Definition.model_validate(workflow)).outcome is ExecutionStatus.COMPLETED


def test_deadlines_of_steps_and_joins() -> None:
    run = Run(votes("N_OF_M", "COUNT", 2))
    run.machine.pass_over(run.task("a"))
    run.machine.fail(run.task("b"))
    assert (run.status("fork/a"), run.status("fork/b")) == (BranchStatus.COMPLETED, BranchStatus.TIMED_OUT)
    run.machine.escalate([run.task("c")], run.machine.definition.step("c"))
    assert (run.host.escalated, run.outcome) == (["c"], None)
    run.machine.pass_join(run.join("join"))
    assert (run.outcome, run.status("fork/c")) == (ExecutionStatus.COMPLETED, BranchStatus.TIMED_OUT)
    late = Run(votes("ALL", "WAIT"))
    late.decide("a")
    late.machine.fail_join(late.join("join"))
    assert (late.outcome, late.open) == (ExecutionStatus.REJECTED, [])


def test_random_graphs_hold_all_that_a_definition_may_have() -> None:
    """Trials with small graphs are hollow: a join in a join, and a vote by persons, were in none."""
    graphs = [RandomGraph(Random(seed), 40).make() for seed in range(200)]
    steps = [each for graph in graphs for each in graph.steps]
    assert {each.type for each in steps} == set(StepType)
    assert {each.sla.on_timeout for each in steps if each.sla} == set(OnTimeout)
    assert {each.voters for each in steps} == set(Voters)
    assert {bool(each.return_to) for each in steps} == {bool(each.routes) for each in steps} == {True, False}
    assert max(len(graph.steps) for graph in graphs) >= 40
    depths = [region.count("/") for graph in graphs for region in _fork_paths(graph)]
    assert max(depths) == DEEPEST - 1


def _fork_paths(graph: Definition) -> list[str]:
    """Return the path of each fork: the keys of the forks around it, and its own."""
    paths: list[str] = []

    def walk(key: str | None, end: str | None, above: str) -> None:
        while key is not None and key != end:
            each = graph.step(key)
            if each.type is StepType.FORK:
                paths.append(f"{above}/{key}" if above else key)
                own = paths[-1]
                for branch in each.branches:
                    walk(branch.first, each.join, own)
                each = graph.step(each.join or "")
            key = each.next

    walk(graph.steps[0].key, None, "")
    return paths


def test_every_random_graph_ends_and_each_join_fires_once() -> None:
    kinds = set[HistoryKind]()
    for seed in range(GRAPHS):
        random = Random(seed)
        graph = RandomGraph(random, random.choice((6, 14, 40))).make()
        run = Run(graph, random.choice(["Press", "Speaker", "Visitor"]))
        for _ in range(3_000):
            if run.outcome is not None:
                break
            act_at_random(run, random)
        assert run.outcome is not None, seed
        assert (run.open, run.host.clocks) == ([], set()), seed
        kinds |= {kind for kind, *_ in run.host.entries}
        joins = [
            entry[1:]
            for entry in run.host.entries
            if entry[0] in (HistoryKind.JOINED, HistoryKind.JOIN_FAILED)
        ]
        assert len(joins) == len(set(joins)), seed
        forks = [entry[1:] for entry in run.host.entries if entry[0] is HistoryKind.FORKED]
        assert len(forks) == len(set(forks)) == len(run.rows.joins), seed
        assert all(branch.ended_at for branch in run.rows.branches.values()), seed
        assert all(join.status is not JoinStatus.WAITING for join in run.rows.joins.values()), seed
    assert kinds >= {HistoryKind.NOTIFIED, HistoryKind.RETURNED, HistoryKind.ESCALATED, HistoryKind.TIMED_OUT}


def act_at_random(run: Run, random: Random) -> None:
    """Decide about any task, now or later, take a decision back, fill a detail in, or let any deadline pass."""
    late = [join for join in run.rows.joins.values() if join.status is JoinStatus.WAITING]
    timed = [join for join in late if run.machine.definition.step(join.step_key).sla]
    if timed and random.random() < 0.02:
        random.choice((run.machine.pass_join, run.machine.fail_join))(random.choice(timed))
        return
    if random.random() < 0.1:
        run.host.extra[random.choice(COLLECTED).removeprefix("extra.")] = "there"
    task = random.choice(list(run.rows.tasks.values()))
    step_ = run.machine.definition.step(task.step_key)
    if task.status is TaskStatus.DECIDED:
        if random.random() < 0.3:
            task.status, task.decision = TaskStatus.OPEN, None
        else:
            run.machine.apply(task)
        return
    if step_.sla and random.random() < 0.05:
        match step_.sla.on_timeout:
            case OnTimeout.PROCEED:
                run.machine.pass_over(task)
            case OnTimeout.FAIL:
                run.machine.fail(task)
            case OnTimeout.ESCALATE:
                run.machine.escalate([task], step_)
        return
    weights = {TaskDecision.APPROVE: 40, TaskDecision.BYPASS: 1, TaskDecision.REJECT: 1}
    decision, return_to = random.choices(list(weights), list(weights.values()))[0], None
    if step_.return_to and random.random() < 0.1:
        decision, return_to = TaskDecision.RETURN, random.choice(step_.return_to)
    act = run.note if random.random() < 0.3 else run.decide
    act(task.step_key, decision, return_to)
