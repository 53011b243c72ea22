"""Read the body of a request only after its caller is authorized: for routes of the REST API and forms of the console alike.

A stranger's body costs nothing: unless it is small and plain, it is not read before the caller is known and may send it.
And a stranger learns nothing of a body's faults: the caller is authorized before a refusal of the body is answered.
See docs/adr/0050-bodies-after-authorization.md.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import Request

from hub_sync.hub.kit.errors import HubError

SMALL_BODY = 4 * 1024
"""Bytes of a plain body that costs less than the way to another thread, on which its caller is authorized."""
_BODY_FOLLOWS = (b"content-length", b"transfer-encoding")


async def read_body(request: Request, authorize: Callable[[], Awaitable[None]]) -> bytes:
    """Return the body of a request; `request.form()` then parses the same bytes.

    Args:
        request: a request of any method.
        authorize: raises unless the caller may send the body. It is called at most once.

    Raises:
        HubError: as `authorize`; 400, 413, 415, 422: the body is refused (`middleware.request_body`).
    """
    if has_large_body(request.scope):
        await authorize()
        return await request.body()
    try:
        return await request.body()
    except HubError:
        await authorize()
        raise


def has_large_body(scope: Mapping[str, Any]) -> bool:
    """Return True if a body follows that may cost much: compressed, long, or of unknown length."""
    if not has_body(scope):
        return False
    headers = Headers(raw=scope["headers"])
    length = headers.get("content-length", "")
    is_small = length.isdigit() and len(length) <= len(str(SMALL_BODY)) and int(length) <= SMALL_BODY
    return not is_small or content_encoding(headers) != "identity"


def has_body(scope: Mapping[str, Any]) -> bool:
    """Return True if a body follows the request's head."""
    return any(
        name in _BODY_FOLLOWS and (name, value) != (b"content-length", b"0")
        for name, value in scope["headers"]
    )


def content_encoding(headers: Headers) -> str:
    """Return the body's content encoding in lower case; `identity` if it is not compressed."""
    return headers.get("content-encoding", "identity").strip().lower()
