"""A light load generator: keep-alive connections that ask one after the other. A process of its own, so that it shares no
interpreter with what it measures.

    python http_load.py < job.json      # prints one JSON object

httpx would hide the server's speed: it takes longer for a request than the server does. This one writes bytes that were
made before and reads as much of HTTP/1.1 as those servers speak to it.
"""

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass, field
from typing import Any

import uvloop


@dataclass
class Job:
    """What to ask, of whom, how often at once, for how long. In `body` "{n}" becomes the number of the request."""

    port: int
    path: str
    clients: int
    seconds: float
    method: str = "GET"
    host: str = "127.0.0.1"
    body: str = ""
    keys: list[str] = field(default_factory=list)
    """API keys, used in turn."""
    first: int = 0
    """The number of the first request."""
    expected: int = 200

    def request(self, number: int) -> bytes:
        """The bytes of one request."""
        lines = [f"{self.method} {self.path} HTTP/1.1", f"Host: {self.host}:{self.port}", "Accept: */*"]
        if self.keys:
            lines.append(f"X-API-Key: {self.keys[number % len(self.keys)]}")
        body = self.body.replace("{n}", str(number)).encode()
        if body:
            lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        return "\r\n".join([*lines, "", ""]).encode() + body


class Asker(asyncio.Protocol):
    """One connection."""

    def __init__(self, run: "Run") -> None:
        self._run, self._buffer, self._wanted = run, b"", -1
        self._transport: Any = None
        self._asked = 0.0

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._wanted < 0:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            self._wanted = end + 4 + _length(self._buffer[:end])
        if len(self._buffer) < self._wanted:
            return
        status = int(self._buffer[9:12])
        self._run.answered(time.perf_counter() - self._asked, status, self._buffer)
        self._buffer, self._wanted = b"", -1
        if self._run.goes_on():
            self._ask()
        else:
            self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        self._run.ended(error if self._run.goes_on() else None)

    def _ask(self) -> None:
        request = self._run.next_request()
        self._asked = time.perf_counter()
        self._transport.write(request)


class Run:
    """One job under way."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._number = job.first
        self._fixed = (
            [job.request(at) for at in range(max(1, len(job.keys)))] if "{n}" not in job.body else []
        )
        self._times: list[float] = []
        self._open = job.clients
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._until = 0.0
        self._refused = 0
        self._refusal = ""

    def next_request(self) -> bytes:
        """The next one's bytes."""
        self._number += 1
        if self._fixed:
            return self._fixed[self._number % len(self._fixed)]
        return self._job.request(self._number)

    def answered(self, seconds: float, status: int, answer: bytes) -> None:
        """One answer came whole."""
        self._times.append(seconds)
        if status != self._job.expected:
            self._refused += 1
            self._refusal = self._refusal or answer[:600].decode("utf-8", "replace")

    def goes_on(self) -> bool:
        """Whether there is time left."""
        return time.perf_counter() < self._until

    def ended(self, error: Exception | None) -> None:
        """A connection is closed."""
        self._open -= 1
        if error is not None and not self._over.done():
            self._over.set_exception(error)
        if not self._open and not self._over.done():
            self._over.set_result(None)

    async def measure(self) -> dict[str, Any]:
        """Ask until the time is over."""
        loop = asyncio.get_running_loop()
        began = time.perf_counter()
        self._until = began + self._job.seconds
        for _ in range(self._job.clients):
            await loop.create_connection(lambda: Asker(self), self._job.host, self._job.port)
        await self._over
        took = time.perf_counter() - began
        times = sorted(self._times)
        return {
            "requests": len(times),
            "refused": self._refused,
            "refusal": self._refusal,
            "last": self._number,
            "per_s": len(times) / took,
            "p50_ms": times[len(times) // 2] * 1000,
            "p99_ms": times[min(len(times) - 1, len(times) * 99 // 100)] * 1000,
        }


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        if line[:15].lower() == b"content-length:":
            return int(line[15:])
    raise ValueError("an answer without a length")


def to_json(job: Job) -> bytes:
    """A job as this program reads it."""
    return json.dumps(asdict(job)).encode()


async def _main() -> None:
    job = Job(**json.loads(sys.stdin.buffer.read()))
    print(json.dumps(await Run(job).measure()))


if __name__ == "__main__":
    uvloop.run(_main())
