"""Keep services for text messages and push out of the hub's own network, as webhooks are (SSRF).

apprise sends by requests, which takes no connector of ours; so the function by which urllib3 connects is replaced once, and checks the
address of every connection while a service is called: a name that resolves to something else a moment later, and a redirect to the
inside, are refused too. Services that don't send by requests are not offered.

apprise says only whether a message was taken. So the adapter of requests is replaced in the same way, and notes what was answered.
"""

import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import requests
from apprise import NotifyBase
from requests.adapters import HTTPAdapter
from urllib3.exceptions import MaxRetryError
from urllib3.util import connection as urllib3_connection

from hub_sync.hub.domains.webhooks.network.url_policy import parse_address, rejection_reason
from hub_sync.hub.kit.networks import Network

_allowed: ContextVar[tuple[Network, ...] | None] = ContextVar("allowed_networks", default=None)
_connect = urllib3_connection.create_connection
_send = HTTPAdapter.send


@dataclass(slots=True)
class ServiceAnswer:
    """The last answer of a service.

    Attributes:
        status: of HTTP; None: there was no answer.
        is_uncertain: True: the request was sent and the connection lost, so that the service may have it.
    """

    status: int | None = None
    is_uncertain: bool = False


_answer: ContextVar[ServiceAnswer | None] = ContextVar("service_answer", default=None)


@contextmanager
def guarded(allowed: Sequence[Network]) -> Iterator[ServiceAnswer]:
    """Refuse connections to other than public addresses in this thread until the block ends, and note what was answered.

    Args:
        allowed: networks that may be reached nevertheless.
    """
    answer = ServiceAnswer()
    token, noted = _allowed.set(tuple(allowed)), _answer.set(answer)
    try:
        yield answer
    finally:
        _allowed.reset(token)
        _answer.reset(noted)


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


def _send_noted(adapter: HTTPAdapter, *arguments: Any, **more: Any) -> requests.Response:
    answer = _answer.get()
    if answer is None:
        return _send(adapter, *arguments, **more)
    answer.status, answer.is_uncertain = None, False
    try:
        response = _send(adapter, *arguments, **more)
    except requests.ReadTimeout:
        answer.is_uncertain = True
        raise
    except requests.ConnectionError as error:
        # urllib3 gives up with MaxRetryError where no connection came about; another error cut one off.
        answer.is_uncertain = not (error.args and isinstance(error.args[0], MaxRetryError))
        raise
    answer.status = response.status_code
    return response


urllib3_connection.create_connection = _connect_guarded
HTTPAdapter.send = _send_noted  # type: ignore[method-assign, assignment]
