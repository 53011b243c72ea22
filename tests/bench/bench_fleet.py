"""Benchmark of a fleet: stations that scan and stations that only report, at one hub; how soon a scan is in sight at another station.

    packaging/run bench fleet [--scanning N] [--reporting N] [--seconds N] [--database sqlite|postgresql] [--json]

200 stations scan every 2 s and 1,000 only report. The hub is a process of its own over SQLite; with `--database postgresql`, two processes over PostgreSQL and
Redis. The stations are one more process on the same machine, which needs CPU, too. Asked: p99 of at most 1 s from a scan's push to its
sight at another station.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import sqlalchemy  # noqa: E402

from hub_sync.client.http.hub_api import HubApi  # noqa: E402
from hub_sync.contract.ids import new_id  # noqa: E402
from hub_sync.contract.sync import EnrolRequest  # noqa: E402
from hub_sync.hub.commands.common import open_hub  # noqa: E402
from hub_sync.hub.domains.devices import service as devices  # noqa: E402
from hub_sync.hub.kit.security.credential_bounds import UNBOUNDED  # noqa: E402
from kiosk_app.demo.hub_process import HubProcess  # noqa: E402
from tests.bench.hub_and_station import say  # noqa: E402
from tests.support import services  # noqa: E402

IN_ONE_TRANSACTION = 100
_TICKS = 100


class FleetHub(HubProcess):
    """A hub with so many serving processes."""

    def __init__(self, folder: Path, *, database_url: str, workers: int, redis_url: str) -> None:
        more = {"WEB_CONCURRENCY": str(workers), "DOORWARD_REDIS_URL": redis_url} if workers > 1 else {}
        super().__init__(folder, database_url=database_url, environment=more)

    @property
    def port(self) -> int:
        """The port that it listens at."""
        return self._port

    def processes(self) -> list[int]:
        """Return the process and those that it has started."""
        assert self._process is not None
        ids = [self._process.pid]
        for pid in ids:
            for children in Path(f"/proc/{pid}/task").glob("*/children"):
                ids += [int(child) for child in children.read_text().split()]
        return ids


def enrol(folder: Path, database_url: str, event: dict[str, Any], count: int) -> list[dict[str, str]]:
    """Enrol stations at the hub's database, which no process serves yet; return their devices and credentials."""
    stations: list[dict[str, str]] = []
    with open_hub(folder, database_url or None) as hub:
        while len(stations) < count:
            with hub.uow.begin() as work:
                for number in range(len(stations), min(count, len(stations) + IN_ONE_TRANSACTION)):
                    new = devices.NewDevice(
                        name=f"Station {number}",
                        event_id=event["event_id"],
                        checkpoint_id=event["checkpoint_id"],
                    )
                    _, code = devices.create(work, event["tenant_id"], new, UNBOUNDED)
                    answer = devices.enrol(work, EnrolRequest(token=code, serial=new_id(), software="bench"))
                    stations.append({"device_id": answer.device_id, "credential": answer.credential})
    return stations


def first_position(hub: FleetHub, station: dict[str, str], event_id: str) -> dict[str, Any]:
    """Pull the whole list once; return where changes begin, the people, and the zone of the stations' checkpoint."""
    api = HubApi(hub.url, credential=station["credential"], boot_id=str(uuid4()))
    position: tuple[str, str] | None = None
    people: list[str] = []
    zones: dict[str, str | None] = {}
    while True:
        page = api.pull(position, 5000, event_id=event_id).page
        people += [row[0] for row in page.participants if row[4] == "APPROVED"]
        zones |= {row.id: row.zone for row in page.checkpoints}
        position = (page.epoch, page.cursor)
        if not page.more:
            break
    api.close()
    assert position is not None
    return {"epoch": position[0], "cursor": position[1], "people": people, "zones": zones}


def usage(pids: list[int]) -> tuple[float, float]:
    """Return CPU seconds and resident MiB of processes."""
    cpu = memory = 0.0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        cpu += (int(fields[11]) + int(fields[12])) / _TICKS
        status = Path(f"/proc/{pid}/status").read_text()
        memory += int(status.split("VmRSS:")[1].split()[0]) / 1024
    return cpu, memory


def measure(folder: Path, arguments: argparse.Namespace, database_url: str, redis_url: str) -> dict[str, Any]:
    """Measure with one database."""
    folder.mkdir(parents=True)
    workers = 2 if database_url else 1
    hub = FleetHub(folder, database_url=database_url, workers=workers, redis_url=redis_url)
    scans = int(arguments.scanning * (arguments.seconds / arguments.scan_every + 2))
    event = hub.command("demo-event", "--participants", str(int(scans * 1.5) + 100))
    with open_hub(folder, database_url or None) as opened, opened.uow.read() as work:
        rows = work.session.execute(
            sqlalchemy.text("SELECT id, tenant_id FROM checkpoints WHERE event_id = :event ORDER BY name"),
            {"event": event["event_id"]},
        )
        checkpoint = rows.first()
    assert checkpoint is not None
    event |= {"checkpoint_id": checkpoint.id, "tenant_id": checkpoint.tenant_id}
    begun = time.perf_counter()
    stations = enrol(folder, database_url, event, arguments.scanning + arguments.reporting)
    enrolled_s = time.perf_counter() - begun
    hub.start()
    try:
        start = first_position(hub, stations[0], event["event_id"])
        job = {
            "port": hub.port,
            "seconds": arguments.seconds,
            "scan_every_s": arguments.scan_every,
            "event_id": event["event_id"],
            "checkpoint_id": event["checkpoint_id"],
            "zone": start["zones"][event["checkpoint_id"]],
            "people": start["people"][:scans],
            "position": {"epoch": start["epoch"], "cursor": start["cursor"]},
            "digests": {},
            "changes": not arguments.pulls_only,
            "scanning": stations[: arguments.scanning],
            "reporting": stations[arguments.scanning :],
        }
        pids = hub.processes()
        cpu_before, _ = usage(pids)
        result = subprocess.run(
            [sys.executable, str(ROOT / "tests" / "bench" / "fleet" / "station_load.py")],
            input=json.dumps(job),
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, result.stderr[-2000:]
        cpu_after, memory = usage(pids)
        figures: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
        return {
            "stations": {"scanning": arguments.scanning, "reporting": arguments.reporting},
            "hub_processes": workers,
            **figures,
            "hub_cpu_percent": round(100 * (cpu_after - cpu_before) / arguments.seconds),
            "hub_memory_mb": round(memory),
            "enrolled_per_s": round(len(stations) / enrolled_s),
        }
    finally:
        hub.stop()


@contextmanager
def fresh_database() -> Iterator[str]:
    """Yield the URL of a fresh database of a running PostgreSQL."""
    name, url = f"bench_{uuid4().hex[:12]}", sqlalchemy.make_url(services.postgres_url())
    engine = sqlalchemy.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sqlalchemy.text(f"CREATE DATABASE {name}"))
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.execute(sqlalchemy.text(f"DROP DATABASE {name} WITH (FORCE)"))
        engine.dispose()


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--scanning", type=int, default=200)
    options.add_argument("--reporting", type=int, default=1_000)
    options.add_argument("--seconds", type=float, default=60)
    options.add_argument("--scan-every", type=float, default=2.0)
    options.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    options.add_argument(
        "--pulls-only", action="store_true", help="stations that pull for each nudge, as older ones do"
    )
    options.add_argument("--json", action="store_true")
    arguments = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="doorward-bench-") as name:
        folder = Path(name) / "hub"
        if arguments.database == "sqlite":
            figures = measure(folder, arguments, "", "")
        else:
            with fresh_database() as url:
                figures = measure(folder, arguments, url, services.redis_url())
    say({arguments.database: figures}, as_json=arguments.json)


if __name__ == "__main__":
    main()
