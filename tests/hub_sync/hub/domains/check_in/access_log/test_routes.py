"""The access log over REST: filtered, walked, with names beside it; as a spreadsheet that is whole, safe and streamed."""

import csv
import io
import socket
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from hub_sync.contract.clock import ManualClock, epoch_ms
from hub_sync.contract.enums import ScanResult
from hub_sync.contract.ids import new_id
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.check_in.access_log import export_rows
from hub_sync.hub.kit.http import sse
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import NOON, Seeded
from tests.hub_sync.hub.domains.check_in.conftest import (
    CallerFactory,
    EventApiClient,
    error_code,
    make_key,
    register,
)
from tests.hub_sync.hub.station_client import Journal, StationClient, enrol
from tests.support.hub_server import serving


@pytest.fixture
def reader(make_caller: CallerFactory) -> EventApiClient:
    return make_caller("access-logs:read", "participants:read")


@pytest.fixture
def log(make_caller: CallerFactory, seeded: Seeded, ada: str, clock: ManualClock) -> list[dict[str, Any]]:
    """Create five scans a minute apart: in, refused, out, an unknown code, in by override."""
    gate = make_caller("check-in:scan")
    verdicts = []
    for scan in (
        {"ticket": ada},
        {"ticket": ada},
        {"ticket": ada, "direction": "exit"},
        {"registration_code": "nobody"},
        {"ticket": ada, "override": {"reason": "-2+3 fire drill"}},
    ):
        verdicts.append(gate.scan(checkpoint_id=seeded.gate_id, **scan))
        clock.advance(timedelta(minutes=1))
    return verdicts


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["id"] for row in rows]


def test_an_export_is_named_after_the_day_at_the_event() -> None:
    late = datetime(2026, 6, 10, 23, 30, tzinfo=UTC)
    assert export_rows.file_name("fair", late, "Europe/Berlin", "csv") == "access-log-fair-2026-06-11.csv"


def test_the_log_is_listed_latest_first_and_walked_whole(
    reader: EventApiClient, log: list[dict[str, Any]]
) -> None:
    wanted = [verdict["access_log_id"] for verdict in reversed(log)]
    assert ids(reader.data("GET", "/access-logs")) == wanted
    walked: list[str] = []
    cursor = None
    while True:
        params = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = reader.call("GET", "/access-logs", params=params).json()
        walked += ids(page["data"])
        cursor = page["meta"]["next_cursor"]
        if cursor is None:
            break
    assert walked == wanted


FILTERED: list[tuple[dict[str, str], tuple[int, ...]]] = [
    ({"filter[result]": "VALID"}, (0, 2, 4)),
    ({"filter[result]": "INVALID,ALREADY_SCANNED"}, (1, 3)),
    ({"filter[reason_code]": "unknown_code"}, (3,)),
    ({"filter[scan_type]": "MANUAL"}, (3,)),
    ({"filter[direction]": "exit"}, (2,)),
    ({"filter[participant_id]": "ada"}, (0, 1, 2, 4)),
    ({"filter[override_asked]": "true"}, (4,)),
    ({"filter[scanned_at][gte]": "2026-06-10T12:02:00+02:00"}, (2, 3, 4)),
    (
        {"filter[scanned_at][gt]": "2026-06-10T10:01:00Z", "filter[scanned_at][lt]": "2026-06-10T10:03:00Z"},
        (2,),
    ),
    ({"filter[scanned_at]": "2026-06-10T10:01:00Z"}, (1,)),
    ({"filter[scanned_at][ne]": "2026-06-10T10:01:00Z"}, (0, 2, 3, 4)),
    ({"filter[device_id]": "nobody"}, ()),
]


def test_the_log_is_filtered_alike_as_list_and_as_spreadsheet(
    reader: EventApiClient, log: list[dict[str, Any]]
) -> None:
    for filters, which in FILTERED:
        wanted = [log[n]["access_log_id"] for n in which]
        listed = reader.data("GET", "/access-logs", params={"sort": "scanned_at", **filters})
        assert ids(listed) == wanted, filters
        table = csv.DictReader(io.StringIO(reader.call("GET", "/access-logs.csv", params=filters).text))
        assert [row["id"] for row in table] == wanted, filters


def test_the_reason_of_an_override_is_for_readers_of_names(
    make_caller: CallerFactory, reader: EventApiClient, seeded: Seeded, ada: str
) -> None:
    """Whoever writes it may write a name into it."""
    gate = make_caller("check-in:scan")
    gate.scan(checkpoint_id=seeded.gate_id, ticket=ada)
    override = {"reason": "Ada is my cousin"}
    scan = gate.scan(checkpoint_id=seeded.gate_id, ticket=ada, override=override)
    path = f"/access-logs/{scan['access_log_id']}"
    assert reader.data("GET", path)["override_reason"] == override["reason"]
    other = make_caller("access-logs:read", "audit:read")
    assert other.data("GET", path)["override_reason"] == "…"
    assert {row["override_reason"] for row in other.data("GET", "/access-logs")} == {"…", None}
    table = csv.DictReader(io.StringIO(other.call("GET", "/access-logs.csv").text))
    assert [row["override_reason"] for row in table] == ["", "…"]
    for suffix in ("", ".csv", ".jsonl"):
        answer = other.client.get(f"/api/v1/audit-logs{suffix}", headers=other.headers)
        assert answer.status_code == 200
        assert "cousin" not in answer.text


def test_a_row_tells_all_and_names_stand_beside_it(
    reader: EventApiClient, seeded: Seeded, log: list[dict[str, Any]]
) -> None:
    path = f"/access-logs/{log[0]['access_log_id']}"
    row = reader.data("GET", path, params={"expand": "checkpoint,participant"})
    assert row["checkpoint"] == {"id": seeded.gate_id, "name": "Main gate"}
    assert row["participant"] == {"id": "ada", "name": "Ada Lovelace"}
    assert (row["scanned_by"], row["scanned_at"], row["zone"]) == ("key", "2026-06-10T10:00:00Z", "hall-a")
    assert row["scanned_at"] == row["station_time"] == row["received_at"]
    assert "code_digest" not in row
    listed = reader.data("GET", "/access-logs", params={"expand": "participant", "sort": "scanned_at"})
    assert [row["participant"] and row["participant"]["name"] for row in listed] == [
        "Ada Lovelace",
        "Ada Lovelace",
        "Ada Lovelace",
        None,
        "Ada Lovelace",
    ]
    assert reader.data("GET", path, params={"fields": "id,result"}) == {
        "id": row["id"],
        "result": ScanResult.VALID,
    }


def test_a_stations_scan_is_told_as_a_stations(
    reader: EventApiClient, station: StationClient, journal: Journal, seeded: Seeded
) -> None:
    journal.scan(participant_id=None, result="INVALID", reason="not_a_ticket", clock_offset_ms=60_000)
    assert station.push(journal.request()).status_code == 200
    (row,) = reader.data("GET", "/access-logs")
    assert (row["scanned_by"], row["device_id"]) == ("device", station.device_id)
    assert (row["station_time"], row["scanned_at"]) == ("2026-06-10T10:00:01Z", "2026-06-10T10:01:01Z")


def test_the_spreadsheet_is_one_that_programs_read_and_none_runs(
    hub: HubContext,
    reader: EventApiClient,
    make_caller: CallerFactory,
    seeded: Seeded,
    log: list[dict[str, Any]],
) -> None:
    register(
        hub, seeded, "eve", first_name='=HYPERLINK("http://x")', last_name='O"Neil,\nEve', category="@vip"
    )
    with hub.uow.begin() as work:
        odd = check_in.NewCheckpoint(name="+49 gate", direction="entry", zone="\tlounge")
        point = check_in.create_checkpoint(work, seeded.tenant_id, seeded.event_id, odd)
    make_caller("check-in:scan").scan(checkpoint_id=point.id, participant_id="eve")
    answer = reader.call("GET", "/access-logs.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == (
        'attachment; filename="access-log-summit-2026-06-10.csv"'
    )
    assert "x-ratelimit-limit" in answer.headers
    raw = answer.content.decode()
    assert raw.startswith(",".join(export_rows.HEADER) + "\r\n")
    rows = list(csv.DictReader(io.StringIO(raw, newline="")))
    assert [row["result"] for row in rows] == [
        "VALID",
        "ALREADY_SCANNED",
        "VALID",
        "INVALID",
        "VALID",
        "VALID",
    ]
    eve = rows[-1]
    assert (eve["first_name"], eve["last_name"]) == ('\'=HYPERLINK("http://x")', 'O"Neil,\nEve')
    assert (eve["category"], eve["checkpoint"], eve["scanned_by"]) == ("'@vip", "'+49 gate", "key")
    assert rows[0]["local_time"] == "2026-06-10 12:00:00", "in the event's zone"
    marked = reader.call("GET", "/access-logs.csv", params={"bom": "true"})
    assert marked.content == b"\xef\xbb\xbf" + answer.content


def test_an_override_in_the_spreadsheet_says_why(
    reader: EventApiClient, make_caller: CallerFactory, seeded: Seeded, ada: str
) -> None:
    gate = make_caller("check-in:scan")
    gate.scan(checkpoint_id=seeded.gate_id, ticket=ada)
    gate.scan(checkpoint_id=seeded.gate_id, ticket=ada, override={"reason": "-2+3"})
    filters = {"filter[result]": "MANUAL_OVERRIDE"}
    (row,) = csv.DictReader(io.StringIO(reader.call("GET", "/access-logs.csv", params=filters).text))
    assert (row["override_reason"], row["override_by"][:8]) == ("'-2+3", "key:test")


@pytest.mark.parametrize("reader", ["goes", "stops"])
def test_an_export_whose_reader_goes_or_stops_lets_go_of_its_snapshot(
    hub: HubContext, app: FastAPI, seeded: Seeded, reader: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sse, "SLOW_READER_S", 0.5 if reader == "stops" else 60)
    _, raw = make_key(hub, seeded.tenant_id, "access-logs:read")
    pool: Any = hub.uow.database.reading_engine.pool
    with serving(app) as served, httpx.Client(base_url=served.url, trust_env=False) as client:
        station = enrol(client, seeded.enrol_code)  # type: ignore[arg-type]
        journal = Journal(station.device_id, seeded.event_id, seeded.gate_id)
        for _ in range(1000):
            journal.scan(participant_id=None, result="INVALID", reason="not_a_ticket")
        assert station.push(journal.request()).status_code == 200
        served.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        with socket.socket() as browser:
            browser.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            browser.connect(served.socket.getsockname()[:2])
            path = f"/api/v1/events/{seeded.event_id}/access-logs.csv"
            browser.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nX-API-Key: {raw}\r\n\r\n".encode())
            assert browser.recv(100).startswith(b"HTTP/1.1 200")
            assert pool.checkedout() == 1
            if reader == "goes":
                browser.close()
            end = time.monotonic() + 10
            while pool.checkedout():
                assert time.monotonic() < end
                time.sleep(0.02)


NONSENSE: list[tuple[str, dict[str, str]]] = [
    ("/access-logs", {"filter[scanned_at]": "noon"}),
    ("/access-logs", {"filter[result]": "MAYBE"}),
    ("/access-logs", {"sort": "participant_id"}),
    ("/access-logs", {"expand": "tenant"}),
    ("/access-logs", {"cursor": "abc"}),
    ("/access-logs.csv", {"limit": "5"}),
    ("/access-logs.csv", {"filter[scanned_at][gte]": "2026-06-10"}),
    ("/access-logs.csv", {"filter[colour]": "red"}),
]


def test_questions_that_make_no_sense_are_refused_in_words(reader: EventApiClient) -> None:
    for path, params in NONSENSE:
        answer = reader.call("GET", path, params=params)
        assert error_code(answer, 400), params
        assert answer.json()["detail"].endswith("."), params


def test_strangers_read_nothing(
    make_caller: CallerFactory, foreign: EventApiClient, reader: EventApiClient, log: list[dict[str, Any]]
) -> None:
    path_of_row = f"/access-logs/{log[0]['access_log_id']}"
    for path in ("/access-logs", path_of_row, "/access-logs.csv"):
        assert error_code(foreign.call("GET", path), 404) == "EventNotFound"
        assert error_code(make_caller("check-in:scan").call("GET", path), 403) == "PermissionMissing"
    assert error_code(reader.call("GET", "/access-logs/nothing"), 404) == "ScanNotFound"
    assert NOON.year == 2026


def test_a_scan_that_arrives_late_has_its_own_time_in_list_and_export(
    station: StationClient,
    journal: Journal,
    reader: EventApiClient,
    log: list[dict[str, Any]],
    clock: ManualClock,
) -> None:
    """It was scanned between the second and the third scan, and came when all were there."""
    clock.advance(timedelta(hours=1))
    late_ms = epoch_ms(NOON + timedelta(seconds=90))
    journal.scan(id=(late := new_id()), participant_id="late", scanned_at_ms=late_ms)
    assert station.push(journal.request()).status_code == 200
    listed = reader.data("GET", "/access-logs", params={"sort": "scanned_at"})
    assert ids(listed).index(late) == 2
    assert listed[2]["scanned_at"].startswith("2026-06-10T10:01:30")
    table = list(csv.DictReader(io.StringIO(reader.call("GET", "/access-logs.csv").text)))
    assert [row["id"] for row in table].index(late) == 2
    assert table[2]["local_time"] == "2026-06-10 12:01:30"
