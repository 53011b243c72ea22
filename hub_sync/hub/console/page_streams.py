"""Streams of pages: they say "look", and the page's script (`live.js`) fetches what is marked with data-live anew.

"over" has the script reload the page, which then says why; after "end" it looks once more and listens no longer.
"""

from collections.abc import Awaitable, Callable

from fastapi.responses import Response
from sse_starlette import ServerSentEvent

from hub_sync.hub.console.router import PageRouter
from hub_sync.hub.kit.errors import Forbidden
from hub_sync.hub.kit.http.sse import EventStreamCall
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.security.access import Access, CallerKind


class StreamForPagesOnly(Forbidden, variant=True):
    """A key asks for the stream of the console."""

    template = N_("This stream is for pages; keys have those under /api/v1.")


def add_page_stream(
    router: PageRouter, path: str, access: Access, endpoint: Callable[..., Awaitable[Response]]
) -> None:
    """Register the stream of a page.

    Args:
        router: the page's router.
        path: of the stream.
        access: that of the page.
        endpoint: takes a `StreamCall`, which it hands to `require_user`, and the parameters of the path.
    """
    endpoint.access = access  # type: ignore[attr-defined]
    endpoint.is_page = True  # type: ignore[attr-defined]
    endpoint.is_public = False  # type: ignore[attr-defined]
    endpoint.streams = True  # type: ignore[attr-defined]
    router.add_api_route(path, endpoint, methods=["GET"], response_model=None)


def require_user(call: EventStreamCall) -> None:
    """Raise unless a user asks, in a browser.

    Raises:
        StreamForPagesOnly: 403.
    """
    if call.caller.kind is not CallerKind.USER:
        raise StreamForPagesOnly


def look() -> ServerSentEvent:
    """Return the event that has the page look."""
    return ServerSentEvent(event="look", data="")


def over() -> ServerSentEvent:
    """Return the event after which the page is loaded anew: its user has lost access."""
    return ServerSentEvent(event="over", data="")


def end() -> ServerSentEvent:
    """Return the event after which nothing more comes."""
    return ServerSentEvent(event="end", data="")
