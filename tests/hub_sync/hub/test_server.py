"""SIGTERM at a real hub under load: who was let in is answered, balancers are told first, and a second one ends it."""

import signal
import socket
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.support.served_hub import CallingThreads, enrol, make_key, run, serving, serving_program
from tests.support.waiting import eventually

HURRY_S = 2
HURRIED = (
    sys.executable,
    "-c",
    f"from hub_sync.hub import server; from hub_sync.hub.commands import cli; server.GRACE_S = {HURRY_S}; cli.main()",
)
"""A hub that gives requests 2 s to their end, not 10."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ends")
    run("demo-event", "--data", folder, "--participants", 20)
    return folder


@contextmanager
def writing_elsewhere(data: Path) -> Iterator[None]:
    """Hold the database's write lock from another connection, so that every change waits."""
    other = sqlite3.connect(data / "hub.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


def test_a_request_that_waits_for_the_database_is_answered_before_the_end(data: Path) -> None:
    with serving(data) as hub, ThreadPoolExecutor(8) as threads:
        key = make_key(data, "", "events:create")
        with writing_elsewhere(data):
            calls = [threads.submit(create_event, hub.url, key, f"fair-{number}") for number in range(8)]
            eventually(lambda: in_flight(hub.url) >= 9)
            hub.process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            assert hub.process.poll() is None
        assert [call.result() for call in calls] == [201] * 8
        assert hub.process.wait(10) == 0


def in_flight(url: str) -> float:
    for line in httpx.get(f"{url}/metrics").text.splitlines():
        if line.startswith("doorward_http_requests_in_flight "):
            return float(line.split()[1])
    return 0


def test_a_second_signal_ends_it_at_once(data: Path) -> None:
    with serving(data) as hub:
        key = make_key(data, "", "events:create")
        with writing_elsewhere(data):
            threading.Thread(target=create_event, args=(hub.url, key, "fair")).start()
            eventually(lambda: in_flight(hub.url) >= 2)
            hub.process.send_signal(signal.SIGTERM)
            time.sleep(0.3)
            began = time.monotonic()
            assert hub.end(signal.SIGTERM) == 1
            assert time.monotonic() - began < 2


def test_who_takes_too_long_is_given_up_and_that_is_no_good_end(data: Path) -> None:
    """A caller that never finishes its body: some time after the signal the hub ends all the same, and says so."""
    with serving_program(data, program=HURRIED) as hub:
        port = int(hub.url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=30) as caller:
            caller.sendall(b"POST /api/v1/sync/enrol HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
            eventually(lambda: in_flight(hub.url) >= 2)
            began = time.monotonic()
            assert hub.end(signal.SIGTERM) == 1
            assert HURRY_S <= time.monotonic() - began < HURRY_S + 5
        assert [line["event"] for line in hub.log()][-1] == "ended_with_requests_in_progress"


def create_event(url: str, headers: dict[str, str], slug: str) -> int:
    """Create an event; return the status, 0 if the hub ended without an answer."""
    times = {"starts_at": "2026-06-10T08:00:00Z", "ends_at": "2026-06-10T18:00:00Z", "time_zone": "UTC"}
    new = {"slug": slug, "name": slug} | times
    try:
        return httpx.post(f"{url}/api/v1/events", json=new, headers=headers, timeout=20).status_code
    except httpx.HTTPError:
        return 0


def test_while_it_drains_it_answers_and_says_that_it_stops(data: Path) -> None:
    callers = CallingThreads()
    with serving(data, DOORWARD_DRAIN_S="1.5") as hub:
        with callers.calling(
            lambda client: client.get(f"{hub.url}/readyz"), lambda client: client.get(f"{hub.url}/healthz")
        ):
            eventually(lambda: callers.answers["/readyz", 200] > 5)
            hub.process.send_signal(signal.SIGTERM)
            eventually(lambda: callers.answers["/readyz", 503] > 5)
            last = httpx.get(f"{hub.url}/readyz")
        assert last.json()["checks"]["process"] == "stops"
        assert last.headers["connection"] == "close"
        assert hub.process.wait(10) == 0
    assert callers.broken == []
    assert callers.answers["/healthz", 200] > 5


@pytest.mark.parametrize(
    ("at_start", "ends"),
    [(signal.SIG_DFL, True), pytest.param(signal.SIG_IGN, False, marks=pytest.mark.thorough)],
)
def test_a_hang_up_of_the_terminal_ends_it_too_unless_nohup_started_it(
    data: Path, at_start: signal.Handlers, ends: bool
) -> None:
    before = signal.signal(signal.SIGHUP, at_start)  # which a child inherits
    try:
        with serving_program(data) as hub:
            hub.process.send_signal(signal.SIGHUP)
            if not ends:
                assert httpx.get(f"{hub.url}/readyz").status_code == 200
                hub.process.send_signal(signal.SIGTERM)
            assert hub.process.wait(20) == 0
    finally:
        signal.signal(signal.SIGHUP, before)


def test_what_listens_on_a_live_stream_is_let_go(data: Path) -> None:
    with serving(data) as hub:
        headers = enrol(hub.url, ("--data", data))
        with httpx.stream("GET", f"{hub.url}/api/v1/sync/live", headers=headers, timeout=10) as stream:
            chunks = stream.iter_raw()
            next(chunks)
            hub.process.send_signal(signal.SIGTERM)
            for _ in chunks:
                pass
        assert hub.process.wait(5) == 0
