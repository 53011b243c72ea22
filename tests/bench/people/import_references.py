"""The barest programs that do an import's work, as references of the same run: the machine's speed differs from hour to hour."""

import csv
import io
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from hub_sync.hub.domains.bulk.engine.runner import MOST_ITEMS
from hub_sync.hub.domains.participants.service import NewParticipant
from hub_sync.hub.kit.db.database import WAL_PAGES, WRITER_CACHE_KIB

_FIELDS = ("external_id", "first_name", "last_name", "email", "phone", "registration_code", "category")
"""Of the bench's file, in the order of its columns; the last column is a further detail."""


def write_rows(database: Path) -> float:
    """Return the seconds in which `executemany` writes the participants of a hub into an empty table, and nothing besides.

    The table has the same columns and indexes, the database the same settings (WAL, `synchronous = FULL`, cache), and a
    transaction as many rows as a bulk operation reads at once. Not in it: items and their marks, ids, search texts, screens.
    """
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as hub:
        schema = hub.execute(
            "SELECT sql FROM sqlite_master WHERE tbl_name = 'participants' AND type IN ('table', 'index') "
            "AND sql IS NOT NULL ORDER BY type DESC"
        ).fetchall()
        rows = hub.execute("SELECT * FROM participants").fetchall()
    with closing(sqlite3.connect(database.with_name("reference.db"), isolation_level=None)) as reference:
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",
            f"cache_size = -{WRITER_CACHE_KIB}",
            f"wal_autocheckpoint = {WAL_PAGES}",
        ):
            reference.execute(f"PRAGMA {pragma}")
        for (statement,) in schema:
            reference.execute(statement)
        insert = f"INSERT INTO participants VALUES ({', '.join('?' * len(rows[0]))})"  # noqa: S608 - marks only
        started = time.perf_counter()
        for first in range(0, len(rows), MOST_ITEMS):
            reference.execute("BEGIN IMMEDIATE")
            reference.executemany(insert, rows[first : first + MOST_ITEMS])
            reference.execute("COMMIT")
        return round(time.perf_counter() - started, 2)


def validate_rows(content: bytes) -> float:
    """Return the seconds in which `csv` reads the bench's file and pydantic validates each row as a registration.

    Not in it: upload, child process, storage of the file and its rows, phone numbers, codes, who is registered already, the preview.
    """
    started = time.perf_counter()
    lines = csv.reader(io.StringIO(content.decode(), newline=""), delimiter=";")
    *_, detail = next(lines)
    for *cells, text in lines:
        NewParticipant.model_validate(dict(zip(_FIELDS, cells, strict=True), extra={detail: text}))
    return round(time.perf_counter() - started, 2)
