"""Clocks: met and late, paused, reopened and given another target."""

from datetime import timedelta

import pytest

from hub_sync.hub.domains.workflows.calendars import calendars
from hub_sync.hub.domains.workflows.calendars.schemas import (
    BusinessCalendarChanges,
    Holiday,
    NewBusinessCalendar,
    OpeningHours,
    WeekHours,
)
from hub_sync.hub.domains.workflows.clocks import clocks
from hub_sync.hub.domains.workflows.clocks.errors import SlaClockNotPaused, SlaClockNotRunning
from hub_sync.hub.domains.workflows.clocks.schemas import SlaClockChanges, with_sum
from hub_sync.hub.domains.workflows.clocks.views import sum_view
from hub_sync.hub.domains.workflows.definition.model import Reopening, Sla
from hub_sync.hub.domains.workflows.sla_manifest import ClockState
from tests.hub_sync.hub.domains.workflows.clocks.conftest import ClockKeeper
from tests.support.builders.deadlines import OpenTask

MILLISECOND = timedelta(milliseconds=1)
OFFICE = WeekHours(
    **dict.fromkeys(
        ("monday", "tuesday", "wednesday", "thursday", "friday"),
        (OpeningHours(opens="09:00", closes="17:00"),),
    )
)


def stop(keeper: ClockKeeper, task: OpenTask, *, after: timedelta) -> ClockState:
    keeper.clock.advance(after)
    with keeper.hub.uow.begin() as work:
        clocks.stop(work, keeper.key.tenant_id, task_ids=[task.task_id])
        of_execution = clocks.of_execution(work, keeper.key.tenant_id, task.execution_id)
        return next(clock.state for clock in of_execution if clock.task_id == task.task_id)


def test_done_one_millisecond_before_the_due_time_is_met(keeper: ClockKeeper) -> None:
    task, clock_id = keeper.open(minutes=60)
    assert stop(keeper, task, after=timedelta(hours=1) - MILLISECOND) is ClockState.MET
    assert keeper.sweep(after=60) == 0
    assert keeper.event_types() == []
    assert keeper.read(clock_id).breached_at is None


def test_done_at_the_due_time_is_late_and_the_breach_is_told_though_nobody_swept(keeper: ClockKeeper) -> None:
    task, clock_id = keeper.open(minutes=60)
    assert stop(keeper, task, after=timedelta(hours=1)) is ClockState.LATE
    assert keeper.sweep(after=60) == 0
    assert keeper.event_types() == ["SlaBreached"]
    assert keeper.read(clock_id).warning_missed


def test_a_decision_that_was_taken_back_lets_the_clock_run_on(keeper: ClockKeeper) -> None:
    task, clock_id = keeper.open(minutes=60, warn_percent=0)
    due_at = keeper.read(clock_id).due_at
    stop(keeper, task, after=timedelta(minutes=30))
    keeper.clock.advance(timedelta(minutes=1))
    with keeper.hub.uow.begin() as work:
        clocks.undo_stop(work, keeper.key.tenant_id, task_ids=[task.task_id])
    assert (keeper.read(clock_id).due_at, keeper.read(clock_id).state) == (due_at, ClockState.RUNNING)
    assert keeper.sweep(after=29) == 1


@pytest.mark.parametrize("reopening", Reopening)
def test_a_step_that_is_open_again_goes_on_as_its_clock_says(
    keeper: ClockKeeper, reopening: Reopening
) -> None:
    """Done after 50 of 60 minutes and open again an hour later: ten minutes are left, sixty, or no deadline at all."""
    task, clock_id = keeper.open(minutes=60, warn_percent=50, reopening=reopening)
    keeper.sweep(after=30)
    stop(keeper, task, after=timedelta(minutes=20))
    keeper.clock.advance(timedelta(hours=1))
    with keeper.hub.uow.begin() as work:
        again = clocks.start(work, task.start(Sla(minutes=60, warn_percent=50), is_again=True))
        left = None if again is None else again.due_at - work.now()
        same = again is not None and again.id == clock_id
    expected = {Reopening.RESUME: timedelta(minutes=10), Reopening.RESTART: timedelta(hours=1)}
    assert (left, same) == (expected.get(reopening), reopening is Reopening.RESUME)
    keeper.sweep(after=90)
    warned = {Reopening.RESUME: ["SlaWarned", "SlaBreached"], Reopening.IGNORE: ["SlaWarned"]}
    assert keeper.event_types() == warned.get(reopening, ["SlaWarned", "SlaBreached"])


def test_a_late_step_that_is_open_again_breaches_no_second_time(keeper: ClockKeeper) -> None:
    task, clock_id = keeper.open(minutes=60)
    keeper.sweep(after=60)
    stop(keeper, task, after=timedelta(minutes=1))
    with keeper.hub.uow.begin() as work:
        clocks.start(work, task.start(Sla(minutes=60), is_again=True))
    keeper.sweep(after=60)
    assert keeper.event_types() == ["SlaBreached"]
    assert keeper.read(clock_id).state is ClockState.BREACHED


def test_a_pause_moves_the_due_time_and_survives_another_target(keeper: ClockKeeper) -> None:
    _, clock_id = keeper.open(minutes=60, warn_percent=0)
    due_at = keeper.read(clock_id).due_at
    keeper.clock.advance(timedelta(minutes=10))
    with keeper.hub.uow.begin() as work:
        with pytest.raises(SlaClockNotPaused):
            clocks.resume(work, keeper.key, clock_id)
        clocks.pause(work, keeper.key, clock_id, "We wait for documents.")
        with pytest.raises(SlaClockNotRunning):
            clocks.pause(work, keeper.key, clock_id, "")
    assert keeper.sweep(after=600) == 0, "a paused clock was swept"
    with keeper.hub.uow.begin() as work:
        clocks.retarget(work, keeper.key, clock_id, SlaClockChanges(target_minutes=90))
        assert clocks.get(work, keeper.key, clock_id).state is ClockState.PAUSED
        clocks.resume(work, keeper.key, clock_id)
    moved = timedelta(minutes=600 + 30)
    assert keeper.read(clock_id).due_at == due_at + moved


def test_a_clock_keeps_the_hours_that_it_started_with_unless_it_gets_others(keeper: ClockKeeper) -> None:
    """Noon of a Wednesday in Berlin: eight hours of office time end on Thursday at noon."""
    new = NewBusinessCalendar(name="Office", hours=OFFICE)
    with keeper.hub.uow.begin() as work:
        calendar = calendars.create(work, keeper.key.tenant_id, new)
        calendar_id = calendar.id
    _, clock_id = keeper.open(minutes=8 * 60, calendar_id=calendar_id)
    started = keeper.clock.now()
    assert keeper.read(clock_id).due_at == started + timedelta(days=1)
    tomorrow = started.date() + timedelta(days=1)
    closed = BusinessCalendarChanges(holidays=(Holiday(day=tomorrow, name="Corpus Christi"),))
    with keeper.hub.uow.begin() as work:
        assert calendars.update(work, keeper.key.tenant_id, calendar_id, closed).number == 2
    assert keeper.read(clock_id).due_at == started + timedelta(days=1)
    with keeper.hub.uow.begin() as work:
        clocks.retarget(work, keeper.key, clock_id, SlaClockChanges(calendar_id=calendar_id))
    assert keeper.read(clock_id).due_at == started + timedelta(days=2)
    keeper.clock.advance(timedelta(days=2, seconds=-30))
    with keeper.hub.uow.read() as work:
        clock = clocks.get(work, keeper.key, clock_id)
        total = clocks.total(work, clock)
        response = with_sum(clock, total)
    assert sum(period.counted_ms for period in response.periods) == response.elapsed_ms == 28_770_000
    assert response.remaining_ms == 30_000
    view = sum_view(total)
    assert sum(line.minutes for line in view.lines) == view.minutes == 479
    assert [line.name for line in view.lines if line.kind == "HOLIDAY"] == ["Corpus Christi"]


def test_hours_are_those_of_the_events_zone_unless_a_calendar_has_its_own(keeper: ClockKeeper) -> None:
    """GLPI#15429: the server's zone was taken. Noon of a Wednesday in Berlin is six o'clock in New York."""
    zones = (None, "America/New_York")
    with keeper.hub.uow.begin() as work:
        of_event, of_its_own = (
            calendars.create(
                work,
                keeper.key.tenant_id,
                NewBusinessCalendar(name=f"Office {zone}", hours=OFFICE, time_zone=zone),
            ).id
            for zone in zones
        )
    started = keeper.clock.now()
    _, in_berlin = keeper.open(minutes=6 * 60, calendar_id=of_event)
    _, in_new_york = keeper.open(minutes=6 * 60, calendar_id=of_its_own)
    berlin, new_york = started + timedelta(hours=22), started + timedelta(hours=9)
    assert [keeper.read(each).due_at for each in (in_berlin, in_new_york)] == [berlin, new_york]
    for clock_id, calendar_id, due_at in ((in_berlin, of_its_own, new_york), (in_new_york, of_event, berlin)):
        with keeper.hub.uow.begin() as work:
            clocks.retarget(work, keeper.key, clock_id, SlaClockChanges(calendar_id=calendar_id))
        assert keeper.read(clock_id).due_at == due_at, "another calendar brings its zone along"


def test_the_clock_of_a_task_ends_with_it(keeper: ClockKeeper) -> None:
    task, clock_id = keeper.open(minutes=60)
    with keeper.hub.uow.begin() as work:
        clocks.cancel(work, keeper.key.tenant_id, task_ids=[task.task_id])
    assert keeper.sweep(after=600) == 0
    assert keeper.read(clock_id).state is ClockState.CANCELLED
