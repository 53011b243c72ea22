"""A webhook endpoint in its own process: it responds as the path says, and records the requests.

    /ok  /status/500  /gone  /redirect  /hang  /reset  /close  /trickle  /trickle-headers  /flood  /garbage  /big-head
    /chunked  /long?5000 (so many bytes)  /bytes?00ff (these)
    /once                                200, and hangs up on the next request of the same connection
    /half                                the same, but in the middle of an answer
    /chatty                              200, and a little later a unsolicited 500
    /script/NAME?answers=500,500,200     one after the other, the last for ever; counted for each NAME
    /rate-limited?after=2&times=1        429 with Retry-After, so many times, then 200; counted for each query

`GET /_log` returns the requests as JSON (`?to=PATH` those to one path, `?clear=1` deletes all), `GET /_count` their number. Run by hand:
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

_MAX_REQUESTS = 500_000
_FLOOD = 100 * 1024 * 1024
_BACKLOG = 2048
"""A connection beyond this queue is tried again after a second."""


class RequestLog:
    """The recorded requests, and the number of calls of each script. Requests stay bytes until somebody reads them."""

    def __init__(self) -> None:
        self.requests: deque[tuple[float, int, bytes, bytes]] = deque(maxlen=_MAX_REQUESTS)
        self.connections = 0
        self.script_calls: Counter[str] = Counter()

    def dump(self, path: str | None = None) -> bytes:
        """Return the requests as JSON: all, or those to one path, which takes a hundredth of the time of thousands."""
        part = b"" if path is None else f" {path} HTTP/".encode("latin-1")
        return json.dumps([_to_dict(*request) for request in self.requests if part in request[2]]).encode()


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

    def __init__(self, log: RequestLog) -> None:
        self._log, self._buffer = log, bytearray()
        self._busy: asyncio.Future[None] | None = None
        self._answered = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport
        self._log.connections += 1
        self._number = self._log.connections
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
            options = dict(parse_qsl(query))
            log = self._log.dump(options.get("to"))
            if "clear" in options:
                self._log.requests.clear()
            self._answer(200, log)
        elif path == "/_count":
            self._answer(200, str(len(self._log.requests)).encode())
        else:
            self._log.requests.append((time.time(), self._number, head, body))
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
        answers = [int(status) for status in dict(parse_qsl(query))["answers"].split(",")]
        at = self._log.script_calls[name]
        self._log.script_calls[name] += 1
        self._answer(answers[min(at, len(answers) - 1)], name.encode())

    def _rate_limited(self, query: str) -> None:
        options = dict(parse_qsl(query))
        self._log.script_calls[query] += 1
        if self._log.script_calls[query] <= int(options.get("times", "1")):
            self._answer(429, b"slow down", f"Retry-After: {options.get('after', '1')}\r\n")
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
        self._answer(500, b"unsolicited")

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
    "status": lambda endpoint, rest, _: endpoint._answer(int(rest), f"the answer is {rest}".encode()),
    "gone": lambda endpoint, *_: endpoint._answer(410, b"gone for good"),
    "redirect": lambda endpoint, *_: endpoint._answer(302, b"", "Location: /ok\r\n"),
    "script": Endpoint._script,
    "rate-limited": lambda endpoint, _, query: endpoint._rate_limited(query),
    "reset": lambda endpoint, *_: endpoint._reset(),
    "close": lambda endpoint, *_: endpoint._transport.close(),
    "once": lambda endpoint, *_: endpoint._once(b""),
    "half": lambda endpoint, *_: endpoint._once(b"HTTP/1.1 200 OK\r\nX-"),
    "garbage": lambda endpoint, *_: endpoint._transport.write(_GARBAGE),
    "big-head": lambda endpoint, *_: endpoint._answer(200, b"ok", "X-Big: " + "x" * 300_000 + "\r\n"),
    "bytes": lambda endpoint, _, query: endpoint._answer(200, bytes.fromhex(query)),
    "long": lambda endpoint, _, query: endpoint._answer(200, b"x" * int(query)),
    "chunked": lambda endpoint, *_: endpoint._transport.write(_CHUNKED),
}


def _length(head: bytes) -> int:
    lowered = head.lower()
    at = lowered.find(b"\r\ncontent-length:")
    return 0 if at < 0 else int(lowered[at + 17 :].split(b"\r\n", 1)[0])


async def _serve(host: str, port: int, tls: ssl.SSLContext | None) -> None:
    log = RequestLog()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Endpoint(log), host, port, ssl=tls, backlog=_BACKLOG)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201
    await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int, nargs="?", default=0)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--certificate", help="a file with certificate and key: serve under TLS")
    options = parser.parse_args()
    tls = None
    if options.certificate:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(options.certificate)
    try:
        import uvloop  # noqa: PLC0415

        run: Callable[..., None] = uvloop.run
    except ImportError:
        run = asyncio.run
    run(_serve(options.host, options.port, tls))


if __name__ == "__main__":
    main()
