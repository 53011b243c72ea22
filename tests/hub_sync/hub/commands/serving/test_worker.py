"""`doorward-hub worker` over real databases: it sends what hubs leave to it, shares with others, and ends in good order."""

import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import httpx
import pytest

from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.domains.webhooks.engine_processes import (
    LAB,
    another_process,
    close,
    commit,
    statuses,
    subscribe,
    tenant_with_webhooks,
)
from tests.support.forked_commands import ForkedCommand, forked_command
from tests.support.served_hub import refused
from tests.support.waiting import eventually
from tests.support.webhook_receiver import WebhookReceiver


def working(folder: Path, database_url: str, name: str = "worker") -> AbstractContextManager[ForkedCommand]:
    arguments = ("worker", "--data", folder, "--database-url", database_url)
    return forked_command(folder, name, *arguments, DOORWARD_WEBHOOK_ALLOWED_NETWORKS=LAB)


@pytest.fixture(scope="module")
def receiver() -> Iterator[WebhookReceiver]:
    with WebhookReceiver() as receiver:
        yield receiver


@pytest.fixture
def context(database_url: str, tmp_path: Path) -> Iterator[HubContext]:
    """Yield a hub that stores domain events and never delivers any."""
    process = another_process(tmp_path, database_url)
    yield process
    close(process)


def test_a_worker_sends_and_ends_when_asked(
    context: HubContext, database_url: str, kind: str, tmp_path: Path, receiver: WebhookReceiver
) -> None:
    tenant = tenant_with_webhooks(context)
    subscribe(context, tenant, receiver.url(f"/ok?{tenant}"))
    with working(tmp_path, database_url) as worker:
        assert worker.first_output() == {
            "data": str(tmp_path),
            "database": kind,
            "pids": [worker.process.pid],
        }
        ids = commit(context, tenant, 20)
        eventually(lambda: statuses(context) == {"DELIVERED": 20})
        assert worker.end() == 0
        assert worker.log.read_text() == ""
    assert sorted(item["headers"]["webhook-id"] for item in receiver.requests_to(f"/ok?{tenant}")) == sorted(
        ids
    )


def test_a_second_signal_ends_it_at_once(
    context: HubContext, database_url: str, tmp_path: Path, receiver: WebhookReceiver
) -> None:
    tenant = tenant_with_webhooks(context)
    path = f"/hang?{tenant}"
    subscribe(context, tenant, receiver.url(path))
    with working(tmp_path, database_url) as worker:
        commit(context, tenant, 1)
        eventually(lambda: len(receiver.requests_to(path)) == 1)
        assert worker.end(0.3, signal.SIGINT) is None, "what is under way gets its time"
        assert worker.end(2) == 1
    assert statuses(context) == {"SENDING": 1}


def test_beside_the_hub_of_a_folder_there_is_no_worker(tmp_path: Path) -> None:
    with forked_command(
        tmp_path, "hub", "serve", "--data", tmp_path / "hub", "--port", 0, "--no-jobs"
    ) as hub:
        (pid,) = hub.first_output()["pids"]
        refused(f"already (process {pid})", "worker", "--data", tmp_path / "hub")
    refused("There is no hub in", "worker", "--data", "/proc/nothing")


@pytest.mark.parametrize("kind", ["postgresql"])
def test_a_hub_without_jobs_leaves_the_work_to_two_workers(
    context: HubContext, database_url: str, tmp_path: Path, receiver: WebhookReceiver
) -> None:
    """Nothing goes out before they come, and each message once when they have."""
    tenant = tenant_with_webhooks(context)
    path = f"/ok?{tenant}"
    subscribe(context, tenant, receiver.url(path))
    arguments = ("serve", "--data", tmp_path, "--port", 0, "--no-jobs", "--database-url", database_url)
    with forked_command(tmp_path, "hub", *arguments) as hub, ExitStack() as workers:
        ids = commit(context, tenant, 300)
        assert httpx.get(f"{hub.first_output()['listening']}/healthz").json() == {"status": "ok"}
        assert receiver.requests_to(path) == []
        both = [workers.enter_context(working(tmp_path, database_url, str(item))) for item in range(2)]
        for worker in both:
            worker.first_output()
        ids += commit(context, tenant, 300)
        eventually(lambda: statuses(context) == {"DELIVERED": 600}, 20)
        assert [worker.end() for worker in both] == [0, 0]
    assert sorted(entry["headers"]["webhook-id"] for entry in receiver.requests_to(path)) == sorted(ids)
