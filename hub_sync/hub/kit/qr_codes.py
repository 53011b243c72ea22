"""QR codes as images, for paper and screens. Imports little, so that commands start quickly."""

from io import BytesIO

import segno

QUIET_ZONE = 4
"""Modules of white around the code that ISO/IEC 18004 asks for."""
_SCALE, _LEAST_PIXELS = 8, 640


class TextTooLong(Exception):
    """The text is longer than a QR code of that level can hold."""


def qr_code(text: str, level: str = "M") -> segno.QRCode:
    """Return the QR code of a text, of error correction level L, M, Q or H.

    The level asked for is kept even where a higher one would fit: modules stay as large as they can be.

    Raises:
        TextTooLong: no code of this level holds it.
    """
    try:
        return segno.make_qr(text, error=level, boost_error=False)
    except segno.DataOverflowError as error:
        raise TextTooLong(f"No QR code of level {level} holds {len(text)} characters.") from error


def png(code: segno.QRCode) -> bytes:
    """Return a PNG: black on white, one bit a pixel, at least 640 pixels wide with its quiet zone."""
    modules = code.symbol_size(border=QUIET_ZONE)[0]
    out = BytesIO()
    scale = max(_SCALE, -(-_LEAST_PIXELS // int(modules)))
    code.save(out, kind="png", scale=scale, border=QUIET_ZONE)
    return out.getvalue()


def svg(code: segno.QRCode) -> bytes:
    """Return an SVG: black on white, because without a background it could not be scanned on a dark page."""
    out = BytesIO()
    code.save(out, kind="svg", scale=_SCALE, border=QUIET_ZONE, light="#fff")
    return out.getvalue()


def svg_inline(code: segno.QRCode) -> str:
    """Return an SVG to stand in a page: black on white, as large as its place."""
    return code.svg_inline(border=QUIET_ZONE, light="#fff", omitsize=True)
