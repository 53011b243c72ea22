"""A hub that listens on a real socket, in a thread of its own."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import FastAPI

from hub_sync.hub.server import HubServer, listen, socket_url

SOON_S, START_S = 5.0, 30.0


class HubServerThread:
    """The application behind a server."""

    def __init__(self, app: FastAPI) -> None:
        self.up = threading.Event()
        self.server = HubServer(app, self.up.set)
        self.socket = listen("127.0.0.1", 0)
        self.thread = threading.Thread(target=self.server.run, args=([self.socket],), daemon=True)

    @property
    def url(self) -> str:
        return socket_url(self.socket)

    def start(self) -> str:
        self.thread.start()
        assert self.up.wait(START_S)
        return self.url

    def stop(self) -> float:
        """Stop the server, and return the seconds that it took."""
        began = time.monotonic()
        self.server.should_exit = True
        self.thread.join(SOON_S)
        assert not self.thread.is_alive()
        return time.monotonic() - began


@contextmanager
def serving(app: FastAPI) -> Iterator[HubServerThread]:
    """Serve the hub until the block ends."""
    hub = HubServerThread(app)
    hub.start()
    yield hub
    if hub.thread.is_alive():
        hub.stop()
    hub.socket.close()
