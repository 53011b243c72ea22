"""Export a whole list as a file: the rows that its filters select, read from one snapshot while they are sent.

AUDIT = {"row": AuditLog, "schema": AuditEntryResponse, …}          # as `Listing` takes it
LIST, EXPORT = Listing(**AUDIT), Export(**AUDIT)

@router.get(".csv", permissions="audit:read", listing=EXPORT, responses=export_responses("text/csv"))
def export(call: Call, query: Annotated[ListQuery, Depends(EXPORT.parse_query)]) -> Response:
    rows = EXPORT.rows(call.hub.uow, query, select(…))
    slot = call.hub.export_slots.take(call.caller)
    return attachment_response(
        slot, csv_writer.csv_chunks(COLUMNS, rows), csv_writer.MEDIA_TYPE, "audit-log.csv", call.headers
    )
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from fastapi import Request
from sqlalchemy import Row, Select

from hub_sync.hub.kit.db.unit_of_work import UnitOfWork
from hub_sync.hub.kit.http.export_slots import ExportSlot
from hub_sync.hub.kit.http.sse import TextStreamResponse
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.lists.query_parameters import ListQuery, QueryInvalid
from hub_sync.hub.kit.lists.result_pages import Listing
from hub_sync.hub.kit.schemas import dump_json

JSON_LINES = "application/x-ndjson"
CHUNK_ROWS = 1_000
_PAGE_PARAMETERS = frozenset({"limit", "page", "cursor", "fields", "expand"})
_CHUNK_BYTES = 64 * 1024


class ExportHasNoPages(QueryInvalid, variant=True):
    """An export is the whole list."""

    template = N_("An export has all rows; it takes no “%(parameter)s”.")


class Export(Listing):
    """A list that is exported whole: it has the list's filters, search and order, and no pages."""

    async def parse_query(self, request: Request) -> ListQuery:
        """Parse as a list does, without the parameters of pages."""
        return _reject_page_parameters(await super().parse_query(request))

    async def parse_console_query(self, request: Request) -> ListQuery:
        """Parse for a console page: ignore the page's own parameters and those of the list's pages."""
        query = await super().parse_console_query(request)
        return replace(query, limit=0, page=None, cursor="")

    def parameters(self, *, of_list: bool) -> list[dict[str, Any]]:
        """Return the query parameters as OpenAPI describes them."""
        return [
            parameter
            for parameter in super().parameters(of_list=of_list)
            if parameter["name"] not in _PAGE_PARAMETERS
        ]

    def rows(self, uow: UnitOfWork, query: ListQuery, statement: Select[Any]) -> Iterator[Row[Any]]:
        """Return every row, in chunks from one snapshot, which is held until the iterator ends or is closed.

        Raises:
            BadRequest: 400, an invalid query parameter; at once, as a response that has begun can't become a refusal.
        """
        query.raise_if_invalid()
        statement = statement.where(*self._conditions(query))
        statement = statement.order_by(
            *[column.desc() if down else column for column, down in self._order(query)]
        )
        return _read(uow, statement)


def _read(uow: UnitOfWork, statement: Select[Any]) -> Iterator[Row[Any]]:
    with uow.read() as work:
        result = work.session.execute(statement, execution_options={"yield_per": CHUNK_ROWS})
        for chunk in result.partitions():
            yield from chunk


def export_responses(media_type: str) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI responses of an export."""
    return {
        200: {
            "description": "All selected rows, from one snapshot.",
            "content": {media_type: {"schema": {"type": "string"}}},
        }
    }


def json_lines(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """Yield one JSON object per line, in chunks of about 64 KiB."""
    lines: list[bytes] = []
    size = 0
    for row in rows:
        lines.append(dump_json(dict(zip(columns, row, strict=True))) + b"\n")
        size += len(lines[-1])
        if size >= _CHUNK_BYTES:
            yield b"".join(lines)
            lines, size = [], 0
    yield b"".join(lines)


def attachment_response(
    slot: ExportSlot,
    pieces: Iterator[bytes],
    media_type: str,
    file_name: str,
    headers: Mapping[str, str] | None = None,
) -> TextStreamResponse:
    """Return a response that browsers save under a file name (plain ASCII); `slot` is held until it is sent."""
    own_headers = {
        "Content-Disposition": f'attachment; filename="{file_name}"',
        "Cache-Control": "no-store",
        "Vary": "Cookie, X-API-Key",
        "X-Content-Type-Options": "nosniff",
    }
    return TextStreamResponse(slot.hold(pieces), media_type, {**(headers or {}), **own_headers})


def _reject_page_parameters(query: ListQuery) -> ListQuery:
    parameter = next((name for name, _ in query.parameters if name in _PAGE_PARAMETERS), "")
    if not parameter or query.error is not None:
        return query
    return replace(query, error=ExportHasNoPages(parameter=parameter))
