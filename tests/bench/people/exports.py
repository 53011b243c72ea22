"""An export of many participants from a hub in a process of its own, as CSV and as Excel, and GETs of another client meanwhile."""

import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from tests.bench.people.imports import BenchedHub, Gets
from tests.bench.people.stored_people import store_people

ROWS = 1_000_000
_IDLE_S = 3.0


def measure(rows: int = ROWS) -> dict[str, Any]:
    """Return seconds, size, most memory above that of the idle hub, and the latency of GETs, for each kind of file."""
    with tempfile.TemporaryDirectory() as folder, BenchedHub(Path(folder)) as hub:
        event = hub.command("demo-event", "--participants", "100", "--with-participants")["event_id"]
        hub.command("flag", "on", "FF_REST_API")
        key = hub.command(
            "api-key", "create", "--name", "bench", "--permission", "*", "--rate-limit", "100000"
        )["key"]
        path = f"/api/v1/events/{event}/participants"
        hub.start()
        with _client(hub, key) as client:
            person = client.get(f"{path}?limit=1").json()["data"][0]["id"]
        hub.stop()
        store_people(hub.folder, person, rows)
        hub.start()
        try:
            with _client(hub, key) as client:
                return _measure(hub, client, Gets(hub.url, f"{path}/{person}", key), path, rows)
        finally:
            hub.stop()


def _measure(hub: BenchedHub, client: httpx.Client, gets: Gets, path: str, rows: int) -> dict[str, Any]:
    with gets.running():
        time.sleep(_IDLE_S)
    figures: dict[str, Any] = {"rows": rows, "idle_get_p99_ms": gets.p99_ms()}
    for kind in ("csv", "xlsx"):
        hub.forget_peak()
        before = hub.peak_mb()
        began, size, lines = time.perf_counter(), 0, 0
        with gets.running(), client.stream("GET", f"{path}.{kind}") as answer:
            answer.raise_for_status()
            for chunk in answer.iter_raw():
                size += len(chunk)
                lines += chunk.count(b"\n")
        figures |= {
            f"{kind}_s": round(time.perf_counter() - began, 1),
            f"{kind}_mb": round(size / 1e6, 1),
            f"{kind}_hub_mb_above_idle": round(hub.peak_mb() - before, 1),
            f"{kind}_get_p99_ms": gets.p99_ms(),
        }
        if kind == "csv":
            assert lines > rows, lines
    return figures


def _client(hub: BenchedHub, key: str) -> httpx.Client:
    headers = {"X-API-Key": key, "Accept-Encoding": "identity"}
    return httpx.Client(base_url=hub.url, headers=headers, timeout=600, trust_env=False)
