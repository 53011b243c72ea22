"""The exact texts of a journal's rows, as they were hashed, compressed: one row of the database a push."""

from collections.abc import Iterator, Sequence
from typing import cast

import orjson
import zstandard
from sqlalchemy import Table, insert, select

from hub_sync.contract.sync import PushItem
from hub_sync.hub.domains.sync.schemas import StationIdentity
from hub_sync.hub.domains.sync.tables import JournalSegment
from hub_sync.hub.kit.db.unit_of_work import Work

StoredRow = tuple[int, str, str | None]
"""Sequence, hash and body; no body: the station set the row aside."""
_INSERT = insert(cast("Table", JournalSegment.__table__))
_MOST_BYTES = 64 * 1024 * 1024


def add_segment(work: Work, station: StationIdentity, journal_id: str, items: Sequence[PushItem]) -> None:
    """Store the new rows of a push, before the commit."""
    if not items:
        return
    rows: list[StoredRow] = [
        (item.sequence, item.hash, None if item.set_aside is not None else item.body) for item in items
    ]
    segment = {
        "tenant_id": station.tenant_id,
        "id": work.new_id(),
        "device_id": station.id,
        "journal_id": journal_id,
        "first_sequence": items[0].sequence,
        "last_sequence": items[-1].sequence,
        "content": zstandard.compress(orjson.dumps(rows)),
    }
    work.write_later(_INSERT, segment | work.timestamps())


def rows_of(work: Work, tenant_id: str, device_id: str, journal_id: str) -> Iterator[StoredRow]:
    """Yield the stored rows of a journal in order; those of one push are in memory at a time."""
    s = JournalSegment
    query = (
        select(s.content)
        .where(s.tenant_id == tenant_id, s.device_id == device_id, s.journal_id == journal_id)
        .order_by(s.first_sequence)
        .execution_options(yield_per=8)
    )
    for content in work.session.scalars(query):
        yield from _load(content)


def find_hash(work: Work, tenant_id: str, device_id: str, journal_id: str, sequence: int) -> str | None:
    """Return the hash of a row, None if no segment has it."""
    s = JournalSegment
    query = (
        select(s.content)
        .where(
            s.tenant_id == tenant_id,
            s.device_id == device_id,
            s.journal_id == journal_id,
            s.first_sequence <= sequence,
        )
        .order_by(s.first_sequence.desc())
        .limit(1)
    )
    content = work.session.scalar(query)
    rows = [] if content is None else _load(content)
    return next((digest for number, digest, _ in rows if number == sequence), None)


def _load(content: bytes) -> list[StoredRow]:
    rows: list[StoredRow] = orjson.loads(zstandard.decompress(content, max_output_size=_MOST_BYTES))
    return rows
