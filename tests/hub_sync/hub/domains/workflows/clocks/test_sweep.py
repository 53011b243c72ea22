"""The sweep: one warning and one breach a clock, whoever sweeps and whenever."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert

from hub_sync.hub.domains.workflows.clocks import clocks, sweep
from hub_sync.hub.domains.workflows.definition.model import OnTimeout
from hub_sync.hub.domains.workflows.sla_manifest import ClockState
from hub_sync.hub.domains.workflows.sla_tables import SlaClock
from tests.hub_sync.hub.domains.workflows.clocks.conftest import ClockKeeper

MANY = 1_200
"""More than two batches."""


def test_a_clock_warns_once_and_breaches_once_without_anybody_signed_in(keeper: ClockKeeper) -> None:
    _, clock_id = keeper.open(minutes=60, warn_percent=50)
    assert [keeper.sweep(after=minutes) for minutes in (29, 1, 1, 28, 1, 1, 600)] == [0, 1, 0, 0, 1, 0, 0]
    assert keeper.event_types() == ["SlaWarned", "SlaBreached"]
    clock = keeper.read(clock_id)
    assert (clock.state, clock.next_at, clock.warning_missed) == (ClockState.BREACHED, None, False)


def test_a_clock_that_was_slept_over_tells_the_breach_and_marks_the_warning_as_missed(
    keeper: ClockKeeper,
) -> None:
    _, clock_id = keeper.open(minutes=60)
    assert keeper.sweep(after=600) == 1
    assert keeper.event_types() == ["SlaBreached"]
    assert keeper.read(clock_id).warning_missed


@pytest.mark.both_databases
def test_workers_side_by_side_tell_each_warning_and_each_breach_once(keeper: ClockKeeper) -> None:
    with keeper.hub.uow.begin() as work:
        keeper_ids = [work.new_id() for _ in range(MANY)]
    _, first = keeper.open(minutes=60, warn_percent=0)
    source = keeper.read(first)
    values = {name: value for name, value in vars(source).items() if not name.startswith("_")}
    warned_at = source.started_at + timedelta(hours=1)
    warning = {"warn_at": warned_at, "next_at": warned_at, "due_at": warned_at + timedelta(hours=3)}
    rows = [values | {"id": id_} | (warning if n % 2 else {}) for n, id_ in enumerate(keeper_ids)]
    with keeper.hub.uow.begin() as work:
        for parts in (rows[::2], rows[1::2]):
            work.session.execute(insert(SlaClock), parts)
    keeper.clock.advance(timedelta(hours=2))

    def run() -> int:
        count = 0
        while (swept := sweep.sweep_batch(keeper.hub.uow)).count:
            count += swept.warned + swept.breached
        return count

    with ThreadPoolExecutor(2) as pool:
        workers = [pool.submit(run) for _ in range(2)]
        counts = [worker.result(60) for worker in workers]
    assert sum(counts) + run() == MANY + 1
    assert Counter(keeper.event_types()) == {"SlaBreached": MANY // 2 + 1, "SlaWarned": MANY // 2}


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_what_is_due_is_looked_up_in_the_index_on_its_time(keeper: ClockKeeper) -> None:
    keeper.open(minutes=60, warn_percent=0)
    queries: list[tuple[str, Any]] = []

    def note(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        if statement.startswith("SELECT") and "FROM sla_clocks" in statement:
            queries.append((statement, parameters))

    database = keeper.hub.uow.database
    for engine in (database.engine, database.reading_engine):
        event.listen(engine, "before_cursor_execute", note)
    assert keeper.sweep(after=60) == 1
    swept = [each for each in queries if "next_at <=" in each[0]]
    assert swept
    with keeper.hub.uow.read() as work:
        for statement, parameters in swept:
            steps = work.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            assert "ix_sla_clocks_next" in str(steps), statement


def test_a_time_out_is_carried_out_once_and_again_after_a_failure(keeper: ClockKeeper) -> None:
    _, clock_id = keeper.open(minutes=60, warn_percent=0, on_timeout=OnTimeout.ESCALATE)
    keeper.failures = 1
    assert keeper.sweep(after=60) == 1, "the breach is told, though its time-out failed"
    assert (keeper.event_types(), keeper.timeouts) == (["SlaBreached"], [])
    assert keeper.sweep() == 0, "it was tried again at once"
    assert keeper.sweep(after=1) == 1
    assert keeper.sweep(after=60) == 0
    assert (keeper.event_types(), keeper.timeouts) == (["SlaBreached"], [clock_id])


def test_a_step_that_is_done_before_its_time_out_is_left_alone(keeper: ClockKeeper) -> None:
    task, _ = keeper.open(minutes=60, warn_percent=0, on_timeout=OnTimeout.FAIL)
    keeper.failures = 1
    keeper.sweep(after=60)
    with keeper.hub.uow.begin() as work:
        clocks.stop(work, keeper.key.tenant_id, task_ids=[task.task_id])
    assert keeper.sweep(after=60) == 0
    assert keeper.timeouts == []
