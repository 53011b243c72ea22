"""A TCP proxy that accepts some requests and never responds to them."""

import contextlib
import socket
import threading
from types import TracebackType
from typing import Self


class SwallowingProxy:
    """A proxy to `port` of this machine, until a connection sends a request that begins with `swallow`.

    From then on that connection stays open and silent, as a half-open TCP connection does. `swallowed` counts them.
    """

    def __init__(self, port: int, swallow: bytes) -> None:
        self._port, self._swallow = port, swallow
        self.swallowed = 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = [self._listening]

    @property
    def url(self) -> str:
        """The URL that it listens on."""
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                self._open.append(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
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
