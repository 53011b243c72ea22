"""Random workflows with two workers that are killed: all end, each join fires once, nobody votes twice."""

import time
from pathlib import Path

import pytest

from tests.faults import killed_workflows
from tests.faults.killed_workflows import Trial
from tests.support.thorough import sized

WORKFLOWS, KILLS, PATIENCE_S = sized(8, 10_000), sized(2, 100), sized(90, 4_000)
HAPPENS = (
    "LATE_ANSWER",
    "TAKEN_BACK",
    "RETURNED",
    "ESCALATED",
    "TIMED_OUT",
    "NOTIFIED",
    "JOIN_FAILED",
    "represented",
)
"""What a trial of many workflows has to hold, or it shows less than it says."""


@pytest.mark.both_databases
@pytest.mark.timeout(PATIENCE_S + 200)
def test_random_workflows_survive_two_workers_and_kills(database_url: str, tmp_path: Path) -> None:
    trial = Trial(tmp_path, database_url, time.time())
    assert killed_workflows.run_with_kills(trial, 1517, WORKFLOWS, KILLS, PATIENCE_S) == KILLS
    happened = killed_workflows.check(trial, WORKFLOWS)
    assert [kind for kind in HAPPENS if happened[kind] < sized(0, 20)] == [], happened
