"""Text messages and push go to a real receiver on this machine, whatever it answers, and nowhere inside without permission."""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network

import pytest
from apprise.url import URLBase

from hub_sync.contract.enums import MessageChannel, MessageStatus
from hub_sync.hub.domains.messages.delivery.compose import RenderedMessage
from hub_sync.hub.domains.messages.errors import ServiceUrlInvalid
from hub_sync.hub.domains.messages.senders.problems import SenderProblem, SenderUnusable
from hub_sync.hub.domains.messages.senders.services import ServiceConnection, check_service_url
from hub_sync.hub.kit.networks import Network

LOOPBACK = (ip_network("127.0.0.0/8"),)
CONTENT = RenderedMessage("Soon", "It is your turn.")
S = MessageStatus
# apprise loads all its services at the first use; one of them imports a module that Python is to drop.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


class Receiver(ThreadingHTTPServer):
    """Answers by the last part of the path: a status, `hang`, or `inside`, which redirects."""

    daemon_threads = True

    def __init__(self, host: str = "127.0.0.1", location: str = "/200/taken") -> None:
        self.location = location
        self.requests: list[tuple[str, bytes]] = []
        self.over = threading.Event()
        super().__init__((host, 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.requests.append((self.path, body))
        kind = self.path.strip("/").partition("/")[0]
        if kind == "drop":
            self.close_connection = True
            return
        if kind == "hang":
            self.server.over.wait(30)
            return
        self.send_response(307 if kind == "inside" else int(kind))
        if kind == "inside":
            self.send_header("Location", self.server.location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with _running(Receiver()) as receiver:
        yield receiver


@contextmanager
def _running(receiver: Receiver) -> Iterator[Receiver]:
    thread = threading.Thread(target=receiver.serve_forever)
    thread.start()
    yield receiver
    receiver.over.set()
    receiver.shutdown()
    receiver.server_close()
    thread.join()


def send(
    url: str, channel: MessageChannel = MessageChannel.SMS, allowed: tuple[Network, ...] = LOOPBACK
) -> MessageStatus:
    async def run() -> MessageStatus:
        connection = ServiceConnection(channel, url, allowed)
        await connection.open()
        return (await connection.send("+491701234567", None, CONTENT, "")).status

    return asyncio.run(run())


def test_a_message_arrives_with_its_number_and_its_words(receiver: Receiver) -> None:
    port = receiver.server_port
    assert send(f"json://127.0.0.1:{port}/200/{{recipient}}") is S.SENT
    assert send(f"form://127.0.0.1:{port}/200/push", MessageChannel.PUSH) is S.SENT
    (path, body), (_, form) = receiver.requests
    assert path == "/200/491701234567"
    assert json.loads(body)["message"] == "It is your turn."
    assert json.loads(body)["title"] == ""
    assert b"Soon" in form


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        *((each, S.DEFERRED) for each in ("429", "500", "503", "403", "302", "inside")),
        *((each, S.FAILED) for each in ("400", "404", "410", "422")),
        *((each, S.UNSURE) for each in ("hang", "drop")),
    ],
)
def test_a_service_that_does_not_take_it_is_asked_again_unless_it_refuses_for_good_or_may_have_it(
    receiver: Receiver, answer: str, status: S, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(URLBase, "socket_read_timeout", 0.2)
    assert send(f"json://127.0.0.1:{receiver.server_port}/{answer}/x") is status
    assert [path for path, _ in receiver.requests] == [f"/{answer}/x"], "no redirect is followed"


def test_a_refused_token_stops_the_account_and_a_service_that_is_away_is_asked_again(
    receiver: Receiver,
) -> None:
    with pytest.raises(SenderUnusable) as refused:
        send(f"gotify://127.0.0.1:{receiver.server_port}/401/very_secret_token", MessageChannel.PUSH)
    assert (refused.value.problem, refused.value.response) == (SenderProblem.AUTHENTICATION, "HTTP 401")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        assert send(f"json://127.0.0.1:{closed.getsockname()[1]}/200/x") is S.DEFERRED


def test_nothing_inside_is_reached_by_an_address_a_name_or_a_redirect(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = receiver.server_port
    for host in ("127.0.0.1", "localhost"):
        assert send(f"json://{host}:{port}/200/x", allowed=()) is S.DEFERRED
    resolved = socket.getaddrinfo

    def rebound(host: str, *arguments: object, **more: object) -> object:
        return resolved("127.0.0.1" if host == "outside.example" else host, *arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", rebound)
    assert send(f"json://outside.example:{port}/200/x", allowed=()) is S.DEFERRED
    assert receiver.requests == []
    with _running(Receiver("127.0.0.2")) as other:  # even where an account asks for redirects
        receiver.location = f"http://127.0.0.2:{other.server_port}/200/x"
        url = f"json://127.0.0.1:{port}/inside/x?redirect=yes"
        assert send(url, allowed=(ip_network("127.0.0.1/32"),)) is S.DEFERRED
        assert (len(receiver.requests), other.requests) == (1, [])


@pytest.mark.parametrize(
    "url", ["mailto://a:b@example.org", "mqtt://example.org/t", "syslog://", "nothing", "nope://x"]
)
def test_a_service_whose_connections_can_not_be_checked_is_refused(url: str) -> None:
    with pytest.raises(ServiceUrlInvalid):
        check_service_url(url)
