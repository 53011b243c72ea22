"""Bodies of responses, limited in bytes before and after decompression.

A response is read as it came (`iter_raw`) and decompressed here: httpx would decompress a whole chunk at once, and 64 KiB
of a gzip bomb are 64 MiB.
"""

import zlib
from collections.abc import Iterator

import httpx
import orjson
import zstandard

from hub_sync.client.http import errors
from hub_sync.client.http.errors import InvalidHubResponse, ResponseTooLarge

ACCEPT_ENCODING = "zstd, gzip"
MAX_ERROR_BYTES = 64 * 1024
"""A problem has some hundred bytes; a proxy's page of an error is not read further than this."""
_ZSTD_WINDOW = 8 * 1024 * 1024
_PIECE = 64 * 1024


def read_body(response: httpx.Response, max_bytes: int) -> bytes:
    """Return the decompressed body of a response.

    Raises:
        ResponseTooLarge: It has more than `max_bytes`, compressed or decompressed.
        InvalidHubResponse: It can't be decompressed.
    """
    if (
        response.is_stream_consumed
    ):  # built in memory by a transport without a network, and decompressed by httpx
        return _limited(iter((response.content,)), max_bytes)
    raw = _limited(response.iter_raw(), max_bytes)
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding in ("", "identity"):
        return raw
    if encoding == "gzip":
        return _gunzip(raw, max_bytes)
    if encoding == "zstd":
        return decompress_zstd(raw, max_bytes)
    raise InvalidHubResponse(errors.CUT_OFF)


def read_lines(response: httpx.Response, max_bytes: int) -> Iterator[str]:
    """Yield the lines of a stream, without their ends, as they come.

    Raises:
        ResponseTooLarge: A line has more than `max_bytes`.
        UnicodeDecodeError: A line is not UTF-8.
    """
    rest = b""
    for chunk in response.iter_raw():
        *lines, rest = (rest + chunk).split(b"\n")
        if len(rest) > max_bytes:
            raise ResponseTooLarge(errors.TOO_LARGE)
        for line in lines:
            yield line.removesuffix(b"\r").decode()


def parse_json(body: bytes) -> object:
    """Return the value of a JSON text.

    Raises:
        InvalidHubResponse: It is cut off or damaged.
    """
    try:
        value: object = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise InvalidHubResponse(errors.CUT_OFF) from None  # its text holds part of the body
    return value


def _limited(chunks: Iterator[bytes], max_bytes: int) -> bytes:
    pieces, size = [], 0
    for chunk in chunks:
        size += len(chunk)
        if size > max_bytes:
            raise ResponseTooLarge(errors.TOO_LARGE)
        pieces.append(chunk)
    return b"".join(pieces)


def _gunzip(raw: bytes, max_bytes: int) -> bytes:
    decompressor = zlib.decompressobj(wbits=31)
    try:
        plain = decompressor.decompress(raw, max_bytes + 1)
    except zlib.error:
        raise InvalidHubResponse(errors.CUT_OFF) from None
    if len(plain) > max_bytes:
        raise ResponseTooLarge(errors.TOO_LARGE)
    if not decompressor.eof:
        raise InvalidHubResponse(errors.CUT_OFF)
    return plain


def decompress_zstd(raw: bytes, max_bytes: int) -> bytes:
    """Return the content of zstd frames.

    Raises:
        ResponseTooLarge: It has more than `max_bytes`.
        InvalidHubResponse: It can't be decompressed.
    """
    try:
        with zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).stream_reader(raw) as reader:
            return _limited(iter(lambda: reader.read(_PIECE), b""), max_bytes)
    except zstandard.ZstdError:
        raise InvalidHubResponse(errors.CUT_OFF) from None
