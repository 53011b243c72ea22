"""Queues over REST: created, issued, called, served, cancelled; bad input; permissions and the flag."""

from typing import Any

import pytest
from sqlalchemy import select

from hub_sync.hub.domains.audit.tables import AuditLog
from hub_sync.hub.domains.devices.manifest import FF_KIOSK_MODE
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.domains.check_in.conftest import CallerFactory, EventApiClient, error_code
from tests.support.builders.hub_queues import HubQueues


@pytest.fixture
def clerk(make_caller: CallerFactory, queues: HubQueues) -> EventApiClient:
    del queues
    return make_caller("queues:read", "queues:serve", "queues:manage")


def give(clerk: EventApiClient, queues: HubQueues, **members: Any) -> dict[str, Any]:
    issued: dict[str, Any] = clerk.data(
        "POST", "/queue-tickets", json={"queue_id": queues.queue_id, **members}
    )["ticket"]
    return issued


def test_a_number_is_issued_called_served_and_completed(
    hub: HubContext, clerk: EventApiClient, queues: HubQueues
) -> None:
    first, second = give(clerk, queues), give(clerk, queues, priority="urgent")
    assert (first["number"], second["number"]) == ("A001", "A002")
    counter = queues.counters[0]
    called = clerk.data("POST", "/queue-tickets/call-next", json={"counter_id": counter})["ticket"]
    assert (called["id"], called["status"]) == (second["id"], "CALLED")
    again = clerk.call("POST", "/queue-tickets/call-next", json={"counter_id": counter})
    assert error_code(again, 409) == "CounterBusy"
    path = f"/queue-tickets/{second['id']}"
    stale = clerk.call("POST", f"{path}/serve", json={}, headers={"If-Match": '"1"'})
    assert error_code(stale, 412) == "QueueTicketChanged"
    assert clerk.data("POST", f"{path}/serve", json={})["status"] == "SERVING"
    assert clerk.data("POST", f"{path}/complete", json={})["status"] == "COMPLETED"
    assert error_code(clerk.call("POST", f"{path}/cancel", json={}), 409) == "QueueActionImpossible"
    history = clerk.data("GET", path)
    assert [each["kind"] for each in history["actions"]] == ["issued", "called", "serving", "completed"]
    figures = clerk.data("GET", "/queues/statistics")
    assert (figures["issued"], figures["served"], figures["live"]) == (2, 1, 1)
    with hub.uow.read() as work:
        entries = work.session.scalars(select(AuditLog).where(AuditLog.entity_id == second["id"])).all()
    assert sorted(entry.action for entry in entries) == ["issue", "move", "move", "move"]


def test_the_same_issue_sent_twice_gives_one_number(clerk: EventApiClient, queues: HubQueues) -> None:
    answers = [
        clerk.call(
            "POST",
            "/queue-tickets",
            json={"queue_id": queues.queue_id},
            headers={"Idempotency-Key": "kiosk-7-1"},
        )
        for _ in range(2)
    ]
    assert answers[0].status_code == 201
    assert answers[0].content == answers[1].content
    assert len(clerk.data("GET", "/queue-tickets")) == 1


def test_queues_and_counters_are_changed_and_deleted(clerk: EventApiClient, queues: HubQueues) -> None:
    new = {"name": "Badges", "letter": "b", "opens_at": "08:00", "closes_at": "18:00"}
    queue = clerk.data("POST", "/queues", json=new)
    assert queue["letter"] == "B"
    assert error_code(clerk.call("POST", "/queues", json={**new, "letter": "C"}), 409) == "QueueExists"
    loud = {**new, "name": "BADGES", "letter": "C"}
    assert error_code(clerk.call("POST", "/queues", json=loud), 409) == "QueueExists"
    alike = clerk.call("POST", "/queues", json={"name": "More", "letter": "BK"})
    assert error_code(alike, 409) == "QueueLetterTaken"
    path = f"/queues/{queue['id']}"
    changed = clerk.call("PUT", path, json={"letter": "D"}, headers={"If-Match": '"1"'})
    assert changed.json()["data"]["letter"] == "D"
    clerk.data("POST", "/queue-tickets", json={"queue_id": queue["id"]})
    late = clerk.call("PUT", path, json={"letter": "E"}, headers={"If-Match": '"2"'})
    assert error_code(late, 409) == "QueueLetterInUse"
    assert error_code(clerk.call("DELETE", path), 409) == "QueueNotEmpty"
    assert clerk.data("POST", f"{path}/toggle", json={"active": False})["active"] is False
    closed = clerk.call("POST", "/queue-tickets", json={"queue_id": queue["id"]})
    assert error_code(closed, 409) == "QueueClosed"
    counter = clerk.data("POST", "/counters", json={"name": "Desk X", "queue_ids": [queue["id"]]})
    loud = clerk.call("POST", "/counters", json={"name": "desk x", "queue_ids": [queue["id"]]})
    assert error_code(loud, 409) == "CounterExists"
    foreign = clerk.call("POST", "/counters", json={"name": "Y", "queue_ids": ["nowhere"]})
    assert error_code(foreign, 422) == "QueuesOfAnotherEvent"
    at = f"/counters/{counter['id']}"
    silent = clerk.call("POST", f"{at}/state", json={"state": "break"})
    assert error_code(silent, 422) == "QueueReasonMissing"
    on_break = clerk.data("POST", f"{at}/state", json={"state": "break", "reason": "Lunch"})
    assert (on_break["state"], on_break["state_reason"]) == ("break", "Lunch")
    assert clerk.data("POST", f"{at}/state", json={"state": "open"})["state"] == "open"
    assert clerk.call("DELETE", at).status_code == 204
    assert error_code(clerk.call("GET", at), 404) == "CounterNotFound"
    assert queues.queue_id in {each["id"] for each in clerk.data("GET", "/queues")}


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/queue-tickets", {"queue_id": "nowhere"}, 404),
        ("POST", "/queue-tickets", {"queue_id": "QUEUE", "participant_id": "nobody"}, 422),
        ("POST", "/queue-tickets", {"queue_id": "QUEUE", "priority": "vip"}, 422),
        ("POST", "/queue-tickets/nothing/call", {}, 404),
        ("POST", "/queue-tickets/nothing/park", {"reason": "a\0b"}, 422),
        ("POST", "/queue-tickets/call-next", {"counter_id": "nowhere"}, 404),
        ("GET", "/queues/statistics?day=tomorrow", None, 422),
        ("GET", "/queues/statistics?day=9999-99-99", None, 422),
        ("GET", "/queues/statistics?day=2026-02-30", None, 422),
        ("POST", "/queues", {"name": "X", "letter": "1"}, 422),
    ],
)
def test_bad_input_gets_a_problem(
    clerk: EventApiClient, queues: HubQueues, method: str, path: str, body: dict[str, Any], status: int
) -> None:
    if body and body.get("queue_id") == "QUEUE":
        body = {**body, "queue_id": queues.queue_id}
    answer = clerk.call(method, path, json=body) if body is not None else clerk.call(method, path)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]["code"]


def test_who_only_reads_serves_nobody_and_with_the_flag_off_there_are_no_queues(
    hub: HubContext, seeded: Seeded, make_caller: CallerFactory, queues: HubQueues
) -> None:
    reader = make_caller("queues:read")
    assert reader.call("GET", "/queues").status_code == 200
    refused = reader.call("POST", "/queue-tickets", json={"queue_id": queues.queue_id})
    assert refused.status_code == 403
    with hub.uow.begin() as work:
        feature_flags.switch(work, seeded.tenant_id, FF_KIOSK_MODE, False)
    assert reader.call("GET", "/queues").status_code == 404
