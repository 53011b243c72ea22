"""The preview of an import: what is new, changed, refused, and why; and what corrections do."""

import pytest

from hub_sync.hub.domains.imports import service as imports
from hub_sync.hub.domains.imports.drafts import storage
from hub_sync.hub.domains.imports.drafts.plans import unpack_plan
from hub_sync.hub.domains.imports.errors import FieldTwice, ImportChanged, KeyNotMapped, NothingMapped
from hub_sync.hub.domains.imports.importable import ParsedRow
from hub_sync.hub.domains.imports.issues import Cause
from hub_sync.hub.domains.imports.options import ClearMend, DefaultMend, ReplaceMend, RowMend, SkipMend
from hub_sync.hub.domains.imports.tables import Import
from hub_sync.hub.kit.lists import csv_writer
from hub_sync.hub.kit.lists.xlsx_writer import xlsx_chunks
from tests.hub_sync.hub.domains.imports.conftest import Importing


def planned(importing: Importing, draft: Import) -> list[ParsedRow]:
    """Return the rows of the preview."""
    with importing.hub.uow.read() as work:
        return unpack_plan(storage.read_plan(work, draft, 0) or b"")


def causes(importing: Importing, draft: Import) -> list[list[str]]:
    """Return the problems of each row, as cause and field."""
    return [
        [f"{issue.cause.value} {issue.field}".strip() for issue in row.issues if issue.is_error]
        for row in planned(importing, draft)
    ]


def test_columns_are_known_by_their_names_in_three_languages(importing: Importing) -> None:
    for header, fields in (
        ("First Name,LAST_NAME,E-mail,Mobile number", ["first_name", "last_name", "email", "phone"]),
        ("Vorname;Familienname;E-Mail-Adresse;Handy", ["first_name", "last_name", "email", "phone"]),
        (
            "الاسم الأول,اسم العائلة,البريد الإلكتروني,رقم الجوال",
            ["first_name", "last_name", "email", "phone"],
        ),
        ("Name,Order number,Ticket type,Diet", ["full_name", "group_ref", "category", "extra:Diet"]),
    ):
        draft = importing.send(f"{header}\na,b,c,d\n".replace(",", ";" if ";" in header else ","))
        assert list(draft.mapping.values()) == fields


def test_names_of_columns_may_stand_below_a_title(importing: Importing) -> None:
    draft = importing.send("Guests of the summer fair,,\n,,\nFirst name,Last name,E-mail\nAda,Lovelace,\n")
    assert (draft.header_line, draft.header) == (3, ["First name", "Last name", "E-mail"])
    assert importing.check(draft)["total"] == 1


def test_a_mapping_is_remembered_for_the_next_file_with_these_columns(importing: Importing) -> None:
    draft = importing.send("Who,Where\nAda,Hall A\n")
    importing.check(draft, {"0": "full_name", "1": "category"}, match_by="none", phone_region="FR")
    again = importing.send("WHO,where\nBob,Hall B\n")
    assert again.mapping == {"0": "full_name", "1": "category"}
    assert again.options["phone_region"] == "FR"
    assert importing.send("Who,Why\nBob,x\n").mapping != again.mapping


def test_a_mapping_that_means_nothing_is_refused(importing: Importing) -> None:
    draft = importing.send("a,b\nAda,Lovelace\n")
    for mapping, error in (
        ({"0": "email", "1": "email"}, FieldTwice),
        ({"0": "full_name", "1": "first_name"}, FieldTwice),
        ({"0": ""}, NothingMapped),
        ({"0": "first_name"}, KeyNotMapped),
    ):
        with pytest.raises(error):
            importing.check(draft, mapping, match_by="email")


def test_values_are_cleaned_as_those_of_a_single_registration(importing: Importing) -> None:
    draft = importing.send(
        "Name,E-mail,Phone,Code,Status,Diet\n"
        '"Lovelace,  Ada", ada@example.org ,030 5550123,0049-AB,Bestätigt,none\n'
        "Ludwig van Beethoven,l@example.org,+44 20 7946 0018,0050-AB,,\n"
        "Zoë,,'+49 30 1234567,'0051-AB,,\n"
    )
    assert importing.check(draft)["counts"]["create"] == 3
    ada, ludwig, zoe = (row.values for row in planned(importing, draft))
    assert (ada["first_name"], ada["last_name"], ada["email"]) == ("Ada", "Lovelace", "ada@example.org")
    assert (ada["phone"], ada["registration_code"], ada["status"]) == (
        "+49 30 5550123",
        "0049-AB",
        "APPROVED",
    )
    assert ada["extra"] == {"Diet": "none"}
    assert (ludwig["first_name"], ludwig["last_name"]) == ("Ludwig", "van Beethoven")
    assert ludwig["phone"] == "+44 20 7946 0018"
    assert (zoe["last_name"], zoe["phone"]) == ("Zoë", "+49 30 1234567")


def test_each_problem_is_said_of_its_field_and_leaves_the_other_rows_alone(importing: Importing) -> None:
    importing.register(registration_code="TAKEN-1")
    importing.register(external_id="t1")
    draft = importing.send(
        "Code,Member id,Name,E-mail,Phone,Status\n"
        "OK-11,1,Ada,,,\n"
        "ab,2,Bob,x,call me,maybe\n"
        "taken 1,3,Cid,,,\n"
        "OK-44,t1,Dee,,,\n"
        "ok 11,5,Eve,,,\n"
        ",,,,,approved\n"
        f"OK-77,7,{'x' * 300},,,\n"
    )
    importing.check(draft, match_by="none")
    assert causes(importing, draft) == [
        [],
        [
            "status_unknown status",
            "email_invalid email",
            "phone_invalid phone",
            "code_unusable registration_code",
        ],
        ["code_taken registration_code"],
        ["external_id_taken external_id"],
        ["twice registration_code"],
        ["nobody"],
        ["too_long last_name"],
    ]


@pytest.mark.parametrize("key", ["registration_code", "external_id", "email"])
def test_people_are_found_by_the_chosen_field_and_changed_field_by_field(
    importing: Importing, key: str
) -> None:
    values = {"registration_code": "AB-12", "external_id": "x-7", "email": "Ada@Example.org"}
    person = importing.register(**values, first_name="Ada", phone="030 1", extra={"diet": "none"})
    sent = {"registration_code": "ab12", "external_id": "x-7", "email": "ada@example.org"}[key]
    draft = importing.send(f"{key},First name,Phone,Size\n{sent},Adele,,XL\n9{sent},New,,\n")
    summary = importing.check(draft, match_by=key)
    assert (summary["counts"]["change"], summary["counts"]["create"]) == (1, 1)
    row = planned(importing, draft)[0]
    assert row.target_id == person
    assert row.before["first_name"] == "Ada"
    assert "phone" not in row.before, "an empty cell changes nothing"
    assert row.values["extra"] == {"diet": "none", "Size": "XL"}
    assert importing.check(draft, match_by=key, unmatched="refuse")["counts"]["refuse"] == 1
    assert importing.check(draft, match_by=key, matched="skip")["counts"]["skip"] == 1
    importing.check(draft, match_by=key, clear_empty=True)
    assert planned(importing, draft)[0].before["phone"] == "030 1"


def test_an_address_that_several_have_is_refused_where_it_is_to_find_one(importing: Importing) -> None:
    for name in ("Anna", "Hanna"):
        importing.register(first_name=name, email="twins@example.org")
    draft = importing.send("E-mail,First name\ntwins@example.org,Anna\n")
    importing.check(draft, match_by="email")
    assert causes(importing, draft) == [["ambiguous email"]]


def test_groups_of_problems_are_mended_everywhere(importing: Importing) -> None:
    draft = importing.send(
        "Name,E-mail,Status,Category\nAda,ada(at)x.org,maybe,\nBob,b@x.org,maybe,\nCid,,maybe,Guest\nDee,no,ok,\n"
    )
    summary = importing.check(draft, match_by="none")
    assert [(group["cause"], group["count"]) for group in summary["groups"]] == [
        ("status_unknown", 3),
        ("email_invalid", 2),
        ("category_new", 1),
    ]
    assert summary["groups"][0]["texts"] == [["maybe", 3]]
    importing.mend(draft, ReplaceMend(field="status", text="maybe", by="pending"))
    importing.mend(draft, DefaultMend(field="category", by="Visitor"))
    importing.mend(draft, RowMend(line=2, field="email", by="ada@x.org"))
    summary = importing.mend(draft, ClearMend(field="email", cause=Cause.EMAIL_INVALID))
    assert summary["counts"]["create"] == 4
    rows = [row.values for row in planned(importing, draft)]
    assert [row.get("email") for row in rows] == ["ada@x.org", "b@x.org", None, None]
    assert [row["category"] for row in rows] == ["Visitor", "Visitor", "Guest", "Visitor"]
    assert [row["status"] for row in rows] == ["PENDING", "PENDING", "PENDING", "APPROVED"]


def test_rows_with_a_problem_are_left_out(importing: Importing) -> None:
    draft = importing.send("Code,Name\nAB-11,Ada\nAB-11,Bob\n")
    assert importing.check(draft)["counts"]["refuse"] == 1
    summary = importing.mend(draft, SkipMend(field="registration_code", cause=Cause.TWICE))
    assert (summary["counts"]["create"], summary["counts"]["skip"]) == (1, 1)


def test_what_somebody_decided_is_kept_by_a_conflict(importing: Importing) -> None:
    draft = importing.send("Name\nAda\n")
    with importing.hub.uow.begin() as work:
        mends = [ReplaceMend(field="full_name", text="Ada", by="Adele")]
        imports.add_mends(work, importing.key, draft.id, imports.PARTICIPANTS, mends, draft.version)
    with importing.hub.uow.begin() as work, pytest.raises(ImportChanged):
        imports.set_mends(work, importing.key, draft.id, imports.PARTICIPANTS, [], draft.version)
    with importing.hub.uow.read() as work:
        assert imports.get(work, importing.key, draft.id).mends[0]["by"] == "Adele"


def test_an_export_comes_back_the_same(importing: Importing) -> None:
    head = ["Code", "Last name", "Phone", "Member id"]
    people = [["AB-1-1", "=1+1", "+49 30 1234567", "-5.00"], ["00-49", "@home", "00", "0049"]]
    for content in (
        b"".join(csv_writer.csv_chunks(head, people)),
        b"".join(xlsx_chunks(head, people, sheet="x")),
    ):
        draft = importing.send(content)
        importing.check(draft, match_by="none", phone_region="")
        rows = [row.values for row in planned(importing, draft)]
        names = ("registration_code", "last_name", "phone", "external_id")
        assert [[row[name] for name in names] for row in rows] == people


def test_numbers_in_a_column_of_text_are_a_warning(importing: Importing) -> None:
    draft = importing.send(b"".join(xlsx_chunks(["Name", "Phone"], [["Ada", 4930]], sheet="x")))
    (group,) = importing.check(draft, match_by="none", phone_region="")["groups"]
    assert (group["cause"], group["field"], group["is_error"]) == ("number_cell", "phone", False)


def test_somebody_who_may_be_registered_already_is_a_hint(importing: Importing) -> None:
    importing.register(first_name="Jon", last_name="Smith", email="jon@example.org", phone="+49 30 5550123")
    draft = importing.send("First name,Last name,Phone\nJohn,Smith,+49 30 5550123\nMaria,Rossi,\n")
    summary = importing.check(draft, match_by="none")
    assert summary["counts"]["create"] == 2
    assert [[issue.cause.value for issue in row.issues] for row in planned(importing, draft)] == [
        ["similar"],
        [],
    ]
