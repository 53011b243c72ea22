"""Facts become messages: of the right types, to who subscribed before, once, with the time at which they happened."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from hub_sync.contract.enums import DeliveryStatus, ParticipantStatus
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.domains.webhooks.delivery import retention
from hub_sync.hub.domains.webhooks.delivery.leases import LEASE
from hub_sync.hub.domains.webhooks.tables import WebhookAttempt, WebhookDelivery
from hub_sync.hub.kit.events.domain_events import StoredDomainEvent
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.domains.webhooks.engine_runner import Working, body_of, working
from tests.hub_sync.hub.station_client import START_MS, Journal, StationClient, journal, station
from tests.support.stored_domain_events import insert_domain_events, scan_row

__all__ = ["journal", "station", "working"]

TWO = "https://hooks.example.org/two"


def untold(working: Working, like: str = "%") -> int:
    """How many facts of such types wait."""
    waiting = select(func.count()).where(
        StoredDomainEvent.delivered_at.is_(None), StoredDomainEvent.type.like(like)
    )
    with working.hub.uow.read() as work:
        return work.session.scalar(waiting) or 0


def test_a_decision_is_told_by_its_own_type_and_as_a_change(working: Working) -> None:
    working.subscribe("*")
    for pid, status in (
        ("ada", ParticipantStatus.APPROVED),
        ("bob", ParticipantStatus.REJECTED),
        ("eve", ParticipantStatus.CANCELLED),
    ):
        working.decide(working.register(pid), status)
    messages = sorted(
        (item.event_type, body_of(item)["data"]["participant_id"]) for item in working.work_off()
    )
    assert messages == [
        ("participant.approved", "ada"),
        ("participant.rejected", "bob"),
        ("participant.status_changed", "ada"),
        ("participant.status_changed", "bob"),
        ("participant.status_changed", "eve"),
    ]


def test_a_message_says_what_happened_where_and_when_and_names_nobody(
    working: Working, seeded: Seeded
) -> None:
    working.subscribe("participant.approved")
    working.decide(working.register("ada"))
    working.clock.advance(timedelta(minutes=3))
    (letter,) = working.work_off()
    body = body_of(letter)
    assert body["id"] == letter.message_id
    assert body["type"] == "participant.approved"
    assert body["timestamp"] == "2026-06-10T10:00:00.000Z"
    assert (body["tenant_id"], body["event_id"]) == (seeded.tenant_id, seeded.event_id)
    data = body["data"]
    assert data.pop("registration_code")
    assert data == {
        "participant_id": "ada",
        "from": "PENDING",
        "to": "APPROVED",
        "version": 2,
        "category": "",
    }
    assert not [name for name in (b"Ada", b"Lovelace") if name in letter.body]


def test_each_gets_what_it_asked_for(working: Working) -> None:
    first = working.subscribe("participant.approved", "scan.accepted")
    two = working.subscribe("participant.status_changed", url=TWO)
    working.decide(working.register("ada"))
    working.work_off()
    assert [row.event_type for row in working.log(first)] == ["participant.approved"]
    assert [row.event_type for row in working.log(two)] == ["participant.status_changed"]


def test_nobody_is_told_what_happened_before_they_subscribed(working: Working) -> None:
    working.decide(working.register("ada"))
    working.clock.advance(timedelta(seconds=1))
    webhook = working.subscribe("*")
    assert working.work_off() == []
    working.decide(working.register("eve"))
    assert {body_of(item)["data"]["participant_id"] for item in working.work_off()} == {"eve"}
    assert len(working.log(webhook)) == 2


def test_another_tenants_webhooks_hear_nothing(working: Working, seeded: Seeded) -> None:
    with working.hub.uow.begin() as work:
        other = tenants.create(work, working.hub.secret_box, slug="other", name="Other")
    theirs = Working(
        working.hub, working.clock, Seeded(other.id, seeded.event_id, seeded.gate_id, seeded.device_id, "")
    )
    theirs.switch(on=True)
    webhook = theirs.subscribe("*")
    working.decide(working.register("ada"))
    assert working.work_off() == []
    assert theirs.log(webhook) == []


def test_where_webhooks_are_switched_off_nothing_is_made_or_sent(working: Working) -> None:
    webhook = working.subscribe("participant.approved")
    working.decide(working.register("ada"))
    working.switch(on=False)
    assert working.pass_time(hours=1) == []
    assert working.log(webhook) == []
    working.sweep()
    assert untold(working) == 0


def test_a_stations_late_push_is_told_once_with_the_time_of_the_scan(
    working: Working, client: TestClient, station: StationClient, journal: Journal
) -> None:
    working.subscribe("scan.accepted", "scan.rejected")
    journal.scan()
    journal.scan(result="INVALID", reason="unknown_code", participant_id=None)
    working.clock.advance(timedelta(hours=3))
    request = journal.request()
    assert station.push(request).status_code == 200
    bodies = {item.event_type: body_of(item) for item in working.work_off()}
    assert set(bodies) == {"scan.accepted", "scan.rejected"}
    accepted = bodies["scan.accepted"]
    assert accepted["timestamp"] == accepted["data"]["scanned_at"] == "2026-06-10T10:00:01.000Z"
    assert accepted["data"]["result"] == "VALID"
    assert accepted["data"]["device_id"] == station.device_id
    assert bodies["scan.rejected"]["data"]["participant_id"] is None
    assert station.push(request).status_code == 200
    assert working.pass_time(hours=1) == []


def test_a_fact_that_cannot_be_told_keeps_no_other_waiting(working: Working, seeded: Seeded) -> None:
    working.subscribe("scan.accepted")
    with working.hub.uow.begin() as work:
        for payload in ({}, {"effective_at_ms": START_MS}):
            row = scan_row(entity_id=work.new_id(), payload=payload)
            insert_domain_events(work, seeded.tenant_id, [row])
    assert len(working.work_off()) == 1
    assert untold(working, "Scan%") == 0


def test_a_hundred_thousandth_is_told_too(working: Working, seeded: Seeded) -> None:
    webhook = working.subscribe("scan.accepted")
    rows = [
        {
            "type": "ScanAccepted",
            "event_id": seeded.event_id,
            "entity": "access_log",
            "entity_id": f"scan-{number}",
            "payload": {"effective_at_ms": START_MS},
        }
        for number in range(1_500)
    ]
    with working.hub.uow.begin() as work:
        insert_domain_events(work, seeded.tenant_id, rows)
    sent = working.work_off()
    assert len({item.message_id for item in sent}) == len(sent) == 1_500
    assert {row.status for row in working.log(webhook)} == {DeliveryStatus.DELIVERED}


def test_what_a_killed_process_had_in_hand_goes_on_once_its_lease_is_over(working: Working) -> None:
    webhook = working.subscribe("participant.approved")
    working.pause(webhook)
    working.decide(working.register("ada"))
    working.work_off()
    working.resume(webhook)
    with working.hub.uow.begin() as work:
        row = work.session.scalars(select(WebhookDelivery)).one()
        row.status, row.leased_by, row.due_at = DeliveryStatus.SENDING, "killed", work.now() + LEASE
    if not working.hub.uow.database.is_sqlite:
        assert working.work_off() == []
        assert len(working.pass_time(seconds=LEASE.total_seconds())) == 1
    else:  # a hub on SQLite is one process: what it finds leased at its start is nobody's
        assert len(working.work_off()) == 1
    (row,) = working.log(webhook)
    assert (row.status, row.leased_by) == (DeliveryStatus.DELIVERED, None)


def test_old_deliveries_and_facts_are_forgotten_and_nothing_that_waits(working: Working) -> None:
    webhook = working.subscribe("participant.approved")
    working.decide(working.register("ada"))
    working.work_off()
    working.pause(webhook)
    working.decide(working.register("eve"))
    working.work_off()
    working.clock.advance(timedelta(days=29))
    working.sweep()
    assert len(working.log(webhook)) == 2
    working.clock.advance(timedelta(days=2))
    working.sweep()
    assert [row.status for row in working.log(webhook)] == [DeliveryStatus.PENDING]
    with working.hub.uow.read() as work:
        assert work.session.scalar(select(func.count(WebhookAttempt.id))) == 0
        assert work.session.scalar(select(func.count(StoredDomainEvent.id))) == 0
    working.resume(webhook)
    assert len(working.work_off()) == 1


def test_facts_of_no_concern_are_swept_away_though_one_that_is_waits_among_them(
    working: Working, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH_SIZE", 8)
    working.subscribe("participant.approved")
    working.approve_some(7)
    working.sweep()
    with working.hub.uow.read() as work:
        untold = select(StoredDomainEvent.type).where(StoredDomainEvent.delivered_at.is_(None)).distinct()
        assert list(work.session.scalars(untold)) == ["ParticipantApproved"]
    assert len(working.work_off()) == 7
