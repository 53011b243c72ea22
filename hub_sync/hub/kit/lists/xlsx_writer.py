"""Tables as Excel workbooks (XLSX), written row by row and sent while they are written, so that their length takes no memory.

A workbook is a ZIP archive of XML files (ECMA-376). The rows come first, and the parts that have to know the number of sheets come
last: their order in an archive is free. No library writes a workbook to something that can't seek; the one that was used before
wrote a temporary file and sent it when it was whole (docs/adr/0074-streamed-workbooks.md).

Every text is a text cell: nothing is run as a formula, and nothing becomes a link or a number. A text that would be a formula if
it were typed is marked as one that begins with an apostrophe, so that Excel leaves it a text when somebody edits the cell.
A sheet has at most 1,048,576 rows, the heading included; the rest goes on further sheets.
"""

import re
import zipfile
from collections.abc import Generator, Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache
from typing import IO, Any
from xml.sax.saxutils import escape, quoteattr

from hub_sync.hub.kit.lists.csv_writer import cell, starts_a_formula
from hub_sync.hub.kit.table_files.workbook import APPLICATION, PROPERTIES
from hub_sync.rules.evidence.archive import PieceSink

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHEET_ROWS = 1_048_576
"""The rows of a sheet, as Excel has them."""
_SHEET_BYTES = 3 * 2**30
"""An entry of the archive that is written without seeking is at most 4 GiB long."""
LONGEST_TEXT = 32_767
"""Of a cell, in UTF-16 units: Excel calls a workbook with a longer text damaged."""
_PAUSE_ROWS = 500
_WIDTHS = {"local_time": 19}
_WIDTH = 16
_DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 - Excel counts days of a place from here
_DAY_S = 86_400
_LEVEL = 4
"""Of the compression: the default takes twice as long for a twentieth less."""
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""What no XML holds. Excel writes such a character as _x0001_, and so a text that looks like that is escaped, too."""
_LOOKS_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_HEADING, _TIME, _APOSTROPHE = 1, 2, 3
"""The places of the formats in `_STYLES`."""
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PROPERTIES = "http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"
_PROPERTIES_TYPE = "application/vnd.openxmlformats-officedocument.extended-properties+xml"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_STYLES = (
    f'{_XML}<styleSheet xmlns="{_MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '<fill><patternFill patternType="solid"><fgColor rgb="FFE4EFF9"/></patternFill></fill></fills>'
    '<borders count="2"><border/><border><left/><right/><top/><bottom style="thin"><color auto="1"/></bottom><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="4">'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="1" fillId="2" borderId="1" xfId="0" applyFont="1" applyFill="1" applyBorder="1"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1"/>'
    '</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


def xlsx_chunks(
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    sheet: str,
    right_to_left: bool = False,
    sheet_rows: int = SHEET_ROWS,
) -> Generator[bytes]:
    """Yield the workbook in chunks while its rows are read; the first chunk comes before the first row.

    Args:
        columns: the heading.
        rows: as many cells each; a datetime without a zone becomes a time of Excel's, numbers become numbers, all else text.
        sheet: the name of the first sheet; the further ones add a number to it.
        right_to_left: True for languages that are written so.
        sheet_rows: the most rows of a sheet, its heading included.
    """
    sink, source, sheets = PieceSink(), iter(rows), list[str]()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:  # type: ignore[call-overload]
        pending: Sequence[Any] | None = None
        while not sheets or pending is not None:
            sheets.append(sheet if not sheets else f"{sheet} ({len(sheets) + 1})")
            with archive.open(f"xl/worksheets/sheet{len(sheets)}.xml", "w") as entry:
                entry.write(_sheet_head(columns, right_to_left=right_to_left).encode())
                if len(sheets) == 1:
                    yield sink.take()
                    pending = next(source, None)
                for following in _write_rows(entry, pending, source, sheet_rows):
                    pending = following
                    yield sink.take()
                entry.write(b"</sheetData></worksheet>")
        for name, text in _other_parts(sheets):
            archive.writestr(name, text)
    yield sink.take()


def _write_rows(
    entry: IO[bytes], row: Sequence[Any] | None, source: Iterator[Sequence[Any]], sheet_rows: int
) -> Iterator[Sequence[Any] | None]:
    """Write rows below the heading until the sheet is full or there are no more; yield the next one now and then, and at the end."""
    number, size, lines = 1, 0, list[str]()
    while row is not None and number < sheet_rows and size < _SHEET_BYTES:
        number += 1
        lines.append(_row(number, row))
        row = next(source, None)
        if number % _PAUSE_ROWS == 0:
            size += entry.write("".join(lines).encode())
            lines = []
            yield row
    entry.write("".join(lines).encode())
    yield row


def _row(number: int, values: Sequence[Any]) -> str:
    cells = [_cell(f"{_letters(column)}{number}", value) for column, value in enumerate(values)]
    return f'<row r="{number}">{"".join(cells)}</row>'


@cache
def _letters(column: int) -> str:
    """Return the letters of a column: A for 0, AA for 26. Gnumeric and others read no cell that does not say where it is."""
    before, last = divmod(column, 26)
    return (_letters(before - 1) if before else "") + chr(ord("A") + last)


def _cell(place: str, value: Any) -> str:
    if type(value) is str:  # nearly every cell of a long export
        return _text_cell(place, value)
    if value is None:
        return ""
    if isinstance(value, datetime) and value.tzinfo is None:
        passed = value - _DAY_ZERO
        return f'<c r="{place}" s="{_TIME}"><v>{passed.days + passed.seconds / _DAY_S!r}</v></c>'
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f'<c r="{place}"><v>{value!r}</v></c>'
    return _text_cell(place, value if isinstance(value, str) else cell(value))


def _text_cell(place: str, text: str) -> str:
    if not text:
        return ""
    if text.isascii() and text.isalnum():  # an id, a code, a word
        return f'<c r="{place}" t="inlineStr"><is><t>{text[:LONGEST_TEXT]}</t></is></c>'
    style = f' s="{_APOSTROPHE}"' if starts_a_formula(text) else ""
    return f'<c r="{place}" t="inlineStr"{style}><is><t xml:space="preserve">{_xml_text(text)}</t></is></c>'


def _xml_text(text: str) -> str:
    """Return a text as XML holds it; without the apostrophe of CSV, which the cell's format has."""
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode()  # no half of a surrogate pair
    if len(text) > LONGEST_TEXT // 2:
        text = text.encode("utf-16-le")[: 2 * LONGEST_TEXT].decode("utf-16-le", "ignore")
    if "_x" in text:
        text = _LOOKS_ESCAPED.sub("_x005F_", text)
    if not text.isprintable():
        text = _CONTROL.sub(lambda hit: f"_x{ord(hit[0]):04X}_", text).replace("\r", "_x000D_")
    return escape(text)


def _sheet_head(columns: Sequence[str], *, right_to_left: bool) -> str:
    direction = ' rightToLeft="1"' if right_to_left else ""
    widths = "".join(
        f'<col min="{number}" max="{number}" width="{_WIDTHS.get(label, _WIDTH)}" customWidth="1"/>'
        for number, label in enumerate(columns, start=1)
    )
    heading = "".join(
        f'<c r="{_letters(column)}1" t="inlineStr" s="{_HEADING}">'
        f'<is><t xml:space="preserve">{_xml_text(label)}</t></is></c>'
        for column, label in enumerate(columns)
    )
    return (
        f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0"{direction}>'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
        f"<cols>{widths}</cols><sheetData>"
        f'<row r="1">{heading}</row>'
    )


def _other_parts(sheets: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the name and the content of the parts that are not sheets."""
    numbered = list(enumerate(sheets, start=1))
    links = [("worksheet", f"worksheets/sheet{number}.xml") for number, _name in numbered]
    yield "xl/_rels/workbook.xml.rels", _relationships([*links, ("styles", "styles.xml")])
    named = "".join(
        f'<sheet name={quoteattr(_xml_text(name))} sheetId="{number}" r:id="rId{number}"/>'
        for number, name in numbered
    )
    yield (
        "xl/workbook.xml",
        f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{named}</sheets></workbook>',
    )
    yield "xl/styles.xml", _STYLES
    yield (
        "_rels/.rels",
        _relationships([("officeDocument", "xl/workbook.xml"), ("extended-properties", PROPERTIES)]),
    )
    yield PROPERTIES, f'{_XML}<Properties xmlns="{_PROPERTIES}">{APPLICATION}</Properties>'
    types = [("workbook", f"{_TYPE}.sheet.main+xml"), ("styles", f"{_TYPE}.styles+xml")]
    types += [(f"worksheets/sheet{number}", f"{_TYPE}.worksheet+xml") for number, _name in numbered]
    overrides = "".join(
        f'<Override PartName="/xl/{part}.xml" ContentType="{content}"/>' for part, content in types
    )
    overrides += f'<Override PartName="/{PROPERTIES}" ContentType="{_PROPERTIES_TYPE}"/>'
    relations = "application/vnd.openxmlformats-package.relationships+xml"
    defaults = f'<Default Extension="rels" ContentType="{relations}"/>'
    types_of = f'<Types xmlns="{_PACKAGE}/content-types">{defaults}{overrides}</Types>'
    yield "[Content_Types].xml", _XML + types_of


def _relationships(targets: Sequence[tuple[str, str]]) -> str:
    links = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, start=1)
    )
    return f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{links}</Relationships>'
