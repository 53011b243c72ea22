"""Calls are counted over the last minute, in this process or in Redis."""

import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import uuid4

import pytest
import redis
import time_machine
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from hub_sync.hub.kit.security import rate_limits
from hub_sync.hub.kit.security.rate_limit_storage import MovingWindowStorage
from hub_sync.hub.kit.security.rate_limits import RateLimits
from hub_sync.hub.kit.settings import HubSettings
from tests.hub_sync.hub.domains.api_keys.conftest import MakeKey
from tests.support import services

KEYS = "/api/v1/api-keys"
START = datetime(2026, 6, 10, 10, 0, tzinfo=UTC)


@pytest.fixture
def time() -> Iterator[Any]:
    """A wall clock that moves when it is told to."""
    with time_machine.travel(START, tick=False) as moving:
        yield moving


@pytest.fixture(params=["memory", "redis"])
def limits(request: pytest.FixtureRequest) -> RateLimits:
    """Both places where calls are counted."""
    return RateLimits() if request.param == "memory" else RateLimits(services.redis_url())


@pytest.fixture
def name() -> str:
    """A name under which nothing was counted: Redis is shared."""
    return uuid4().hex


def test_the_101st_standard_call_in_a_minute_is_429_and_a_minute_later_it_goes_on(
    client: TestClient, make_key: MakeKey, time: Any
) -> None:
    key, other = make_key(), make_key()
    for n in range(100):
        answer = client.get(KEYS, headers=key.headers)
        assert answer.status_code == 200
        assert answer.headers["X-RateLimit-Remaining"] == str(99 - n)
        if n == 49:
            time.shift(30)
    answer = client.get(KEYS, headers=key.headers)
    assert answer.status_code == 429
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["error"]["code"] == "TooManyRequests"
    assert answer.headers["Retry-After"] == "30"
    assert client.get(KEYS, headers=other.headers).status_code == 200
    time.shift(30.1)
    answers = [client.get(KEYS, headers=key.headers).status_code for _ in range(51)]
    assert answers == [200] * 50 + [429], "the first half has left the window, the second has not"


@pytest.mark.parametrize(
    ("settings_of_key", "limit"),
    [
        ({}, 100),
        ({"tier": "ELEVATED"}, 500),
        ({"tier": "PREMIUM"}, 2000),
        ({"tier": "CUSTOM", "rate_limit": 3}, 3),
    ],
)
def test_every_tier_has_its_limit_and_every_answer_tells_it(
    client: TestClient, make_key: MakeKey, time: Any, settings_of_key: dict[str, Any], limit: int
) -> None:
    key = make_key("api-keys:manage", **settings_of_key)
    answer = client.get(KEYS, headers=key.headers)
    assert answer.headers["RateLimit-Policy"] == f'"default";q={limit};w=60'
    assert answer.headers["RateLimit"] == f'"default";r={limit - 1};t=60'
    assert answer.headers["X-RateLimit-Limit"] == str(limit)
    assert answer.headers["X-RateLimit-Reset"] == str(int(START.timestamp()) + 60)
    assert "Retry-After" not in answer.headers


def test_refusals_tell_the_limit_too_and_count(client: TestClient, make_key: MakeKey) -> None:
    few, all_of_them = make_key("events:read"), make_key()
    headers = all_of_them.headers
    refused = [
        client.get(KEYS, headers=few.headers),
        client.get(f"{KEYS}/unknown", headers=headers),
        client.post(KEYS, headers=headers, json={"name": ""}),
        client.put(f"{KEYS}/unknown", headers=headers, json={}),
    ]
    assert [item.status_code for item in refused] == [403, 404, 422, 428]
    assert [entry.headers.get("X-RateLimit-Remaining") for entry in refused] == ["99", "99", "98", "97"]


def test_a_window_moves_and_a_refused_call_does_not_count(limits: RateLimits, name: str, time: Any) -> None:
    assert [limits.acquire(name, 2).granted for _ in range(4)] == [True, True, False, False]
    assert limits.acquire(name, 2).remaining == 0
    time.shift(60.5)
    assert limits.peek(name, 2).granted
    assert limits.acquire(name, 2).granted


def test_peeking_counts_nothing(limits: RateLimits, name: str) -> None:
    assert limits.peek(name, 1).granted
    assert limits.peek(name, 1).granted
    assert limits.acquire(name, 1).granted
    assert not limits.peek(name, 1).granted


def test_a_longer_window_is_not_forgotten_with_the_short_ones(
    limits: RateLimits, name: str, time: Any
) -> None:
    assert limits.acquire(name, 1, minutes=15).granted
    time.shift(14 * 60)
    limits.acquire(f"{name}-other", 1)
    refused = limits.acquire(name, 1, minutes=15)
    assert (refused.granted, refused.reset_s, refused.window_s) == (False, 60, 900)


def test_many_threads_get_no_more_than_the_limit(limits: RateLimits, name: str) -> None:
    granted: list[bool] = []

    def call() -> None:
        granted.extend([limits.acquire(name, 50).granted for _ in range(20)])

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(granted) == 50


def test_names_that_nobody_calls_under_any_more_are_forgotten_and_no_thread_is_left(time: Any) -> None:
    windows = MovingWindowStorage()
    first = windows.timer
    for n in range(1000):
        windows.acquire_entry(f"name-{n}", 10, 60)
    assert len(windows) == 1000
    time.shift(61)
    windows.acquire_entry("name-0", 10, 60)
    assert len(windows) == 1
    assert windows.timer is first, "the library would have started another"
    first.join(5)
    assert not first.is_alive()


def test_a_call_that_only_needs_to_be_allowed_counts_as_any_other(limits: RateLimits, name: str) -> None:
    limits.require(name, 3)
    assert limits.acquire(name, 3).remaining == 1
    assert limits.peek(name, 3).granted
    limits.require(name, 3)
    assert not limits.peek(name, 3).granted
    with pytest.raises(rate_limits.TooManyRequests) as refused:
        limits.require(name, 3)
    assert refused.value.parameters["limit"] == 3
    assert 0 < refused.value.parameters["retry_after_s"] <= 60  # type: ignore[operator]


def test_a_clock_that_is_set_back_locks_nobody_out(time: Any) -> None:
    windows = MovingWindowStorage()
    assert windows.acquire_entry("name", 1, 60)
    time.shift(-3600)
    assert windows.acquire_entry("name", 1, 60)
    assert not windows.acquire_entry("name", 1, 60)


def test_two_processes_count_together_in_redis(name: str) -> None:
    first, other = RateLimits(services.redis_url()), RateLimits(services.redis_url())
    assert [limits.acquire(name, 3).granted for limits in (first, other, first, other)] == [
        True,
        True,
        True,
        False,
    ]


def test_what_is_counted_in_redis_leaves_it_again(name: str) -> None:
    RateLimits(services.redis_url()).acquire(name, 3)
    server = redis.Redis.from_url(services.redis_url())
    names = server.keys(f"*{name}*")
    assert names
    assert all(0 < server.ttl(item) <= 60 for item in names)


def test_a_redis_that_goes_away_stops_nobody_and_is_told_of_once(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = RateLimits("redis://127.0.0.1:9/0")
    with capture_logs() as log_entries:
        assert [limits.acquire(name, 2).granted for _ in range(3)] == [True, True, False]
        monkeypatch.setattr(limits, "_retry_at", 0.001)
        assert not limits.acquire(name, 2).granted
    assert [item["log_level"] for item in log_entries] == ["warning"]


def test_a_redis_that_says_nothing_costs_one_call_half_a_second_and_the_next_ones_nothing(name: str) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        limits = RateLimits(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        began = monotonic()
        assert limits.acquire(name, 2).granted
        assert rate_limits.REDIS_TIMEOUT_S <= monotonic() - began < rate_limits.REDIS_RETRY_S
        began = monotonic()
        assert limits.acquire(name, 2).granted
        assert monotonic() - began < rate_limits.REDIS_TIMEOUT_S


def test_a_redis_that_comes_back_counts_again(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "REDIS_RETRY_S", 0.0)
    limits = RateLimits(services.redis_url())
    really = limits._shared
    with capture_logs() as log_entries:
        monkeypatch.setattr(limits, "_shared", RateLimits("redis://127.0.0.1:9/0")._shared)
        assert limits.acquire(name, 5).granted
        monkeypatch.setattr(limits, "_shared", really)
        assert [limits.acquire(name, 5).granted for _ in range(6)] == [True] * 5 + [False]
    assert [item["log_level"] for item in log_entries] == ["warning", "info"]


def test_a_redis_that_is_none_is_said_before_anything_is_served(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="redis_url"):
        HubSettings(data=tmp_path, redis_url="http://example.org")


def test_a_proxy_network_that_is_none_is_said_before_anything_is_served(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="trusted_proxies"):
        HubSettings(data=tmp_path, trusted_proxies="10.0.0.1/8")
