"""Grayscale conversion, scaling and sharpening of images for the engines."""

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

GrayImage = NDArray[np.uint8]

MAX_LONG_SIDE, MAX_SHORT_SIDE = 1280, 720
MIN_CODE_SIZE = 21
"""Pixels per side: a QR code has at least 21 modules per side, so a smaller image cannot contain one."""
_DIMENSIONS = (2, 3)
_MAX_SIDE = 16_384  # OpenCV's resize and remap use 16-bit pixel coordinates


def to_grayscale(image: ArrayLike | None) -> GrayImage | None:
    """Convert an image to contiguous 8-bit grayscale at full size; return None if it is not an image.

    Accepts height x width, or height x width x channels (1 gray, 2 gray + alpha, 3 BGR, 4 BGRA) of any real number type.
    Floats are in 0..1 if no value exceeds 1, else in 0..255; of 16-bit images the high byte is used; NaN is black.
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
    """Scale down, never up, to fit 1280 x 720 or 720 x 1280. Small codes at arm's length keep enough pixels."""
    height, width = image.shape
    scale = min(MAX_LONG_SIDE / max(height, width), MAX_SHORT_SIDE / min(height, width))
    if scale >= 1:
        return image
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def resize(image: GrayImage, factor: float) -> GrayImage:
    """Scale by `factor`, with area averaging to shrink and cubic interpolation to enlarge."""
    interpolation = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    height, width = image.shape
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return cv2.resize(image, size, interpolation=interpolation).astype(np.uint8, copy=False)


def unsharp_mask(image: GrayImage, sigma: float, amount: float, *, denoise: bool = False) -> GrayImage:
    """Sharpen by an unsharp mask: add `amount` times the difference to a blur of about `sigma` pixels.

    The blur is a box filter of that standard deviation: a quarter of the time of a Gaussian, and the same codes are read.
    `denoise` first removes sensor noise; sharpened noise makes an engine take three times as long to find nothing.
    """
    side = round((12 * sigma * sigma + 1) ** 0.5) | 1
    blurred = cv2.blur(image, (side, side))
    base = cv2.blur(image, (3, 3)) if denoise else image
    return cv2.addWeighted(base, 1 + amount, blurred, -amount, 0).astype(np.uint8, copy=False)
