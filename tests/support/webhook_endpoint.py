"""A webhook's endpoint in its own process: answers as the path says, and remembers what came.

    /ok  /status/500  /gone  /redirect  /hang  /reset  /close  /trickle  /trickle-headers  /flood  /garbage  /big-head
    /chunked  /long?5000 (so many bytes)  /bytes?00ff (these)
    /once                                200, and hangs up on the next request of the same connection
    /half                                the same, but in the middle of an answer
    /chatty                              200, and a little later a 500 that nobody asked for
    /script/NAME?answers=500,500,200     one after the other, the last for ever; counted for each NAME
    /rate-limited?after=2&times=1        429 with Retry-After, so many times, then 200; counted for each query

`GET /_log` tells what came as JSON (`?clear=1` forgets it), `GET /_count` how much. Run by hand:
`python -m tests.support.webhook_endpoint [PORT]`. It prints the port that it listens on. Tests start it through `receiving.Receiver`.
"""

import argparse
import asyncio
import json
import socket
import ssl
import struct
import time
from collections import Counter, deque
from collections.abc import Callable, Coroutine
from http.client import responses
from typing import Any
from urllib.parse import parse_qsl

_KEPT = 500_000
_FLOOD = 100 * 1024 * 1024
_BACKLOG = 2048
"""Who connects while so many wait tries again after a second."""


class Memory:
    """What came, and how often each script was asked. Kept as bytes: reading is for when somebody asks."""

    def __init__(self) -> None:
        self.requests: deque[tuple[float, int, bytes, bytes]] = deque(maxlen=_KEPT)
        self.connections = 0
        self.script_calls: Counter[str] = Counter()

    def dump(self) -> bytes:
        return json.dumps([_to_dict(*one) for one in self.requests]).encode()


def _to_dict(at: float, connection: int, head: bytes, body: bytes) -> dict[str, Any]:
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    return {
        "at": at,
        "connection": connection,
        "path": first.split(" ")[1],
        "headers": {name.lower(): value.strip() for name, _, value in pairs},
        "body": body.decode("utf-8", "replace"),
    }


class Endpoint(asyncio.Protocol):
    """One connection."""

    def __init__(self, memory: Memory) -> None:
        self._memory, self._buffer = memory, bytearray()
        self._busy: asyncio.Future[None] | None = None
        self._answered = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport
        self._memory.connections += 1
        self._number = self._memory.connections
        self._room = asyncio.Event()
        self._room.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self._room.set()
        if self._busy is not None:
            self._busy.cancel()

    def pause_writing(self) -> None:
        self._room.clear()

    def resume_writing(self) -> None:
        self._room.set()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = bytes(self._buffer[:end])
            whole = end + 4 + _length(head)
            if len(self._buffer) < whole:
                return
            body = bytes(self._buffer[end + 4 : whole])
            del self._buffer[:whole]
            self._handle(head, body)

    def _handle(self, head: bytes, body: bytes) -> None:
        path, _, query = head.split(b" ", 2)[1].decode("latin-1").partition("?")
        if path == "/_log":
            told = self._memory.dump()
            if "clear" in query:
                self._memory.requests.clear()
            self._answer(200, told)
        elif path == "/_count":
            self._answer(200, str(len(self._memory.requests)).encode())
        else:
            self._memory.requests.append((time.time(), self._number, head, body))
            self._behave(path.strip("/"), query)

    def _behave(self, path: str, query: str) -> None:
        if path == "ok":
            self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            return
        name, _, rest = path.partition("/")
        if name in _SLOW:
            self._busy = asyncio.ensure_future(_SLOW[name](self))
        elif name in _QUICK:
            _QUICK[name](self, rest, query)
        else:
            self._answer(404, b"no such behaviour")

    def _answer(self, status: int, body: bytes, headers: str = "") -> None:
        phrase = responses.get(status, "Odd")
        if status in (204, 304):
            body = b""
        length = f"Content-Length: {len(body)}\r\n" if body or status not in (204, 304) else ""
        self._transport.write(f"HTTP/1.1 {status} {phrase}\r\n{length}{headers}\r\n".encode() + body)

    def _script(self, name: str, query: str) -> None:
        answers = [int(one) for one in dict(parse_qsl(query))["answers"].split(",")]
        at = self._memory.script_calls[name]
        self._memory.script_calls[name] += 1
        self._answer(answers[min(at, len(answers) - 1)], name.encode())

    def _rate_limited(self, query: str) -> None:
        asked = dict(parse_qsl(query))
        self._memory.script_calls[query] += 1
        if self._memory.script_calls[query] <= int(asked.get("times", "1")):
            self._answer(429, b"slow down", f"Retry-After: {asked.get('after', '1')}\r\n")
        else:
            self._answer(200, b"ok")

    def _once(self, last_words: bytes) -> None:
        if self._answered:
            self._transport.write(last_words)
            self._transport.close()
        else:
            self._answered = True
            self._answer(200, b"ok")

    def _reset(self) -> None:
        line = self._transport.get_extra_info("socket")
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()

    async def _hang(self) -> None:
        await asyncio.sleep(3600)

    async def _trickle(self) -> None:
        self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 3600\r\n\r\n")
        for _ in range(3600):
            self._transport.write(b".")
            await asyncio.sleep(1)

    async def _trickle_headers(self) -> None:
        self._transport.write(b"HTTP/1.1 200 OK\r\n")
        for at in range(3600):
            self._transport.write(b"X-%d: x\r\n" % at)
            await asyncio.sleep(1)

    async def _chatty(self) -> None:
        self._answer(200, b"ok")
        await asyncio.sleep(0.03)
        self._answer(500, b"nobody asked")

    async def _flood(self) -> None:
        self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % _FLOOD)
        some = b"flood..\n" * 8192
        for _ in range(_FLOOD // len(some)):
            await self._room.wait()
            self._transport.write(some)


_SLOW: dict[str, Callable[[Endpoint], Coroutine[Any, Any, None]]] = {
    "hang": Endpoint._hang,
    "trickle": Endpoint._trickle,
    "trickle-headers": Endpoint._trickle_headers,
    "flood": Endpoint._flood,
    "chatty": Endpoint._chatty,
}
_GARBAGE = b"\x00\xff*** this is no HTTP ***\r\n\r\n" * 4
_CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n"
_QUICK: dict[str, Callable[[Endpoint, str, str], None]] = {
    "status": lambda one, rest, _: one._answer(int(rest), f"the answer is {rest}".encode()),
    "gone": lambda one, *_: one._answer(410, b"gone for good"),
    "redirect": lambda one, *_: one._answer(302, b"", "Location: /ok\r\n"),
    "script": Endpoint._script,
    "rate-limited": lambda one, _, query: one._rate_limited(query),
    "reset": lambda one, *_: one._reset(),
    "close": lambda one, *_: one._transport.close(),
    "once": lambda one, *_: one._once(b""),
    "half": lambda one, *_: one._once(b"HTTP/1.1 200 OK\r\nX-"),
    "garbage": lambda one, *_: one._transport.write(_GARBAGE),
    "big-head": lambda one, *_: one._answer(200, b"ok", "X-Big: " + "x" * 300_000 + "\r\n"),
    "bytes": lambda one, _, query: one._answer(200, bytes.fromhex(query)),
    "long": lambda one, _, query: one._answer(200, b"x" * int(query)),
    "chunked": lambda one, *_: one._transport.write(_CHUNKED),
}


def _length(head: bytes) -> int:
    lowered = head.lower()
    at = lowered.find(b"\r\ncontent-length:")
    return 0 if at < 0 else int(lowered[at + 17 :].split(b"\r\n", 1)[0])


async def _serve(host: str, port: int, tls: ssl.SSLContext | None) -> None:
    memory = Memory()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Endpoint(memory), host, port, ssl=tls, backlog=_BACKLOG)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201
    await server.serve_forever()


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("port", type=int, nargs="?", default=0)
    asked.add_argument("--host", default="127.0.0.1")
    asked.add_argument("--certificate", help="a file with certificate and key: serve under TLS")
    told = asked.parse_args()
    tls = None
    if told.certificate:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(told.certificate)
    try:
        import uvloop  # noqa: PLC0415

        run: Callable[..., None] = uvloop.run
    except ImportError:
        run = asyncio.run
    run(_serve(told.host, told.port, tls))


if __name__ == "__main__":
    main()
