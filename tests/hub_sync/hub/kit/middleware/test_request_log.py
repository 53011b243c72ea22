"""Figures and log lines of requests: by the route's template, under an id, for those who may see them."""

from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from fastapi import FastAPI
from starlette.testclient import TestClient
from structlog.testing import LogCapture

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.sync import BOOT_HEADER
from hub_sync.hub.app import create_app
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.settings import AccessLogMode, HubSettings
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.station_client import Journal, StationClient

TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.fixture
def lines() -> Iterator[list[Any]]:
    """Capture the log and yield its entries."""
    before, captured = structlog.get_config(), LogCapture()
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, captured])
    yield captured.entries
    structlog.configure(**before)


@pytest.fixture
def settings(settings: HubSettings) -> HubSettings:
    """Return the settings of a hub behind a proxy on this machine."""
    return settings.model_copy(update={"trusted_proxies": "127.0.0.0/8", "metrics_networks": "10.0.0.0/8"})


def here(app: FastAPI, **more: Any) -> TestClient:
    return TestClient(app, client=("127.0.0.1", 5000), raise_server_exceptions=False, **more)


def figures(client: TestClient) -> str:
    answer = client.get("/metrics", headers={"X-Forwarded-For": "10.1.2.3"})
    assert answer.status_code == 200
    return answer.text


def test_figures_are_for_the_networks_that_may_read_them(app: FastAPI) -> None:
    with here(app) as client:
        for forwarded in ({}, {"X-Forwarded-For": "192.0.2.1"}, {"X-Forwarded-For": "10.1.2.3, 192.0.2.1"}):
            refused = client.get("/metrics", headers=forwarded)
            assert (refused.status_code, refused.json()["error"]["code"]) == (404, "NotSwitchedOn")
        assert "doorward_build_info" in figures(client)
    with TestClient(app, client=("10.9.9.9", 1)) as client:
        assert client.get("/metrics").status_code == 200
    with TestClient(app, client=("unix", 1)) as client:
        assert client.get("/metrics").status_code == 404


def test_a_proxy_on_this_machine_that_nobody_named_gets_no_figures(settings: HubSettings) -> None:
    """Everybody who calls through it would come from this machine."""
    machine = {"trusted_proxies": "", "metrics_networks": "127.0.0.0/8"}
    with here(create_app(settings.model_copy(update=machine))) as client:
        assert client.get("/metrics").status_code == 200
        assert client.get("/metrics", headers={"X-Forwarded-For": "192.0.2.1"}).status_code == 404


def test_where_no_network_is_named_nobody_reads_them(settings: HubSettings) -> None:
    with here(create_app(settings.model_copy(update={"metrics_networks": ""}))) as client:
        assert client.get("/metrics").status_code == 404


def test_requests_are_counted_by_template_and_not_by_address(app: FastAPI, seeded: Seeded) -> None:
    with here(app) as client:
        for number in range(3):
            client.get(f"/api/v1/events/{number}")
            client.get(f"/nothing/{number}")
        client.request("BREW", "/healthz")
        text = figures(client)
    assert 'requests_total{method="GET",route="/api/v1/events/{event_id}",status="401"} 3.0' in text
    assert 'requests_total{method="GET",route="(none)",status="404"} 3.0' in text
    assert 'requests_total{method="OTHER",route="/healthz",status="405"} 1.0' in text
    assert 'seconds_count{method="GET",route="/api/v1/events/{event_id}"} 3.0' in text
    assert "doorward_http_requests_in_flight 1.0" in text
    assert "doorward_database_connections_in_use 0.0" in text
    assert "doorward_domain_events_undelivered " in text
    assert "/nothing/" not in text


def test_scans_and_rows_are_counted_once(station: StationClient, journal: Journal, app: FastAPI) -> None:
    for result in ("VALID", "VALID", "INVALID"):
        journal.scan(result=result, reason="admitted" if result == "VALID" else "unknown_code")
    for _ in range(2):
        assert station.push(journal.request()).status_code == 200
    station.pull()
    text = app.state.hub.metrics.exposition().decode()
    assert 'doorward_scans_total{by="station",result="VALID"} 2.0' in text
    assert 'doorward_sync_pushed_rows_total{verdict="ACCEPTED"} 3.0' in text
    assert 'doorward_sync_pushed_rows_total{verdict="DUPLICATE"} 3.0' in text
    assert "doorward_sync_pulled_rows_total 0.0" not in text


def test_changes_and_refusals_leave_a_line_and_reading_does_not(
    app: FastAPI, hub: HubContext, seeded: Seeded, lines: list[Any]
) -> None:
    with here(app) as client:
        client.get("/healthz")
        enrolled = client.post("/api/v1/sync/enrol", json={"token": seeded.enrol_code, "serial": "s"}).json()
        credential = {
            "Authorization": f"Bearer {enrolled['credential']}",
            BOOT_HEADER: "boot",
            "X-Forwarded-For": "203.0.113.7",
        }
        client.get("/api/v1/sync/time", headers=credential)
        client.get("/api/v1/sync/pull?limit=0", headers=credential)
    requests = [line for line in lines if line["event"] == "request"]
    assert [
        (line["method"], line["route"], line["status"], line["who"], line["ip"]) for line in requests
    ] == [
        ("POST", "/api/v1/sync/enrol", 200, None, "127.0.0.1"),
        ("GET", "/api/v1/sync/pull", 422, f"device:{seeded.device_id}", "203.0.113.7"),
    ]
    assert all(line["ms"] > 0 and line["request_id"] for line in requests)


@pytest.mark.parametrize(
    ("access_log", "count"), [(AccessLogMode.ALL, 2), (AccessLogMode.CHANGES, 1), (AccessLogMode.OFF, 0)]
)
def test_how_much_is_told_can_be_chosen(
    settings: HubSettings, clock: ManualClock, lines: list[Any], access_log: AccessLogMode, count: int
) -> None:
    app = create_app(settings.model_copy(update={"access_log": access_log}), clock)
    with here(app) as client:
        client.get("/healthz")
        client.post("/healthz")
    assert len([line for line in lines if line["event"] == "request"]) == count
    app.state.hub.uow.database.close()


def test_a_trusted_proxys_id_is_taken_over_if_it_is_one(app: FastAPI) -> None:
    def id_of(client: TestClient, **headers: str) -> str:
        answer = client.get("/nothing", headers=headers)
        assert answer.json()["request_id"] == answer.headers["x-request-id"]
        return str(answer.headers["x-request-id"])

    traced = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
    with here(app) as client:
        assert id_of(client, **{"X-Request-Id": "proxy-0001"}) == "proxy-0001"
        assert id_of(client, **traced) == TRACE
        for bad in ("short", "a b c d e f g h", "x" * 65, "<script>alert</script>"):
            assert len(id_of(client, **{"X-Request-Id": bad})) == 36
        for bad in (f"00-{'0' * 32}-b7ad6b7169203331-01", f"00-{TRACE}-{'0' * 16}-01", "ff", f"99-{TRACE}"):
            assert len(id_of(client, traceparent=bad)) == 36
    with TestClient(app, client=("192.0.2.1", 1)) as stranger:
        assert id_of(stranger, **{"X-Request-Id": "proxy-0001"}) != "proxy-0001"
        assert id_of(stranger, **traced) != TRACE


def test_figures_do_without_a_database(settings: HubSettings, clock: ManualClock) -> None:
    away = settings.model_copy(update={"database_url": "postgresql://nobody:sesame@127.0.0.1:1/nothing"})
    app = create_app(away, clock)
    with here(app) as client:
        text = figures(client)
    assert "doorward_database_up 0.0" in text
    assert "sesame" not in text
