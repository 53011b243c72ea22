"""A bulk operation upon many people in a served hub over SQLite, its undo, and GETs of another client meanwhile.

PYTHONPATH=. .venv/bin/python tests/bench/people/operations.py [ROWS]
"""

import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.faults.killed_bulk import KilledBulk, build_killed_bulk
from tests.hub_sync.hub.domains.check_in.conftest import make_key
from tests.support.served_hub import serving

MOST_ROWS = 10_000
_IDLE_S, _PAUSE_S, _LOOK_S = 3.0, 0.02, 0.1
_OVER = ("COMPLETED", "COMPLETED_WITH_ERRORS", "FAILED", "CANCELLED", "UNDONE", "PARTIALLY_UNDONE")


def measure(rows: int = MOST_ROWS) -> dict[str, Any]:
    """Return people a second of a status change and of its undo, and the latency of GETs, idle and meanwhile."""
    people = min(rows, MOST_ROWS)
    with tempfile.TemporaryDirectory() as folder:
        operation = build_killed_bulk(Path(folder), people, start=False)
        with operation.opened() as hub:
            _key_id, raw = make_key(hub, operation.key.tenant_id, "*")
        with (
            serving(operation.data) as served,
            httpx.Client(base_url=served.url, headers={"X-API-Key": raw}) as client,
        ):
            return _measure(operation, client, people)


def _measure(operation: KilledBulk, client: httpx.Client, people: int) -> dict[str, Any]:
    event = f"/api/v1/events/{operation.key.event_id}"
    path = f"{event}/bulk-operations/{operation.operation_id}"
    person = f"{event}/participants/{next(iter(operation.before))}"
    figures: dict[str, Any] = {"people": people}
    with _gets(client, person) as times:
        time.sleep(_IDLE_S)
    figures |= _latency("idle", times)
    hash_ = client.get(path).json()["data"]["selection_hash"]
    for name, body in (("run", {"selection_hash": hash_}), ("undo", None)):
        began = time.monotonic()
        with _gets(client, person) as times:
            client.post(f"{path}/{name}", json=body).raise_for_status()
            while client.get(path).json()["data"]["status"] not in _OVER:
                time.sleep(_LOOK_S)
        figures[f"{name}_a_second"] = round(people / (time.monotonic() - began))
        figures |= _latency(name, times)
    return figures


def _latency(name: str, times: list[float]) -> dict[str, float]:
    percentiles = statistics.quantiles(times, n=100)
    return {f"{name}_get_p50_ms": round(percentiles[49], 1), f"{name}_get_p99_ms": round(percentiles[98], 1)}


@contextmanager
def _gets(client: httpx.Client, path: str) -> Iterator[list[float]]:
    """Ask for a participant now and then until the block ends; yield the milliseconds that each took."""
    times: list[float] = []
    over = threading.Event()

    def ask() -> None:
        while not over.wait(_PAUSE_S):
            began = time.perf_counter()
            client.get(path).raise_for_status()
            times.append((time.perf_counter() - began) * 1000)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield times
    finally:
        over.set()
        thread.join()


def main() -> None:
    """Measure, and print the figures."""
    for label, value in measure(int(sys.argv[1]) if len(sys.argv) > 1 else MOST_ROWS).items():
        print(f"{label:24} {value}")


if __name__ == "__main__":
    main()
