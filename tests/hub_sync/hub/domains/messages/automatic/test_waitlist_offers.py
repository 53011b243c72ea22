"""From a full event to the ticket: the offer of a free seat goes out by mail, is answered by its link, and passes on if it bounces."""

import re
from collections.abc import Callable
from datetime import timedelta
from email import message_from_string
from email.message import EmailMessage
from email.policy import default
from zoneinfo import ZoneInfo

import pytest
from fastapi import FastAPI

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import MessageChannel, MessageStatus, ParticipantStatus
from hub_sync.hub.domains.messages.automatic import rules
from hub_sync.hub.domains.messages.automatic.schemas import AutomaticRuleChanges
from hub_sync.hub.domains.messages.delivery.failures import DeliveryFailure
from hub_sync.hub.domains.messages.listeners import LISTENERS
from hub_sync.hub.domains.messages.suppression import suppressions
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.waitlist import service
from hub_sync.hub.domains.waitlist.jobs import PromotionJob
from hub_sync.hub.domains.waitlist.tables import PromotionOutcome
from hub_sync.hub.kit.events.listeners import ListenerJob
from tests.hub_sync.hub.console.browser_client import Browser, signed_in_as
from tests.hub_sync.hub.domains.messages.sending.conftest import Outbox, outbox, sink
from tests.hub_sync.hub.domains.waitlist.conftest import Waitlist, waitlist
from tests.support.smtp_sink import RunningSink

__all__ = ["outbox", "sink", "waitlist"]
pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


@pytest.fixture
def deliver(waitlist: Waitlist, outbox: Outbox, sink: RunningSink) -> Callable[[], None]:
    """Switch on the mails of offers and of tickets; return what answers all that happened, and sends it."""
    outbox.add_account(sink)
    with waitlist.hub.uow.begin("user:mara@example.org") as work:
        for trigger in ("waitlist.offered", "participant.approved"):
            rules.update(work, waitlist.key, trigger, AutomaticRuleChanges(is_active=True))
    job = ListenerJob(waitlist.hub.uow, waitlist.hub.notifier, LISTENERS)

    def run() -> None:
        job.run_until_idle()
        outbox.run()
        job.run_until_idle()

    return run


def mails(sink: RunningSink, address: str) -> list[EmailMessage]:
    """Return the mails that an address got."""
    parsed = [
        message_from_string(each["raw"], policy=default) for each in sink.messages() if each["to"] == address
    ]
    return [mail for mail in parsed if isinstance(mail, EmailMessage)]


def text_of(mail: EmailMessage) -> str:
    """Return the plain text of a mail."""
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def test_a_cancellation_brings_the_offer_by_mail_its_link_accepts_and_the_ticket_follows(
    app: FastAPI,
    waitlist: Waitlist,
    outbox: Outbox,
    sink: RunningSink,
    clock: ManualClock,
    deliver: Callable[[], None],
) -> None:
    visitor, path = Browser(app), f"/waitlist/{waitlist.key.event_id}"
    visitor.client.headers["Accept-Language"] = "de"
    waitlist.configure(is_public=True)
    with waitlist.hub.uow.begin("user:mara@example.org") as work:
        rules.update(work, waitlist.key, "participant.registered", AutomaticRuleChanges(is_active=True))
    joined = visitor.send(path, path, {"first_name": "Cleo", "last_name": "K", "email": "cleo@example.org"})
    assert joined.status_code == 303
    with waitlist.hub.uow.begin() as work:
        (cleo,) = participants.ids_with_email(work, *waitlist.key, "cleo@example.org")
        person = participants.get(work, *waitlist.key, cleo)
        extra = {**person.extra, "time_zone": "Asia/Tokyo"}
        participants.update(work, *waitlist.key, cleo, participants.ParticipantChanges(extra=extra))
    deliver()
    (waits,) = mails(sink, "cleo@example.org")
    assert "stehen auf der Warteliste" in text_of(waits)
    place = re.search(r"/w/[\w-]+", text_of(waits))
    assert place is not None
    assert "Ihr Platz auf der Warteliste" in visitor.read(place[0])
    with waitlist.hub.uow.begin() as work:  # whoever wants no news still gets what they wait for
        suppressions.suppress_complained(
            work, waitlist.key.tenant_id, MessageChannel.EMAIL, "cleo@example.org"
        )
    waitlist.cancel("ada")
    offered_at = clock.now()
    clock.advance(timedelta(hours=2))
    deliver()
    _waits, mail = mails(sink, "cleo@example.org")
    text = text_of(mail)
    assert "Warteliste" in text, "the mail speaks the language of the page"
    (offer,) = waitlist.offers(PromotionOutcome.OPEN)
    until = (offered_at + timedelta(hours=26)).astimezone(ZoneInfo("Asia/Tokyo"))
    assert f"{until:%H:%M} (Asia/Tokyo)" in text
    assert offer.delivered_at == clock.now()
    assert offer.hold_until == offered_at + timedelta(hours=26), (
        "its time counts from the delivery, in the mail too"
    )
    row = outbox.rows()["cleo@example.org"]
    link = re.search(r"/w/[\w-]+", text)
    assert link is not None
    assert link[0] not in repr(row.content), "the link is a secret"
    assert visitor.send(link[0], f"{link[0]}/accept").status_code == 303
    deliver()
    deliver()
    _waits, _offer, ticket = mails(sink, "cleo@example.org")
    assert any(str(part.get_filename()).endswith(".pdf") for part in ticket.iter_attachments())
    copy = re.search(r"/m/\S+", text)
    assert copy is not None
    assert "Warteliste" in visitor.read(copy[0]), "the web copy lasts longer than the offer"


def test_an_offer_whose_mail_comes_back_goes_to_the_next_and_one_that_is_over_is_not_sent(
    waitlist: Waitlist, outbox: Outbox, sink: RunningSink, deliver: Callable[[], None]
) -> None:
    first = waitlist.join("cleo", email="bounce@example.org")
    second = waitlist.join("dora", email="dora@example.org")
    waitlist.cancel("ada")
    deliver()
    assert waitlist.statuses(first, second) == ["EXPIRED", "OFFERED"]
    assert [each.outcome for each in waitlist.offers() if each.entry_id == first] == [
        PromotionOutcome.UNDELIVERED
    ]
    ListenerJob(waitlist.hub.uow, waitlist.hub.notifier, LISTENERS).run_until_idle()
    waitlist.cancel("dora", ParticipantStatus.REJECTED)
    outbox.run()
    row = outbox.rows()["dora@example.org"]
    assert (row.status, row.error_code) == (MessageStatus.FAILED, DeliveryFailure.CONTENT_UNUSABLE)
    assert sink.messages() == []


def test_an_offer_does_not_run_out_while_its_mail_waits_for_the_account(
    waitlist: Waitlist, outbox: Outbox, sink: RunningSink, clock: ManualClock, deliver: Callable[[], None]
) -> None:
    """With a wrong password, one offer after another ran out and nobody had heard of it."""
    (account,) = outbox.accounts()
    outbox.change_account(account, port=1)
    first, second = waitlist.join("cleo", email="cleo@example.org"), waitlist.join("dora")
    waitlist.cancel("ada")
    deliver()
    for _ in range(3):
        clock.advance(timedelta(hours=25))
        PromotionJob(waitlist.hub).run_once()
        assert waitlist.statuses(first, second) == ["OFFERED", "WAITING"]
    clock.advance(timedelta(hours=25))
    outbox.change_account(account, port=sink.port)
    deliver()  # before the job looks: a hub that was down sends first
    assert len(mails(sink, "cleo@example.org")) == 1
    (offer,) = waitlist.offers(PromotionOutcome.OPEN)
    assert offer.hold_until == clock.now() + timedelta(hours=24)
    clock.advance(timedelta(hours=25))
    PromotionJob(waitlist.hub).run_once()
    assert waitlist.statuses(first, second) == ["EXPIRED", "OFFERED"]


def test_a_waitlist_that_writes_to_nobody_says_so_on_both_pages(
    app: FastAPI, waitlist: Waitlist, outbox: Outbox, deliver: Callable[[], None]
) -> None:
    admin, event = signed_in_as(app, outbox.tenant_id), f"/events/{waitlist.key.event_id}"
    pages = (f"{event}/waitlist", f"{event}/automatic-messages")
    assert all("Nobody is written to" not in admin.read(page) for page in pages)
    with waitlist.hub.uow.begin("user:mara@example.org") as work:
        rules.update(work, waitlist.key, "waitlist.offered", AutomaticRuleChanges(is_active=False))
    assert all("Nobody is written to" in admin.read(page) for page in pages)


def test_a_party_gets_one_mail_with_all_tickets_and_one_more_for_seats_that_come_later(
    waitlist: Waitlist, outbox: Outbox, sink: RunningSink, deliver: Callable[[], None]
) -> None:
    waitlist.configure(party_rule="SPLIT")
    waitlist.capacity(4)
    waitlist.register("dora")
    party = waitlist.join("cleo", 3, email="cleo@example.org")
    waitlist.do(service.accept, party, waitlist.offer(party))
    deliver()
    assert [tickets_in(mail) for mail in mails(sink, "cleo@example.org")] == [1]
    assert all(mail["Auto-Submitted"] == "auto-generated" for mail in mails(sink, "cleo@example.org"))
    waitlist.capacity(6)
    waitlist.do(service.accept, party, waitlist.offer(party))
    deliver()
    alone, all_three = mails(sink, "cleo@example.org")
    assert (tickets_in(alone), "people of your party" in text_of(alone)) == (1, False)
    assert (tickets_in(all_three), "tickets of all 3 people of your party" in text_of(all_three)) == (3, True)
    unsent = {row.participant_id for row in outbox.rows().values() if not row.recipient}
    assert unsent == {"dora"}, "guests have no address, and whoever registered them has their tickets"


def tickets_in(mail: EmailMessage) -> int:
    """Return how many tickets are attached to a mail."""
    (pdf,) = [part for part in mail.iter_attachments() if part.get_content_type() == "application/pdf"]
    return len(re.findall(rb"/Type /Page\b", pdf.get_content()))
