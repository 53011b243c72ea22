"""Tables as Excel workbooks (XLSX), written row by row into a temporary file, so that their length takes no memory.

Every text is a text cell: nothing is run as a formula, and nothing becomes a link or a number. A text that would be a formula if
it were typed is marked as one that begins with an apostrophe, so that Excel leaves it a text when somebody edits the cell.
A sheet has at most 1,048,576 rows, the heading included; the rest goes on further sheets.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hub_sync.hub.kit.lists.csv_writer import cell, starts_a_formula

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHEET_ROWS = 1_048_576
"""The rows of a sheet, as Excel has them."""
_LONGEST_TEXT = 32_767
_PAUSE_ROWS = 2_000
"""After so many rows an empty chunk gives the server a chance to see that the client has gone."""
_CHUNK_BYTES = 64 * 1024
_WIDTHS = {"local_time": 19}
_WIDTH = 16


def xlsx_chunks(
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    sheet: str,
    right_to_left: bool = False,
    sheet_rows: int = SHEET_ROWS,
) -> Iterator[bytes]:
    """Yield the workbook in chunks: empty ones while rows are written, then the file.

    Args:
        columns: the heading.
        rows: as many cells each; a datetime without a zone becomes a time of Excel's, numbers become numbers, all else text.
        sheet: the name of the first sheet; the further ones add a number to it.
        right_to_left: True for languages that are written so.
        sheet_rows: the most rows of a sheet, its heading included.
    """
    with TemporaryDirectory(prefix="doorward-export-") as folder:
        file = Path(folder) / "export.xlsx"
        workbook = _Workbook(file, columns, sheet, sheet_rows, right_to_left=right_to_left)
        try:
            for number, row in enumerate(rows):
                if number % _PAUSE_ROWS == 0:
                    yield b""
                workbook.write(row)
            workbook.close()
        finally:
            workbook.discard()
        with file.open("rb") as content:
            while chunk := content.read(_CHUNK_BYTES):
                yield chunk


class _Workbook:
    def __init__(
        self, file: Path, columns: Sequence[str], name: str, sheet_rows: int, *, right_to_left: bool
    ) -> None:
        import xlsxwriter  # noqa: PLC0415 - only who exports pays for it

        self._book = xlsxwriter.Workbook(str(file), {"constant_memory": True, "tmpdir": str(file.parent)})
        self._columns, self._name, self._sheet_rows = columns, name, sheet_rows
        self._right_to_left = right_to_left
        self._heading = self._book.add_format({"bold": True, "bg_color": "#E4EFF9", "bottom": 1})
        self._time = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._apostrophe = self._book.add_format({"quote_prefix": True})
        self._sheets, self._row = 0, 0
        self._sheet: Any = self._begin_sheet()

    def write(self, values: Sequence[Any]) -> None:
        """Write a row; it goes on a new sheet if this is full."""
        if self._row >= self._sheet_rows:
            self._sheet = self._begin_sheet()
        sheet, row = self._sheet, self._row
        for column, value in enumerate(values):
            if value is None or value == "":
                continue
            if isinstance(value, datetime) and value.tzinfo is None:
                sheet.write_datetime(row, column, value, self._time)
            elif isinstance(value, int | float) and not isinstance(value, bool):
                sheet.write_number(row, column, value)
            else:
                text = _text(value)
                sheet.write_string(row, column, text, self._apostrophe if starts_a_formula(text) else None)
        self._row += 1

    def close(self) -> None:
        """Write the file."""
        self._book.close()

    def discard(self) -> None:
        """Write nothing more: whoever wanted it has gone, or it is written."""
        self._book.fileclosed = True  # or it would be written when it is collected
        for sheet in self._book.worksheets():
            if sheet.row_data_fh is not None:
                sheet.row_data_fh.close()

    def _begin_sheet(self) -> Any:
        self._sheets += 1
        name = self._name if self._sheets == 1 else f"{self._name} ({self._sheets})"
        sheet = self._book.add_worksheet(name)
        if self._right_to_left:
            sheet.right_to_left()
        sheet.freeze_panes(1, 0)
        for column, label in enumerate(self._columns):
            sheet.set_column(column, column, _WIDTHS.get(label, _WIDTH))
            sheet.write_string(0, column, label, self._heading)
        self._row = 1
        return sheet


def _text(value: Any) -> str:
    """Return the text of a cell, without the apostrophe of CSV: the cell's format has it."""
    text = value if isinstance(value, str) else cell(value)
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode()  # no half of a surrogate pair
    return text[:_LONGEST_TEXT]
