"""A small TCP proxy that takes some requests and never answers them."""

import contextlib
import socket
import threading
from types import TracebackType
from typing import Self


class SwallowingProxy:
    """Forwards connections to `port` of this machine, until one brings a request that begins with `swallow`.

    From then on that connection stays open and silent, as a half-open line does. `swallowed` counts them.
    """

    def __init__(self, port: int, swallow: bytes) -> None:
        self._port, self._swallow = port, swallow
        self.swallowed = 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = [self._listening]

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for line in self._open:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _ = self._listening.accept()
                self._open.append(line)
                threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        with contextlib.suppress(OSError):
            hub = socket.create_connection(("127.0.0.1", self._port))
            self._open.append(hub)
            threading.Thread(target=_pour, args=(hub, line), daemon=True).start()
            silent = False
            while some := line.recv(65536):
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
