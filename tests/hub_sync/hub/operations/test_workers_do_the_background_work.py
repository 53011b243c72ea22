"""`doorward-hub worker` over real databases: it sends what hubs leave to it, shares with others, and ends in good order."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from hub_sync.hub.kit.context import HubContext
from tests.hub_sync.hub.operations.served import COMMAND, environment, eventually, refused, serving
from tests.hub_sync.hub.webhooks.sending import (
    LAB,
    another_process,
    close,
    commit,
    statuses,
    subscribe,
    tenant_with_webhooks,
)
from tests.support.receiving import Receiver


@dataclass
class Worker:
    """A worker's process, and what it said once it was at work."""

    process: subprocess.Popen[str]
    said: dict[str, Any]
    log_file: Path


@contextmanager
def working(data: Path, database_url: str, name: str = "worker") -> Iterator[Worker]:
    log_file = data / f"{name}.log"
    told = ["worker", "--data", str(data), "--database-url", database_url, "--json"]
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            [*COMMAND, *told],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=environment(DOORWARD_WEBHOOK_ALLOWED_NETWORKS=LAB),
        )
        try:
            assert process.stdout
            line = process.stdout.readline()
            assert line, log_file.read_text()
            yield Worker(process, json.loads(line), log_file)
        finally:
            process.kill()
            process.communicate()


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with Receiver() as found:
        yield found


@pytest.fixture
def context(database_url: str, tmp_path: Path) -> Iterator[HubContext]:
    """Writes facts, and never sends any."""
    found = another_process(tmp_path, database_url)
    yield found
    close(found)


def test_a_worker_sends_and_ends_when_asked(
    context: HubContext, database_url: str, kind: str, tmp_path: Path, receiver: Receiver
) -> None:
    tenant = tenant_with_webhooks(context)
    subscribe(context, tenant, receiver.url(f"/ok?{tenant}"))
    with working(tmp_path, database_url) as worker:
        assert worker.said == {"data": str(tmp_path), "database": kind, "pids": [worker.process.pid]}
        ids = commit(context, tenant, 20)
        eventually(lambda: statuses(context) == {"DELIVERED": 20})
        worker.process.send_signal(signal.SIGTERM)
        assert worker.process.wait(10) == 0
        assert worker.log_file.read_text() == ""
    assert sorted(one["headers"]["webhook-id"] for one in receiver.came(f"/ok?{tenant}")) == sorted(ids)


def test_a_second_signal_ends_it_at_once(
    context: HubContext, database_url: str, tmp_path: Path, receiver: Receiver
) -> None:
    tenant = tenant_with_webhooks(context)
    path = f"/hang?{tenant}"
    subscribe(context, tenant, receiver.url(path))
    with working(tmp_path, database_url) as worker:
        commit(context, tenant, 1)
        eventually(lambda: len(receiver.came(path)) == 1)
        worker.process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        assert worker.process.poll() is None, "what is under way gets its time"
        worker.process.send_signal(signal.SIGTERM)
        assert worker.process.wait(2) == 1
    assert statuses(context) == {"SENDING": 1}


def test_beside_the_hub_of_a_folder_there_is_no_worker(tmp_path: Path) -> None:
    with serving(tmp_path / "hub", "--no-jobs") as hub:
        pid = hub.pids[0]
        refused(f"already (process {pid})", "worker", "--data", tmp_path / "hub")
    refused("can't be written to", "worker", "--data", "/proc/nothing")


@pytest.mark.parametrize("kind", ["postgresql"])
def test_a_hub_without_jobs_leaves_the_work_to_two_workers(
    context: HubContext, database_url: str, tmp_path: Path, receiver: Receiver
) -> None:
    """Nothing goes out before they come, and each message once when they have; a killed one's share goes on."""
    tenant = tenant_with_webhooks(context)
    path = f"/ok?{tenant}"
    subscribe(context, tenant, receiver.url(path))
    with (
        serving(tmp_path / "hub", "--no-jobs", "--database-url", database_url) as hub,
        ExitStack() as workers,
    ):
        ids = commit(context, tenant, 300)
        assert httpx.get(f"{hub.url}/healthz").json() == {"status": "ok"}
        assert receiver.came(path) == []
        both = [workers.enter_context(working(tmp_path, database_url, str(one))) for one in range(2)]
        ids += commit(context, tenant, 300)
        eventually(lambda: statuses(context) == {"DELIVERED": 600}, 20)
        for worker in both:
            os.kill(worker.said["pids"][0], signal.SIGTERM)
        assert [worker.process.wait(10) for worker in both] == [0, 0]
    assert sorted(one["headers"]["webhook-id"] for one in receiver.came(path)) == sorted(ids)
