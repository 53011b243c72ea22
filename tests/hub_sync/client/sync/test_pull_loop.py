"""The pulls of a station's events: the served one first of all, the others in time for their beginning."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

from hub_sync.client.http.errors import HubRefused, StationLocked
from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.store import DiskSpace, Store
from hub_sync.client.store.disk.disk_space import LOW_BYTES
from hub_sync.client.store.station.settings import CHOSEN_CHECKPOINT
from hub_sync.client.sync.pull_loop import OTHERS_EVERY_MS, RETRY_MS, SOON_EVERY_MS, PullLoop
from hub_sync.contract.clock import ManualClock, epoch_ms
from hub_sync.contract.sync import AssignedEvent
from kiosk_app.core.assignment import current_assignment, serve_checkpoint, served_checkpoint_id
from tests.hub_sync.client.fake_hub import FakeHub, page, person, refused, scan
from tests.support.builders.events import BOTH, EVENT, GALA, GALA_CHECKPOINT, GALA_GATE, GALA_ROW
from tests.support.builders.station import CHECKPOINT_ROW, EVENT_ROW, GATE, NOON, build_station_store

ROWS = {EVENT: (EVENT_ROW, CHECKPOINT_ROW), GALA: (GALA_ROW, GALA_CHECKPOINT)}
LATER = GALA_ROW | {"starts_at_ms": epoch_ms(NOON + timedelta(hours=3)), "id": GALA}


class HubOfEvents(FakeHub):
    """A hub with several events of a station. `events` are those that it lists; None: as an older hub, it lists none."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__(clock)
        self.events: tuple[AssignedEvent, ...] | None = BOTH
        self.people: dict[str, list[list[Any]]] = {EVENT: [person("ada")], GALA: [person("bo"), person("cy")]}
        self.parts: dict[str, int] = {}
        self.pulls: list[tuple[str, str]] = []
        self.checkpoints: dict[str, str] = {}

    def pull(self, payload: dict[str, str]) -> httpx.Response:
        event_id, cursor = payload.get("event", EVENT), payload.get("cursor", "")
        self.pulls.append((event_id, cursor))
        listed = (EVENT,) if self.events is None else [event.id for event in self.events]
        if "event" not in payload:
            event_id = listed[0]
        elif event_id not in listed:
            return refused(404, "EventNotAssigned")
        events = [event.model_dump() for event in self.events or ()]
        common: dict[str, Any] = {
            "event_id": event_id,
            "assigned_events": events if len(events) > 1 else None,
        }
        if self.events is None:
            common = {}
        if event_id in self.checkpoints:
            common["assigned_checkpoint_id"] = self.checkpoints[event_id]
        if cursor == "done":
            return self._answer(page(snapshot=False, cursor="done", **common))
        people, parts, number = self.people[event_id], self.parts.get(event_id, 1), int(cursor or "0")
        size = -(-len(people) // parts)
        event, checkpoint = ROWS[event_id]
        first = {"events": [event], "checkpoints": [checkpoint]} if not number else {}
        last = number + 1 >= parts
        some = people[number * size : (number + 1) * size]
        cursor = "done" if last else str(number + 1)
        return self._answer(page(*some, cursor=cursor, more=not last, total=len(people), **first, **common))

    @staticmethod
    def _answer(pulled: Any) -> httpx.Response:
        return httpx.Response(200, json=pulled.model_dump(mode="json"))


@pytest.fixture
def hub(clock: ManualClock) -> HubOfEvents:
    return HubOfEvents(clock)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON, monotonic=1_000_000)


@pytest.fixture
def store(tmp_path: Path, clock: ManualClock) -> Iterator[Store]:
    with build_station_store(tmp_path, clock=clock) as built:
        built.feed.reset()
        built.feed.close()
        yield built


@pytest.fixture
def loop(store: Store, hub: HubOfEvents, clock: ManualClock) -> PullLoop:
    return PullLoop(store, HubApi("http://hub", transport=httpx.MockTransport(hub)), clock)


def pull_all(loop: PullLoop) -> None:
    while loop.run_once():
        pass


def ages(store: Store) -> dict[str, datetime | None]:
    return {event_id: store.events.synced_at(event_id) for event_id in (EVENT, GALA)}


def test_every_event_is_loaded_and_the_served_one_is_first(
    store: Store, hub: HubOfEvents, loop: PullLoop
) -> None:
    pull_all(loop)
    assert hub.pulls[:2] == [(EVENT, ""), (GALA, "")]
    assert [event.name for event in store.events.assigned()] == ["Assembly", "Gala"]
    assert ages(store) == {EVENT: NOON, GALA: NOON}
    assert (store.roster.count, store.events.served_id()) == (1, EVENT)
    open_files = [number for number, readers in store._rosters._readers.items() if number and readers > 0]
    assert open_files == [store._rosters.current], "another event's list costs no memory"
    assert store.events.serve(GALA)
    assert store.roster.count == 2
    hub.pulls.clear()
    loop.run_once()
    assert hub.pulls[0] == (GALA, "done"), "now that one is served"
    pull_all(loop)
    still_open = [number for number, readers in store._rosters._readers.items() if number and readers > 0]
    assert still_open == [store._rosters.current], "the list of the event before is closed"


def test_the_served_event_is_asked_between_the_pages_of_another_ones_list(
    store: Store, hub: HubOfEvents, loop: PullLoop, clock: ManualClock
) -> None:
    hub.people[GALA] = [person(str(number)) for number in range(6)]
    hub.parts[GALA] = 6
    assert loop.run_once()
    assert hub.pulls == [(EVENT, ""), (GALA, "")]
    assert loop.run_once()
    assert hub.pulls[-1] == (GALA, "1"), "not for every page"
    clock.advance(timedelta(seconds=1))
    assert loop.run_once()
    assert hub.pulls[-2:] == [(EVENT, "done"), (GALA, "2")]
    assert loop.progress is None, "the screen shows no list of an event that is not served"
    pull_all(loop)
    assert store.events.serve(GALA)
    assert store.roster.count == 6


def test_other_events_are_pulled_every_five_minutes_and_every_minute_before_they_begin(
    hub: HubOfEvents, loop: PullLoop, clock: ManualClock
) -> None:
    later = BOTH[1].model_copy(update={"starts_at_ms": epoch_ms(NOON + timedelta(hours=1))})
    hub.events = (BOTH[0], later)
    pulls: list[int] = []
    pull_all(loop)
    for second in range(20, 3600, 20):
        clock.advance(timedelta(seconds=20))
        before = len(hub.pulls)
        pull_all(loop)
        pulls += [second for event_id, _ in hub.pulls[before:] if event_id == GALA]
    assert [second for second in pulls if second < 1700] == [300, 600, 900, 1200, 1500]
    later_pulls = [second for second in pulls if second > 2000]
    gaps = {b - a for a, b in pairwise(later_pulls)}
    assert gaps == {SOON_EVERY_MS // 1000}
    assert OTHERS_EVERY_MS == 300_000


@pytest.mark.parametrize(
    "fault", [refused(500, "Internal"), refused(403, "Odd"), httpx.Response(200, json=[])]
)
def test_a_fault_of_another_event_is_no_matter_of_the_served_one(
    store: Store, hub: HubOfEvents, loop: PullLoop, clock: ManualClock, fault: httpx.Response
) -> None:
    hub.fails = lambda path, payload: fault if payload.get("event") == GALA else None
    pull_all(loop)
    assert ages(store) == {EVENT: NOON, GALA: None}
    calls_before = len(hub.calls)
    pull_all(loop)
    assert len(hub.calls) == calls_before + 1, "it is not asked again at once"
    clock.advance(timedelta(milliseconds=RETRY_MS))
    hub.fails = lambda path, payload: None
    pull_all(loop)
    assert ages(store)[GALA] is not None


def test_a_locked_station_is_told_so_by_whichever_event(hub: HubOfEvents, loop: PullLoop) -> None:
    hub.fails = lambda path, payload: refused(403, "DeviceLocked") if payload.get("event") == GALA else None
    with pytest.raises((StationLocked, HubRefused)):
        pull_all(loop)


def test_an_event_that_is_taken_away_loses_its_list_and_not_its_scans(
    store: Store, hub: HubOfEvents, loop: PullLoop, clock: ManualClock
) -> None:
    pull_all(loop)
    row = store.journal.append(scan("bo", event_id=GALA, zone="hall-a"))
    hub.events = BOTH[:1]
    pull_all(loop)
    assert [event.id for event in store.events.assigned()] == [EVENT]
    assert ages(store)[GALA] is not None, "as long as its scans are not sent"
    store.outbox.acknowledge(row.sequence, row.hash)
    pull_all(loop)
    assert ages(store) == {EVENT: NOON, GALA: None}
    store.feed.close()
    store.run_maintenance()
    assert len(list(store._place.folder.glob("roster-*.db"))) == 1
    assert store.presence.get("bo", "hall-a", GALA).inside


@pytest.mark.parametrize("remaining", [BOTH[1:], (*BOTH[1:], BOTH[1].model_copy(update={"id": "third"}))])
def test_a_station_that_loses_the_event_that_it_serves_learns_of_the_others(
    store: Store, hub: HubOfEvents, loop: PullLoop, remaining: tuple[AssignedEvent, ...]
) -> None:
    ROWS["third"] = ROWS[GALA]
    hub.people["third"] = []
    hub.events = BOTH[:1]
    pull_all(loop)
    hub.events = remaining
    pull_all(loop)
    assert [event.id for event in store.events.assigned()] == [event.id for event in remaining]
    assert not store.events.is_served_assigned
    assert store.venue.event() is None
    pull_all(loop)
    assert store.events.serve(GALA)
    del ROWS["third"]


def test_the_list_of_an_event_that_is_over_is_removed_after_two_days(
    store: Store, hub: HubOfEvents, loop: PullLoop, clock: ManualClock
) -> None:
    pull_all(loop)
    end = GALA_ROW["ends_at_ms"] - epoch_ms(NOON)
    clock.advance(timedelta(milliseconds=end) + timedelta(days=2))
    pull_all(loop)
    assert ages(store)[GALA] is not None
    clock.advance(timedelta(minutes=1))
    pull_all(loop)
    assert ages(store)[GALA] is None
    assert store.venue.event() is not None, "the served one is never removed"
    hub.pulls.clear()
    clock.advance(timedelta(minutes=6))
    pull_all(loop)
    assert GALA not in {event_id for event_id, _ in hub.pulls}


def test_a_clock_that_nobody_trusts_removes_no_list(store: Store, loop: PullLoop, clock: ManualClock) -> None:
    pull_all(loop)
    clock.jump(timedelta(days=3650))
    clock.monotonic += OTHERS_EVERY_MS
    pull_all(loop)
    assert ages(store)[GALA] is not None


def test_a_disk_that_is_almost_full_is_left_to_the_served_event(
    store: Store, hub: HubOfEvents, loop: PullLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Store, "disk_space", lambda _: DiskSpace(LOW_BYTES - 1))
    pull_all(loop)
    assert ages(store) == {EVENT: NOON, GALA: None}


def test_an_older_hub_lists_no_events_and_is_asked_for_the_one(
    store: Store, hub: HubOfEvents, loop: PullLoop
) -> None:
    hub.events = None
    pull_all(loop)
    assert (store.events.assigned(), store.events.is_served_assigned) == ((), True)
    assert store.roster.count == 1
    assert {event_id for event_id, _ in hub.pulls} == {EVENT}


def test_the_hub_assigns_a_checkpoint_at_each_event(store: Store, hub: HubOfEvents, loop: PullLoop) -> None:
    hub.checkpoints = {EVENT: GATE, GALA: GALA_GATE}
    pull_all(loop)
    assert store.events.serve(GALA)
    assignment = current_assignment(store)
    assert assignment is not None
    assert assignment.checkpoint.id == GALA_GATE
    serve_checkpoint(store, "another")
    assert store.events.serve(EVENT)
    assert served_checkpoint_id(store) == GATE
    hub.checkpoints[GALA] = ""
    store.events.serve(GALA)
    pull_all(loop)
    assert store.settings.get(f"{CHOSEN_CHECKPOINT}:{GALA}") == "another", "the operator's choice stays"
    hub.checkpoints[GALA] = GALA_GATE
    pull_all(loop)
    assert served_checkpoint_id(store) == GALA_GATE
