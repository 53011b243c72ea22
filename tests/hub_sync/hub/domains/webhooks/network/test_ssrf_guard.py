"""One look-up serves the check and the connection: a name that changes its mind in between gains nothing."""

import asyncio
import socket
import threading
import time
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any

import pytest

from hub_sync.hub.domains.webhooks.network import ssrf_guard
from hub_sync.hub.domains.webhooks.network.ssrf_guard import (
    AddressRefused,
    GuardedNetwork,
    NameNotResolved,
    NameResolver,
    ResolverBusy,
)
from hub_sync.hub.domains.webhooks.network.url_policy import Address
from hub_sync.hub.kit.networks import parse_networks
from tests.hub_sync.hub.domains.webhooks.conftest import Attempt
from tests.support.webhook_receiver import WebhookReceiver

PUBLIC = "8.8.8.8"
LOOPBACK = parse_networks(["127.0.0.0/8", "::1"])


class Rebinding:
    """A name's server that gives each look-up the next answer; the last for ever."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers, self.call_count = list(answers), 0

    async def __call__(self, host: str, port: int) -> list[Address]:
        answer = self.answers[min(self.call_count, len(self.answers) - 1)]
        self.call_count += 1
        return [ip_address(item) for item in answer]


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Where connections would have gone: none is made."""
    lookups: list[tuple[str, int]] = []

    async def refuse(loop: object, factory: object, host: str, port: int, *, flags: int) -> None:
        assert flags == socket.AI_NUMERICHOST
        lookups.append((host, port))
        raise ConnectionRefusedError(111, "refused")

    monkeypatch.setattr(asyncio.base_events.BaseEventLoop, "create_connection", refuse)
    return lookups


def test_a_name_that_rebinds_is_connected_to_where_it_was_checked(
    attempt: Attempt, connected: list[tuple[str, int]]
) -> None:
    rebinding = Rebinding([PUBLIC], ["127.0.0.1"])

    first, second = attempt("http://rebind.example/", "http://rebind.example/", allowed=(), resolve=rebinding)

    # by one look-up; the second attempt's own led to the hub, and went nowhere
    assert connected == [(PUBLIC, 80)]
    assert first.error == "The endpoint refused the connection."
    assert second.error == (
        "rebind.example can't be used: it leads to an address that webhooks may not reach."
    )
    assert rebinding.call_count == 2


def test_over_a_real_connection_too(attempt: Attempt) -> None:
    with WebhookReceiver(host="127.0.0.2") as lab:
        rebinding = Rebinding(["127.0.0.2"], ["127.0.0.1"])
        url = f"http://rebind.example:{lab.port}"
        allowed, again, refused = attempt(
            f"{url}/ok", f"{url}/ok", f"{url}/gone", allowed=("127.0.0.2/32",), resolve=rebinding
        )

        assert allowed.succeeded
        assert again.succeeded
        assert refused.status is None
        assert rebinding.call_count == 2  # once for the connection that was allowed, once for the other URL's
        assert [item["headers"]["host"] for item in lab.log()] == [f"rebind.example:{lab.port}"] * 2


@pytest.mark.parametrize(
    "addresses",
    [[PUBLIC, "127.0.0.1"], ["127.0.0.1", PUBLIC], [PUBLIC, "::ffff:10.0.0.1"], [PUBLIC, "fe80::1%lo"]],
)
def test_one_address_that_is_refused_refuses_the_name(
    attempt: Attempt, connected: list[tuple[str, int]], addresses: list[str]
) -> None:
    [outcome] = attempt("https://mixed.example/", allowed=(), resolve=Rebinding(addresses))

    assert "may not reach" in str(outcome.error)
    assert connected == []


@pytest.mark.parametrize(
    "host", ["127.1", "2130706433", "0x7f.1", "127.0.0.1", "[::ffff:127.0.0.1]", "[::1]"]
)
def test_a_spelling_that_was_saved_before_is_refused_without_a_look_up(
    attempt: Attempt, connected: list[tuple[str, int]], host: str
) -> None:
    rebinding = Rebinding([PUBLIC])

    [outcome] = attempt(f"http://{host}/", allowed=(), resolve=rebinding)

    assert "may not reach" in str(outcome.error)
    assert (connected, rebinding.call_count) == ([], 0)


def test_the_systems_own_names_are_judged(attempt: Attempt, receiver: WebhookReceiver) -> None:
    url = receiver.url("/ok", "localhost")

    [refused] = attempt(url, allowed=())
    [reached] = attempt(url, allowed=("127.0.0.0/8", "::1"))

    assert "leads to an address that webhooks may not reach" in str(refused.error)
    assert reached.succeeded


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433", "0177.0.0.1"])
def test_an_allowed_lab_is_reached_in_every_spelling(
    attempt: Attempt, receiver: WebhookReceiver, host: str
) -> None:
    [outcome] = attempt(receiver.url("/ok", host))

    assert outcome.succeeded


def test_an_address_that_does_not_answer_leaves_its_turn_to_the_next(
    attempt: Attempt, receiver: WebhookReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ssrf_guard, "_NEXT_ADDRESS_S", 0.1)
    with socket.create_server(("127.0.0.9", receiver.port), backlog=0) as silent:
        fillers = [_knock(silent) for _ in range(4)]  # its queue is full: who comes now hears nothing
        resolve = Rebinding(["::1", "127.0.0.8", "127.0.0.9", "127.0.0.1"])
        [outcome] = attempt(
            f"http://many.example:{receiver.port}/ok", allowed=("127.0.0.0/8", "::1"), resolve=resolve
        )
        for filler in fillers:
            filler.close()

    assert outcome.succeeded
    assert 100 <= outcome.duration_ms < 1000


def _knock(at: socket.socket) -> socket.socket:
    knocking = socket.socket()
    knocking.setblocking(False)
    knocking.connect_ex(at.getsockname())
    return knocking


def test_the_two_families_take_turns() -> None:
    addresses = [ip_address(item) for item in ("2a00::1", "2a00::2", "2a00::1", "8.8.8.8", "1.1.1.1")]

    assert [str(family) for family in ssrf_guard._interleave_families(addresses)] == [
        "2a00::1",
        "8.8.8.8",
        "2a00::2",
        "1.1.1.1",
    ]


def test_a_name_is_looked_up_once_however_many_wait_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    lookups: list[Any] = []
    go_on = threading.Event()

    def slowly(host: bytes, port: int, **kwargs: Any) -> list[Any]:
        lookups.append(host)
        go_on.wait(5)
        return [(2, 1, 6, "", ("127.0.0.1", port)), (10, 1, 6, "", ("fe80::1%lo", port, 0, 1))]

    async def several() -> list[list[Address]]:
        names = NameResolver()
        waiting = [asyncio.ensure_future(names("slow.example", 80)) for _ in range(5)]
        await asyncio.sleep(0.02)
        waiting[0].cancel()  # who gives up takes nothing from the others
        go_on.set()
        return await asyncio.gather(*waiting[1:])

    monkeypatch.setattr(socket, "getaddrinfo", slowly)

    assert asyncio.run(several()) == [[ip_address("127.0.0.1"), ip_address("fe80::1%lo")]] * 4
    assert lookups == [b"slow.example"]


def test_names_that_hang_leave_room_for_others_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()

    def look_up(host: bytes, port: int, **kwargs: Any) -> list[Any]:
        if host.startswith(b"hung"):
            go_on.wait(5)
        return [(2, 1, 6, "", ("127.0.0.1", port))]

    async def many() -> None:
        names = NameResolver()
        hung = [asyncio.ensure_future(names(f"hung{at}.example", 80)) for at in range(63)]
        await asyncio.sleep(0)
        assert await names("quick.example", 80) == [ip_address("127.0.0.1")]
        hung.append(asyncio.ensure_future(names("hung64.example", 80)))
        await asyncio.sleep(0)
        with pytest.raises(ResolverBusy):
            await names("quick.example", 80)
        go_on.set()
        await asyncio.gather(*hung)
        assert await names("quick.example", 80) == [ip_address("127.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    asyncio.run(many())


def test_a_name_whose_look_up_got_no_thread_is_looked_up_by_the_next_who_asks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    async def ask_twice() -> list[Address]:
        names = NameResolver()
        with monkeypatch.context() as exhausted:
            exhausted.setattr(threading.Thread, "start", refuse)
            with pytest.raises(ResolverBusy):
                await names("localhost", 1)
        return await asyncio.wait_for(names("localhost", 1), 30)

    assert asyncio.run(ask_twice())


def test_a_name_that_nobody_knows_says_so(attempt: Attempt, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*args: Any, **kwargs: Any) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)

    [outcome] = attempt("http://nobody.example/")

    assert outcome.error == "The name nobody.example could not be found."


def test_a_name_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang(host: str, port: int) -> list[Address]:
        await asyncio.sleep(60)
        return []

    async def connect() -> None:
        await GuardedNetwork(LOOPBACK, hang).connect("hung.example", 80)

    monkeypatch.setattr(ssrf_guard, "_LOOK_UP_TIMEOUT_S", 0.05)
    began = time.monotonic()

    with pytest.raises(NameNotResolved, match="took too long"):
        asyncio.run(connect())
    assert time.monotonic() - began < 2


def test_a_name_without_addresses_says_so() -> None:
    async def connect(answer: Sequence[str], host: str) -> None:
        await GuardedNetwork((), Rebinding(answer)).connect(host, 80)

    with pytest.raises(NameNotResolved, match="has no address"):
        asyncio.run(connect([], "empty.example"))
    with pytest.raises(AddressRefused):
        asyncio.run(connect([], "10.0.0.1"))
