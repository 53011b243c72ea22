"""A broadcast goes to whom its preview counted, once, and never says that it is complete while a message is open."""

from datetime import timedelta
from typing import Any

import pytest

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import (
    BroadcastStatus,
    MessageChannel,
    MessagePurpose,
    MessageStatus,
    ParticipantStatus,
    SuppressionSource,
)
from hub_sync.hub.domains.audit.tables import AuditLog
from hub_sync.hub.domains.bulk.service import Selection
from hub_sync.hub.domains.messages.broadcasts import audience, broadcasts
from hub_sync.hub.domains.messages.broadcasts.broadcasts import LATE
from hub_sync.hub.domains.messages.broadcasts.errors import (
    BroadcastChanged,
    BroadcastInThePast,
    BroadcastNobody,
    BroadcastNotPreviewed,
    BroadcastState,
    BroadcastTemplateMissing,
)
from hub_sync.hub.domains.messages.broadcasts.schemas import BroadcastChanges, BroadcastResend, BroadcastStart
from hub_sync.hub.domains.messages.tables import MessageSuppression
from hub_sync.hub.domains.participants import service as participants
from tests.hub_sync.hub.conftest import NOON
from tests.hub_sync.hub.domains.messages.conftest import ACTOR, MessageHub

S, M = BroadcastStatus, MessageStatus


def test_the_preview_counts_and_the_audience_is_frozen(messages: MessageHub) -> None:
    messages.register("Ada", "Grace", " Nameless", " Unsubscribed")
    messages.register("Zoe", email=None, phone="+49 30 901820")
    messages.register("Nobody", email=None)
    messages.template()
    messages.template("Hi {{ participant.first_name }}", channel="SMS", subject="")
    with messages.hub.uow.begin() as work:
        work.session.add_all(
            MessageSuppression(
                tenant_id=messages.key.tenant_id,
                id=work.new_id(),
                channel=MessageChannel.EMAIL,
                address=f"{name}@example.org",
                purpose=MessagePurpose.EVENT_NEWS,
                source=SuppressionSource.PERSON,
                created_by=name,
                searched="",
            )
            for name in ("grace", "unsubscribed")
        )
    id_ = messages.broadcast(channels=["EMAIL", "SMS"])
    assert messages.get(id_).counts == {
        "total": 6,
        "by_channel": {"EMAIL": 4, "SMS": 1},
        "no_address": 1,
        "missing": {"participant.first_name": 2},
        "unusable": 0,
        "incomplete": 1,
        "suppressed": 2,
    }
    messages.register("Late")
    assert all(row.due_at is None or row.due_at.year == 9000 for row in messages.outbox()), (
        "nothing is sent yet"
    )
    with messages.hub.uow.begin() as work:
        defaults = BroadcastChanges(defaults={"participant.first_name": "guest"})
        broadcasts.update(work, messages.key, id_, defaults)
    with pytest.raises(BroadcastNotPreviewed), messages.hub.uow.begin() as work:
        broadcasts.start(work, messages.key, id_, BroadcastStart(audience_hash="x" * 64))
    first = audience.freeze(messages.hub.uow, messages.key, id_, ACTOR)
    assert messages.get(id_).counts["missing"] == {}
    assert messages.get(id_).counts["total"] == 7
    audience.freeze(messages.hub.uow, messages.key, id_, ACTOR)
    assert messages.get(id_).audience_hash == first, "the same people again"
    messages.register("Later")
    messages.start(id_)
    rows = messages.outbox()
    assert len(rows) == 7
    assert [row.recipient for row in rows if row.status is M.FAILED] == [""], (
        "who has no address stands in the ledger"
    )
    assert (
        "guest" in messages.build(next(row for row in rows if row.recipient == "nameless@example.org")).text
    )


def test_tickets_that_a_broadcast_brings_are_recorded_as_issued_when_it_begins(messages: MessageHub) -> None:
    messages.register("Ada", "Bob")
    (gone,) = messages.register("Gone")
    messages.register("Hans", extra={"language": "de"})
    messages.register("Nobody", email=None)
    messages.template(name="Tickets", body="Here: {{ ticket.qr }}")
    messages.template(name="Tickets", locale="de", body="Kommt noch.")
    id_ = messages.broadcast(template_name="Tickets")

    def issued() -> list[Any]:
        with messages.hub.uow.read() as work:
            rows = work.session.query(AuditLog).filter_by(action="issue_tickets")
            return [row.after["count"] for row in rows if row.after]

    assert issued() == [], "nobody has one yet"
    with messages.hub.uow.begin(ACTOR) as work:
        changes = participants.ParticipantChanges(status=ParticipantStatus.CANCELLED)
        participants.update(work, *messages.key, gone, changes)
    messages.start(id_)
    for act in (broadcasts.pause, broadcasts.resume):
        with messages.hub.uow.begin(ACTOR) as work:
            act(work, messages.key, id_)
    assert issued() == [2]


def test_complete_is_never_said_while_a_row_is_open(messages: MessageHub, clock: ManualClock) -> None:
    messages.register("Ada", "Bob", "Cleo")
    messages.template()
    id_ = messages.broadcast()
    messages.start(id_)
    assert all(row.due_at == clock.now() for row in messages.outbox())
    messages.settle("ada@example.org", M.SENT)
    messages.settle("bob@example.org", M.DEFERRED)
    messages.settle("cleo@example.org", M.SUPPRESSED)
    assert not messages.job.run_once()
    assert messages.get(id_).status is S.SENDING
    messages.settle("bob@example.org", M.DELIVERED)
    assert messages.job.run_once()
    assert messages.get(id_).status is S.COMPLETED

    second = messages.broadcast()
    messages.start(second)
    messages.settle("ada@example.org", M.SENT)
    messages.settle("bob@example.org", M.BOUNCED)
    messages.settle("cleo@example.org", M.UNSURE)
    messages.job.run_once()
    assert messages.get(second).status is S.PARTIAL


def test_those_who_did_not_get_it_are_written_to_again_and_nobody_else(messages: MessageHub) -> None:
    messages.register("Ada", "Bob", "Cleo")
    messages.template()
    id_ = messages.broadcast()
    messages.start(id_)
    with pytest.raises(BroadcastState), messages.hub.uow.begin() as work:
        broadcasts.resend(work, messages.key, id_, BroadcastResend())
    for name, status in (("ada", M.SENT), ("bob", M.BOUNCED), ("cleo", M.UNSURE)):
        messages.settle(f"{name}@example.org", status)
    messages.job.run_once()

    def again(*, include_unsure: bool) -> set[str]:
        with messages.hub.uow.begin(ACTOR) as work:
            draft = broadcasts.resend(
                work, messages.key, id_, BroadcastResend(include_unsure=include_unsure)
            ).id
        audience.freeze(messages.hub.uow, messages.key, draft, ACTOR)
        return {row.recipient for row in messages.outbox() if row.broadcast_id == draft}

    assert again(include_unsure=False) == {"bob@example.org"}
    assert again(include_unsure=True) == {"bob@example.org", "cleo@example.org"}


def test_a_schedule_begins_in_time_and_asks_if_its_time_passed_while_the_hub_was_down(
    messages: MessageHub, clock: ManualClock
) -> None:
    messages.register("Ada")
    messages.template()
    soon, late = messages.broadcast(), messages.broadcast()
    with pytest.raises(BroadcastInThePast):
        messages.start(soon, scheduled_at=NOON - timedelta(hours=1))
    for id_ in (soon, late):
        messages.start(id_, scheduled_at=clock.now() + timedelta(hours=2))
    assert not messages.job.run_once()
    clock.advance(timedelta(hours=2, minutes=1))
    with messages.hub.uow.begin() as work:
        assert broadcasts.begin_scheduled(work, messages.key, soon)
    assert messages.get(soon).status is S.SENDING
    clock.advance(timedelta(hours=5))
    assert messages.job.run_once()
    waiting = messages.get(late)
    assert (waiting.status, waiting.reason) == (S.PAUSED, LATE)
    due = {row.broadcast_id: row.due_at for row in messages.outbox()}
    assert due[late] == audience.WITHHELD, "it asks, and sends nothing"
    with messages.hub.uow.begin(ACTOR) as work:
        broadcasts.resume(work, messages.key, late)
    assert messages.get(late).status is S.SENDING


def test_pause_withholds_resume_goes_on_and_cancel_gives_up(messages: MessageHub, clock: ManualClock) -> None:
    messages.register("Ada", "Bob")
    messages.template()
    id_ = messages.broadcast()
    messages.start(id_)
    messages.settle("ada@example.org", M.SENT)

    def do(act: object) -> dict[str, object]:
        with messages.hub.uow.begin(ACTOR) as work:
            act(work, messages.key, id_)  # type: ignore[operator]
        return {row.recipient: (row.status, row.due_at) for row in messages.outbox()}

    assert do(broadcasts.pause)["bob@example.org"] == (M.QUEUED, None)
    assert do(broadcasts.resume)["bob@example.org"] == (M.QUEUED, clock.now())
    assert do(broadcasts.cancel)["bob@example.org"] == (M.DEAD, None)
    assert messages.get(id_).status is S.CANCELLED
    assert messages.outbox()[0].status is M.SENT


def test_what_can_not_be_sent_is_refused_early(messages: MessageHub) -> None:
    messages.template(publish=False)
    with pytest.raises(BroadcastTemplateMissing):
        messages.broadcast()
    nobody = messages.broadcast(Selection(query="filter[status]=REJECTED"), template_name="reminder")
    with pytest.raises(BroadcastNobody):
        messages.start(nobody)
    messages.register("Ada")
    id_ = messages.broadcast(template_name="reminder")
    with pytest.raises(BroadcastChanged), messages.hub.uow.begin() as work:
        broadcasts.start(work, messages.key, id_, BroadcastStart(audience_hash="0" * 64))
    assert messages.outbox()[0].purpose is MessagePurpose.EVENT_NEWS
