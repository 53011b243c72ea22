"""Tables as CSV for spreadsheets, in chunks. Text is escaped so that no spreadsheet runs it as a formula.

UTF-8 with a byte order mark (spreadsheets assume another encoding without it); lines end as RFC 4180 requires.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from hub_sync.hub.kit.schemas import dump_json

BOM = "\ufeff"
MEDIA_TYPE = "text/csv; charset=utf-8"
_CHUNK_BYTES = 64 * 1024
_NEGATIVE_NUMBER = re.compile(r"-\d+(?:[.,]\d+)?")
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - as typed in East Asia


def csv_chunks(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, bom: bool = True) -> Iterator[bytes]:
    """Yield the table, heading first, in chunks of about 64 KiB; rows are consumed as they are needed."""
    page = io.StringIO()
    writer = csv.writer(page, lineterminator="\r\n")
    page.write(BOM if bom else "")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([cell(value) for value in row])
        if page.tell() >= _CHUNK_BYTES:
            yield _drain(page)
    yield _drain(page)


def cell(value: Any) -> str:
    """Return the text of a cell; an apostrophe is put before text that a spreadsheet would run as a formula (OWASP).

    >>> cell("=1+1"), cell(" @SUM(A1)"), cell("Ada"), cell(-3), cell(True), cell(None)
    ("'=1+1", "' @SUM(A1)", 'Ada', '-3', 'true', '')
    """
    if type(value) is str:  # nearly every cell of a long export: checking it first is twice as fast
        return _escape(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, datetime):
        return _time(value)
    return _escape(_text(value))


def _time(value: datetime) -> str:
    if value.tzinfo is None:  # the wall clock of a place
        return value.isoformat(" ", "seconds")
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def starts_a_formula(text: str) -> bool:
    """Return True if a spreadsheet would run a text as a formula that stands in a file or is typed."""
    return text.lstrip(" \u00a0").startswith(_STARTS_A_FORMULA)


def undo_escape(text: str) -> str:
    """Return the text of a cell as it was before `cell` put an apostrophe in front; for the import of CSV files.

    >>> undo_escape("'+49 30 1"), undo_escape(cell("'=1+1")), undo_escape("'s-Hertogenbosch")
    ('+49 30 1', "'=1+1", "'s-Hertogenbosch")
    """
    return text[1:] if text.startswith("'") and _needs_apostrophe(text) else text


def _escape(text: str) -> str:
    return f"'{text}" if _needs_apostrophe(text) else text


def _needs_apostrophe(text: str) -> bool:
    """Return True for what would be a formula, and for what reads like an escaped one: its apostrophe is its own.

    A plain negative number is no formula, and stays what it is; a number with a plus sign would lose that.
    """
    bare = text.lstrip("'")
    return starts_a_formula(bare) and not _NEGATIVE_NUMBER.fullmatch(bare)


def _text(value: Any) -> str:
    if isinstance(value, Enum):
        return str(value.value)
    return value if isinstance(value, str) else dump_json(value).decode()


def _drain(page: io.StringIO) -> bytes:
    text = page.getvalue()
    page.seek(0)
    page.truncate()
    return text.encode("utf-8", "replace")
