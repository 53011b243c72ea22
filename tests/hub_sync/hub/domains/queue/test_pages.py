"""The pages of queues in a browser without scripts, and the status page of a visitor."""

from datetime import timedelta

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import QueueStatus
from hub_sync.contract.ids import new_id
from hub_sync.contract.queue import CallRequest, QueueActionKind
from hub_sync.hub.domains.queue.pages import visitor
from hub_sync.hub.domains.queue.queues import service
from hub_sync.hub.domains.queue.tables import QueueTicket
from hub_sync.hub.domains.queue.tickets.actions import Clerk, act, call, issue
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.permissions import Role
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.console.browser_client import Browser, signed_in_as
from tests.hub_sync.hub.domains.sync.push.test_service import everything
from tests.support.builders.hub_queues import HubQueues

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


def give(hub: HubContext, queues: HubQueues) -> tuple[str, str]:
    with hub.uow.begin() as work:
        issued = issue(work, queues.key, queues.queue_id, Clerk())
        return issued.ticket.id, issued.token


def ticket_of(hub: HubContext, ticket_id: str) -> QueueTicket:
    tickets: list[QueueTicket] = everything(hub, QueueTicket)
    return next(each for each in tickets if each.id == ticket_id)


def call_next(hub: HubContext, queues: HubQueues, counter: int = 0) -> None:
    with hub.uow.begin() as work:
        request = CallRequest(
            id=new_id(),
            event_id=queues.key.event_id,
            counter_id=queues.counters[counter],
            queue_ids=(queues.queue_id,),
            tick=0,
        )
        call(work, queues.key, request, Clerk())


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


def test_a_visitor_sees_the_place_in_the_queue_and_it_never_grows_when_somebody_slow_returns(
    hub: HubContext, clock: ManualClock, client: TestClient, queues: HubQueues
) -> None:
    slow, _ = give(hub, queues)
    give(hub, queues)
    _, token = give(hub, queues)
    first = client.get(f"/q/{token}")
    assert first.status_code == 200
    assert "2 people are before you" in first.text
    assert "How long it takes is not known yet." in first.text
    assert "noindex" in first.headers["x-robots-tag"]
    assert first.headers["cache-control"].startswith("no-store")
    with hub.uow.begin() as work:
        act(work, queues.key, slow, K.PARKED, Clerk())
    assert "2 people are before you" in client.get(f"/q/{token}").text
    with hub.uow.begin() as work:
        act(work, queues.key, slow, K.RETURNED, Clerk())
    assert "2 people are before you" in client.get(f"/q/{token}").text
    call_next(hub, queues)
    assert "1 person is before you" in client.get(f"/q/{token}").text
    clock.advance(timedelta(minutes=1))
    for kind in (K.NO_SHOW, K.RETURNED):
        with hub.uow.begin() as work:
            act(work, queues.key, slow, kind, Clerk())
    assert "1 person is before you" in client.get(f"/q/{token}").text
    call_next(hub, queues)
    call_next(hub, queues, counter=1)
    turn = client.get(f"/q/{token}", headers={"Accept-Language": "de"})
    assert "Sie sind an der Reihe" in turn.text
    assert "Counter 2" in turn.text


def test_a_visitor_leaves_and_takes_it_back_within_a_minute_at_the_same_place(
    app: FastAPI, hub: HubContext, clock: ManualClock, queues: HubQueues
) -> None:
    mine, token = give(hub, queues)
    give(hub, queues)
    visitor_browser = Browser(app)
    visitor_browser.send(f"/q/{token}", f"/q/{token}/leave", {})
    assert "You have left the queue" in visitor_browser.read(f"/q/{token}")
    visitor_browser.send(f"/q/{token}", f"/q/{token}/undo", {})
    assert "You are next" in visitor_browser.read(f"/q/{token}")
    visitor_browser.send(f"/q/{token}", f"/q/{token}/leave", {})
    clock.advance(timedelta(seconds=61))
    late = visitor_browser.read(f"/q/{token}")
    assert "Take it back" not in late
    refused = visitor_browser.client.post(f"/q/{token}/undo", headers={"Origin": "http://testserver"})
    assert refused.status_code == 409
    assert ticket_of(hub, mine).status is QueueStatus.CANCELLED


def test_a_wrong_token_shows_nothing_and_guessing_is_slowed_down_for_the_guesser_alone(
    hub: HubContext, client: TestClient, queues: HubQueues, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visitor, "WRONG_TOKENS_A_MINUTE", 3)
    monkeypatch.setattr(visitor, "VIEWS_A_MINUTE", 2)
    _, token = give(hub, queues)
    codes = [client.get(f"/q/{wrong}").status_code for wrong in ("x", "y" * 500, token[:-1], "z")]
    assert codes == [404, 404, 404, 429]
    assert "Registration" not in client.get("/q/x").text
    # Visitors of a venue share one address: a guesser there takes nobody's page away.
    assert client.get(f"/q/{token}").status_code == 200


def test_no_name_and_no_token_is_stored_or_shown(
    hub: HubContext, client: TestClient, queues: HubQueues
) -> None:
    ticket_id, token = give(hub, queues)
    assert token not in str(vars(ticket_of(hub, ticket_id)))
    with hub.uow.begin() as work:
        service.toggle(work, queues.key, queues.queue_id, False)
    page = client.get(f"/q/{token}").text
    assert "A001" in page
    assert queues.key.tenant_id not in page
