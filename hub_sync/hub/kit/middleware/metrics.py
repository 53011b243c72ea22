"""What the hub counts of itself, for `/metrics` (Prometheus). One `Figures` an app; nothing here needs a database.

Several workers: their parent sets PROMETHEUS_MULTIPROC_DIR before this module is imported; prometheus_client then keeps
the figures in files of that folder, and whichever worker is asked adds all of them up.
"""

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy import Engine, QueuePool, event

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
_BUCKETS_S = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_LIVE_FILE = re.compile(r"gauge_livesum_(\d+)\.db")


class HubMetrics:
    """Counters and gauges of one hub; in a worker, that worker's share of them."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self.requests = Counter(
            "doorward_http_requests", "Requests answered.", ["route", "method", "status"], registry=registry
        )
        self.seconds = Histogram(
            "doorward_http_request_seconds",
            "From a request's first byte to its answer's last; of a stream, to its beginning.",
            ["route", "method"],
            registry=registry,
            buckets=_BUCKETS_S,
        )
        self.in_flight = _gauge("doorward_http_requests_in_flight", "Requests under way.", registry)
        self.live_streams = _gauge("doorward_live_streams", "Live streams that are open.", registry)
        self.pool_in_use = _gauge(
            "doorward_database_connections_in_use", "Connections taken from the pool.", registry
        )
        self.scans = Counter(
            "doorward_scans",
            "Scans taken in, by result and by how they came.",
            ["result", "by"],
            registry=registry,
        )
        self.pushed = Counter(
            "doorward_sync_pushed_rows",
            "Journal rows pushed by stations, by verdict.",
            ["verdict"],
            registry=registry,
        )
        self.webhook_attempts = Counter(
            "doorward_webhook_attempts", "Attempts at webhook deliveries.", ["outcome"], registry=registry
        )
        self.pulled = Counter("doorward_sync_pulled_rows", "Rows that stations pulled.", registry=registry)

    def watch_pool(self, engine: Engine) -> None:
        """Follow how many connections are out of the engine's pool."""

        def note(going_back: int) -> None:
            pool = engine.pool
            if isinstance(pool, QueuePool):
                self.pool_in_use.set(max(0, pool.checkedout() - going_back))

        event.listen(engine, "checkout", lambda *_: note(0))
        event.listen(engine, "checkin", lambda *_: note(1))

    def exposition(self, more: Iterable[Metric] = ()) -> bytes:
        """Everything in Prometheus' text format, added up over the workers; `more` is what was found out just now."""
        folder = os.environ.get(FOLDER_VARIABLE, "")
        found = CollectorRegistry()
        if folder:
            MultiProcessCollector(found, path=folder)  # type: ignore[no-untyped-call]
        found.register(_Found([*_processes(_pids(folder)), *more]))
        return (b"" if folder else generate_latest(self._registry)) + generate_latest(found)


class _Found(Collector):
    """Metrics that are known already."""

    def __init__(self, metrics: list[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterator[Metric]:
        yield from self._metrics


def _gauge(name: str, told: str, registry: CollectorRegistry) -> Gauge:
    return Gauge(name, told, registry=registry, multiprocess_mode="livesum")


def _pids(folder: str) -> list[int]:
    """This process, or all workers that live (the parent takes away the file of one that died)."""
    if not folder:
        return [os.getpid()]
    named = (_LIVE_FILE.fullmatch(file.name) for file in Path(folder).iterdir())
    return sorted(int(match.group(1)) for match in named if match)


def _processes(pids: list[int]) -> Iterator[Metric]:
    """CPU, memory and files of the processes together; when the first of them began."""
    yield _metric("doorward_workers", "Processes that answer.", len(pids))
    together: dict[str, Metric] = {}
    for pid in pids:
        for metric in ProcessCollector(pid=lambda pid=pid: pid, registry=None).collect():  # type: ignore[misc]
            known = together.setdefault(metric.name, metric)
            if known is not metric:
                old, new = known.samples[0], metric.samples[0]
                value = min(old.value, new.value) if "start_time" in old.name else old.value + new.value
                known.samples[0] = old._replace(value=value)
    yield from together.values()


def _metric(name: str, told: str, value: float, **labels: str) -> Metric:
    made = Metric(name, told, "gauge")
    made.add_sample(name, labels, value)
    return made


def gauge(name: str, told: str, value: float, **labels: str) -> Metric:
    """A figure that is found out at the time it is asked for."""
    return _metric(name, told, value, **labels)
