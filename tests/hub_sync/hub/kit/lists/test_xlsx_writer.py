"""Workbooks: every text is a text, sheets have an end, and whoever drops an export ends it."""

import io
import re
import string
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import openpyxl
import pytest
from openpyxl.utils.escape import unescape

from hub_sync.hub.kit.lists.xlsx_writer import xlsx_chunks
from hub_sync.hub.kit.table_files.workbook import OWN_NOTE, check_package


class Colour(StrEnum):
    RED = "red"


def workbook_of(columns: list[str], rows: list[list[Any]], **options: Any) -> openpyxl.Workbook:
    content = b"".join(xlsx_chunks(columns, rows, sheet="Log", **options))
    return openpyxl.load_workbook(io.BytesIO(content))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "＝1", "=cmd|' /C calc'!A0"])
def test_a_formula_is_a_text_and_stays_one_when_it_is_edited(text: str) -> None:
    (cell,) = next(workbook_of(["a"], [[text]])["Log"].iter_rows(min_row=2))
    assert (cell.value, cell.data_type, cell.quotePrefix) == (text, "s", True)


def test_each_kind_of_value_is_a_cell_of_its_kind() -> None:
    values = ["Ada", "https://example.org", "007", 7, 1.5, True, None, Colour.RED, {"a": 1}]
    values += [datetime(2026, 6, 10, 12, 0, 5), datetime(2026, 6, 10, 10, tzinfo=UTC)]  # noqa: DTZ001
    (row,) = workbook_of(["x"] * len(values), [values])["Log"].iter_rows(min_row=2)
    assert [cell.value for cell in row] == [
        "Ada",
        "https://example.org",
        "007",
        7,
        1.5,
        "true",
        None,
        "red",
        '{"a":1}',
        datetime(2026, 6, 10, 12, 0, 5),  # noqa: DTZ001
        "2026-06-10T10:00:00Z",
    ]
    assert row[1].hyperlink is None


def test_texts_that_no_file_holds_are_made_to_fit() -> None:
    (row,) = workbook_of(["x"] * 3, [["\ud800", "a\x00b\x0b", "x" * 40_000]])["Log"].iter_rows(min_row=2)
    assert row[0].value == "?"
    assert "a" in str(row[1].value)
    assert len(str(row[2].value)) == 32_767


def test_a_text_ends_where_a_cell_of_excel_is_full() -> None:
    """Excel counts UTF-16 units, of which most emojis need two, and calls a workbook with more of them damaged."""
    texts = ["🎉" * 20_000, "a" + "🎉" * 20_000, "é" * 40_000]
    (row,) = workbook_of(["x"] * len(texts), [texts])["Log"].iter_rows(min_row=2)
    assert [cell.value for cell in row] == ["🎉" * 16_383, "a" + "🎉" * 16_383, "é" * 32_767]


def test_what_no_sheet_holds_goes_on_the_next_one_under_the_same_heading() -> None:
    book = workbook_of(["number"], [[number] for number in range(5)], sheet_rows=3)
    assert book.sheetnames == ["Log", "Log (2)", "Log (3)"]
    assert [[cell for (cell,) in book[name].values] for name in book.sheetnames] == [
        ["number", 0, 1],
        ["number", 2, 3],
        ["number", 4],
    ]


def test_each_cell_says_where_it_is_for_programs_that_do_not_count_them() -> None:
    labels = [str(number) for number in range(28)]
    content = b"".join(xlsx_chunks(labels, [["", *labels[1:]]], sheet="Log"))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        places = re.findall('<(?:row|c) r="([^"]+)"', archive.read("xl/worksheets/sheet1.xml").decode())
    letters = [*string.ascii_uppercase, "AA", "AB"]
    assert places == ["1", *(f"{each}1" for each in letters), "2", *(f"{each}2" for each in letters[1:])]


def test_a_workbook_is_known_as_a_hubs_until_another_program_saves_it() -> None:
    content = io.BytesIO(b"".join(xlsx_chunks(["Name"], [["Ada"]], sheet="x")))
    assert check_package(content) == [OWN_NOTE]
    saved = io.BytesIO()
    openpyxl.load_workbook(content).save(saved)
    assert check_package(saved) == []


def test_an_empty_table_is_a_workbook_with_its_heading() -> None:
    assert list(workbook_of(["a", "b"], [])["Log"].values) == [("a", "b")]


def test_the_file_begins_to_arrive_before_the_first_row_and_whoever_drops_it_ends_it() -> None:
    read = 0

    def rows() -> Iterator[list[Any]]:
        nonlocal read
        for number in range(1_000_000):
            read += 1
            yield [number, f"{number * 7_919:x}"]

    pieces = xlsx_chunks(["number", "text"], rows(), sheet="Log")
    assert next(pieces).startswith(b"PK")
    assert read == 0
    assert sum(len(next(pieces)) for _ in range(20)) > 10_000, "it is sent while it is written"
    pieces.close()
    assert read < 20_000


def test_names_and_texts_that_xml_would_read_as_its_own_stay_what_they_are() -> None:
    texts = ["<b>&amp;</b>", "a\r\nb", "_x000D_", "  two  ", "]]>", "x_x0041_y"]
    book = workbook_of(texts, [texts], right_to_left=True)
    sheet = book["Log"]
    read = [[unescape(str(value)) for value in row] for row in sheet.values]
    assert read == [texts, texts], "as Excel reads them: openpyxl leaves the escapes of its strings alone"
    assert sheet.sheet_view.rightToLeft
    assert sheet.freeze_panes == "A2"
