"""From a full event to the gate: a real hub on a socket, Chromium, a mail server in a process of its own, and a station that is offline.

Somebody fills the registration page in, joins the waitlist with one more click, accepts the offer that comes by mail when a seat becomes
free, and is admitted with the code of the ticket's mail, by a gate that was offline all the time and has never heard of the person.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from email import message_from_string
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import cv2
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe

from hardware.codes.reader import CodeReader
from hub_sync.contract.enums import ParticipantStatus, ReasonCode, ScanResult
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.service import EventChanges
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.messages.automatic import rules
from hub_sync.hub.domains.messages.automatic.schemas import AutomaticRuleChanges
from hub_sync.hub.domains.messages.manifest import FF_COMMUNICATION_HUB
from hub_sync.hub.domains.messages.senders import accounts
from hub_sync.hub.domains.messages.senders.schemas import NewSender
from hub_sync.hub.domains.messages.tables import ConnectionSecurity
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.registration import service as registration
from hub_sync.hub.domains.registration.manifest import FF_REGISTRATION_PAGE
from hub_sync.hub.domains.waitlist import service as waitlist
from hub_sync.hub.domains.waitlist.manifest import FF_WAITLIST
from hub_sync.hub.kit.events.change_feed import FeedKey
from tests.support.builders.event import NOON
from tests.support.chromium import WatchedBrowser, chromium, watched_browser
from tests.support.hub_server import serving
from tests.support.smtp_sink import RunningSink, running_sink
from tests.support.two_gates import TwoGates, two_gates
from tests.support.waiting import eventually

CLEO = "cleo@example.org"
UNTIL_THE_START = timedelta(hours=20)


@dataclass
class Venue:
    """A full event with a registration page, its gates, and the mail server."""

    gates: TwoGates
    key: FeedKey
    sink: RunningSink

    def mail(self, number: int) -> EmailMessage:
        """Wait until somebody has got so many mails, and return the last of them."""
        eventually(lambda: self.sink.recipients()[CLEO] >= number, 60.0)
        raw = [each["raw"] for each in self.sink.messages() if each["to"] == CLEO][number - 1]
        parsed = message_from_string(raw, policy=default)
        assert isinstance(parsed, EmailMessage)
        return parsed


@pytest.fixture
def venue(tmp_path: Path) -> Iterator[Venue]:
    """Return an event that begins in twenty hours and has as many seats as people."""
    with two_gates(tmp_path) as gates, running_sink(tmp_path) as sink:
        place = gates.template.venue
        key = FeedKey(place.tenant_id, place.event_id)
        with gates.hub.context.uow.begin("user:mara@example.org") as work:
            for flag in (FF_COMMUNICATION_HUB, FF_REGISTRATION_PAGE, FF_WAITLIST):
                feature_flags.switch(work, key.tenant_id, flag, enabled=True)
            seated = participants.count_by_status(work, *key)
            seats = sum(seated.get(status, 0) for status in participants.SEATED)
            dates = {
                "starts_at": (NOON + UNTIL_THE_START).isoformat(),
                "ends_at": (NOON + 2 * UNTIL_THE_START).isoformat(),
                "capacity": seats,
            }
            events.update(work, *key, EventChanges.model_validate(dates))
            waitlist.update_settings(work, key, waitlist.WaitlistSettingsChanges(is_active=True))
            page = registration.RegistrationSettingsChanges(
                is_active=True, approves=True, consent_text="I agree."
            )
            registration.update_settings(work, key, page)
            account = NewSender(
                name="Main",
                host="127.0.0.1",
                port=sink.port,
                security=ConnectionSecurity.NONE,
                from_address="tickets@fair.example",
            )
            accounts.create(work, key.tenant_id, account)
            for trigger in ("waitlist.offered", "participant.approved"):
                rules.update(work, key, trigger, AutomaticRuleChanges(is_active=True))
        yield Venue(gates, key, sink)


def link_in(mail: EmailMessage, path: str) -> str:
    """Return the path of a link in a mail."""
    body = mail.get_body(("plain",))
    assert body is not None
    match = re.search(rf"/{path}/[\w-]+", str(body.get_content()))
    assert match is not None, body
    return match[0]


def code_in(mail: EmailMessage) -> str:
    """Return what the code says that a mail shows."""
    (image,) = [part.get_content() for part in mail.walk() if part.get_content_type() == "image/png"]
    pixels = cv2.imdecode(np.frombuffer(image, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert pixels is not None
    (text,) = CodeReader().read(pixels).texts
    return text


def join_the_waitlist(browser: WatchedBrowser, path: str) -> None:
    """Fill the form in by the keyboard, as it is on a phone, and join."""
    page = browser.page()
    page.goto(path)
    page.evaluate(Axe().axe_script)
    violations = page.evaluate("axe.run().then(({violations}) => violations.map(({id}) => id))")
    assert violations == []
    page.get_by_label("First name").fill("Cleo")
    page.get_by_label("Last name").fill("Kern")
    page.get_by_label("E-mail").fill(CLEO)
    page.get_by_role("button", name="Join the waitlist").click()
    assert page.get_by_label("First name").input_value() == "Cleo", "what was typed is kept"
    page.get_by_label("I agree.").check()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("We have your details.").wait_for()


def test_who_joins_a_full_events_list_accepts_the_offer_and_is_admitted_by_a_gate_that_was_offline(
    venue: Venue,
) -> None:
    gates = venue.gates
    gates.offline(gates.a)
    phone = {"viewport": {"width": 390, "height": 844}}
    with serving(gates.hub.app) as hub, chromium() as engine:
        with watched_browser(engine, hub.url, **phone) as browser:
            browser.ignored_statuses.add(422)
            join_the_waitlist(browser, f"/register/{venue.key.event_id}")
            own = browser.page()
            own.goto(link_in(venue.mail(1), "r"))
            own.get_by_role("link", name="Your place on the waitlist").wait_for()
            with gates.hub.context.uow.begin() as work:
                participants.update_status(work, *venue.key, "ada", ParticipantStatus.CANCELLED)
            own.goto(link_in(venue.mail(2), "w"))
            own.get_by_role("button", name="Accept").click()
            own.get_by_text("You have your seat.").wait_for()
            ticket = code_in(venue.mail(3))
        hub.stop()
    gates.hub.restart()
    gates.wait(hours=21)
    outcome = gates.a.scan(lambda gate: gate.decide_scan(ticket))
    assert outcome.is_green
    assert outcome.decision.reason is ReasonCode.ADMITTED_UNKNOWN, "it has never heard of the person"
    gates.online(gates.a)
    gates.sync(gates.a)
    (entry,) = gates.log()
    with gates.hub.context.uow.read() as work:
        assert [entry.participant_id] == participants.ids_with_email(work, *venue.key, CLEO)
    again = gates.a.scan(lambda gate: gate.decide_scan(ticket))
    assert again.decision.result is ScanResult.ALREADY_SCANNED
