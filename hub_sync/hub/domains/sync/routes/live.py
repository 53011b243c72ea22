"""The live stream of a station: what has changed at its events, or "pull now" where stations differ, and "report now" for a command."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from typing import Annotated

import structlog
from fastapi import APIRouter, Header, Query, Request
from sqlalchemy.exc import SQLAlchemyError
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from hub_sync.contract.errors import Problem
from hub_sync.contract.fleet import COMMAND_EVENT
from hub_sync.contract.sync import BOOT_HEADER, NUDGE_EVENT
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.devices.service import AuthenticatedDevice, CurrentDevice
from hub_sync.hub.domains.sync.pull.cursor import number_of
from hub_sync.hub.domains.sync.pull.live_changes import ChangesPage, FeedTick, StationFeeds
from hub_sync.hub.domains.sync.pull.service import PullScope, head_cursors
from hub_sync.hub.kit.errors import HubError, first_line
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.events.feed_watch import FeedState, FeedWatch
from hub_sync.hub.kit.events.notifier import RowKey
from hub_sync.hub.kit.http.answer_keys import find_answer_key
from hub_sync.hub.kit.http.context import Hub, HubContext
from hub_sync.hub.kit.http.sse import TooManyStreams
from hub_sync.hub.kit.security.client_address import read_credentials
from hub_sync.rules.answer_proof import NONCE_HEADER

log = structlog.get_logger(__name__)
router = APIRouter(tags=["sync"])

RECHECK_S = 10.0
"""Seconds for which a station may still listen whose credential is no longer valid. A lock or a revocation ends its stream at once."""
FIRST_TICK_S = 2.0
"""Seconds for which a new stream waits until its feeds were read; without that its first changes are a nudge."""
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
    *,
    changes: Annotated[
        bool, Query(description="Send changes themselves (`changes`) where all stations get the same.")
    ] = False,
    event: Annotated[str, Query(max_length=64, description="The event of `cursor`.")] = "",
    cursor: Annotated[
        str,
        Query(
            description="Where the station is in the event's feed: with `changes`, the stream begins with what it lacks, if that fits.",
        ),
    ] = "",
) -> EventSourceResponse:
    """Stream server-sent events: a `nudge` for each event at once and whenever there is something to pull; `changes` in its place for a station that asks for them, at once, too, if it says where it is; `command` to report at once; a ping now and then."""
    if hub.live_streams.count_streams(_stream_key(device)) >= MOST_STREAMS:
        raise TooManyStreams(limit=MOST_STREAMS, retry_after_s=int(RECHECK_S))
    stream = StationStream(
        hub,
        request.app.state.station_feeds,
        device,
        StationCredentials(authorization, boot_id, _client_ip(request, hub)),
        _proof_of(request) if changes else None,
        _Position(event, cursor),
    )
    return EventSourceResponse(
        stream.events(RECHECK_S), ping=hub.settings.live_ping_s, send_timeout=SLOW_READER_S
    )


@dataclass(frozen=True, slots=True)
class _Proof:
    """The key and the nonce by which a station believes changes."""

    key: str
    nonce: str


@dataclass(frozen=True, slots=True)
class _Position:
    """Where a station is in the feed of an event, by its cursor; "": it does not say."""

    event_id: str
    cursor: str


@dataclass(frozen=True, slots=True)
class _OwnState:
    """The state of one station: by its events the head and the cursor of the feed; if it may go on; what its next report would bring."""

    heads: Mapping[str, tuple[int, str]]
    is_authorized: bool
    waiting: str


class StationStream:
    """The live stream of one station. Needs no thread while it waits; what its events' stations have in common is read once for all."""

    def __init__(
        self,
        hub: HubContext,
        feeds: StationFeeds,
        device: AuthenticatedDevice,
        credentials: StationCredentials,
        proof: _Proof | None,
        position: _Position,
    ) -> None:
        """Take the parts; without a proof, the stream sends nudges alone."""
        self._hub, self._feeds, self._device = hub, feeds, device
        self._credentials, self._proof = credentials, proof
        self._scope, self._position = PullScope.of(device), position
        self._sent: dict[str, int] = {}
        self._announced = ""

    async def events(self, recheck_s: float) -> AsyncIterator[ServerSentEvent | bytes]:
        """Yield events until the hub stops or the device loses access.

        A station that is locked or revoked gets a last nudge: the pull that follows is refused, and its answer proves the status.
        """
        device = self._device
        own = RowKey(device.tenant_id, device.id)
        async with AsyncExitStack() as stack:
            stack.enter_context(self._hub.metrics.live_streams.track_inprogress())
            stack.enter_context(self._hub.live_streams.track_stream(_stream_key(device)))
            watching = FeedWatch.of(
                self._hub.live_streams, (own,), self._is_authorized, recheck_s, coalesce_s=0
            )
            watch = stack.enter_context(watching)
            followed = {
                key.event_id: await stack.enter_async_context(
                    self._feeds.follow(key, self._scope, watch.wake)
                )
                for key in device.feeds
            }
            for ticks in followed.values():  # the changes follow without a gap on what is read now
                with suppress(TimeoutError):
                    await asyncio.wait_for(ticks.next(), FIRST_TICK_S)
            state, is_due = watch.state, True
            while state in (FeedState.CHANGED, FeedState.UNCHANGED):
                if is_due:
                    is_first = not self._sent
                    current = await run_in_threadpool(self._read_own, is_new=is_first)
                    missed = await self._missed_pages(current) if is_first else ()
                    self._sent |= {page.event_id: page.upto for page in missed}
                    for proven in self._proven(missed):
                        yield proven
                    for event in self._own_events(current, is_first=is_first):
                        yield event
                    if not current.is_authorized:
                        return
                for event_id, ticks in followed.items():
                    tick = ticks.take()
                    for message in () if tick is None else self._messages(event_id, tick):
                        yield message
                state = await watch.wait()
                is_due = watch.take_notice() or state is FeedState.UNCHANGED

    async def _missed_pages(self, current: _OwnState) -> Sequence[ChangesPage]:
        """Return the changes that the station lacks by its own word; none: it has everything, or a nudge lets it pull."""
        event_id, own = self._position.event_id, self._position.cursor
        if self._proof is None or event_id not in current.heads:
            return ()
        head, cursor = current.heads[event_id]
        number = number_of(own, cursor)
        if number is None or number >= head:
            return ()
        key = FeedKey(self._device.tenant_id, event_id)
        try:
            missed = await self._feeds.catch_up(key, self._scope, number, own)
        except SQLAlchemyError as fault:
            log.warning("live_station_not_caught_up", device=self._device.id, error=first_line(fault))
            return ()
        return () if missed is None or self._device.id in missed.withdrawn else missed.pages

    def _own_events(self, current: _OwnState, *, is_first: bool) -> Iterator[ServerSentEvent]:
        """Yield what this station alone must learn: where its feeds are at the beginning, that its access is over, that it should report."""
        if is_first or not current.is_authorized:
            for event_id, (head, cursor) in current.heads.items():
                if is_first and event_id in self._sent:
                    continue  # it got what it lacks
                self._sent[event_id] = head
                yield _nudge(event_id, cursor)
        if current.waiting not in ("", self._announced):
            yield ServerSentEvent(event=COMMAND_EVENT, data="{}")
        self._announced = current.waiting

    def _messages(self, event_id: str, tick: FeedTick) -> Iterator[ServerSentEvent | bytes]:
        """Yield what a tick of an event's feed means for this station: the changes since what was sent, or a nudge."""
        sent, head = self._sent.get(event_id, 0), tick.position.head
        if head <= sent:
            return
        self._sent[event_id] = head
        pages = tick.pages_after(self._scope, sent)
        proof = self._proof
        if not pages or proof is None or self._device.id in tick.withdrawn:
            yield _nudge(event_id, tick.cursors.get(self._scope, ""))
            return
        yield from self._proven(pages)

    def _proven(self, pages: Sequence[ChangesPage]) -> Iterator[bytes]:
        proof = self._proof
        if proof is not None:
            yield from (page.sse(proof.key, proof.nonce) for page in pages)

    async def _is_authorized(self) -> bool:
        return await run_in_threadpool(_is_still_authorized, self._hub, self._device, self._credentials)

    def _read_own(self, *, is_new: bool) -> _OwnState:
        is_authorized = is_new or _is_still_authorized(self._hub, self._device, self._credentials)
        with self._hub.uow.read() as work:
            heads = head_cursors(work, self._hub.secret_box, self._device)
            return _OwnState(heads, is_authorized, devices.waiting_for(work, self._device))


def _nudge(event_id: str, cursor: str) -> ServerSentEvent:
    return ServerSentEvent(event=NUDGE_EVENT, data=json.dumps({"cursor": cursor, "event_id": event_id}))


def _proof_of(request: Request) -> _Proof | None:
    nonce = request.headers.get(NONCE_HEADER, "")
    key = find_answer_key(request.scope.get("state", {}))
    return _Proof(key.key, nonce) if nonce and key is not None else None


def _stream_key(device: AuthenticatedDevice) -> str:
    return f"device:{device.id}"


def _client_ip(request: Request, hub: HubContext) -> str:
    return read_credentials(request, hub.trusted_proxies).client_ip


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
        log.warning("live_station_unchecked", device=device.id, error=first_line(fault))
        return False  # it comes back, and is checked then
    return current == device
