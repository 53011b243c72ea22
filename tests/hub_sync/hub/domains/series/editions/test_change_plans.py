"""Plans of changes with a scope: which editions change, which are left alone, and where their dates come to lie."""

import os
import time as clock_time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hub_sync.contract.enums import EventStatus
from hub_sync.hub.domains.series.editions.change_plans import EditionState, PreparedChange, prepare_change
from hub_sync.hub.domains.series.editions.plan_schemas import ChangeOptions, EditionSettings
from hub_sync.hub.domains.series.editions.settings import event_values, move, read_settings
from hub_sync.hub.domains.series.errors import EditionNotFound, NamePatternInvalid, ScopeEmpty
from hub_sync.hub.domains.series.tables import EventEdition, EventSeries

NOW = datetime(2027, 2, 15, tzinfo=UTC)
SERIES = EventSeries(
    id="s", tenant_id="t", name="Jazz", slug="jazz", name_pattern="{name} {number}", time_zone="UTC"
)


@dataclass
class PlainEvent:
    """The columns of an event."""

    starts_at: datetime
    ends_at: datetime
    doors_open_at: datetime | None = None
    doors_close_at: datetime | None = None
    name: str = "Jazz 1"
    time_zone: str = "Europe/Berlin"
    day_begins_at: str = "04:00"
    everyone_leaves_at: str | None = None
    capacity: int | None = 100
    status: EventStatus = EventStatus.PUBLISHED


@dataclass
class PlainCheckpoint:
    """The columns of a checkpoint."""

    name: str
    opens_at: str | None
    closes_at: str | None


@pytest.fixture(params=["UTC", "Europe/Berlin", "Pacific/Auckland"])
def server_zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run as on a server of a time zone."""
    monkeypatch.setitem(os.environ, "TZ", request.param)
    clock_time.tzset()
    yield
    monkeypatch.undo()
    clock_time.tzset()


def berlin(month: int, day: int, hour: int = 18, *, hours: int = 3, **more: Any) -> PlainEvent:
    """Return an event of 2027 that starts at an hour of Berlin."""
    offset = 2 if 3 < month < 11 or ((month, day) >= (3, 28) and month < 11) else 1
    start = datetime(2027, month, day, hour, tzinfo=UTC) - timedelta(hours=offset)
    return PlainEvent(start, start + timedelta(hours=hours), **more)


def state(number: int, event: PlainEvent, people: int = 0, **by_hand: Any) -> EditionState:
    """Return an edition; `by_hand`: what the series has set where it is another value now."""
    settings = read_settings(event, [PlainCheckpoint("Gate", "17:00", "21:00")])
    row = EventEdition(id=f"e{number}", tenant_id="t", event_id=f"v{number}", number=number)
    row.baseline = dict(settings) | by_hand
    return EditionState(row, event, settings, people)


STATES = (
    state(1, berlin(1, 29), people=5),
    state(2, berlin(2, 26)),
    state(3, berlin(3, 26, 19), start_at="18:00"),
    state(4, berlin(4, 30), people=7),
)


def plan(
    scope: str = "ALL", edition: str = "e2", chosen: tuple[str, ...] = (), **settings: Any
) -> PreparedChange:
    """Return the plan of a change of the four editions; the first is over, and the third starts at another hour."""
    options = ChangeOptions(
        edition_id=edition, scope=scope, settings=EditionSettings(**settings), chosen=chosen
    )
    return prepare_change(SERIES, STATES, options, NOW)


def changing(prepared: PreparedChange) -> list[int]:
    """Return the numbers of the editions that change."""
    return [state.edition.number for state, _ in prepared.changes]


def test_a_scope_is_this_or_later_or_all_but_the_past_and_what_was_changed_by_hand() -> None:
    assert changing(plan("THIS", start_at="20:00")) == [2]
    assert changing(plan("THIS_AND_LATER", start_at="20:00")) == [2, 4]
    assert changing(plan("ALL", start_at="20:00")) == [2, 4]
    assert changing(plan("ALL", chosen=("e1", "e3"), start_at="20:00")) == [1, 2, 3, 4]
    assert changing(plan("THIS", "e1", start_at="20:00")) == [1], "whoever begins with a past one means it"
    assert changing(plan("THIS_AND_LATER", "e3", start_at="20:00")) == [3, 4]
    shown = {
        each.number: (each.is_past, each.changes[0].by_hand) for each in plan(start_at="20:00").plan.editions
    }
    assert shown == {1: (True, False), 2: (False, False), 3: (False, True), 4: (False, False)}
    assert changing(plan("ALL", capacity=50)) == [2, 3, 4], "another setting of the third is the series' own"


def test_a_plan_counts_who_is_registered_and_who_notices() -> None:
    noticed = plan(start_at="20:00").plan
    assert (noticed.changing, noticed.participants, noticed.concerned) == (2, 7, 7)
    assert plan(capacity=50).plan.concerned == 0
    assert [note.code for each in plan(capacity=3).plan.editions for note in each.warnings] == [
        "over_capacity"
    ]


def test_nothing_changes_where_it_is_so_already() -> None:
    assert plan(start_at="18:00").plan.changing == 0
    assert changing(plan(start_at="18:00", chosen=("e1", "e3"))) == [3]
    with pytest.raises(ScopeEmpty):
        plan()
    with pytest.raises(EditionNotFound):
        plan(edition="e9", start_at="20:00")


@pytest.mark.parametrize("pattern", ["{evil}", "{number.__class__}", "{number:>9999999}", "{", "{0}"])
def test_names_have_the_placeholders_of_a_series_alone(pattern: str) -> None:
    with pytest.raises(NamePatternInvalid):
        plan(name_pattern=pattern)


def test_a_hash_is_another_once_a_setting_changes() -> None:
    assert plan(start_at="20:00").plan.plan_hash == plan(start_at="20:00").plan.plan_hash
    assert plan(start_at="20:00").plan.plan_hash != plan(start_at="20:00", chosen=("e1",)).plan.plan_hash


def test_names_and_opening_hours_follow_their_own_edition() -> None:
    prepared = plan("ALL", name_pattern="{name} no. {number} ({year})", chosen=("e1",))
    assert [applied["name"] for _, applied in prepared.changes] == [
        f"Jazz no. {number} (2027)" for number in (1, 2, 3, 4)
    ]
    hours = ({"name": "Gate", "opens_at": "16:00", "closes_at": "21:00"}, {"name": "Other"})
    (_, applied), *_rest = plan("THIS", checkpoint_hours=hours).changes
    assert applied == {"hours:Gate": "16:00-21:00"}


@pytest.mark.usefixtures("server_zone")
def test_nine_stays_nine_on_both_sides_of_a_change_of_the_clocks() -> None:
    winter, summer = (move(event, {"start_at": "09:00"}) for event in (berlin(3, 26), berlin(4, 30)))
    assert (winter.starts_at.hour, summer.starts_at.hour) == (8, 7)
    assert winter.ends_at - winter.starts_at == timedelta(hours=3)
    on_the_day = move(berlin(3, 27), {"day": "2027-03-28"})
    assert (on_the_day.starts_at.hour, on_the_day.ends_at.hour) == (16, 19)


@pytest.mark.usefixtures("server_zone")
def test_a_night_over_the_change_of_the_clocks_ends_after_it_starts() -> None:
    night = move(berlin(3, 26, 22, hours=4), {"day": "2027-03-27"})
    assert night.ends_at == datetime(2027, 3, 28, 1, tzinfo=UTC)
    assert [note for _, note in night.notes] == ["skipped"], "02:00 is not there"
    autumn = move(berlin(10, 29, 2, hours=1), {"day": "2027-10-31", "duration_minutes": 30})
    assert autumn.ends_at > autumn.starts_at
    assert {note for _, note in autumn.notes} == {"repeated"}


def test_doors_move_with_the_start_and_may_be_set() -> None:
    event = berlin(2, 26, doors_open_at=datetime(2027, 2, 26, 16, 30, tzinfo=UTC))
    assert move(event, {"start_at": "20:00"}).doors_open_at == datetime(2027, 2, 26, 18, 30, tzinfo=UTC)
    assert move(event, {"doors_open_before": 60}).doors_open_at == datetime(2027, 2, 26, 16, tzinfo=UTC)
    assert move(event, {"doors_open_before": None}).doors_open_at is None
    reversed_doors = plan("THIS", doors_open_before=-200).plan
    assert [note.code for note in reversed_doors.problems] == ["doors_reversed"]
    assert reversed_doors.plan_hash is None


def test_what_is_not_named_is_not_written() -> None:
    event = berlin(2, 26)
    assert event_values(event, {"capacity": 5, "hours:Gate": None}) == {"capacity": 5}
    assert set(event_values(event, {"time_zone": "Europe/London"})) == {
        "time_zone",
        "starts_at",
        "ends_at",
        "doors_open_at",
        "doors_close_at",
    }
    moved = move(event, {"time_zone": "Europe/London"})
    assert moved.starts_at - event.starts_at == timedelta(hours=1), "wall times stay"
