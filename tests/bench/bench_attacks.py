"""Benchmark of what a few bytes cost a hub: the attacks of a trial, one after the other, each on a hub of its own.

    packaging/run bench attacks [NAME ...] [--tree DIR] [--json]

For each attack: the status, the seconds until it was answered, the hub's CPU time, its greatest memory before and after, and
the longest time in which `/healthz` was not answered. `--tree DIR` serves the hub of another checkout, to compare.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from zlib import crc32

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import httpx  # noqa: E402
import orjson  # noqa: E402
import zstandard  # noqa: E402

from hub_sync.contract.ids import new_id  # noqa: E402
from hub_sync.hub.connection_limits import raise_file_limit  # noqa: E402
from hub_sync.rules.journal_chain import GENESIS, chain_hash  # noqa: E402

MIB = 2**20
TICKS = os.sysconf("SC_CLK_TCK")
FILES = 1024
PUSH = "/api/v1/sync/push"
JSON = {"Content-Type": "application/json"}
ZSTD = {**JSON, "Content-Encoding": "zstd"}
pack = zstandard.ZstdCompressor().compress


@dataclass
class AttackedHub:
    """A hub process with a demo event, a station and an API key."""

    data: Path
    tree: Path
    process: "subprocess.Popen[bytes]" = field(init=False)
    url: str = ""
    key: str = ""
    device: dict[str, str] = field(default_factory=dict)
    enrolment: dict[str, str] = field(default_factory=dict)
    checkpoint_id: str = ""

    def run(self, *arguments: str) -> dict[str, str]:
        """Run a command of the tree's hub, and return its JSON output."""
        command = [sys.executable, "-m", "hub_sync.hub.commands.cli", *arguments]
        done = subprocess.run(
            [*command, "--data", str(self.data), "--json"], cwd=self.tree, check=True, capture_output=True
        )
        output: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
        return output

    def start(self) -> None:
        """Create the event and serve it; enrol a station."""
        self.run("demo-event", "--participants", "20")
        self.key = self.run("api-key", "create", "--name", "bench", "--permission", "*")["key"]
        code = self.run("device", "enrol-code", "--event", "demo-fair")["code"]
        command = ["prlimit", f"--nofile={FILES}", sys.executable, "-m", "hub_sync.hub.commands.cli", "serve"]
        self.process = subprocess.Popen(
            [*command, "--port", "0", "--json", "--data", str(self.data)],
            cwd=self.tree,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self.process.stdout
        self.url = json.loads(self.process.stdout.readline())["listening"]
        self.enrolment = httpx.post(
            f"{self.url}/api/v1/sync/enrol", json={"token": code, "serial": "bench"}
        ).json()
        self.device = {"Authorization": f"Bearer {self.enrolment['credential']}", "Doorward-Boot": "boot"}
        event = self.enrolment["event_id"]
        body = {"name": "Bench", "direction": "bidirectional"}
        created = self.rest("POST", f"/api/v1/events/{event}/checkpoints", json=body)
        self.checkpoint_id = created.json()["data"]["id"]

    def rest(self, method: str, path: str, **more: object) -> httpx.Response:
        """Call the REST API with the key."""
        headers = {"X-API-Key": self.key, **more.pop("headers", {})}  # type: ignore[dict-item]
        return httpx.request(method, self.url + path, headers=headers, timeout=120, **more)  # type: ignore[arg-type]

    def cpu_s(self) -> float:
        """Return the CPU time of the process so far."""
        parts = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(parts[11]) + int(parts[12])) / TICKS

    def peak_mb(self) -> float:
        """Return the greatest resident memory so far."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024


@dataclass
class AttackFigures:
    """The cost of an attack."""

    name: str
    bytes_sent: int
    answer: str
    seconds: float
    cpu_s: float
    memory_before_mb: float
    memory_after_mb: float
    longest_stall_ms: float


class StallWatch:
    """Asks `/healthz` all the time, and remembers the longest wait."""

    def __init__(self, url: str) -> None:
        self._url, self._over = url, threading.Event()
        self.longest_s = 0.0

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch while the block runs."""
        thread = threading.Thread(target=self._watch)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()

    def _watch(self) -> None:
        with httpx.Client(timeout=120) as client:
            client.get(f"{self._url}/healthz")
            while not self._over.is_set():
                began = time.perf_counter()
                with suppress(httpx.HTTPError):
                    client.get(f"{self._url}/healthz")
                self.longest_s = max(self.longest_s, time.perf_counter() - began)
                time.sleep(0.005)


Attack = Callable[[AttackedHub], tuple[int, str]]


@cache
def packed_lists() -> bytes:
    """Return 16 MiB of empty lists, packed."""
    return pack(b"[" + b"[]," * (16 * MIB // 3 - 5) + b'"\\ud83d\\ude00"]')


def stranger_bomb(hub: AttackedHub) -> tuple[int, str]:
    """Send 16 MiB of empty lists, packed, without a credential."""
    body = packed_lists()
    answer = httpx.post(hub.url + PUSH, content=body, headers=ZSTD, timeout=120)
    return len(body), str(answer.status_code)


def stranger_bombs(hub: AttackedHub) -> tuple[int, str]:
    """Send forty of these at once."""
    packed_lists()
    with ThreadPoolExecutor(40) as threads:
        results = list(threads.map(stranger_bomb, [hub] * 40))
    return sum(size for size, _ in results), " ".join(sorted({status for _, status in results}))


def device_bomb(hub: AttackedHub) -> tuple[int, str]:
    """Send eight million wrong items, packed, as a station."""
    items = b"0," * (8 * MIB - 100) + b"0"
    body = pack(b'{"journal_id": "' + b"0" * 36 + b'", "sent_at_ms": 1, "items": [' + items + b"]}")
    answer = httpx.post(hub.url + PUSH, content=body, headers=ZSTD | hub.device, timeout=120)
    return len(body), str(answer.status_code)


def device_marks(hub: AttackedHub) -> tuple[int, str]:
    """Send a thousand rows with eight thousand wrong marks each, packed, as a station."""
    row = '{"marks":[' + "0," * 7990 + "0]}"
    items = [{"sequence": n + 1, "body": row, "hash": "0" * 64} for n in range(1000)]
    head = ""
    for item in items:
        head = item["hash"] = chain_hash(head or GENESIS, row.encode())
    body = pack(orjson.dumps({"journal_id": new_id(), "sent_at_ms": 1, "items": items}))
    answer = httpx.post(hub.url + PUSH, content=body, headers=ZSTD | hub.device, timeout=120)
    return len(body), str(answer.status_code)


def categories(hub: AttackedHub) -> tuple[int, str]:
    """Send half a million wrong categories, packed, with an API key."""
    body = pack(b'{"name": "x", "allowed_categories": [' + b"0," * (MIB // 2 - 100) + b"0]}")
    path = f"/api/v1/events/{hub.enrolment['event_id']}/checkpoints"
    return len(body), str(hub.rest("POST", path, content=body, headers=ZSTD).status_code)


def slow_connections(hub: AttackedHub) -> tuple[int, str]:
    """Open 1,100 connections that send half a head, and ask `/healthz`; the hub may open 1,024 files."""
    host, _, port = hub.url.removeprefix("http://").rpartition(":")
    callers = []
    try:
        for _ in range(1100):
            caller = socket.create_connection((host, int(port)), timeout=5)
            caller.sendall(b"POST / HTTP/1.1\r\nHost: x\r\n")
            callers.append(caller)
        answer = str(httpx.get(f"{hub.url}/healthz", timeout=10).status_code)
    except (OSError, httpx.HTTPError) as error:
        answer = type(error).__name__
    for caller in callers:
        caller.close()
    return 1100 * 25, answer


def endless_trailers(hub: AttackedHub) -> tuple[int, str]:
    """Send 75 MB of trailers after a body of two bytes, without a credential."""
    head = (
        b"POST /api/v1/sync/enrol HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n"
    )
    piece = b"".join(b"x%d: aaaaaaaaaaa\r\n" % number for number in range(1000))
    return send_raw(hub, head, piece, 4000)


def requests_in_advance(hub: AttackedHub) -> tuple[int, str]:
    """Send ten thousand requests on each of fifty connections, and read no answer."""
    callers = [send_raw(hub, b"", b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n" * 10_000, 1) for _ in range(50)]
    answer = httpx.get(f"{hub.url}/healthz", timeout=60)
    return sum(sent for sent, _ in callers), str(answer.status_code)


def send_raw(hub: AttackedHub, head: bytes, piece: bytes, count: int) -> tuple[int, str]:
    """Send bytes until the hub closes the connection; return how many, and what came of it."""
    host, _, port = hub.url.removeprefix("http://").rpartition(":")
    sent, answer = len(head), "all was taken"
    with socket.create_connection((host, int(port)), timeout=10) as caller:
        try:
            caller.sendall(head)
            for _ in range(count):
                caller.sendall(piece)
                sent += len(piece)
        except OSError as error:
            answer = type(error).__name__
    return sent, answer


def long_history(hub: AttackedHub) -> tuple[int, str]:
    """Push 55,000 rows of one person, then time the next one, and one that comes late."""
    journal_id, head, sequence, sent = new_id(), GENESIS, 0, 0
    now_ms = int(time.time() * 1000) - 60_000

    def push(count: int) -> float:
        nonlocal head, sequence, sent
        items = []
        for _ in range(count):
            sequence += 1
            record = {
                "id": new_id(),
                "device_id": hub.enrolment["device_id"],
                "event_id": hub.enrolment["event_id"],
                "checkpoint_id": hub.checkpoint_id,
                "participant_id": "ada",
                "scan_type": "QR",
                "direction": "entry" if sequence % 2 else "exit",
                "result": "VALID",
                "reason": "admitted",
                "scanned_at_ms": now_ms + sequence,
                "monotonic_ms": sequence,
                "boot_id": "boot",
                "clock_offset_ms": 0,
                "clock_sure": True,
            }
            body = orjson.dumps(record).decode()
            head = chain_hash(head, body.encode())
            items.append({"sequence": sequence, "body": body, "hash": head})
        content = orjson.dumps({"journal_id": journal_id, "sent_at_ms": now_ms, "items": items})
        sent += len(content)
        began = time.perf_counter()
        while True:
            answer = httpx.post(hub.url + PUSH, content=content, headers=JSON | hub.device, timeout=300)
            if answer.status_code != 429:
                break
            time.sleep(float(answer.headers["retry-after"]))
            began = time.perf_counter()
        assert answer.status_code == 200, answer.text[:200]
        return time.perf_counter() - began

    for _ in range(55):
        push(1000)
    following = push(1)
    now_ms -= 50_000
    return sent, f"next row {following * 1000:.0f} ms, late row {push(1) * 1000:.0f} ms"


def random_keys(hub: AttackedHub) -> tuple[int, str]:
    """Send 240 random keys with a known prefix from twelve threads, while a key that was not used before calls."""
    head, path = hub.key[:20], "/api/v1/events"

    def guess(number: int) -> None:
        with httpx.Client(base_url=hub.url, timeout=60) as client:
            for turn in range(20):
                raw = f"{head}{number:010x}{turn:034x}"
                raw += f"{crc32(raw.encode()):08x}"
                client.get(path, headers={"X-API-Key": raw})

    fresh = hub.rest("POST", "/api/v1/api-keys", json={"name": "x", "permissions": ["events:read"]})
    key = {"X-API-Key": fresh.json()["data"]["key"]}
    with ThreadPoolExecutor(12) as threads, httpx.Client(base_url=hub.url, timeout=60) as client:
        client.get("/healthz")
        guesses = [threads.submit(guess, number) for number in range(12)]
        time.sleep(1)
        began = time.perf_counter()
        status = client.get(path, headers=key).status_code
        took = time.perf_counter() - began
        for each in guesses:
            each.result()
    return 240 * 72, f"{status}, the good key waited {took * 1000:.0f} ms"


ATTACKS: dict[str, Attack] = {
    "stranger-bomb": stranger_bomb,
    "stranger-bombs": stranger_bombs,
    "device-bomb": device_bomb,
    "device-marks": device_marks,
    "categories": categories,
    "slow-connections": slow_connections,
    "endless-trailers": endless_trailers,
    "requests-in-advance": requests_in_advance,
    "random-keys": random_keys,
    "long-history": long_history,
}


def measure(name: str, tree: Path) -> AttackFigures:
    """Start a hub, attack it, and return what it cost."""
    with tempfile.TemporaryDirectory(prefix="doorward-attack-") as folder:
        hub = AttackedHub(Path(folder) / "hub", tree)
        hub.start()
        try:
            before, watch = hub.peak_mb(), StallWatch(hub.url)
            cpu, began = hub.cpu_s(), time.perf_counter()
            with watch.watching():
                size, answer = ATTACKS[name](hub)
            took = time.perf_counter() - began
            return AttackFigures(
                name, size, answer, took, hub.cpu_s() - cpu, before, hub.peak_mb(), watch.longest_s * 1000
            )
        finally:
            hub.process.kill()
            hub.process.communicate()


def main() -> None:
    """Run the attacks, and print what each cost."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(ATTACKS)}; default all")
    parser.add_argument("--tree", type=Path, default=ROOT, help="the checkout whose hub is attacked")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    raise_file_limit()
    figures = []
    for name in options.names or ATTACKS:
        figures.append(measure(name, options.tree))
        if not options.json:
            each = figures[-1]
            print(
                f"{each.name:17} {each.bytes_sent:9,} bytes  {each.answer:36} {each.seconds:6.2f} s  CPU {each.cpu_s:6.2f} s  "
                f"memory {each.memory_before_mb:5.0f} -> {each.memory_after_mb:5.0f} MB  stall {each.longest_stall_ms:6.0f} ms",
                flush=True,
            )
    if options.json:
        print(json.dumps([asdict(each) for each in figures]))


if __name__ == "__main__":
    main()
