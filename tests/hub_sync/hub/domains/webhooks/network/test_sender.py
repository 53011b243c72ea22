"""One attempt at a real endpoint, for everything that an endpoint may do."""

import asyncio
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from standardwebhooks import Webhook

from hub_sync.hub.domains.webhooks.failures import response_failure, sanitize_text
from hub_sync.hub.domains.webhooks.network.sender import AttemptOutcome, WebhookSender
from hub_sync.hub.domains.webhooks.network.ssrf_guard import GuardedNetwork
from hub_sync.hub.kit.networks import parse_networks
from tests.hub_sync.hub.domains.webhooks.conftest import SECRET, Attempt, request_to
from tests.support.webhook_receiver import WebhookReceiver


def test_what_arrives_is_what_was_signed(attempt: Attempt, receiver: WebhookReceiver) -> None:
    [outcome] = attempt(receiver.url("/ok?what-arrives=%C3%A9"))

    [came] = receiver.requests_to("/ok?what-arrives=%C3%A9")
    assert (outcome.succeeded, outcome.status, outcome.excerpt, outcome.error) == (True, 200, "ok", None)
    assert came["headers"] | {"host": f"127.0.0.1:{receiver.port}"} == came["headers"]
    assert came["headers"]["content-type"] == "application/json"
    assert came["headers"]["user-agent"] == "Doorward-Webhooks/1"
    assert came["headers"]["x-webhook-event"] == "scan.accepted"
    assert Webhook(SECRET).verify(came["body"], came["headers"])["data"] == {"name": "Zoë"}


@pytest.mark.parametrize(
    ("path", "status", "error"),
    [
        ("/status/201", 201, None),
        ("/status/204", 204, None),
        ("/chunked", 200, None),
        ("/status/101", None, "What the endpoint answered is not HTTP."),
        ("/status/400", 400, "The endpoint answered 400 Bad Request."),
        ("/status/500", 500, "The endpoint answered 500 Internal Server Error."),
        ("/status/799", 799, "The endpoint answered 799."),
        ("/status/304", 304, "The endpoint answered 304 Not Modified: redirects are not followed."),
        ("/gone", 410, "The endpoint answered 410 Gone."),
        (
            "/redirect",
            302,
            "The endpoint answered 302 Found, which leads to /ok: redirects are not followed.",
        ),
        ("/reset", None, "The endpoint broke the connection off."),
        ("/close", None, "The endpoint hung up without an answer."),
        ("/garbage", None, "What the endpoint answered is not HTTP."),
        ("/big-head", None, "What the endpoint answered is not HTTP."),
    ],
)
def test_an_answer_is_told_in_a_sentence(
    attempt: Attempt, receiver: WebhookReceiver, path: str, status: int | None, error: str | None
) -> None:
    [outcome] = attempt(receiver.url(f"{path}?told"))

    assert (outcome.status, outcome.error) == (status, error)
    assert outcome.succeeded is (error is None)
    assert len(receiver.requests_to(f"{path}?told")) == 1  # not followed, not tried again


def test_a_script_answers_as_it_is_written(attempt: Attempt, receiver: WebhookReceiver) -> None:
    outcomes = attempt(*[receiver.url("/script/attempts?answers=500,503,200")] * 4)

    assert [outcome.status for outcome in outcomes] == [500, 503, 200, 200]


def test_retry_after_is_handed_on_as_it_came(attempt: Attempt, receiver: WebhookReceiver) -> None:
    limited, passed = attempt(*[receiver.url("/rate-limited?after=7&times=1&id=handed-on")] * 2)

    assert (limited.status, limited.retry_after) == (429, "7")
    assert (passed.status, passed.retry_after) == (200, None)


@pytest.mark.parametrize("path", ["/hang", "/trickle-headers"])
def test_an_endpoint_that_does_not_answer_in_time_has_failed(
    attempt: Attempt, receiver: WebhookReceiver, path: str
) -> None:
    [outcome] = attempt(receiver.url(path), timeout_s=0.3)

    assert outcome.error == "The endpoint did not answer within 0.3 seconds."
    assert 300 <= outcome.duration_ms < 1500


def test_a_body_that_trickles_holds_nothing_up_and_fails_nothing(
    attempt: Attempt, receiver: WebhookReceiver
) -> None:
    began = time.monotonic()

    [outcome] = attempt(receiver.url("/trickle"), timeout_s=5, body_s=0.2)

    assert (outcome.succeeded, outcome.excerpt, outcome.error) == (True, ".", None)
    assert time.monotonic() - began < 1.5


def test_the_time_for_all_is_the_time_for_the_body_too(attempt: Attempt, receiver: WebhookReceiver) -> None:
    began = time.monotonic()

    [outcome] = attempt(receiver.url("/trickle"), timeout_s=0.2, body_s=30)

    assert outcome.succeeded
    assert time.monotonic() - began < 1.5


def test_a_flood_is_left_after_its_beginning(attempt: Attempt, receiver: WebhookReceiver) -> None:
    began = time.monotonic()

    flood, after = attempt(*[receiver.url("/flood")] * 2)

    assert flood.succeeded
    assert flood.excerpt == "flood..\n" * 128  # 1 KB
    assert after.succeeded
    first, second = receiver.requests_to("/flood")
    assert first["connection"] != second["connection"]
    assert time.monotonic() - began < 1.5


def test_an_endpoint_that_is_not_there_has_failed(attempt: Attempt) -> None:
    [outcome] = attempt("http://127.0.0.1:9/")

    assert outcome.error == "The endpoint refused the connection."


def test_bytes_that_no_database_takes_are_made_harmless(attempt: Attempt, receiver: WebhookReceiver) -> None:
    [outcome] = attempt(receiver.url("/bytes?61006209ff1b5b0d0ae280aeeda080"))

    assert outcome.excerpt == "a�b\t��[\n����"


@given(st.binary(max_size=2000))
def test_whatever_bytes_come_the_text_is_one_that_databases_take(words: bytes) -> None:
    text = sanitize_text(words)

    assert len(text) <= 1024
    assert text.encode().decode() == text
    assert not set(text) & set("\0\x1b\r\x7f\x9b\u202e\u2028\ufeff")


_PIECES = st.sampled_from(
    [
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.0 200\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 0 \r\n",
        b"\r\n",
        b"Content-Length: 5\r\n",
        b"Content-Length: -1\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"X: \xff\r\n",
        b"Retry-After: soon\r\n",
        b"5\r\nhello\r\n",
        b"ffffffffffffffff\r\n",
        b"0\r\n\r\n",
        b"hello",
        b"\0",
    ]
)


@given(st.lists(st.one_of(_PIECES, st.binary(max_size=30)), max_size=8).map(b"".join))
@settings(max_examples=80, deadline=None)
def test_whatever_an_endpoint_says_is_an_outcome(words: bytes) -> None:
    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(words)
        writer.close()

    async def listen() -> AttemptOutcome:
        sender = WebhookSender(GuardedNetwork(parse_networks(["127.0.0.0/8"])), timeout_s=2)
        async with await asyncio.start_server(say, "127.0.0.1") as server:
            url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
            outcome = await sender.send(request_to(url), datetime.now(UTC))
            await sender.close()
        return outcome

    outcome = asyncio.run(listen())

    assert (outcome.error is None) is outcome.succeeded
    assert outcome.error is None or outcome.error.endswith(".")
    assert "The hub failed" not in str(outcome.error)


@given(st.integers(100, 999), st.text(max_size=600))
def test_no_sentence_is_longer_than_a_log_needs(status: int, location: str) -> None:
    failure = response_failure(status, location)

    assert (failure is None) is (200 <= status < 300)
    assert failure is None or len(failure.message) <= 500


def test_a_url_that_was_never_one_is_an_outcome_too(attempt: Attempt) -> None:
    [outcome] = attempt("gopher://127.0.0.1/")

    assert outcome.error == "The URL does not begin with http:// or https://."


def test_proxies_of_the_environment_are_not_asked(
    attempt: Attempt, receiver: WebhookReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    assert attempt(receiver.url("/ok"))[0].succeeded


def test_a_bug_is_an_outcome_that_tells_nothing_of_the_inside(
    attempt: Attempt, receiver: WebhookReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*args: object) -> None:
        raise RuntimeError(f"the secret is {SECRET}")

    monkeypatch.setattr(GuardedNetwork, "connect", fail)

    [outcome] = attempt(receiver.url("/ok"))

    assert outcome.error == "The hub failed on this message; its log says why."


def test_a_hub_that_stops_gives_up_its_attempt(receiver: WebhookReceiver) -> None:
    async def stop() -> None:
        sender = WebhookSender(GuardedNetwork(parse_networks(["127.0.0.0/8"])))
        sending = asyncio.ensure_future(sender.send(request_to(receiver.url("/hang")), datetime.now(UTC)))
        await asyncio.sleep(0.1)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        await sender.close()

    asyncio.run(stop())
