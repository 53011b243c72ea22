"""Whatever a camera or a file delivers, as the grey picture that the engines take."""

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

Grey = NDArray[np.uint8]

LONG_SIDE, SHORT_SIDE = 1280, 720
SMALLEST = 21
"""Pixels: a QR code has at least 21 modules a side, so nothing smaller can hold one."""
_DIMENSIONS = (2, 3)
_TOO_LONG = 16_384  # OpenCV's resize and remap count pixels in 16 bits


def as_grey(image: ArrayLike | None) -> Grey | None:
    """Grey, 8 bits, contiguous, at full size; None where there is no picture in it.

    Takes height x width, or height x width x channels (1 grey, 2 grey + alpha, 3 BGR, 4 BGRA) of any real number type.
    Floats are taken as 0..1 where nothing exceeds 1, else as 0..255; 16-bit pictures by their high byte; NaN is black.
    """
    try:
        pixels = np.asarray(image)
    except ValueError:  # a ragged list
        return None
    if pixels.ndim not in _DIMENSIONS or pixels.dtype.kind not in "buif" or min(pixels.shape[:2]) < SMALLEST:
        return None
    step = -(-max(pixels.shape[:2]) // _TOO_LONG)
    if step > 1:
        pixels = pixels[::step, ::step]
    in_bytes = np.ascontiguousarray(_as_bytes(pixels))
    return _without_colour(in_bytes)


def _without_colour(pixels: Grey) -> Grey | None:
    match pixels.shape[2:]:
        case ():
            return pixels
        case (1 | 2,):
            return np.ascontiguousarray(pixels[:, :, 0])
        case (3,):
            return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
        case (4,):
            return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGRA2GRAY), dtype=np.uint8)
        case _:
            return None


def _as_bytes(pixels: NDArray[np.generic]) -> Grey:
    if pixels.dtype == np.uint8:
        return pixels.astype(np.uint8, copy=False)
    if pixels.dtype == np.bool_:
        return pixels.astype(np.uint8) * np.uint8(255)
    if pixels.dtype == np.uint16:
        return (pixels.astype(np.uint16) >> 8).astype(np.uint8)
    clean = np.nan_to_num(pixels.astype(np.float64), nan=0.0, posinf=255.0, neginf=0.0)
    if pixels.dtype.kind == "f" and clean.max(initial=0.0) <= 1.0:
        clean = clean * 255
    return np.clip(clean, 0, 255).astype(np.uint8)


def at_most_720p(grey: Grey) -> Grey:
    """Scaled down, never up, to fit 1280 x 720 either way round; small codes at arm's length still have their pixels."""
    height, width = grey.shape
    scale = min(LONG_SIDE / max(height, width), SHORT_SIDE / min(height, width))
    if scale >= 1:
        return grey
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(grey, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def resized(grey: Grey, factor: float) -> Grey:
    """Scaled by `factor`: averaged when smaller, cubic when larger."""
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    height, width = grey.shape
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return cv2.resize(grey, size, interpolation=how).astype(np.uint8, copy=False)


def sharpened(grey: Grey, sigma: float, amount: float, *, calm: bool = False) -> Grey:
    """Unsharp mask: `amount` times what a blur of about `sigma` pixels takes away is added.

    The blur is a box of that spread: a quarter of a Gaussian's time, and the codes read are the same. `calm` first takes
    the sensor's noise away: sharpened, it costs an engine three times as long to find nothing in it.
    """
    side = round((12 * sigma * sigma + 1) ** 0.5) | 1
    soft = cv2.blur(grey, (side, side))
    base = cv2.blur(grey, (3, 3)) if calm else grey
    return cv2.addWeighted(base, 1 + amount, soft, -amount, 0).astype(np.uint8, copy=False)
