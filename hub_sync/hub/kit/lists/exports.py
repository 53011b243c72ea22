"""The whole of a list as a file: what the list's filters choose, read from one snapshot while it is sent.

AUDIT = {"row": AuditLog, "schema": AuditEntryOut, …}          # as `Listing` takes it
LIST, EXPORT = Listing(**AUDIT), Export(**AUDIT)

@router.get(".csv", permissions="audit:read", listing=EXPORT, responses=export_responses("text/csv"))
def export(call: Call, query: Annotated[ListQuery, Depends(EXPORT.parse_query)]) -> Response:
    rows = EXPORT.rows(call.hub.uow, query, select(…))
    return attachment_response(csv_export.csv_chunks(COLUMNS, rows), csv_export.MEDIA_TYPE, "audit-log.csv", call.headers)
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from fastapi import Request
from sqlalchemy import Row, Select

from hub_sync.hub.kit.db.unit_of_work import UnitOfWork
from hub_sync.hub.kit.http.sse import TextStreamResponse
from hub_sync.hub.kit.lists.list_query import ListQuery, QueryInvalid
from hub_sync.hub.kit.lists.listing import Listing
from hub_sync.hub.kit.schemas import dump_json

JSON_LINES = "application/x-ndjson"
CHUNK_ROWS = 1_000
_OF_PARTS = frozenset({"limit", "page", "cursor", "fields", "expand"})
_PIECE = 64 * 1024


class Export(Listing):
    """A list that is taken away whole: it has the list's filters, search and order, and no pages."""

    async def parse_query(self, request: Request) -> ListQuery:
        """A dependency: the question, as a list's."""
        return _whole(await super().parse_query(request))

    async def parse_console_query(self, request: Request) -> ListQuery:
        """As `asked`, for a console page, whose own parameters are passed over, and those of the list's parts."""
        query = await super().parse_console_query(request)
        return replace(query, limit=0, page=None, cursor="")

    def parameters(self, *, of_list: bool) -> list[dict[str, Any]]:
        """The query parameters as the OpenAPI describes them."""
        return [one for one in super().parameters(of_list=of_list) if one["name"] not in _OF_PARTS]

    def rows(self, uow: UnitOfWork, query: ListQuery, statement: Select[Any]) -> Iterator[Row[Any]]:
        """Every row, in chunks from one snapshot, which is held until the last is read or the iterator closed."""
        statement = statement.where(*self._conditions(query))
        statement = statement.order_by(
            *[column.desc() if down else column for column, down in self._order(query)]
        )
        with uow.read() as work:
            found = work.session.execute(statement, execution_options={"yield_per": CHUNK_ROWS})
            for some in found.partitions():
                yield from some


def export_responses(media_type: str) -> dict[int | str, dict[str, Any]]:
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
        lines.append(dump_json(told) + b"\n")
        size += len(lines[-1])
        if size >= _PIECE:
            yield b"".join(lines)
            lines, size = [], 0
    yield b"".join(lines)


def attachment_response(
    pieces: Iterator[bytes], media_type: str, file_name: str, headers: Mapping[str, str] | None = None
) -> TextStreamResponse:
    """The file as an answer, to be kept under a name (plain ASCII)."""
    told = {
        "Content-Disposition": f'attachment; filename="{file_name}"',
        "Cache-Control": "no-store",
        "Vary": "Cookie, X-API-Key",
        "X-Content-Type-Options": "nosniff",
    }
    return TextStreamResponse(pieces, media_type, {**(headers or {}), **told})


def _whole(query: ListQuery) -> ListQuery:
    named = next((name for name, _ in query.parameters if name in _OF_PARTS), "")
    if not named or query.error is not None:
        return query
    return replace(query, error=QueryInvalid(f"This is the whole list; there is no “{named}” of it."))
