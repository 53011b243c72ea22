"""The wizard in a browser without scripts: a file is sent, read, mapped and previewed."""

from typing import Any

import pytest

from hub_sync.hub.kit.security.permissions import Role
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.console.browser_client import HERE, Browser, form_to, heading_of, signed_in_as
from tests.hub_sync.hub.domains.imports.conftest import Importing
from tests.hub_sync.hub.domains.imports.test_bulk_actions import run, undo

GERMAN = (
    "Vorname;Nachname;E-Mail;Telefon;Anmeldestatus;Firma\r\n"
    "Zoë;Müller;zoe@example.org;030 5550123;bestätigt;Ärzte GmbH\r\n"
    "Jürgen;Groß;juergen(at)example.org;+49 30 5550124;vielleicht;\r\n"
)


def send_file(browser: Browser, place: str, content: bytes, name: str = "people.csv") -> Any:
    """Send a file with the form of the page, as a browser does."""
    fields = form_to(browser.read(place), place).fields
    fields.pop("file", None)
    return browser.client.post(place, data=fields, files={"file": (name, content)}, headers=HERE)


@pytest.fixture
def place(seeded: Seeded) -> str:
    return f"/events/{seeded.event_id}/imports"


def test_a_german_file_is_sent_read_mapped_and_previewed(admin: Browser, place: str) -> None:
    sent = send_file(admin, place, GERMAN.encode("cp1252"), "Gäste.csv")
    path = sent.headers["location"]
    question = admin.get(path).headers["location"]
    text = admin.read(question)
    assert heading_of(text) == "Which of these reads right?"
    assert "Jürgen;Groß" in text
    columns = admin.send(question, question).headers["location"]
    text = admin.read(columns)
    assert heading_of(text) == "What are the columns?"
    form = form_to(text, columns).fields
    assert [form[f"column_{number}"] for number in range(6)] == [
        "first_name",
        "last_name",
        "email",
        "phone",
        "status",
        "extra:Firma",
    ]
    assert form["phone_region"] == "DE"
    preview = admin.send(columns, columns).headers["location"]
    text = admin.read(preview)
    assert "Not an e-mail address" in text
    assert "juergen(at)example.org" in text
    assert "Not a status that the hub knows." in text
    assert "Import 1 person" in text
    rows = admin.read(f"{path}/rows?outcome=create")
    assert "+49 30 5550123" in rows
    assert "Zoë" in rows


def test_a_file_that_is_none_is_refused_beside_its_field(admin: Browser, place: str) -> None:
    for content, message in ((b"", "The file is empty."), (b"PK\x03\x04", "The file is damaged")):
        answer = send_file(admin, place, content)
        assert answer.status_code == 422
        assert message in answer.text
        assert 'id="file-error"' in answer.text
    nothing = admin.client.post(place, data=form_to(admin.read(place), place).fields, headers=HERE)
    assert nothing.status_code == 422
    assert "Choose a file." in nothing.text


def test_only_who_may_register_and_change_people_imports(app: Any, seeded: Seeded, place: str) -> None:
    viewer = signed_in_as(app, seeded.tenant_id, Role.VIEWER)
    assert viewer.get(place).status_code == 403
    assert "/imports" not in viewer.read(f"/events/{seeded.event_id}/participants")
    assert viewer.client.post(place, files={"file": ("a.csv", b"a")}, headers=HERE).status_code == 403


def test_a_refused_group_is_mended_everywhere_and_taken_back(
    admin: Browser, importing: Importing, place: str
) -> None:
    draft = importing.send(GERMAN)
    assert importing.check(draft)["counts"]["refuse"] == 1
    path = f"{place}/{draft.id}"
    text = admin.read(f"{path}/preview")
    fields = form_to(text, f"{path}/run").fields
    mend = {
        "csrf": fields["csrf"],
        "cause": "email_invalid",
        "field": "email",
        "action": "replace",
        "text_1_1": "juergen(at)example.org",
        "by_1_1": "juergen@example.org",
        "place": "1",
    }
    for action in ("skip", "clear", "replace"):
        forged = mend | {"field": "x" * 81, "action": action}
        assert admin.client.post(f"{path}/mend", data=forged, headers=HERE).status_code == 422
    long = admin.client.post(f"{path}/mend", data=mend | {"by_1_1": "j" * 1_001}, headers=HERE)
    assert (long.status_code, "At most 1000 characters." in long.text) == (422, True)
    assert "j" * 1_001 in long.text, "what was typed is neither lost nor cut off"
    mended = admin.client.post(f"{path}/mend", data=mend, headers=HERE)
    assert (mended.status_code, mended.headers["location"]) == (303, f"{path}/preview#problem-1")
    assert 'id="problem-1"' in admin.read(f"{path}/preview"), "whoever works by keyboard goes on there"
    mended = admin.client.post(
        f"{path}/mend",
        data={
            **mend,
            "cause": "status_unknown",
            "field": "status",
            "text_1_1": "vielleicht",
            "by_1_1": "pending",
        },
        headers=HERE,
    )
    assert mended.headers["location"] == f"{path}/preview#run"
    text = admin.read(f"{path}/preview")
    assert 'id="run"' in text
    assert "Import 2 people" in text
    assert "“vielleicht” is read as “pending”" in text
    unmend = form_to(text, f"{path}/unmend").fields
    for odd in ("²", "9" * 5_000):
        hidden = unmend | {"number": odd, "version": odd}
        assert admin.client.post(f"{path}/unmend", data=hidden, headers=HERE).status_code == 303
    text = admin.read(f"{path}/preview")
    assert "“vielleicht” is read as “pending”" in text
    unmend = form_to(text, f"{path}/unmend").fields
    assert admin.client.post(f"{path}/unmend", data=unmend, headers=HERE).status_code == 303
    assert "Import 1 person" in admin.read(f"{path}/preview")


def test_a_single_row_is_mended_in_a_form(admin: Browser, importing: Importing, place: str) -> None:
    draft = importing.send(GERMAN)
    importing.check(draft)
    path = f"{place}/{draft.id}/rows/3"
    fixed = {"field_email": "juergen@example.org", "field_status": "approved"}
    long = admin.send(path, path, fixed | {"field_email": "j" * 1_001})
    assert (long.status_code, long.text.count("At most 1000 characters.")) == (422, 2), (
        "above, and at the field"
    )
    assert "j" * 1_001 in long.text
    admin.send(path, path, fixed)
    assert "Import 2 people" in admin.read(f"{place}/{draft.id}/preview")


def test_the_refused_rows_come_back_as_a_file_that_can_be_sent_again(
    admin: Browser, importing: Importing, place: str
) -> None:
    draft = importing.send(GERMAN)
    importing.check(draft)
    for kind in ("csv", "xlsx"):
        answer = admin.get(f"{place}/{draft.id}/refused.{kind}")
        again = importing.send(answer.content, f"refused.{kind}")
        assert again.header[:2] == ["Line", "Reason"]
        assert [again.mapping.get(str(number)) for number in range(2)] == [None, None]
        summary = importing.check(again)
        assert summary["total"] == 1
        assert {group["field"] for group in summary["groups"]} == {"email", "status"}


def test_the_list_says_what_became_of_an_import(admin: Browser, importing: Importing, place: str) -> None:
    draft = importing.send(GERMAN.replace("(at)", "@").replace("vielleicht", "pending"))
    importing.check(draft)
    operation = run(importing, draft)
    text = admin.read(place)
    assert ("Imported" in text, ">Started<" in text) == (True, False)
    undo(importing, operation.id)
    assert "Taken back" in admin.read(place)


def test_an_import_is_discarded_with_its_file(admin: Browser, importing: Importing, place: str) -> None:
    draft = importing.send(GERMAN)
    assert admin.send(place, f"{place}/{draft.id}/discard").status_code == 303
    assert "was discarded" in admin.read(place)
    assert admin.get(f"{place}/{draft.id}").status_code == 404
