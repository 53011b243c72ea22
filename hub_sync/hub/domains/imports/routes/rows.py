"""The rows of an import over REST, and the refused ones as files."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import Response

from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.domains.imports import service as imports
from hub_sync.hub.domains.imports.access import ALSO, FLAG, MAY_IMPORT
from hub_sync.hub.domains.imports.errors import ImportNotFound, ImportNotReady
from hub_sync.hub.domains.imports.importable import ParsedRow
from hub_sync.hub.domains.imports.issues import SENTENCES, Cause, RowOutcome
from hub_sync.hub.domains.imports.preview import rejected
from hub_sync.hub.domains.imports.preview.rows import page_of
from hub_sync.hub.domains.imports.schemas import (
    ImportIssueResponse,
    ImportRowResponse,
    ImportRowsResponse,
)
from hub_sync.hub.kit.errors import fill_in
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.rest_router import Call, RestCall, RestRouter
from hub_sync.hub.kit.lists import csv_writer, xlsx_writer
from hub_sync.hub.kit.lists.exports import attachment_response, export_responses
from hub_sync.hub.kit.text_types import Id

router = RestRouter(prefix="/events/{event_id}/imports/{import_id}", tags=["imports"], flag=FLAG)

_MISSING = (EventNotFound, ImportNotFound)


@router.get(
    "/rows", permissions=MAY_IMPORT, also=ALSO, schema=ImportRowsResponse, errors=(*_MISSING, ImportNotReady)
)
def list_import_rows(
    call: Call,
    event_id: Id,
    import_id: Id,
    outcome: Annotated[RowOutcome | None, Query(description="Rows with this outcome only.")] = None,
    page: Annotated[int, Query(ge=1, le=100_000, description="The page, from 1.")] = 1,
    limit: Annotated[int, Query(ge=1, le=100, description="The rows of a page.")] = 50,
) -> Response:
    """List what would become of the rows, in the order of the file."""
    events.check_exists(call.work, call.tenant_id, event_id)
    draft = imports.get(call.work, FeedKey(call.tenant_id, event_id), import_id)
    if draft.summary is None:
        raise ImportNotReady
    result = page_of(call.work, draft, outcome, page, limit)
    rows = [_response(row) for row in result.rows]
    answer = ImportRowsResponse(total=result.total, page=page, pages=result.pages, rows=rows)
    return call.ok(answer)


@router.get(
    "/refused.csv",
    permissions=MAY_IMPORT,
    also=ALSO,
    errors=_MISSING,
    responses=export_responses("text/csv"),
    takes_long=True,
)
def export_refused_rows(call: Call, event_id: Id, import_id: Id) -> Response:
    """Export the refused rows as CSV, with their reasons and what the file has. It can be mended and sent again."""
    return _export(call, event_id, import_id, "csv")


@router.get(
    "/refused.xlsx",
    permissions=MAY_IMPORT,
    also=ALSO,
    errors=_MISSING,
    responses=export_responses(xlsx_writer.MEDIA_TYPE),
    takes_long=True,
)
def export_refused_rows_as_workbook(call: Call, event_id: Id, import_id: Id) -> Response:
    """Export the refused rows as an Excel workbook; see `refused.csv`."""
    return _export(call, event_id, import_id, "xlsx")


def _export(call: RestCall, event_id: str, import_id: str, kind: str) -> Response:
    events.check_exists(call.work, call.tenant_id, event_id)
    draft = imports.get(call.work, FeedKey(call.tenant_id, event_id), import_id)
    slot = call.hub.export_slots.take(call.caller)
    columns = rejected.columns(draft, "Line", "Reason")
    failed = imports.failed_rows(call.work, draft, rejected.problem_sentence)
    rows = rejected.rows(call.hub.uow, draft, str, sentence_of, failed)
    name = rejected.file_name(draft, kind)
    if kind == "csv":
        chunks = csv_writer.csv_chunks(columns, rows)
        return attachment_response(slot, chunks, csv_writer.MEDIA_TYPE, name, call.headers)
    pieces = xlsx_writer.xlsx_chunks(columns, rows, sheet="Refused")
    return attachment_response(slot, pieces, xlsx_writer.MEDIA_TYPE, name, call.headers)


def sentence_of(cause: str, parameters: Mapping[str, Any]) -> str:
    """Return a problem as an English sentence."""
    return fill_in(SENTENCES[Cause(cause)], parameters)


def _response(row: ParsedRow) -> ImportRowResponse:
    values = {name: value for name, value in row.values.items() if name != "code_normal"}
    return ImportRowResponse(
        line=row.line,
        outcome=row.outcome,
        participant_id=row.target_id,
        values=values,
        before=row.before,
        issues=[
            ImportIssueResponse(
                cause=issue.cause,
                field=issue.field,
                text=issue.text,
                is_error=issue.is_error,
                message=sentence_of(issue.cause.value, issue.parameters),
            )
            for issue in row.issues
        ],
    )
