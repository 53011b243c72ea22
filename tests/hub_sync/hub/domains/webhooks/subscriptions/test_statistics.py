"""Success and latency over time are worked out by the database as Python would; what waits is told as of now."""

import random
from collections import defaultdict
from datetime import datetime, timedelta
from math import ceil
from typing import Any

import pytest

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import DeliveryStatus, WebhookStatus
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import NOON, Seeded
from tests.hub_sync.hub.domains.webhooks.api_client import Caller, attempt, delivery, set_row

PERIODS = {
    "24h": (timedelta(hours=1), 24, NOON.replace(hour=11) - timedelta(days=1)),
    "7d": (timedelta(days=1), 7, NOON.replace(hour=0) - timedelta(days=6)),
    "30d": (timedelta(days=1), 30, NOON.replace(hour=0) - timedelta(days=29)),
}
NOTHING: dict[str, Any] = {
    "attempts": 0,
    "succeeded": 0,
    "success_rate": None,
    "p50_ms": None,
    "p95_ms": None,
}


@pytest.fixture
def at(caller: Caller) -> str:
    """A webhook's id."""
    return str(caller.create()["id"])


def expected_statistics(attempts: list[tuple[int, bool]]) -> dict[str, Any]:
    """What is to be told of attempts, worked out here."""
    if not attempts:
        return NOTHING
    durations, good = sorted(ms for ms, _ in attempts), sum(succeeded for _, succeeded in attempts)
    return {
        "attempts": len(attempts),
        "succeeded": good,
        "success_rate": round(good / len(attempts), 4),
        "p50_ms": durations[ceil(len(attempts) * 0.5) - 1],
        "p95_ms": durations[ceil(len(attempts) * 0.95) - 1],
    }


@pytest.mark.parametrize("period", PERIODS)
def test_attempts_are_told_by_the_hour_or_the_day(
    caller: Caller, hub: HubContext, seeded: Seeded, at: str, period: str
) -> None:
    width, many, begins = PERIODS[period]
    chance = random.Random(7)
    other = caller.create()["id"]
    edges = [begins, begins + width, begins + width - timedelta(microseconds=1), NOON]
    spread = [NOON - chance.random() * (NOON - begins) * 1.2 for _ in range(120)]
    by_bucket: dict[int, list[tuple[int, bool]]] = defaultdict(list)
    with hub.uow.begin() as work:
        stored = delivery(work, seeded.tenant_id, at)
        foreign = delivery(work, seeded.tenant_id, other)
        attempt(work, foreign, 1, NOON, 9999, succeeded=False)
        times = [when for when in [*edges, *spread] if (when - begins) // width != 3]
        for number, when in enumerate(times, start=1):
            ms, succeeded = chance.randrange(1, 3000), chance.random() < 0.8
            attempt(work, stored, number, when, ms, succeeded=succeeded)
            if when >= begins:
                by_bucket[(when - begins) // width].append((ms, succeeded))
    statistics = caller.get(f"/{at}/figures", period=period).json()["data"]
    assert statistics["period"] == period
    assert statistics["buckets"] == [
        {"at": written(begins + width * step), **expected_statistics(by_bucket[step])} for step in range(many)
    ]
    assert statistics["buckets"][3]["attempts"] == 0
    assert statistics["total"] == {
        "at": written(begins),
        **expected_statistics([x for some in by_bucket.values() for x in some]),
    }
    assert statistics["total"]["attempts"] > 50


def written(when: datetime) -> str:
    return when.isoformat().replace("+00:00", "Z")


def test_an_endpoint_that_was_never_called_has_empty_figures(caller: Caller, at: str) -> None:
    statistics = caller.get(f"/{at}/figures").json()["data"]
    assert statistics["total"] == {"at": "2026-06-09T11:00:00Z", **NOTHING}
    assert (statistics["waiting"], statistics["parked"], statistics["oldest_waiting_at"]) == (0, 0, None)
    assert set(statistics["deliveries"].values()) == {0}


def test_deliveries_are_counted_by_status(
    caller: Caller, hub: HubContext, seeded: Seeded, at: str, clock: ManualClock
) -> None:
    with hub.uow.begin() as work:
        delivery(work, seeded.tenant_id, at, DeliveryStatus.RETRYING)
        delivery(work, seeded.tenant_id, at, DeliveryStatus.DELIVERED)
    clock.advance(timedelta(days=2))
    with hub.uow.begin() as work:
        for status in (DeliveryStatus.DELIVERED, DeliveryStatus.DELIVERED, DeliveryStatus.DEAD_LETTER):
            delivery(work, seeded.tenant_id, at, status)
        delivery(work, seeded.tenant_id, at, DeliveryStatus.PENDING)
    day, week = (caller.get(f"/{at}/figures", period=item).json()["data"] for item in ("24h", "7d"))
    assert day["deliveries"] == {"PENDING": 1, "SENDING": 0, "DELIVERED": 2, "RETRYING": 0, "DEAD_LETTER": 1}
    assert week["deliveries"] == day["deliveries"] | {"DELIVERED": 3, "RETRYING": 1}
    for item in (day, week):
        assert (item["waiting"], item["oldest_waiting_at"]) == (2, "2026-06-10T10:00:00Z")


@pytest.mark.parametrize(
    ("values", "parked"),
    [
        ({}, 0),
        ({"status": WebhookStatus.PAUSED}, 1),
        ({"status": WebhookStatus.SUSPENDED}, 1),
        ({"breaker_open_until": NOON + timedelta(hours=1)}, 1),
        ({"breaker_open_until": NOON - timedelta(hours=1)}, 1),
    ],
)
def test_what_an_endpoint_can_not_be_sent_is_parked(
    caller: Caller, hub: HubContext, seeded: Seeded, at: str, values: dict[str, Any], parked: int
) -> None:
    with hub.uow.begin() as work:
        delivery(work, seeded.tenant_id, at)
    set_row(hub, seeded.tenant_id, at, **values)
    statistics = caller.get(f"/{at}/figures").json()["data"]
    assert (statistics["waiting"], statistics["parked"]) == (1, parked)


def test_a_period_that_is_none_is_refused(caller: Caller, at: str) -> None:
    assert caller.get(f"/{at}/figures", period="1y").status_code == 422
    assert caller.get("/none/figures").json()["error"]["code"] == "WebhookNotFound"
