"""The console's pages of the access log: list, one scan, export."""

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import Depends
from fastapi.responses import Response

from hub_sync.contract.clock import from_epoch_ms
from hub_sync.contract.enums import ReasonCode
from hub_sync.hub.console import N_, Page, PageCall, PageRouter, _
from hub_sync.hub.console.security.headers import secured
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.check_in.lists import ACCESS_LOG, select_access_log
from hub_sync.hub.domains.check_in.manifest import (
    ACCESS_LOGS_READ,
    CHECKPOINT_DIRECTIONS,
    PASSAGE_CAUSES,
    PASSAGES,
    SHORT_REASONS,
)
from hub_sync.hub.domains.check_in.service import Outcome, ScannedBy
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.overview import live_updates
from hub_sync.hub.domains.overview.access_log import detail, passage_pages
from hub_sync.hub.domains.overview.access_log.filters import LogFilters, read_filters
from hub_sync.hub.domains.overview.access_log.names import person_names
from hub_sync.hub.domains.overview.errors import FiltersInvalid
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_READ
from hub_sync.hub.kit.domain.audit_actions import WITHHELD
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.routing import include_routes
from hub_sync.hub.kit.lists import csv_writer, exports, xlsx_writer
from hub_sync.hub.kit.lists.pagination import Cursors
from hub_sync.hub.kit.lists.query_parameters import ListQuery
from hub_sync.hub.kit.text_types import Id
from hub_sync.rules.text_normalization import whole_number

PATH = "/events/{event_id}/access-log"
MOST_NEW = 1_000
"""The page counts at most so many new scans."""
MOST_ROWS = 2**63 - 1
"""The highest number of a row."""
OUTCOMES: dict[Outcome, str] = {
    Outcome.ADMITTED: N_("Let in or out"),
    Outcome.REFUSED: N_("Refused"),
    Outcome.OVERRIDDEN: N_("Overrides only"),
}

router = PageRouter()
LogQuery = Annotated[ListQuery, Depends(ACCESS_LOG.parse_console_query)]


@router.get(PATH, permissions=ACCESS_LOGS_READ)
def list_scans(page: PageCall, event_id: Id, query: LogQuery) -> Response:
    """List the access log, the latest scan first. For the script with `since`: how many rows are new."""
    event = events.get(page.work, page.tenant_id, event_id)
    key = FeedKey(page.tenant_id, event_id)
    query.raise_if_invalid()
    filters = read_filters(page, page.work, event, query)
    position = check_in.log_position(page.work, key)
    since = whole_number(page.request.query_params.get("since", ""), MOST_ROWS)
    if since is not None:
        where = [*filters.conditions, *_conditions(query)]
        new = check_in.count_since(page.work, key, min(since, position), where, MOST_NEW)
        return page.render("access_log/news.html", event=event, new=new, most=MOST_NEW)
    page.errors, page.status = filters.errors, 422 if filters.errors else 200
    statement, query = filters.select(select_access_log(page.tenant_id, event_id), query)
    cursors = Cursors(page.hub.secret_box)
    result = None if filters.errors else ACCESS_LOG.page(page.work, statement, query, page.tenant_id, cursors)
    rows = result.rows if result else ()
    return page.render(
        "access_log/list.html",
        event=event,
        result=result,
        filters=filters,
        position=position,
        query=page.request.url.query,
        checkpoints=check_in.checkpoint_names(page.work.session, key),
        stations=[
            (device.id, device.name)
            for device in devices.list_in_service(page.work, page.tenant_id, event_id, with_former=True)
        ],
        outcomes=OUTCOMES,
        reasons=SHORT_REASONS,
        directions=CHECKPOINT_DIRECTIONS,
        passages=PASSAGES,
        has_passages=check_in.has_passages(page.work, key),
        names=person_names(page, key, {row.participant_id for row in rows}),
        scanners=_scanner_names(page, rows),
        instant=from_epoch_ms,
    )


@router.get(f"{PATH}/export", permissions=ACCESS_LOGS_READ)
def choose_export(page: PageCall, event_id: Id, query: LogQuery) -> Response:
    """Show how many rows an export has, and its formats."""
    event = events.get(page.work, page.tenant_id, event_id)
    filters = _checked_filters(page, event, query)
    where = [*filters.conditions, *_conditions(query)]
    rows = check_in.count_rows(page.work, FeedKey(page.tenant_id, event_id), where)
    return page.render(
        "access_log/export.html",
        event=event,
        rows=rows,
        is_filtered=filters.is_filtered,
        sheets=max(1, -(-rows // (xlsx_writer.SHEET_ROWS - 1))),
        query=page.request.url.query,
    )


@router.get(f"{PATH}/export.csv", permissions=ACCESS_LOGS_READ)
def export_csv(page: PageCall, event_id: Id, query: LogQuery) -> Response:
    """Export the filtered rows as CSV for a spreadsheet."""
    pieces = csv_writer.csv_chunks(check_in.EXPORT_HEADER, _export_rows(page, event_id, query))
    name = _file_name(page, event_id, "csv")
    slot = page.hub.export_slots.take(page.caller)
    return secured(exports.attachment_response(slot, pieces, csv_writer.MEDIA_TYPE, name))


@router.get(f"{PATH}/export.xlsx", permissions=ACCESS_LOGS_READ)
def export_workbook(page: PageCall, event_id: Id, query: LogQuery) -> Response:
    """Export the filtered rows as an Excel workbook."""
    rows = _export_rows(page, event_id, query)
    pieces = xlsx_writer.xlsx_chunks(
        check_in.EXPORT_HEADER, rows, sheet=_("Access log"), right_to_left=page.speech.direction == "rtl"
    )
    name = _file_name(page, event_id, "xlsx")
    slot = page.hub.export_slots.take(page.caller)
    return secured(exports.attachment_response(slot, pieces, xlsx_writer.MEDIA_TYPE, name))


live_updates.add_page_stream(router, f"{PATH}/live-page", (ACCESS_LOGS_READ,))
include_routes(router, passage_pages.router)  # before the page of a scan, whose id could be that word


@router.get(f"{PATH}/{{access_log_id}}", permissions=ACCESS_LOGS_READ)
def show_scan(page: PageCall, event_id: Id, access_log_id: Id) -> Response:
    """Show one scan with the evidence of its clock and its place in the journal."""
    event = events.get(page.work, page.tenant_id, event_id)
    key = FeedKey(page.tenant_id, event_id)
    scan = check_in.get_scan(page.work, page.tenant_id, event_id, access_log_id)
    operators = audit.names_of_actors(
        page.work, page.tenant_id, [scan.override_by] if scan.override_by else []
    )
    may_read_names = page.caller.has_permission(PARTICIPANTS_READ)
    reason = scan.override_reason if may_read_names or scan.override_reason is None else WITHHELD
    return page.render(
        "access_log/scan.html",
        event=event,
        scan=scan,
        at=from_epoch_ms(scan.effective_at_ms),
        clock=detail.clock_evidence(scan),
        journal=detail.journal_place(page.work, scan),
        conflicts=detail.conflicts_of(page.work, key, scan),
        marks=detail.marks_of(scan),
        flag=_(SHORT_REASONS[ReasonCode(scan.flag)]) if scan.flag in set(ReasonCode) else scan.flag,
        override_reason=reason,
        operator=operators.get(scan.override_by or "") or audit.actor_name(scan.override_by or ""),
        checkpoints=check_in.checkpoint_names(page.work.session, key),
        reasons=SHORT_REASONS,
        directions=CHECKPOINT_DIRECTIONS,
        passages=PASSAGES,
        causes=PASSAGE_CAUSES,
        reports=check_in.passage_reports(page.work, scan),
        operator_name=audit.actor_name,
        instant=from_epoch_ms,
        kinds=detail.SCANNERS,
        scanned_by=ScannedBy.of_journal(scan.journal_id),
        names=person_names(page, key, [scan.participant_id]),
        scanners=_scanner_names(page, [scan]),
    )


def _conditions(query: ListQuery) -> list[Any]:
    return [column_filter.condition(values) for column_filter, values in query.conditions]


def _checked_filters(page: Page, event: events.Event, query: ListQuery) -> LogFilters:
    """Return the filters of an export. A filter that is wrong would export all rows in place of a few.

    Raises:
        FiltersInvalid, BadRequest: 400.
    """
    query.raise_if_invalid()
    filters = read_filters(page, page.work, event, query)
    if filters.errors:
        raise FiltersInvalid(problem=next(iter(filters.errors.values())))
    return filters


def _export_rows(page: Page, event_id: str, query: ListQuery) -> Iterator[tuple[Any, ...]]:
    event = events.get(page.work, page.tenant_id, event_id)
    where = [*_checked_filters(page, event, query).conditions, *_conditions(query)]
    with_names = page.caller.has_permission(PARTICIPANTS_READ)
    return check_in.export_rows(page.hub.uow, FeedKey(page.tenant_id, event_id), where, with_names=with_names)


def _file_name(page: Page, event_id: str, ending: str) -> str:
    event = events.get(page.work, page.tenant_id, event_id)
    return check_in.export_file_name(event.slug, page.work.now(), event.time_zone, ending)


def _scanner_names(page: Page, rows: Any) -> dict[str, str]:
    """Return the names of the rows' scanners by id: stations, API keys and users."""
    scanners = check_in.find_scanner_names(page.work, page.tenant_id, {row.device_id for row in rows})
    return {id_: scanner.name for id_, scanner in scanners.items()}
