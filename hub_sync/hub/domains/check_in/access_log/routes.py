"""The access log over REST: list, single rows, export as CSV and Excel."""

from collections.abc import Iterator
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode

from fastapi import Depends, Query, Request
from fastapi.responses import Response

from hub_sync.hub.domains.check_in.access_log import export_rows, repository
from hub_sync.hub.domains.check_in.errors import ScanNotFound
from hub_sync.hub.domains.check_in.lists import ACCESS_LOG, select_access_log
from hub_sync.hub.domains.check_in.schemas import AccessLogResponse
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_READ
from hub_sync.hub.domains.participants.redaction import conceal_text
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.export_slots import ExportRunning
from hub_sync.hub.kit.http.rest_router import Call, RestCall, RestRouter
from hub_sync.hub.kit.lists import csv_writer, exports, xlsx_writer
from hub_sync.hub.kit.lists.query_parameters import ParameterUnknown
from hub_sync.hub.kit.lists.result_pages import FieldSelection, ListQuery
from hub_sync.hub.kit.text_types import Id

router = RestRouter(prefix="/events/{event_id}", tags=["check-in"])

_CSV = {200: {"description": "The rows.", "content": {"text/csv": {"schema": {"type": "string"}}}}}
_XLSX = {
    200: {"description": "The rows.", "content": {xlsx_writer.MEDIA_TYPE: {"schema": {"type": "string"}}}}
}
_FILTERS: list[dict[str, Any]] = [term.parameter() for term in ACCESS_LOG.specification.filters.values()]


@router.get("/access-logs", permissions="access-logs:read", listing=ACCESS_LOG, errors=(EventNotFound,))
def list_scans(
    call: Call, event_id: Id, query: Annotated[ListQuery, Depends(ACCESS_LOG.parse_query)]
) -> Response:
    """List the access log, the latest scan first. With `expand` the names of checkpoint and participant.

    Without `participants:read`, “…” stands for the reason of an override, which may hold a name.
    """
    events.get(call.work, call.tenant_id, event_id)
    rows = select_access_log(call.tenant_id, event_id)
    return ACCESS_LOG.list_response(call, query, rows, conceal_text(call.caller, "override_reason"))


@router.get(
    "/access-logs/{access_log_id}",
    permissions="access-logs:read",
    schema=AccessLogResponse,
    listing=ACCESS_LOG,
    errors=(EventNotFound, ScanNotFound),
)
def get_scan(
    call: Call,
    event_id: Id,
    access_log_id: Id,
    selection: Annotated[FieldSelection, Depends(ACCESS_LOG.parse_selection)],
) -> Response:
    """Return one row of the access log. Without `participants:read`, “…” stands for the reason of an override."""
    events.get(call.work, call.tenant_id, event_id)
    row = repository.get_scan(call.work, call.tenant_id, event_id, access_log_id)
    return ACCESS_LOG.item_response(call, selection, row, conceal_text(call.caller, "override_reason"))


async def _filtered(request: Request) -> ListQuery:
    """Parse the list's filters without its paging: the export has all rows."""
    pairs = parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
    filter_pairs = [pair for pair in pairs if pair[0] != "bom"]
    unknown = [name for name, _ in filter_pairs if name not in ACCESS_LOG.specification.filters]
    if unknown:
        return ListQuery(error=ParameterUnknown(parameter=unknown[0][:40]))
    return ACCESS_LOG.specification.parse_list(urlencode(filter_pairs).encode(), request.scope["path"])


@router.get(
    "/access-logs.csv",
    permissions="access-logs:read",
    errors=(EventNotFound, ExportRunning),
    responses=_CSV,
    parameters=_FILTERS,
    takes_long=True,
)
def export_log(
    call: Call,
    event_id: Id,
    query: Annotated[ListQuery, Depends(_filtered)],
    bom: Annotated[bool, Query(description="True to begin the file with a byte order mark.")] = False,
) -> Response:
    """Export the access log as CSV (RFC 4180, UTF-8) in the order of time, from one snapshot, however long it is.

    Takes the list's filters. A text that a spreadsheet would run as a formula has an apostrophe before it. Names and
    the reasons of overrides are in it if the caller holds `participants:read`.
    """
    rows = _rows(call, event_id, query)
    pieces = csv_writer.csv_chunks(export_rows.HEADER, rows, bom=bom)
    name = _file_name(call, event_id, "csv")
    slot = call.hub.export_slots.take(call.caller)
    return exports.attachment_response(slot, pieces, csv_writer.MEDIA_TYPE, name, call.headers)


@router.get(
    "/access-logs.xlsx",
    permissions="access-logs:read",
    errors=(EventNotFound, ExportRunning),
    responses=_XLSX,
    parameters=_FILTERS,
    takes_long=True,
)
def export_workbook(call: Call, event_id: Id, query: Annotated[ListQuery, Depends(_filtered)]) -> Response:
    """Export the access log as an Excel workbook, with the rows and the filters of the CSV export.

    A sheet has 1,048,575 rows; the rest is on further sheets. No cell is a formula.
    """
    pieces = xlsx_writer.xlsx_chunks(
        export_rows.HEADER, _rows(call, event_id, query), sheet=export_rows.SHEET
    )
    name = _file_name(call, event_id, "xlsx")
    slot = call.hub.export_slots.take(call.caller)
    return exports.attachment_response(slot, pieces, xlsx_writer.MEDIA_TYPE, name, call.headers)


def _rows(call: RestCall, event_id: str, query: ListQuery) -> Iterator[tuple[Any, ...]]:
    query.raise_if_invalid()
    key = FeedKey(call.tenant_id, event_id)
    events.get(call.work, *key)
    where = [term.condition(values) for term, values in query.conditions]
    with_names = call.caller.has_permission(PARTICIPANTS_READ)
    return export_rows.rows(call.hub.uow, key, where, with_names=with_names)


def _file_name(call: RestCall, event_id: str, ending: str) -> str:
    event = events.get(call.work, call.tenant_id, event_id)
    return export_rows.file_name(event.slug, call.work.now(), event.time_zone, ending)
