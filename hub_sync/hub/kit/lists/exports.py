"""The whole of a list as a file: what the list's filters choose, read from one snapshot while it is sent.

AUDIT = {"row": AuditLog, "shape": AuditEntryOut, …}          # as `Listing` takes it
LIST, EXPORT = Listing(**AUDIT), Export(**AUDIT)

@router.get(".csv", needs="audit:read", listing=EXPORT, responses=EXPORT.describes("text/csv"))
def export(call: Call, asked: Annotated[ListAsked, Depends(EXPORT.asked)]) -> Response:
    rows = EXPORT.rows(call.hub.uow, asked, select(…))
    return sent_as(csv_export.pieces(COLUMNS, rows), csv_export.MEDIA_TYPE, "audit-log.csv", call.headers)
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from fastapi import Request
from sqlalchemy import Row, Select

from hub_sync.hub.kit.db.unit_of_work import UnitOfWork
from hub_sync.hub.kit.http.sse import LongText
from hub_sync.hub.kit.lists.list_query import ListAsked, QueryInvalid
from hub_sync.hub.kit.lists.listing import Listing
from hub_sync.hub.kit.schemas import to_json

JSON_LINES = "application/x-ndjson"
CHUNK_ROWS = 1_000
_OF_PARTS = frozenset({"limit", "page", "cursor", "fields", "expand"})
_PIECE = 64 * 1024


class Export(Listing):
    """A list that is taken away whole: it has the list's filters, search and order, and no pages."""

    async def asked(self, request: Request) -> ListAsked:
        """A dependency: the question, as a list's."""
        return _whole(await super().asked(request))

    async def asked_by_page(self, request: Request) -> ListAsked:
        """As `asked`, for a console page, whose own parameters are passed over, and those of the list's parts."""
        asked = await super().asked_by_page(request)
        return replace(asked, limit=0, page=None, cursor="")

    def parameters(self, *, of_list: bool) -> list[dict[str, Any]]:
        """The query parameters as the OpenAPI describes them."""
        return [one for one in super().parameters(of_list=of_list) if one["name"] not in _OF_PARTS]

    def rows(self, uow: UnitOfWork, asked: ListAsked, query: Select[Any]) -> Iterator[Row[Any]]:
        """Every row, in chunks from one snapshot, which is held until the last is read or the iterator closed."""
        query = query.where(*self._conditions(asked))
        query = query.order_by(*[column.desc() if down else column for column, down in self._order(asked)])
        with uow.read() as work:
            found = work.session.execute(query, execution_options={"yield_per": CHUNK_ROWS})
            for some in found.partitions():
                yield from some


def describes(media_type: str) -> dict[int | str, dict[str, Any]]:
    """The answer of an export, for the OpenAPI."""
    return {
        200: {
            "description": "The whole of what was asked for, as it stood at one moment.",
            "content": {media_type: {"schema": {"type": "string"}}},
        }
    }


def json_lines(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """An object a line, some 64 KiB at a time."""
    lines: list[bytes] = []
    size = 0
    for row in rows:
        told = dict(zip(columns, row, strict=True))
        lines.append(to_json(told) + b"\n")
        size += len(lines[-1])
        if size >= _PIECE:
            yield b"".join(lines)
            lines, size = [], 0
    yield b"".join(lines)


def sent_as(
    pieces: Iterator[bytes], media_type: str, file_name: str, headers: Mapping[str, str] | None = None
) -> LongText:
    """The file as an answer, to be kept under a name (plain ASCII)."""
    told = {
        "Content-Disposition": f'attachment; filename="{file_name}"',
        "Cache-Control": "no-store",
        "Vary": "Cookie, X-API-Key",
        "X-Content-Type-Options": "nosniff",
    }
    return LongText(pieces, media_type, {**(headers or {}), **told})


def _whole(asked: ListAsked) -> ListAsked:
    named = next((name for name, _ in asked.query if name in _OF_PARTS), "")
    if not named or asked.refusal is not None:
        return asked
    return replace(asked, refusal=QueryInvalid(f"This is the whole list; there is no “{named}” of it."))
