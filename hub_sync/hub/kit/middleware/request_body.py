"""Request bodies: limit their size, decompress them and refuse invalid text, before any route.

A body is read up to the route's limit, and decompressed up to the same limit, so that neither a large body nor a small
one that decompresses to gigabytes exhausts the hub's memory. NUL and lone surrogates, which no database column can store,
are refused here for all routes.
"""

import json
import re
import zlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

import orjson
import zstandard
from anyio import to_thread
from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub_sync.hub.kit.errors import BadRequest, HubError, PayloadTooLarge, Unprocessable
from hub_sync.hub.kit.http.problems import problem_response
from hub_sync.hub.kit.i18n import N_

MAX_ZSTD_WINDOW = 8 * 1024 * 1024
_INLINE = 64 * 1024
_BODY_FOLLOWS = (b"content-length", b"transfer-encoding")
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


class UnsupportedContentEncoding(HubError):
    """The body has a content encoding that the hub doesn't support."""

    status = 415
    template = N_("Bodies may be packed with zstd or gzip.")


class NulInAddress(Unprocessable, variant=True):
    """The address contains a NUL character."""

    template = N_("The address contains a NUL character.")


class BodyTooLarge(PayloadTooLarge, variant=True):
    """The body is larger than this route takes."""

    template = N_("The body is larger than the %(limit)s bytes that are taken here.")


class UnpackedBodyTooLarge(PayloadTooLarge, variant=True):
    """The body is larger than this route takes once it is unpacked."""

    template = N_("The body unpacks to more than the %(limit)s bytes that are taken here.")


class BodyIncomplete(BadRequest, variant=True):
    """The connection ended before the body did."""

    template = N_("The caller hung up before the body was whole.")


class BodyNotUnpackable(BadRequest, variant=True):
    """The body is not packed as its header says."""

    template = N_("The body does not unpack as %(encoding)s.")


class NulInBody(Unprocessable, variant=True):
    """The body contains a NUL character."""

    template = N_("The body contains a NUL character.")


class SurrogateInBody(Unprocessable, variant=True):
    """The body contains a lone surrogate."""

    template = N_("The body contains half a character (a lone surrogate).")


def install(app: FastAPI, limit: int, path_limits: Mapping[str, int]) -> None:
    """Add the middleware; `path_limits` has the limits of single paths in bytes."""
    app.add_middleware(RequestBodyMiddleware, limit=limit, path_limits=dict(path_limits))


class RequestBodyMiddleware:
    """The ASGI middleware."""

    def __init__(self, app: ASGIApp, limit: int, path_limits: Mapping[str, int]) -> None:
        self._app, self._limit, self._larger = app, limit, path_limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request with a complete, decompressed and valid body, or answer with a problem."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            inner = await self._receive_body(scope, receive)
        except HubError as error:
            request_id = scope.get("state", {}).get("request_id")
            answer = problem_response(error.status, error.code, error.message, request_id=request_id)
            await answer(scope, receive, send)
            return
        await self._app(scope, inner, send)

    async def _receive_body(self, scope: Scope, receive: Receive) -> Receive:
        """Return the receive channel for the app.

        Raises:
            HubError: the request is refused.
        """
        refuse_nul(scope)
        if not any(name in _BODY_FOLLOWS for name, _ in scope["headers"]):
            return receive
        headers = Headers(scope=scope)
        limit = self._larger.get(scope["path"], self._limit)
        body = await _read(headers, receive, limit)
        encoding = headers.get("content-encoding", "identity").strip().lower()
        if encoding != "identity":
            body = await _off_loop(body, decompress, body, encoding, limit)
            _set_identity(scope, len(body))
        if "json" in headers.get("content-type", "").lower():
            await _off_loop(body, refuse_unclean_json, body)
        return _replay(body, receive)


def refuse_nul(scope: Mapping[str, Any]) -> None:
    """Refuse an address with NUL in it.

    Raises:
        Unprocessable: path or query holds one.
    """
    if "\x00" in scope["path"] or b"\x00" in unquote_to_bytes(scope.get("query_string", b"")):
        raise NulInAddress


async def _read(headers: Headers, receive: Receive, limit: int) -> bytes:
    content_length = headers.get("content-length", "0")
    if content_length.isdigit() and int(content_length) > limit:
        raise BodyTooLarge(limit=limit)
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


async def _off_loop(body: bytes, act: Any, *arguments: Any) -> Any:
    """Process small bodies at once and large ones on a thread, so that one caller does not block all."""
    if len(body) <= _INLINE:
        return act(*arguments)
    return await to_thread.run_sync(act, *arguments)


def decompress(body: bytes, encoding: str, limit: int) -> bytes:
    """Return the decompressed body, at most `limit` bytes.

    Raises:
        PayloadTooLarge: it unpacks to more.
        BadRequest: it is not what it says.
        UnsupportedContentEncoding: neither zstd nor gzip.
    """
    try:
        if encoding == "zstd":
            plain = _unpack_zstd(body, limit)
        elif encoding == "gzip":
            plain = _unpack_gzip(body, limit)
        else:
            raise UnsupportedContentEncoding
    except (zstandard.ZstdError, zlib.error) as error:
        raise BodyNotUnpackable(encoding=encoding) from error
    if len(plain) > limit:
        raise UnpackedBodyTooLarge(limit=limit)
    return plain


def _unpack_zstd(body: bytes, limit: int) -> bytes:
    with zstandard.ZstdDecompressor(max_window_size=MAX_ZSTD_WINDOW).stream_reader(
        body, read_across_frames=True
    ) as reader:
        plain = reader.read(limit + 1)
    if body and not plain:
        # An empty frame is fine, a truncated one reads as empty: the one-shot call tells them apart.
        zstandard.ZstdDecompressor(max_window_size=MAX_ZSTD_WINDOW).decompress(body, max_output_size=limit)
    return plain


def _unpack_gzip(body: bytes, limit: int) -> bytes:
    unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
    plain = unpacker.decompress(body, limit + 1)
    if not unpacker.eof and len(plain) <= limit:
        raise zlib.error("truncated")
    return plain


def refuse_unclean_json(body: bytes) -> None:
    r"""Refuse text that can't be stored: NUL (raw or as `\u0000`) and lone surrogates.

    Raises:
        Unprocessable: the body holds one.
    """
    if b"\x00" in body or (b"\\u0000" in body and _NUL.search(body)):
        raise NulInBody
    if _SURROGATE.search(body) and _has_lone_surrogate(body):
        raise SurrogateInBody


def _has_lone_surrogate(body: bytes) -> bool:
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError:
        try:
            json.loads(body)
        except (ValueError, RecursionError):
            return False  # not JSON at all: the route says so
        return True
    return False


def _set_identity(scope: Scope, length: int) -> None:
    headers = [
        (name, value)
        for name, value in scope["headers"]
        if name not in (b"content-encoding", b"content-length", b"transfer-encoding")
    ]
    scope["headers"] = [*headers, (b"content-length", str(length).encode())]


def _replay(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def inner() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return inner
