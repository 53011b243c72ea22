"""Random workflows with two workers that are killed: all end, each join fires once."""

import time
from pathlib import Path

import pytest

from tests.faults import killed_workflows
from tests.faults.killed_workflows import Trial
from tests.support.thorough import sized

WORKFLOWS, KILLS, PATIENCE_S = sized(8, 10_000), sized(2, 100), sized(90, 4_000)


@pytest.mark.both_databases
@pytest.mark.timeout(PATIENCE_S + 200)
def test_random_workflows_survive_two_workers_and_kills(database_url: str, tmp_path: Path) -> None:
    trial = Trial(tmp_path, database_url, time.time())
    assert killed_workflows.run_with_kills(trial, 1517, WORKFLOWS, KILLS, PATIENCE_S) == KILLS
    killed_workflows.check(trial, WORKFLOWS)
