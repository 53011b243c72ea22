"""The sweep: one warning and one breach a clock, whoever sweeps and whenever."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import insert

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


def test_workers_side_by_side_tell_each_breach_once(keeper: ClockKeeper) -> None:
    with keeper.hub.uow.begin() as work:
        keeper_ids = [work.new_id() for _ in range(MANY)]
    _, first = keeper.open(minutes=60, warn_percent=0)
    source = keeper.read(first)
    values = {name: value for name, value in vars(source).items() if not name.startswith("_")}
    with keeper.hub.uow.begin() as work:
        work.session.execute(insert(SlaClock), [values | {"id": id_} for id_ in keeper_ids])
    keeper.clock.advance(timedelta(hours=2))

    def run() -> int:
        count = 0
        while (swept := sweep.sweep_batch(keeper.hub.uow)).count:
            count += swept.breached
        return count

    with ThreadPoolExecutor(2) as pool:
        workers = [pool.submit(run) for _ in range(2)]
        counts = [worker.result(60) for worker in workers]
    assert sum(counts) + run() == MANY + 1
    assert keeper.event_types() == ["SlaBreached"] * (MANY + 1)


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
