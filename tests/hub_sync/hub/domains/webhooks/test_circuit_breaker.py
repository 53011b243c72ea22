"""The breaker: ten failures in a row open it for an hour, a burst is one trip, one probe looks, the third trip suspends."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_sync.contract.enums import DeliveryStatus, WebhookStatus
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.webhooks.circuit_breaker import OPEN_FOR, BreakerState, CircuitBreaker
from hub_sync.hub.domains.webhooks.delivery.attempt_recorder import Attempt
from hub_sync.hub.domains.webhooks.delivery.batch import BatchInput
from hub_sync.hub.domains.webhooks.delivery.endpoint_queue import CONCURRENCY
from hub_sync.hub.domains.webhooks.delivery.repository import DeliveryRepository
from hub_sync.hub.domains.webhooks.failures import Failure, FailureCode
from hub_sync.hub.domains.webhooks.network.sender import AttemptOutcome, WebhookRequest
from hub_sync.hub.domains.webhooks.tables import WebhookSubscription
from hub_sync.hub.kit.events.notifier import Notification
from tests.hub_sync.hub.domains.webhooks.engine_runner import FAILS, GONE, OK, EngineRunner, engine_runner

__all__ = ["engine_runner"]

NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)
URL = "https://hooks.example.org/one"


@given(st.lists(st.booleans(), max_size=60))
def test_it_opens_exactly_when_ten_in_a_row_have_failed(story: list[bool]) -> None:
    breaker, row = CircuitBreaker(), 0
    for arrived in story:
        breaker = breaker.delivered() if arrived else breaker.failed(NOW, NOW)
        row = 0 if arrived else min(row + 1, 10)
        assert (breaker.state(NOW) is BreakerState.OPEN) == (row == 10)


@given(late=st.integers(1, 50))
def test_a_burst_is_one_trip(late: int) -> None:
    breaker = CircuitBreaker(consecutive_failures=9).failed(NOW, NOW)
    for _ in range(late):
        breaker = breaker.failed(NOW - timedelta(seconds=1), NOW + timedelta(seconds=5))
    assert (breaker.trips, breaker.open_until) == (1, NOW + OPEN_FOR)


def test_a_failed_probe_opens_it_again_and_the_third_trip_suspends() -> None:
    breaker, now = CircuitBreaker(consecutive_failures=9).failed(NOW, NOW), NOW
    for trips in (2, 3):
        now += OPEN_FOR
        assert breaker.state(now) is BreakerState.HALF_OPEN
        breaker = breaker.failed(now, now)
        assert (breaker.trips, breaker.suspended) == (trips, trips == 3)


def open_breaker(engine_runner: EngineRunner, webhook: str) -> None:
    """Let ten messages fail, and five more wait."""
    engine_runner.endpoints.always[URL] = FAILS
    engine_runner.approve_some(15)
    engine_runner.work_off()
    assert engine_runner.row(webhook).breaker_open_until == engine_runner.clock.now() + OPEN_FOR


def test_an_open_breaker_parks_what_waits_and_one_probe_lets_it_go(engine_runner: EngineRunner) -> None:
    webhook = engine_runner.subscribe("participant.approved")
    open_breaker(engine_runner, webhook)
    assert len(engine_runner.endpoints.came) == 10
    assert engine_runner.pass_time(minutes=59) == []
    engine_runner.decide(engine_runner.register("eve"))
    assert engine_runner.work_off() == []
    engine_runner.endpoints.answers[URL] = [FAILS]
    assert len(engine_runner.pass_time(minutes=1)) == 1
    assert engine_runner.row(webhook).breaker_trips == 2
    engine_runner.endpoints.always.clear()
    sent = engine_runner.pass_time(hours=1)
    assert len(sent) == 16
    assert {row.status for row in engine_runner.log(webhook)} == {DeliveryStatus.DELIVERED}
    row = engine_runner.row(webhook)
    assert (row.breaker_open_until, row.consecutive_failures, row.breaker_trips) == (None, 0, 2)


def test_the_third_trip_suspends_and_resuming_sends_all_that_waits(engine_runner: EngineRunner) -> None:
    webhook = engine_runner.subscribe("participant.approved")
    open_breaker(engine_runner, webhook)
    for _ in range(2):
        assert len(engine_runner.pass_time(hours=1)) == 1
    assert engine_runner.status(webhook) is WebhookStatus.SUSPENDED
    with engine_runner.hub.uow.read() as work:
        last = audit.entries_of(work, engine_runner.seeded.tenant_id, "webhook", webhook)[-1]
    assert (last.actor, last.action, last.after) == ("webhooks", "suspend", {"status": "SUSPENDED"})
    engine_runner.decide(engine_runner.register("eve"))
    assert engine_runner.pass_time(days=3) == []
    engine_runner.endpoints.always.clear()
    engine_runner.resume(webhook)
    sent = engine_runner.work_off()
    assert len({item.message_id for item in sent}) == len(sent) == 16
    row = engine_runner.row(webhook)
    assert (row.status, row.breaker_trips, row.consecutive_failures) == (WebhookStatus.ACTIVE, 0, 0)


def test_a_success_among_failures_keeps_it_closed(engine_runner: EngineRunner) -> None:
    webhook = engine_runner.subscribe("participant.approved")
    engine_runner.endpoints.answers[URL] = [FAILS] * 9
    engine_runner.approve_some(9)
    engine_runner.work_off()
    engine_runner.approve_some(1, "again")
    engine_runner.work_off()
    engine_runner.endpoints.answers[URL] = [FAILS] * 9
    engine_runner.approve_some(9, "more")
    engine_runner.work_off()
    assert engine_runner.row(webhook).breaker_open_until is None


def test_one_endpoints_trouble_is_nobody_elses(engine_runner: EngineRunner) -> None:
    failing = engine_runner.subscribe("participant.approved")
    other = engine_runner.subscribe("participant.approved", url="https://hooks.example.org/two")
    open_breaker(engine_runner, failing)
    assert {row.status for row in engine_runner.log(other)} == {DeliveryStatus.DELIVERED}
    assert engine_runner.row(other).consecutive_failures == 0


@pytest.mark.parametrize("answer", [FAILS, GONE])
def test_what_its_old_address_answers_is_not_held_against_the_new_one(
    engine_runner: EngineRunner, monkeypatch: pytest.MonkeyPatch, answer: AttemptOutcome
) -> None:
    webhook = engine_runner.subscribe("participant.approved")

    async def move_meanwhile(outgoing: WebhookRequest, now: datetime) -> AttemptOutcome:
        engine_runner.move(webhook, "https://hooks.example.org/two")
        return answer

    monkeypatch.setattr(engine_runner.endpoints, "send", move_meanwhile)
    engine_runner.approve_some(1)
    engine_runner.work_off()
    row = engine_runner.row(webhook)
    assert (row.status, row.consecutive_failures) == (WebhookStatus.ACTIVE, 0)
    assert [item.attempts for item in engine_runner.log(webhook)] == [1]


def test_a_paused_webhook_keeps_what_happens_meanwhile(engine_runner: EngineRunner) -> None:
    webhook = engine_runner.subscribe("participant.approved")
    engine_runner.pause(webhook)
    engine_runner.approve_some(3)
    assert engine_runner.pass_time(days=2) == []
    assert [row.status for row in engine_runner.log(webhook)] == [DeliveryStatus.PENDING] * 3
    engine_runner.resume(webhook)
    assert len(engine_runner.work_off()) == 3


def test_the_hubs_own_trouble_counts_for_nothing_and_is_tried_again(engine_runner: EngineRunner) -> None:
    webhook = engine_runner.subscribe("participant.approved")
    engine_runner.endpoints.always[URL] = AttemptOutcome(
        0, failure=Failure(FailureCode.RESOLVER_BUSY), is_hub_fault=True
    )
    engine_runner.approve_some(30)
    assert len(engine_runner.work_off()) == CONCURRENCY  # they were under way at once
    assert len(engine_runner.pass_time(minutes=1)) == 1
    row = engine_runner.row(webhook)
    assert (row.status, row.consecutive_failures, row.breaker_open_until) == (WebhookStatus.ACTIVE, 0, None)
    assert {(item.status, item.attempts) for item in engine_runner.log(webhook)} == {
        (DeliveryStatus.PENDING, 0)
    }
    engine_runner.endpoints.always.clear()
    assert len(engine_runner.pass_time(minutes=1)) == 30


def test_a_secret_that_does_not_open_suspends_nobody(engine_runner: EngineRunner) -> None:
    webhook = engine_runner.subscribe("participant.approved")
    with engine_runner.hub.uow.begin() as work:
        row = work.session.get_one(WebhookSubscription, (engine_runner.seeded.tenant_id, webhook))
        whole, row.sealed_secret = row.sealed_secret, row.sealed_secret[::-1]
    engine_runner.decide(engine_runner.register("ada"))
    for _ in range(15):
        assert engine_runner.pass_time(minutes=1) == []
    assert engine_runner.row(webhook).consecutive_failures == 0
    with engine_runner.hub.uow.begin() as work:
        work.session.get_one(
            WebhookSubscription, (engine_runner.seeded.tenant_id, webhook)
        ).sealed_secret = whole
    assert len(engine_runner.pass_time(minutes=1)) == 1


def test_a_success_that_was_long_under_way_ends_a_row_of_failures(engine_runner: EngineRunner) -> None:
    webhook = engine_runner.subscribe("participant.approved")
    engine_runner.approve_some(8)
    desk = DeliveryRepository(engine_runner.hub.uow, "desk", lambda _: 8)
    news = Notification(engine_runner.seeded.tenant_id, "ParticipantApproved")
    taken = desk.run_batch(BatchInput(notifications={news})).claimed
    tried = [Attempt(item, engine_runner.clock.now(), FAILS) for item in taken[:7]]
    desk.run_batch(BatchInput(attempted=tried))
    assert engine_runner.row(webhook).consecutive_failures == 7
    desk.run_batch(BatchInput(attempted=[Attempt(taken[7], engine_runner.clock.now(), OK)]))
    assert engine_runner.row(webhook).consecutive_failures == 0
