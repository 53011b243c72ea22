"""Participants as files: every field, and what comes back of it."""

import csv
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from starlette.testclient import TestClient

from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.lists import csv_writer, xlsx_writer
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.domains.check_in.conftest import CallerFactory, foreign, make_caller

__all__ = ["foreign", "make_caller"]

TEXTS = (
    "=1+1",
    "'=1+1",
    "''=1+1",
    "+49 30 1",
    "-5.00",
    "-1+1",
    "@SUM(A1)",
    "\ttab",
    "'s-Hertogenbosch",
    "007",
    " =1",
    "Zoë",
    'say "hi"',
    "two\nlines",
)
ANY_TEXT = st.one_of(
    st.sampled_from(TEXTS),
    st.text(
        st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from("='+-@ \t\n0123456789._x"),
        max_size=20,
    ),
)


@pytest.fixture(params=["sqlite"])
def kind(request: pytest.FixtureRequest) -> str:
    """Run on SQLite only: what differs by database is tested with the lists."""
    return str(request.param)


@given(st.lists(ANY_TEXT, min_size=1, max_size=8))
@settings(deadline=None, suppress_health_check=list(HealthCheck))
def test_every_text_comes_back_the_same_from_csv_and_xlsx(texts: list[str]) -> None:
    content = b"".join(csv_writer.csv_chunks(["text"] * len(texts), [texts])).decode("utf-8-sig")
    _heading, row = csv.reader(io.StringIO(content, newline=""))
    assert [csv_writer.undo_escape(cell) for cell in row] == texts
    assert not any(csv_writer.starts_a_formula(cell) and not cell[1:2].isdigit() for cell in row)
    workbook = b"".join(xlsx_writer.xlsx_chunks(["text"] * len(texts), [texts], sheet="Texts"))
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(workbook)).get_sheet_by_index(0)
    cells = (sheet.to_python(skip_empty_area=False)[1:] or [[]])[0]
    assert [*cells, *[""] * (len(texts) - len(cells))] == texts


def test_a_negative_number_stays_one_and_a_plus_sign_is_not_lost() -> None:
    assert csv_writer.cell("-5.00") == "-5.00"
    assert csv_writer.cell("-1+1") == "'-1+1"
    assert csv_writer.cell("+49301") == "'+49301"


def test_all_fields_of_the_filtered_participants_are_exported(
    hub: HubContext, client: TestClient, seeded: Seeded, make_caller: CallerFactory
) -> None:
    del client
    people = [
        participants.NewParticipant(
            id="ada",
            first_name="Ada",
            last_name="=1+1",
            phone="+49 30 1",
            registration_code="007-ADA1",
            category="Press",
            extra={"diet": "vegan"},
        ),
        participants.NewParticipant(id="bob", first_name="Bob"),
    ]
    with hub.uow.begin() as work:
        participants.create_many(work, seeded.tenant_id, seeded.event_id, people)
    caller = make_caller("participants:read")
    answer = caller.call("GET", "/participants.csv?filter[category]=Press")
    (row,) = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""))
    assert (row["id"], row["registration_code"], row["phone"], row["last_name"]) == (
        "ada",
        "007-ADA1",
        "'+49 30 1",
        "'=1+1",
    )
    assert row["extra"] == '{"diet":"vegan"}'
    book = caller.call("GET", "/participants.xlsx").content
    rows = CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).to_python()
    assert rows[0][:5] == ["registration_code", "first_name", "last_name", "email", "phone"]
    assert [line[1] for line in rows[1:]] == ["Ada", "Bob"]
    assert rows[1][4] == "+49 30 1"
    assert make_caller("events:read").call("GET", "/participants.csv").status_code == 403
    assert caller.call("GET", "/participants.csv?page=1").status_code == 400
