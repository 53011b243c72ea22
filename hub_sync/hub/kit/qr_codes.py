"""QR codes as images, for paper and screens. Imports little, so that commands start quickly."""

import struct
import zlib
from io import BytesIO

import segno

QUIET_ZONE = 4
"""Modules of white around the code that ISO/IEC 18004 asks for."""
_SCALE, _LEAST_PIXELS = 8, 640
_MASK_OF_TICKETS = 2
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


class TextTooLong(Exception):
    """The text is longer than a QR code of that level can hold."""


def qr_code(text: str, level: str = "M") -> segno.QRCode:
    """Return the QR code of a text, of error correction level L, M, Q or H.

    The level asked for is kept even where a higher one would fit: modules stay as large as they can be.

    Raises:
        TextTooLong: no code of this level holds it.
    """
    return _make(text, level, None)


def ticket_code(text: str, level: str = "M") -> segno.QRCode:
    """Return the QR code of a text that is encrypted or signed, as `qr_code` does, in a quarter of the time.

    Of eight masks, the standard takes the one with the fewest modules of one colour beside each other. Over text that looks
    random all eight are alike, and to compare them takes 12 of 16 ms.

    Raises:
        TextTooLong: no code of this level holds it.
    """
    return _make(text, level, _MASK_OF_TICKETS)


def _make(text: str, level: str, mask: int | None) -> segno.QRCode:
    try:
        return segno.make_qr(text, error=level, boost_error=False, mask=mask)
    except segno.DataOverflowError as error:
        raise TextTooLong(f"No QR code of level {level} holds {len(text)} characters.") from error


def png(code: segno.QRCode) -> bytes:
    """Return a PNG: black on white, one bit a pixel, at least 640 pixels wide with its quiet zone.

    segno writes the same picture pixel by pixel, which takes longer than to make the code.
    """
    rows = list(code.matrix_iter(border=QUIET_ZONE))
    scale = max(_SCALE, -(-_LEAST_PIXELS // len(rows)))
    pixels = len(rows) * scale
    width = -(-pixels // 8)
    lines = bytearray()
    for row in rows:
        bits = "".join("0" * scale if dark else "1" * scale for dark in row)
        line = int(bits.ljust(width * 8, "0"), 2).to_bytes(width, "big")
        lines += (b"\0" + line) * scale  # 0: this line is not filtered
    header = struct.pack(">IIBBBBB", pixels, pixels, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(lines))), (b"IEND", b""))
    return _PNG_SIGNATURE + b"".join(_chunk(name, content) for name, content in chunks)


def _chunk(name: bytes, content: bytes) -> bytes:
    """Return a chunk of a PNG file (RFC 2083, section 3.2)."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def svg(code: segno.QRCode) -> bytes:
    """Return an SVG: black on white, because without a background it could not be scanned on a dark page."""
    out = BytesIO()
    code.save(out, kind="svg", scale=_SCALE, border=QUIET_ZONE, light="#fff")
    return out.getvalue()


def svg_inline(code: segno.QRCode) -> str:
    """Return an SVG to stand in a page: black on white, as large as its place."""
    return code.svg_inline(border=QUIET_ZONE, light="#fff", omitsize=True)
