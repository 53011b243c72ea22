"""A station that calls too often is asked to wait, route by route, and the others are not."""

import time
from itertools import count

import pytest
from starlette.testclient import TestClient

from hub_sync.hub.domains.devices import call_limits
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.rules.answer_proof import NONCE_HEADER, PROOF_HEADER
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.station_client import Journal, StationClient, another_station, journal, station

__all__ = ["journal", "station"]


@pytest.fixture(params=["sqlite"])
def kind(request: pytest.FixtureRequest) -> str:
    """Run on SQLite only: no database is concerned."""
    return str(request.param)


def test_the_calls_of_a_route_are_limited_for_each_station(
    hub: HubContext,
    client: TestClient,
    station: StationClient,
    journal: Journal,
    seeded: Seeded,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(call_limits, "CALLS_A_MINUTE", 3)
    for _ in range(3):
        station.pull()
    refused = client.get("/api/v1/sync/pull", headers=station.headers | {NONCE_HEADER: "n"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "TooManyRequests")
    assert 0 < int(refused.headers["retry-after"]) <= 60
    assert PROOF_HEADER in refused.headers, "the station may believe it"
    assert station.push(journal.request(journal.scan())).status_code == 200
    other, _ = another_station(hub, client, seeded)
    other.pull()


def test_a_station_that_takes_much_of_the_hubs_time_is_asked_to_wait(
    hub: HubContext,
    client: TestClient,
    station: StationClient,
    journal: Journal,
    seeded: Seeded,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As one that sends late scans of somebody with fifty thousand others: each is read, and all other writers wait."""
    times = count(step=call_limits.WORK_UNIT_S * call_limits.WORK_A_MINUTE / 2)
    monkeypatch.setattr(time, "thread_time", lambda: next(times))
    for _ in range(2):
        assert station.push(journal.request(journal.scan())).status_code == 200
    refused = client.post(
        "/api/v1/sync/push",
        content=journal.request(journal.scan()).model_dump_json(),
        headers=station.headers | {NONCE_HEADER: "n"},
    )
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "TooManyRequests")
    assert 0 < int(refused.headers["retry-after"]) <= 60
    assert PROOF_HEADER in refused.headers, "the station may believe it"
    station.pull()
    other, others_journal = another_station(hub, client, seeded)
    assert other.push(others_journal.request(others_journal.scan())).status_code == 200


def test_a_push_of_a_thousand_scans_counts_as_no_work(
    hub: HubContext, station: StationClient, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = count(step=call_limits.WORK_UNIT_S * 0.99)
    monkeypatch.setattr(time, "thread_time", lambda: next(times))
    monkeypatch.setattr(call_limits, "WORK_A_MINUTE", 1)
    for _ in range(3):
        assert station.push(journal.request(journal.scan())).status_code == 200


@pytest.mark.timeout(30)
def test_what_needs_no_router_of_stations_is_limited_too(
    client: TestClient, station: StationClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call_limits, "CALLS_A_MINUTE", 0)
    refused = client.get("/api/v1/sync/live", headers=station.headers | {NONCE_HEADER: "n"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "TooManyRequests")
    assert PROOF_HEADER in refused.headers


def test_a_station_that_catches_up_is_not_limited() -> None:
    pages, pushes = 100_000 // 1000, 55_000 // 1000
    assert 4 * max(pages, pushes) < call_limits.CALLS_A_MINUTE
