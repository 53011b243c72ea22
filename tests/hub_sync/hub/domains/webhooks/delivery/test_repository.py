"""What a database refuses to store is left behind, and all else goes on."""

from typing import Any

import pytest

from hub_sync.hub.domains.webhooks.delivery import repository
from hub_sync.hub.domains.webhooks.delivery.active_endpoints import active_endpoints
from hub_sync.hub.domains.webhooks.delivery.attempt_recorder import Attempt
from hub_sync.hub.domains.webhooks.delivery.batch import BatchInput
from hub_sync.hub.domains.webhooks.delivery.endpoint_queue import PREFETCH
from hub_sync.hub.domains.webhooks.delivery.repository import DeliveryRepository
from hub_sync.hub.domains.webhooks.network.sender import AttemptOutcome
from hub_sync.hub.domains.webhooks.subscriptions import service as webhooks
from hub_sync.hub.kit.events.notifier import Notification
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.domains.webhooks.engine_processes import (
    another_process,
    attempts,
    close,
    commit,
    hub,
    statuses,
    subscribe,
    tenant_with_webhooks,
)

OK = AttemptOutcome(5, 200, "ok")
SCANS = "ScanAccepted"

__all__ = ["hub"]


def desk_of(hub: HubContext) -> DeliveryRepository:
    return DeliveryRepository(hub.uow, "me", lambda _: PREFETCH)


@pytest.mark.parametrize("last", [False, True])
def test_an_attempt_that_cannot_be_written_down_keeps_no_other_from_it(
    hub: HubContext, *, last: bool
) -> None:
    tenant = tenant_with_webhooks(hub)
    subscribe(hub, tenant, "http://127.0.0.1:1/")
    commit(hub, tenant, 4)
    news = {Notification(tenant, SCANS)}
    first, *others = desk_of(hub).run_batch(BatchInput(notifications=news)).claimed
    commit(hub, tenant, 1)
    unstorable = Attempt(first, hub.clock.now(), AttemptOutcome(None, 200))  # type: ignore[arg-type]
    stored = [Attempt(other, hub.clock.now(), OK) for other in others[:2]]
    turn = BatchInput([unstorable, *stored], [others[2].key], news)
    if last:
        desk_of(hub).save_outcomes(turn)
        assert statuses(hub) == {"DELIVERED": 2, "SENDING": 1, "PENDING": 1}
    else:
        assert len(desk_of(hub).run_batch(turn).claimed) == 2
        assert statuses(hub) == {"DELIVERED": 2, "SENDING": 3}
    assert attempts(hub) == 2


@pytest.mark.parametrize("kind", ["postgresql"])
def test_a_webhook_that_is_deleted_in_the_midst_of_a_turn_does_not_make_it_fail(
    hub: HubContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite has one writer."""
    tenant = tenant_with_webhooks(hub)
    remaining, deleted = subscribe(hub, tenant, "http://127.0.0.1:1/kept", "http://127.0.0.1:1/deleted")
    commit(hub, tenant, 3)
    live = active_endpoints
    gone: list[str] = []

    def live_before_that(*arguments: Any) -> Any:
        endpoints = live(*arguments)
        if not gone:
            gone.append(deleted)
            with other.uow.begin() as work:
                webhooks.delete(work, tenant, deleted)
        return endpoints

    other = another_process(hub.settings.data, hub.settings.database_url, hub.clock)
    monkeypatch.setattr(repository, "active_endpoints", live_before_that)
    claimed = desk_of(hub).run_batch(BatchInput(notifications={Notification(tenant, SCANS)})).claimed
    close(other)
    assert {item.endpoint.key.id for item in claimed} == {remaining}
    assert statuses(hub) == {"SENDING": 3}
