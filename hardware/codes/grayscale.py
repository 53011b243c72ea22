"""Whatever a camera or a file delivers, as the grey picture that the engines take."""

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

GrayImage = NDArray[np.uint8]

MAX_LONG_SIDE, MAX_SHORT_SIDE = 1280, 720
MIN_CODE_SIZE = 21
"""Pixels: a QR code has at least 21 modules a side, so nothing smaller can hold one."""
_DIMENSIONS = (2, 3)
_MAX_SIDE = 16_384  # OpenCV's resize and remap count pixels in 16 bits


def to_grayscale(image: ArrayLike | None) -> GrayImage | None:
    """Grey, 8 bits, contiguous, at full size; None where there is no picture in it.

    Takes height x width, or height x width x channels (1 grey, 2 grey + alpha, 3 BGR, 4 BGRA) of any real number type.
    Floats are taken as 0..1 where nothing exceeds 1, else as 0..255; 16-bit pictures by their high byte; NaN is black.
    """
    try:
        pixels = np.asarray(image)
    except ValueError:  # a ragged list
        return None
    if (
        pixels.ndim not in _DIMENSIONS
        or pixels.dtype.kind not in "buif"
        or min(pixels.shape[:2]) < MIN_CODE_SIZE
    ):
        return None
    step = -(-max(pixels.shape[:2]) // _MAX_SIDE)
    if step > 1:
        pixels = pixels[::step, ::step]
    pixels_uint8 = np.ascontiguousarray(_to_uint8(pixels))
    return _drop_color(pixels_uint8)


def _drop_color(pixels: GrayImage) -> GrayImage | None:
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


def _to_uint8(pixels: NDArray[np.generic]) -> GrayImage:
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


def downscale_to_720p(image: GrayImage) -> GrayImage:
    """Scaled down, never up, to fit 1280 x 720 either way round; small codes at arm's length still have their pixels."""
    height, width = image.shape
    scale = min(MAX_LONG_SIDE / max(height, width), MAX_SHORT_SIDE / min(height, width))
    if scale >= 1:
        return image
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def resize(image: GrayImage, factor: float) -> GrayImage:
    """Scaled by `factor`: averaged when smaller, cubic when larger."""
    interpolation = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    height, width = image.shape
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return cv2.resize(image, size, interpolation=interpolation).astype(np.uint8, copy=False)


def unsharp_mask(image: GrayImage, sigma: float, amount: float, *, denoise: bool = False) -> GrayImage:
    """Unsharp mask: `amount` times what a blur of about `sigma` pixels takes away is added.

    The blur is a box of that spread: a quarter of a Gaussian's time, and the codes read are the same. `calm` first takes
    the sensor's noise away: sharpened, it costs an engine three times as long to find nothing in it.
    """
    side = round((12 * sigma * sigma + 1) ** 0.5) | 1
    soft = cv2.blur(image, (side, side))
    base = cv2.blur(image, (3, 3)) if denoise else image
    return cv2.addWeighted(base, 1 + amount, soft, -amount, 0).astype(np.uint8, copy=False)
