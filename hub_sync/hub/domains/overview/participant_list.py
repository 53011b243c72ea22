"""The list of participants. It is here and not in `participants`, since it says who is inside."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any

from fastapi import Depends
from fastapi.responses import Response

from hub_sync.contract.clock import from_epoch_ms
from hub_sync.hub.console import N_, PageCall, PageRouter, _
from hub_sync.hub.console.security.headers import secured
from hub_sync.hub.domains.bulk.manifest import BULK_OPERATIONS_EXECUTE, FF_BULK_OPERATIONS
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.check_in.service import PresenceStatus
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.lists import COLUMNS, PARTICIPANTS, export_rows
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_READ, STATUS_TONES, STATUSES
from hub_sync.hub.domains.tickets.bulk_selection import select_participants
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.file_names import file_stem
from hub_sync.hub.kit.lists import csv_writer, exports, xlsx_writer
from hub_sync.hub.kit.lists.filters import escape_value, split_values
from hub_sync.hub.kit.lists.result_pages import ListQuery
from hub_sync.hub.kit.text_types import Id

PRESENCES: dict[PresenceStatus, str] = {
    PresenceStatus.INSIDE: N_("Inside"),
    PresenceStatus.LEFT: N_("Left"),
    PresenceStatus.ABSENT: N_("Not arrived"),
}
NEWEST_FIRST = (("id", True),)

Filters = Annotated[ListQuery, Depends(PARTICIPANTS.parse_console_query)]

router = PageRouter()


@router.get("/events/{event_id}/participants", permissions=PARTICIPANTS_READ)
def list_participants(
    page: PageCall, event_id: Id, query: Annotated[ListQuery, Depends(PARTICIPANTS.parse_console_query)]
) -> Response:
    """List the participants of an event, by default the newest first."""
    event = events.get(page.work, page.tenant_id, event_id)
    key = FeedKey(page.tenant_id, event_id)
    if not any(name == "sort" for name, _value in query.parameters):
        query = replace(query, sort=NEWEST_FIRST)
    statement = participants.of_event(page.tenant_id, event_id)
    exact = participants.find_exact(page.work, page.tenant_id, event_id, query.search) if query.search else []
    if exact:
        query, statement = replace(query, search=""), statement.where(participants.Participant.id.in_(exact))
    column = participants.Participant.id
    statement = check_in.narrow_to_presence(statement, column, key, page.request.query_params)
    result = PARTICIPANTS.page(page.work, statement, query, page.tenant_id)
    counts = participants.count_by_status(page.work, page.tenant_id, event_id)
    return page.render(
        "overview/participants.html",
        event=event,
        result=result,
        counts=counts,
        total=sum(counts.values()),
        inside=check_in.counts(page.work, page.tenant_id, event_id)[0].current,
        categories=[
            (escape_value(name), name)
            for name in participants.categories(page.work, page.tenant_id, event_id)
        ],
        whereabouts=check_in.whereabouts_of(page.work, key, [row.id for row in result.rows]),
        presences=PRESENCES,
        statuses=STATUSES,
        tones=STATUS_TONES,
        filters=page.request.url.query,
        group=", ".join(split_values(page.request.query_params.get("filter[group_ref]", ""))),
        name_of=participants.display_name,
        instant=from_epoch_ms,
        may_select=page.caller.has_flag(FF_BULK_OPERATIONS)
        and page.caller.has_permission(BULK_OPERATIONS_EXECUTE),
    )


@router.get("/events/{event_id}/participants-export.csv", permissions=PARTICIPANTS_READ)
def export_csv(page: PageCall, event_id: Id, query: Filters) -> Response:
    """Export the list, on all its pages, as CSV for a spreadsheet."""
    rows = _export_rows(page, event_id, query)
    slot = page.hub.export_slots.take(page.caller)
    pieces = csv_writer.csv_chunks(COLUMNS, rows)
    name = _file_name(page, event_id, "csv")
    return secured(exports.attachment_response(slot, pieces, csv_writer.MEDIA_TYPE, name))


@router.get("/events/{event_id}/participants-export.xlsx", permissions=PARTICIPANTS_READ)
def export_workbook(page: PageCall, event_id: Id, query: Filters) -> Response:
    """Export the list, on all its pages, as an Excel workbook."""
    rows = _export_rows(page, event_id, query)
    slot = page.hub.export_slots.take(page.caller)
    pieces = xlsx_writer.xlsx_chunks(
        COLUMNS, rows, sheet=_("Participants"), right_to_left=page.speech.direction == "rtl"
    )
    name = _file_name(page, event_id, "xlsx")
    return secured(exports.attachment_response(slot, pieces, xlsx_writer.MEDIA_TYPE, name))


def _export_rows(page: PageCall, event_id: str, query: ListQuery) -> Iterator[tuple[Any, ...]]:
    events.check_exists(page.work, page.tenant_id, event_id)
    key = FeedKey(page.tenant_id, event_id)
    statement = select_participants(page.work, key, query, page.request.query_params)
    return export_rows(page.hub.uow, ListQuery(sort=(("id", False),)), statement)


def _file_name(page: PageCall, event_id: str, kind: str) -> str:
    slug = events.get(page.work, page.tenant_id, event_id).slug
    return f"participants-{file_stem(slug, 'event')}.{kind}"
