"""Answer domain events with messages, and remind people of an event that begins soon. Each is answered once."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from hub_sync.contract.clock import from_epoch_ms
from hub_sync.contract.enums import EventStatus, ParticipantStatus
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.domains.messages.automatic import rules
from hub_sync.hub.domains.messages.delivery import outbox
from hub_sync.hub.domains.messages.tables import AutomaticRule
from hub_sync.hub.domains.messages.triggers import REMINDER
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.errors import ParticipantNotFound
from hub_sync.hub.domains.participants.manifest import (
    ParticipantApproved,
    ParticipantCancelled,
    ParticipantRegistered,
    ParticipantRejected,
)
from hub_sync.hub.domains.participants.service import Participant
from hub_sync.hub.domains.queue.manifest import QueueNumberCalled
from hub_sync.hub.kit.db.unit_of_work import UnitOfWork, Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.events.domain_events import DomainEvent
from hub_sync.hub.kit.events.listeners import Listener, Received

CALL_LASTS = timedelta(minutes=10)
"""After that a message "it is your turn" is of no use."""
PART = 500


def answer(
    work: Work,
    received: Received[Any],
    trigger: str,
    participant_id: str,
    *,
    data: Mapping[str, Any] | None = None,
    latest_at: datetime | None = None,
) -> None:
    """Queue the message of a rule that is switched on; what happened before it was is not answered."""
    event: DomainEvent = received.event
    if event.event_id is None:
        return
    key = FeedKey(received.tenant_id, event.event_id)
    rule = rules.find_active(work, key, trigger)
    if rule is None or (rule.active_since is not None and received.occurred_at < rule.active_since):
        return
    try:
        person = participants.get(work, *key, participant_id)
        events.check_exists(work, *key)
    except (ParticipantNotFound, EventNotFound):
        return
    message = rules.message_for(work, rule, person, received.id, data=data, latest_at=latest_at)
    if rules.is_for_nobody(message, person):
        return
    outbox.enqueue_many(work, [message])
    rules.record_ticket(work, message)


def _registered(work: Work, received: Received[ParticipantRegistered]) -> None:
    if received.event.status == ParticipantStatus.PENDING:
        answer(work, received, "participant.registered", received.event.entity_id)


def _approved(work: Work, received: Received[ParticipantApproved]) -> None:
    answer(work, received, "participant.approved", received.event.entity_id)


def _rejected(work: Work, received: Received[ParticipantRejected]) -> None:
    answer(work, received, "participant.rejected", received.event.entity_id)


def _cancelled(work: Work, received: Received[ParticipantCancelled]) -> None:
    answer(work, received, "participant.cancelled", received.event.entity_id)


def _called(work: Work, received: Received[QueueNumberCalled]) -> None:
    called = received.event
    if not called.participant_id:
        return
    values = {
        "queue.name": called.queue,
        "queue.number": called.number,
        "queue.counter": called.counter or "",
    }
    latest_at = from_epoch_ms(called.called_at_ms) + CALL_LASTS
    answer(
        work,
        received,
        "queue.called",
        called.participant_id,
        data={"values": values},
        latest_at=latest_at,
    )


LISTENERS: tuple[Listener[Any], ...] = (
    Listener(ParticipantRegistered, _registered),
    Listener(ParticipantApproved, _approved),
    Listener(ParticipantRejected, _rejected),
    Listener(ParticipantCancelled, _cancelled),
    Listener(QueueNumberCalled, _called),
)


# --- reminders ------------------------------------------------------------------------------------


def remind(uow: UnitOfWork) -> int:
    """Queue the reminders that are due, for all tenants; return how many. A time that was missed is caught up until the start."""
    return sum(remind_event(uow, key) for key in list_due(uow))


def list_due(uow: UnitOfWork) -> list[FeedKey]:
    """Return the events of all tenants whose reminders are due."""
    with uow.read() as work:
        return [
            FeedKey(rule.tenant_id, rule.event_id)
            for rule in work.session.scalars(
                select(AutomaticRule).where(AutomaticRule.trigger == REMINDER, AutomaticRule.is_active)
            )
            if _is_due(work, rule)
        ]


def _is_due(work: Work, rule: AutomaticRule) -> bool:
    try:
        event = events.get(work, rule.tenant_id, rule.event_id)
    except EventNotFound:
        return False
    if event.status is not EventStatus.PUBLISHED or rule.minutes_before is None:
        return False
    begins, now = event.starts_at, work.now()
    is_time = begins - timedelta(minutes=rule.minutes_before) <= now < begins
    return is_time and rule.reminded_for != begins


def remind_event(uow: UnitOfWork, key: FeedKey) -> int:
    """Queue the reminders of an event, some hundreds in a transaction."""
    last, count = "", 0
    while True:
        with uow.begin() as work:
            rule = rules.find_active(work, key, REMINDER)
            if rule is None or not _is_due(work, rule):
                return count
            event = events.get(work, *key)
            people = work.session.scalars(
                participants.of_event(*key)
                .where(Participant.status == ParticipantStatus.APPROVED, Participant.id > last)
                .order_by(Participant.id)
                .limit(PART)
            ).all()
            begins = event.starts_at
            messages = [
                rules.message_for(
                    work, rule, person, f"{person.id}:{begins.timestamp():.0f}", latest_at=begins
                )
                for person in people
            ]
            written = zip(messages, people, strict=True)
            count += outbox.enqueue_many(
                work, [each for each, person in written if not rules.is_for_nobody(each, person)]
            )
            if len(people) < PART:
                rule.reminded_for = begins
                return count
            last = people[-1].id
