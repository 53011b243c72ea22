"""The webhook pages' browser, and webhooks as the engine would have left them."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from fastapi import FastAPI

from hub_sync.contract.enums import DeliveryStatus
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.webhooks.delivery import delivery_log
from hub_sync.hub.domains.webhooks.failures import Failure, FailureCode
from hub_sync.hub.domains.webhooks.manifest import FF_WEBHOOKS
from hub_sync.hub.domains.webhooks.subscriptions import service
from hub_sync.hub.domains.webhooks.tables import WebhookAttempt, WebhookDelivery, WebhookSubscription
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.networks import parse_networks
from hub_sync.hub.kit.security.credential_bounds import UNBOUNDED
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.console.browser_client import Browser, signed_in_as

PAGE = "/settings/webhooks"
URL = "https://hooks.example.org/doorward"
LAB = "127.0.0.0/8"
MakeHook = Callable[..., str]
MakeDelivery = Callable[..., str]


@pytest.fixture
def browser(app: FastAPI, hub: HubContext, seeded: Seeded) -> Browser:
    """An administrator's, where webhooks are switched on."""
    with hub.uow.begin() as work:
        feature_flags.switch(work, seeded.tenant_id, FF_WEBHOOKS, enabled=True)
    return signed_in_as(app, seeded.tenant_id)


@pytest.fixture
def make_hook(hub: HubContext, seeded: Seeded) -> MakeHook:
    """Create a webhook, and set what the engine would have."""

    def make(url: str = URL, **fares: Any) -> str:
        types = fares.pop("event_types", ["scan.accepted"])
        new = service.NewSubscription(url=url, description=fares.pop("description", ""), event_types=types)
        with hub.uow.begin(actor="cli") as work:
            hook, _secret = service.create(
                work, hub.secret_box, seeded.tenant_id, new, parse_networks([LAB]), UNBOUNDED
            )
            for name, value in fares.items():
                setattr(hook, name, value)
        return hook.id

    return make


@pytest.fixture
def make_delivery(hub: HubContext, seeded: Seeded) -> MakeDelivery:
    """Queue a delivery, and write down what would have become of it."""

    def make(hook: str, *attempts: tuple[int | None, Failure | None, str | None], **settings: Any) -> str:
        event_type = settings.pop("event_type", "scan.accepted")
        ago = settings.pop("ago", timedelta(minutes=5))
        with hub.uow.begin(actor="cli") as work:
            delivery = delivery_log.send_example(work, seeded.tenant_id, hook, event_type)
            for number, (status, failure, body) in enumerate(attempts, 1):
                work.session.add(
                    WebhookAttempt(
                        tenant_id=seeded.tenant_id,
                        id=work.new_id(),
                        delivery_id=delivery.id,
                        subscription_id=hook,
                        number=number,
                        started_at=work.now() - ago,
                        duration_ms=40 + number,
                        succeeded=failure is None,
                        response_status=status,
                        response_body=body,
                        **_error_columns(failure),
                    )
                )
                delivery.attempts, delivery.response_status = number, status
                for name, value in _error_columns(failure).items():
                    setattr(delivery, name, value)
            if attempts:
                delivery.due_at = None
                delivery.status = DeliveryStatus.DELIVERED if failure is None else DeliveryStatus.DEAD_LETTER
            for name, value in settings.items():
                setattr(delivery, name, value)
        return delivery.id

    return make


def _error_columns(failure: Failure | None) -> dict[str, Any]:
    if failure is None:
        return {"error_code": None, "error_parameters": None}
    return {"error_code": failure.code.value, "error_parameters": dict(failure.parameters)}


def answered(status: str) -> Failure:
    """Return the failure of an attempt that was answered with an error status."""
    return Failure(FailureCode.ERROR_STATUS, {"status": status})


def hooks_of(hub: HubContext, seeded: Seeded) -> list[WebhookSubscription]:
    """The tenant's webhooks, with breakers that can be read."""
    with hub.uow.read() as work:
        return list(work.session.scalars(service.subscriptions_of(work, seeded.tenant_id)))


def queued_for(hub: HubContext, seeded: Seeded, hook: str) -> list[WebhookDelivery]:
    """The deliveries of a webhook, the oldest first."""
    with hub.uow.read() as work:
        query = delivery_log.deliveries_of(seeded.tenant_id, hook).order_by(
            WebhookDelivery.created_at, WebhookDelivery.id
        )
        return list(work.session.scalars(query))


def secret_in(html: str) -> str:
    """The secret that a page shows."""
    secrets = re.findall(r'id="secret" [^>]*value="([0-9a-f]{64})"', html)
    assert len(secrets) == 1, secrets
    return str(secrets[0])


def page_text(html: str) -> str:
    """The page's words."""
    words = re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", html)))
    return re.sub(r" ([.,:;])", r"\1", words)
