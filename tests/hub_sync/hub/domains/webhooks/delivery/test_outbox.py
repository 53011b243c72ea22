"""Domain events become messages: of the right types, once, with the time at which they happened."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from hub_sync.contract.enums import DeliveryStatus, ParticipantStatus
from hub_sync.hub.domains.webhooks.delivery import retention
from hub_sync.hub.domains.webhooks.delivery.leases import LEASE
from hub_sync.hub.domains.webhooks.tables import WebhookAttempt, WebhookDelivery
from hub_sync.hub.kit.events.domain_events import StoredDomainEvent
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.domains.webhooks.engine_runner import EngineRunner, body_of, engine_runner
from tests.hub_sync.hub.station_client import START_MS, Journal, StationClient, journal, station
from tests.support.builders.stored_domain_events import insert_domain_events, scan_row

__all__ = ["engine_runner", "journal", "station"]


def count_undelivered(engine_runner: EngineRunner, like: str = "%") -> int:
    """Count the domain events of such types that are not delivered."""
    waiting = select(func.count()).where(
        StoredDomainEvent.delivered_at.is_(None), StoredDomainEvent.type.like(like)
    )
    with engine_runner.hub.uow.read() as work:
        return work.session.scalar(waiting) or 0


def test_a_decision_is_sent_by_its_own_type_and_as_a_change(engine_runner: EngineRunner) -> None:
    engine_runner.subscribe("*")
    for pid, status in (
        ("ada", ParticipantStatus.APPROVED),
        ("bob", ParticipantStatus.REJECTED),
        ("eve", ParticipantStatus.CANCELLED),
    ):
        engine_runner.decide(engine_runner.register(pid), status)
    messages = sorted(
        (item.event_type, body_of(item)["data"]["participant_id"]) for item in engine_runner.work_off()
    )
    assert messages == [
        ("participant.approved", "ada"),
        ("participant.registered", "ada"),
        ("participant.registered", "bob"),
        ("participant.registered", "eve"),
        ("participant.rejected", "bob"),
        ("participant.status_changed", "ada"),
        ("participant.status_changed", "bob"),
        ("participant.status_changed", "eve"),
    ]


def test_a_message_says_what_happened_where_and_when_and_names_nobody(
    engine_runner: EngineRunner, seeded: Seeded
) -> None:
    engine_runner.subscribe("participant.approved")
    engine_runner.decide(engine_runner.register("ada"))
    engine_runner.clock.advance(timedelta(minutes=3))
    (outgoing,) = engine_runner.work_off()
    body = body_of(outgoing)
    assert body["id"] == outgoing.message_id
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
    assert not [name for name in (b"Ada", b"Lovelace") if name in outgoing.body]


def test_nothing_is_created_or_sent_where_webhooks_are_switched_off(engine_runner: EngineRunner) -> None:
    webhook = engine_runner.subscribe("participant.approved")
    engine_runner.decide(engine_runner.register("ada"))
    engine_runner.switch(on=False)
    assert engine_runner.pass_time(hours=1) == []
    assert engine_runner.log(webhook) == []
    engine_runner.sweep()
    assert count_undelivered(engine_runner) == 0


def test_a_stations_late_push_is_sent_once_with_the_time_of_the_scan(
    engine_runner: EngineRunner, client: TestClient, station: StationClient, journal: Journal
) -> None:
    engine_runner.subscribe("scan.accepted", "scan.rejected")
    journal.scan()
    journal.scan(result="INVALID", reason="unknown_code", participant_id=None)
    engine_runner.clock.advance(timedelta(hours=3))
    request = journal.request()
    assert station.push(request).status_code == 200
    bodies = {item.event_type: body_of(item) for item in engine_runner.work_off()}
    assert set(bodies) == {"scan.accepted", "scan.rejected"}
    accepted = bodies["scan.accepted"]
    assert accepted["timestamp"] == accepted["data"]["scanned_at"] == "2026-06-10T10:00:01.000Z"
    assert accepted["data"]["result"] == "VALID"
    assert accepted["data"]["device_id"] == station.device_id
    assert bodies["scan.rejected"]["data"]["participant_id"] is None
    assert station.push(request).status_code == 200
    assert engine_runner.pass_time(hours=1) == []


def test_a_domain_event_without_a_message_blocks_no_other(
    engine_runner: EngineRunner, seeded: Seeded
) -> None:
    engine_runner.subscribe("scan.accepted")
    with engine_runner.hub.uow.begin() as work:
        for payload in ({}, {"effective_at_ms": START_MS}):
            row = scan_row(entity_id=work.new_id(), payload=payload)
            insert_domain_events(work, seeded.tenant_id, [row])
    assert len(engine_runner.work_off()) == 1
    assert count_undelivered(engine_runner, "Scan%") == 0


def test_more_domain_events_than_one_batch_are_all_sent(engine_runner: EngineRunner, seeded: Seeded) -> None:
    webhook = engine_runner.subscribe("scan.accepted")
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
    with engine_runner.hub.uow.begin() as work:
        insert_domain_events(work, seeded.tenant_id, rows)
    sent = engine_runner.work_off()
    assert len({item.message_id for item in sent}) == len(sent) == 1_500
    assert {row.status for row in engine_runner.log(webhook)} == {DeliveryStatus.DELIVERED}


def test_a_delivery_of_a_killed_process_is_sent_after_its_lease(
    engine_runner: EngineRunner,
) -> None:
    webhook = engine_runner.subscribe("participant.approved")
    engine_runner.pause(webhook)
    engine_runner.decide(engine_runner.register("ada"))
    engine_runner.work_off()
    engine_runner.resume(webhook)
    with engine_runner.hub.uow.begin() as work:
        row = work.session.scalars(select(WebhookDelivery)).one()
        row.status, row.leased_by, row.due_at = DeliveryStatus.SENDING, "killed", work.now() + LEASE
    if not engine_runner.hub.uow.database.is_sqlite:
        assert engine_runner.work_off() == []
        assert len(engine_runner.pass_time(seconds=LEASE.total_seconds())) == 1
    else:  # a hub on SQLite is one process: what it finds leased at its start is nobody's
        assert len(engine_runner.work_off()) == 1
    (row,) = engine_runner.log(webhook)
    assert (row.status, row.leased_by) == (DeliveryStatus.DELIVERED, None)


def test_old_deliveries_and_domain_events_are_deleted_unless_they_wait(engine_runner: EngineRunner) -> None:
    webhook = engine_runner.subscribe("participant.approved")
    engine_runner.decide(engine_runner.register("ada"))
    engine_runner.work_off()
    engine_runner.pause(webhook)
    engine_runner.decide(engine_runner.register("eve"))
    engine_runner.work_off()
    engine_runner.clock.advance(timedelta(days=29))
    engine_runner.sweep()
    assert len(engine_runner.log(webhook)) == 2
    engine_runner.clock.advance(timedelta(days=2))
    engine_runner.sweep()
    assert [row.status for row in engine_runner.log(webhook)] == [DeliveryStatus.PENDING]
    with engine_runner.hub.uow.read() as work:
        assert work.session.scalar(select(func.count(WebhookAttempt.id))) == 0
        assert work.session.scalar(select(func.count(StoredDomainEvent.id))) == 0
    engine_runner.resume(webhook)
    assert len(engine_runner.work_off()) == 1


def test_domain_events_without_subscribers_are_swept_though_others_wait_among_them(
    engine_runner: EngineRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH_SIZE", 8)
    engine_runner.subscribe("participant.approved")
    engine_runner.approve_some(7)
    engine_runner.sweep()
    with engine_runner.hub.uow.read() as work:
        undelivered = (
            select(StoredDomainEvent.type).where(StoredDomainEvent.delivered_at.is_(None)).distinct()
        )
        assert list(work.session.scalars(undelivered)) == ["ParticipantApproved"]
    assert len(engine_runner.work_off()) == 7
