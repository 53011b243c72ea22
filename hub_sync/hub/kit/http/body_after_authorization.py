"""The headers that describe the body of a request: is there one, how long is it, how is it encoded. Nothing reads the body here."""

from collections.abc import Mapping
from typing import Any

from starlette.datastructures import Headers

SMALL_BODY = 4 * 1024
"""Bytes of a plain body that costs less than the way to another thread, on which its caller is authorized."""
_BODY_FOLLOWS = (b"content-length", b"transfer-encoding")


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
