"""Connections are used again by their own subscription alone, and one that broke while idle costs no attempt."""

import asyncio
from datetime import UTC, datetime

import pytest

from hub_sync.hub.domains.webhooks.network import connection_pool
from hub_sync.hub.domains.webhooks.network.sender import WebhookSender
from hub_sync.hub.domains.webhooks.network.ssrf_guard import GuardedNetwork
from hub_sync.hub.kit.networks import parse_networks
from tests.hub_sync.hub.domains.webhooks.conftest import Attempt, request_to
from tests.support.webhook_receiver import WebhookReceiver


@pytest.mark.parametrize("path", ["/ok", "/status/204", "/status/500", "/long?5000", "/chunked"])
def test_an_answer_that_is_whole_leaves_the_connection_for_the_next(
    attempt: Attempt, receiver: WebhookReceiver, path: str
) -> None:
    attempt(*[receiver.url(path)] * 3)

    assert len({item["connection"] for item in receiver.requests_to(path)[-3:]}) == 1


def test_an_answer_that_is_too_long_does_not(attempt: Attempt, receiver: WebhookReceiver) -> None:
    outcomes = attempt(*[receiver.url("/long?200000")] * 2)

    assert [outcome.excerpt for outcome in outcomes] == ["x" * 1024] * 2
    assert len({item["connection"] for item in receiver.requests_to("/long?200000")}) == 2


def test_subscriptions_share_no_connection(attempt: Attempt, receiver: WebhookReceiver) -> None:
    url = receiver.url("/ok?shared")

    attempt(*[url] * 4, subscriptions=["one", "two", "one", "two"])

    first, two, *again = [item["connection"] for item in receiver.requests_to("/ok?shared")]
    assert first != two
    assert again == [first, two]


def test_an_idle_connection_that_the_endpoint_ended_costs_no_attempt(
    attempt: Attempt, receiver: WebhookReceiver
) -> None:
    first, second = attempt(*[receiver.url("/once")] * 2)

    assert first.succeeded
    assert second.succeeded
    came = receiver.requests_to("/once")
    assert [item["headers"]["webhook-id"] for item in came] == ["message-1"] * 3
    assert came[0]["connection"] == came[1]["connection"] != came[2]["connection"]


def test_an_answer_that_breaks_off_in_the_middle_is_not_asked_for_again(
    attempt: Attempt, receiver: WebhookReceiver
) -> None:
    first, second = attempt(*[receiver.url("/half")] * 2)

    assert first.succeeded
    assert second.error == "The endpoint hung up without an answer."
    assert len(receiver.requests_to("/half")) == 2


def test_a_connection_that_is_not_used_is_ended_soon(
    receiver: WebhookReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_pool, "IDLE_TIMEOUT_S", 0.05)
    monkeypatch.setattr("hub_sync.hub.domains.webhooks.network.sender.IDLE_TIMEOUT_S", 0.05)

    async def send_and_wait() -> list[int]:
        sender = WebhookSender(GuardedNetwork(parse_networks(["127.0.0.0/8"])))
        await sender.send(request_to(receiver.url("/ok?unused")), datetime.now(UTC))
        counts = [len(sender._pool._idle)]
        await asyncio.sleep(0.2)
        counts.append(len(sender._pool._idle))
        await sender.close()
        return counts

    assert asyncio.run(send_and_wait()) == [1, 0]


def test_what_an_endpoint_says_unasked_is_no_answer_to_the_next(receiver: WebhookReceiver) -> None:
    async def send_twice() -> list[int | None]:
        sender = WebhookSender(GuardedNetwork(parse_networks(["127.0.0.0/8"])))
        outgoing = request_to(receiver.url("/chatty"))
        first = await sender.send(outgoing, datetime.now(UTC))
        await asyncio.sleep(0.1)
        second = await sender.send(outgoing, datetime.now(UTC))
        await sender.close()
        return [first.status, second.status]

    assert asyncio.run(send_twice()) == [200, 200]


def test_what_is_held_open_in_all_is_bounded(
    receiver: WebhookReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_pool, "_MAX_TOTAL", 8)
    monkeypatch.setattr(connection_pool, "_MAX_PER_ENDPOINT", 3)

    async def send_many() -> tuple[int, int]:
        sender = WebhookSender(GuardedNetwork(parse_networks(["127.0.0.0/8"])))
        now, url = datetime.now(UTC), receiver.url("/ok?bounded")
        await asyncio.gather(*(sender.send(request_to(url, "busy"), now) for _ in range(9)))
        busy = sender._pool._count
        for at in range(9):
            await sender.send(request_to(url, f"other-{at}"), now)
        in_all = sender._pool._count
        await sender.close()
        assert sender._pool._count == 0
        return busy, in_all

    assert asyncio.run(send_many()) == (3, 8)


def test_many_at_once_to_an_endpoint_that_hangs_keep_no_other_waiting(receiver: WebhookReceiver) -> None:
    async def beside() -> list[bool]:
        sender = WebhookSender(GuardedNetwork(parse_networks(["127.0.0.0/8"])))
        now = datetime.now(UTC)
        hanging = [
            asyncio.ensure_future(sender.send(request_to(receiver.url("/hang"), "hangs"), now))
            for _ in range(50)
        ]
        await asyncio.sleep(0.05)
        for _ in range(20):
            assert (await sender.send(request_to(receiver.url("/ok"), "answers"), now)).succeeded
        ended = [item.done() for item in hanging]
        for item in hanging:
            item.cancel()
        await asyncio.gather(*hanging, return_exceptions=True)
        await sender.close()
        return ended

    assert asyncio.run(beside()) == [False] * 50
