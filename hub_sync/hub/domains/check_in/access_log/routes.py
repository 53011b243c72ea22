"""The access log over REST: read, and taken away as a spreadsheet."""

from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode

from fastapi import Depends, Query, Request
from fastapi.responses import Response

from hub_sync.hub.domains.check_in.access_log import csv_export as access_log_csv
from hub_sync.hub.domains.check_in.access_log import queries
from hub_sync.hub.domains.check_in.errors import ScanNotFound
from hub_sync.hub.domains.check_in.lists import ACCESS_LOG, log_of
from hub_sync.hub.domains.check_in.schemas import AccessLogOut
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.rest_router import Call, RestRouter
from hub_sync.hub.kit.lists import csv_export, exports
from hub_sync.hub.kit.lists.list_query import QueryInvalid
from hub_sync.hub.kit.lists.listing import Chosen, ListAsked
from hub_sync.hub.kit.text_types import Id

router = RestRouter(prefix="/events/{event_id}", tags=["check-in"])

_CSV = {200: {"description": "The rows.", "content": {"text/csv": {"schema": {"type": "string"}}}}}
_FILTERS: list[dict[str, Any]] = [one.parameter() for one in ACCESS_LOG.terms.filters.values()]


@router.get("/access-logs", needs="access-logs:read", listing=ACCESS_LOG, refuses=(EventNotFound,))
def list_scans(call: Call, event_id: Id, asked: Annotated[ListAsked, Depends(ACCESS_LOG.asked)]) -> Response:
    """The access log, the latest scan first. With `expand` the names of checkpoint and participant."""
    events.get(call.work, call.tenant_id, event_id)
    return ACCESS_LOG.answer(call, asked, log_of(call.tenant_id, event_id))


@router.get(
    "/access-logs/{access_log_id}",
    needs="access-logs:read",
    shape=AccessLogOut,
    listing=ACCESS_LOG,
    refuses=(EventNotFound, ScanNotFound),
)
def get_scan(
    call: Call, event_id: Id, access_log_id: Id, chosen: Annotated[Chosen, Depends(ACCESS_LOG.chosen)]
) -> Response:
    """One row of the access log."""
    events.get(call.work, call.tenant_id, event_id)
    row = queries.get_scan(call.work, call.tenant_id, event_id, access_log_id)
    return ACCESS_LOG.answer_one(call, chosen, row)


async def _filtered(request: Request) -> ListAsked:
    """The list's filters, and nothing of its paging: a spreadsheet is whole."""
    pairs = parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
    kept = [pair for pair in pairs if pair[0] != "bom"]
    strange = [name for name, _ in kept if name not in ACCESS_LOG.terms.filters]
    if strange:
        return ListAsked(refusal=QueryInvalid(f"There is no parameter “{strange[0][:40]}” here."))
    return ACCESS_LOG.terms.asked(urlencode(kept).encode(), request.scope["path"])


@router.get(
    "/access-logs.csv",
    needs="access-logs:read",
    refuses=(EventNotFound,),
    responses=_CSV,
    parameters=_FILTERS,
)
def export_log(
    call: Call,
    event_id: Id,
    asked: Annotated[ListAsked, Depends(_filtered)],
    bom: Annotated[bool, Query(description="Whether the file begins with a byte order mark.")] = False,
) -> Response:
    """The access log as CSV (RFC 4180, UTF-8) in the order of time, from one snapshot, however long it is.

    Takes the list's filters. A text that a spreadsheet would run as a formula has an apostrophe before it.
    """
    asked.require_sound()
    key = FeedKey(call.tenant_id, event_id)
    event = events.get(call.work, *key)
    where = [one.condition(values) for one, values in asked.conditions]
    pieces = csv_export.pieces(access_log_csv.HEADER, access_log_csv.rows(call.hub.uow, key, where), bom=bom)
    name = f"access-log-{event.slug}-{call.work.now():%Y-%m-%d}.csv"
    return exports.sent_as(pieces, csv_export.MEDIA_TYPE, name, call.headers)
