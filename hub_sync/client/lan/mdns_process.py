"""A process of its own that announces this station by mDNS (zeroconf), and writes a line for each other one that it hears of.

It is apart so that a flood of mDNS, or a fault of an interface, costs the station nothing. It uses the one interface that it is told,
and ends with its standard input.

    python -m hub_sync.client.lan.mdns_process ADDRESS PORT NAME EVENT
    -> {"name": "91ab…", "addresses": ["192.0.2.7"], "port": 47471}
"""

import contextlib
import json
import os
import sys

from zeroconf import IPVersion, ServiceBrowser, ServiceInfo, ServiceListener, Zeroconf

SERVICE = "_doorward._udp.local."
_TIMEOUT_MS = 2_000
_MAX_ADDRESSES = 4


class PeerListener(ServiceListener):
    """Writes what it hears of stations of one event."""

    def __init__(self, own_name: str, event: str) -> None:
        self._own_name, self._event = own_name, event

    def add_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        """Write a station that came."""
        station = name.removesuffix(f".{type_}")
        if station == self._own_name:
            return
        info = zc.get_service_info(type_, name, _TIMEOUT_MS)
        if info is None or info.port is None or (info.properties or {}).get(b"event") != self._event.encode():
            return
        addresses = info.parsed_addresses()[:_MAX_ADDRESSES]
        line = json.dumps({"name": station, "addresses": addresses, "port": info.port})
        with contextlib.suppress(BrokenPipeError):
            sys.stdout.write(line + "\n")
            sys.stdout.flush()

    def update_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        """Write a station that has another address."""
        self.add_service(zc, type_, name)

    def remove_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        """Do nothing: the station is heard as long as it speaks."""


def run(address: str, port: int, name: str, event: str) -> None:
    """Announce and listen until the standard input ends."""
    with contextlib.suppress(OSError, AttributeError):
        os.nice(10)
    zeroconf = Zeroconf(
        interfaces=[address], ip_version=IPVersion.V6Only if ":" in address else IPVersion.V4Only
    )
    try:
        info = ServiceInfo(
            SERVICE,
            f"{name}.{SERVICE}",
            port=port,
            parsed_addresses=[address],
            properties={"event": event},
            server=f"{name}.local.",
        )
        browser = ServiceBrowser(zeroconf, SERVICE, listener=PeerListener(name, event))
        with contextlib.suppress(
            Exception
        ):  # a multicast that is filtered, or a name that is taken: others may be heard
            zeroconf.register_service(info, allow_name_change=False, cooperating_responders=True)
        sys.stdin.buffer.read()
        browser.cancel()
    finally:
        zeroconf.close()


if __name__ == "__main__":
    run(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4])
