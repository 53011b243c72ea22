"""The audit log over REST: read, and taken away as a file. Nothing changes it."""

from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response

from hub_sync.hub.domains.audit import queries
from hub_sync.hub.domains.audit.errors import AuditEntryNotFound
from hub_sync.hub.domains.audit.queries import AUDIT, EXPORT
from hub_sync.hub.domains.audit.schemas import AuditEntryResponse
from hub_sync.hub.kit.http.rest_router import Call, RestRouter
from hub_sync.hub.kit.lists import csv_export, exports
from hub_sync.hub.kit.lists.list_query import Chosen, ListAsked
from hub_sync.hub.kit.text_types import Id

READS = "audit:read"
router = RestRouter(prefix="/audit-logs", tags=["audit"])

Asked = Annotated[ListAsked, Depends(AUDIT.asked)]
AskedWhole = Annotated[ListAsked, Depends(EXPORT.asked)]


@router.get("", needs=READS, listing=AUDIT, summary="List audit entries")
def list_entries(call: Call, asked: Asked) -> Response:
    """Who did what, newest first."""
    return AUDIT.answer(call, asked, queries.of_tenant(call.tenant_id))


@router.get(
    ".csv",
    needs=READS,
    listing=EXPORT,
    responses=exports.describes("text/csv"),
    summary="Export audit entries as CSV",
)
def export_csv(call: Call, asked: AskedWhole) -> Response:
    """The whole of what the filters choose, for a spreadsheet; nothing in it runs as a formula."""
    rows = queries.rows(call.hub.uow, call.tenant_id, asked)
    pieces = csv_export.pieces(queries.COLUMNS, rows)
    return exports.sent_as(pieces, csv_export.MEDIA_TYPE, "audit-log.csv", call.headers)


@router.get(
    ".jsonl",
    needs=READS,
    listing=EXPORT,
    responses=exports.describes(exports.JSON_LINES),
    summary="Export audit entries as JSON lines",
)
def export_jsonl(call: Call, asked: AskedWhole) -> Response:
    """The whole of what the filters choose, an object a line, for programs."""
    rows = queries.rows(call.hub.uow, call.tenant_id, asked)
    pieces = exports.json_lines(queries.COLUMNS, rows)
    return exports.sent_as(pieces, exports.JSON_LINES, "audit-log.jsonl", call.headers)


@router.get(
    "/{entry_id}",
    needs=READS,
    listing=AUDIT,
    shape=AuditEntryResponse,
    refuses=(AuditEntryNotFound,),
    summary="Read one audit entry",
)
def get_entry(call: Call, entry_id: Id, chosen: Annotated[Chosen, Depends(AUDIT.chosen)]) -> Response:
    """One change, with before and after."""
    return AUDIT.answer_one(call, chosen, queries.get(call.work, call.tenant_id, entry_id))
