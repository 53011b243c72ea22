"""The hub's metrics for `/metrics` (Prometheus): one `HubMetrics` per app; no database is needed.

Several workers: their parent sets PROMETHEUS_MULTIPROC_DIR before this module is imported; prometheus_client then keeps
the metrics in files of that folder, and the worker that answers adds all of them up.
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
from sqlalchemy import Engine, event

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
_BUCKETS_S = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_LIVE_FILE = re.compile(r"gauge_livesum_(\d+)\.db")


class HubMetrics:
    """The counters and gauges of one hub; in a worker, that worker's share of them."""

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

    def watch_pools(self, *engines: Engine) -> None:
        """Keep the gauge of connections that are taken from the engines' pools."""
        for engine in engines:
            event.listen(engine, "checkout", lambda *_: self.pool_in_use.inc())
            event.listen(engine, "checkin", lambda *_: self.pool_in_use.dec())

    def exposition(self, more: Iterable[Metric] = ()) -> bytes:
        """Return all metrics in Prometheus' text format, added up over the workers; `more` was measured just now."""
        folder = os.environ.get(FOLDER_VARIABLE, "")
        measured = CollectorRegistry()
        if folder:
            MultiProcessCollector(measured, path=folder)  # type: ignore[no-untyped-call]
        measured.register(_MeasuredCollector([*_processes(_pids(folder)), *more]))
        return (b"" if folder else generate_latest(self._registry)) + generate_latest(measured)


class _MeasuredCollector(Collector):
    """Metrics that are measured already."""

    def __init__(self, metrics: list[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterator[Metric]:
        yield from self._metrics


def _gauge(name: str, description: str, registry: CollectorRegistry) -> Gauge:
    return Gauge(name, description, registry=registry, multiprocess_mode="livesum")


def _pids(folder: str) -> list[int]:
    """Return this process, or all live workers (the parent removes the file of a worker that died)."""
    if not folder:
        return [os.getpid()]
    named = (_LIVE_FILE.fullmatch(file.name) for file in Path(folder).iterdir())
    return sorted(int(match.group(1)) for match in named if match)


def _processes(pids: list[int]) -> Iterator[Metric]:
    """Yield CPU, memory and files of the processes together, and the start of the first one."""
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


def _metric(name: str, description: str, value: float, **labels: str) -> Metric:
    metric = Metric(name, description, "gauge")
    metric.add_sample(name, labels, value)
    return metric


def gauge(name: str, description: str, value: float, **labels: str) -> Metric:
    """Return a gauge that is measured at the time of the request."""
    return _metric(name, description, value, **labels)
