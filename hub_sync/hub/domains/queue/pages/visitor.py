"""The status page of a visitor: the number, how many people come before, and when it is their turn. No login, no name.

The address has a token, of which the hub stores the SHA-256 alone. Wrong tokens are limited by the caller's address, views by the
token: hundreds of visitors share one address of the venue. The page speaks the language of the slip, unless its reader chooses another.
It follows by a stream that is sent what it shows, and read once for all who look at an event (`kit.events.shared_reads`).
"""

from collections.abc import AsyncGenerator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial

from fastapi.responses import Response
from sqlalchemy import select
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from hub_sync.contract.queue import QueueActionKind
from hub_sync.hub.console import Page, PageCall, PageRouter, _, speaking
from hub_sync.hub.console.token_pages import find_owner, page_of_owner
from hub_sync.hub.domains.queue.errors import QueueActionImpossible, StatusPageUnknown
from hub_sync.hub.domains.queue.tables import QueueTicket
from hub_sync.hub.domains.queue.tickets import queries
from hub_sync.hub.domains.queue.tickets.actions import Clerk, act, token_hash
from hub_sync.hub.domains.queue.tickets.visitor_places import (
    VisitorBoard,
    VisitorPlace,
    may_undo,
    read_board,
    read_place,
)
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.http.sse import RECHECK_S, SLOW_READER_S, TooManyStreams

PATH = "/q/{token}"
MOST_STREAMS = 4
"""Live streams of one number at once: a family may look at it with several phones."""
VISITOR = "visitor"
"""Who did it, in the ticket's actions."""
_LONGEST_TOKEN, _LIMITS = 128, "queue-status"
_K = QueueActionKind

router = PageRouter()


@dataclass(frozen=True, slots=True)
class _Found:
    """The ticket of a token. `digest` is what the hub stores of the token."""

    key: FeedKey
    ticket_id: str
    language: str
    digest: str


@router.get(PATH, public=True)
def show_status(page: PageCall, token: str) -> Response:
    """Show where a number is."""
    with _ticket_of(page, token) as ticket, page.reading() as work:
        place = read_place(work, ticket.key, ticket.ticket_id)
        response = page.render("queues/visitor.html", place=place, token=token)
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@router.post(f"{PATH}/leave", public=True, on_error=show_status)
def leave_queue(page: PageCall, token: str) -> Response:
    """Give the number back."""
    with _ticket_of(page, token) as ticket:
        with page.begin() as work:
            act(work, ticket.key, ticket.ticket_id, _K.CANCELLED, Clerk(VISITOR))
        return page.redirect(f"/q/{token}")


@router.post(f"{PATH}/undo", public=True, on_error=show_status)
def stay_in_queue(page: PageCall, token: str) -> Response:
    """Take it back within a minute; the place in the queue is as before."""
    with _ticket_of(page, token) as ticket:
        with page.begin() as work:
            row = queries.get(work, ticket.key, ticket.ticket_id)
            if not may_undo(work, row):
                raise QueueActionImpossible(number=row.number)
            act(work, ticket.key, ticket.ticket_id, _K.RETURNED, Clerk(VISITOR))
        return page.redirect(f"/q/{token}", say=_("You are in the queue again, at the same place."))


async def watch_status(page: PageCall, token: str) -> Response:
    """Stream the page's part that changes, whenever it does. Holds no thread while it waits.

    Raises:
        StatusPageUnknown: 404. TooManyStreams, TooManyRequests: 429.
    """
    ticket = await run_in_threadpool(find_owner, page, _LIMITS, lambda work: _find(work, token))
    page.usual_language = ticket.language
    streams = page.hub.live_streams
    caller = f"visitor:{ticket.digest}"
    if streams.count_streams(caller) >= MOST_STREAMS:
        raise TooManyStreams(limit=MOST_STREAMS, retry_after_s=int(RECHECK_S))
    return EventSourceResponse(
        _generate_parts(page, token, ticket, caller),
        headers={"X-Robots-Tag": "noindex"},
        ping=page.hub.settings.live_ping_s,
        send_timeout=SLOW_READER_S,
    )


watch_status.access = None  # type: ignore[attr-defined]
watch_status.is_page = True  # type: ignore[attr-defined]
watch_status.is_public = True  # type: ignore[attr-defined]
watch_status.streams = True  # type: ignore[attr-defined]
router.add_api_route(f"{PATH}/live", watch_status, methods=["GET"], response_model=None)


async def _generate_parts(
    page: Page, token: str, ticket: _Found, caller: str
) -> AsyncGenerator[ServerSentEvent]:
    hub, is_first, shown = page.hub, True, None
    read = partial(_read_board, hub, ticket.key)
    with hub.metrics.live_streams.track_inprogress(), hub.live_streams.track_stream(caller):
        async with hub.shared_reads.follow("visitors", ticket.key, read) as boards:
            while (board := await boards.next()) is not None:
                place = board.place(ticket.ticket_id)
                if is_first or place != shown:
                    yield _part(page, token, place)
                is_first, shown = False, place


def _part(page: Page, token: str, place: VisitorPlace | None) -> ServerSentEvent:
    """Return the page's part as an event; None, the ticket is not live any more: the page looks once, as it has the undo."""
    if place is None:
        return ServerSentEvent(event="look", data="")
    with speaking(page.speech):
        text = page.render_part("queues/visitor_panel.html", place=place, token=token)
    return ServerSentEvent(event="part", data=text)


def _read_board(hub: HubContext, key: FeedKey) -> VisitorBoard:
    with hub.uow.read() as work:
        return read_board(work, key)


def _ticket_of(page: Page, token: str) -> AbstractContextManager[_Found]:
    """Yield the ticket of a token, in the language of its slip.

    Raises:
        StatusPageUnknown: 404, there is none. TooManyRequests: 429.
    """
    return page_of_owner(page, _LIMITS, lambda work: _find(work, token))


def _find(work: Work, token: str) -> _Found:
    digest, t = token_hash(token), QueueTicket
    query = select(t.tenant_id, t.event_id, t.id, t.language).where(t.status_token_hash == digest)
    row = work.session.execute(query).one_or_none() if len(token) <= _LONGEST_TOKEN else None
    if row is None:
        raise StatusPageUnknown
    return _Found(FeedKey(row.tenant_id, row.event_id), row.id, row.language, digest)
