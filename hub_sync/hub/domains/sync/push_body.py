"""The bytes of a push, made into a request within bounds: a small body may unpack into an enormous one."""

import zlib

import zstandard
from pydantic import ValidationError

from hub_sync.contract.sync import PushRequest

MAX_WIRE_BYTES = 8 * 2**20
MAX_PLAIN_BYTES = 40 * 2**20
"""A thousand items of the longest body, each character escaped, stay below this."""
_MAX_WINDOW = 2**23
"""The most memory (bytes) that a zstd frame may ask for; levels up to 19 need no more."""
_ANCHOR_LIMIT = 2**52
_GZIP = 31


class PushTooLarge(Exception):  # noqa: N818 - becomes a problem of this name
    """The body unpacks into more than a push may hold."""


class PushUnreadable(Exception):  # noqa: N818 - becomes a problem of this name
    """The body is no push; the message says where it stops being one."""


class PushEncodingUnknown(Exception):  # noqa: N818 - becomes a problem of this name
    """The body is packed in a way that the hub does not know."""


def read_push(raw: bytes, encoding: str) -> PushRequest:
    """Unpack and check a push. `encoding` is the Content-Encoding header: zstd, gzip, identity or empty.

    Raises:
        PushTooLarge, PushUnreadable, PushEncodingUnknown: as their names say.
    """
    plain = _unpack(raw, encoding.strip().lower())
    try:
        request = PushRequest.model_validate_json(plain)
    except ValidationError as wrong:
        raise PushUnreadable(_first_complaint(wrong)) from None
    if any(not 0 <= zero < _ANCHOR_LIMIT for zero in request.anchors.values()):
        raise PushUnreadable("anchors: a time is out of range")
    return request


def _unpack(raw: bytes, encoding: str) -> bytes:
    if encoding in ("", "identity"):
        plain = raw
    elif encoding == "zstd":
        plain = _unzstd(raw)
    elif encoding in ("gzip", "x-gzip"):
        plain = _gunzip(raw)
    else:
        raise PushEncodingUnknown("send a push plain, as zstd or as gzip")
    if len(plain) > MAX_PLAIN_BYTES:
        raise PushTooLarge("the push unpacks into more than a push may hold")
    return plain


def _unzstd(raw: bytes) -> bytes:
    try:
        with zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW).stream_reader(raw) as reader:
            return reader.read(MAX_PLAIN_BYTES + 1)
    except zstandard.ZstdError:
        raise PushUnreadable("the body is not zstd") from None


def _gunzip(raw: bytes) -> bytes:
    unpacking = zlib.decompressobj(_GZIP)
    try:
        plain = unpacking.decompress(raw, MAX_PLAIN_BYTES + 1)
    except zlib.error:
        raise PushUnreadable("the body is not gzip") from None
    if not unpacking.eof and len(plain) <= MAX_PLAIN_BYTES:
        raise PushUnreadable("the body ends too early")
    return plain


def _first_complaint(wrong: ValidationError) -> str:
    first = wrong.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"{place}: {first['msg']}" if place else first["msg"]
