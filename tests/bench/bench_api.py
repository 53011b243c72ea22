"""CPU time, SQL statements and throughput of ten acts of the hub's API, on SQLite and on PostgreSQL.

    packaging/run bench api [--calls N] [--rounds N] [--clients N] [--only CASE …] [--postgres] [--json]

The acts: GET event, a list of 50 participants, a search, POST and PUT participant, a scan by ticket and by registration
code, occupancy, a push of one scan, a pull of a delta of ten. For each:

cpu_ms      processor time (user and system) of the hub's process, a call: the lowest of the rounds, which is the one that
            other programs on the machine disturbed least; `cpu_ms_median` is the median
statements  SQL statements a call, counted in a second hub that is not measured (`api/counting_hub.py`)
per_s       calls a second with all clients together: median of the rounds; `p50_ms` and `p99_ms` are response times
bare        the same requests to a bare FastAPI route that returns the same bytes from a constant (`bare_api.py`).
            The rounds take turns (bare, hub, bare, hub …). `ratio` compares calls a second, `ratio_by_cpu` CPU time
limit_ms    the CPU time that issue 8 asks for, on two quiet cores; PostgreSQL may take 1.6 times as much

The hub has one tenant with 10,000 participants. Every write is on disk before it is answered. PostgreSQL is started,
unless DOORWARD_TEST_POSTGRES_URL names a server.
"""

import argparse
import json
import shlex
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import uuid4

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))

import httpx  # noqa: E402
import sqlalchemy  # noqa: E402

from kiosk_app.demo.hub_process import HubProcess  # noqa: E402
from tests.bench.api.api_cases import (  # noqa: E402
    CASES,
    CASES_OF_ONE_PERSON_A_CALL,
    MOST_CALLS,
    STATIONS,
    TICKET_KEY,
    Case,
    Cases,
)
from tests.bench.api.counting_hub import HEADER  # noqa: E402
from tests.bench.api.http_load import HttpRequest, Job  # noqa: E402
from tests.support import services  # noqa: E402

LIMITS_MS = {
    "get_event": 0.6,
    "list_participants": 1.2,
    "post_participant": 1.5,
    "scan_by_ticket": 2.5,
    "scan_by_code": 2.5,
}
POSTGRESQL_FACTOR = 1.6
WARM_UP_CALLS, COUNTED_CALLS = 10, 5
SECRET = {"QR_ENCRYPTION_KEY": TICKET_KEY.material.hex()}


class BenchHub(HubProcess):
    """The hub as a process; `counting` adds the number of statements to each response."""

    def __init__(self, folder: Path, database_url: str = "", *, counting: bool = False) -> None:
        super().__init__(folder, database_url=database_url, environment=SECRET)
        if counting:
            program = folder / "counting-hub"
            command = shlex.join([sys.executable, str(HERE / "api" / "counting_hub.py")])
            program.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
            program.chmod(0o700)
            self._program = program

    @property
    def pid(self) -> int:
        """Process id of the running hub."""
        assert self._process is not None
        return self._process.pid

    @property
    def port(self) -> int:
        """TCP port of the hub."""
        return self._port


def measure(folder: Path, options: argparse.Namespace, database_url: str = "") -> dict[str, Any]:
    """Return the figures of every case over one database.

    Args:
        folder: the hub's folder; it is created.
        options: the command line.
        database_url: PostgreSQL instead of a file in the folder.
    """
    folder.mkdir(parents=True)
    with BenchHub(folder, database_url) as hub:
        hub.start()
        cases = Cases(hub)
        chosen = [case for case in cases.all() if case.name in options.only]
        streams = {case.name: [case.requests(client) for client in range(options.clients)] for case in chosen}
        figures = {case.name: measure_case(hub, case, streams[case.name], options) for case in chosen}
        cases.close()
    with BenchHub(folder, database_url, counting=True) as hub:
        hub.start()
        for case in chosen:
            figures[case.name]["statements"] = count_statements(hub, streams[case.name][0])
    return figures


def measure_case(
    hub: BenchHub, case: Case, streams: list[Iterator[HttpRequest]], options: argparse.Namespace
) -> dict[str, Any]:
    """Return the figures of one case: the rounds of the bare app and of the hub take turns."""
    sample = next(streams[0])
    response = httpx.request(
        sample.method,
        hub.url + sample.path,
        headers=headers_of(sample),
        content=sample.body.encode(),
        trust_env=False,
    )
    if response.status_code != case.status or case.contains not in response.text:
        raise RuntimeError(f"{case.name}: {response.status_code} {response.text}")
    constant = {"method": sample.method, "status": case.status, "body": response.json()}
    to_bare = [[replace(sample, path=f"/{case.name}")] * options.calls] * options.clients
    rounds: dict[str, list[dict[str, Any]]] = {"hub": [], "bare": []}
    with bare_app(hub.folder / "responses.json", {case.name: constant}) as (bare_pid, bare_port):
        warm_up = [list(islice(stream, WARM_UP_CALLS)) for stream in streams]
        run_round(hub.pid, Job(hub.port, warm_up, case.status, case.contains))
        run_round(bare_pid, Job(bare_port, to_bare, case.status))
        for _ in range(options.rounds):
            rounds["bare"].append(run_round(bare_pid, Job(bare_port, to_bare, case.status)))
            requests = [list(islice(stream, options.calls)) for stream in streams]
            rounds["hub"].append(run_round(hub.pid, Job(hub.port, requests, case.status, case.contains)))
    measured, bare = summarise(rounds["hub"]), summarise(rounds["bare"])
    return {
        **measured,
        "bare": bare,
        "ratio": round(measured["per_s"] / bare["per_s"], 3),
        "ratio_by_cpu": round(bare["cpu_ms"] / measured["cpu_ms"], 3),
    }


def run_round(pid: int, job: Job) -> dict[str, Any]:
    """Run a job in a process of its own; its statistics, with the server's `cpu_ms` a call.

    Raises:
        RuntimeError: a response was not the expected one.
    """
    cpu_before = cpu_s(pid)
    program = [sys.executable, str(HERE / "http_load.py")]
    done = subprocess.run(program, input=job.dump(), stdout=subprocess.PIPE, check=True)
    result: dict[str, Any] = json.loads(done.stdout)
    if result["wrong"]:
        raise RuntimeError(
            f"{result['wrong']} of {result['requests']} responses are wrong: {result['first_wrong']}"
        )
    result["cpu_ms"] = (cpu_s(pid) - cpu_before) * 1000 / result["requests"]
    return result


def cpu_s(pid: int) -> float:
    """Return the processor time that a process has used, in seconds, by its CPU clock (clock_getcpuclockid(3))."""
    return time.clock_gettime((~pid << 3) | 2)


def summarise(rounds: list[dict[str, Any]]) -> dict[str, float]:
    """Return the lowest CPU time and the medians of the rounds."""

    def median(name: str, digits: int) -> float:
        values: list[float] = [result[name] for result in rounds]
        return round(statistics.median(values), digits)

    return {
        "cpu_ms": round(min(result["cpu_ms"] for result in rounds), 3),
        "cpu_ms_median": median("cpu_ms", 3),
        "per_s": median("per_s", 1),
        "p50_ms": median("p50_ms", 3),
        "p99_ms": median("p99_ms", 3),
    }


def count_statements(hub: BenchHub, requests: Iterator[HttpRequest]) -> float:
    """Return how many SQL statements a call takes once the caches are warm: the median of some calls."""
    counts = []
    with httpx.Client(base_url=hub.url, trust_env=False) as client:
        for request in islice(requests, WARM_UP_CALLS + COUNTED_CALLS):
            response = client.request(
                request.method, request.path, headers=headers_of(request), content=request.body.encode()
            ).raise_for_status()
            counts.append(int(response.headers[HEADER]))
    return statistics.median(counts[WARM_UP_CALLS:])


def headers_of(request: HttpRequest) -> dict[str, str]:
    """Return the headers of a request that httpx is to send."""
    return {**request.headers, **({"Content-Type": "application/json"} if request.body else {})}


@contextmanager
def bare_app(file: Path, responses: dict[str, Any]) -> Iterator[tuple[int, int]]:
    """Serve constants in a process of its own; yield its process id and port."""
    file.write_text(json.dumps(responses))
    port = free_port()
    process = subprocess.Popen([sys.executable, str(HERE / "api" / "bare_api.py"), str(file), str(port)])
    try:
        wait_for(port)
        yield process.pid, port
    finally:
        process.terminate()
        process.wait(timeout=10)


@contextmanager
def new_database(server: str) -> Iterator[str]:
    """Create a database on a running PostgreSQL and drop it at the end."""
    name = f"bench_{uuid4().hex[:12]}"
    url = sqlalchemy.make_url(server)
    engine = sqlalchemy.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sqlalchemy.text(f"CREATE DATABASE {name}"))
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.execute(sqlalchemy.text(f"DROP DATABASE {name} WITH (FORCE)"))
        engine.dispose()


def free_port() -> int:
    """Return a TCP port that no program listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int) -> None:
    """Wait until a program listens on the port, at most 20 s."""
    for _ in range(400):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("the bare app did not start")


def with_limits(figures: dict[str, Any], factor: float = 1.0) -> dict[str, Any]:
    """Add to each case's figures the CPU time that is asked for, where there is one."""
    return {
        name: {**case, "limit_ms": round(LIMITS_MS[name] * factor, 2)} if name in LIMITS_MS else case
        for name, case in figures.items()
    }


def print_table(name: str, figures: dict[str, Any]) -> None:
    """Print one database's figures, a line for each case."""
    print(
        f"{name:<20} {'cpu_ms':>8} {'limit':>6} {'statements':>11} {'per_s':>8} {'p99_ms':>8} {'bare per_s':>11} ratio"
    )
    for case, row in figures.items():
        print(
            f"{case:<20} {row['cpu_ms']:>8.2f} {row.get('limit_ms', ''):>6} {row['statements']:>11} "
            f"{row['per_s']:>8.0f} {row['p99_ms']:>8.1f} {row['bare']['per_s']:>11.0f} {row['ratio']:.3f}"
        )
    sys.stdout.flush()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--calls", type=int, default=30, help="calls of each client in a round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--clients", type=int, default=STATIONS, choices=range(1, STATIONS + 1))
    parser.add_argument("--only", nargs="+", choices=CASES, default=CASES)
    parser.add_argument("--postgres", action="store_true", help="measure on PostgreSQL too")
    parser.add_argument("--no-sqlite", action="store_true", help="leave SQLite out")
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    options = parser.parse_args()
    calls = options.clients * (options.calls * options.rounds + WARM_UP_CALLS + 2)
    if calls * len(CASES_OF_ONE_PERSON_A_CALL.intersection(options.only)) > MOST_CALLS:
        parser.error(
            "the hub has not that many people: take fewer --calls or --rounds, or name fewer cases with --only"
        )
    figures: dict[str, Any] = {"python": sys.version.split()[0], "clients": options.clients}
    with tempfile.TemporaryDirectory(prefix="doorward-bench-") as name:
        if not options.no_sqlite:
            figures["sqlite"] = with_limits(measure(Path(name) / "sqlite", options))
            print_table("sqlite", figures["sqlite"])
        if options.postgres:
            with new_database(services.postgres_url()) as url:
                measured = measure(Path(name) / "postgresql", options, url)
            figures["postgresql"] = with_limits(measured, POSTGRESQL_FACTOR)
            print_table("postgresql", figures["postgresql"])
    if options.json:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
