"""A failed delivery is tried again by the schedule until it is given up; the endpoint's wishes count within bounds."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from hub_sync.contract.enums import DeliveryStatus, WebhookStatus
from hub_sync.hub.domains.webhooks.delivery.attempt_recorder import DEFAULT_RETRY_AFTER
from hub_sync.hub.domains.webhooks.delivery.endpoint_queue import CONCURRENCY
from hub_sync.hub.domains.webhooks.delivery.retry_schedule import (
    MAX_RETRY_AFTER,
    SCHEDULE_S,
    next_attempt,
    parse_retry_after,
)
from hub_sync.hub.domains.webhooks.failures import Failure, FailureCode
from hub_sync.hub.domains.webhooks.network.sender import AttemptOutcome
from hub_sync.hub.domains.webhooks.tables import WebhookAttempt
from tests.hub_sync.hub.domains.webhooks.engine_runner import (
    FAILS,
    GONE,
    EngineRunner,
    body_of,
    engine_runner,
)

__all__ = ["engine_runner"]

NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)
URL = "https://hooks.example.org/one"


def test_the_schedule_is_the_specifications() -> None:
    assert SCHEDULE_S == (5, 300, 1800, 7200, 18000, 36000, 36000)


@given(step=st.integers(0, 6), chance=st.floats(0, 1, exclude_max=True))
def test_waits_differ_by_a_fifth_at_the_most(step: int, chance: float) -> None:
    at = next_attempt(NOW, step, None, lambda: chance)
    assert at is not None
    assert 0.8 * SCHEDULE_S[step] <= (at - NOW).total_seconds() <= 1.2 * SCHEDULE_S[step]
    assert next_attempt(NOW, 7, None, lambda: chance) is None


@pytest.mark.parametrize(
    ("header", "wish"),
    [
        ("120", timedelta(seconds=120)),
        (" 7 ", timedelta(seconds=7)),
        ("0", timedelta()),
        ("99999999999999999999", MAX_RETRY_AFTER),
        ("Wed, 10 Jun 2026 12:10:00 GMT", timedelta(minutes=10)),
        ("Wed, 10 Jun 2026 11:00:00 GMT", timedelta()),
        ("Wed, 10 Jun 2099 11:00:00 GMT", MAX_RETRY_AFTER),
        ("Wed, 10 Jun 2026 12:10:00", timedelta(minutes=10)),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("١٢", None),
        ("Wed, 99 Jun 2026 99:99:99 GMT", None),
        (None, None),
    ],
)
def test_retry_after_is_read_as_seconds_or_a_date(header: str | None, wish: timedelta | None) -> None:
    assert parse_retry_after(header, NOW) == wish


@given(st.text(max_size=40))
def test_no_retry_after_is_too_odd(header: str) -> None:
    wish = parse_retry_after(header, NOW)
    assert wish is None or timedelta() <= wish <= MAX_RETRY_AFTER


def test_a_wish_lengthens_the_wait_and_never_shortens_it() -> None:
    def waits(wish: timedelta) -> timedelta:
        at = next_attempt(NOW, 1, wish, lambda: 0.5)
        assert at is not None
        return at - NOW

    assert waits(timedelta(hours=1)) == timedelta(hours=1)
    assert waits(timedelta(seconds=1)) == timedelta(minutes=5)


def test_a_message_is_the_same_at_every_attempt_until_it_arrives(engine_runner: EngineRunner) -> None:
    webhook = engine_runner.subscribe("participant.approved")
    engine_runner.endpoints.answers[URL] = [FAILS, FAILS]
    engine_runner.decide(engine_runner.register("ada"))
    (first,) = engine_runner.work_off()
    assert engine_runner.pass_time(seconds=3.9) == []
    (second,) = engine_runner.pass_time(seconds=2.2)
    assert engine_runner.pass_time(minutes=3.9) == []
    (third,) = engine_runner.pass_time(minutes=2.2)
    assert len({(item.message_id, item.body) for item in (first, second, third)}) == 1
    (row,) = engine_runner.log(webhook)
    assert (row.status, row.attempts, row.due_at, row.error) == (DeliveryStatus.DELIVERED, 3, None, None)
    assert body_of(third)["data"]["to"] == "APPROVED"
    with engine_runner.hub.uow.read() as work:
        attempts = work.session.scalars(select(WebhookAttempt).order_by(WebhookAttempt.number)).all()
    assert [(attempt.number, attempt.response_status, attempt.succeeded) for attempt in attempts] == [
        (1, 500, False),
        (2, 500, False),
        (3, 200, True),
    ]


def test_after_the_eighth_failure_it_is_given_up(engine_runner: EngineRunner) -> None:
    webhook = engine_runner.subscribe("participant.approved")
    engine_runner.endpoints.always[URL] = FAILS
    engine_runner.decide(engine_runner.register("ada"))
    sent = len(engine_runner.work_off())
    for seconds in SCHEDULE_S:
        sent += len(engine_runner.pass_time(seconds=seconds * 1.21))
    assert sent == 8
    (row,) = engine_runner.log(webhook)
    assert (row.status, row.attempts, row.due_at) == (DeliveryStatus.DEAD_LETTER, 8, None)
    assert engine_runner.pass_time(days=30) == []
    assert engine_runner.status(webhook) is WebhookStatus.ACTIVE


def test_who_answers_gone_is_disabled_and_nothing_more_is_sent(engine_runner: EngineRunner) -> None:
    webhook = engine_runner.subscribe("participant.approved")
    engine_runner.endpoints.always[URL] = GONE
    engine_runner.approve_some(20)
    assert len(engine_runner.work_off()) == CONCURRENCY  # they were under way at once
    assert engine_runner.status(webhook) is WebhookStatus.DISABLED
    assert Counter(row.status for row in engine_runner.log(webhook)) == {
        DeliveryStatus.DEAD_LETTER: CONCURRENCY,
        DeliveryStatus.PENDING: 20 - CONCURRENCY,
    }
    engine_runner.decide(engine_runner.register("eve"))
    assert engine_runner.pass_time(days=1) == []
    assert len(engine_runner.log(webhook)) == 20
    engine_runner.sweep()
    engine_runner.endpoints.always.clear()
    engine_runner.resume(webhook)
    assert len(engine_runner.work_off()) == 20 - CONCURRENCY


def test_who_asks_for_rest_is_left_alone_and_trips_no_breaker(engine_runner: EngineRunner) -> None:
    webhook = engine_runner.subscribe("participant.approved")
    busy = AttemptOutcome(3, 429, "", Failure(FailureCode.ERROR_STATUS, {"status": "429"}), "90")
    engine_runner.endpoints.answers[URL] = [busy] * CONCURRENCY
    engine_runner.approve_some(30)
    assert len(engine_runner.work_off()) == CONCURRENCY
    assert engine_runner.pass_time(seconds=80) == []
    assert len(engine_runner.pass_time(seconds=11)) == 30
    row = engine_runner.row(webhook)
    assert (row.consecutive_failures, row.breaker_trips) == (0, 0)


def test_who_says_too_many_without_a_time_is_not_asked_with_everything_that_waits(
    engine_runner: EngineRunner,
) -> None:
    """Else a backlog would be sent through to its last attempt at an endpoint that takes a hundred a minute."""
    webhook = engine_runner.subscribe("participant.approved")
    engine_runner.endpoints.always[URL] = AttemptOutcome(
        3, 429, "", Failure(FailureCode.ERROR_STATUS, {"status": "429"})
    )
    engine_runner.approve_some(30)
    assert len(engine_runner.work_off()) == CONCURRENCY
    assert engine_runner.pass_time(seconds=DEFAULT_RETRY_AFTER.total_seconds() - 1) == []
    assert len(engine_runner.pass_time(seconds=1)) == 1
    engine_runner.endpoints.always.clear()
    assert len(engine_runner.pass_time(minutes=10)) == 30
    row = engine_runner.row(webhook)
    assert (row.consecutive_failures, row.status) == (0, WebhookStatus.ACTIVE)
