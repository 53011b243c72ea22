"""The exact texts of a journal's rows, as they were hashed, compressed: one row of the database a push."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, cast

import orjson
import zstandard
from sqlalchemy import Table, insert, select

from hub_sync.contract.sync import PushItem
from hub_sync.hub.domains.sync.schemas import StationIdentity
from hub_sync.hub.domains.sync.tables import JournalSegment
from hub_sync.hub.kit.db import pending_writes
from hub_sync.hub.kit.db.unit_of_work import Work

StoredRow = tuple[int, str, str | None]
"""Sequence, hash and body; no body: the station set the row aside."""
_INSERT = insert(cast("Table", JournalSegment.__table__))
_MOST_BYTES = 64 * 1024 * 1024


def add_segments(work: Work, pushed: Iterable[tuple[StationIdentity, str, Sequence[PushItem]]]) -> None:
    """Store the new rows of pushes (station, id of its journal, rows), before the commit."""
    segments = [_segment(work, *push) for push in pushed if push[2]]
    if segments:
        pending_writes.add(work.session, lambda connection: connection.execute(_INSERT, segments))


def _segment(
    work: Work, station: StationIdentity, journal_id: str, items: Sequence[PushItem]
) -> dict[str, Any]:
    rows: list[StoredRow] = [
        (item.sequence, item.hash, None if item.set_aside is not None else item.body) for item in items
    ]
    return {
        "tenant_id": station.tenant_id,
        "id": work.new_id(),
        "device_id": station.id,
        "journal_id": journal_id,
        "first_sequence": items[0].sequence,
        "last_sequence": items[-1].sequence,
        "content": zstandard.compress(orjson.dumps(rows)),
        **work.timestamps(),
    }


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
