"""Image files as frames: png, jpg, webp and every other format that OpenCV reads."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from hardware import MAX_IMAGE_PIXELS

IMAGE_SUFFIXES = frozenset(
    {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".pgm", ".ppm"}
)
"""File name suffixes that the `images:` source treats as images."""

TOO_LARGE = f"too large: pictures of at most {MAX_IMAGE_PIXELS // 1_000_000} megapixels are read"

_BGRA_CHANNELS = 4
_MID_GRAY = 128


class InvalidImageError(ValueError):
    """The file exists but is not a readable image. The message does not contain the file name."""


def read_image(path: Path) -> NDArray[np.uint8]:
    """Read an image file as grayscale or BGR, 8 bits per channel.

    A transparent background becomes white, or black if the foreground is light, so that a code that was saved without
    background can still be decoded.

    Raises:
        InvalidImageError: the file is not a readable image.
        OSError: the file cannot be read.
    """
    encoded = np.frombuffer(path.read_bytes(), dtype=np.uint8)
    if encoded.size == 0:
        raise InvalidImageError("the file is empty")
    try:
        image = cv2.imdecode(encoded, cv2.IMREAD_UNCHANGED)
    except cv2.error as error:  # too many pixels, or damaged in a way that OpenCV does not expect
        if "CV_IO_MAX_IMAGE" in str(error):
            raise InvalidImageError(TOO_LARGE) from error
        raise InvalidImageError("not a readable image") from error
    if image is None or image.size == 0:
        raise InvalidImageError("not a readable image")
    return _flatten_alpha(_to_uint8(image))


def _to_uint8(image: NDArray[np.generic]) -> NDArray[np.uint8]:
    if image.dtype == np.uint8:
        return np.asarray(image, dtype=np.uint8)
    if image.dtype == np.uint16:
        return np.asarray(image.astype(np.uint16) >> 8, dtype=np.uint8)
    values = np.nan_to_num(image.astype(np.float32))
    return np.asarray(np.clip(values * (255 if values.max() <= 1 else 1), 0, 255), dtype=np.uint8)


def _flatten_alpha(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if image.ndim == 2 or image.shape[2] != _BGRA_CHANNELS:  # noqa: PLR2004 -- height x width
        return image
    color, alpha = image[:, :, :3], image[:, :, 3:].astype(np.uint16)
    if alpha.min() == 255:  # noqa: PLR2004 -- opaque everywhere
        return np.ascontiguousarray(color)
    foreground = color[alpha[:, :, 0] > 0]
    background = 0 if foreground.size and foreground.mean() > _MID_GRAY else 255
    return np.asarray((color * alpha + background * (255 - alpha)) // 255, dtype=np.uint8)
