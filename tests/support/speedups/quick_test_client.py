"""A quicker way for Starlette's TestClient to call an application: one call into its event loop, not nine.

TestClient hands each step of a response from the application's loop to the test's thread, so that a test can read a
stream that has no end: 2 ms a request, as much as the application itself. Here the application answers to its end first;
`TestClient.stream` works as before. A client that is not entered (`with`) has a loop of its own in the calling thread.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import copy_context
from typing import Any, cast
from urllib.parse import unquote

import httpx2
from starlette import testclient

_STREAMS = "doorward.streams"
_PORTS = {"http": 80, "https": 443}
_Message = dict[str, Any]

_transport = cast("Any", testclient)._TestClientTransport
_handle_streams = _transport.handle_request


def install() -> None:
    """Use it for every TestClient of this process."""
    _transport.handle_request = _handle_request
    cast("Any", testclient.TestClient).stream = _stream


@contextmanager
def _stream(
    client: testclient.TestClient, method: str, url: str, **options: Any
) -> Iterator[httpx2.Response]:
    extensions = {**(options.pop("extensions", None) or {}), _STREAMS: True}
    with httpx2.Client.stream(client, method, url, extensions=extensions, **options) as response:
        yield response


def _handle_request(transport: Any, request: httpx2.Request) -> httpx2.Response:
    """Answer a request, in the loop of the client or in a new one."""
    if _STREAMS in request.extensions or request.url.scheme not in _PORTS or _has_running_loop():
        response: httpx2.Response = _handle_streams(transport, request)
        return response
    exchange = _Exchange(request)
    scope = _scope_of(transport, request)
    client: testclient.TestClient = transport.portal_factory.__self__
    if client.portal is None:
        with asyncio.Runner() as runner:
            runner.run(exchange.run(transport.app, scope), context=copy_context())
    else:
        client.portal.call(exchange.run, transport.app, scope)
    if exchange.failure is not None and transport.raise_server_exceptions:
        raise exchange.failure
    return exchange.response()


def _has_running_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _scope_of(transport: Any, request: httpx2.Request) -> dict[str, Any]:
    headers = [(key.lower().encode(), value.encode()) for key, value in request.headers.multi_items()]
    return {
        "type": "http",
        "http_version": "1.1",
        "method": request.method,
        "path": unquote(request.url.path),
        "raw_path": request.url.raw_path.split(b"?", 1)[0],
        "root_path": transport.root_path,
        "scheme": request.url.scheme,
        "query_string": request.url.query,
        "headers": headers,
        "client": transport.client,
        "server": [request.url.host, request.url.port or _PORTS[request.url.scheme]],
        "extensions": {},
        "state": transport.app_state.copy(),
    }


class _Exchange:
    """One request and what the application answers."""

    def __init__(self, request: httpx2.Request) -> None:
        self.failure: Exception | None = None
        self._request = request
        self._start: _Message | None = None
        self._body: list[bytes] = []
        self._is_read = False

    async def run(self, app: Any, scope: dict[str, Any]) -> None:
        """Let the application answer."""
        self._complete = asyncio.Event()
        try:
            await app(scope, self._receive, self._send)
        except Exception as error:  # noqa: BLE001 - the server would log it; the test gets it
            self.failure = error

    def response(self) -> httpx2.Response:
        """Return the response."""
        if self._start is None:
            return httpx2.Response(500, request=self._request)
        headers = [(key.decode(), value.decode()) for key, value in self._start.get("headers", [])]
        body = b"" if self._request.method == "HEAD" else b"".join(self._body)
        stream = httpx2.ByteStream(body)
        return httpx2.Response(self._start["status"], headers=headers, stream=stream, request=self._request)

    async def _receive(self) -> _Message:
        if self._is_read:
            await self._complete.wait()
            return {"type": "http.disconnect"}
        self._is_read = True
        return {"type": "http.request", "body": self._request.read()}

    async def _send(self, message: _Message) -> None:
        if message["type"] == "http.response.start":
            assert self._start is None, "the response has begun"
            self._start = message
        elif message["type"] == "http.response.body":
            assert self._start is not None, "the response has not begun"
            assert not self._complete.is_set(), "the response is complete"
            self._body.append(bytes(message.get("body", b"")))
            if not message.get("more_body", False):
                self._complete.set()
