"""What a served hub does with many people in the background (a search for duplicates, a sweep of the blacklist), and GETs meanwhile."""

import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx

from tests.bench.people.imports import BenchedHub, Gets
from tests.bench.people.stored_people import store_people

_IDLE_S, _LOOK_S = 3.0, 0.1
_RUN = "SELECT count(*) FROM duplicate_runs WHERE ended_at IS NOT NULL"
_SWEEP = (
    "SELECT count(*) FROM blacklist_sweeps WHERE done >= requested AND requested > 0 AND leased_until IS NULL"
)


def measure(rows: int) -> dict[str, Any]:
    """Return seconds, most memory above that of the idle hub, and the latency of GETs, for both."""
    with tempfile.TemporaryDirectory() as folder, BenchedHub(Path(folder)) as hub:
        event = hub.command("demo-event", "--participants", "100", "--with-participants")["event_id"]
        for flag in ("FF_REST_API", "FF_BULK_OPERATIONS"):
            hub.command("flag", "on", flag)
        key = hub.command(
            "api-key", "create", "--name", "bench", "--permission", "*", "--rate-limit", "100000"
        )["key"]
        hub.start()
        base = f"/api/v1/events/{event}"
        try:
            with httpx.Client(
                base_url=hub.url, headers={"X-API-Key": key}, timeout=600, trust_env=False
            ) as client:
                person = client.get(f"{base}/participants?limit=1").json()["data"][0]["id"]
                hub.stop()
                store_people(hub.folder, person, rows)
                hub.start()
                gets = Gets(hub.url, f"{base}/participants/{person}", key)
                with gets.running():
                    time.sleep(_IDLE_S)
                figures: dict[str, Any] = {"people": rows, "idle_get_p99_ms": gets.p99_ms()}
                entry = {"kind": "email", "value": "p77@example.org", "action": "BLOCK", "reason": "bench"}
                starts: dict[str, tuple[str, Callable[[], httpx.Response]]] = {
                    "sweep": (_SWEEP, lambda: client.post("/api/v1/blacklist/entries", json=entry)),
                    "search": (_RUN, lambda: client.post(f"{base}/duplicate-runs")),
                }
                for name, (query, start) in starts.items():
                    figures |= _measure(hub, gets, name, query, start)
                return figures
        finally:
            hub.stop()


def _measure(
    hub: BenchedHub, gets: Gets, name: str, query: str, start: Callable[[], httpx.Response]
) -> dict[str, Any]:
    hub.forget_peak()
    before, began = hub.peak_mb(), time.perf_counter()
    with gets.running(), closing(sqlite3.connect(f"file:{hub.folder}/hub.db?mode=ro", uri=True)) as reading:
        start().raise_for_status()
        while not reading.execute(query).fetchone()[0]:
            time.sleep(_LOOK_S)
    return {
        f"{name}_s": round(time.perf_counter() - began, 2),
        f"{name}_hub_mb_above_idle": round(hub.peak_mb() - before, 1),
        f"{name}_get_p99_ms": gets.p99_ms(),
    }
