"""What the REST API costs: GET one event, a list of 50, POST a participant, with API keys, at 1, 8 and 32 clients.

    packaging/run bench api [--seconds N] [--rounds N] [--only CASE] [--clients N…] [--postgres] [--json]

Beside each stands a bare FastAPI route that returns the same bytes from a constant (`bare_api.py`), under the same
uvicorn settings; the rounds take turns (bare, hub, bare, hub …), so that what else the machine does hits both. Figures are
medians of the rounds. The ratio is to the `async def` route, which is the quicker one; the `def` one is for information.
`cpu_us` is the server's processor time a request: where the machine is busy with other things, compare that.

The hub has one tenant with 200 events, one of them with 10,000 participants, over SQLite (every participant that is
posted is on disk before it is answered), or with --postgres over what DOORWARD_TEST_POSTGRES_URL names.
"""

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))

import httpx  # noqa: E402
import sqlalchemy  # noqa: E402

from hub_sync.contract.enums import RateLimitTier  # noqa: E402
from hub_sync.hub.commands.common import open_hub  # noqa: E402
from hub_sync.hub.domains.api_keys import service as api_keys  # noqa: E402
from hub_sync.hub.domains.events import service as events  # noqa: E402
from kiosk_app.demo.hub_process import HubProcess  # noqa: E402
from tests.bench.http_load import Job, to_json  # noqa: E402
from tests.bench.rig import say  # noqa: E402

EVENTS, PARTICIPANTS, KEYS = 200, 10_000, 16
LIMIT = 100_000
"""Calls a minute and key: the most that a key may have."""
ASKED = {"get_one": 0.4, "list_of_50": 0.25}
"""What the ratio to the bare route is to be at the least."""
WARM_UP_S = 1.0
BODY = '{"first_name":"Ada","last_name":"Lovelace {n}","email":"ada.{n}@example.org","status":"APPROVED","category":"delegate"}'


@dataclass(frozen=True)
class Case:
    """One thing to ask, of the hub and of the bare app."""

    name: str
    hub: Job
    bare: Job
    threaded: Job


class Server:
    """Where the hub and the bare app listen."""

    def __init__(
        self, hub: HubProcess, keys: list[str], event_id: str, bare: subprocess.Popen[bytes], bare_port: int
    ) -> None:
        self.hub, self.keys, self.event_id, self.bare_port = hub, keys, event_id, bare_port
        assert hub._process is not None
        self.pids = {"hub": hub._process.pid, "bare": bare.pid, "bare_def": bare.pid}

    def cases(self) -> list[Case]:
        """What is measured."""
        port = int(self.hub.url.rpartition(":")[2])
        to_hub = Job(port, "", 1, 1, keys=self.keys)
        to_bare = Job(self.bare_port, "", 1, 1)
        posts = {"method": "POST", "body": BODY, "expected": 201}
        one, participants = f"/api/v1/events/{self.event_id}", f"/api/v1/events/{self.event_id}/participants"
        asked = (
            ("get_one", replace(to_hub, path=one), "/one", {}),
            ("list_of_50", replace(to_hub, path="/api/v1/events?limit=50"), "/many", {}),
            ("post_participant", replace(to_hub, path=participants, **posts), "/made", posts),
        )
        return [
            Case(
                name,
                hub,
                replace(to_bare, path=path, **more),
                replace(to_bare, path=f"/threaded{path}", **more),
            )
            for name, hub, path, more in asked
        ]


def fill(folder: Path, database_url: str) -> tuple[list[str], str]:
    """The tenant's events and keys; the keys and the id of the event with the participants."""
    process = HubProcess(folder, database_url=database_url)
    demo = process.command("demo-event", "--participants", str(PARTICIPANTS))
    starts_at = datetime(2027, 3, 1, 8, tzinfo=UTC)
    with open_hub(folder, database_url or None) as hub, hub.uow.begin(actor="bench") as work:
        tenant_id = demo["tenant_id"]
        for number in range(EVENTS - 1):
            day = starts_at + timedelta(days=number)
            new = events.NewEvent(
                slug=f"event-{number}",
                name=f"Event number {number} of the year",
                starts_at=day,
                ends_at=day + timedelta(hours=10),
                time_zone="Europe/Berlin",
                capacity=500 + number,
            )
            events.create(work, tenant_id, new)
        wanted = api_keys.NewApiKey(
            name="Bench",
            permissions=["events:read", "participants:create"],
            tier=RateLimitTier.CUSTOM,
            rate_limit=LIMIT,
        )
        keys = [api_keys.create(work, tenant_id, wanted)[1] for _ in range(KEYS)]
    return keys, demo["event_id"]


@contextmanager
def serving(folder: Path, database_url: str = "") -> Iterator[Server]:
    """The hub and the bare app, each a process of its own."""
    folder.mkdir(parents=True)
    keys, event_id = fill(folder, database_url)
    with HubProcess(folder, database_url=database_url) as hub:
        hub.start()
        constants = folder / "constants.json"
        constants.write_text(json.dumps(answers_of(hub.url, keys[0], event_id)))
        port = free_port()
        bare = subprocess.Popen([sys.executable, str(HERE / "bare_api.py"), str(constants), str(port)])
        try:
            wait_for(port)
            yield Server(hub, keys, event_id, bare, port)
        finally:
            bare.terminate()
            bare.wait(timeout=10)


def answers_of(url: str, key: str, event_id: str) -> dict[str, Any]:
    """What the hub answers: the constants of the bare app, so that both send the same."""
    with httpx.Client(base_url=url, headers={"X-API-Key": key}, trust_env=False) as client:
        one = client.get(f"/api/v1/events/{event_id}")
        many = client.get("/api/v1/events", params={"limit": 50})
        made = client.post(
            f"/api/v1/events/{event_id}/participants",
            content=BODY.replace("{n}", "0"),
            headers={"Content-Type": "application/json"},
        )
    return {
        "one": one.raise_for_status().json(),
        "many": many.raise_for_status().json(),
        "made": made.raise_for_status().json(),
    }


def run(job: Job) -> dict[str, Any]:
    """One round in a process of its own."""
    program = [sys.executable, str(HERE / "http_load.py")]
    done = subprocess.run(program, input=to_json(job), stdout=subprocess.PIPE, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    if found["refused"]:
        raise RuntimeError(f"{found['refused']} of {found['requests']} were refused: {found['refusal']}")
    return found


def cpu_s(pid: int) -> float:
    """Processor time that a process has used."""
    used = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(used[11]) + int(used[12])) / os.sysconf("SC_CLK_TCK")


def measure(case: Case, pids: dict[str, int], clients: int, seconds: float, rounds: int) -> dict[str, Any]:
    """The rounds of one case, in turns."""
    jobs = {"hub": case.hub, "bare": case.bare, "bare_def": case.threaded}
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in jobs}
    number = int(time.time() * 1000)
    for at in range(rounds + 1):
        for name in ("bare", "hub", "bare_def"):
            warming = at == 0
            job = replace(
                jobs[name], clients=clients, seconds=WARM_UP_S if warming else seconds, first=number
            )
            before = cpu_s(pids[name])
            one = run(job)
            one["cpu_us"] = (cpu_s(pids[name]) - before) * 1e6 / one["requests"]
            number = one["last"] + 1
            if not warming:
                found[name].append(one)
    told = {name: middle(some) for name, some in found.items()}
    ratio = round(told["hub"]["per_s"] / told["bare"]["per_s"], 3)
    asked = {"asked": ASKED[case.name]} if case.name in ASKED else {}
    by_cpu = round(told["bare"]["cpu_us"] / told["hub"]["cpu_us"], 3)
    return {**told, "ratio": ratio, "ratio_by_cpu": by_cpu, **asked}


def middle(rounds: list[dict[str, Any]]) -> dict[str, float]:
    """The medians of the rounds."""
    return {
        "per_s": round(statistics.median(one["per_s"] for one in rounds), 1),
        "p50_ms": round(statistics.median(one["p50_ms"] for one in rounds), 3),
        "p99_ms": round(statistics.median(one["p99_ms"] for one in rounds), 3),
        "cpu_us": round(statistics.median(one["cpu_us"] for one in rounds), 1),
    }


def over(folder: Path, asked: argparse.Namespace, database_url: str = "") -> dict[str, Any]:
    """One database's figures."""
    with serving(folder, database_url) as server:
        return {
            case.name: {
                f"{clients}_clients": measure(case, server.pids, clients, asked.seconds, asked.rounds)
                for clients in asked.clients
            }
            for case in server.cases()
            if asked.only in ("", case.name)
        }


@contextmanager
def fresh_postgres(server: str) -> Iterator[str]:
    """A database of its own on a running PostgreSQL."""
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
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int) -> None:
    """Until somebody listens there."""
    for _ in range(400):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("the bare app did not start")


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--seconds", type=float, default=2.0)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--clients", type=int, nargs="+", default=[1, 8, 32])
    options.add_argument("--only", choices=["", "get_one", "list_of_50", "post_participant"], default="")
    options.add_argument("--postgres", action="store_true")
    options.add_argument("--json", action="store_true")
    asked = options.parse_args()
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="doorward-bench-") as name:
        folder = Path(name)
        figures["sqlite"] = over(folder / "sqlite", asked)
        server = os.environ.get("DOORWARD_TEST_POSTGRES_URL", "")
        if asked.postgres and server:
            with fresh_postgres(server) as url:
                figures["postgresql"] = over(folder / "postgresql", asked, url)
        elif asked.postgres:
            figures["postgresql"] = "not measured: DOORWARD_TEST_POSTGRES_URL names no server"
    say(figures, as_json=asked.json)


if __name__ == "__main__":
    main()
