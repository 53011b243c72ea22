"""Several hub processes over one PostgreSQL: nothing goes out twice, and what a killed one left goes on."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from hub_sync.contract.clock import ManualClock
from hub_sync.hub.domains.webhooks.delivery import attempt_recorder, outbox, repository
from hub_sync.hub.domains.webhooks.delivery.active_endpoints import active_endpoints
from hub_sync.hub.domains.webhooks.delivery.attempt_recorder import Attempt
from hub_sync.hub.domains.webhooks.delivery.batch import BatchInput
from hub_sync.hub.domains.webhooks.delivery.endpoint_queue import PREFETCH
from hub_sync.hub.domains.webhooks.delivery.engine import DeliveryEngine
from hub_sync.hub.domains.webhooks.delivery.leases import LEASE
from hub_sync.hub.domains.webhooks.delivery.repository import DeliveryRepository
from hub_sync.hub.domains.webhooks.delivery.routing import AddressedMessage
from hub_sync.hub.domains.webhooks.failures import Failure, FailureCode
from hub_sync.hub.domains.webhooks.network.sender import AttemptOutcome
from hub_sync.hub.domains.webhooks.subscriptions.event_types import build_message
from hub_sync.hub.domains.webhooks.tables import WebhookSubscription
from hub_sync.hub.kit.events.jobs import running_jobs
from hub_sync.hub.kit.events.notifier import Notification
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.domains.webhooks.api_client import set_row
from tests.hub_sync.hub.domains.webhooks.engine_processes import (
    another_process,
    attempts,
    close,
    commit,
    count_undelivered,
    engine_of,
    statuses,
    subscribe,
    tenant_with_webhooks,
)
from tests.support.waiting import eventually
from tests.support.webhook_receiver import WebhookReceiver

THREE = ("one", "two", "three")
SCANS = "ScanAccepted"


@pytest.fixture
def kind() -> str:
    """SQLite's hub is one process."""
    return "postgresql"


@pytest.fixture
def hubs(database_url: str, tmp_path: Path, clock: ManualClock) -> Iterator[list[HubContext]]:
    """Three contexts that share nothing but the database; a clock that tests set."""
    processes = [another_process(tmp_path, database_url, clock) for _ in THREE]
    yield processes
    close(*processes)


@contextmanager
def at_work(hubs: Sequence[HubContext], timeout_s: float = 10) -> Iterator[Callable[[str], None]]:
    """An engine in each; what it yields wakes all of them at once for a tenant's scans."""
    with ExitStack() as ends:
        for hub, name in zip(hubs, THREE, strict=True):
            ends.enter_context(running_jobs([engine_of(hub, name, timeout_s)]))

        def wake(tenant: str) -> None:
            for hub in hubs:
                hub.notifier.publish({Notification(tenant, SCANS)})

        yield wake


def work_off(engine: DeliveryEngine) -> None:
    asyncio.run(engine.run_until_idle())


def arrived(receiver: WebhookReceiver, path: str) -> list[str]:
    return sorted(item["headers"]["webhook-id"] for item in receiver.requests_to(path))


def sent_by(hub: HubContext) -> float:
    samples = (sample for metric in hub.metrics.webhook_attempts.collect() for sample in metric.samples)
    return sum(sample.value for sample in samples if sample.name.endswith("_total"))


def test_three_engines_deliver_two_thousand_messages_once_each(
    hubs: list[HubContext], receiver: WebhookReceiver, hub: HubContext
) -> None:
    """`hub` only writes: its bell wakes nobody."""
    tenant = tenant_with_webhooks(hub)
    path = f"/ok?{tenant}"
    subscribe(hub, tenant, receiver.url(path))
    with at_work(hubs) as wake:
        ids = commit(hub, tenant, 3)
        eventually(lambda: statuses(hub) == {"DELIVERED": 3})
        ids += [item for _ in range(20) for item in commit(hub, tenant, 100)]
        wake(tenant)
        eventually(lambda: statuses(hub) == {"DELIVERED": 2003}, 60)
    assert arrived(receiver, path) == sorted(ids)
    assert attempts(hub) == 2003
    assert sum(map(sent_by, hubs)) == 2003
    assert all(map(sent_by, hubs)), "all three took part"


def test_what_a_killed_process_had_taken_goes_on_when_its_lease_is_over(
    hubs: list[HubContext], receiver: WebhookReceiver, clock: ManualClock
) -> None:
    killed, other, _ = hubs
    tenant = tenant_with_webhooks(killed)
    path = f"/ok?{tenant}"
    subscribe(killed, tenant, receiver.url(path))
    ids = commit(killed, tenant, 50)
    stalled = DeliveryRepository(killed.uow, "killed", lambda _: PREFETCH)
    taken = stalled.run_batch(BatchInput(notifications={Notification(tenant, SCANS)})).claimed
    assert len(taken) == 50

    clock.advance(LEASE - timedelta(seconds=1))
    work_off(engine_of(other, "other"))
    assert arrived(receiver, path) == []
    clock.advance(timedelta(seconds=2))
    work_off(engine_of(other, "other"))
    assert arrived(receiver, path) == sorted(ids)
    assert statuses(other) == {"DELIVERED": 50}

    late = [
        Attempt(
            item,
            clock.now(),
            AttemptOutcome(5, status=500, failure=Failure(FailureCode.ERROR_STATUS, {"status": "500"})),
        )
        for item in taken
    ]
    stalled.save_outcomes(BatchInput(attempted=late, unsent=[entry.key for entry in taken[:10]]))
    assert statuses(other) == {"DELIVERED": 50}, (
        "it was only slow, and is told nothing of what is another's now"
    )
    assert attempts(other) == 50


@pytest.mark.parametrize("answers", ["hang", "ok"])
def test_one_of_three_sends_the_probe(
    hubs: list[HubContext], receiver: WebhookReceiver, clock: ManualClock, answers: str
) -> None:
    tenant = tenant_with_webhooks(hubs[0])
    path = f"/{answers}?{tenant}"
    (webhook,) = subscribe(hubs[0], tenant, receiver.url(path))
    past = clock.now() - timedelta(minutes=1)
    set_row(hubs[0], tenant, webhook, consecutive_failures=10, breaker_trips=1, breaker_open_until=past)
    with at_work(hubs, timeout_s=1) as wake:
        ids = commit(hubs[0], tenant, 30)

        def is_over() -> bool:
            wake(tenant)
            with hubs[0].uow.read() as work:
                return work.session.get_one(WebhookSubscription, (tenant, webhook)).breaker_open_until != past

        eventually(is_over)
        if answers == "ok":
            eventually(lambda: statuses(hubs[0]) == {"DELIVERED": 30})
    came = receiver.requests_to(path)
    if answers == "hang":
        assert len(came) == 1
        assert statuses(hubs[0]) == {"PENDING": 29, "RETRYING": 1}
    else:
        assert sorted(item["headers"]["webhook-id"] for item in came) == sorted(ids)


def test_two_that_would_probe_in_the_same_moment_send_one(
    hubs: list[HubContext], clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process takes the probe just after this one has seen that it may."""
    mine, other, _ = hubs
    tenant = tenant_with_webhooks(mine)
    (webhook,) = subscribe(mine, tenant, "http://127.0.0.1:1/")
    past = clock.now() - timedelta(minutes=1)
    set_row(mine, tenant, webhook, consecutive_failures=10, breaker_trips=1, breaker_open_until=past)
    commit(mine, tenant, 30)
    assert (
        DeliveryRepository(mine.uow, "full", lambda _: 0)
        .run_batch(BatchInput(notifications={Notification(tenant, SCANS)}))
        .claimed
        == []
    )
    live = active_endpoints
    probes: list[Any] = []

    def live_before_that(*arguments: Any) -> Any:
        endpoints = live(*arguments)
        monkeypatch.setattr(repository, "active_endpoints", live)
        probes.extend(
            DeliveryRepository(other.uow, "other", lambda _: PREFETCH).run_batch(BatchInput()).claimed
        )
        return endpoints

    monkeypatch.setattr(repository, "active_endpoints", live_before_that)
    assert DeliveryRepository(mine.uow, "me", lambda _: PREFETCH).run_batch(BatchInput()).claimed == []
    assert len(probes) == 1


def test_a_new_subscriber_misses_no_domain_event_while_another_process_claims(
    hubs: list[HubContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The subscription, and a domain event after it, are both committed during a turn of the other process."""
    mine, other, _ = hubs
    tenant = tenant_with_webhooks(mine)
    take = outbox.claim_domain_events

    def take_after_that(*arguments: Any) -> Any:
        subscribe(other, tenant, "http://127.0.0.1:1/")
        commit(other, tenant, 1)
        return take(*arguments)

    monkeypatch.setattr(outbox, "claim_domain_events", take_after_that)
    DeliveryRepository(mine.uow, "me", lambda _: PREFETCH).run_batch(
        BatchInput(notifications={Notification(tenant, SCANS)})
    )
    assert statuses(mine) == {"SENDING": 1}
    assert count_undelivered(mine) == 0


def test_who_subscribes_while_another_process_sweeps_misses_none(
    hubs: list[HubContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Just after it was read who is told of what."""
    mine, other, _ = hubs
    tenant = tenant_with_webhooks(mine)
    live = active_endpoints

    def live_before_that(*arguments: Any) -> Any:
        endpoints = live(*arguments)
        subscribe(other, tenant, "http://127.0.0.1:1/")
        commit(other, tenant, 1)
        return endpoints

    monkeypatch.setattr(repository, "active_endpoints", live_before_that)
    DeliveryRepository(mine.uow, "me", lambda _: PREFETCH).sweep(30)
    assert count_undelivered(mine) == 1


def test_who_notes_how_an_endpoint_fares_keeps_nobody_from_queueing_for_it(hubs: list[HubContext]) -> None:
    """Of two that wait so for each other PostgreSQL ends one."""
    mine, other, _ = hubs
    tenant = tenant_with_webhooks(mine)
    subscribe(mine, tenant, "http://127.0.0.1:1/")
    commit(mine, tenant, 1)
    turn = BatchInput(notifications={Notification(tenant, SCANS)})
    (taken,) = DeliveryRepository(mine.uow, "me", lambda _: PREFETCH).run_batch(turn).claimed
    failed = Attempt(
        taken,
        mine.clock.now(),
        AttemptOutcome(5, status=500, failure=Failure(FailureCode.ERROR_STATUS, {"status": "500"})),
    )
    commit(mine, tenant, 1)
    with mine.uow.begin() as work:
        attempt_recorder.record_attempts(work, [failed], "me", lambda: 0.5, {})
        with other.uow.begin() as second:
            second.session.execute(text("SET LOCAL lock_timeout = '100ms'"))
            events, _unfinished = outbox.claim_domain_events(second, turn.notifications)
            to = [AddressedMessage(build_message(domain_event), taken.endpoint) for domain_event in events]
            rows = [
                outbox.delivery_row(second, tenant, taken.endpoint.key.id, item.message, due_at=None)
                for item in to
            ]
            outbox.insert_deliveries(second, rows)
    assert statuses(mine) == {"RETRYING": 1, "PENDING": 1}
