"""Picture files as frames: png, jpg, webp and whatever else OpenCV opens."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

IMAGE_SUFFIXES = frozenset(
    {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".pgm", ".ppm"}
)
"""File name endings that `images:` takes for pictures."""

_BGRA_CHANNELS = 4
_MID_GRAY = 128


class InvalidImageError(ValueError):
    """The file is there and is no picture that can be opened. The message is a sentence without the file's name."""


def read_image(path: Path) -> NDArray[np.uint8]:
    """The picture as grey or BGR, 8 bits.

    Transparency is laid over white, or over black where what is drawn is itself light: a code saved without background
    stays a code. NotAPictureError where it is none; OSError where the file cannot be read.
    """
    encoded = np.frombuffer(path.read_bytes(), dtype=np.uint8)
    if encoded.size == 0:
        raise InvalidImageError("the file is empty")
    try:
        image = cv2.imdecode(encoded, cv2.IMREAD_UNCHANGED)
    except cv2.error as fault:  # more than 2**30 pixels, or broken in a way that it does not expect
        raise InvalidImageError("not a picture that can be opened") from fault
    if image is None or image.size == 0:
        raise InvalidImageError("not a picture that can be opened")
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
    colour, alpha = image[:, :, :3], image[:, :, 3:].astype(np.uint16)
    if alpha.min() == 255:  # noqa: PLR2004 -- opaque everywhere
        return np.ascontiguousarray(colour)
    drawn = colour[alpha[:, :, 0] > 0]
    behind = 0 if drawn.size and drawn.mean() > _MID_GRAY else 255
    return np.asarray((colour * alpha + behind * (255 - alpha)) // 255, dtype=np.uint8)
