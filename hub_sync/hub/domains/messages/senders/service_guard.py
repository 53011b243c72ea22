"""Keep services for text messages and push out of the hub's own network, as webhooks are (SSRF).

apprise sends by requests, which takes no connector of ours; so the function by which urllib3 connects is replaced once, and checks the
address of every connection while a service is called: a name that resolves to something else a moment later, and a redirect to the
inside, are refused too. Services that don't send by requests are not offered.
"""

import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from apprise import NotifyBase
from urllib3.util import connection as urllib3_connection

from hub_sync.hub.domains.webhooks.network.url_policy import parse_address, rejection_reason
from hub_sync.hub.kit.networks import Network

_allowed: ContextVar[tuple[Network, ...] | None] = ContextVar("allowed_networks", default=None)
_connect = urllib3_connection.create_connection


@contextmanager
def guarded(allowed: Sequence[Network]) -> Iterator[None]:
    """Refuse connections to other than public addresses in this thread until the block ends.

    Args:
        allowed: networks that may be reached nevertheless.
    """
    token = _allowed.set(tuple(allowed))
    try:
        yield
    finally:
        _allowed.reset(token)


def sends_by_http(service: NotifyBase) -> bool:
    """Return True if a service sends by requests, whose connections are checked."""
    return hasattr(sys.modules[type(service).__module__], "requests")


def _connect_guarded(address: tuple[str, int], *arguments: Any, **more: Any) -> socket.socket:
    allowed = _allowed.get()
    if allowed is None:
        return _connect(address, *arguments, **more)
    host, port = address
    failure: OSError = OSError(f"{host} has no address")
    for *_, resolved in socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM):
        parsed = parse_address(str(resolved[0]))
        if parsed is None or rejection_reason(parsed, allowed) is not None:
            failure = OSError("not a public address")
            continue
        try:
            return _connect((str(resolved[0]), port), *arguments, **more)
        except OSError as error:
            failure = error
    raise failure


urllib3_connection.create_connection = _connect_guarded
