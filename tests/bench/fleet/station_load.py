"""The stations of `bench_fleet.py`, as a process of their own: each has the connections and the habits of a real one.

    python station_load.py < job.json      # prints one JSON object

A scanning station pushes a scan every `scan_every_s`, keeps a live stream open, takes the changes that it brings, pulls once for each nudge that
comes while it does not pull and after 10 to 20 s, and reports every 15 s. The others only report. A scan is in sight of another station when changes or a page
that it pulled have the person's presence. `"changes": false` in the job plays stations that pull for each nudge.
"""

import asyncio
import hashlib
import json
import random
import resource
import sys
import time
from base64 import b64decode
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import orjson
import uvloop
import zstandard

REPORT_EVERY_S = 15.0
OBSERVERS = 20
"""Scanning stations whose changes and pages are looked for sights; all others get them, too."""
SETTLED_S = 5.0
"""Seconds after which all streams are open: all stations start in the same instant here."""
PULL_EVERY_S = 20.0
MOST_UNPACKED = 100


class Connection:
    """One keep-alive connection; a request at a time."""

    def __init__(self, port: int, credential: str) -> None:
        self._port = port
        self._head = (
            f"Host: 127.0.0.1\r\nAuthorization: Bearer {credential}\r\nDoorward-Nonce: {uuid4().hex}\r\n"
            f"Doorward-Boot: {uuid4()}\r\n"
        )
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def call(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        """Send a request; return status and body."""
        if self._writer is None or self._writer.is_closing():
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port, limit=1 << 22)
        assert self._reader is not None
        head = f"{method} {path} HTTP/1.1\r\n{self._head}Accept: application/json\r\n"
        if body:
            head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        self._writer.write(f"{head}\r\n".encode() + body)
        status, headers = await self.read_head()
        if headers.get("transfer-encoding") == "chunked":
            content = b"".join([part async for part in self.chunks()])
        else:
            content = await self._reader.readexactly(int(headers.get("content-length", "0")))
        if headers.get("connection") == "close":
            self._writer.close()
        return status, content

    async def open_stream(self, path: str) -> int:
        """Begin a stream; return its status. `chunks` yields its parts."""
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port, limit=1 << 22)
        self._writer.write(f"GET {path} HTTP/1.1\r\n{self._head}Accept: text/event-stream\r\n\r\n".encode())
        return (await self.read_head())[0]

    async def read_head(self) -> tuple[int, Mapping[str, str]]:
        """Return status and headers of the next response."""
        assert self._reader is not None
        lines = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
        return int(lines[0].split()[1]), headers

    async def chunks(self) -> Any:
        """Yield the parts of a chunked body."""
        assert self._reader is not None
        while size := int(await self._reader.readline(), 16):
            yield await self._reader.readexactly(size)
            await self._reader.readexactly(2)
        await self._reader.readexactly(2)

    def close(self) -> None:
        """Close the connection."""
        if self._writer is not None:
            self._writer.close()


class Fleet:
    """What all stations of the job have in common, and what was measured."""

    def __init__(self, job: Mapping[str, Any]) -> None:
        self.job, self.port = job, job["port"]
        self.people = iter(job["people"])
        self.pushed: dict[str, float] = {}
        self.sights: list[float] = []
        self.settled_sights: list[float] = []
        self.push_s: list[float] = []
        self.pull_s: list[float] = []
        self.report_s: list[float] = []
        self.failures: dict[str, int] = {}
        self.nudges = self.pages = self.page_bytes = 0
        self.position = job["position"]
        self.until = self.settled_from = 0.0
        self._unpacked: dict[int, Mapping[str, Any]] = {}

    def fail(self, what: str) -> None:
        """Count a failure."""
        self.failures[what] = self.failures.get(what, 0) + 1

    def unpack(self, packed: str) -> Mapping[str, Any]:
        """Return a page of changes. Each station has a processor of its own to unpack it with, so here that is done once for all."""
        key = hash(packed)
        if key not in self._unpacked:
            if len(self._unpacked) > MOST_UNPACKED:
                self._unpacked.clear()
            self._unpacked[key] = orjson.loads(zstandard.decompress(b64decode(packed)))
        return self._unpacked[key]


class ScanningStation:
    """A gate in a queue's rush."""

    def __init__(self, fleet: Fleet, station: Mapping[str, str], *, observes: bool) -> None:
        self.fleet, self.station, self.observes = fleet, station, observes
        self.journal, self.boot = str(uuid4()), str(uuid4())
        self.head, self.sequence, self.wake = "", 0, asyncio.Event()
        self.cursor = dict(fleet.position)
        self.upto = -1

    def _connect(self) -> Connection:
        connection = Connection(self.fleet.port, self.station["credential"])
        connection._head = connection._head.replace(
            connection._head.split("Doorward-Boot: ")[1].split("\r\n")[0], self.boot
        )
        return connection

    async def run(self) -> None:
        """Scan, listen, pull and report until the time is over."""
        await asyncio.gather(
            self._scan(), self._listen(), self._pull(), report(self.fleet, self._connect(), self.sequence)
        )

    async def _scan(self) -> None:
        connection, every = self._connect(), self.fleet.job["scan_every_s"]
        await asyncio.sleep(random.random() * every)
        due = time.perf_counter()
        while time.perf_counter() < self.fleet.until:
            person = next(self.fleet.people, None)
            if person is None:
                self.fleet.fail("no more people")
                return
            begun = time.perf_counter()
            self.fleet.pushed[person] = begun
            status, _ = await connection.call("POST", "/api/v1/sync/push", self._body(person))
            self.fleet.push_s.append(time.perf_counter() - begun)
            if status != 200:
                self.fleet.fail(f"push {status}")
            due += every
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
        connection.close()

    def _body(self, person: str) -> bytes:
        self.sequence += 1
        now_ms = time.time_ns() // 1_000_000
        record = {
            "id": new_id(),
            "device_id": self.station["device_id"],
            "event_id": self.fleet.job["event_id"],
            "checkpoint_id": self.fleet.job["checkpoint_id"],
            "zone": self.fleet.job["zone"],
            "participant_id": person,
            "scan_type": "QR",
            "direction": "entry",
            "result": "VALID",
            "reason": "admitted",
            "scanned_at_ms": now_ms,
            "monotonic_ms": time.monotonic_ns() // 1_000_000,
            "boot_id": self.boot,
            "clock_offset_ms": 0,
            "clock_sure": True,
            "roster_age_s": 1,
        }
        text = orjson.dumps(record)
        self.head = hashlib.sha256(bytes.fromhex(self.head) + text).hexdigest()
        item = {"sequence": self.sequence, "body": text.decode(), "hash": self.head}
        return orjson.dumps({"journal_id": self.journal, "sent_at_ms": now_ms, "items": [item]})

    async def _listen(self) -> None:
        connection = self._connect()
        query = ""
        if self.fleet.job.get("changes", True):
            position = {"event": self.fleet.job["event_id"], "cursor": self.cursor["cursor"]}
            query = f"?{urlencode({'changes': 'true', **position})}"
        if (status := await connection.open_stream(f"/api/v1/sync/live{query}")) != 200:
            self.fleet.fail(f"live {status}")
            return
        try:
            async with asyncio.timeout(max(0.1, self.fleet.until - time.perf_counter())):
                async for part in connection.chunks():
                    for message in part.split(b"\r\n\r\n"):
                        self._receive(message)
        except TimeoutError:
            self.wake.set()
        except (asyncio.IncompleteReadError, OSError, ValueError):
            self.fleet.fail("live ended")
        connection.close()

    def _receive(self, message: bytes) -> None:
        if message.startswith(b"event: nudge"):
            self.fleet.nudges += 1
            nudge = orjson.loads(message.partition(b"data: ")[2])
            if nudge["cursor"] != self.cursor["cursor"] or not self.fleet.job.get("changes", True):
                self.wake.set()
        elif message.startswith(b"event: changes"):
            self.fleet.pages += 1
            self.fleet.page_bytes += len(message)
            changes = orjson.loads(message.partition(b"data: ")[2])
            if changes["after"] > self.upto and changes["since"] != self.cursor["cursor"]:
                self.wake.set()
                return
            if changes["upto"] <= self.upto:
                return
            self.upto, page = changes["upto"], self.fleet.unpack(changes["page"])
            self.cursor = {"epoch": page["epoch"], "cursor": page["cursor"]}
            if self.observes:
                self._look(page, time.perf_counter())

    def _look(self, page: Mapping[str, Any], came: float) -> None:
        own, fleet = self.station["device_id"], self.fleet
        pushed = [fleet.pushed.get(row[1], 0.0) for row in page.get("presence") or () if row[4] != own]
        fleet.sights += [came - begun for begun in pushed if begun]
        fleet.settled_sights += [came - begun for begun in pushed if begun >= fleet.settled_from]

    async def _pull(self) -> None:
        connection = self._connect()
        while time.perf_counter() < self.fleet.until:
            try:
                async with asyncio.timeout(PULL_EVERY_S * (1 - random.random() / 2)):
                    await self.wake.wait()
            except TimeoutError:
                pass
            self.wake.clear()
            more = True
            while more and time.perf_counter() < self.fleet.until:
                more = await self._pull_page(connection)
        connection.close()

    async def _pull_page(self, connection: Connection) -> bool:
        query = {
            "limit": 1000,
            "event": self.fleet.job["event_id"],
            **self.cursor,
            **self.fleet.job["digests"],
        }
        begun = time.perf_counter()
        status, body = await connection.call("GET", f"/api/v1/sync/pull?{urlencode(query)}")
        came = time.perf_counter()
        self.fleet.pull_s.append(came - begun)
        if status != 200:
            self.fleet.fail(f"pull {status}")
            await asyncio.sleep(1)
            return False
        page = orjson.loads(body)
        if page.get("snapshot"):
            self.fleet.fail("snapshot")
        self.cursor = {"epoch": page["epoch"], "cursor": page["cursor"]}
        self.upto = max(self.upto, page.get("upto") or -1)
        if self.observes:
            self._look(page, came)
        return bool(page.get("more"))


async def report(fleet: Fleet, connection: Connection, sequence: int) -> None:
    """Report every 15 s, from a random moment on."""
    await asyncio.sleep(random.random() * min(REPORT_EVERY_S, fleet.job["seconds"]))
    body = orjson.dumps(
        {
            "unsent": 0,
            "journal_sequence": sequence,
            "uptime_s": 60,
            "software": "bench",
            "fleet": {"mode": "gate", "protocols": [1]},
        }
    )
    while time.perf_counter() < fleet.until:
        begun = time.perf_counter()
        status, _ = await connection.call("POST", "/api/v1/sync/report", body)
        fleet.report_s.append(time.perf_counter() - begun)
        if status != 200:
            fleet.fail(f"report {status}")
        await asyncio.sleep(REPORT_EVERY_S)
    connection.close()


def new_id() -> str:
    """Return a UUIDv7 (RFC 9562)."""
    value = (time.time_ns() // 1_000_000) << 80 | random.getrandbits(76)
    value = value & ~(0xF << 76) | 7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def quantiles(samples: list[float]) -> dict[str, float]:
    """Return median, p99 and greatest in milliseconds."""
    ordered = sorted(samples)
    if not ordered:
        return {"count": 0}
    at = {"p50_ms": 0.5, "p95_ms": 0.95, "p99_ms": 0.99, "max_ms": 1.0}
    figures = {
        name: round(1000 * ordered[min(len(ordered) - 1, int(len(ordered) * share))], 1)
        for name, share in at.items()
    }
    return {"count": len(ordered), **figures}


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def run(job: Mapping[str, Any]) -> dict[str, Any]:
    """Play the fleet; return what was measured."""
    fleet = Fleet(job)
    fleet.until = time.perf_counter() + job["seconds"]
    fleet.settled_from = time.perf_counter() + SETTLED_S
    scanning = [
        ScanningStation(fleet, station, observes=number < OBSERVERS)
        for number, station in enumerate(job["scanning"])
    ]
    await asyncio.gather(
        *(each.run() for each in scanning),
        *(report(fleet, Connection(job["port"], station["credential"]), 0) for station in job["reporting"]),
    )
    return {
        "scan_to_sight": quantiles(fleet.sights),
        "scan_to_sight_once_settled": quantiles(fleet.settled_sights),
        "push": quantiles(fleet.push_s),
        "pull": quantiles(fleet.pull_s),
        "report": quantiles(fleet.report_s),
        "nudges": fleet.nudges,
        "changes": {
            "count": fleet.pages,
            "bytes": round(fleet.page_bytes / fleet.pages) if fleet.pages else 0,
        },
        "load_cpu_percent": round(100 * _cpu_s() / job["seconds"]),
        "failures": fleet.failures,
    }


if __name__ == "__main__":
    print(json.dumps(uvloop.run(run(json.load(sys.stdin)))))
