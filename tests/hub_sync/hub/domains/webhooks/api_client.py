"""A program that looks after webhooks, and rows as the engine would have written them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from httpx2 import Response
from sqlalchemy import select
from starlette.testclient import TestClient

from hub_sync.contract.enums import DeliveryStatus
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.webhooks.failures import FailureCode
from hub_sync.hub.domains.webhooks.manifest import FF_WEBHOOKS
from hub_sync.hub.domains.webhooks.tables import WebhookAttempt, WebhookDelivery, WebhookSubscription
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.http.context import HubContext
from tests.support.builders.samples import create_key_caller

WEBHOOKS = "/api/v1/webhooks"
URL = "https://hooks.example.org/doorward"

PERMISSIONS = (
    "webhooks:manage",
    "participants:read",
    "access-logs:read",
    "devices:read",
    "queues:read",
    "communication:broadcast",
)
"""Whoever creates a webhook may read what its messages hold."""


@dataclass(frozen=True)
class Caller:
    """Whoever calls, and how."""

    client: TestClient
    headers: dict[str, str]

    def get(self, path: str = "", **query: str) -> Response:
        return self.client.get(f"{WEBHOOKS}{path}", headers=self.headers, params=query)

    def post(self, path: str = "", body: Any = None, **headers: str) -> Response:
        return self.client.post(f"{WEBHOOKS}{path}", headers=self.headers | headers, json=body)

    def put(self, webhook_id: str, if_match: str | None, **changes: Any) -> Response:
        headers = self.headers | ({} if if_match is None else {"If-Match": if_match})
        return self.client.put(f"{WEBHOOKS}/{webhook_id}", headers=headers, json=changes)

    def delete(self, webhook_id: str, if_match: str | None = None) -> Response:
        headers = self.headers | ({} if if_match is None else {"If-Match": if_match})
        return self.client.delete(f"{WEBHOOKS}/{webhook_id}", headers=headers)

    def create(self, *event_types: str, **settings: Any) -> dict[str, Any]:
        """A fresh webhook, its secret too."""
        answer = self.post(body={"url": URL, "event_types": list(event_types or ["*"]), **settings})
        assert answer.status_code == 201, answer.text
        webhook: dict[str, Any] = answer.json()["data"]
        return webhook

    def read(self, webhook_id: str) -> dict[str, Any]:
        """How the webhook is told now."""
        webhook: dict[str, Any] = self.get(f"/{webhook_id}").json()["data"]
        return webhook


def caller_of(client: TestClient, hub: HubContext, tenant_id: str) -> Caller:
    """A program with a key for webhooks, in a tenant that has them switched on."""
    with hub.uow.begin() as work:
        feature_flags.switch(work, tenant_id, FF_WEBHOOKS, enabled=True)
    return Caller(client, create_key_caller(hub, tenant_id, *PERMISSIONS).headers)


def refusal(answer: Response) -> tuple[int, str]:
    """Status and code."""
    return answer.status_code, answer.json()["error"]["code"]


def set_row(hub: HubContext, tenant_id: str, webhook_id: str, **values: Any) -> None:
    """Have a webhook fare as the engine would have it."""
    with hub.uow.begin() as work:
        row = work.session.get_one(WebhookSubscription, (tenant_id, webhook_id))
        for name, value in values.items():
            setattr(row, name, value)


def delivery(
    work: Work,
    tenant_id: str,
    webhook_id: str,
    status: DeliveryStatus = DeliveryStatus.PENDING,
    **values: Any,
) -> WebhookDelivery:
    """A delivery in the log."""
    waits = status in (DeliveryStatus.PENDING, DeliveryStatus.RETRYING, DeliveryStatus.SENDING)
    row = WebhookDelivery(
        **{
            "tenant_id": tenant_id,
            "id": work.new_id(),
            "subscription_id": webhook_id,
            "message_id": work.new_id(),
            "event_type": "scan.accepted",
            "body": '{"type":"scan.accepted"}',
            "status": status,
            "due_at": work.now() + timedelta(hours=2) if waits else None,
            **values,
        }
    )
    work.session.add(row)
    work.session.flush()
    return row


def attempt(
    work: Work, of: WebhookDelivery, number: int, started_at: datetime, duration_ms: int, *, succeeded: bool
) -> WebhookAttempt:
    """An attempt in the log."""
    row = WebhookAttempt(
        tenant_id=of.tenant_id,
        id=work.new_id(),
        delivery_id=of.id,
        subscription_id=of.subscription_id,
        number=number,
        started_at=started_at,
        duration_ms=duration_ms,
        succeeded=succeeded,
        response_status=200 if succeeded else 500,
        response_body="ok" if succeeded else "no",
        error_code=None if succeeded else FailureCode.ERROR_STATUS.value,
        error_parameters=None if succeeded else {"status": "500"},
    )
    work.session.add(row)
    return row


def deliveries_of(hub: HubContext, tenant_id: str, webhook_id: str) -> Sequence[WebhookDelivery]:
    """The webhook's log, the oldest first."""
    row = WebhookDelivery
    chosen = select(row).where(row.tenant_id == tenant_id, row.subscription_id == webhook_id)
    with hub.uow.read() as work:
        return work.session.scalars(chosen.order_by(row.created_at, row.id)).all()
