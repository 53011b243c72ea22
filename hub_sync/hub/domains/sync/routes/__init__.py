"""Sync over HTTP: time, push, pull, live, and the scans that the hub decides for a device."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response

from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.enums import DeviceProfile
from hub_sync.contract.sync import MAX_PULL_ITEMS, PullPage, PushRequest, PushResponse, TimeResponse
from hub_sync.hub.domains.devices.errors import EventNotAssigned
from hub_sync.hub.domains.devices.service import DeviceCall, ReportingCall, StationRouter
from hub_sync.hub.domains.queue import service as queue
from hub_sync.hub.domains.sync.pull.service import pull
from hub_sync.hub.domains.sync.push.group_pushes import grouped_push, shared_feed
from hub_sync.hub.domains.sync.push.push_parsing import PushUnreadable, count_results, parse_push
from hub_sync.hub.domains.sync.push.service import ChainBroken, JournalForked, JournalGap, push
from hub_sync.hub.domains.sync.routes import bulletin_receipts, live, queues, scans, seals
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.compression import compressed_response
from hub_sync.hub.kit.http.link_base import find_link_base
from hub_sync.hub.kit.http.routing import include_routes

stations = StationRouter(prefix="/sync", tags=["sync"])
OF_LANES = frozenset({DeviceProfile.KIOSK, DeviceProfile.DESK})
"""The stations that issue numbers."""


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
    feed = shared_feed(call.tenant_id, pushed)
    if feed is not None:
        outcome = call.run_grouped(feed, grouped_push(call.device, pushed))
    else:
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
    journal: Annotated[
        str,
        Query(
            max_length=64,
            pattern="^[0-9A-Za-z-]*$",
            description="The id of the station's journal, to which its own queue numbers belong.",
        ),
    ] = "",
    screening: Annotated[
        str,
        Query(max_length=64, description="The stamp of the event's blacklist, as the station has it."),
    ] = "",
    bulletins: Annotated[
        str,
        Query(
            max_length=64,
            description="The stamp of the event's bulletins, as the station has it; `-`: it has none. Empty: it knows no bulletins.",
        ),
    ] = "",
    door: Annotated[
        str,
        Query(
            max_length=64,
            description="The stamp of the seats that a gate may give to the waitlist, as it has it; `-`: it has none. Empty: it "
            "knows nothing of them.",
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
        station_screening=screening,
        station_bulletins=bulletins,
        station_door=door,
        with_count=count,
        queue_lane=_lane(call, event, journal),
        queue_status_url=_status_url(call),
    )
    answer = compressed_response(call.request, page)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _lane(call: DeviceCall, event_id: str, journal_id: str) -> str:
    """Return the letters of a station's own lane; they are assigned when its journal pulls an event for the first time."""
    event_id = event_id or call.device.event_id
    if not journal_id or call.device.profile not in OF_LANES or event_id not in call.device.event_ids:
        return ""
    key = FeedKey(call.device.tenant_id, event_id)
    lane = queue.find_lane(call.work, key, call.device.id, journal_id)
    if lane is None:  # in a transaction of its own: this call has a snapshot
        with call.hub.uow.begin(actor=call.actor) as work:
            lane = queue.assign_lane(work, key, call.device.id, journal_id)
    return lane


def _status_url(call: DeviceCall) -> str:
    """Return what the token of a queue ticket is appended to; "": the hub does not know its own address."""
    base = find_link_base(call.hub.settings, call.request, call.hub.trusted_proxies)
    return f"{base}/q/" if base else ""


router = APIRouter()
for _part in (
    live.router,
    scans.router,
    stations,
    seals.stations,
    seals.router,
    queues.stations,
    bulletin_receipts.stations,
):
    include_routes(router, _part)
