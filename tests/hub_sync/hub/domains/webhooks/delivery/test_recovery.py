"""Recovering queues all that an endpoint has not got since a time: what was given up, and what was never queued."""

from datetime import datetime, timedelta

from sqlalchemy import select, update

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import DeliveryStatus
from hub_sync.hub.domains.webhooks.delivery import recovery
from hub_sync.hub.domains.webhooks.delivery.delivery_log import get_deliverable
from hub_sync.hub.domains.webhooks.delivery.recovery import RecoveryResult
from hub_sync.hub.domains.webhooks.subscriptions.event_types import TEST_PING
from hub_sync.hub.kit.events.domain_events import StoredDomainEvent
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import NOON, Seeded
from tests.hub_sync.hub.domains.webhooks.api_client import Caller, deliveries_of, delivery, refusal
from tests.support.builders.stored_domain_events import insert_domain_events

DAYS = 30


def happened(hub: HubContext, tenant_id: str, *types: str, delivered: bool = True) -> list[str]:
    """Facts, of which the worker has told (or that nobody was interested in, which leaves the same)."""
    with hub.uow.begin() as work:
        before = set(work.session.scalars(select(StoredDomainEvent.id)))
        for type_ in types:
            row = {"type": type_, "event_id": None, "entity": "participant", "entity_id": "somebody"}
            insert_domain_events(work, tenant_id, [row | {"payload": {"to": "APPROVED"}}])
        ids = [
            item
            for item in work.session.scalars(select(StoredDomainEvent.id).order_by(StoredDomainEvent.id))
            if item not in before
        ]
        if delivered:
            done = (
                update(StoredDomainEvent).where(StoredDomainEvent.id.in_(ids)).values(delivered_at=work.now())
            )
            work.session.execute(done)
    return ids


def recover(
    hub: HubContext, seeded: Seeded, at: str, since: datetime, at_most: int = recovery.MAX_RECOVERED
) -> RecoveryResult:
    with hub.uow.begin() as work:
        return recovery.recover(work, seeded.tenant_id, at, since, DAYS, at_most)


def test_what_was_given_up_is_queued_anew(
    caller: Caller, hub: HubContext, seeded: Seeded, clock: ManualClock
) -> None:
    at, other = caller.create()["id"], caller.create()["id"]
    dead = DeliveryStatus.DEAD_LETTER
    with hub.uow.begin() as work:
        before = delivery(work, seeded.tenant_id, at, dead, attempts=8, step=8).id
    clock.advance(timedelta(minutes=1))
    since = clock.now()
    with hub.uow.begin() as work:
        lost = delivery(work, seeded.tenant_id, at, dead, attempts=8, step=8).id
        ping = delivery(work, seeded.tenant_id, at, dead, event_type=TEST_PING).id
        delivery(work, seeded.tenant_id, at, DeliveryStatus.DELIVERED)
        delivery(work, seeded.tenant_id, other, dead)
    clock.advance(timedelta(minutes=1))
    answer = caller.post(f"/{at}/recover", {"since": since.isoformat()})
    assert answer.json()["data"] == {"requeued": 1, "created": 0, "more": False}
    rows = {item.id: item for item in deliveries_of(hub, seeded.tenant_id, at)}
    again = rows[lost]
    assert (again.status, again.due_at, again.step, again.attempts) == (
        DeliveryStatus.PENDING,
        clock.now(),
        0,
        8,
    )
    assert [rows[entry].status for entry in (before, ping)] == [dead, dead]
    assert deliveries_of(hub, seeded.tenant_id, other)[0].status is dead


def test_what_was_never_queued_is_and_once_only(
    caller: Caller, hub: HubContext, seeded: Seeded, clock: ManualClock
) -> None:
    happened(hub, seeded.tenant_id, "ParticipantApproved")
    clock.advance(timedelta(minutes=1))
    since = clock.now()
    at = caller.create("participant.approved", "participant.rejected")["id"]
    missed = happened(
        hub, seeded.tenant_id, "ParticipantApproved", "ParticipantBypassed", "ParticipantRejected"
    )
    queued = happened(hub, seeded.tenant_id, "ParticipantApproved")
    happened(hub, seeded.tenant_id, "ParticipantApproved", delivered=False)
    with hub.uow.begin() as work:
        delivery(work, seeded.tenant_id, at, DeliveryStatus.DELIVERED, message_id=queued[0])
    assert recover(hub, seeded, at, since) == RecoveryResult(requeued=0, created=2, more=False)
    recovered = [item for item in deliveries_of(hub, seeded.tenant_id, at) if item.message_id != queued[0]]
    assert [entry.message_id for entry in recovered] == [missed[0], missed[2]]
    assert [element.event_type for element in recovered] == ["participant.approved", "participant.rejected"]
    assert {
        (candidate.status, candidate.attempts, candidate.step, candidate.due_at) for candidate in recovered
    } == {(DeliveryStatus.PENDING, 0, 0, clock.now())}
    assert all(f'"id":"{delivery.message_id}"' in delivery.body for delivery in recovered)
    assert recover(hub, seeded, at, since) == RecoveryResult(requeued=0, created=0, more=False)


def test_one_call_queues_no_more_than_it_may_and_says_so(
    caller: Caller, hub: HubContext, seeded: Seeded
) -> None:
    at = caller.create()["id"]
    with hub.uow.begin() as work:
        for _ in range(3):
            delivery(work, seeded.tenant_id, at, DeliveryStatus.DEAD_LETTER)
    happened(hub, seeded.tenant_id, *["ScanWarned", *["ParticipantApproved"] * 3])
    calls = [recover(hub, seeded, at, NOON, at_most=2) for _ in range(4)]
    assert calls == [
        RecoveryResult(2, 0, more=True),
        RecoveryResult(1, 1, more=True),
        RecoveryResult(0, 2, more=False),
        RecoveryResult(0, 0, more=False),
    ]


def test_a_time_that_no_log_reaches_is_refused(caller: Caller, clock: ManualClock) -> None:
    at = caller.create()["id"]
    for since, status in (
        (clock.now() + timedelta(seconds=1), 422),
        (clock.now() - timedelta(days=DAYS, seconds=1), 422),
        (clock.now() - timedelta(days=DAYS), 200),
        (clock.now(), 200),
    ):
        answer = caller.post(f"/{at}/recover", {"since": since.isoformat()})
        assert answer.status_code == status, answer.text
        if status == 422:
            assert refusal(answer) == (422, "SinceOutOfReach")
    assert refusal(caller.post(f"/{at}/recover", {"since": "yesterday"})) == (422, "ValidationFailed")


def test_two_who_recover_at_once_queue_everything_once(
    caller: Caller, hub: HubContext, seeded: Seeded
) -> None:
    at = caller.create()["id"]
    missed = happened(hub, seeded.tenant_id, *["ParticipantApproved"] * 5)
    with hub.uow.begin() as work:
        subscription = get_deliverable(work, seeded.tenant_id, at)
        missing = recovery._missing(work, subscription, NOON, 10)
    assert [item.id for item in missing] == missed
    assert recover(hub, seeded, at, NOON).created == 5
    with hub.uow.begin() as work:
        assert recovery._queue(work, subscription, missing) == 0, (
            "as one who had looked before the other was done"
        )
    assert len(deliveries_of(hub, seeded.tenant_id, at)) == 5
