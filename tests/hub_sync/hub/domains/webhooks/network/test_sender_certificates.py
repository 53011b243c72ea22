"""TLS is verified, by the authorities that are trusted and with the name in the URL."""

import ssl
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

import pytest

from hub_sync.hub.domains.webhooks.network.url_policy import Address
from tests.hub_sync.hub.domains.webhooks.conftest import Attempt
from tests.support.webhook_receiver import WebhookReceiver, self_signed


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return self_signed(tmp_path_factory.mktemp("tls"), "receiver.example")


@pytest.fixture(scope="module")
def secured(certificate: Path) -> Iterator[WebhookReceiver]:
    with WebhookReceiver(certificate=certificate) as receiver:
        yield receiver


@pytest.fixture
def trusting(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certificate)


async def to_loopback(host: str, port: int) -> list[Address]:
    return [ip_address("127.0.0.1")]


def test_the_name_on_the_certificate_is_sent_to(
    attempt: Attempt, secured: WebhookReceiver, trusting: ssl.SSLContext
) -> None:
    urls = [secured.url("/ok?tls", "receiver.example")] * 2 + [
        secured.url("/long?200000", "Receiver.example.")
    ]

    outcomes = attempt(*urls, resolve=to_loopback, tls=trusting)

    assert [outcome.status for outcome in outcomes] == [200, 200, 200]
    assert len({item["connection"] for item in secured.requests_to("/ok?tls")}) == 1


@pytest.mark.parametrize("host", ["other.example", "127.0.0.1"])
def test_another_name_is_not(
    attempt: Attempt, secured: WebhookReceiver, trusting: ssl.SSLContext, host: str
) -> None:
    [outcome] = attempt(secured.url("/ok?other", host), resolve=to_loopback, tls=trusting)

    assert "certificate is for another host" in str(outcome.error)
    assert secured.requests_to("/ok?other") == []


def test_nor_is_a_certificate_of_nobody_known(attempt: Attempt, secured: WebhookReceiver) -> None:
    [outcome] = attempt(secured.url("/ok?unknown", "receiver.example"), resolve=to_loopback)

    assert "certificate is signed by itself" in str(outcome.error)
    assert "update-ca-certificates" in str(outcome.error)
    assert secured.requests_to("/ok?unknown") == []


def test_an_endpoint_without_tls_is_not_sent_to_without(attempt: Attempt, receiver: WebhookReceiver) -> None:
    [outcome] = attempt(receiver.url("/ok?plain").replace("http:", "https:"), timeout_s=0.3)

    assert outcome.status is None
    assert outcome.error
    assert receiver.requests_to("/ok?plain") == []


def test_a_hanging_endpoint_under_tls_is_given_up_too(
    attempt: Attempt, secured: WebhookReceiver, trusting: ssl.SSLContext
) -> None:
    [outcome] = attempt(
        secured.url("/hang", "receiver.example"), resolve=to_loopback, tls=trusting, timeout_s=0.3
    )

    assert outcome.error == "The endpoint did not answer within 0.3 seconds."
