"""Shared parts of the gate and sync benchmarks: a hub process with many participants, a station with a large roster."""

import json
import resource
import statistics
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from hub_sync.client.enrolment import enrol, parse_enrolment_code
from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.store import Store
from hub_sync.contract.clock import SystemClock
from hub_sync.contract.enums import ParticipantStatus
from hub_sync.contract.ids import new_id
from hub_sync.contract.sync import ParticipantRow
from hub_sync.rules.tickets.ticket_keys import TicketKey
from kiosk_app.bootstrap.station import open_station_store
from kiosk_app.demo.hub_process import HubProcess
from tests.support.builders.station import pull_page

PAGE = 5_000
DEMO_CHECKPOINT = "Main gate"


def percentile(values: Sequence[float], percent: int) -> float:
    """Return a percentile, rounded to microseconds where the values are milliseconds."""
    if len(values) < 2:
        return round(values[0], 3) if values else 0.0
    return round(statistics.quantiles(values, n=100, method="inclusive")[percent - 1], 3)


def spread(values: Sequence[float]) -> dict[str, float]:
    """p50, p99 and the greatest."""
    return {
        "p50": percentile(values, 50),
        "p99": percentile(values, 99),
        "max": round(max(values, default=0.0), 3),
    }


def memory_mb() -> dict[str, float]:
    """Resident memory of this process, now and at its most, MiB."""
    status = Path("/proc/self/status").read_text()
    now = int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"resident": round(now / 1024, 1), "peak": round(peak / 1024, 1)}


def people(count: int) -> Iterator[ParticipantRow]:
    """Return participants as a hub sends them, with names of ordinary length."""
    for number in range(count):
        yield (
            f"p-{number:08d}-0000-7000-8000-000000000000",
            f"Firstname{number % 997}",
            f"Lastname{number}",
            f"R{number:07d}",
            ParticipantStatus.APPROVED,
            "delegate",
            "",
            1,
            0,
            "",
        )


def fill_roster(store: Store, count: int, **rest: Any) -> None:
    """Give a store a roster of `count`, page by page, as the pull lane does."""
    snapshot = store.feed.begin_snapshot()
    rows: list[ParticipantRow] = []
    for row in people(count):
        rows.append(row)
        if len(rows) == PAGE:
            snapshot.add(pull_page(rows, more=True, total=count, **rest))
            rows = []
    last = pull_page(rows, total=count, **rest)
    snapshot.add(last)
    store.feed.publish_snapshot(snapshot, last)
    if last.keys is not None:
        store.keys.replace(last.keys)


class Hub:
    """A hub process over a folder, with the demo event of `participants`, and stations enrolled at it."""

    def __init__(
        self,
        folder: Path,
        participants: int,
        *,
        database_url: str = "",
        key: TicketKey | None = None,
        process: type[HubProcess] = HubProcess,
    ) -> None:
        """Start the hub. `key` is the tenant's ticket key, so that tickets can be sealed before the first pull."""
        folder.mkdir(parents=True)
        environment = {"QR_ENCRYPTION_KEY": key.material.hex()} if key else {}
        self.process = process(folder, database_url=database_url, environment=environment)
        self.event = self.process.command("demo-event", "--participants", str(participants))
        self.process.start()

    def station(self, folder: Path, name: str = "Bench", checkpoint: str = DEMO_CHECKPOINT) -> Store:
        """Return the store of a station that is enrolled and has pulled nothing."""
        code = self.process.command(
            "device",
            "enrol-code",
            "--event",
            self.event["event_id"],
            "--checkpoint",
            checkpoint,
            "--name",
            name,
        )
        clock = SystemClock()
        store = open_station_store(folder, clock)
        api = HubApi(self.process.url, boot_id=clock.boot_id)
        enrol(
            store,
            api,
            parse_enrolment_code(code["code"], self.process.url),
            serial=new_id(),
            software="bench",
        )
        api.close()
        return store


def say(figures: dict[str, Any], *, as_json: bool) -> None:
    """Print the figures, for a person and, as the last line, for a program."""
    _print(figures, 0)
    if as_json:
        print(json.dumps(figures))


def _print(figures: dict[str, Any], depth: int) -> None:
    for name, value in figures.items():
        if isinstance(value, dict):
            print(f"{'  ' * depth}{name}")
            _print(value, depth + 1)
        else:
            print(f"{'  ' * depth}{name:<{43 - 2 * depth}} {value}")
    sys.stdout.flush()
