"""A TCP server in the place of the hub, which answers each path as a test wants: too much, too slowly, or wrong."""

import contextlib
import socket
import time
from collections.abc import Callable

from tests.support.network.tcp_server import TcpServer

JSON = b"Content-Type: application/json\r\n"
Answer = Callable[[socket.socket], None]


def http(status: str, body: bytes, headers: bytes = JSON) -> bytes:
    """Return a whole response."""
    return b"HTTP/1.1 %s\r\n%sContent-Length: %d\r\n\r\n%s" % (status.encode(), headers, len(body), body)


def whole(response: bytes) -> Answer:
    """Send a response at once."""
    return lambda connection: connection.sendall(response)


def dripped(response: bytes, at_once: int, every_s: float = 0.05) -> Answer:
    """Send the first bytes at once, and the rest a byte at a time."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(response[:at_once])
        for at in range(at_once, len(response)):
            time.sleep(every_s)
            connection.sendall(response[at : at + 1])

    return answer


class HostileHub(TcpServer):
    """Serves `answers` by the last part of the path; other paths get 404. Use it in a `with` block."""

    def __init__(self, **answers: Answer) -> None:
        super().__init__()
        self.answers = answers
        self.calls: list[str] = []

    def serve(self, connection: socket.socket) -> None:
        """Answer the requests of a connection."""
        with contextlib.suppress(OSError):
            while request := connection.recv(1 << 20):
                if not request.startswith((b"GET ", b"POST ")):
                    continue  # the rest of a body
                path = request.split(b" ", 2)[1].split(b"?")[0].rsplit(b"/", 1)[-1].decode()
                self.calls.append(path)
                self.answers.get(path, whole(http("404 Not Found", b"{}")))(connection)
