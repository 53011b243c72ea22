"""REST routes of the audit log: read and export. No route changes it."""

from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response

from hub_sync.hub.domains.audit import queries
from hub_sync.hub.domains.audit.errors import AuditEntryNotFound
from hub_sync.hub.domains.audit.manifest import AUDIT_READ
from hub_sync.hub.domains.audit.queries import AUDIT, EXPORT
from hub_sync.hub.domains.audit.redaction import conceal_entry, conceal_rows
from hub_sync.hub.domains.audit.schemas import AuditEntryResponse
from hub_sync.hub.kit.http.rest_router import Call, RestRouter
from hub_sync.hub.kit.lists import csv_writer, exports, xlsx_writer
from hub_sync.hub.kit.lists.query_parameters import FieldSelection, ListQuery
from hub_sync.hub.kit.text_types import Id

router = RestRouter(prefix="/audit-logs", tags=["audit"])

AuditQuery = Annotated[ListQuery, Depends(AUDIT.parse_query)]
ExportQuery = Annotated[ListQuery, Depends(EXPORT.parse_query)]


@router.get("", permissions=AUDIT_READ, listing=AUDIT, summary="List audit entries")
def list_entries(call: Call, query: AuditQuery) -> Response:
    """List audit entries, newest first. Without `participants:read`, “…” stands for names, addresses and codes of people."""
    statement = queries.of_tenant(call.tenant_id)
    return AUDIT.list_response(call, query, statement, conceal_entry(call.caller))


@router.get(
    ".csv",
    permissions=AUDIT_READ,
    listing=EXPORT,
    responses=exports.export_responses("text/csv"),
    summary="Export audit entries as CSV",
    takes_long=True,
)
def export_csv(call: Call, query: ExportQuery) -> Response:
    """Export the filtered entries as CSV; spreadsheets run no cell of it as a formula."""
    rows = conceal_rows(call.caller, queries.COLUMNS, queries.rows(call.hub.uow, call.tenant_id, query))
    pieces = csv_writer.csv_chunks(queries.COLUMNS, rows)
    slot = call.hub.export_slots.take(call.caller)
    return exports.attachment_response(slot, pieces, csv_writer.MEDIA_TYPE, "audit-log.csv", call.headers)


@router.get(
    ".xlsx",
    permissions=AUDIT_READ,
    listing=EXPORT,
    responses=exports.export_responses(xlsx_writer.MEDIA_TYPE),
    summary="Export audit entries as a workbook",
    takes_long=True,
)
def export_xlsx(call: Call, query: ExportQuery) -> Response:
    """Export the filtered entries as an Excel workbook; all texts are texts."""
    rows = conceal_rows(call.caller, queries.COLUMNS, queries.rows(call.hub.uow, call.tenant_id, query))
    pieces = xlsx_writer.xlsx_chunks(queries.COLUMNS, rows, sheet="Audit log")
    slot = call.hub.export_slots.take(call.caller)
    return exports.attachment_response(slot, pieces, xlsx_writer.MEDIA_TYPE, "audit-log.xlsx", call.headers)


@router.get(
    ".jsonl",
    permissions=AUDIT_READ,
    listing=EXPORT,
    responses=exports.export_responses(exports.JSON_LINES),
    summary="Export audit entries as JSON lines",
    takes_long=True,
)
def export_jsonl(call: Call, query: ExportQuery) -> Response:
    """Export the filtered entries as JSON lines, one object per line."""
    rows = conceal_rows(call.caller, queries.COLUMNS, queries.rows(call.hub.uow, call.tenant_id, query))
    pieces = exports.json_lines(queries.COLUMNS, rows)
    slot = call.hub.export_slots.take(call.caller)
    return exports.attachment_response(slot, pieces, exports.JSON_LINES, "audit-log.jsonl", call.headers)


@router.get(
    "/{entry_id}",
    permissions=AUDIT_READ,
    listing=AUDIT,
    schema=AuditEntryResponse,
    errors=(AuditEntryNotFound,),
    summary="Read one audit entry",
)
def get_entry(
    call: Call, entry_id: Id, selection: Annotated[FieldSelection, Depends(AUDIT.parse_selection)]
) -> Response:
    """Return one entry with the values before and after."""
    entry = queries.get(call.work, call.tenant_id, entry_id)
    return AUDIT.item_response(call, selection, entry, conceal_entry(call.caller))
