"""The network as webhooks see it: every address is checked at the moment of connecting, and no other is connected to.

A name may lead to a public address when it is looked at, and to the hub's own network a second later. Here one look-up
serves both: what it found is checked, all of it, and the connection goes to one of those very addresses as numbers.
"""

import asyncio
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Sequence
from functools import cache
from itertools import chain, zip_longest

import httpcore

from hub_sync.hub.domains.webhooks.network.failure_codes import AttemptFailure
from hub_sync.hub.domains.webhooks.network.stream import TcpStream
from hub_sync.hub.domains.webhooks.network.url_policy import Address, parse_address, rejection_reason
from hub_sync.hub.kit.networks import Network

Resolve = Callable[[str, int], Awaitable[Sequence[Address]]]
_LOOK_UP_S = 5.0
_OTHERS_TURN_S = 1.0
"""So long an address may take to answer while there is another to try: IPv6 that leads nowhere costs a second."""
_MOST_ADDRESSES, _MOST_LOOK_UPS = 6, 64


class ConnectionNotTried(Exception):
    """There is no connection, because the hub did not even try."""

    def __init__(self, failure: AttemptFailure) -> None:
        """`failure` is what the log says."""
        super().__init__(failure)
        self.failure = failure


class AddressRefused(ConnectionNotTried):
    """The name leads to an address that webhooks may not reach."""


class NameNotResolved(ConnectionNotTried):
    """The name leads nowhere, or nobody could say in time where."""


class ResolverBusy(ConnectionNotTried):
    """So many names' servers hang that the hub looks up no more of them."""


class GuardedNetwork:
    """Connects over TCP, to addresses that webhooks may reach. There is no other way to an endpoint."""

    def __init__(self, allowed: Sequence[Network] = (), resolve: Resolve | None = None) -> None:
        """`allowed` networks are open although they would be refused."""
        self._allowed = tuple(allowed)
        self._resolve = resolve or NameResolver()

    async def connect(self, host: str, port: int) -> TcpStream:
        """A connection to one of the host's addresses, all of which may be reached.

        Raises:
            AddressRefused: one of them may not.
            NameUnknown: there is none.
            httpcore.ConnectError, httpcore.ConnectTimeout: none of them answers.
        """
        found = await self._addresses(host, port)
        for address in found:
            refusal = rejection_reason(address, self._allowed)
            if refusal:
                # Of a name it is not told where it leads: whoever may set a webhook need not know the hub's own network.
                raise AddressRefused(
                    AttemptFailure.of("AddressNotAllowed", reason=refusal)
                    if parse_address(host)
                    else AttemptFailure.of("NameNotAllowed", name=host)
                )
        return await _first_that_answers(_in_turn(found), port)

    async def _addresses(self, host: str, port: int) -> Sequence[Address]:
        literal = parse_address(host)
        if literal is not None:
            return [literal]
        try:
            async with asyncio.timeout(_LOOK_UP_S):
                found = await self._resolve(host, port)
        except TimeoutError:
            raise NameNotResolved(AttemptFailure.of("NameTimedOut", name=host)) from None
        except (OSError, ValueError) as error:
            raise NameNotResolved(AttemptFailure.of("NameNotFound", name=host)) from error
        if not found:
            raise NameNotResolved(AttemptFailure.of("NameWithoutAddress", name=host))
        return found


class NameResolver:
    """The system's look-up of names, in threads: one a name at a time, however many wait for it.

    A name whose servers hang holds its thread for half a minute; were they the event loop's own few, everybody's
    look-ups would wait behind it. They are daemons, so that the hub stops without waiting for them.
    """

    def __init__(self) -> None:
        """Nothing is being looked up."""
        self._under_way: dict[tuple[str, int], asyncio.Future[list[Address]]] = {}

    async def __call__(self, host: str, port: int) -> list[Address]:
        """All addresses of a name.

        Raises:
            OSError: it has none.
            TooManyNames.
        """
        asked = (host, port)
        found = self._under_way.get(asked)
        if found is None:
            if len(self._under_way) >= _MOST_LOOK_UPS:
                raise ResolverBusy(AttemptFailure.of("ResolverBusy"))
            found = self._under_way[asked] = asyncio.get_running_loop().create_future()
            found.add_done_callback(lambda done: self._over(asked, done))
            threading.Thread(target=_look_up, args=(host, port, found), name="name", daemon=True).start()
        return await asyncio.shield(found)

    def _over(self, asked: tuple[str, int], done: asyncio.Future[list[Address]]) -> None:
        del self._under_way[asked]
        if not done.cancelled():
            done.exception()  # whoever asked may have left meanwhile


def _look_up(host: str, port: int, answer: asyncio.Future[list[Address]]) -> None:
    found: list[Address] = []
    failure: OSError | ValueError | None = None
    try:
        rows = socket.getaddrinfo(host.encode("ascii"), port, type=socket.SOCK_STREAM)
        found = [one for one in (parse_address(str(row[4][0])) for row in rows) if one is not None]
    except (OSError, ValueError) as error:
        failure = error
    try:
        answer.get_loop().call_soon_threadsafe(_settle, answer, found, failure)
    except RuntimeError:
        return  # the loop is gone, and with it whoever asked


def _settle(answer: asyncio.Future[list[Address]], found: list[Address], failure: Exception | None) -> None:
    if answer.done():
        return
    if failure is None:
        answer.set_result(found)
    else:
        answer.set_exception(failure)


def _in_turn(found: Sequence[Address]) -> list[Address]:
    """The order of the look-up (RFC 6724), but the two families by turns, so that one that is broken is left soon."""
    first = found[0].version
    preferred = [one for one in dict.fromkeys(found) if one.version == first]
    others = [one for one in dict.fromkeys(found) if one.version != first]
    turns = chain.from_iterable(zip_longest(preferred, others))
    return [one for one in turns if one is not None][:_MOST_ADDRESSES]


async def _first_that_answers(addresses: Sequence[Address], port: int) -> TcpStream:
    """The caller's time is the limit for the last one."""
    loop = asyncio.get_running_loop()
    failure: Exception = httpcore.ConnectTimeout("time is up")
    for address in addresses:
        try:
            async with asyncio.timeout(None if address is addresses[-1] else _OTHERS_TURN_S):
                # numbers alone: the loop must not take them for a name and look it up a second time
                _, line = await loop.create_connection(
                    TcpStream, str(address), port, flags=socket.AI_NUMERICHOST
                )
                return line
        except TimeoutError as error:
            failure = httpcore.ConnectTimeout(error)
        except OSError as error:
            failure = httpcore.ConnectError(error)
            failure.__cause__ = error
    raise failure


@cache
def tls_context() -> ssl.SSLContext:
    """One for all connections: certificates are verified, with the host's name, by the system's authorities."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context
