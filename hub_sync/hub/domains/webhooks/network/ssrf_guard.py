"""Guard against server-side request forgery (SSRF): the address that is checked is the address that is dialled.

A name may lead to a public address when it is checked, and to the hub's own network a second later (DNS rebinding). Here
one look-up serves both: all its addresses are checked, and the connection goes to one of these very addresses as
numbers.
"""

import asyncio
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Sequence
from functools import cache
from itertools import chain, zip_longest

import httpcore

from hub_sync.hub.domains.webhooks.failures import Failure, FailureCode
from hub_sync.hub.domains.webhooks.network.stream import TcpStream
from hub_sync.hub.domains.webhooks.network.url_policy import Address, parse_address, rejection_reason
from hub_sync.hub.kit.networks import Network

Resolve = Callable[[str, int], Awaitable[Sequence[Address]]]
_LOOK_UP_TIMEOUT_S = 5.0
_NEXT_ADDRESS_S = 1.0
"""Time that an address has to answer while there is another to try: IPv6 that leads nowhere costs a second."""
_MAX_ADDRESSES, _MAX_LOOK_UPS = 6, 64


class ConnectionFailure(Exception):
    """There is no connection, for the reason `failure`."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure
        super().__init__(failure.message)


class AddressRefused(ConnectionFailure):
    """The name leads to an address that webhooks may not reach."""


class NameNotResolved(ConnectionFailure):
    """The name has no address, or the look-up took too long."""


class ResolverBusy(ConnectionFailure):
    """The servers of too many names hang, so the hub looks up no more of them for now."""


class GuardedNetwork:
    """Opens TCP connections to addresses that webhooks may reach. There is no other way to an endpoint."""

    def __init__(self, allowed: Sequence[Network] = (), resolve: Resolve | None = None) -> None:
        """Allow the networks `allowed`, though they would be refused."""
        self._allowed = tuple(allowed)
        self._resolve = resolve or NameResolver()

    async def connect(self, host: str, port: int) -> TcpStream:
        """Connect to one of the host's addresses.

        Raises:
            AddressRefused: webhooks may not reach one of the addresses.
            NameNotResolved: the host has no address.
            httpcore.ConnectError, httpcore.ConnectTimeout: no address answers.
        """
        addresses = await self._addresses(host, port)
        for address in addresses:
            refusal = rejection_reason(address, self._allowed)
            if refusal:
                # A name's addresses are not shown: whoever may set a webhook need not know the hub's own network.
                raise AddressRefused(
                    refusal if parse_address(host) else Failure(FailureCode.NAME_REFUSED, {"host": host})
                )
        return await _connect_first(_interleave_families(addresses), port)

    async def _addresses(self, host: str, port: int) -> Sequence[Address]:
        literal = parse_address(host)
        if literal is not None:
            return [literal]
        try:
            async with asyncio.timeout(_LOOK_UP_TIMEOUT_S):
                addresses = await self._resolve(host, port)
        except TimeoutError:
            raise NameNotResolved(Failure(FailureCode.NAME_TIMEOUT, {"host": host})) from None
        except (OSError, ValueError) as error:
            raise NameNotResolved(Failure(FailureCode.NAME_UNKNOWN, {"host": host})) from error
        if not addresses:
            raise NameNotResolved(Failure(FailureCode.NAME_WITHOUT_ADDRESS, {"host": host}))
        return addresses


class NameResolver:
    """The system's look-up of names in threads: one thread a name, however many callers wait for it.

    A name whose servers hang holds its thread for half a minute. In the event loop's own few threads it would keep all
    other look-ups waiting. The threads are daemons, so the hub stops without waiting for them.
    """

    def __init__(self) -> None:
        self._pending: dict[tuple[str, int], asyncio.Future[list[Address]]] = {}

    async def __call__(self, host: str, port: int) -> list[Address]:
        """Return all addresses of a name.

        Raises:
            OSError: it has none.
            ResolverBusy: too many look-ups are pending.
        """
        query = (host, port)
        pending = self._pending.get(query)
        if pending is None:
            if len(self._pending) >= _MAX_LOOK_UPS:
                raise ResolverBusy(Failure(FailureCode.RESOLVER_BUSY))
            pending = asyncio.get_running_loop().create_future()
            try:
                threading.Thread(
                    target=_look_up, args=(host, port, pending), name=f"look-up {host}", daemon=True
                ).start()
            except RuntimeError as error:  # the system gives no thread now
                raise ResolverBusy(Failure(FailureCode.RESOLVER_BUSY)) from error
            self._pending[query] = pending
            pending.add_done_callback(lambda done: self._remove(query, done))
        return await asyncio.shield(pending)

    def _remove(self, query: tuple[str, int], done: asyncio.Future[list[Address]]) -> None:
        del self._pending[query]
        if not done.cancelled():
            done.exception()  # marks it as retrieved: the caller may have left meanwhile


def _look_up(host: str, port: int, future: asyncio.Future[list[Address]]) -> None:
    addresses: list[Address] = []
    failure: OSError | ValueError | None = None
    try:
        rows = socket.getaddrinfo(host.encode("ascii"), port, type=socket.SOCK_STREAM)
        parsed = (parse_address(str(row[4][0])) for row in rows)
        addresses = [address for address in parsed if address is not None]
    except (OSError, ValueError) as error:
        failure = error
    try:
        future.get_loop().call_soon_threadsafe(_settle, future, addresses, failure)
    except RuntimeError:
        return  # the loop is closed, and with it the caller


def _settle(
    future: asyncio.Future[list[Address]], addresses: list[Address], failure: Exception | None
) -> None:
    if future.done():
        return
    if failure is None:
        future.set_result(addresses)
    else:
        future.set_exception(failure)


def _interleave_families(addresses: Sequence[Address]) -> list[Address]:
    """Return addresses in the order of the look-up (RFC 6724), but IPv4 and IPv6 in turn (RFC 8305), without repeats."""
    first = addresses[0].version
    preferred = [address for address in dict.fromkeys(addresses) if address.version == first]
    others = [address for address in dict.fromkeys(addresses) if address.version != first]
    interleaved = chain.from_iterable(zip_longest(preferred, others))
    return [address for address in interleaved if address is not None][:_MAX_ADDRESSES]


async def _connect_first(addresses: Sequence[Address], port: int) -> TcpStream:
    """Connect to the first address that answers. Only the caller's timeout limits the last one."""
    loop = asyncio.get_running_loop()
    failure: Exception = httpcore.ConnectTimeout("time is up")
    for address in addresses:
        try:
            async with asyncio.timeout(None if address is addresses[-1] else _NEXT_ADDRESS_S):
                # Numbers only: the loop must not take them for a name and look it up a second time.
                _, stream = await loop.create_connection(
                    TcpStream, str(address), port, flags=socket.AI_NUMERICHOST
                )
                return stream
        except TimeoutError as error:
            failure = httpcore.ConnectTimeout(error)
        except OSError as error:
            failure = httpcore.ConnectError(error)
            failure.__cause__ = error
    raise failure


@cache
def tls_context() -> ssl.SSLContext:
    """Return the TLS context of all connections. It verifies certificates and host names by the system's authorities."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context
