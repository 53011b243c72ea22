"""How often keys are used is counted without anybody waiting for it, and outlives a database that is busy."""

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial

import pytest
from sqlalchemy.exc import OperationalError
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from hub_sync.contract.clock import ManualClock
from hub_sync.hub.app import create_app
from hub_sync.hub.domains.api_keys import service as api_keys
from hub_sync.hub.domains.api_keys.usage import KeyUsage
from hub_sync.hub.domains.api_keys.verified_key_cache import KeyReference
from hub_sync.hub.kit.db.unit_of_work import UnitOfWork, Work
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.settings import HubSettings
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.domains.api_keys.conftest import CreatedKey, MakeKey

KEYS = "/api/v1/api-keys"


def used(hub: HubContext, seeded: Seeded, key: CreatedKey) -> tuple[int, object]:
    """How often a key was used and when last, as the table says."""
    with hub.uow.read() as work:
        row = api_keys.get(work, seeded.tenant_id, key.id)
        return row.usage_count, row.last_used_at


def test_calls_are_counted_in_memory_and_written_down_together(
    client: TestClient,
    hub: HubContext,
    seeded: Seeded,
    make_key: MakeKey,
    clock: ManualClock,
    statements: list[str],
) -> None:
    key, other = make_key(), make_key("events:read")
    client.get(KEYS, headers=key.headers)
    statements.clear()
    for _ in range(4):
        assert client.get(KEYS, headers=key.headers).status_code == 200
    assert client.get(KEYS, headers=other.headers).status_code == 403, "who is not let through is not counted"
    assert not [statement for statement in statements if statement.startswith("UPDATE")]
    assert used(hub, seeded, key) == (0, None)
    hub.authenticator.flush_usage()
    assert used(hub, seeded, key) == (5, clock.now())
    assert used(hub, seeded, other) == (0, None)
    hub.authenticator.flush_usage()
    assert used(hub, seeded, key) == (5, clock.now()), "once"


def test_use_does_not_count_as_a_change_of_the_key(
    client: TestClient, hub: HubContext, seeded: Seeded, make_key: MakeKey
) -> None:
    key = make_key()
    with hub.uow.read() as work:
        before = api_keys.get(work, seeded.tenant_id, key.id)
    client.get(KEYS, headers=key.headers)
    hub.authenticator.flush_usage()
    with hub.uow.read() as work:
        after = api_keys.get(work, seeded.tenant_id, key.id)
    assert (after.version, after.updated_at) == (before.version, before.updated_at)


def test_a_running_hub_writes_down_by_itself_and_once_more_when_it_stops(
    settings: HubSettings, hub: HubContext, seeded: Seeded, make_key: MakeKey, clock: ManualClock
) -> None:
    key = make_key()
    with TestClient(create_app(settings.model_copy(update={"usage_flush_s": 0.05}), clock)) as caller:
        caller.get(KEYS, headers=key.headers)
        until = time.monotonic() + 10
        while used(hub, seeded, key)[0] == 0 and time.monotonic() < until:
            time.sleep(0.02)
        assert used(hub, seeded, key)[0] == 1
    with TestClient(create_app(settings.model_copy(update={"usage_flush_s": 3600}), clock)) as caller:
        caller.get(KEYS, headers=key.headers)
        assert used(hub, seeded, key)[0] == 1
    assert used(hub, seeded, key)[0] == 2


def test_what_cannot_be_written_is_kept_and_tried_again(
    hub: HubContext, seeded: Seeded, make_key: MakeKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = make_key()
    usage = KeyUsage(hub.uow)
    place = KeyReference(seeded.tenant_id, key.id)
    usage.record(place)
    with monkeypatch.context() as broken, capture_logs() as log_entries:
        broken.setattr(hub.uow, "begin", _busy)
        assert not usage.flush()
        usage.record(place)
        assert not usage.flush()
    assert len(log_entries) == 1
    assert usage.flush()
    assert used(hub, seeded, key)[0] == 2


def _busy() -> AbstractContextManager[Work]:
    raise OperationalError("UPDATE", {}, Exception("database is locked"))


@pytest.mark.both_databases
def test_calls_of_many_threads_are_all_counted(hub: HubContext, seeded: Seeded, make_key: MakeKey) -> None:
    keys = [make_key(), make_key()]
    usages = [KeyUsage(hub.uow), KeyUsage(hub.uow)]

    def call(usage: KeyUsage) -> None:
        for n in range(300):
            usage.record(KeyReference(seeded.tenant_id, keys[n % 2].id))
            if n % 50 == 0:
                usage.flush()

    _together([partial(call, usage) for usage in usages for _ in range(3)])
    assert all(usage.flush() for usage in usages)
    assert [used(hub, seeded, key)[0] for key in keys] == [900, 900]


def _together(acts: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=act) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_a_later_time_is_not_taken_back_by_another_process(
    hub: HubContext, seeded: Seeded, make_key: MakeKey, clock: ManualClock
) -> None:
    key = make_key()
    later = clock.now()
    place = KeyReference(seeded.tenant_id, key.id)
    earlier_clock = ManualClock(later.replace(hour=1))
    for at in (clock, earlier_clock):
        usage = KeyUsage(UnitOfWork(hub.uow.database, at, hub.new_id))
        usage.record(place)
        assert usage.flush()
    assert used(hub, seeded, key) == (2, later)
