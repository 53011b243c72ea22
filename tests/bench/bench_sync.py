"""Benchmark of sync: 50,000 queued scans pushed to a local hub, and a first pull of 100,000 participants.

    packaging/run bench sync [--scans N] [--participants N] [--json]

The hub is a process of its own on the same machine, over SQLite, then over PostgreSQL. Rows a second are whole: the station's disk, the wire and the hub's disk; a first
pull is over when the new roster is indexed, durable and in use.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import httpx  # noqa: E402
import sqlalchemy  # noqa: E402

from hub_sync.client.http.hub_api import HubApi  # noqa: E402
from hub_sync.client.store import StationEnrolment, Store  # noqa: E402
from hub_sync.client.sync.pull_loop import PullLoop  # noqa: E402
from hub_sync.client.sync.push_loop import PushLoop  # noqa: E402
from hub_sync.contract.clock import SystemClock, epoch_ms  # noqa: E402
from hub_sync.contract.enums import Direction, ReasonCode, ScanResult, ScanType  # noqa: E402
from hub_sync.contract.ids import new_id  # noqa: E402
from hub_sync.contract.sync import ScanRecord  # noqa: E402
from tests.bench.hub_and_station import Hub, memory_mb, say  # noqa: E402
from tests.support import services  # noqa: E402


class Counted(httpx.SyncByteStream):
    """A body whose bytes on the wire are counted."""

    def __init__(self, stream: httpx.SyncByteStream, transport: "CountingTransport") -> None:
        self._stream, self._transport = stream, transport

    def __iter__(self) -> Iterator[bytes]:
        for part in self._stream:
            self._transport.received += len(part)
            yield part

    def close(self) -> None:
        self._stream.close()


class CountingTransport(httpx.HTTPTransport):
    """The ordinary transport, counting bodies as they are on the wire: compressed."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = 0
        self.received = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.sent += int(request.headers.get("content-length", 0))
        answer = super().handle_request(request)
        assert isinstance(answer.stream, httpx.SyncByteStream)
        answer.stream = Counted(answer.stream, self)
        return answer


def queue_scans(store: Store, enrolment: StationEnrolment, participants: list[str], count: int) -> None:
    """Write pending rows as a gate does. Their commits are not measured, so they are not synced to disk."""
    clock = SystemClock()
    with store.open_session() as session:
        session._file.rows("PRAGMA synchronous = OFF")
        for number in range(count):
            valid = number % 5 != 0
            record = ScanRecord(
                id=new_id(),
                device_id=enrolment.device_id,
                event_id=enrolment.event_id,
                checkpoint_id=enrolment.checkpoint_id or "",
                zone="hall-a",
                participant_id=participants[number % len(participants)],
                scan_type=ScanType.QR,
                direction=Direction.ENTRY,
                result=ScanResult.VALID if valid else ScanResult.ALREADY_SCANNED,
                reason=ReasonCode.ADMITTED if valid else ReasonCode.ALREADY_INSIDE,
                code_digest="0" * 64,
                scanned_at_ms=epoch_ms(clock.now()),
                monotonic_ms=clock.monotonic_ms(),
                boot_id=clock.boot_id,
                clock_sure=True,
                roster_age_s=1,
            )
            session.journal.append(record)


def measure(folder: Path, scans: int, participants: int, database_url: str = "") -> dict[str, Any]:
    """Measure with one database."""
    clock = SystemClock()
    hub = Hub(folder / "hub", participants, database_url=database_url)
    store = hub.station(folder / "station")
    try:
        enrolment = store.settings.enrolment()
        assert enrolment is not None
        wire = CountingTransport()
        api = HubApi(
            enrolment.hub_url, credential=enrolment.credential, boot_id=clock.boot_id, transport=wire
        )

        pull = PullLoop(store, api, clock)
        begun = time.perf_counter()
        while pull.run_once():
            pass
        pulled_s = time.perf_counter() - begun
        count = store.roster.count
        assert count > participants * 0.9, count
        pulled_bytes = wire.received

        ids = [row[0] for row in store.feed._current().rows("SELECT id FROM participants LIMIT 40000")]  # type: ignore[union-attr]
        queue_scans(store, enrolment, ids, scans)
        sent_before = wire.sent
        push = PushLoop(store, api, clock)
        begun = time.perf_counter()
        while push.run_once().more or store.journal.backlog().rows:
            pass
        pushed_s = time.perf_counter() - begun
        acknowledged = store.outbox.acknowledged().sequence
        assert acknowledged == scans, (acknowledged, scans)
        digest = hub.process.command("access-log", "digest", "--device", enrolment.device_id)
        assert digest["rows"] == scans, digest
        api.close()
        return {
            "first_pull": {
                "participants": count,
                "seconds": round(pulled_s, 2),
                "participants_per_s": round(count / pulled_s),
                "bytes_per_participant": round(pulled_bytes / count, 1),
            },
            "drain": {
                "scans": scans,
                "seconds": round(pushed_s, 2),
                "rows_per_s": round(scans / pushed_s),
                "bytes_per_scan": round((wire.sent - sent_before) / scans, 1),
            },
        }
    finally:
        store.close()
        hub.process.stop()


def with_postgres(folder: Path, scans: int, participants: int, server: str) -> dict[str, Any]:
    """Measure with a fresh database of a running PostgreSQL."""
    name = f"bench_{uuid4().hex[:12]}"
    url = sqlalchemy.make_url(server)
    engine = sqlalchemy.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sqlalchemy.text(f"CREATE DATABASE {name}"))
    try:
        own = url.set(database=name).render_as_string(hide_password=False)
        return measure(folder, scans, participants, own)
    finally:
        with engine.connect() as connection:
            connection.execute(sqlalchemy.text(f"DROP DATABASE {name} WITH (FORCE)"))
        engine.dispose()


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--scans", type=int, default=50_000)
    options.add_argument("--participants", type=int, default=100_000)
    options.add_argument("--json", action="store_true")
    arguments = options.parse_args()
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="doorward-bench-") as name:
        folder = Path(name)
        figures["sqlite"] = measure(folder / "sqlite", arguments.scans, arguments.participants)
        figures["postgresql"] = with_postgres(
            folder / "postgresql", arguments.scans, arguments.participants, services.postgres_url()
        )
    figures["memory_mb"] = memory_mb()
    say(figures, as_json=arguments.json)


if __name__ == "__main__":
    main()
