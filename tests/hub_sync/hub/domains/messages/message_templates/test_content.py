"""A mail is sent as it was previewed: with the ticket, the calendar entry and images, and the web copy equals the mail."""

import re
from datetime import timedelta
from email import message_from_string
from email.policy import default
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import zxingcpp
from fastapi import FastAPI
from icalendar import Calendar
from sqlalchemy import update
from starlette.testclient import TestClient

from hub_sync.hub.domains.events.tables import Event
from hub_sync.hub.domains.messages.delivery.content import ContentUnusable
from hub_sync.hub.domains.messages.jobs import message_engine
from hub_sync.hub.domains.messages.message_templates import versions
from hub_sync.hub.domains.messages.message_templates.content import with_images_inside
from hub_sync.hub.domains.messages.message_templates.previews import preview_of
from hub_sync.hub.domains.messages.tables import MessageDelivery, MessageImage
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.domains.tickets import service as tickets
from hub_sync.hub.domains.tickets.mail_files import SAMPLE
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.domains.messages.conftest import MessageHub
from tests.hub_sync.hub.domains.messages.sending.conftest import Outbox
from tests.support.smtp_sink import running_sink

pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
BODY = 'Hello {{ participant.first_name }},\n\n{{ ticket.qr }}\n\n<img src="cid:logo.png" alt="Logo"> {{ event.starts }}'


def code_in(png: bytes) -> str:
    picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE)
    return zxingcpp.read_barcodes(picture)[0].text


def test_a_mail_brings_ticket_calendar_and_images_and_its_web_copy_is_the_same(
    messages: MessageHub, hub: HubContext, app: FastAPI
) -> None:
    (ada,) = messages.register("Ada Lovelace", extra={"language": "de"})
    with hub.uow.begin() as work:
        image = {"name": "logo.png", "media_type": "image/png", "content": b"\x89PNG"}
        work.session.add(MessageImage(tenant_id=messages.key.tenant_id, id=work.new_id(), **image))
    template_id = messages.template(BODY, has_ticket=True, has_calendar=True)
    messages.start(messages.broadcast())
    (row,) = messages.outbox()
    assert row.locale == "de"
    mail = messages.build(row)
    assert mail.html is not None
    files = {each.name: each for each in mail.attachments}
    assert {each.content_id for each in mail.attachments} == {None, "ticket-qr", "logo.png"}
    pdf = next(each for name, each in files.items() if name.endswith(".pdf"))
    assert pdf.content.startswith(b"%PDF")
    assert code_in(files["ticket.png"].content) != SAMPLE
    entry: Any = Calendar.from_ical(files["event.ics"].content).walk("VEVENT")[0]
    assert str(entry["SUMMARY"])
    assert entry["DTSTART"].dt.tzinfo is not None
    link = re.search(r'href="[^"]*(/m/[^"]+)"', mail.html)
    assert link is not None
    assert link[1] in mail.text
    with TestClient(app) as browser:
        page = browser.get(link[1])
        assert browser.get(link[1][:-1] + "x").status_code == 404
        assert browser.head(link[1]).status_code == 200
    assert "default-src 'none'" in page.headers["content-security-policy"]
    plain = re.compile(  # a token is encrypted anew each time, and this mail was not sent
        r"data:image/png;base64,[^\"]+|/unsubscribe/[^\"]+|<p role=.note.*?</p>"
    )
    assert plain.sub("", page.text) == plain.sub("", with_images_inside(mail.html, mail.attachments))
    with hub.uow.read() as work:
        template = versions.get(work, messages.key.tenant_id, template_id)
        preview = preview_of(
            work, hub, template, versions.text_of(template), messages.key.event_id, ada, "de"
        )
    sample = {each.name: each for each in preview.attachments}
    assert code_in(sample["ticket.png"].content) == SAMPLE, "a preview gives nobody a ticket"
    links = re.compile(r'href="[^"]*"|https?://\S+')
    assert links.sub("", preview.message.text) == links.sub("", mail.text)


def test_a_web_copy_is_what_was_sent_whatever_changed_since(
    messages: MessageHub, hub: HubContext, app: FastAPI, tmp_path: Path
) -> None:
    (ada,) = messages.register("Ada Lovelace")
    messages.template(
        "Hello {{ participant.name }},\n\n{{ event.name }} begins {{ event.starts }}.\n\n{{ ticket.qr }}"
        "{% if registration.link %}Your page: {{ registration.link }}{% endif %} {{ organiser.name }}"
    )
    messages.start(messages.broadcast())
    with running_sink(tmp_path) as sink:
        Outbox(hub, messages.key.tenant_id).add_account(sink)
        message_engine(hub).run_until_idle()
        (mail,) = sink.messages()
    part = message_from_string(mail["raw"], policy=default).get_body(("html",))
    assert part is not None
    sent = part.get_content().replace("\r\n", "\n")
    path = re.search(r'href="[^"]*(/m/[^"]+)"', sent)
    assert path is not None
    assert "\r\nPrecedence: bulk\r\n" in mail["raw"], "a person wrote it, to many"
    (row,) = messages.outbox()
    assert row.sent_values is not None
    assert sorted(row.sent_values) == [
        "event.name",
        "event.starts",
        "organiser.name",
        "participant.name",
        "ticket.qr",
    ], "what the template names, and no link: those are secrets"
    with hub.uow.begin() as work:
        changes = participants.ParticipantChanges(first_name="Augusta", last_name="King")
        participants.update(work, *messages.key, ada, changes)
        event = work.session.get_one(Event, tuple(messages.key))
        event.name, event.starts_at = "Moved", event.starts_at + timedelta(hours=1)
        tenants.get(work, messages.key.tenant_id).name = "Renamed"
    images = re.compile(r'src="(cid|data):[^"]+"|/unsubscribe/[^"]+')
    with TestClient(app) as browser:
        assert images.sub("", browser.get(path[1]).text).strip() == images.sub("", sent).strip()
        with hub.uow.begin() as work:
            tickets.reissue(work, *messages.key, ada)
        reissued = browser.get(path[1]).text
        assert "<img" not in reissued, "whoever has the old mail does not get the new ticket"
        assert "Ada Lovelace" in reissued
        assert "does not count any more" in reissued
        with hub.uow.begin() as work:
            work.session.execute(update(MessageDelivery).values(sent_values=None))
        assert "names and dates are those of today" in browser.get(path[1]).text


def test_an_empty_value_sends_nothing_instead_of_a_placeholder(messages: MessageHub) -> None:
    messages.register(" Nameless", email="n@example.org")
    messages.template()
    messages.start(messages.broadcast())
    (row,) = messages.outbox()
    with pytest.raises(ContentUnusable, match=r"participant\.first_name"):
        messages.build(row)
