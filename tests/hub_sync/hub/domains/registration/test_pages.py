"""The registration page in a browser without scripts: people register, confirm, change and cancel; strangers learn nothing of others."""

from datetime import timedelta

import pytest
from fastapi import FastAPI

from hub_sync.contract.enums import ParticipantStatus, WaitlistStatus
from hub_sync.hub.domains.registration import service
from hub_sync.hub.domains.registration.jobs import ExpiryJob
from hub_sync.hub.domains.waitlist import service as waitlists
from tests.hub_sync.hub.console.browser_client import Browser
from tests.hub_sync.hub.domains.registration.conftest import RegistrationPage

pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
CLEO = "cleo@example.org"


def test_somebody_registers_gets_the_link_and_the_ticket_changes_and_cancels(
    app: FastAPI, page: RegistrationPage
) -> None:
    visitor = Browser(app)
    wrong = page.send(visitor, first_name="", email="nobody")
    assert wrong.status_code == 422
    assert 'value="nobody"' in wrong.text
    assert 'href="#first_name"' in wrong.text
    assert "checked" not in wrong.text, "no consent is ticked beforehand"
    refused = page.send(visitor)
    assert (refused.status_code, "Please agree" in refused.text) == (422, True)
    sent = page.send(visitor, consent="1")
    assert sent.headers["location"] == f"{page.path}/thanks"
    link = page.link(CLEO)
    (person,) = page.people(CLEO)
    assert person.status is ParticipantStatus.APPROVED
    text = visitor.read(link)
    assert "You are registered." in text
    assert "I agree." in text
    ticket = visitor.send(link, f"{link}/ticket", {"participant_id": person.id})
    assert ticket.content.startswith(b"%PDF")
    own = {"first_name": "Cleopatra", "last_name": "K", "phone": "+20 2 1", "marketing": "1"}
    assert visitor.send(link, f"{link}/change", own).status_code == 303
    assert [each.first_name for each in page.people(CLEO)] == ["Cleopatra"]
    with page.waitlist.hub.uow.read() as work:
        (row,) = work.session.scalars(service.registrations_of(page.waitlist.key))
        assert (row.consent_version, row.consent_text, row.marketing_text) == (1, "I agree.", "Send me news.")
        assert link.removeprefix("/r/") not in repr(vars(row))
    question = visitor.read(f"{link}/cancel")
    assert "Your seat goes to somebody else" in question
    assert ">Cancel<" not in question, "beside “Cancel the registration” it could mean either"
    assert ">Keep the registration<" in question
    assert page.people(CLEO)[0].status is ParticipantStatus.APPROVED, "GET cancels nothing"
    for _ in range(2):
        visitor.post(f"{link}/cancel")
    assert "is cancelled" in visitor.read(link)
    assert visitor.post(f"{link}/ticket", {"participant_id": person.id}).status_code == 409
    assert visitor.get("/r/no-such-token").status_code == 404


def test_a_registered_address_and_a_new_one_get_the_same_answer_and_only_the_owner_hears_more(
    app: FastAPI, page: RegistrationPage
) -> None:
    page.waitlist.capacity(None)
    page.waitlist.register("dora", email="dora@example.org")
    visitor = Browser(app)
    answers = [
        page.send(visitor, email, consent="1")
        for email in (CLEO, "Cleo@Example.org", "dora@example.org", "dora@example.org")
    ]
    assert {(answer.status_code, answer.headers["location"]) for answer in answers} == {
        (303, f"{page.path}/thanks")
    }
    assert len(page.people(CLEO)) == 1
    assert len(page.people("dora@example.org")) == 1
    (told,) = page.mails("dora@example.org")
    assert "You are registered already" in told
    assert "You are registered." in visitor.read(page.link("dora@example.org"))
    robot = page.send(visitor, "robot@example.org", consent="1", website="https://spam.example")
    assert robot.headers["location"] == f"{page.path}/thanks"
    assert page.people("robot@example.org") == []
    for number in range(10):
        last = page.send(visitor, f"{number}@example.org", consent="1")
    assert last.status_code == 429


def test_an_address_counts_once_it_is_confirmed_by_a_form_and_what_nobody_confirms_goes(
    app: FastAPI, page: RegistrationPage
) -> None:
    page.configure(confirms_email=True)
    visitor = Browser(app)
    for email in (CLEO, CLEO, "dora@example.org"):
        page.send(visitor, email, consent="1")
    assert len(page.mails(CLEO)) == 1, "the same sent twice is one"
    link = page.link(CLEO)
    assert "counts from then on" in visitor.read(link)
    assert page.people(CLEO) == []
    assert visitor.send(link, f"{link}/confirm").status_code == 303
    assert visitor.post(f"{link}/confirm").status_code == 303
    assert len(page.people(CLEO)) == 1
    other = page.link("dora@example.org")
    full = visitor.send(other, f"{other}/confirm")
    assert full.status_code == 409
    assert "Join the waitlist" in full.text
    page.waitlist.clock.advance(timedelta(days=2, seconds=1))
    assert visitor.get(other).status_code == 404
    assert ExpiryJob(page.waitlist.hub).run_once() == 1
    with page.waitlist.hub.uow.read() as work:
        assert [row.content for row in work.session.scalars(service.registrations_of(page.waitlist.key))] == [
            {}
        ]


def test_a_full_event_offers_the_waitlist_with_what_was_typed_and_a_party_shares_its_page(
    app: FastAPI, page: RegistrationPage
) -> None:
    page.configure(largest_party=3, categories={"Adult": None, "Child": 0})
    visitor = Browser(app)
    party = {"consent": "1", "category": "Adult", "companions": "Ben Carter"}
    child = page.send(visitor, **(party | {"category": "Child", "companions": ""}))
    assert (child.status_code, "in this category" in child.text) == (409, True)
    full = page.send(visitor, **party)
    assert full.status_code == 409
    assert "Ben Carter" in full.text
    assert "Join the waitlist" in full.text
    joined = page.send(visitor, on_waitlist="1", **party)
    assert "place on the waitlist" in visitor.read(joined.headers["location"])
    (person,) = page.people(CLEO)
    with page.waitlist.hub.uow.read() as work:
        entry = waitlists.find_of_participant(work, page.waitlist.key, person.id)
        assert entry is not None
        assert (entry.status, entry.party_size) == (WaitlistStatus.WAITING, 2)
    assert "Your place on the waitlist" in visitor.read(page.link(CLEO))
    page.waitlist.do(waitlists.remove, entry.id)
    assert "On the waitlist" not in visitor.read(page.link(CLEO)), "nobody writes to whoever waits no more"
    again = waitlists.NewWaitlistEntry(participant_id=person.id, party_size=2, category="Adult")
    page.waitlist.do(waitlists.join, again)
    page.waitlist.capacity(9)
    (offer,) = page.waitlist.offers()
    page.waitlist.do(waitlists.accept, entry.id, offer.id)
    with page.waitlist.hub.uow.read() as work:
        assert waitlists.read_free(work, page.waitlist.key, 9, {}).used == 4, "each of the two has one seat"
    own = visitor.read(page.link(CLEO))
    assert own.count('name="participant_id"') == 2, "everybody who comes gets a ticket"
    assert "Ben Carter" in own
    page.send(visitor, "emil@example.org", **party)
    assert visitor.read(page.link("emil@example.org")).count('name="participant_id"') == 2


def test_the_organiser_sets_the_page_up_and_it_is_closed_unless_it_is_open(
    app: FastAPI, admin: Browser, page: RegistrationPage
) -> None:
    base = f"/events/{page.waitlist.key.event_id}/registration"
    wrong = admin.send(base, base, {"categories": "Child: forty", "intro": "Welcome"})
    assert wrong.status_code == 422
    assert "Child: forty" in wrong.text
    saved = admin.send(base, base, {"opens_at": "2030-01-01T10:00", "consent_text": "I agree to all."})
    assert saved.status_code == 303
    visitor = Browser(app)
    assert "Registration opens on" in visitor.read(page.path)
    assert "nothing can be sent" in admin.read(f"{base}/preview")
    assert "<svg" in admin.read(f"{base}/poster")
    with page.waitlist.hub.uow.read() as work:
        assert service.read_settings(work, page.waitlist.key).consent_version == 2
    page.configure(is_active=False)
    assert visitor.get(page.path).status_code == 404
