"""The engine with its threads, over a hub that hangs, dies and comes back."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from hub_sync.client.http.errors import NO_ANSWER, HubBusy
from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.store import StationEnrolment, Store
from hub_sync.client.sync.backoff import Backoff
from hub_sync.client.sync.engine import SyncEngine
from hub_sync.client.sync.loop_thread import LoopPlan, LoopThread, LoopWork
from hub_sync.client.sync.maintenance_loop import MaintenanceLoop
from hub_sync.client.sync.status import ConnectionState, StatusTracker, SyncStatus
from hub_sync.contract.clock import ManualClock, SystemClock
from hub_sync.contract.enums import DeviceStatus
from tests.hub_sync.client.fake_hub import FakeHub, page, person, refused, scan
from tests.support.builders.queues import queue_row
from tests.support.network.hostile_hub import HostileHub, dripped, http, whole


@pytest.fixture
def hub(clock: ManualClock) -> FakeHub:
    """Return a hub that expects one person."""
    hub = FakeHub(clock)
    hub.pages = [{"participants": [person("p1")], "total": 1}]
    return hub


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub_sync.client.sync.engine.LIVE_RECONNECT_S", 0.05)


@pytest.fixture
def statuses() -> list[SyncStatus]:
    return []


@pytest.fixture
def engine(store: Store, hub: FakeHub, statuses: list[SyncStatus], quick: None) -> Iterator[SyncEngine]:
    engine = SyncEngine(
        store.open_session,
        lambda: HubApi("http://hub", transport=httpx.MockTransport(hub)),
        clock=SystemClock(),
        random=lambda: 0.1,
        on_change=statuses.append,
    )
    yield engine
    engine.stop()


def wait_for(what: Callable[[], Any], seconds: float = 30.0) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "it did not come about"
        time.sleep(0.01)


def test_a_station_that_starts_pulls_pushes_measures_and_says_so(
    store: Store, hub: FakeHub, engine: SyncEngine
) -> None:
    hub.clock = ManualClock(SystemClock().now())
    store.journal.append(scan("p1"))
    engine.start()
    wait_for(lambda: store.roster.count == 1 and len(hub.scans()) == 1)
    wait_for(lambda: engine.status.connection is ConnectionState.ONLINE and engine.status.unsent == 0)
    wait_for(lambda: engine.status.roster_as_of is not None and engine.status.clock_offset_ms is not None)
    assert engine.status.last_error is None
    assert engine.status.alarm is None


def test_an_answer_that_the_hub_gave_before_a_lock_does_not_unlock_the_station(store: Store) -> None:
    engine = SyncEngine(store.open_session, lambda: HubApi("http://hub"), clock=SystemClock())
    before = time.monotonic()
    engine._record_station_status(store, DeviceStatus.LOCKED, before)
    engine._record_station_status(store, DeviceStatus.ACTIVE, before)
    assert store.access.status() is DeviceStatus.LOCKED
    engine._record_station_status(store, DeviceStatus.ACTIVE, time.monotonic())
    assert store.access.status() is DeviceStatus.ACTIVE


def test_a_loop_that_cannot_connect_keeps_no_session_open(store: Store, hub: FakeHub) -> None:
    opened: list[Store] = []
    closed: list[Store] = []

    def open_session() -> Store:
        session = store.open_session()
        close = session.close

        def close_and_note() -> None:
            closed.append(session)
            close()

        session.close = close_and_note  # type: ignore[method-assign]
        opened.append(session)
        return session

    def connect() -> HubApi:
        raise ValueError("the hub's address starts with http:// or https://")

    engine = SyncEngine(open_session, connect, clock=SystemClock(), random=lambda: 0.1)
    engine.start()
    wait_for(lambda: len(closed) >= 3)
    engine.stop()
    assert sorted(map(id, closed)) == sorted(map(id, opened))


def test_a_scan_is_pushed_the_moment_it_is_written(store: Store, hub: FakeHub, engine: SyncEngine) -> None:
    engine.start()
    wait_for(lambda: engine.status.connection is ConnectionState.ONLINE)
    time.sleep(0.1)
    began = time.monotonic()
    store.journal.append(scan("p1"))
    engine.nudge()
    wait_for(lambda: len(hub.scans()) == 1)
    assert time.monotonic() - began < 1


def test_numbers_are_leased_at_once_for_queues_that_a_pull_brings(
    hub: FakeHub, engine: SyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    wakes: list[bool] = []
    monkeypatch.setattr(
        engine._threads["push"], "nudge", lambda *, urgent=False: wakes.append(urgent), raising=True
    )
    hub.pages[0]["queue"] = {"queues": [queue_row("A").model_dump(mode="json")]}
    engine.start()
    wait_for(lambda: False in wakes)


def test_a_jammed_push_does_not_keep_a_revocation_waiting(
    store: Store, hub: FakeHub, engine: SyncEngine
) -> None:
    jam, jammed = threading.Event(), threading.Event()

    def fails(path: str, payload: Any) -> None:
        if path == "push":
            jammed.set()
            jam.wait(20)

    hub.fails = fails
    store.journal.append(scan("p1"))
    engine.start()
    assert jammed.wait(5)
    wait_for(lambda: store.roster.count == 1)
    hub.pages.append({"snapshot": False, "participants": [person("p1", standing="blocked:stolen")]})
    engine.retry_now()
    wait_for(
        lambda: (
            (participant := store.roster.find("p1")) is not None and participant.standing == "blocked:stolen"
        )
    )
    assert engine.status.connection is ConnectionState.ONLINE
    assert hub.scans() == []
    jam.set()
    wait_for(lambda: len(hub.scans()) == 1)


def test_a_nudge_pulls_at_once(store: Store, hub: FakeHub, engine: SyncEngine) -> None:
    tell = threading.Event()

    def stream() -> Iterator[bytes]:
        yield b": ping\n\n"
        tell.wait(20)
        yield b"event: nudge\ndata: {}\n\n"
        time.sleep(3)

    hub.stream = stream
    engine.start()
    wait_for(lambda: store.roster.count == 1 and engine.status.live)
    hub.pages.append({"snapshot": False, "participants": [person("p2")]})
    began = time.monotonic()
    tell.set()
    wait_for(lambda: store.roster.count == 2)
    assert time.monotonic() - began < 1


def test_an_outage_is_shown_and_everything_arrives_after_it(
    store: Store, hub: FakeHub, engine: SyncEngine, statuses: list[SyncStatus]
) -> None:
    down = threading.Event()
    down.set()

    def fails(path: str, payload: Any) -> None:
        if down.is_set():
            raise httpx.ConnectError("refused")

    hub.fails = fails
    engine.start()
    wait_for(lambda: engine.status.sentence == NO_ANSWER)
    assert engine.status.connection is ConnectionState.OFFLINE
    ids = []
    for number in range(20):
        ids.append(store.journal.append(scan(f"p{number}")).record.id)
        engine.nudge()
    wait_for(lambda: engine.status.unsent == 20)
    down.clear()
    wait_for(lambda: [row["id"] for row in hub.scans()] == ids)
    wait_for(lambda: engine.status.connection is ConnectionState.ONLINE and engine.status.unsent == 0)
    assert any(status.connection is ConnectionState.OFFLINE for status in statuses)


def test_a_revoked_station_is_told_and_does_not_hammer(
    store: Store, hub: FakeHub, engine: SyncEngine
) -> None:
    hub.fails = lambda path, payload: refused(403, "DeviceRevoked")
    engine.start()
    wait_for(lambda: engine.status.connection is ConnectionState.REFUSED)
    assert "Enrol it again" in engine.status.sentence


def test_a_throttled_loop_waits_as_long_as_it_was_told(
    store: Store, hub: FakeHub, engine: SyncEngine
) -> None:
    hub.fails = lambda path, payload: (
        refused(429, "RateLimited", **{"retry-after": "30"}) if path == "pull" else None
    )
    engine.start()
    wait_for(lambda: "pull" in hub.calls)
    for _ in range(20):
        engine.retry_now()
        time.sleep(0.01)
    assert hub.calls.count("pull") == 1


def test_a_bug_in_a_loop_is_logged_and_the_loop_lives_on(
    store: Store, hub: FakeHub, engine: SyncEngine
) -> None:
    bugs = iter([True, True])

    def fails(path: str, payload: Any) -> None:
        if path == "pull" and next(bugs, False):
            raise ZeroDivisionError

    hub.fails = fails
    engine.start()
    wait_for(lambda: store.roster.count == 1)


def test_a_poisoned_row_is_counted_on_the_screen(store: Store, hub: FakeHub, engine: SyncEngine) -> None:
    ids = [store.journal.append(scan(f"p{number}")).record.id for number in range(10)]
    hub.fails = lambda path, payload: (
        httpx.Response(500) if path == "push" and any(ids[4] in item.body for item in payload.items) else None
    )
    engine.start()
    wait_for(lambda: engine.status.set_aside == 1 and engine.status.unsent == 0)
    assert len(hub.scans()) == 9


def test_stopping_is_quick_even_while_a_push_hangs(store: Store, hub: FakeHub, engine: SyncEngine) -> None:
    jam = threading.Event()

    def jam_pushes(path: str, _: Any) -> None:
        if path == "push":
            jam.wait(5)

    hub.fails = jam_pushes
    store.journal.append(scan())
    engine.start()
    wait_for(lambda: "push" in hub.calls)
    began = time.monotonic()
    engine.stop()
    assert time.monotonic() - began < 4
    jam.set()


def test_maintenance_makes_one_backup_for_new_rows_and_none_for_old(store: Store, folder: Any) -> None:
    store.settings.save_enrolment(
        StationEnrolment("http://hub", "d", "t", "e", None, "North", "gate", "secret")
    )
    store.journal.append(scan())
    MaintenanceLoop(store, 1, store._place.clock).run_once()
    MaintenanceLoop(store, 1, store._place.clock).run_once()
    assert len(list((folder / "backups").iterdir())) == 1
    store.journal.append(scan())
    MaintenanceLoop(store, 1, store._place.clock).run_once()
    assert len(list((folder / "backups").iterdir())) == 2


def test_a_loop_outlives_whatever_breaks_around_its_steps() -> None:
    turns: list[str] = []

    def broken() -> None:
        turns.append("closed")
        raise RuntimeError("a bug while the loop is set up again")

    def step() -> bool:
        turns.append("step")
        raise RuntimeError("a bug in a step")

    runner = LoopThread(
        LoopPlan("pull", lambda: LoopWork(step, refresh=broken, close=broken), 0.01),
        clock=SystemClock(),
        backoff=Backoff(lambda: 0.0),
        board=StatusTracker(lambda _: None),
        on_recovered=lambda: None,
    )
    runner.start()
    wait_for(lambda: turns.count("step") > 2)
    runner.stop(2)


class BusyLoop:
    """A pull loop whose hub is busy for an hour at its first step."""

    def __init__(self, *, is_proven: bool) -> None:
        self._is_proven, self.steps = is_proven, 0
        plan = LoopPlan("pull", lambda: LoopWork(self._step), 3600.0, brings_revocations=True)
        self.thread = LoopThread(
            plan,
            clock=SystemClock(),
            backoff=Backoff(lambda: 0.0),
            board=StatusTracker(lambda _: None),
            on_recovered=lambda: None,
        )
        self.thread.start()

    def _step(self) -> bool:
        self.steps += 1
        if self.steps == 1:
            raise HubBusy("busy", 3600.0, is_proven=self._is_proven)
        return False


def test_a_busy_answer_that_is_not_proven_silences_the_pull_for_seconds_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("hub_sync.client.sync.loop_thread.UNPROVEN_BUSY_CAP_S", 0.05)
    loop = BusyLoop(is_proven=False)
    wait_for(lambda: loop.steps == 2)
    loop.thread.stop(2)


def test_an_urgent_nudge_wakes_a_pull_that_waits_for_a_busy_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub_sync.client.sync.loop_thread.BUSY_URGENT_AFTER_S", 0.05)
    loop = BusyLoop(is_proven=True)
    wait_for(lambda: loop.steps == 1)
    loop.thread.nudge(urgent=True)
    wait_for(lambda: loop.steps == 2)
    loop.thread.stop(2)


def test_an_answer_that_drips_and_one_that_says_come_back_tomorrow_hold_no_revocation_for_long(
    store: Store, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over real sockets: the pull's first answer drips for minutes, its second is a 429 with a far Retry-After."""
    monkeypatch.setattr("hub_sync.client.http.responses.MAX_RETRY_AFTER_S", 0.5)
    known = page(person("p1"))
    revoked = page(person("p1", status="CANCELLED"), snapshot=False, cursor="2")
    whole_pages = [http("200 OK", each.model_dump_json().encode()) for each in (known, revoked)]
    busy = http("429 Slow", b"", b"Retry-After: 86400\r\n")
    answers = iter([whole(whole_pages[0]), dripped(whole_pages[1], 20, 0.5), whole(busy)])

    def answer(connection: socket.socket) -> None:
        next(answers, whole(whole_pages[1]))(connection)

    with HostileHub(pull=answer) as hostile:
        engine = SyncEngine(
            store.open_session,
            lambda: HubApi(hostile.url, deadline_s=0.5),
            clock=SystemClock(),
            random=lambda: 0.01,
        )
        engine.start()
        wait_for(lambda: store.roster.count == 1)
        engine.retry_now()
        wait_for(lambda: hostile.calls.count("pull") >= 3)
        wait_for(
            lambda: (
                (participant := store.roster.find("p1")) is not None and participant.status == "CANCELLED"
            ),
            seconds=60,
        )
        engine.stop()


def test_an_engine_that_was_never_started_can_be_stopped(engine: SyncEngine) -> None:
    engine.stop()


def test_a_manual_sync_that_succeeds_ends_offline_at_once(
    store: Store, hub: FakeHub, monkeypatch: pytest.MonkeyPatch, quick: None
) -> None:
    down = threading.Event()
    down.set()

    def fails(path: str, payload: Any) -> None:
        if down.is_set():
            raise httpx.ConnectError("refused")

    hub.fails = fails
    monkeypatch.setattr(Backoff, "failed", lambda _: 600.0)
    engine = SyncEngine(
        store.open_session,
        lambda: HubApi("http://hub", transport=httpx.MockTransport(hub)),
        clock=SystemClock(),
    )
    engine.start()
    try:
        wait_for(lambda: engine.status.connection is ConnectionState.OFFLINE)
        wait_for(lambda: set(hub.calls) >= {"pull", "time", "live"})
        store.journal.append(scan("p1"))
        down.clear()
        engine.nudge()
        time.sleep(0.1)
        assert engine.status.connection is ConnectionState.OFFLINE, "a back-off of ten minutes"
        engine.retry_now()
        wait_for(lambda: engine.status.connection is ConnectionState.ONLINE)
        wait_for(lambda: len(hub.scans()) == 1)
    finally:
        engine.stop()
