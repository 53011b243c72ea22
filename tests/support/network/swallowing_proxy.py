"""A TCP proxy that accepts some requests and never responds to them."""

import contextlib
import socket
import threading

from tests.support.network.tcp_server import TcpServer


class SwallowingProxy(TcpServer):
    """A proxy to `port` of this machine, until a connection sends a request that begins with `swallow`.

    From then on that connection stays open and silent, as a half-open TCP connection does. `swallowed` counts them.
    """

    def __init__(self, port: int, swallow: bytes) -> None:
        super().__init__()
        self._port, self._swallow = port, swallow
        self.swallowed = 0

    def serve(self, connection: socket.socket) -> None:
        """Pass a connection on until it is swallowed."""
        with contextlib.suppress(OSError):
            hub = socket.create_connection(("127.0.0.1", self._port))
            self._open.append(hub)
            threading.Thread(target=_pour, args=(hub, connection), daemon=True).start()
            silent = False
            while some := connection.recv(65536):
                if not silent and some.startswith(self._swallow):
                    silent, self.swallowed = True, self.swallowed + 1
                if not silent:
                    hub.sendall(some)
            hub.shutdown(socket.SHUT_RDWR)


def _pour(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while some := source.recv(65536):
            sink.sendall(some)
    for end in (source, sink):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
