"""The live stream of a station: "pull this event now" whenever the feed of one of its events has moved, "report now" for a command."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

import structlog
from fastapi import APIRouter, Header, Request
from sqlalchemy.exc import SQLAlchemyError
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from hub_sync.contract.errors import Problem
from hub_sync.contract.fleet import COMMAND_EVENT
from hub_sync.contract.sync import BOOT_HEADER, NUDGE_EVENT
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.devices.service import AuthenticatedDevice, CurrentDevice
from hub_sync.hub.domains.sync.pull.service import head_cursors
from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.events.feed_watch import FeedState, FeedWatch
from hub_sync.hub.kit.http.context import Hub, HubContext
from hub_sync.hub.kit.http.sse import TooManyStreams
from hub_sync.hub.kit.security.client_address import read_credentials

log = structlog.get_logger(__name__)
router = APIRouter(tags=["sync"])

RECHECK_S = 10.0
"""Seconds for which a station may still listen whose credential is no longer valid. A lock or a revocation ends its stream at once."""
SLOW_READER_S = 30.0
MOST_STREAMS = 8
"""Streams of one station at once. It needs one; others are those that it has left and that the hub does not know of yet."""


@dataclass(frozen=True)
class StationCredentials:
    """The headers with which a running stream authenticates again."""

    authorization: str
    boot_id: str
    client_ip: str = ""


@router.get(
    "/api/v1/sync/live",
    response_class=EventSourceResponse,
    responses={
        400: {"model": Problem, "description": "BootIdMissing"},
        401: {"model": Problem, "description": "DeviceUnknown"},
        403: {"model": Problem, "description": "DeviceLocked, DeviceRevoked, StationAddressNotAllowed"},
        429: {"model": Problem, "description": "TooManyRequests"},
    },
)
async def live(
    request: Request,
    hub: Hub,
    device: CurrentDevice,
    authorization: Annotated[str, Header()] = "",
    boot_id: Annotated[str, Header(alias=BOOT_HEADER)] = "",
) -> EventSourceResponse:
    """Stream server-sent events: a `nudge` for each event at once and whenever there is something to pull; `command` to report at once; a ping now and then."""
    if hub.live_streams.count_streams(_stream_key(device)) >= MOST_STREAMS:
        raise TooManyStreams(limit=MOST_STREAMS, retry_after_s=int(RECHECK_S))
    return EventSourceResponse(
        generate_nudges(
            hub, device, StationCredentials(authorization, boot_id, _client_ip(request, hub)), RECHECK_S
        ),
        ping=hub.settings.live_ping_s,
        send_timeout=SLOW_READER_S,
    )


async def generate_nudges(
    hub: HubContext, device: AuthenticatedDevice, credentials: StationCredentials, recheck_s: float
) -> AsyncIterator[ServerSentEvent]:
    """Yield nudges until the hub stops or the device loses access. Needs no thread while it waits.

    A station that is locked or revoked gets a last nudge: the pull that follows is refused, and its answer proves the status.
    """
    sent: dict[str, str] = {}
    announced = ""

    async def is_authorized() -> bool:
        return await run_in_threadpool(_is_still_authorized, hub, device, credentials)

    with (
        hub.metrics.live_streams.track_inprogress(),
        hub.live_streams.track_stream(_stream_key(device)),
        FeedWatch.of(hub.live_streams, device.feeds, is_authorized, recheck_s) as watch,
    ):
        state = watch.state
        while state in (FeedState.CHANGED, FeedState.UNCHANGED):
            cursors, is_active, waiting = await run_in_threadpool(_heads, hub, device)
            for event_id, cursor in cursors.items():
                if cursor != sent.get(event_id):
                    data = json.dumps({"cursor": cursor, "event_id": event_id})
                    yield ServerSentEvent(event=NUDGE_EVENT, data=data)
            sent = cursors
            if waiting not in ("", announced):
                yield ServerSentEvent(event=COMMAND_EVENT, data="{}")
            announced = waiting
            if not is_active:
                return
            state = await watch.wait()


def _stream_key(device: AuthenticatedDevice) -> str:
    return f"device:{device.id}"


def _client_ip(request: Request, hub: HubContext) -> str:
    return read_credentials(request, hub.trusted_proxies).client_ip


def _heads(hub: HubContext, device: AuthenticatedDevice) -> tuple[dict[str, str], bool, str]:
    """Return the newest cursor of each feed, if the device may still follow them, and what the answer to a report would bring ("": nothing)."""
    with hub.uow.read() as work:
        cursors = head_cursors(work, hub.secret_box, device)
        return cursors, devices.is_active(work, device), devices.waiting_for(work, device)


def _is_still_authorized(
    hub: HubContext, device: AuthenticatedDevice, credentials: StationCredentials
) -> bool:
    """Return True while the credential is valid and still means this device at these events."""
    try:
        current = devices.authenticate(
            hub, credentials.authorization, credentials.boot_id, client_ip=credentials.client_ip
        )
    except HubError:
        return False
    except SQLAlchemyError as fault:
        log.warning("live_station_unchecked", device=device.id, error=str(fault))
        return False  # it comes back, and is checked then
    return current == device
