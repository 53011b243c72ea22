"""The background job of bulk operations in a served hub."""

import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from hub_sync.hub.domains.bulk import jobs
from hub_sync.hub.domains.bulk.engine.runner import OperationKey
from hub_sync.hub.domains.bulk.jobs import (
    LEAST_REST,
    LONG_REST_S,
    REST,
    SHORTEST_REST_S,
    BulkJob,
)
from hub_sync.hub.kit.http.context import HubContext
from tests.faults.killed_bulk import build_killed_bulk


def test_an_operation_whose_hub_is_killed_does_everybody_once_and_is_undone_byte_for_byte(
    tmp_path: Path,
) -> None:
    operation = build_killed_bulk(tmp_path, people=150)
    operation.work_off(seed=1, most_kills=1)
    operation.check_done()
    operation.undo()
    operation.work_off(seed=2, most_kills=2)
    operation.check_undone()
    assert operation.kills >= 1


@pytest.fixture
def rests(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the rests of jobs whose only operation has parts of one second."""
    rests: list[float] = []

    class Runner:
        def __init__(self, *_: Any, **__: Any) -> None:
            pass

        def find_active(self) -> list[OperationKey]:
            return [OperationKey("t", "e", "o", "user:ada")]

        def run_part(self, _: OperationKey) -> float:
            return 1.0

    monkeypatch.setattr(jobs, "OperationRunner", Runner)
    monkeypatch.setattr(BulkJob, "rest", lambda _, seconds: rests.append(seconds))
    return rests


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_the_job_rests_longer_while_a_thread_waits_to_write(hub: HubContext, rests: list[float]) -> None:
    job = BulkJob(hub)
    job.run_once()

    def write() -> None:
        with hub.uow.database.write_session() as session:
            session.scalar(text("SELECT 1"))

    other = threading.Thread(target=write)
    with hub.uow.database.write_session():
        other.start()
        while not hub.uow.database.is_waited_for:
            assert other.is_alive()
        job.run_once()
    other.join()
    job.run_once()
    assert rests == [SHORTEST_REST_S, REST, SHORTEST_REST_S]


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_its_rests_are_long_enough_for_another_process_to_meet_each(
    hub: HubContext, rests: list[float]
) -> None:
    """SQLite looks for the lock every 100 ms: a command that wrote beside an undo waited for 5 s, since the rests were of 10 ms."""
    job = BulkJob(hub)
    for _ in range(9):
        job.run_once()
    long = [rest for rest in rests if rest > SHORTEST_REST_S]
    assert long == pytest.approx([3 * LEAST_REST] * 3)
    assert min(long) >= LONG_REST_S > 0.1


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
def test_on_postgresql_the_job_always_rests_longer(hub: HubContext, rests: list[float]) -> None:
    BulkJob(hub).run_once()
    assert rests == [REST]
