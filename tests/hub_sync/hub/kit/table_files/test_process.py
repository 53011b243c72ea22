"""Files that are read in the child process, and files that are refused by it, each with a reason."""

import io
import os
import subprocess
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from unittest.mock import patch

import orjson
import pytest

from hub_sync.hub.kit.lists.xlsx_writer import xlsx_chunks
from hub_sync.hub.kit.table_files import process
from hub_sync.hub.kit.table_files.errors import FileRefused, RefusalCode
from hub_sync.hub.kit.table_files.process import ReadFile, ReadingOptions, read_file

_HEAD = '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'


def read(content: bytes, options: ReadingOptions | None = None) -> ReadFile:
    """Read a file that has this content."""
    with tempfile.TemporaryFile() as file:
        file.write(content)
        return read_file(file, options or ReadingOptions())


def rows(result: ReadFile) -> list[Any]:
    """Return [line, cells] of each row."""
    return [row for chunk in result.chunks for row in orjson.loads(zlib.decompress(chunk.content))]


def workbook(
    table: Sequence[Sequence[Any]] = (("Code",), ("0049",)),
    *,
    sheet: str | Iterator[bytes] = "",
    strings: Iterator[bytes] | None = None,
    parts: Sequence[str] = (),
) -> bytes:
    """Return a workbook; `sheet` is the XML of its sheet, `parts` are empty parts that it has beside."""
    plain = b"".join(xlsx_chunks([str(cell) for cell in table[0]], table[1:], sheet="People"))
    if not sheet and strings is None and not parts:
        return plain
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(plain)) as source,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            replaced = sheet and name == "xl/worksheets/sheet1.xml"
            _write(
                target,
                name,
                [sheet.encode()]
                if replaced and isinstance(sheet, str)
                else sheet
                if replaced
                else [source.read(name)],
            )
        if strings is not None:
            _write(target, "xl/sharedStrings.xml", strings)
        for name in parts:
            target.writestr(name, b"")
    return packed.getvalue()


def _write(target: zipfile.ZipFile, name: str, pieces: Any) -> None:
    with target.open(name, "w", force_zip64=True) as entry:
        for piece in pieces:
            entry.write(piece)


def cell_at(place: str, text: str = "x") -> str:
    """Return a sheet with one row of data at the top and one cell far away."""
    number = "".join(filter(str.isdigit, place))
    return (
        f'{_HEAD}<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>Code</t></is></c></row>'
        f'<row r="{number}"><c r="{place}" t="inlineStr"><is><t>{text}</t></is></c></row></sheetData></worksheet>'
    )


def spread(megabytes: int) -> Iterator[bytes]:
    """Yield so many megabytes of XML that compress to nearly nothing."""
    yield _HEAD.encode() + b"<sheetData>"
    for _ in range(megabytes):
        yield b" " * 1024 * 1024
    yield b"</sheetData></worksheet>"


DECLARED = _HEAD + (
    '<dimension ref="A1:XFD1048576"/><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>Code</t></is></c></row>'
    '<row r="2"><c r="A2" t="inlineStr"><is><t>0049</t></is></c></row></sheetData></worksheet>'
)
DELETED_ROW = _HEAD + (
    '<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>Code</t></is></c></row>'
    '<row r="2"><c r="A2" t="inlineStr"><is><t>0049</t></is></c></row>'
    '<row r="1048576"><c r="A1048576" s="1"/></row></sheetData></worksheet>'
)
REFUSED: dict[str, tuple[Callable[[], bytes], RefusalCode]] = {
    "nothing": (lambda: b"", RefusalCode.EMPTY),
    "blank": (lambda: b"\n\n ,\n".replace(b" ", b""), RefusalCode.EMPTY),
    "last cell at the end of the sheet": (
        lambda: workbook(sheet=cell_at("XFD1048576")),
        RefusalCode.WORKBOOK_TOO_LARGE,
    ),
    "zip bomb": (lambda: workbook(sheet=spread(60)), RefusalCode.WORKBOOK_TOO_LARGE),
    "shared strings": (lambda: workbook(strings=spread(110)), RefusalCode.WORKBOOK_TOO_LARGE),
    "macros": (lambda: workbook(parts=["xl/vbaProject.bin"]), RefusalCode.MACROS),
    "binary workbook": (lambda: _package("xl/workbook.bin"), RefusalCode.OTHER_WORKBOOK),
    "open document": (lambda: _package("mimetype", "content.xml"), RefusalCode.OTHER_WORKBOOK),
    "another archive": (lambda: _package("readme.txt"), RefusalCode.NOT_A_TABLE),
    "half a workbook": (lambda: workbook()[:700], RefusalCode.DAMAGED),
    "old Excel": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), RefusalCode.OLD_EXCEL),
    "password": (
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
        RefusalCode.PASSWORD,
    ),
    "PDF": (lambda: b"%PDF-1.7\n", RefusalCode.NOT_A_TABLE),
    "NUL": (lambda: b"a,b\nc,\x00\n", RefusalCode.NUL),
    "NUL in UTF-16": (lambda: "a,b\nc,\x00d\n".encode("utf-16"), RefusalCode.NUL),
    "half a surrogate pair": (lambda: b"\xff\xfea\x00\n\x00\x00\xd8b\x00", RefusalCode.ENCODING_UNFIT),
    "long cell": (lambda: b"a\n" + b"x" * 10_000_000, RefusalCode.CELL_TOO_LONG),
    "many columns": (lambda: b"a," * 1_000_000, RefusalCode.TOO_MANY_COLUMNS),
    "quote that never ends": (lambda: b'a,b\n"c,d\n' + b"e,f\n" * 20_000, RefusalCode.QUOTE_NEVER_ENDS),
    "short quote that never ends": (lambda: b'a,b\n"c,d\n', RefusalCode.QUOTE_NEVER_ENDS),
}


def _package(*names: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as target:
        for name in names:
            target.writestr(name, b"")
    return packed.getvalue()


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_file_is_refused_with_its_reason(name: str) -> None:
    content, code = REFUSED[name]
    with pytest.raises(FileRefused) as refused:
        read(content())
    assert refused.value.code is code


def test_a_refusal_names_the_line() -> None:
    for content, line in (
        (b"a,b\nc,d\n\x00", 3),
        (b'a\n\n"b\n', 3),
        (b"a\nb\n" + b"x" * 70_000, 3),
        (b"a\n" + b"x," * 300, 2),
    ):
        with pytest.raises(FileRefused) as refused:
            read(content)
        assert refused.value.parameters["line"] == line


def test_a_sheet_that_says_it_is_huge_or_was_cleared_is_read() -> None:
    for sheet in (DECLARED, DELETED_ROW):
        assert rows(read(workbook(sheet=sheet))) == [[1, ["Code"]], [2, ["0049"]]]


def test_a_child_that_works_too_long_or_ends_without_a_word_is_a_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(process, "LEAST_CPU_S", 0.2)
    real = subprocess.Popen
    for program, code in (
        ("while True: pass", RefusalCode.TOO_MUCH_WORK),
        ("import os; os.abort()", RefusalCode.WORKBOOK_TOO_LARGE),
        ("import os; os.write(1, b'nonsense'); os._exit(3)", RefusalCode.DAMAGED),
        ("import os; os._exit(3)", RefusalCode.DAMAGED),
    ):
        with (
            patch.object(
                subprocess,
                "Popen",
                lambda command, program=program, **more: real([command[0], "-c", program], **more),
            ),
            pytest.raises(FileRefused) as refused,
        ):
            read(b"a")
        assert refused.value.code is code


def test_the_child_sees_nothing_of_the_hubs_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOORWARD_SECRET", "0" * 64)
    environments = []
    real = subprocess.Popen

    def start(*arguments: Any, **more: Any) -> Any:
        environments.append(more["env"])
        return real(*arguments, **more)

    monkeypatch.setattr(subprocess, "Popen", start)
    read(b"a")
    assert environments == [{"LC_ALL": "C.UTF-8"}]
    assert "DOORWARD_SECRET" in os.environ


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_unicode_of_every_kind_is_read_with_any_line_end(encoding: str, end: str) -> None:
    text = end.join(["Name;Code", "Jürgen;007", '"a;""b""";+49 30', ""])
    result = read(text.encode(encoding))
    assert rows(result) == [[1, ["Name", "Code"]], [2, ["Jürgen", "007"]], [3, ['a;"b"', "+49 30"]]]
    assert result.about["delimiter"] == ";"


@pytest.mark.parametrize("encoding", ["cp1252", "mac_roman", "cp850"])
def test_three_readings_are_offered_where_a_text_is_no_unicode(encoding: str) -> None:
    text = "Name;Ort\nZoë;Köln\nJürgen Groß;Nürnberg\n"
    result = read(text.encode(encoding))
    assert len(result.readings) == 3
    assert result.readings[0]["encoding"] == encoding, "the likeliest is the first"
    assert result.readings[0]["lines"] == [[2, "Zoë;Köln"], [3, "Jürgen Groß;Nürnberg"]]
    chosen = read(text.encode(encoding), ReadingOptions(encoding=encoding))
    assert rows(chosen)[1] == [2, ["Zoë", "Köln"]]


def test_the_delimiter_is_known_by_the_content_or_by_its_line() -> None:
    for content, delimiter, first in (
        ("Name;Price\nAda;1,50\nBob;2,00\n", ";", ["Name", "Price"]),
        ("Name\tNote\nAda\ta, b; c\n", "\t", ["Name", "Note"]),
        ("Name|Note\nAda|a, b\n", "|", ["Name", "Note"]),
        ("sep=;\r\nName;Note\r\nAda;b\r\n", ";", ["Name", "Note"]),
        ("sep=,\r\nName,Note\r\nAda,b\r\n", ",", ["Name", "Note"]),
        ("Name\nAda\n", ",", ["Name"]),
    ):
        result = read(content.encode())
        assert (result.about["delimiter"], rows(result)[0][1]) == (delimiter, first)


def test_nothing_becomes_a_number_and_numbers_of_a_workbook_are_noted() -> None:
    table = [("Code", "Phone"), ("0049", "+49 30"), (49, 4930.0), ("1e5", "")]
    for content in (workbook(table), b"Code,Phone\n0049,+49 30\n49,4930\n1e5,\n"):
        assert [cells for _line, cells in rows(read(content))] == [
            ["Code", "Phone"],
            ["0049", "+49 30"],
            ["49", "4930"],
            ["1e5"],
        ]
    assert read(workbook(table)).about["numbers"] == {"0": [1, [3]], "1": [1, [3]]}


def test_values_of_other_workbooks_are_read_as_they_were_saved() -> None:
    result = read(workbook(parts=["xl/externalLinks/externalLink1.xml"]))
    assert result.about["notes"] == ["external_links", "own_export"]
    assert rows(result)[1] == [2, ["0049"]]
