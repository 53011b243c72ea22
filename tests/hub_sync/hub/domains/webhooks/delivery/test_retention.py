"""A webhook that is deleted leaves nothing but what the audit says of it; another's log stays whole."""

import pytest
from sqlalchemy import func, select

from hub_sync.contract.enums import DeliveryStatus
from hub_sync.hub.domains.webhooks.delivery import retention
from hub_sync.hub.domains.webhooks.errors import WebhookChanged
from hub_sync.hub.domains.webhooks.tables import WebhookAttempt, WebhookDelivery
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.domains.webhooks.api_client import Caller, attempt, deliveries_of, delivery, refusal


def test_a_webhook_is_taken_away_with_all_that_is_its_own(
    caller: Caller, hub: HubContext, seeded: Seeded
) -> None:
    gone, stays = caller.create()["id"], caller.create()["id"]
    with hub.uow.begin() as work:
        for at in (gone, stays):
            old = delivery(work, seeded.tenant_id, at, DeliveryStatus.DELIVERED)
            attempt(work, old, 1, work.now(), 20, succeeded=True)
    assert refusal(caller.delete(gone, '"9"')) == (412, "WebhookChanged")
    assert len(deliveries_of(hub, seeded.tenant_id, gone)) == 1
    assert caller.delete(gone, '"1"').status_code == 204
    assert refusal(caller.get(f"/{gone}")) == (404, "WebhookNotFound")
    assert refusal(caller.delete(gone)) == (404, "WebhookNotFound")
    with hub.uow.read() as work:
        for table in (WebhookDelivery, WebhookAttempt):
            assert work.session.scalars(select(table.subscription_id)).all() == [stays]


def test_a_long_log_is_emptied_bit_by_bit(caller: Caller, hub: HubContext, seeded: Seeded) -> None:
    gone, stays = caller.create()["id"], caller.create()["id"]
    with hub.uow.begin() as work:
        for at in [gone] * 5 + [stays]:
            old = delivery(work, seeded.tenant_id, at, DeliveryStatus.DELIVERED)
            attempt(work, old, 1, work.now(), 20, succeeded=True)
    with pytest.raises(WebhookChanged):
        retention.delete_log(hub.uow, seeded.tenant_id, gone, if_version=2, batch_size=2)
    assert len(deliveries_of(hub, seeded.tenant_id, gone)) == 5
    retention.delete_log(hub.uow, seeded.tenant_id, gone, if_version=1, batch_size=2)
    assert len(deliveries_of(hub, seeded.tenant_id, gone)) == 1
    assert len(deliveries_of(hub, seeded.tenant_id, stays)) == 1
    with hub.uow.read() as work:
        assert work.session.scalar(select(func.count()).select_from(WebhookAttempt)) == 2
