"""Compressed responses: zstd if the client accepts it, otherwise gzip."""

import gzip
from typing import Any

import orjson
import zstandard
from fastapi import Request
from fastapi.responses import HTMLResponse, Response

from hub_sync.hub.kit.http.answer_keys import set_plain_body

WORTH_PACKING = 1024
ZSTD_LEVEL, GZIP_LEVEL = 3, 4
IDENTITY = "identity"


def compressed_response(
    request: Request, content: Any, status: int = 200, media_type: str = "application/json"
) -> Response:
    """Return a response with `content` (bytes, or a value for orjson), compressed as the client accepts."""
    plain = content if isinstance(content, bytes) else orjson.dumps(content)
    headers = {"Vary": "Accept-Encoding"}
    encoding = accepted_encoding(request.headers.get("accept-encoding", ""))
    if len(plain) < WORTH_PACKING or encoding == IDENTITY:
        return Response(plain, status, headers, media_type)
    set_plain_body(request, plain)
    return Response(compress(plain, encoding), status, headers | {"Content-Encoding": encoding}, media_type)


def html_response(request: Request, text: str, status: int, *, compress: bool) -> Response:
    """Return a page; with `compress` as the browser accepts it. The page must hold no secret beside a reader's text."""
    if compress:
        return compressed_response(request, text.encode(), status, "text/html; charset=utf-8")
    return HTMLResponse(text, status)


def compress(plain: bytes, encoding: str) -> bytes:
    """Return bytes compressed with zstd or gzip."""
    if encoding == "zstd":
        return zstandard.ZstdCompressor(level=ZSTD_LEVEL).compress(plain)
    return gzip.compress(plain, GZIP_LEVEL, mtime=0)


def accepted_encoding(header: str) -> str:
    """Return the best of zstd, gzip and identity that an Accept-Encoding header allows (RFC 9110, 12.5.3).

    >>> accepted_encoding("gzip, zstd"), accepted_encoding("zstd;q=0, gzip;q=0.5"), accepted_encoding("br")
    ('zstd', 'gzip', 'identity')
    """
    weights: dict[str, float] = {}
    for part in header.lower().split(","):
        name, _, parameters = part.strip().partition(";")
        quality = parameters.strip().removeprefix("q=")
        try:
            weights[name.strip()] = float(quality) if parameters else 1.0
        except ValueError:
            weights[name.strip()] = 0.0
    for encoding in ("zstd", "gzip"):
        if weights.get(encoding, weights.get("*", 0.0)) > 0:
            return encoding
    return IDENTITY
