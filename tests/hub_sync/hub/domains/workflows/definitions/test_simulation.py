"""Simulations: how often each step is reached, which joins can't be reached, and how long it takes."""

from typing import Any

from hub_sync.contract.enums import ParticipantStatus
from hub_sync.hub.domains.participants.service import Participant
from hub_sync.hub.domains.workflows.definition.model import Definition
from hub_sync.hub.domains.workflows.definitions.simulation import SimulatedExecution, SimulationStatistics
from hub_sync.hub.domains.workflows.manifest import ExecutionStatus
from tests.support.builders.workflow_graphs import definition, step

PRESS = {"rules": [{"field": "category", "values": ["Press"]}]}


def _vote(key: str, minutes: int, **branch: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    return (
        {"key": key, "name": key, "first": key, **branch},
        step(key, next="voted", sla={"minutes": minutes}),
    )


def _two_of_three() -> Definition:
    votes = (_vote("a", 10), _vote("b", 30, when=PRESS), _vote("c", 60, when=PRESS))
    return definition(
        step("votes", "FORK", join="voted", branches=[branch for branch, _ in votes]),
        *(task for _, task in votes),
        step("voted", "JOIN", rule="N_OF_M", n=2, next="end"),
        step("end", sla={"minutes": 5}),
    )


def _run(category: str, code: str) -> SimulatedExecution:
    person = Participant(registration_code=code, category=category, status=ParticipantStatus.PENDING)
    execution = SimulatedExecution(_two_of_three(), person)
    execution.run()
    return execution


def test_steps_are_counted_and_a_join_that_nobody_can_reach_names_whom() -> None:
    statistics = SimulationStatistics()
    press, guest = _run("Press", "AAAA-1"), _run("Guest", "BBBB-2")
    for execution in (press, guest):
        statistics.add(execution)
    assert (press.outcome, guest.outcome) == (ExecutionStatus.COMPLETED, ExecutionStatus.REJECTED)
    steps = {each.key: statistics.of(each, with_examples=True) for each in _two_of_three().steps}
    assert steps["votes"].branches == {"a": 2, "b": 1, "c": 1}
    assert (steps["voted"].joined, steps["voted"].failed, steps["voted"].failed_for) == (1, 1, ["BBBB-2"])
    assert statistics.of(_two_of_three().step("voted"), with_examples=False).failed_for == []


def test_the_second_of_three_votes_and_what_follows_make_the_time() -> None:
    assert _run("Press", "AAAA-1").minutes == 30 + 5
