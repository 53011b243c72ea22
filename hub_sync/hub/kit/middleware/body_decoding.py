"""Decoding of request bodies, with a bound on each kind of work that a few bytes can cause.

A small body may decompress to much, and a small JSON text may hold very many values: parsing 16 MiB of `0,0,0…` takes
gigabytes. So a body may not grow by more than `MOST_GROWTH`, and the characters that begin a value are counted before
anything parses them. `request_body` calls this once the caller is known.
"""

import json
import re
import zlib
from dataclasses import dataclass

import orjson
import zstandard

from hub_sync.hub.kit.errors import BadRequest, HubError, PayloadTooLarge, Unprocessable
from hub_sync.hub.kit.i18n import N_

MAX_ZSTD_WINDOW = 8 * 1024 * 1024
MOST_GROWTH = 100
"""The most bytes that one compressed byte may become. Journal rows become 8, JSON of the API 20."""
GROWTH_FROM = 64 * 1024
"""A decompressed size that any body may have, however small it was."""
_SLICE = 1024 * 1024
_BEGINS_VALUE = (b",", b"[", b"{", b"\\u")
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


class UnsupportedContentEncoding(HubError):
    """The body has a content encoding that the hub doesn't support."""

    status = 415
    template = N_("Bodies may be packed with zstd or gzip.")


class FormCompressed(UnsupportedContentEncoding, variant=True):
    """A form is compressed, which no browser does."""

    template = N_("A form may not be packed.")


class UnpackedBodyTooLarge(PayloadTooLarge, variant=True):
    """The body is larger than this route takes once it is unpacked."""

    template = N_("The body unpacks to more than the %(limit)s bytes that are taken here.")


class BodyTooComplex(Unprocessable, variant=True):
    """The JSON of the body has more values than this route takes."""

    template = N_("The body has more than the %(limit)s values that are taken here.")


class BodyNotUnpackable(BadRequest, variant=True):
    """The body is not packed as its header says."""

    template = N_("The body does not unpack as %(encoding)s.")


class NulInBody(Unprocessable, variant=True):
    """The body contains a NUL character."""

    template = N_("The body contains a NUL character.")


class SurrogateInBody(Unprocessable, variant=True):
    """The body contains a lone surrogate."""

    template = N_("The body contains half a character (a lone surrogate).")


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """The limits of a route's bodies."""

    size: int
    """The most bytes, as sent and once more as decompressed."""
    values: int = 10_000
    """The most values in a JSON text: each element, member and escaped character counts."""
    is_json: bool = True
    """False for a route whose body is a file: nothing parses it."""


def decode(body: bytes, encoding: str, limits: BodyLimits) -> bytes:
    """Return a body, decompressed; one of JSON is fit to be parsed then.

    Raises:
        PayloadTooLarge: 413, it decompresses to more than is taken.
        BadRequest: 400, it is not compressed as `encoding` says.
        UnsupportedContentEncoding: 415, neither zstd nor gzip.
        Unprocessable: 422, too many values, or text that can't be stored.
    """
    if encoding != "identity":
        body = decompress(body, encoding, limits.size)
    if not limits.is_json:
        return body
    refuse_too_many_values(body, limits.values)
    refuse_unclean_json(body)
    return body


def decompress(body: bytes, encoding: str, limit: int) -> bytes:
    """Return the decompressed body, at most `limit` bytes and not much more than it was.

    Raises:
        PayloadTooLarge: it decompresses to more.
        BadRequest: it is not what it says.
        UnsupportedContentEncoding: neither zstd nor gzip.
    """
    limit = min(limit, max(GROWTH_FROM, MOST_GROWTH * len(body)))
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


def refuse_too_many_values(body: bytes, limit: int) -> None:
    """Refuse JSON with more values than `limit`, by the characters that begin one, also those inside of texts.

    The body is looked at in slices, since each look keeps all other threads waiting.

    Raises:
        BodyTooComplex: 422.
    """
    count = 0
    for start in range(0, len(body), _SLICE):
        count += sum(body.count(sign, start, start + _SLICE) for sign in _BEGINS_VALUE)
        if count > limit:
            raise BodyTooComplex(limit=limit)


def refuse_unclean_json(body: bytes) -> None:
    r"""Refuse text that can't be stored: NUL (raw or as `\u0000`) and lone surrogates.

    Raises:
        Unprocessable: the body holds one.
    """
    if b"\x00" in body or (b"\\u0000" in body and _NUL.search(body)):
        raise NulInBody
    if b"\\u" in body and _SURROGATE.search(body) and _has_lone_surrogate(body):
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
