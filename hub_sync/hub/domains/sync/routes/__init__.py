"""Sync over HTTP: time, push, pull, live, and the scans that the hub decides for a device."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response

from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.sync import MAX_PULL_ITEMS, PullPage, PushRequest, PushResponse, TimeResponse
from hub_sync.hub.domains.devices.errors import EventNotAssigned
from hub_sync.hub.domains.devices.service import DeviceCall, ReportingCall, StationRouter
from hub_sync.hub.domains.sync.pull.service import pull
from hub_sync.hub.domains.sync.push.push_parsing import PushUnreadable, count_results, parse_push
from hub_sync.hub.domains.sync.push.service import ChainBroken, JournalForked, JournalGap, push
from hub_sync.hub.domains.sync.routes import live, scans, seals
from hub_sync.hub.kit.http.compression import compressed_response

stations = StationRouter(prefix="/sync", tags=["sync"])


def _inlined(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema with its items inlined, as a request body in OpenAPI needs it."""
    definitions = schema.pop("$defs", {})
    items = schema["properties"]["items"]
    items["items"] = definitions[items["items"]["$ref"].rpartition("/")[2]]
    return schema


_PUSH_BODY = {
    "required": True,
    "content": {"application/json": {"schema": _inlined(PushRequest.model_json_schema())}},
}


@stations.get("/time", model=TimeResponse)
def tell_time(call: ReportingCall) -> Response:
    """Return the hub's wall clock, by which a station measures its own."""
    return call.model(TimeResponse(server_time_ms=epoch_ms(call.hub.clock.now())))


@stations.post(
    "/push",
    model=PushResponse,
    errors=(JournalGap, JournalForked, PushUnreadable, ChainBroken),
    body=_PUSH_BODY,
)
def push_journal(call: ReportingCall) -> Response:
    """Store journal rows; plain, gzip or zstd. The response has a verdict for each item and the acknowledged prefix."""
    pushed, metrics = parse_push(call.body), call.hub.metrics
    with call.begin() as work:
        outcome = push(work, call.device, pushed)
    if isinstance(outcome, JournalForked):
        raise outcome
    verdicts, results = count_results(pushed, outcome)
    for verdict, count in verdicts.items():
        metrics.pushed.labels(verdict).inc(count)
    for result, count in results.items():
        metrics.scans.labels(result, "station").inc(count)
    return compressed_response(call.request, outcome.model_dump_json(exclude_none=True).encode())


@stations.get("/pull", model=PullPage, errors=(EventNotAssigned,))
def pull_page(
    call: DeviceCall,
    event: Annotated[
        str,
        Query(
            max_length=64,
            description="The id of an event that is assigned to the station; empty: the first of them.",
        ),
    ] = "",
    epoch: Annotated[str, Query(description="The epoch of the last page.")] = "",
    cursor: Annotated[str, Query(description="The cursor of the last page.")] = "",
    limit: Annotated[int, Query(ge=1)] = MAX_PULL_ITEMS,
    *,
    keys: Annotated[
        str, Query(max_length=64, description="`key_ring_digest` of the station's ticket keys.")
    ] = "",
    operators: Annotated[
        str, Query(max_length=64, description="`operators_digest` of the station's operators.")
    ] = "",
    peers: Annotated[
        str,
        Query(
            max_length=64,
            description="`peers_digest` of the event's other stations, as the station has them.",
        ),
    ] = "",
    count: Annotated[
        bool, Query(description="Ask for the event's number of participants, with the last page of changes.")
    ] = False,
) -> Response:
    """Return the next page; a cursor that cannot be continued begins a snapshot. Compressed as the caller accepts."""
    page = pull(
        call.work,
        call.hub.secret_box,
        call.device,
        epoch,
        cursor,
        limit,
        call.hub.metrics.pulled.inc,
        event_id=event,
        station_ring=keys,
        station_operators=operators,
        station_peers=peers,
        with_count=count,
    )
    answer = compressed_response(call.request, page)
    answer.headers["Cache-Control"] = "no-store"
    return answer


router = APIRouter()
for _part in (live.router, scans.router, stations, seals.stations, seals.router):
    router.include_router(_part)
