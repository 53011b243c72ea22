"""The pages of participants in a browser without scripts."""

import re
from datetime import timedelta

import pytest
from fastapi import FastAPI

from hub_sync.contract.enums import Direction, ParticipantStatus, ReasonCode, ScanResult
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.kit.security.permissions import Role
from tests.hub_sync.hub.conftest import NOON, Seeded
from tests.hub_sync.hub.console.browser_client import HERE, Browser, form_to, heading_of, signed_in_as
from tests.hub_sync.hub.console.conftest import Fair


@pytest.fixture
def admin(app: FastAPI, seeded: Seeded) -> Browser:
    return signed_in_as(app, seeded.tenant_id, name="Ada")


@pytest.fixture
def place(seeded: Seeded) -> str:
    return f"/events/{seeded.event_id}/participants"


def plain(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", html))


def person(fair: Fair, id_: str) -> participants.Participant:
    with fair.hub.uow.read() as work:
        return participants.get(work, fair.seeded.tenant_id, fair.seeded.event_id, id_)


def test_categories_are_listed_without_reading_every_row(fair: Fair, seeded: Seeded) -> None:
    for name, category in (("A", "Visitor"), ("B", "Speaker"), ("C", "Visitor"), ("D", "")):
        fair.register(name, category=category)
    with fair.hub.uow.read() as work:
        assert participants.categories(work, seeded.tenant_id, seeded.event_id) == ["Speaker", "Visitor"]
        assert participants.categories(work, seeded.tenant_id, "another") == []


def test_somebody_is_registered_and_gets_a_code(admin: Browser, fair: Fair, place: str) -> None:
    response = admin.send(f"{place}/new", f"{place}/new", {"first_name": "Grace", "email": "g@example.org"})
    path = response.headers["location"]
    text = admin.read(path)
    assert "Grace is registered." in text
    assert heading_of(text) == "Grace"
    created = person(fair, path.rsplit("/", 1)[1])
    assert created.status is ParticipantStatus.APPROVED
    assert created.registration_code in text
    again = admin.post(f"{place}/new", {"registration_code": created.registration_code, "first_name": "Eve"})
    assert again.status_code == 409
    assert 'id="registration_code-error"' in again.text
    assert 'value="Eve"' in again.text


def test_a_registration_is_changed_unless_somebody_was_quicker(
    admin: Browser, fair: Fair, place: str
) -> None:
    id_ = fair.register("Grace", email="grace@example.org")
    path = f"{place}/{id_}/edit"
    fields = {"first_name": "Amazing", "last_name": "Grace", "registration_code": "GRACE", "version": "1"}
    assert admin.post(path, fields).headers["location"] == f"{place}/{id_}"
    changed = person(fair, id_)
    assert (changed.first_name, changed.registration_code, changed.email) == ("Amazing", "GRACE", None)
    stale = admin.post(path, fields | {"first_name": "Other"})
    assert stale.status_code == 412
    assert "Another user changed the same fields" in stale.text
    assert "Amazing" in stale.text
    assert 'value="Other"' in stale.text
    assert person(fair, id_).first_name == "Amazing"
    wrong = admin.post(path, fields | {"email": "nowhere", "registration_code": "", "version": "2"})
    assert wrong.status_code == 422
    assert 'id="email-error"' in wrong.text
    assert 'id="registration_code-error"' in wrong.text


def test_a_registration_is_decided_once(admin: Browser, fair: Fair, place: str) -> None:
    id_ = fair.register("Grace", ParticipantStatus.PENDING)
    page = f"{place}/{id_}"
    assert "Back to pending" not in admin.read(page)
    assert admin.send(page, f"{page}/status", {"status": "APPROVED"}).headers["location"] == page
    assert person(fair, id_).status is ParticipantStatus.APPROVED
    assert "Approved. Gates admit from their next pull on." in admin.read(page)
    stale = admin.post(f"{page}/status", {"status": "REJECTED", "version": "1"})
    assert stale.headers["location"] == page
    assert "Another user changed this registration in the meantime." in admin.read(page)
    assert person(fair, id_).status is ParticipantStatus.APPROVED
    assert admin.post(f"{page}/status", {"status": "PERHAPS"}).status_code == 422


@pytest.mark.parametrize("status", ["REJECTED", "CANCELLED", "PENDING"])
def test_an_approval_is_taken_back_after_a_question(
    admin: Browser, fair: Fair, place: str, status: str
) -> None:
    page = f"{place}/{fair.register('Grace')}"
    question = admin.send(page, f"{page}/status", {"status": status})
    assert question.status_code == 409
    assert "Gates refuse the ticket" in question.text
    assert person(fair, page.rsplit("/", 1)[1]).status is ParticipantStatus.APPROVED
    fields = form_to(question.text, f"{page}/status").fields
    answer = admin.client.post(f"{page}/status", data=fields, headers=HERE)
    assert answer.headers["location"] == page
    assert person(fair, page.rsplit("/", 1)[1]).status == status


def test_a_registration_is_deleted(admin: Browser, fair: Fair, place: str) -> None:
    id_ = fair.register("Grace")
    response = admin.send(f"{place}/{id_}/delete", f"{place}/{id_}/delete")
    assert response.headers["location"] == place
    assert "The registration of Grace Example was deleted." in admin.read(place)
    assert admin.get(f"{place}/{id_}").status_code == 404


def test_a_page_of_a_participant_has_scans_and_history(admin: Browser, fair: Fair, place: str) -> None:
    id_ = fair.register("Grace")
    fair.scan("Grace", NOON - timedelta(minutes=9))
    fair.scan(
        "Grace",
        NOON - timedelta(minutes=5),
        result=ScanResult.ALREADY_SCANNED,
        reason=ReasonCode.ALREADY_INSIDE,
    )
    text = plain(admin.read(f"{place}/{id_}"))
    for text_part in ("Inside", "hall-a", "since 10 Jun 2026, 11:51", "Main gate", "already in", "Created"):
        assert text_part in text
    links = admin.read(f"{place}/{id_}")
    for kind in ("pdf", "png", "svg"):
        assert f'href="{place}/{id_}/ticket.{kind}"' in links
    fair.scan("Grace", NOON, direction=Direction.EXIT, reason=ReasonCode.EXITED)
    text = plain(admin.read(f"{place}/{id_}"))
    assert "since 10 Jun 2026, 12:00" in text
    assert "Left" in text


def test_an_override_reads_as_an_override(admin: Browser, fair: Fair, place: str) -> None:
    id_ = fair.register("Grace", ParticipantStatus.PENDING)
    fair.scan(
        "Grace",
        NOON - timedelta(minutes=5),
        result=ScanResult.MANUAL_OVERRIDE,
        reason=ReasonCode.PARTICIPANT_PENDING,
    )
    page = admin.read(f"{place}/{id_}")
    assert re.search(r'class="badge badge-warn"[^>]*>.{0,200}?Admitted by override<', page, re.DOTALL)
    assert not re.search(r'class="badge badge-good"[^>]*>[^<]*not approved', page)
    assert "not approved" in plain(page)


def test_a_viewer_reads_and_is_offered_nothing_else(app: FastAPI, fair: Fair, place: str) -> None:
    id_ = fair.register("Grace")
    viewer = signed_in_as(app, fair.seeded.tenant_id, Role.VIEWER)
    text = viewer.read(f"{place}/{id_}")
    for offered in ("Edit", "Delete", "Decision", "Ticket", "History"):
        assert f">{offered}<" not in text
    assert viewer.get(f"{place}/{id_}/edit").status_code == 403
    assert viewer.post(f"{place}/{id_}/status", {"status": "REJECTED"}).status_code == 403
    assert "Register participant" not in viewer.read(place)
    assert signed_in_as(app, fair.seeded.tenant_id, Role.OPERATOR).get(place).status_code == 403


def test_a_group_is_written_in_the_form_and_leads_to_its_members(
    admin: Browser, fair: Fair, place: str
) -> None:
    group = "Byron, party"
    path = ""
    for name in ("Ada", "Ralph"):
        form = {"first_name": name, "group_ref": group}
        path = admin.send(f"{place}/new", f"{place}/new", form).headers["location"]
    fair.register("Charles")
    text = admin.read(path)
    (link,) = re.findall(r'href="([^"]*group_ref[^"]*)"', text)
    members = admin.read(link.replace("&amp;", "&"))
    assert "Only the group Byron, party." in plain(members)
    assert ("Ada" in members, "Ralph" in members, "Charles" in members) == (True, True, False)
    edited = admin.send(f"{path}/edit", f"{path}/edit", {"group_ref": ""})
    assert edited.status_code == 303
    assert person(fair, path.rsplit("/", 1)[1]).group_ref == ""
