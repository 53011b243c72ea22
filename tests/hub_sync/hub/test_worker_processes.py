"""`serve --workers N` over a real PostgreSQL and Redis: one address, one count of calls, one set of figures."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine

from hub_sync.contract.ids import new_id
from hub_sync.hub import worker_processes
from hub_sync.hub.kit.db.database import Database
from hub_sync.hub.kit.settings import HubSettings
from tests.hub_sync.hub.conftest import postgres_database, url_of
from tests.support import services
from tests.support.killable_process import end_at_once
from tests.support.served_hub import (
    CallingThreads,
    ServedHub,
    enrol,
    make_key,
    refused,
    run,
    serving_program,
)
from tests.support.waiting import eventually


@pytest.fixture(scope="module")
def where(postgres_server: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[object, ...]]:
    """Yield the command line arguments of a PostgreSQL database with the demo event."""
    with postgres_database(postgres_server) as name:
        arguments = ("--data", tmp_path_factory.mktemp("several"), "--database-url", url_of(name))
        run("migrate", *arguments)
        run("demo-event", *arguments, "--participants", 20)
        yield arguments


@pytest.fixture(scope="module")
def hub(where: tuple[object, ...]) -> Iterator[ServedHub]:
    """Serve a hub with two workers."""
    folder, database_url = Path(str(where[1])), where[3]
    with serving_program(
        folder,
        "--database-url",
        database_url,
        "--workers",
        2,
        "--redis-url",
        services.redis_url(),
        WEB_CONCURRENCY="7",
        DOORWARD_POLL_FEEDS_S="60",
    ) as served:
        yield served


def calls(hub: ServedHub, count: int, path: str = "/healthz") -> list[int]:
    """Return the statuses of calls at once, each on its own connection, so that both workers get some."""

    def call(_: int) -> int:
        connection = HTTPConnection(hub.url.removeprefix("http://"), timeout=20)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        return list(threads.map(call, range(count)))


def figure(hub: ServedHub, name: str) -> float:
    """Return a metric of all workers together."""
    for line in httpx.get(f"{hub.url}/metrics", timeout=20).text.splitlines():
        if line.startswith(f"{name} "):
            return float(line.rpartition(" ")[2])
    return 0.0


def cpu_seconds(pid: int) -> float:
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def test_the_figures_of_all_workers_add_up(hub: ServedHub) -> None:
    assert len(set(hub.pids)) == 2
    healthz = 'doorward_http_requests_total{method="GET",route="/healthz",status="200"}'
    before, spent = figure(hub, healthz), {pid: cpu_seconds(pid) for pid in hub.pids}
    assert calls(hub, 400) == [200] * 400
    assert figure(hub, healthz) == before + 400
    assert figure(hub, "doorward_workers") == 2
    assert figure(hub, "doorward_http_requests_in_flight") == 1, "the asking itself"
    assert all(cpu_seconds(pid) > spent[pid] for pid in hub.pids), "both have answered"


@pytest.mark.thorough
def test_no_call_too_many_slips_through_by_another_worker(hub: ServedHub, where: tuple[object, ...]) -> None:
    headers = make_key(Path(str(where[1])), str(where[3]), "events:read")
    with ThreadPoolExecutor(8) as threads:
        statuses = list(
            threads.map(
                lambda _: httpx.get(f"{hub.url}/api/v1/events", headers=headers, timeout=20).status_code,
                range(110),
            )
        )
    assert (statuses.count(200), statuses.count(429)) == (100, 10)


@pytest.mark.thorough
def test_a_live_stream_is_woken_at_once_by_another_process(hub: ServedHub, where: tuple[object, ...]) -> None:
    """The hub polls once in a minute here: only Redis can have told the other worker's streams."""
    headers = enrol(hub.url, where)
    page = httpx.get(f"{hub.url}/api/v1/sync/pull", headers=headers, timeout=20).json()
    event_id, gate_id = page["events"][0]["id"], page["checkpoints"][0]["id"]
    ready: list[float] = []
    woken: list[float] = []

    def follow() -> None:
        url = f"{hub.url}/api/v1/sync/live"
        with httpx.Client(timeout=20) as client, client.stream("GET", url, headers=headers) as stream:
            nudges = (line for line in stream.iter_lines() if line.startswith("data:"))
            next(nudges)
            ready.append(time.monotonic())
            next(nudges)
            woken.append(time.monotonic())

    with ThreadPoolExecutor(8) as threads:
        followed = [threads.submit(follow) for _ in range(8)]
        eventually(lambda: len(ready) == 8, 20)
        assert figure(hub, "doorward_live_streams") == 8
        began = time.monotonic()
        scan = {"id": new_id(), "checkpoint_id": gate_id, "participant_id": page["participants"][0][0]}
        scanned = httpx.post(f"{hub.url}/api/v1/events/{event_id}/check-in/scans", headers=headers, json=scan)
        assert scanned.status_code == 200, scanned.text
        for future in followed:
            future.result(20)
    assert max(woken) - began < 2
    result = scanned.json()["data"]["result"]
    assert f'doorward_scans_total{{by="hub",result="{result}"}} 1.0' in httpx.get(f"{hub.url}/metrics").text
    eventually(lambda: figure(hub, "doorward_live_streams") == 0)


@pytest.mark.thorough
def test_a_worker_that_dies_is_replaced_and_nobody_waits_for_it(hub: ServedHub) -> None:
    callers = CallingThreads()
    with callers.calling(lambda client: client.get(f"{hub.url}/healthz")):
        os.kill(hub.pids[0], signal.SIGKILL)
        eventually(lambda: any(line["event"] == "worker_ended" for line in hub.log()))
        eventually(lambda: figure(hub, "doorward_workers") == 2, 30)
    assert callers.statuses() == {200}
    assert calls(hub, 20) == [200] * 20


def test_the_parent_ends_after_its_workers(hub: ServedHub) -> None:
    began = time.monotonic()
    assert hub.end(signal.SIGTERM) == 0
    assert time.monotonic() - began < 10
    for pid in hub.pids:
        assert not Path(f"/proc/{pid}").exists()


@pytest.mark.thorough
def test_workers_whose_parent_is_killed_end_by_themselves(where: tuple[object, ...]) -> None:
    folder, database_url = Path(str(where[1])), where[3]
    with serving_program(
        folder, "--database-url", database_url, "--redis-url", services.redis_url(), WEB_CONCURRENCY="2"
    ) as hub:
        assert len(hub.pids) == 2
        hub.process.kill()
        eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in hub.pids), 20)


def test_several_workers_on_sqlite_or_without_redis_are_refused(tmp_path: Path) -> None:
    serve = ("serve", "--data", tmp_path, "--port", 0)
    refused("need PostgreSQL", *serve, "--workers", 2, "--redis-url", "redis://127.0.0.1:1/0")
    refused("need PostgreSQL", *serve, WEB_CONCURRENCY="2")
    refused("need Redis", *serve, "--workers", 2, "--database-url", "postgresql://u@127.0.0.1:1/d")
    refused("valid integer", *serve, WEB_CONCURRENCY="many")
    assert list(tmp_path.iterdir()) == []


def test_connections_of_the_database_are_shared_out() -> None:
    url = "postgresql://hub@localhost/hub"
    single, of_five = Database(url), Database(url, 5)
    for name in ("engine", "reading_engine"):
        assert (getattr(single, name).pool.size(), getattr(of_five, name).pool.size()) == (25, 5)


def test_workers_that_end_at_once_are_given_up_in_one_sentence(
    where: tuple[object, ...], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(worker_processes, "FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(worker_processes, "run_worker", end_at_once)
    handlers = {
        signal_number: signal.getsignal(signal_number)
        for signal_number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    }
    settings = HubSettings(workers=2, database_url=str(where[3]), redis_url=services.redis_url())
    started_pids: list[list[int]] = []
    try:
        with (
            socket.create_server(("127.0.0.1", 0)) as listening,
            pytest.raises(worker_processes.WorkersFailed),
        ):
            worker_processes.WorkerSupervisor(
                settings, True, listening, str(where[1]), started_pids.append
            ).run()
    finally:
        for signal_number, handler in handlers.items():
            signal.signal(signal_number, handler)
    assert started_pids == []
