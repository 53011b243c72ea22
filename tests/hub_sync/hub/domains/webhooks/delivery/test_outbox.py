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
from tests.hub_sync.hub.domains.webhooks.engine_runner import EngineRunner, body_of, engine_runner
from tests.hub_sync.hub.station_client import START_MS, Journal, StationClient, journal, station
from tests.support.stored_domain_events import insert_domain_events, scan_row

__all__ = ["engine_runner", "journal", "station"]

TWO = "https://hooks.example.org/two"


def untold(engine_runner: EngineRunner, like: str = "%") -> int:
    """How many facts of such types wait."""
    waiting = select(func.count()).where(
        StoredDomainEvent.delivered_at.is_(None), StoredDomainEvent.type.like(like)
    )
    with engine_runner.hub.uow.read() as work:
        return work.session.scalar(waiting) or 0


def test_a_decision_is_told_by_its_own_type_and_as_a_change(engine_runner: EngineRunner) -> None:
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


def test_each_gets_what_it_asked_for(engine_runner: EngineRunner) -> None:
    first = engine_runner.subscribe("participant.approved", "scan.accepted")
    two = engine_runner.subscribe("participant.status_changed", url=TWO)
    engine_runner.decide(engine_runner.register("ada"))
    engine_runner.work_off()
    assert [row.event_type for row in engine_runner.log(first)] == ["participant.approved"]
    assert [row.event_type for row in engine_runner.log(two)] == ["participant.status_changed"]


def test_nobody_is_told_what_happened_before_they_subscribed(engine_runner: EngineRunner) -> None:
    engine_runner.decide(engine_runner.register("ada"))
    engine_runner.clock.advance(timedelta(seconds=1))
    webhook = engine_runner.subscribe("*")
    assert engine_runner.work_off() == []
    engine_runner.decide(engine_runner.register("eve"))
    assert {body_of(item)["data"]["participant_id"] for item in engine_runner.work_off()} == {"eve"}
    assert len(engine_runner.log(webhook)) == 3  # registered, approved, status changed


def test_another_tenants_webhooks_hear_nothing(engine_runner: EngineRunner, seeded: Seeded) -> None:
    with engine_runner.hub.uow.begin() as work:
        other = tenants.create(work, engine_runner.hub.secret_box, slug="other", name="Other")
    theirs = EngineRunner(
        engine_runner.hub,
        engine_runner.clock,
        Seeded(other.id, seeded.event_id, seeded.gate_id, seeded.device_id, ""),
    )
    theirs.switch(on=True)
    webhook = theirs.subscribe("*")
    engine_runner.decide(engine_runner.register("ada"))
    assert engine_runner.work_off() == []
    assert theirs.log(webhook) == []


def test_where_webhooks_are_switched_off_nothing_is_made_or_sent(engine_runner: EngineRunner) -> None:
    webhook = engine_runner.subscribe("participant.approved")
    engine_runner.decide(engine_runner.register("ada"))
    engine_runner.switch(on=False)
    assert engine_runner.pass_time(hours=1) == []
    assert engine_runner.log(webhook) == []
    engine_runner.sweep()
    assert untold(engine_runner) == 0


def test_a_stations_late_push_is_told_once_with_the_time_of_the_scan(
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


def test_a_fact_that_cannot_be_told_keeps_no_other_waiting(
    engine_runner: EngineRunner, seeded: Seeded
) -> None:
    engine_runner.subscribe("scan.accepted")
    with engine_runner.hub.uow.begin() as work:
        for payload in ({}, {"effective_at_ms": START_MS}):
            row = scan_row(entity_id=work.new_id(), payload=payload)
            insert_domain_events(work, seeded.tenant_id, [row])
    assert len(engine_runner.work_off()) == 1
    assert untold(engine_runner, "Scan%") == 0


def test_a_hundred_thousandth_is_told_too(engine_runner: EngineRunner, seeded: Seeded) -> None:
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


def test_what_a_killed_process_had_in_hand_goes_on_once_its_lease_is_over(
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


def test_old_deliveries_and_facts_are_forgotten_and_nothing_that_waits(engine_runner: EngineRunner) -> None:
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


def test_facts_of_no_concern_are_swept_away_though_one_that_is_waits_among_them(
    engine_runner: EngineRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH_SIZE", 8)
    engine_runner.subscribe("participant.approved")
    engine_runner.approve_some(7)
    engine_runner.sweep()
    with engine_runner.hub.uow.read() as work:
        untold = select(StoredDomainEvent.type).where(StoredDomainEvent.delivered_at.is_(None)).distinct()
        assert list(work.session.scalars(untold)) == ["ParticipantApproved"]
    assert len(engine_runner.work_off()) == 7
