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

from hub_sync.hub.connection_limits import raise_file_limit
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
        told = json.loads(process.stdout.readline())
        assert (told["files"], told["connections"], told["connections_per_address"]) == (1024, 896, 448)
        host, _, port = told["listening"].removeprefix("http://").rpartition(":")
        with ExitStack() as callers:
            for number in range(1100):
                caller = callers.enter_context(socket.create_connection((host, int(port)), timeout=SOON_S))
                if number % 2:
                    caller.sendall(b"POST /api/v1/sync/enrol HTTP/1.1\r\nHost: x\r\n")
            for path in ("/healthz", "/readyz"):
                assert httpx.get(told["listening"] + path, timeout=SOON_S).status_code == 200
    finally:
        process.kill()
        process.communicate()
