"""Request bodies: read and decoded when the route asks for them, and so after it has authorized its caller.

A stranger's body is not read (`kit.http.body_after_authorization`): the route answers, and the connection drops what was
sent. A body is read up to the route's limit, decompressed up to the same limit, and refused if it would cost much to parse
(`body_decoding`). NUL and lone surrogates, which no database column can store, are refused for all routes.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar
from urllib.parse import unquote_to_bytes

from anyio import CapacityLimiter, to_thread
from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub_sync.hub.kit.errors import BadRequest, HubError, PayloadTooLarge, Unprocessable
from hub_sync.hub.kit.http.body_after_authorization import content_encoding, has_body
from hub_sync.hub.kit.http.problems import problem_response
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.middleware.body_decoding import BodyLimits, FormCompressed, decode
from hub_sync.hub.kit.security.client_address import SAFE_METHODS

MAX_FORM = 256 * 1024
"""Bytes of a form of the console."""
MAX_PUBLIC_FORM = 16 * 1024
"""Bytes of a form that anybody may send, such as that of the sign-in."""
_INLINE = 32 * 1024
_DECODED_AT_ONCE = 4
"""Large bodies that are decoded at the same time: each may take its limit once more."""
_API = "/api/"
T = TypeVar("T")


class NulInAddress(Unprocessable, variant=True):
    """The address contains a NUL character."""

    template = N_("The address contains a NUL character.")


class BodyTooLarge(PayloadTooLarge, variant=True):
    """The body is larger than this route takes."""

    template = N_("The body is larger than the %(limit)s bytes that are taken here.")


class BodyIncomplete(BadRequest, variant=True):
    """The connection ended before the body did."""

    template = N_("The caller hung up before the body was whole.")


def install(app: FastAPI, limits: BodyLimits, path_limits: Mapping[str, BodyLimits]) -> None:
    """Add the middleware; `path_limits` has the limits of single paths."""
    app.add_middleware(RequestBodyMiddleware, limits=limits, path_limits=dict(path_limits))


class RequestBodyMiddleware:
    """The ASGI middleware."""

    def __init__(self, app: ASGIApp, limits: BodyLimits, path_limits: Mapping[str, BodyLimits]) -> None:
        self._app, self._limits, self._of_path = app, limits, path_limits
        self._limiter: CapacityLimiter | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with a `receive` that reads and decodes the body at its first call."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            refuse_nul(scope)
        except HubError as error:
            request_id = scope.get("state", {}).get("request_id")
            answer = problem_response(error.status, error.code, error.message, request_id=request_id)
            await answer(scope, receive, send)
            return
        if scope["method"] not in SAFE_METHODS and has_body(scope):
            receive = self._reading(scope, receive)
        await self._app(scope, receive, send)

    def _reading(self, scope: Scope, receive: Receive) -> Receive:
        """Return a `receive` whose first call returns the whole body; it raises a HubError if the body is refused."""
        is_read = False
        passing: Receive | None = None

        async def read_once() -> Message:
            nonlocal is_read, passing
            limit = getattr(scope.get("endpoint"), "takes_file", 0)
            if limit:
                passing = passing or _passing(Headers(raw=scope["headers"]), receive, limit)
                return await passing()
            if is_read:
                return await receive()
            is_read = True
            return {"type": "http.request", "body": await self._read(scope, receive), "more_body": False}

        return read_once

    async def _read(self, scope: Scope, receive: Receive) -> bytes:
        headers = Headers(raw=scope["headers"])
        limits = self._of_path.get(scope["path"], self._limits)
        encoding, kind = content_encoding(headers), headers.get("content-type", "").lower()
        is_form = "form" in kind and not scope["path"].startswith(_API)
        if is_form:
            is_public = getattr(scope.get("endpoint"), "is_public", False)
            limits = BodyLimits(min(limits.size, MAX_PUBLIC_FORM if is_public else MAX_FORM))
            if encoding != "identity":
                raise FormCompressed
        body = await _receive_all(headers, receive, limits.size)
        if is_form:
            return body
        # Whatever its type is called: the API takes JSON only, and the push route parses any type as JSON.
        act = partial(decode, body, encoding, limits)
        return await self._off_loop(act) if encoding != "identity" or len(body) > _INLINE else act()

    async def _off_loop(self, act: Callable[[], T]) -> T:
        """Decode on a thread, so that one caller does not block all."""
        self._limiter = self._limiter or CapacityLimiter(_DECODED_AT_ONCE)
        return await to_thread.run_sync(act, limiter=self._limiter)


def refuse_nul(scope: Mapping[str, Any]) -> None:
    """Refuse an address with NUL in it.

    Raises:
        Unprocessable: path or query holds one.
    """
    if "\x00" in scope["path"] or b"\x00" in unquote_to_bytes(scope.get("query_string", b"")):
        raise NulInAddress


def _passing(headers: Headers, receive: Receive, limit: int) -> Receive:
    """Return a `receive` that passes a body on, piece by piece; it raises a HubError once the body is too large."""
    size = 0

    async def receive_piece() -> Message:
        nonlocal size
        if not size:
            if content_encoding(headers) != "identity":
                raise FormCompressed
            _refuse_announced(headers, limit)
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BodyIncomplete
        size += len(message.get("body", b""))
        if size > limit:
            raise BodyTooLarge(limit=limit)
        return message

    return receive_piece


def _refuse_announced(headers: Headers, limit: int) -> None:
    """Refuse a body that is too large by what its header says.

    Raises:
        BodyTooLarge: 413.
    """
    content_length = headers.get("content-length", "0")
    if content_length.isdigit() and (len(content_length) > len(str(limit)) or int(content_length) > limit):
        raise BodyTooLarge(limit=limit)


async def _receive_all(headers: Headers, receive: Receive, limit: int) -> bytes:
    _refuse_announced(headers, limit)
    chunks: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BodyIncomplete
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        more = message.get("more_body", False)
        if size > limit:
            raise BodyTooLarge(limit=limit)
    return b"".join(chunks)
