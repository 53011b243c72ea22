"""Sync over HTTP: time, push, pull, live, and the scans that the hub decides for a device."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.errors import Problem
from hub_sync.contract.sync import MAX_PULL_ITEMS, PullPage, PushRequest, PushResponse, TimeResponse
from hub_sync.hub.domains.devices.service import CurrentDevice, ReportingDevice
from hub_sync.hub.domains.sync.pull.service import pull
from hub_sync.hub.domains.sync.push.request_body import count_results, parse_push
from hub_sync.hub.domains.sync.push.service import JournalForked, push
from hub_sync.hub.domains.sync.routes import live, scans
from hub_sync.hub.kit.http.compression import compressed_response
from hub_sync.hub.kit.http.context import Hub

router = APIRouter(tags=["sync"])
router.include_router(live.router)
router.include_router(scans.router)

_REFUSALS: dict[int | str, dict[str, Any]] = {
    401: {"model": Problem, "description": "DeviceUnknown"},
    403: {"model": Problem, "description": "DeviceLocked, DeviceRevoked"},
}


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


async def _body(request: Request) -> bytes:
    """Return the raw body; the request-body middleware has limited and decompressed it."""
    return await request.body()


@router.get("/api/v1/sync/time", responses=_REFUSALS)
def tell_time(hub: Hub, device: ReportingDevice) -> TimeResponse:  # noqa: ARG001 - for stations only
    """Return the hub's wall clock, by which a station measures its own."""
    return TimeResponse(server_time_ms=epoch_ms(hub.clock.now()))


@router.post(
    "/api/v1/sync/push",
    response_model=PushResponse,
    responses=_REFUSALS
    | {
        409: {"model": Problem, "description": "JournalGap, JournalForked"},
        413: {"model": Problem, "description": "PayloadTooLarge"},
        422: {"model": Problem, "description": "PushUnreadable, ChainBroken"},
    },
    openapi_extra={"requestBody": _PUSH_BODY},
)
def push_journal(
    request: Request, hub: Hub, device: ReportingDevice, body: Annotated[bytes, Depends(_body)]
) -> Response:
    """Store journal rows; plain, gzip or zstd. The response has a verdict for each item and the acknowledged prefix."""
    pushed = parse_push(body)
    with hub.uow.begin(actor=f"device:{device.id}") as work:
        outcome = push(work, device, pushed)
    if isinstance(outcome, JournalForked):
        raise outcome
    verdicts, results = count_results(pushed, outcome)
    for verdict, count in verdicts.items():
        hub.metrics.pushed.labels(verdict).inc(count)
    for result, count in results.items():
        hub.metrics.scans.labels(result, "station").inc(count)
    return compressed_response(request, outcome.model_dump_json(exclude_none=True).encode())


@router.get("/api/v1/sync/pull", response_model=PullPage, responses=_REFUSALS)
def pull_page(
    request: Request,
    hub: Hub,
    device: CurrentDevice,
    epoch: Annotated[str, Query(description="The epoch of the last page.")] = "",
    cursor: Annotated[str, Query(description="The cursor of the last page.")] = "",
    limit: Annotated[int, Query(ge=1)] = MAX_PULL_ITEMS,
    keys: Annotated[
        str, Query(max_length=64, description="`key_ring_digest` of the station's ticket keys.")
    ] = "",
    count: Annotated[
        bool, Query(description="Ask for the event's number of participants, with the last page of changes.")
    ] = False,
) -> Response:
    """Return the next page; a cursor that cannot be continued begins a snapshot. Compressed as the caller accepts."""
    with hub.uow.read() as work:
        page = pull(
            work,
            hub.secret_box,
            device,
            epoch,
            cursor,
            limit,
            hub.metrics.pulled.inc,
            station_ring=keys,
            with_count=count,
        )
    answer = compressed_response(request, page)
    answer.headers["Cache-Control"] = "no-store"
    return answer
