"""A domain event is answered once, by a rule that was switched on before it; a reminder goes out once a start."""

from datetime import timedelta

import pytest

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import MessageStatus, ParticipantStatus
from hub_sync.hub.domains.audit.tables import AuditLog
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.messages.automatic import rules
from hub_sync.hub.domains.messages.automatic.errors import AutomaticTriggerUnknown, ReminderTimeMissing
from hub_sync.hub.domains.messages.automatic.reactions import LISTENERS, remind
from hub_sync.hub.domains.messages.automatic.schemas import AutomaticRuleChanges, AutomaticTest
from hub_sync.hub.domains.messages.triggers import REMINDER
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.kit.events.listeners import ListenerJob
from tests.hub_sync.hub.domains.messages.conftest import ACTOR, MessageHub

pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


def switch(messages: MessageHub, trigger: str, *, on: bool = True, **more: object) -> None:
    """Switch a rule on or off."""
    changes = AutomaticRuleChanges.model_validate({"is_active": on, **more})
    with messages.hub.uow.begin(ACTOR) as work:
        rules.update(work, messages.key, trigger, changes)


def listen(messages: MessageHub) -> None:
    """Call the listeners of all that happened."""
    ListenerJob(messages.hub.uow, messages.hub.notifier, LISTENERS).run_until_idle()


def test_an_approval_brings_the_ticket_once_and_only_from_then_on(
    messages: MessageHub, clock: ManualClock
) -> None:
    messages.register("Early")
    listen(messages)
    assert messages.outbox() == [], "all are switched off at first"
    messages.register("Before")
    clock.advance(timedelta(seconds=1))
    switch(messages, "participant.approved")
    ada, nobody = messages.register("Ada"), messages.register("Nobody", email=None)
    listen(messages)
    listen(messages)
    rows = messages.outbox()
    assert [row.participant_id for row in rows] == [*nobody, *ada]
    assert rows[0].status is MessageStatus.FAILED, "who has no address is seen, not forgotten"
    assert any(each.name.endswith(".pdf") for each in messages.build(rows[1]).attachments)
    with messages.hub.uow.read() as work:
        issued = work.session.query(AuditLog).filter_by(entity_id=ada[0], action="issue_ticket").count()
    assert issued == 1, "that a ticket was issued stands in the audit log"
    switch(messages, "participant.approved", on=False)
    messages.register("Later")
    listen(messages)
    assert len(messages.outbox()) == 2


def test_each_occasion_has_its_own_rule(messages: MessageHub) -> None:
    for trigger in ("participant.registered", "participant.rejected", "participant.cancelled"):
        switch(messages, trigger)
    (ada,) = messages.register("Ada", status="PENDING", extra={"language": "ar"})
    with messages.hub.uow.begin() as work:
        participants.update_status(work, *messages.key, ada, ParticipantStatus.REJECTED)
    with messages.hub.uow.begin() as work:
        participants.update_status(work, *messages.key, ada, ParticipantStatus.CANCELLED)
    listen(messages)
    subjects = {messages.build(row).subject for row in messages.outbox()}
    assert len(subjects) == 3
    assert all(row.locale == "ar" for row in messages.outbox())


def test_a_reminder_goes_out_once_and_again_if_the_event_moves(
    messages: MessageHub, clock: ManualClock
) -> None:
    with messages.hub.uow.begin() as work:
        begins = clock.now() + timedelta(days=2)
        changes = events.EventChanges(starts_at=begins, ends_at=begins + timedelta(hours=4))
        events.update(work, *messages.key, changes)
    messages.register("Ada", "Bob")
    messages.register("Pending", status="PENDING")
    switch(messages, REMINDER, minutes_before=24 * 60)
    assert remind(messages.hub.uow) == 0
    clock.advance(timedelta(days=1, hours=3))
    assert remind(messages.hub.uow) == 2, "a time that was missed is caught up"
    assert remind(messages.hub.uow) == 0
    assert {row.latest_at for row in messages.outbox()} == {begins}
    with messages.hub.uow.begin() as work:
        events.update(work, *messages.key, events.EventChanges(starts_at=begins + timedelta(hours=1)))
    assert remind(messages.hub.uow) == 2
    clock.advance(timedelta(days=2))
    assert remind(messages.hub.uow) == 0


def test_a_test_run_goes_elsewhere_with_a_sample_of_the_ticket(messages: MessageHub) -> None:
    (ada,) = messages.register("Ada")
    with messages.hub.uow.begin(ACTOR) as work:
        test = AutomaticTest(participant_id=ada, recipient="me@example.org")
        rules.send_test(work, messages.key, "participant.approved", test)
    (row,) = messages.outbox()
    assert row.recipient == "me@example.org"
    assert "Ada" in messages.build(row).text
    with messages.hub.uow.begin() as work, pytest.raises(AutomaticTriggerUnknown):
        rules.get(work, messages.key, "nothing")
    with pytest.raises(ReminderTimeMissing):
        switch(messages, REMINDER, minutes_before=None)
