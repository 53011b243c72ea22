"""The statuses of executions, branches, joins, tasks and clocks, and which follows which: as the specification has them."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from random import Random
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm.base import NO_VALUE

from hub_sync.contract.enums import StepType
from hub_sync.hub.domains.workflows.definition.model import (
    JoinRule,
    OnReject,
    OnTimeout,
    Reopening,
    Voters,
)
from hub_sync.hub.domains.workflows.manifest import BranchStatus, ExecutionStatus, TaskDecision
from hub_sync.hub.domains.workflows.sla_manifest import ClockState
from hub_sync.hub.domains.workflows.tables import (
    JoinStatus,
    ParallelBranch,
    TaskStatus,
    WorkflowExecution,
    WorkflowJoin,
    WorkflowTask,
)
from tests.hub_sync.hub.domains.workflows.engine.test_machine import Run, act_at_random
from tests.support.builders.workflow_graphs import RandomGraph

VALUES = {
    StepType: "REVIEW APPROVAL COLLECT NOTIFY PRINT FORK JOIN",
    BranchStatus: "PENDING ACTIVE COMPLETED REJECTED BYPASSED TIMED_OUT CANCELLED",
    ExecutionStatus: "ACTIVE COMPLETED REJECTED CANCELLED",
    JoinStatus: "WAITING FIRED FAILED CANCELLED",
    TaskStatus: "OPEN DECIDED CANCELLED",
    TaskDecision: "APPROVE REJECT BYPASS RETURN TIMED_OUT",
    JoinRule: "ALL ANY N_OF_M",
    OnReject: "FAIL_FAST WAIT COUNT",
    OnTimeout: "NONE ESCALATE PROCEED FAIL",
    Voters: "BRANCH PERSON",
    Reopening: "RESUME RESTART IGNORE",
    ClockState: "RUNNING PAUSED BREACHED MET LATE CANCELLED",
}
EDGES: dict[Any, str] = {
    WorkflowExecution: "ACTIVE-COMPLETED ACTIVE-REJECTED ACTIVE-CANCELLED",
    ParallelBranch: "PENDING-ACTIVE PENDING-CANCELLED ACTIVE-COMPLETED ACTIVE-REJECTED ACTIVE-BYPASSED"
    " ACTIVE-TIMED_OUT ACTIVE-CANCELLED",
    WorkflowJoin: "WAITING-FIRED WAITING-FAILED WAITING-CANCELLED",
    WorkflowTask: "OPEN-DECIDED OPEN-CANCELLED DECIDED-OPEN DECIDED-CANCELLED",
}


@pytest.mark.parametrize("statuses", VALUES, ids=lambda each: each.__name__)
def test_statuses_and_choices_are_those_of_the_specification(statuses: type[StrEnum]) -> None:
    assert {each.value for each in statuses} == set(VALUES[statuses].split())


def test_each_status_follows_only_those_that_the_specification_lets_it_follow() -> None:
    with _edges() as edges:
        for seed in range(150):
            random = Random(seed)
            run = Run(RandomGraph(random).make(), random.choice(["Press", "Speaker", "Visitor"]))
            for _ in range(random.randrange(30)):
                if run.outcome is None:
                    act_at_random(run, random)
            if run.outcome is None:
                run.machine.cancel()
    assert {model: sorted(each) for model, each in edges.items()} == {
        model: sorted(each.split()) for model, each in EDGES.items()
    }


@contextmanager
def _edges() -> Iterator[dict[Any, set[str]]]:
    """Note each change of a status, by the model of its row."""
    edges: dict[Any, set[str]] = defaultdict(set)

    def note(row: Any, new: StrEnum, old: Any, _: Any) -> None:
        if old is not NO_VALUE and old is not None and old != new:
            edges[type(row)].add(f"{old.value}-{new.value}")

    for model in EDGES:
        event.listen(model.status, "set", note, active_history=True)
    try:
        yield edges
    finally:
        for model in EDGES:
            event.remove(model.status, "set", note)
