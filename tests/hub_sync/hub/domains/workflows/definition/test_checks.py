"""Checks before publishing: what is not balanced is refused with its place."""

from random import Random
from typing import Any

import pytest

from hub_sync.hub.domains.workflows.definition.checks import (
    SENTENCES,
    FaultCode,
    Surroundings,
    find_faults,
)
from tests.support.builders.workflow_graphs import RandomGraph, definition, step, two_reviews_and_votes

Steps = tuple[dict[str, Any], ...]
BRANCHES = [{"key": key, "name": key, "first": key} for key in ("a", "b")]
A, B = step("a", next="join"), step("b", next="join")
FORK = step("fork", "FORK", branches=BRANCHES, join="join")
JOIN = step("join", "JOIN")


def faults(*steps: dict[str, Any], surroundings: Surroundings | None = None) -> list[tuple[FaultCode, str]]:
    """Return the codes of faults, and the steps that have them."""
    return [(fault.code, fault.key) for fault in find_faults(definition(*steps), surroundings)]


def test_a_balanced_definition_has_no_fault() -> None:
    assert find_faults(two_reviews_and_votes()) == []
    assert faults(step("before", next="fork"), FORK, A, B, {**JOIN, "next": "after"}, step("after")) == []


def test_random_balanced_graphs_have_no_fault() -> None:
    for seed in range(300):
        assert find_faults(RandomGraph(Random(seed)).make()) == []


@pytest.mark.parametrize(
    ("steps", "code", "key"),
    [
        ((), FaultCode.NO_STEPS, ""),
        ((step("a", next="a2"), step("a2"), step("a2")), FaultCode.KEY_TWICE, "a2"),
        ((step("a", next="gone"),), FaultCode.STEP_UNKNOWN, "a"),
        ((step("a", next="b"), step("b", next="a")), FaultCode.CYCLE, "a"),
        (
            (FORK, A, B, {**JOIN, "next": "after"}, step("after", next="fork")),
            FaultCode.CYCLE,
            "fork",
        ),
        ((step("a"), step("b")), FaultCode.UNREACHABLE, "b"),
        (({**FORK, "join": None}, A, B, JOIN), FaultCode.FORK_WITHOUT_JOIN, "fork"),
        (({**FORK, "join": "a"}, A, B, JOIN), FaultCode.FORK_WITHOUT_JOIN, "fork"),
        ((step("a", next="join"), JOIN), FaultCode.JOIN_WITHOUT_FORK, "join"),
        (({**FORK, "branches": BRANCHES[:1]}, A, JOIN), FaultCode.FEW_BRANCHES, "fork"),
        (({**FORK, "branches": [*BRANCHES, BRANCHES[0]]}, A, B, JOIN), FaultCode.BRANCH_TWICE, "fork"),
        ((FORK, A, step("b"), JOIN), FaultCode.BRANCH_OPEN, "b"),
        ((FORK, A, B, {**JOIN, "rule": "N_OF_M", "n": 3}), FaultCode.TOO_MANY_NEEDED, "join"),
        ((FORK, A, B, {**JOIN, "rule": "N_OF_M"}), FaultCode.NO_N, "join"),
        ((step("a", assignees={}),), FaultCode.NO_ASSIGNEE, "a"),
        ((step("a", "NOTIFY"),), FaultCode.NO_TEMPLATE, "a"),
        ((step("a", "COLLECT"),), FaultCode.NO_FIELDS, "a"),
        ((step("a", "NOTIFY", template_id="t", sla={"minutes": 5}),), FaultCode.SLA_OF_AUTOMATIC, "a"),
        (
            (step("a", sla={"minutes": 5, "on_timeout": "ESCALATE"}),),
            FaultCode.NO_ESCALATION,
            "a",
        ),
        ((step("a", next="b"), step("b", return_to=["b"])), FaultCode.RETURN_IMPOSSIBLE, "b"),
        (
            (step("s", next="fork"), FORK, A, B, {**JOIN, "next": "e"}, step("e", return_to=["s"])),
            FaultCode.RETURN_IMPOSSIBLE,
            "e",
        ),
    ],
)
def test_a_fault_is_named_with_its_step(steps: Steps, code: FaultCode, key: str) -> None:
    assert (code, key) in faults(*steps)


def test_a_branch_that_two_forks_share_is_not_balanced() -> None:
    """bpmn-elements#45: a join fired early, since a path led into its branch from elsewhere."""
    into = step("s", next="fork", routes=[{"when": {"rules": [{"field": "category"}]}, "to": "a"}])
    assert (FaultCode.NOT_BALANCED, "a") in faults(into, FORK, A, B, JOIN)


def test_a_step_may_not_lead_past_a_fork_to_its_join() -> None:
    past = step("s", next="fork", routes=[{"when": {"rules": [{"field": "category"}]}, "to": "join"}])
    assert (FaultCode.JOIN_SKIPPED, "s") in faults(past, FORK, A, B, JOIN)


def test_a_branch_may_not_lead_to_the_join_of_the_fork_around_it() -> None:
    inner = step(
        "inner", "FORK", join="met", branches=[{**each, "first": f"{each['key']}2"} for each in BRANCHES]
    )
    outer = {**FORK, "branches": [{**BRANCHES[0], "first": "inner"}, BRANCHES[1]]}
    steps = (
        outer,
        inner,
        step("a2", next="join"),
        step("b2", next="met"),
        B,
        step("met", "JOIN", next="join"),
        JOIN,
    )
    assert {(FaultCode.JOIN_SKIPPED, "a2"), (FaultCode.NOT_BALANCED, "join")} <= set(faults(*steps))


def test_two_forks_may_not_share_a_join() -> None:
    second = step("second", "FORK", join="join", branches=BRANCHES)
    assert (FaultCode.JOIN_SHARED, "join") in faults(step("s", next="fork"), FORK, second, A, B, JOIN)


def test_what_is_not_there_any_more_is_named() -> None:
    steps = (
        step("a", next="b", assignees={"users": ["u1"]}, sla={"minutes": 5, "calendar_id": "c1"}),
        step("b", "NOTIFY", template_id="t1"),
    )
    everything = Surroundings({"u1"}, {"ADMIN"}, {"t1"}, {"c1"})
    assert faults(*steps, surroundings=everything) == []
    assert faults(*steps, surroundings=Surroundings()) == [
        (FaultCode.ASSIGNEE_UNKNOWN, "a"),
        (FaultCode.CALENDAR_UNKNOWN, "a"),
        (FaultCode.NO_TEMPLATE, "b"),
    ]


def test_each_code_has_a_sentence() -> None:
    assert set(SENTENCES) == set(FaultCode)
