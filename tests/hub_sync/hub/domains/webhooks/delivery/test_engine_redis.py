"""A hub that leaves the background work to others tells them at once, through Redis, what there is to do."""

from pathlib import Path

import pytest

from hub_sync.contract.clock import SystemClock
from hub_sync.contract.ids import new_id
from hub_sync.hub.domains.webhooks.delivery import engine
from hub_sync.hub.hub_context import build_context
from hub_sync.hub.kit.events.jobs import running_jobs
from hub_sync.hub.kit.events.notifier import Notification
from hub_sync.hub.kit.events.redis_backend import RedisBackendJob
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.settings import HubSettings
from tests.hub_sync.hub.domains.webhooks.engine_processes import (
    LAB,
    another_process,
    close,
    commit,
    engine_of,
    subscribe,
    tenant_with_webhooks,
)
from tests.support import services
from tests.support.waiting import eventually
from tests.support.webhook_receiver import WebhookReceiver


def process(folder: Path, database_url: str, *, jobs: bool) -> tuple[HubContext, RedisBackendJob]:
    settings = HubSettings(
        data=folder,
        database_url=database_url,
        redis_url=services.redis_url(),
        jobs=jobs,
        webhook_allowed_networks=LAB,
    )
    context = build_context(settings, SystemClock(), new_id)
    assert context.redis_backend is not None
    return context, RedisBackendJob(context.redis_backend, lambda error: pytest.fail(str(error)))


def test_an_engine_that_never_looks_sends_what_another_process_committed(
    database_url: str, tmp_path: Path, receiver: WebhookReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering = process(tmp_path, database_url, jobs=False)
    at_work = process(tmp_path, database_url, jobs=True)
    tenant = tenant_with_webhooks(at_work[0])
    path = f"/ok?{tenant}"
    subscribe(at_work[0], tenant, receiver.url(path))
    looked = engine_of(at_work[0], "looks-once")
    with running_jobs([answering[1], at_work[1], looked]):
        (first,) = commit(answering[0], tenant, 1)
        eventually(lambda: len(receiver.requests_to(path)) == 1)
        monkeypatch.setattr(engine, "POLL_S", 3600.0)

        def another_arrives() -> bool:
            # Redis is listened to from some moment on: until then what is told is lost, and costs a look.
            commit(answering[0], tenant, 1)
            return len(receiver.requests_to(path)) > 1

        eventually(another_arrives)
    for context, _ in (answering, at_work):
        close(context)
    assert first in {item["headers"]["webhook-id"] for item in receiver.requests_to(path)}


def test_a_hub_that_does_the_work_itself_wakes_nobody_else_for_it(database_url: str, tmp_path: Path) -> None:
    alone = another_process(tmp_path, database_url)
    hub_process = process(tmp_path, database_url, jobs=True)[0]
    assert hub_process.redis_backend is not None
    assert Notification not in hub_process.redis_backend.kinds
    left_out = process(tmp_path, database_url, jobs=False)[0]
    assert left_out.redis_backend is not None
    assert Notification in left_out.redis_backend.kinds
    assert left_out.notifier.backend is left_out.redis_backend
    for context in (alone, hub_process, left_out):
        close(context)
