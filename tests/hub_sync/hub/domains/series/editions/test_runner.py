"""Many editions are made, changed and taken back in parts: each is there once, whatever ends the process, and nothing stops without a word."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm.base import NO_VALUE

from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.service import EventChanges
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.service import NewParticipant
from hub_sync.hub.domains.series import service
from hub_sync.hub.domains.series.editions import change_runs, recurrence_runs
from hub_sync.hub.domains.series.editions.editions import insert_edition
from hub_sync.hub.domains.series.editions.runner import SeriesRunner
from hub_sync.hub.domains.series.editions.series import get_series_for_update
from hub_sync.hub.domains.series.errors import SeriesBusy, SeriesNothingLeft, SeriesOperationUndone
from hub_sync.hub.domains.series.manifest import FF_EVENT_CLONE
from hub_sync.hub.domains.series.service import (
    ChangeOptions,
    EditionSummary,
    NewSeries,
    RecurrenceOptions,
    SeriesOperation,
)
from hub_sync.hub.domains.series.tables import SeriesOperationStatus as Status
from hub_sync.hub.domains.series.tables import state_of
from hub_sync.hub.kit.events.domain_events import StoredDomainEvent
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.domains.check_in.conftest import make_key
from tests.support.builders.event import new_event

_EDGES_OF_RUNS = {
    *("PLANNED-RUNNING", "RUNNING-FAILED", "FAILED-PLANNED", "RUNNING-COMPLETED", "COMPLETED-UNDOING"),
    *("UNDOING-COMPLETED", "UNDOING-FAILED", "FAILED-UNDOING", "UNDOING-UNDONE"),
}
_EDGES_OF_STOPS = {"PLANNED-UNDOING", "RUNNING-UNDOING", "PLANNED-FAILED"}
EDGES = _EDGES_OF_RUNS | _EDGES_OF_STOPS
"""Which status may follow which: the first two tests meet all of them, and no test meets another."""
_PART = 2


class Season:
    """A series, and acts of tests upon it: five editions of which a transaction makes two."""

    def __init__(self, hub: HubContext, seeded: Seeded) -> None:
        self.hub, self.tenant_id, self.source_id = hub, seeded.tenant_id, seeded.event_id
        self.runner = SeriesRunner(hub.uow)
        self.edges: set[str] = set()
        with hub.uow.begin() as work:
            feature_flags.switch(work, seeded.tenant_id, FF_EVENT_CLONE, True)
            new = NewSeries(name="Jazz night", slug="jazz", time_zone="Europe/Berlin")
            self.id = service.create_series(work, seeded.tenant_id, new).id

    def make(self, owner: str = "", days: int = 5) -> str:
        """Begin to make editions, and return the operation's id."""
        daily = {"frequency": "DAILY", "start_on": "2027-06-09", "count": days}
        options = RecurrenceOptions.model_validate({"source_event_id": self.source_id, "recurrence": daily})
        with self.hub.uow.read() as work:
            plan = service.plan_recurrence(work, self.tenant_id, self.id, options)
        with self.hub.uow.begin("user:mara") as work:
            begun = service.run_recurrence(
                work, self.tenant_id, self.id, options, plan.plan_hash or "", owner
            )
            return begun.id

    def change(self, **settings: Any) -> str:
        """Begin to change all editions, and return the operation's id."""
        first = self.editions()[0].id
        options = ChangeOptions.model_validate({"edition_id": first, "scope": "ALL", "settings": settings})
        with self.hub.uow.read() as work:
            plan = service.plan_change(work, self.tenant_id, self.id, options)
        with self.hub.uow.begin("user:mara") as work:
            return service.run_change(work, self.tenant_id, self.id, options, plan.plan_hash or "").id

    def part(self) -> bool:
        """Let the job do a part."""
        worked = [self.runner.run_part(key) for key in self.runner.find_active()]
        return any(worked)

    def finish(self) -> None:
        """Let the job do all that is left."""
        while self.part():
            pass

    def undo(self, operation_id: str) -> None:
        """Begin to take an operation back."""
        with self.hub.uow.begin("user:nils") as work:
            service.undo_operation(work, self.tenant_id, self.id, operation_id)

    def resume(self, operation_id: str) -> None:
        """Let an operation go on."""
        with self.hub.uow.begin("user:nils") as work:
            service.resume_operation(work, self.tenant_id, self.id, operation_id)

    def state(self, operation_id: str) -> tuple[str, str | None, str]:
        """Return the status, the reason, and the first letters of the states of an operation."""
        with self.hub.uow.read() as work:
            row = service.get_operation(work, self.tenant_id, self.id, operation_id)
            return row.status.value, row.reason, "".join(state_of(result).value[0] for result in row.results)

    def editions(self) -> list[EditionSummary]:
        """Return the editions."""
        with self.hub.uow.read() as work:
            return service.list_editions(work, self.tenant_id, self.id)

    def next_number(self) -> int:
        """Return the next number of the series."""
        with self.hub.uow.read() as work:
            return service.get_series(work, self.tenant_id, self.id).next_number

    def update_event(self, event_id: str, **changes: Any) -> None:
        """Change an event by hand."""
        with self.hub.uow.begin() as work:
            events.update(work, self.tenant_id, event_id, EventChanges(**changes))


@pytest.fixture
def season(hub: HubContext, seeded: Seeded, monkeypatch: pytest.MonkeyPatch) -> Iterator[Season]:
    """Return a series whose operations have small parts, and note which status follows which."""
    for module in (recurrence_runs, change_runs):
        monkeypatch.setattr(module, "_MOST_EDITIONS", _PART)

    season = Season(hub, seeded)

    def note(_row: Any, new: Status, old: Any, _: Any) -> None:
        if old is not NO_VALUE and old is not None and old != new:
            season.edges.add(f"{old.value}-{new.value}")

    event.listen(SeriesOperation.status, "set", note, active_history=True)
    yield season
    event.remove(SeriesOperation.status, "set", note)
    assert season.edges <= EDGES


def test_many_editions_are_made_in_parts_and_each_once_though_a_part_fails(
    season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = season.make()
    assert (season.state(run_id), season.editions()) == (("PLANNED", None, "PPPPP"), [])
    assert season.next_number() == 6, "the numbers are taken"
    with pytest.raises(SeriesBusy), season.hub.uow.begin() as work:
        get_series_for_update(work, season.tenant_id, season.id)
    assert season.part()
    assert season.state(run_id) == ("RUNNING", None, "DDPPP")
    calls: list[Any] = []

    def insert_or_fail(*arguments: Any, **values: Any) -> Any:
        calls.append(arguments)
        if len(calls) == _PART:
            raise RuntimeError("a bug")
        return insert_edition(*arguments, **values)

    with monkeypatch.context() as patch:
        patch.setattr(recurrence_runs, "insert_edition", insert_or_fail)
        season.part()
    assert season.state(run_id) == ("FAILED", "SeriesOperationDefect", "DDPPP"), "the part is rolled back"
    assert [each.number for each in season.editions()] == [1, 2]
    assert not season.part(), "nobody tries it again by themselves"
    season.resume(run_id)
    season.runner = SeriesRunner(season.hub.uow)  # of a hub that was started again
    season.finish()
    assert season.state(run_id) == ("COMPLETED", None, "DDDDD")
    assert [(each.number, each.slug) for each in season.editions()] == [(n, f"jazz-{n}") for n in range(1, 6)]
    with pytest.raises(SeriesNothingLeft):
        season.resume(run_id)

    ids = [each.event_id for each in season.editions()]
    with season.hub.uow.begin() as work:
        ada = participants.create(work, season.tenant_id, ids[1], NewParticipant(first_name="Ada")).id
    season.undo(run_id)
    with pytest.raises(SeriesOperationUndone):
        season.undo(run_id)
    season.finish()
    assert season.state(run_id) == ("COMPLETED", "SeriesUndoBlocked", "DDDDD"), "nothing is taken back"
    with season.hub.uow.begin() as work:
        participants.delete(work, season.tenant_id, ids[1], ada)
        events.delete(work, season.tenant_id, ids[1])
    season.undo(run_id)
    season.part()
    season.part()
    assert season.state(run_id) == ("UNDOING", None, "DDDUU"), "the last is taken back first"
    season.update_event(ids[0], name="By hand")
    season.finish()
    assert season.state(run_id) == ("FAILED", "SeriesUndoBlocked", "DUUUU")
    season.update_event(ids[0], name="Jazz night 1")
    season.undo(run_id)
    assert season.state(run_id) == ("UNDONE", None, "UUUUU"), "what fits into one part is done at once"
    assert (season.editions(), season.next_number()) == ([], 1)
    assert season.edges == _EDGES_OF_RUNS


def test_editions_are_all_copies_of_what_was_planned_or_somebody_is_asked(season: Season) -> None:
    run_id = season.make()
    season.part()
    season.update_event(season.source_id, capacity=7)
    season.part()
    assert season.state(run_id) == ("FAILED", "SeriesSourceChanged", "DDPPP")
    with season.hub.uow.begin() as work:  # a short name of the plan is taken meanwhile
        events.create(work, season.tenant_id, new_event().model_copy(update={"slug": "jazz-4"}))
    season.resume(run_id)
    season.finish()
    assert season.state(run_id)[0] == "COMPLETED"
    assert [(each.capacity, each.slug) for each in season.editions()[2:]] == [
        (7, "jazz-3"),
        (7, "jazz-2027-06-12"),
        (7, "jazz-5"),
    ]
    season.undo(run_id)
    season.finish()
    more = season.make()
    season.undo(more)
    assert season.state(more) == ("UNDONE", None, "LLLLL"), "nothing of it was made"
    again = season.make()
    season.part()
    season.undo(again)
    season.finish()
    assert season.state(again) == ("UNDONE", None, "UULLL")
    gone = season.make()
    with season.hub.uow.begin() as work:
        events.delete(work, season.tenant_id, season.source_id)
    season.finish()
    assert season.state(gone) == ("FAILED", "EventNotFound", "PPPPP")
    assert season.edges >= _EDGES_OF_STOPS


def test_a_change_in_parts_is_announced_once_and_asks_about_what_somebody_else_changed(
    season: Season,
) -> None:
    season.make(days=5)
    season.finish()
    changed = season.change(capacity=50)
    season.part()
    assert season.state(changed) == ("RUNNING", None, "DDPPP")
    third = season.editions()[2]
    season.update_event(third.event_id, capacity=9)
    season.part()
    assert season.state(changed) == ("FAILED", "SeriesEditionsChanged", "DDPPP")
    assert _announced(season) == []
    season.resume(changed)
    season.finish()
    assert (season.state(changed)[0], len(_announced(season))) == ("COMPLETED", 1)
    assert {each.capacity for each in season.editions()} == {50}
    season.undo(changed)
    season.update_event(third.event_id, capacity=10)
    season.finish()
    assert season.state(changed) == ("COMPLETED", "SeriesUndoBlocked", "DDDDD")
    season.update_event(third.event_id, capacity=50)
    season.undo(changed)
    season.finish()
    assert [each.capacity for each in season.editions()] == [500, 500, 9, 500, 500]
    assert len(_announced(season)) == 1


def test_the_job_goes_on_only_for_whoever_still_may_and_while_the_feature_is_on(season: Season) -> None:
    key, _ = make_key(season.hub, season.tenant_id, "series:manage", "events:read")
    run_id = season.make(owner=f"key:{key}")
    with season.hub.uow.begin() as work:
        feature_flags.switch(work, season.tenant_id, FF_EVENT_CLONE, False)
    assert not season.part()
    assert season.state(run_id) == ("PLANNED", None, "PPPPP")
    with season.hub.uow.begin() as work:
        feature_flags.switch(work, season.tenant_id, FF_EVENT_CLONE, True)
    season.part()
    assert season.state(run_id) == ("FAILED", "SeriesRightsLost", "PPPPP")
    season.resume(run_id)
    season.finish()
    assert season.state(run_id)[0] == "COMPLETED", "somebody else has gone on"


def _announced(season: Season) -> list[str]:
    with season.hub.uow.read() as work:
        query = select(StoredDomainEvent.id).where(StoredDomainEvent.type == "EditionsChanged")
        return [str(each) for each in work.session.scalars(query)]
