"""The console's links to a ticket."""

from datetime import timedelta
from io import BytesIO

import pytest
from fastapi import FastAPI
from PIL import Image

from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.permissions import Role
from hub_sync.rules.tickets.ticket_codec import TicketPayload, open_ticket
from hub_sync.rules.tickets.ticket_keys import KeyRing
from tests.hub_sync.hub.conftest import NOON, Seeded
from tests.hub_sync.hub.console.browser_client import Browser, signed_in_as
from tests.hub_sync.hub.domains.tickets.conftest import image_in, read_code


def path_of(seeded: Seeded, pid: str, ending: str) -> str:
    return f"/events/{seeded.event_id}/participants/{pid}/ticket.{ending}"


def test_an_administrator_takes_a_ticket_by_a_link(
    app: FastAPI, hub: HubContext, seeded: Seeded, ada: str, ring: KeyRing
) -> None:
    browser = signed_in_as(app, seeded.tenant_id)
    responses = {ending: browser.get(path_of(seeded, ada, ending)) for ending in ("png", "svg", "pdf")}
    for ending, response in responses.items():
        assert response.status_code == 200
        assert (
            response.headers["content-disposition"] == f'attachment; filename="ticket-7K2QP-XH4MT.{ending}"'
        )
        assert "no-store" in response.headers["cache-control"]
    for image in (Image.open(BytesIO(responses["png"].content)), image_in(responses["pdf"].content)):
        payload = open_ticket(read_code(image), ring, NOON)
        assert isinstance(payload, TicketPayload)
        assert payload.pid == "ada"
    with hub.uow.read() as work:
        entries = audit.entries_of(work, seeded.tenant_id, "participant", ada)
    issued = [entry for entry in entries if entry.action == "issue_ticket"]
    assert {entry.after["format"] for entry in issued if entry.after} == {"png", "svg", "pdf"}
    assert all(entry.actor.startswith("user:") for entry in issued)


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.VIEWER])
def test_who_may_not_issue_tickets_takes_none(app: FastAPI, seeded: Seeded, ada: str, role: Role) -> None:
    browser = signed_in_as(app, seeded.tenant_id, role)
    assert browser.get(path_of(seeded, ada, "pdf")).status_code == 403


def test_who_is_not_signed_in_is_asked_to_and_who_is_not_there_is_said_to_be_missing(
    app: FastAPI, seeded: Seeded, ada: str
) -> None:
    response = Browser(app).get(path_of(seeded, ada, "png"))
    assert (response.status_code, response.headers["location"].split("?")[0]) == (303, "/sign-in")
    missing = signed_in_as(app, seeded.tenant_id).get(path_of(seeded, "nobody", "png"))
    assert missing.status_code == 404
    assert missing.headers["content-type"].startswith("text/html")


def test_a_ticket_is_reissued_after_a_question(
    app: FastAPI, hub: HubContext, seeded: Seeded, ada: str
) -> None:
    browser = signed_in_as(app, seeded.tenant_id)
    person = f"/events/{seeded.event_id}/participants/{ada}"
    assert f"{person}/ticket/reissue" in browser.read(person)
    response = browser.send(f"{person}/ticket/reissue", f"{person}/ticket/reissue")
    assert response.headers["location"] == person
    text = browser.read(person)
    assert "Older tickets are replaced" in text
    assert "Tickets from before" in text
    with hub.uow.read() as work:
        replaced = participants.get(work, seeded.tenant_id, seeded.event_id, ada)
    assert replaced.tickets_valid_from == NOON + timedelta(seconds=1)


def test_a_reissue_of_a_page_that_is_out_of_date_is_refused(
    app: FastAPI, hub: HubContext, seeded: Seeded, ada: str
) -> None:
    browser = signed_in_as(app, seeded.tenant_id)
    path = f"/events/{seeded.event_id}/participants/{ada}/ticket/reissue"
    assert browser.post(path, {"version": "7"}).status_code == 412
    with hub.uow.read() as work:
        stored = participants.get(work, seeded.tenant_id, seeded.event_id, ada)
    assert stored.tickets_valid_from is None


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.VIEWER])
def test_who_may_not_issue_tickets_reissues_none(app: FastAPI, seeded: Seeded, ada: str, role: Role) -> None:
    browser = signed_in_as(app, seeded.tenant_id, role)
    path = f"/events/{seeded.event_id}/participants/{ada}/ticket/reissue"
    assert browser.get(path).status_code == 403
    assert browser.post(path).status_code == 403
