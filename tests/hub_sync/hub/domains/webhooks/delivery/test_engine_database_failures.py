"""The database is away while deliveries are under way: the engine waits, then writes down what went out, once."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from hub_sync.contract.clock import ManualClock
from hub_sync.hub.domains.webhooks.delivery import engine
from hub_sync.hub.domains.webhooks.delivery.engine import DeliveryEngine
from hub_sync.hub.domains.webhooks.delivery.leases import LEASE
from hub_sync.hub.domains.webhooks.delivery.repository import DeliveryRepository
from hub_sync.hub.domains.webhooks.network.sender import AttemptOutcome, WebhookRequest, WebhookSender
from hub_sync.hub.domains.webhooks.network.ssrf_guard import GuardedNetwork
from hub_sync.hub.kit.db import database
from hub_sync.hub.kit.events.jobs import running_jobs
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.networks import parse_networks
from tests.hub_sync.hub.domains.webhooks.engine_processes import (
    LAB,
    another_process,
    attempts,
    close,
    commit,
    engine_of,
    statuses,
    subscribe,
    tenant_with_webhooks,
)
from tests.support.waiting import eventually
from tests.support.webhook_receiver import WebhookReceiver

WAITS = "webhook_engine_waits_for_database"
MESSAGES, ENDED = 20, 12
"""So few are one batch: the engine shares 500 deliveries among all types of domain events."""


class Observed(WebhookSender):
    """Does something before the first message goes out: by then what goes out is taken, and that is committed."""

    def __init__(self, before_the_first: Callable[[], object]) -> None:
        super().__init__(GuardedNetwork(parse_networks([LAB])))
        self._before_the_first = before_the_first

    async def send(self, outgoing: WebhookRequest, now: datetime) -> AttemptOutcome:
        act, self._before_the_first = self._before_the_first, lambda: None
        act()
        return await super().send(outgoing, now)


@pytest.fixture
def hub(
    database_url: str, tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[HubContext]:
    """One that soon gives up on a database that is locked, and soon tries again."""
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 50)
    monkeypatch.setattr(engine, "BACKOFF_S", 0.05)
    process = another_process(tmp_path, database_url, clock)
    yield process
    close(process)


def delivered_ids(receiver: WebhookReceiver, path: str) -> list[str]:
    return sorted(item["headers"]["webhook-id"] for item in receiver.requests_to(path))


def waited(logged: Sequence[Mapping[str, Any]]) -> int:
    return sum(item["event"] == WAITS for item in logged)


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_locked_database_is_waited_for(
    hub: HubContext, database_url: str, receiver: WebhookReceiver
) -> None:
    tenant = tenant_with_webhooks(hub)
    path = f"/ok?{tenant}"
    subscribe(hub, tenant, receiver.url(path))
    file = database_url.removeprefix("sqlite:///")
    other = sqlite3.connect(file, isolation_level=None, timeout=10, check_same_thread=False)
    sender = Observed(lambda: other.execute("BEGIN IMMEDIATE"))
    with closing(other), capture_logs() as logged, running_jobs([DeliveryEngine(hub, lambda: sender, "me")]):
        ids = commit(hub, tenant, MESSAGES)
        # How many were taken before the lock depends on the machine; those go out.
        eventually(lambda: delivered_ids(receiver, path) and waited(logged) >= 1)
        assert statuses(hub)["SENDING"] > 0
        assert statuses(hub)["DELIVERED"] == 0, "nothing can be written down"
        other.execute("ROLLBACK")
        eventually(lambda: statuses(hub) == {"DELIVERED": MESSAGES})
        ids += commit(hub, tenant, 1)
        eventually(lambda: statuses(hub) == {"DELIVERED": MESSAGES + 1})
    assert delivered_ids(receiver, path) == sorted(ids), "once each"
    assert attempts(hub) == MESSAGES + 1


@pytest.mark.parametrize(
    "failure", [RuntimeError("a bug"), OperationalError("DELETE", {}, Exception("locked"))]
)
def test_nothing_that_is_to_be_sent_waits_for_housekeeping_that_fails(
    hub: HubContext, receiver: WebhookReceiver, failure: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> bool:
        raise failure

    monkeypatch.setattr(DeliveryRepository, "sweep", fail)
    tenant = tenant_with_webhooks(hub)
    subscribe(hub, tenant, receiver.url(f"/ok?{tenant}"))
    with capture_logs() as logged, running_jobs([engine_of(hub, "me")]):
        commit(hub, tenant, MESSAGES)
        eventually(lambda: statuses(hub) == {"DELIVERED": MESSAGES})
    assert len(logged) == 1


@pytest.mark.parametrize("kind", ["postgresql"])
@pytest.mark.parametrize("moment", ["before_cursor_execute", "commit"])
def test_a_connection_that_is_ended_in_the_midst_of_a_turn_costs_nothing(
    hub: HubContext, database_url: str, receiver: WebhookReceiver, moment: str
) -> None:
    """The server ends it while outcomes are written down, or just before they are committed; twice."""
    tenant = tenant_with_webhooks(hub)
    path = f"/ok?{tenant}"
    subscribe(hub, tenant, receiver.url(path))
    server = create_engine(database_url, isolation_level="AUTOCOMMIT")
    left = 0

    def arm() -> None:
        nonlocal left
        left = 2

    def cut_off(connection: Connection, *statement: Any) -> None:
        nonlocal left
        if left and "webhooks database" in threading.current_thread().name:
            if statement and not str(statement[1]).startswith("UPDATE webhook_deliveries"):
                return
            left -= 1
            pid = connection.connection.dbapi_connection.info.backend_pid  # type: ignore[union-attr]
            with server.connect() as elsewhere:
                assert elsewhere.scalar(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})

    event.listen(hub.uow.database.engine, moment, cut_off)
    with capture_logs() as logged, running_jobs([DeliveryEngine(hub, lambda: Observed(arm), "me")]):
        ids = commit(hub, tenant, MESSAGES)
        eventually(lambda: statuses(hub) == {"DELIVERED": MESSAGES})
    server.dispose()
    assert waited(logged) == 2
    assert delivered_ids(receiver, path) == sorted(ids), "once each"
    assert attempts(hub) == MESSAGES


@pytest.mark.parametrize("kind", ["postgresql"])
def test_connections_that_are_ended_at_random_cost_nothing(
    hub: HubContext, database_url: str, tmp_path: Path, receiver: WebhookReceiver, clock: ManualClock
) -> None:
    """Even where nobody can tell whether the last commit was one: then the lease runs out."""
    victim = another_process(tmp_path, f"{database_url}?application_name=victim", clock)
    tenant = tenant_with_webhooks(hub)
    path = f"/ok?{tenant}"
    subscribe(hub, tenant, receiver.url(path))
    server = create_engine(database_url, isolation_level="AUTOCOMMIT")
    victims = "FROM pg_stat_activity WHERE application_name = 'victim'"
    end_all = text(f"SELECT array_agg(pid) FILTER (WHERE pg_terminate_backend(pid)) {victims}")
    still_there = text(f"SELECT count(*) {victims} AND pid = ANY(:ended)")
    ids: list[str] = []
    ended: list[int] = []

    def end() -> bool:
        ended.extend(elsewhere.scalar(end_all) or ())
        return bool(ended)

    with running_jobs([engine_of(victim, "me")]), server.connect() as elsewhere:
        for _ in range(ENDED):
            ids += commit(hub, tenant, MESSAGES)
            time.sleep(0.03)
            ended.clear()
            eventually(end)
        # The server ends a connection some time after it is told to: a claim until then may still be a commit.
        eventually(lambda: not elsewhere.scalar(still_there, {"ended": ended}))
        clock.advance(2 * LEASE)
        eventually(lambda: statuses(hub) == {"DELIVERED": len(ids)}, 30)
    server.dispose()
    close(victim)
    assert delivered_ids(receiver, path) == sorted(ids), "once each"
