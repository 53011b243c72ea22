"""Serving the hub over HTTP, with an orderly end: live streams close first, then requests finish."""

import gc
import socket
from collections.abc import Callable
from contextlib import suppress

import uvicorn
from fastapi import FastAPI

GRACE_S = 5
BACKLOG = 1024


class AddressUnusable(Exception):
    """The hub can't listen there; one sentence for a person."""


class HubServer(uvicorn.Server):
    """Tells when it listens, and ends live streams before it waits for connections to close."""

    def __init__(self, app: FastAPI, listening: Callable[[], None]) -> None:
        """`listening` is called once, when a caller would be answered."""
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=30,
                timeout_graceful_shutdown=GRACE_S,
                lifespan="on",
            )
        )
        self._hub, self._listening = app, listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's, then tell."""
        await super().startup(sockets)
        _tune_garbage_collection()
        if self.started:
            self._listening()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's, after the live streams were told to end."""
        self._hub.state.hub.live.close()
        await super().shutdown(sockets)


def _tune_garbage_collection() -> None:
    """Leave the program's own objects out of every collection, and collect less often.

    A push makes a hundred thousand objects that die with it; with Python's defaults a quarter of its time went into
    looking for cycles among them (measured, batches of 1,000).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one.

    Raises:
        AddressUnusable: taken, forbidden, or not an address of this machine.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (socket.gaierror, UnicodeError) as error:
        raise AddressUnusable(f"There is no address “{host}” on this machine.") from error
    listening = socket.socket(family, kind, protocol)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            with suppress(OSError):
                listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listening.bind(address)
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise AddressUnusable(_sentence(host, port, error)) from error
    return listening


def url_of(listening: socket.socket) -> str:
    """Where to reach it, by the address that it is bound to."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _sentence(host: str, port: int, error: OSError) -> str:
    if isinstance(error, PermissionError):
        return f"This user may not listen on port {port}; take one above 1023."
    reasons = {
        98: f"Port {port} on {host} is taken by another program.",
        99: f"{host} is no address of this machine.",
    }
    return reasons.get(error.errno or 0, f"The hub can't listen on {host} port {port}: {error.strerror}.")
