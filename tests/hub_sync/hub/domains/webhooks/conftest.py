"""Endpoints in processes of their own, and single attempts at them."""

import asyncio
import ssl
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

import pytest
import uvloop
from starlette.testclient import TestClient

from hub_sync.hub.domains.webhooks.network.sender import AttemptOutcome, WebhookRequest, WebhookSender
from hub_sync.hub.domains.webhooks.network.ssrf_guard import GuardedNetwork, Resolve
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.networks import parse_networks
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.domains.webhooks.api_client import Caller, caller_of
from tests.hub_sync.hub.domains.webhooks.console_fixtures import browser, make_delivery, make_hook  # noqa: F401 - fixtures
from tests.support.webhook_receiver import WebhookReceiver

Attempt = Callable[..., list[AttemptOutcome]]
SECRET, OLD_SECRET = "0123456789abcdef" * 4, "fedcba9876543210" * 4


@pytest.fixture(scope="session")
def receiver() -> Iterator[WebhookReceiver]:
    """An endpoint that all tests of a process share: read of its log what is yours."""
    with WebhookReceiver() as receiver:
        yield receiver


@pytest.fixture
def own_receiver() -> Iterator[WebhookReceiver]:
    """One whose log tells of nobody else."""
    with WebhookReceiver() as receiver:
        yield receiver


@pytest.fixture
def caller(client: TestClient, hub: HubContext, seeded: Seeded) -> Caller:
    """Whoever looks after webhooks."""
    return caller_of(client, hub, seeded.tenant_id)


@pytest.fixture
def attempt(request: pytest.FixtureRequest) -> Attempt:
    """Send requests to URLs, one after the other, through one sender whose lab is all of 127.0.0.0/8.

    On uvloop, as the engine does, but where a test looks into the event loop.
    """
    run: Callable[..., list[AttemptOutcome]] = (
        asyncio.run if "connected" in request.fixturenames else uvloop.run
    )

    def send(
        *urls: str,
        allowed: Sequence[str] = ("127.0.0.0/8",),
        resolve: Resolve | None = None,
        tls: ssl.SSLContext | None = None,
        timeout_s: float = 5,
        body_s: float = 0.2,
        subscriptions: Sequence[str] = (),
    ) -> list[AttemptOutcome]:
        async def all_of_them() -> list[AttemptOutcome]:
            network = GuardedNetwork(parse_networks(allowed), resolve)
            sender = WebhookSender(network, tls=tls, timeout_s=timeout_s, body_s=body_s)
            try:
                return [
                    await sender.send(request_to(url, subscription), datetime.now(UTC))
                    for url, subscription in zip(urls, subscriptions or ["one"] * len(urls), strict=True)
                ]
            finally:
                await sender.close()

        return run(all_of_them())

    return send


def request_to(url: str, subscription: str = "one", message: str = "message-1") -> WebhookRequest:
    """A request with a body that is not ASCII."""
    body = '{"type":"scan.accepted","data":{"name":"Zoë"}}'.encode()
    return WebhookRequest(subscription, url, message, "scan.accepted", body, (SECRET,))
