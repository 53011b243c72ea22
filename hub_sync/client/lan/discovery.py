"""Addresses: this station's own, and those that other stations announce by mDNS. Nothing here waits on the network's thread.

This station uses the one interface by which it reaches its hub: a machine may have others, for cameras or monitoring, on which it
has no business.
"""

import ipaddress
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import structlog

from hub_sync.client.lan.socket import Endpoint
from hub_sync.contract.lan import MAX_ADDRESSES, MAX_PEERS

CHECK_EVERY_S = 5.0
RESTART_AFTER_S = 30.0
_DEFAULT_ROUTE = "192.0.2.1"
"""An address of nobody (RFC 5737): the route to it is the default one."""
_LONGEST_LINE, _LONGEST_NAME = 1_024, 64
_ENDS_WITHIN_S = 2.0

log = structlog.get_logger(__name__)


def route_address(target: str, port: int = 9) -> str | None:
    """Return this machine's address on the interface that leads to an address or a name, None if none does. Sends nothing."""
    try:
        family, kind, _, _, where = socket.getaddrinfo(target, port, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, kind) as probe:
            probe.connect(where)
            address: str = probe.getsockname()[0]
    except (OSError, UnicodeError):
        return None
    parsed = ipaddress.ip_address(address.partition("%")[0])
    return None if parsed.is_unspecified or parsed.is_link_local else str(parsed)


def hub_interface_address(hub_url: str) -> str | None:
    """Return this machine's address on the interface that reaches the hub.

    Where the hub is on this machine, or is not reached at all, the interface of the default route counts.
    """
    host = urlsplit(hub_url).hostname or ""
    address = route_address(host) if host else None
    if address is not None and not ipaddress.ip_address(address).is_loopback:
        return address
    return route_address(_DEFAULT_ROUTE) or address


class Discovery:
    """Watches the station's address on a thread of its own, and runs the process that speaks mDNS."""

    def __init__(
        self,
        find_address: Callable[[], str | None],
        *,
        name: str,
        event: str,
        multicast: bool = True,
        command: Callable[[str, int, str, str], list[str]] | None = None,
    ) -> None:
        """Prepare it. `name` and `event` are announced; `command` starts another program in place of the mDNS process."""
        self._find_address, self._name, self._event, self._multicast = find_address, name, event, multicast
        self._command = command or _mdns_command
        self._lock = threading.Lock()
        self._address: str | None = None
        self._heard_of: dict[str, tuple[Endpoint, ...]] = {}
        self._announced: tuple[str, int] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._reader: threading.Thread | None = None
        self._failed_before = False
        self._stopping, self._wake = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="lan-discovery", daemon=True)

    def start(self) -> None:
        """Start, and return at once."""
        self._thread.start()

    def stop(self) -> None:
        """Stop, and end the mDNS process."""
        self._stopping.set()
        self._wake.set()
        if self._thread.ident is not None:
            self._thread.join(_ENDS_WITHIN_S)
        self._end_process()

    @property
    def address(self) -> str | None:
        """This machine's address; None: not known yet. The last one stays while the network is gone."""
        return self._address

    def announce(self, address: str, port: int) -> None:
        """Announce by mDNS from now on where this station listens."""
        self._announced = (address, port)
        self._wake.set()

    def heard_of(self) -> Mapping[str, tuple[Endpoint, ...]]:
        """Return where others said that they listen, by their names. Anybody can say so: it is where to look, no more."""
        with self._lock:
            return dict(self._heard_of)

    def check_address(self) -> None:
        """Look for this machine's address once."""
        self._address = self._find_address() or self._address

    def take_line(self, line: bytes) -> None:
        """Take a line of the mDNS process. One that is not understood changes nothing."""
        try:
            heard: dict[str, Any] = json.loads(line)
            name, port = str(heard["name"]), int(heard["port"])
            ends = tuple(
                (str(ipaddress.ip_address(each)), port) for each in heard["addresses"][:MAX_ADDRESSES]
            )
        except (ValueError, TypeError, KeyError):
            return
        if not 0 < port < 2**16 or not ends or len(name) > _LONGEST_NAME:
            return
        with self._lock:
            if name in self._heard_of or len(self._heard_of) < 2 * MAX_PEERS:
                self._heard_of[name] = ends

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.check_address()
                pause_s = self._watch_process()
            except Exception:
                log.exception("lan_discovery_failed")
                pause_s = RESTART_AFTER_S
            self._wake.wait(pause_s)
            self._wake.clear()

    def _watch_process(self) -> float:
        """Start the mDNS process if it should run, and return the seconds until the next look."""
        wanted = self._announced if self._multicast else None
        running = self._process
        if running is not None and (
            running.poll() is not None or getattr(running, "announced", None) != wanted
        ):
            has_failed = running.poll() is not None
            self._end_process()
            if has_failed:
                if not self._failed_before:  # it would be logged every half minute
                    log.warning("mdns_process_ended", code=running.returncode)
                self._failed_before = True
                return RESTART_AFTER_S
        if wanted is not None and self._process is None:
            self._start_process(wanted)
        return CHECK_EVERY_S if self._address is not None else 1.0

    def _start_process(self, announced: tuple[str, int]) -> None:
        process = subprocess.Popen(  # noqa: S603 -- this program's own module
            self._command(*announced, self._name, self._event),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        process.announced = announced  # type: ignore[attr-defined]
        self._process = process
        self._reader = threading.Thread(target=self._read, args=(process,), name="lan-mdns", daemon=True)
        self._reader.start()

    def _read(self, process: "subprocess.Popen[bytes]") -> None:
        output = process.stdout
        if output is None:
            return
        with output:
            while line := output.readline(_LONGEST_LINE):
                self.take_line(line)

    def _end_process(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(_ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if self._reader is not None:
            self._reader.join(_ENDS_WITHIN_S)


def _mdns_command(address: str, port: int, name: str, event: str) -> list[str]:
    return [sys.executable, "-m", "hub_sync.client.lan.mdns_process", address, str(port), name, event]
