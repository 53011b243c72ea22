"""The pages of queues in a browser without scripts."""

import pytest
from fastapi import FastAPI

from hub_sync.contract.enums import QueueStatus
from hub_sync.contract.queue import QueueActionKind
from hub_sync.hub.domains.queue.tables import QueueTicket
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.permissions import Role
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.console.browser_client import Browser, signed_in_as
from tests.hub_sync.hub.domains.sync.push.test_service import everything
from tests.support.builders.hub_queues import HubQueues, give, ticket_of

pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
K = QueueActionKind
QUEUE = {
    "name": "Badges",
    "letter": "b",
    "service_minutes": "4",
    "max_no_shows": "2",
    "block_size": "10",
    "clerks_choose": "1",
}


@pytest.fixture
def admin(app: FastAPI, seeded: Seeded, queues: HubQueues) -> Browser:
    del queues
    return signed_in_as(app, seeded.tenant_id, name="Ada")


def test_a_queue_and_a_counter_are_made_a_number_is_issued_called_and_served(
    admin: Browser, hub: HubContext, queues: HubQueues
) -> None:
    base = f"/events/{queues.key.event_id}"
    assert admin.send(f"{base}/queues/new", f"{base}/queues/new", QUEUE).headers["location"]
    assert "Badges" in admin.read(f"{base}/queues")
    counter = {"name": "Desk X", "queue_ids": queues.queue_id, "active": "1"}
    admin.send(f"{base}/queue-counters/new", f"{base}/queue-counters/new", counter)
    assert "Desk X" in admin.read(f"{base}/queue")
    admin.send(f"{base}/queue", f"{base}/queue/issue", {"queue_id": queues.queue_id, "priority": "plain"})
    live = admin.read(f"{base}/queue")
    assert "Number A001 was issued. Its status page:" in live
    at = queues.counters[0]
    admin.send(f"{base}/queue", f"{base}/queue-counters/{at}/call-next", {})
    assert "A001 is called to" in admin.read(f"{base}/queue")
    (ticket,) = everything(hub, QueueTicket)
    path = f"{base}/queue-tickets/{ticket.id}"
    admin.send(path, f"{path}/serve", {"counter_id": at})
    admin.send(path, f"{path}/complete", {})
    assert ticket_of(hub, ticket.id).status is QueueStatus.COMPLETED
    page = admin.read(path)
    assert "Service ended" in page
    assert "Ada" in page
    assert "A001" in admin.read(f"{base}/queue-tickets?filter[status]=COMPLETED")
    assert "By the hour" in admin.read(f"{base}/queue-statistics")
    exported = admin.read(f"{base}/queue-statistics/export.csv")
    assert "A001" in exported


def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(
    admin: Browser, queues: HubQueues
) -> None:
    base = f"/events/{queues.key.event_id}"
    answer = admin.send(f"{base}/queues/new", f"{base}/queues/new", QUEUE | {"letter": "AB"})
    assert answer.status_code == 409
    assert "numbers could look alike" in answer.text
    assert 'value="Badges"' in answer.text
    half = admin.send(f"{base}/queues/new", f"{base}/queues/new", QUEUE | {"opens_at": "08:00"})
    assert "Give both times, or neither." in half.text
    at = f"{base}/queue-counters/{queues.counters[0]}/break"
    silent = admin.send(at, at, {"state": "break", "reason": " "})
    assert silent.status_code == 422
    assert "Say why" in silent.text


def test_a_call_out_of_order_from_the_console_says_why(
    admin: Browser, hub: HubContext, queues: HubQueues
) -> None:
    give(hub, queues)
    second, _ = give(hub, queues)
    path = f"/events/{queues.key.event_id}/queue-tickets/{second}"
    silent = admin.send(path, f"{path}/call", {"counter_id": queues.counters[0], "reason": ""})
    assert "Say why" in silent.text
    admin.send(path, f"{path}/call", {"counter_id": queues.counters[0], "reason": "Wheelchair"})
    assert ticket_of(hub, second).status is QueueStatus.CALLED
    assert "Wheelchair" in admin.read(f"/events/{queues.key.event_id}/queue-statistics")


def test_who_only_reads_sees_no_buttons(app: FastAPI, seeded: Seeded, queues: HubQueues) -> None:
    reader = signed_in_as(app, seeded.tenant_id, name="Vera", role=Role.VIEWER)
    page = reader.read(f"/events/{queues.key.event_id}/queue")
    assert "Counter 1" in page
    assert "Call the next one" not in page
    assert "New queue" not in reader.read(f"/events/{queues.key.event_id}/queues")
