"""A light HTTP/1.1 load generator. It runs as a process of its own, so that it shares no interpreter with the server.

    python http_load.py < job.json      # prints one JSON object

Each client has one keep-alive connection and sends its requests one after the other. httpx would hide the server's
speed: it needs more time for a request than the server does. This program writes bytes that were built before and reads
only as much of HTTP/1.1 as the measured servers write.
"""

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

import uvloop


@dataclass(frozen=True)
class HttpRequest:
    """One request: method, path with query, headers and body."""

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""

    def encode(self, host: str) -> bytes:
        """Return the bytes that go over the wire."""
        body = self.body.encode()
        lines = [f"{self.method} {self.path} HTTP/1.1", f"Host: {host}", "Accept: */*"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if body:
            lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass(frozen=True)
class Job:
    """Requests of each client, and what every response must have."""

    port: int
    requests: list[list[HttpRequest]]
    status: int = 200
    contains: str = ""
    """Text that the body of a right response contains."""
    host: str = "127.0.0.1"

    def dump(self) -> bytes:
        """Serialise the job as JSON for this program's standard input."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def load(cls, text: bytes) -> "Job":
        """Read a job from JSON."""
        fields = json.loads(text)
        fields["requests"] = [[HttpRequest(**request) for request in client] for client in fields["requests"]]
        return cls(**fields)


@dataclass
class Statistics:
    """Response times in seconds, and the first wrong response."""

    times: list[float] = field(default_factory=list)
    wrong: int = 0
    first_wrong: str = ""

    def to_dict(self, duration_s: float) -> dict[str, Any]:
        """Return counts, requests a second and percentiles in milliseconds."""
        times = sorted(self.times)
        return {
            "requests": len(times),
            "wrong": self.wrong,
            "first_wrong": self.first_wrong,
            "per_s": len(times) / duration_s,
            "p50_ms": times[len(times) // 2] * 1000,
            "p99_ms": times[min(len(times) - 1, len(times) * 99 // 100)] * 1000,
        }


class Client(asyncio.Protocol):
    """One keep-alive connection that sends its requests in order."""

    def __init__(self, job: Job, requests: Sequence[bytes], statistics: Statistics) -> None:
        self._requests = iter(requests)
        self._job, self._statistics = job, statistics
        self._contains = job.contains.encode()
        self._buffer, self._expected_length = b"", -1
        self._transport: Any = None
        self._sent_at = 0.0
        self.finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        """Send the first request."""
        self._transport = transport
        self._send_next()

    def data_received(self, data: bytes) -> None:
        """Collect a response; when it is complete, record it and send the next request."""
        self._buffer += data
        if self._expected_length < 0:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            self._expected_length = end + 4 + _content_length(self._buffer[:end])
        if len(self._buffer) < self._expected_length:
            return
        self._record(time.perf_counter() - self._sent_at, self._buffer)
        self._buffer, self._expected_length = b"", -1
        self._send_next()

    def connection_lost(self, error: Exception | None) -> None:
        """Finish, or fail if requests are left."""
        if not self.finished.done():
            self.finished.set_exception(error or ConnectionResetError("the server closed the connection"))

    def _record(self, seconds: float, response: bytes) -> None:
        self._statistics.times.append(seconds)
        if int(response[9:12]) != self._job.status or self._contains not in response:
            self._statistics.wrong += 1
            self._statistics.first_wrong = self._statistics.first_wrong or response[:1200].decode(
                "utf-8", "replace"
            )

    def _send_next(self) -> None:
        request = next(self._requests, None)
        if request is None:
            self.finished.set_result(None)
            self._transport.close()
            return
        self._sent_at = time.perf_counter()
        self._transport.write(request)


async def run(job: Job) -> dict[str, Any]:
    """Send all requests and return the statistics."""
    host = f"{job.host}:{job.port}"
    encoded = [[request.encode(host) for request in requests] for requests in job.requests]
    statistics, loop = Statistics(), asyncio.get_running_loop()
    clients = [Client(job, requests, statistics) for requests in encoded]
    begun = time.perf_counter()
    for client in clients:
        await loop.create_connection(partial(_itself, client), job.host, job.port)
    await asyncio.gather(*(client.finished for client in clients))
    return statistics.to_dict(time.perf_counter() - begun)


def _itself(client: Client) -> Client:
    return client


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        if line[:15].lower() == b"content-length:":
            return int(line[15:])
    raise ValueError("a response without Content-Length")


async def _main() -> None:
    print(json.dumps(await run(Job.load(sys.stdin.buffer.read()))))


if __name__ == "__main__":
    uvloop.run(_main())
