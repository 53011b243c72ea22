"""Callers that are slow, silent or gone: their connections end, and others are answered meanwhile."""

import json
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from hub_sync.hub import http_protocol
from hub_sync.hub.connection_limits import raise_file_limit
from hub_sync.hub.http_protocol import MAX_PIPELINED, LimitedHttpProtocol
from hub_sync.hub.kit.settings import HubSettings
from tests.support import hub_server
from tests.support.hub_server import HubServerThread
from tests.support.served_hub import COMMAND, environment

SOON_S = 10.0
SHORT_S = 0.2


@pytest.fixture(params=["sqlite"])
def kind(request: pytest.FixtureRequest) -> str:
    """Run on SQLite only: no database is concerned."""
    return str(request.param)


@pytest.fixture
def settings(settings: HubSettings) -> HubSettings:
    """Give callers a fifth of a second."""
    return settings.model_copy(update={"request_head_s": SHORT_S, "request_body_s": SHORT_S})


@pytest.fixture
def served(app: FastAPI) -> Iterator[HubServerThread]:
    """Yield a hub that listens."""
    with hub_server.serving(app) as served:
        yield served


def connect(served: HubServerThread) -> socket.socket:
    host, port = served.socket.getsockname()[:2]
    return socket.create_connection((host, port), timeout=SOON_S)


def read_all(caller: socket.socket) -> bytes:
    """Return all that comes until the hub closes the connection; fails if it does not."""
    pieces = []
    while piece := caller.recv(65_536):
        pieces.append(piece)
    return b"".join(pieces)


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ",
        b"G",
        b"\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" + b"GET /hea",
    ],
)
def test_a_head_that_does_not_come_is_given_up(served: HubServerThread, sent: bytes) -> None:
    with closing(connect(served)) as caller:
        caller.sendall(sent)
        answer = read_all(caller)
    assert answer.endswith(b"The head of the request did not come in time.")
    assert b"HTTP/1.1 408 Request Timeout" in answer


def test_a_head_that_comes_drop_by_drop_is_given_up(served: HubServerThread) -> None:
    with closing(connect(served)) as caller:
        caller.settimeout(SHORT_S / 10)
        caller.sendall(b"GET /healthz HTTP/1.1\r\nX-Slow: ")
        for _ in range(int(SOON_S / SHORT_S * 10)):
            caller.sendall(b"x")
            with suppress(TimeoutError):
                assert caller.recv(65_536).startswith(b"HTTP/1.1 408 ")
                return
    pytest.fail("it was waited for all the time")


@pytest.mark.parametrize("length", [b"Content-Length: 5000", b"Transfer-Encoding: chunked"])
def test_a_body_that_does_not_come_is_given_up(served: HubServerThread, length: bytes) -> None:
    head = b"POST /api/v1/sync/enrol HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n%s\r\n\r\n"
    with closing(connect(served)) as caller:
        caller.sendall(head % length)
        answer = read_all(caller)
    assert answer.startswith(b"HTTP/1.1 408 ")


def test_a_stranger_is_answered_before_the_body_and_let_go_afterwards(served: HubServerThread) -> None:
    head = b"POST /api/v1/sync/push HTTP/1.1\r\nHost: x\r\nContent-Encoding: zstd\r\nContent-Length: 500000\r\n\r\n"
    with closing(connect(served)) as caller:
        caller.sendall(head)
        answer = read_all(caller)
    assert answer.startswith(b"HTTP/1.1 401 ")


def test_a_head_that_is_too_large_is_refused(served: HubServerThread) -> None:
    with closing(connect(served)) as caller:
        caller.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n")
        answer = b""
        try:
            for _ in range(200):
                caller.sendall(b"X-Long: " + b"x" * 10_000 + b"\r\n")
            answer = read_all(caller)
        except OSError:
            return  # the hub has closed the connection while it was still sent to
    assert b" 431 " in answer


def is_closed_before(caller: socket.socket, piece: bytes, count: int) -> bool:
    """Send a piece again and again; return True if the hub closes the connection before it has taken all."""
    try:
        for _ in range(count):
            caller.sendall(piece)
    except ConnectionError:
        return True
    return False


def count_answers(caller: socket.socket, most: int) -> int:
    """Return how many requests of a connection are answered with 200, at most `most`, until it is closed."""
    answer = b""
    with suppress(ConnectionError):
        while answer.count(b"HTTP/1.1 200 ") < most and (piece := caller.recv(65_536)):
            answer += piece
    return answer.count(b"HTTP/1.1 200 ")


CHUNKED = (
    b"POST /api/v1/sync/enrol HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n"
)


def test_trailers_are_no_headers_and_end_where_a_head_would(served: HubServerThread) -> None:
    with closing(connect(served)) as caller:
        caller.sendall(CHUNKED + b"2\r\n{}\r\n0\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n")
        assert caller.recv(65_536).startswith(b"HTTP/1.1 422 ")
        (connection,) = served.server.server_state.connections
        assert isinstance(connection, LimitedHttpProtocol)
        assert b"x-forwarded-for" not in dict(connection.scope["headers"])
    with closing(connect(served)) as caller:
        caller.sendall(CHUNKED + b"2\r\n{}\r\n0\r\n")
        assert is_closed_before(caller, b"".join(b"X-%d: aaaa\r\n" % n for n in range(1000)), 1000)


def test_a_head_that_comes_at_once_has_its_limits_too(served: HubServerThread) -> None:
    for more in (b"X-Long: " + b"x" * 100_000 + b"\r\n", b"a:\r\n" * 300):
        with closing(connect(served)) as caller:
            caller.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + more + b"\r\n")
            assert read_all(caller).startswith(b"HTTP/1.1 431 ")
    with closing(connect(served)) as caller:
        caller.sendall(b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        assert read_all(caller).startswith(b"HTTP/1.1 431 ")


def test_requests_that_are_sent_without_waiting_are_limited(
    served: HubServerThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting, watch = [0], LimitedHttpProtocol._watch

    def count_waiting(protocol: LimitedHttpProtocol, size: int) -> None:
        waiting.append(len(protocol.pipeline))
        watch(protocol, size)

    monkeypatch.setattr(LimitedHttpProtocol, "_watch", count_waiting)
    request = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    with closing(connect(served)) as caller:
        caller.sendall(request * 10)
        assert count_answers(caller, 10) == 10
    with closing(connect(served)) as caller:
        caller.sendall(request * 4000)
        count_answers(caller, 4000)
    assert max(waiting) <= MAX_PIPELINED


@pytest.mark.parametrize("body", [b"1;" + b"x" * 60_000, b"f000\r\n" + b"x" * 0xF000 + b"\r\n"])
def test_a_body_without_end_is_ended(
    served: HubServerThread, monkeypatch: pytest.MonkeyPatch, body: bytes
) -> None:
    monkeypatch.setattr(http_protocol, "MAX_BODY", 1_000_000)
    with closing(connect(served)) as caller:
        caller.sendall(CHUNKED)
        assert is_closed_before(caller, body, 1000)


def test_who_is_quick_is_not_disturbed(served: HubServerThread) -> None:
    with closing(connect(served)) as caller:
        for _ in range(2):
            caller.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            answer = b""
            while not answer.endswith(b'{"status":"ok"}'):
                answer += caller.recv(65_536)
            threading.Event().wait(2 * SHORT_S)  # idle between two requests: uvicorn's own limit is 30 s
    assert len(served.server.limits) <= 1


def test_the_kernel_closes_connections_of_peers_that_are_gone(served: HubServerThread) -> None:
    with closing(connect(served)) as caller:
        caller.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        caller.recv(65_536)
        (connection,) = served.server.server_state.connections
        inner = connection.transport.get_extra_info("socket")
        assert inner.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        assert inner.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 60_000


LIMITED = ("prlimit", "--nofile=256:1024", *COMMAND)
"""A hub in a system that allows 1,024 files, of which it is offered 256."""


@pytest.mark.thorough
def test_1100_slow_connections_leave_room_for_others(tmp_path: Path) -> None:
    raise_file_limit()
    process = subprocess.Popen(
        [*LIMITED, "serve", "--data", str(tmp_path / "hub"), "--port", "0", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(),
    )
    try:
        assert process.stdout
        output = json.loads(process.stdout.readline())
        assert (output["files"], output["connections"], output["connections_per_address"]) == (1024, 896, 448)
        host, _, port = output["listening"].removeprefix("http://").rpartition(":")
        with ExitStack() as callers:
            for number in range(1100):
                caller = callers.enter_context(socket.create_connection((host, int(port)), timeout=SOON_S))
                if number % 2:
                    caller.sendall(b"POST /api/v1/sync/enrol HTTP/1.1\r\nHost: x\r\n")
            for path in ("/healthz", "/readyz"):
                assert httpx.get(output["listening"] + path, timeout=SOON_S).status_code == 200
    finally:
        process.kill()
        process.communicate()
