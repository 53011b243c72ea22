"""Serve the hub over HTTP and shut it down gracefully: live streams close first, then requests finish."""

import asyncio
import gc
import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from types import FrameType

import structlog
import uvicorn
from fastapi import FastAPI

from hub_sync.hub.connection_limits import ConnectionLimits, file_limit
from hub_sync.hub.http_protocol import LimitedHttpProtocol, TimeLimits
from hub_sync.hub.kit.http.context import HubContext

GRACE_S = 10
"""Seconds that requests in progress may take to finish."""
BACKLOG = 1024
SWITCH_INTERVAL_S = 0.001
"""The longest turn of a busy thread while others wait; Python's own 5 ms add up over the three turns of a small request."""
EXIT_INTERRUPTED = 1
"""The exit code of a hub that ended before all requests were answered."""

log = structlog.get_logger(__name__)


class AddressUnusable(Exception):
    """The hub can't listen there; the message is one sentence for a person."""


class HubServer(uvicorn.Server):
    """Calls back when it listens, and ends live streams before it waits for connections to close."""

    def __init__(
        self, app: FastAPI, on_listening: Callable[[], None], *, exit_on_second_signal: bool = True
    ) -> None:
        """Take the app.

        Args:
            app: the hub.
            on_listening: called once, when requests are answered.
            exit_on_second_signal: a second signal ends the process at once.
        """
        self._hub: HubContext = app.state.hub
        self.limits = connection_limits(self._hub)
        times = TimeLimits(self._hub.settings.request_head_s, self._hub.settings.request_body_s)
        super().__init__(
            uvicorn.Config(
                app,
                http=partial(LimitedHttpProtocol, limits=self.limits, times=times),  # type: ignore[arg-type]
                ws="none",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=30,
                timeout_graceful_shutdown=GRACE_S,
                lifespan="on",
            )
        )
        self._listening, self._insists = on_listening, exit_on_second_signal
        self._loop: asyncio.AbstractEventLoop | None = None
        self._cut_off = self._was_asked = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start as uvicorn does, then call `on_listening`."""
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        tune_interpreter()
        if self.started:
            self._listening()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Shut down as uvicorn does, after the live streams were closed."""
        self._hub.live_streams.close()
        asyncio.get_running_loop().call_later(GRACE_S, self._note_who_is_late)
        await super().shutdown(sockets)

    def serve_until_asked_to_stop(self, listening: socket.socket) -> None:
        """Serve; if requests had to be abandoned, end the process here, because their threads may hang for long."""
        self.run(sockets=[listening])
        if self._cut_off:
            log.error("ended_with_requests_in_progress")
            os._exit(EXIT_INTERRUPTED)

    def _note_who_is_late(self) -> None:
        """Just before uvicorn gives up on the requests that are still under way."""
        self._cut_off = bool(self.server_state.tasks)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - uvicorn's signature
        """Stop at the first signal; a second one ends the process at once."""
        if self._was_asked:
            if self._insists:
                log.warning("ended_at_once_by_second_signal")
                os._exit(EXIT_INTERRUPTED)
            return
        self._was_asked = True  # before `stop`, whose lock a second signal must not wait for
        self.stop()

    def stop(self) -> None:
        """Let `/readyz` answer 503, and close the socket after the drain. Called from the loop's thread."""
        if self._hub.stopping.is_set():
            return
        self._hub.stopping.set()
        drain_s = self._hub.settings.drain_s
        if drain_s and self._loop is not None:
            self._loop.call_soon_threadsafe(self._loop.call_later, drain_s, self._close)
        else:
            self._close()

    def _close(self) -> None:
        self.should_exit = True


def connection_limits(hub: HubContext) -> ConnectionLimits:
    """Return the limits of this process's connections, by its settings and by the number of files that it may open."""
    return ConnectionLimits(file_limit(), hub.settings.max_connections_per_address, hub.trusted_proxies)


def stopping_signals() -> tuple[signal.Signals, ...]:
    """Return the signals that stop a hub; a terminal's hang-up too, unless it is ignored (`nohup`)."""
    hang_up = () if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else (signal.SIGHUP,)
    return (signal.SIGTERM, signal.SIGINT, *hang_up)


def tune_interpreter() -> None:
    """Set how often Python looks for garbage, and how long a busy thread keeps the others waiting.

    The program's own objects are left out of every collection, and there are fewer: a push makes a hundred thousand objects
    that die with it; with Python's defaults a quarter of its time went into looking for cycles among them (measured, batches
    of 1,000). Threads take shorter turns than by default (docs/adr/0102-short-turns-of-threads.md).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    sys.setswitchinterval(SWITCH_INTERVAL_S)


def listen(host: str, port: int) -> socket.socket:
    """Open a listening socket; port 0 takes a free one.

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


def socket_url(listening: socket.socket) -> str:
    """Return the URL of a listening socket."""
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
