"""Tables as CSV for spreadsheets, piece by piece: nothing that people wrote is run as a formula by them.

UTF-8 with a byte order mark (a spreadsheet takes the file for another encoding otherwise), lines end as RFC 4180 has it.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from hub_sync.hub.kit.schemas import dump_json

BOM = "\ufeff"
MEDIA_TYPE = "text/csv; charset=utf-8"
_PIECE = 64 * 1024
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - as typed in East Asia


def csv_chunks(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, bom: bool = True) -> Iterator[bytes]:
    """The table's bytes, heading first, some 64 KiB at a time; rows are asked for as they are needed."""
    page = io.StringIO()
    writer = csv.writer(page, lineterminator="\r\n")
    page.write(BOM if bom else "")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([cell(value) for value in row])
        if page.tell() >= _PIECE:
            yield _taken(page)
    yield _taken(page)


def cell(value: Any) -> str:
    """What a cell holds: text that a spreadsheet would take for a formula gets an apostrophe in front.

    >>> cell("=1+1"), cell(" @SUM(A1)"), cell("Ada"), cell(-3), cell(True), cell(None)
    ("'=1+1", "' @SUM(A1)", 'Ada', '-3', 'true', '')
    """
    if type(value) is str:  # nearly every cell of a long export: asked first, it is twice as fast
        return _defused(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return _defused(_text(value))


def _defused(text: str) -> str:
    return f"'{text}" if text.lstrip(" \u00a0").startswith(_STARTS_A_FORMULA) else text


def _text(value: Any) -> str:
    if isinstance(value, Enum):
        return str(value.value)
    return value if isinstance(value, str) else dump_json(value).decode()


def _taken(page: io.StringIO) -> bytes:
    text = page.getvalue()
    page.seek(0)
    page.truncate()
    return text.encode("utf-8", "replace")
