"""Tickets of a list: one PDF, or archives of files; reissued at once after a question."""

import zipfile
from datetime import timedelta
from io import BytesIO

import pytest
from fastapi import FastAPI
from PIL import Image
from sqlalchemy import func, select

from hub_sync.contract.enums import ParticipantStatus
from hub_sync.hub.domains.audit.tables import AuditLog
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.tickets import bulk_files
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.permissions import Role
from hub_sync.rules.tickets.ticket_codec import TicketPayload, open_ticket
from hub_sync.rules.tickets.ticket_keys import KeyRing
from tests.hub_sync.hub.conftest import NOON, Seeded
from tests.hub_sync.hub.console.browser_client import Browser, signed_in_as
from tests.hub_sync.hub.domains.tickets.conftest import image_in, read_code, register
from tests.hub_sync.hub.domains.tickets.test_pdf_stream import objects_of


@pytest.fixture
def place(hub: HubContext, seeded: Seeded) -> str:
    """Register seven people, of whom two get no ticket; return the page of their tickets."""
    for number in range(5):
        code, group = f"CODE-{number}", "Order 1" if number < 2 else ""
        register(hub, seeded, f"p{number}", registration_code=code, group_ref=group, category="Guest")
    register(hub, seeded, "c", status=ParticipantStatus.CANCELLED)
    register(hub, seeded, "r", status=ParticipantStatus.REJECTED)
    return f"/events/{seeded.event_id}/tickets"


@pytest.fixture
def admin(app: FastAPI, seeded: Seeded) -> Browser:
    """Return the browser of an administrator."""
    return signed_in_as(app, seeded.tenant_id)


def issued(hub: HubContext, seeded: Seeded) -> list[dict[str, object]]:
    with hub.uow.read() as work:
        query = select(AuditLog.after).where(
            AuditLog.tenant_id == seeded.tenant_id, AuditLog.action == "issue_tickets"
        )
        return [after or {} for after in work.session.scalars(query.order_by(AuditLog.id))]


def test_the_page_says_how_many_tickets_there_are_and_who_gets_none(
    admin: Browser, seeded: Seeded, place: str
) -> None:
    text = admin.read(place)
    assert "5 tickets" in text
    assert "2 cancelled or rejected registrations get no ticket." in text
    group = "?filter%5Bgroup_ref%5D=Order+1"
    assert f"{place}{group}" in admin.read(f"/events/{seeded.event_id}/participants{group}").replace(
        "&amp;", "&"
    )
    filtered = admin.read(f"{place}{group}")
    assert "2 tickets" in filtered
    assert f'href="{place}.pdf{group}"' in filtered


@pytest.mark.parametrize(
    "filters",
    [
        "filter[status]=NONSENSE",
        "filter[created_at][gte]=yesterday",
        "filter[group]=Order+1",
        "presence=insde",
        "zone=hall-a",
    ],
)
@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_filter_that_means_nothing_never_selects_everybody(
    admin: Browser, hub: HubContext, seeded: Seeded, place: str, filters: str
) -> None:
    for page in ("", "/reissue", ".pdf", "-pdf.zip", "-png.zip"):
        assert admin.get(f"{place}{page}?{filters}").status_code == 400
    assert admin.post(f"{place}/reissue?{filters}", {"expected": "5"}).status_code == 400
    with hub.uow.read() as work:
        people = work.session.scalars(participants.of_event(seeded.tenant_id, seeded.event_id))
        assert {each.tickets_valid_from for each in people} == {None}
    assert issued(hub, seeded) == []


def test_a_sorted_list_is_not_called_a_filtered_one(admin: Browser, place: str) -> None:
    assert "of the filtered list" not in admin.read(f"{place}?sort=last_name&page=1&filter[status]=")
    assert "of the filtered list" in admin.read(f"{place}?q=p1")


def test_codes_are_downloaded_as_an_archive_of_images(
    admin: Browser,
    hub: HubContext,
    seeded: Seeded,
    ring: KeyRing,
    place: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bulk_files, "PART", 2)
    monkeypatch.setattr(bulk_files, "PARTS_OF_FILES", 1)
    response = admin.get(f"{place}-png.zip")
    assert response.headers["content-type"] == "application/zip"
    assert response.headers["content-disposition"].endswith('.zip"')
    assert "no-store" in response.headers["cache-control"]
    with zipfile.ZipFile(BytesIO(response.content)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [f"ticket-CODE-{number}.png" for number in range(5)]
        people = []
        for name in archive.namelist():
            payload = open_ticket(read_code(Image.open(BytesIO(archive.read(name)))), ring, NOON)
            assert isinstance(payload, TicketPayload)
            people.append(payload.pid)
    assert people == [f"p{number}" for number in range(5)]
    assert issued(hub, seeded) == [{"event_id": seeded.event_id, "format": "png-files", "count": 5}]


def test_tickets_are_downloaded_as_one_document_and_as_files(
    admin: Browser, seeded: Seeded, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_files, "PART", 2)
    monkeypatch.setattr(bulk_files, "PARTS_OF_FILES", 1)
    document = admin.get(f"{place}.pdf")
    assert document.headers["content-type"] == "application/pdf"
    objects = objects_of(document.content)
    assert b"/Count 5" in objects[1]
    group = "?filter%5Bgroup_ref%5D=Order+1"
    with zipfile.ZipFile(BytesIO(admin.get(f"{place}-pdf.zip{group}").content)) as archive:
        assert archive.namelist() == ["ticket-CODE-0.pdf", "ticket-CODE-1.pdf"]
        assert read_code(image_in(archive.read("ticket-CODE-1.pdf")))


def test_a_code_that_is_no_file_name_leads_out_of_no_folder(
    admin: Browser, hub: HubContext, seeded: Seeded
) -> None:
    register(hub, seeded, "evil", registration_code="../../etc/passwd")
    response = admin.get(f"/events/{seeded.event_id}/tickets-png.zip")
    with zipfile.ZipFile(BytesIO(response.content)) as archive:
        (name,) = archive.namelist()
    assert name.startswith("ticket-etc-passwd-")


def test_an_empty_list_has_no_file(admin: Browser, hub: HubContext, seeded: Seeded, place: str) -> None:
    nobody = "?q=nobodyhasthisname"
    assert "Nobody in this list gets a ticket." in admin.read(f"{place}{nobody}")
    response = admin.get(f"{place}.pdf{nobody}")
    assert (response.status_code, response.headers["location"]) == (303, f"{place}{nobody}")
    assert issued(hub, seeded) == []


def test_all_tickets_are_reissued_after_a_question_and_gates_learn_it(
    admin: Browser, hub: HubContext, seeded: Seeded, place: str
) -> None:
    key = FeedKey(seeded.tenant_id, seeded.event_id)
    with hub.uow.read() as work:
        head = max(number for number, _ in participants.sync_rows.changes(work.session, key, 0, 10**9, 100))
    assert "Reissue 5 tickets?" in admin.read(f"{place}/reissue")
    response = admin.send(f"{place}/reissue", f"{place}/reissue")
    assert response.headers["location"] == place
    assert "The tickets of 5 people are replaced" in admin.read(place)
    with hub.uow.read() as work:
        rows = participants.sync_rows.changes(work.session, key, head, 10**9, 100)
        cancelled = participants.get(work, *key, "c")
    valid_from = int((NOON + timedelta(seconds=1)).timestamp())
    assert [(row[0], row[7], row[8]) for _, row in rows] == [(f"p{n}", 2, valid_from) for n in range(5)]
    assert cancelled.tickets_valid_from is None
    with hub.uow.read() as work:
        entry = work.session.scalars(select(AuditLog).where(AuditLog.action == "replace_all_tickets")).one()
    assert entry.after == {"event_id": seeded.event_id, "count": 5}


def test_a_list_that_has_grown_since_the_question_is_asked_about_again(
    admin: Browser, hub: HubContext, seeded: Seeded, place: str
) -> None:
    answer = admin.post(f"{place}/reissue", {"expected": "4"})
    assert answer.status_code == 409
    assert "The list has changed meanwhile." in answer.text
    with hub.uow.read() as work:
        replaced = participants.Participant.tickets_valid_from.is_not(None)
        assert work.session.scalar(select(func.count()).where(replaced)) == 0


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.VIEWER])
def test_who_may_not_issue_tickets_takes_none_and_sees_no_button(
    app: FastAPI, seeded: Seeded, place: str, role: Role
) -> None:
    browser = signed_in_as(app, seeded.tenant_id, role)
    paths = (place, f"{place}.pdf", f"{place}-png.zip", f"{place}-pdf.zip", f"{place}/reissue")
    assert {browser.get(path).status_code for path in paths} == {403}
    if role is Role.VIEWER:
        assert place not in browser.read(f"/events/{seeded.event_id}/participants")


def test_the_tickets_of_another_tenants_event_are_not_found(admin: Browser) -> None:
    assert admin.get("/events/none/tickets.pdf").status_code == 404
