"""Store imports: the row, the file in compressed pieces, and its rows by the thousand."""

import tempfile
import zlib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, BinaryIO, cast

from sqlalchemy import Select, Table, bindparam, delete, or_, select, update

from hub_sync.hub.domains.imports.errors import ImportNotFound
from hub_sync.hub.domains.imports.tables import Import, ImportChunk, ImportFile, ImportStage
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.table_files.process import RowChunk

LIFETIME = timedelta(days=30)
"""Imports that nobody touched for so long lose file and rows: these are personal data."""
_PIECE = 1024 * 1024
_LEVEL = 1
_FILES = cast("Table", ImportFile.__table__)
_CHUNKS = cast("Table", ImportChunk.__table__)


def compress_file(file: BinaryIO) -> list[bytes]:
    """Return the pieces of a file as they are stored."""
    file.seek(0)
    pieces = []
    while piece := file.read(_PIECE):
        pieces.append(zlib.compress(piece, _LEVEL))
    return pieces


def store_file(work: Work, draft: Import, pieces: Sequence[bytes]) -> None:
    """Store the pieces of a file."""
    rows = [
        {"id": work.new_id(), "position": position, "content": content}
        for position, content in enumerate(pieces)
    ]
    for row in rows:
        work.session.execute(_FILES.insert(), row | _shared(work, draft))


def open_file(work: Work, draft: Import) -> BinaryIO:
    """Return the stored file as a temporary file of the system."""
    file = cast("BinaryIO", tempfile.TemporaryFile())  # noqa: SIM115 - its taker closes it
    query = (
        select(_FILES.c.content)
        .where(_FILES.c.tenant_id == draft.tenant_id, _FILES.c.import_id == draft.id)
        .order_by(_FILES.c.position)
    )
    for content in work.session.scalars(query.execution_options(yield_per=4)):
        file.write(zlib.decompress(content))
    file.flush()
    return file


def replace_chunks(work: Work, draft: Import, chunks: Sequence[RowChunk]) -> None:
    """Store the rows of the file in place of those that were read before."""
    in_draft = (_CHUNKS.c.tenant_id == draft.tenant_id, _CHUNKS.c.import_id == draft.id)
    work.session.execute(delete(_CHUNKS).where(*in_draft))
    rows = [
        {
            "id": work.new_id(),
            "position": position,
            "first_line": chunk.first_line,
            "rows": chunk.rows,
            "cells": chunk.content,
            "plan": None,
            "counts": None,
        }
        for position, chunk in enumerate(chunks)
    ]
    if rows:
        work.session.execute(_CHUNKS.insert(), [row | _shared(work, draft) for row in rows])


def store_plans(work: Work, draft: Import, plans: Sequence[tuple[str, bytes, Mapping[str, int]]]) -> None:
    """Store (id of the chunk, plan, counts) of the chunks of an import."""
    statement = (
        update(_CHUNKS)
        .where(_CHUNKS.c.tenant_id == draft.tenant_id, _CHUNKS.c.id == bindparam("chunk"))
        .values(plan=bindparam("new_plan"), counts=bindparam("new_counts"), updated_at=work.now())
    )
    rows = [{"chunk": id_, "new_plan": plan, "new_counts": dict(counts)} for id_, plan, counts in plans]
    if rows:
        work.session.connection().execute(statement, rows)


def chunks_of(work: Work, draft: Import) -> Sequence[Any]:
    """Return id, position, first_line, rows and counts of the chunks of an import, in their order."""
    query = (
        select(_CHUNKS.c.id, _CHUNKS.c.position, _CHUNKS.c.first_line, _CHUNKS.c.rows, _CHUNKS.c.counts)
        .where(_CHUNKS.c.tenant_id == draft.tenant_id, _CHUNKS.c.import_id == draft.id)
        .order_by(_CHUNKS.c.position)
    )
    return work.session.execute(query).all()


def read_cells(work: Work, draft: Import, position: int) -> bytes:
    """Return the stored cells of a chunk."""
    return _column(work, draft, position, _CHUNKS.c.cells) or b""


def read_plan(work: Work, draft: Import, position: int) -> bytes | None:
    """Return the stored plan of a chunk; None: there is none yet."""
    return _column(work, draft, position, _CHUNKS.c.plan)


def first_cells(work: Work, draft: Import) -> bytes:
    """Return the stored cells of the first chunk."""
    return read_cells(work, draft, 0)


def get(work: Work, key: FeedKey, import_id: str) -> Import:
    """Return an import of an event.

    Raises:
        ImportNotFound: 404.
    """
    draft = work.session.get(Import, (key.tenant_id, import_id))
    if draft is None or draft.event_id != key.event_id:
        raise ImportNotFound
    return draft


def get_for_update(work: Work, key: FeedKey, import_id: str) -> Import:
    """Return an import, locked until the transaction ends.

    Raises:
        ImportNotFound: 404.
    """
    draft = work.session.get(Import, (key.tenant_id, import_id), with_for_update=True, populate_existing=True)
    if draft is None or draft.event_id != key.event_id:
        raise ImportNotFound
    return draft


def of_event(key: FeedKey) -> Select[Import]:
    """Return the query of an event's imports."""
    return select(Import).where(Import.tenant_id == key.tenant_id, Import.event_id == key.event_id)


def delete_import(work: Work, draft: Import) -> None:
    """Delete an import with its file and rows."""
    _drop_parts(work, draft.tenant_id, [draft.id])
    work.session.delete(draft)
    work.session.flush()


def sweep(work: Work, tenant_id: str) -> None:
    """Delete what nobody touched for `LIFETIME`: imports that were not started, and file and rows of the others."""
    old = (Import.tenant_id == tenant_id, Import.updated_at < work.now() - LIFETIME)
    ids = list(work.session.scalars(select(Import.id).where(*old)))
    if not ids:
        return
    _drop_parts(work, tenant_id, ids)
    work.session.execute(
        delete(Import).where(*old, or_(Import.stage != ImportStage.STARTED, Import.operation_id.is_(None)))
    )


def _drop_parts(work: Work, tenant_id: str, ids: Sequence[str]) -> None:
    for table in (_CHUNKS, _FILES):
        work.session.execute(delete(table).where(table.c.tenant_id == tenant_id, table.c.import_id.in_(ids)))


def _shared(work: Work, draft: Import) -> dict[str, object]:
    return {"tenant_id": draft.tenant_id, "import_id": draft.id, **work.timestamps()}


def _column(work: Work, draft: Import, position: int, column: object) -> bytes | None:
    query = select(column).where(  # type: ignore[call-overload]
        _CHUNKS.c.tenant_id == draft.tenant_id,
        _CHUNKS.c.import_id == draft.id,
        _CHUNKS.c.position == position,
    )
    content: bytes | None = work.session.scalar(query)
    return content
