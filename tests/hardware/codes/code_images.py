"""Plain code images, drawn directly from an encoder."""

from typing import Any

import cv2
import numpy as np
import segno
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

TICKET = "xIzV0OcUZoHOAHvTVbjHopjRcOif6GmlY4AnAWZurw4oMwRGG38K-WC6xO1K4b7Xt1OXEGdfPVh5UOCTJj5UqhMgY722zf9R3Vo4o4aB8oGm"
OTHER = "https://example.org/poster"


def drawn(code: Any, scale: int = 6, quiet: int = 4) -> Picture:
    """Draw a segno code in black on white."""
    modules = np.array([[bool(cell) for cell in row] for row in code.matrix])
    dark = np.pad(modules, quiet)
    return np.where(np.kron(dark, np.ones((scale, scale), dtype=bool)), 0, 255).astype(np.uint8)


def qr(content: str | bytes, scale: int = 6, error: str = "m") -> Picture:
    """Draw a QR code (never Micro QR) of `content`."""
    return drawn(segno.make(content, micro=False, error=error, boost_error=False), scale)


def on_grey(*codes: Picture, size: tuple[int, int] = (1280, 720)) -> Picture:
    """Draw the codes side by side on a gray frame."""
    frame = np.full((size[1], size[0]), 120, dtype=np.uint8)
    step = size[0] // len(codes)
    for place, code in enumerate(codes):
        height, width = code.shape
        top, left = (size[1] - height) // 2, place * step + (step - width) // 2
        frame[top : top + height, left : left + width] = code
    return frame


def turned(picture: Picture, degrees: float) -> Picture:
    """Rotate a code in its plane on a larger white ground."""
    height, width = picture.shape
    side = int(1.5 * max(height, width))
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    matrix[:, 2] += side / 2 - width / 2, side / 2 - height / 2
    return np.asarray(cv2.warpAffine(picture, matrix, (side, side), borderValue=255.0), dtype=np.uint8)
