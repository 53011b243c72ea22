"""Pages of the audit log: list, entry and export."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends
from fastapi.responses import Response
from sqlalchemy import ColumnElement

from hub_sync.hub.console import Page, PageCall, PageRouter, _
from hub_sync.hub.console.security.headers import secured
from hub_sync.hub.domains import registry
from hub_sync.hub.domains.audit import queries
from hub_sync.hub.domains.audit.diff import FieldDiff, diff
from hub_sync.hub.domains.audit.errors import DayUnreadable
from hub_sync.hub.domains.audit.history import action_name, actor_name, entity_name, page_of
from hub_sync.hub.domains.audit.manifest import AUDIT_READ
from hub_sync.hub.domains.audit.queries import AUDIT, EXPORT
from hub_sync.hub.domains.audit.redaction import Values, conceal_rows, concealer
from hub_sync.hub.domains.audit.subjects import Subjects
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.lists import csv_writer, exports, xlsx_writer
from hub_sync.hub.kit.lists.filters import escape_value, split_values
from hub_sync.hub.kit.lists.pagination import Cursors
from hub_sync.hub.kit.lists.query_parameters import ListQuery
from hub_sync.hub.kit.text_types import Id
from hub_sync.rules.times.time_zones import load_time_zone

AUDIT_PATH = "/settings/audit"

router = PageRouter()
ExportQuery = Annotated[ListQuery, Depends(EXPORT.parse_console_query)]


@router.get(AUDIT_PATH, permissions=AUDIT_READ)
def list_entries(page: PageCall, query: Annotated[ListQuery, Depends(AUDIT.parse_console_query)]) -> Response:
    """Render the log, newest entries first."""
    query, conditions = _search(page, page.work, query)
    statement = queries.of_tenant(page.tenant_id).where(*queries.between(*_days(page)), *conditions)
    result = AUDIT.page(page.work, statement, query, page.tenant_id, Cursors(page.hub.secret_box))
    subjects = Subjects(page.work, page.caller).load(result.rows)
    return page.render(
        "audit/list.html",
        result=result,
        kinds=sorted(
            ((entity.name, _(entity.label)) for entity in registry().entities.values()),
            key=lambda kind: kind[1],
        ),
        query=page.request.url.query,
        who=actor_name,
        chosen={
            name: ", ".join(split_values(page.request.query_params.get(f"filter[{name}]", "")))
            for name in ("actor", "entity_id", "operation_id")
        },
        escape_value=escape_value,
        subjects=subjects,
        entity_name=entity_name,
        action_name=action_name,
        differences=_diff_for(page, subjects),
    )


@router.get(AUDIT_PATH + "/export.csv", permissions=AUDIT_READ)
def export_csv(page: PageCall, query: ExportQuery) -> Response:
    """Export the filtered entries as CSV for a spreadsheet."""
    rows = _rows(page, query)
    pieces = csv_writer.csv_chunks(queries.COLUMNS, rows)
    slot = page.hub.export_slots.take(page.caller)
    return secured(exports.attachment_response(slot, pieces, csv_writer.MEDIA_TYPE, "audit-log.csv"))


@router.get(AUDIT_PATH + "/export.xlsx", permissions=AUDIT_READ)
def export_xlsx(page: PageCall, query: ExportQuery) -> Response:
    """Export the filtered entries as an Excel workbook."""
    rows = _rows(page, query)
    pieces = xlsx_writer.xlsx_chunks(
        queries.COLUMNS, rows, sheet=_("Audit"), right_to_left=page.speech.direction == "rtl"
    )
    slot = page.hub.export_slots.take(page.caller)
    return secured(exports.attachment_response(slot, pieces, xlsx_writer.MEDIA_TYPE, "audit-log.xlsx"))


@router.get(AUDIT_PATH + "/export.jsonl", permissions=AUDIT_READ)
def export_jsonl(page: PageCall, query: ExportQuery) -> Response:
    """Export the filtered entries as JSON lines for programs."""
    rows = _rows(page, query)
    pieces = exports.json_lines(queries.COLUMNS, rows)
    slot = page.hub.export_slots.take(page.caller)
    return secured(exports.attachment_response(slot, pieces, exports.JSON_LINES, "audit-log.jsonl"))


@router.get(AUDIT_PATH + "/{entry_id}", permissions=AUDIT_READ)
def show_entry(page: PageCall, entry_id: Id) -> Response:
    """Render one entry with its values before and after."""
    entry = queries.get(page.work, page.tenant_id, entry_id)
    event_id = queries.event_of(page.work, entry)
    subjects = Subjects(page.work, page.caller).load([entry])
    return page.render(
        "audit/entry.html",
        entry=entry,
        who=subjects.actor(entry.actor),
        name=subjects.name(entry),
        kind=entity_name(entry.entity),
        action_name=action_name,
        escape_value=escape_value,
        place=subjects.path(entry) or page_of(entry.entity, quote(entry.entity_id, safe=""), event_id),
        fields=_diff_for(page, subjects)(entry.entity, entry.before, entry.after),
    )


def _search(page: Page, work: Work, query: ListQuery) -> tuple[ListQuery, Sequence[ColumnElement[bool]]]:
    """Return the query without its search, and the conditions that stand for the search.

    Raises:
        BadRequest: 400: the query is invalid.
    """
    query.raise_if_invalid()
    if not query.search:
        return query, ()
    return replace(query, search=""), (Subjects(work, page.caller).condition(query.search),)


def _rows(page: Page, query: ListQuery) -> Iterator[Sequence[Any]]:
    """Return the rows of an export, without what the person may not read.

    Raises:
        DayUnreadable, BadRequest: 400.
    """
    query, conditions = _search(page, page.work, query)
    rows = queries.rows(page.hub.uow, page.tenant_id, query, [*queries.between(*_days(page)), *conditions])
    return conceal_rows(page.caller, queries.COLUMNS, rows)


def _diff_for(page: Page, subjects: Subjects) -> Callable[[str, Values, Values], list[FieldDiff]]:
    """Return the function that compares both sides of an entry, without what the person may not read."""
    conceal = concealer(page.caller) or (lambda _entity, values: values)
    return lambda entity, before, after: diff(
        entity, conceal(entity, before), conceal(entity, after), subjects.value
    )


def _days(page: Page) -> tuple[datetime | None, datetime | None]:
    """Return begin and end of the requested days, in the browser's time zone.

    Raises:
        DayUnreadable: 400.
    """
    zone = load_time_zone(page.speech.time_zone)
    begin, end = (page.request.query_params.get(name, "") for name in ("from", "to"))
    try:
        first = datetime.combine(date.fromisoformat(begin), time(), zone) if begin else None
        last = datetime.combine(date.fromisoformat(end) + timedelta(days=1), time(), zone) if end else None
    except (ValueError, OverflowError) as error:
        raise DayUnreadable from error
    return first, last
