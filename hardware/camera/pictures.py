"""Picture files as frames: png, jpg, webp and whatever else OpenCV opens."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

PICTURE_ENDINGS = frozenset(
    {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".pgm", ".ppm"}
)
"""File name endings that `images:` takes for pictures."""

_WITH_ALPHA = 4
_MIDDLE = 128


class NotAPictureError(ValueError):
    """The file is there and is no picture that can be opened. The message is a sentence without the file's name."""


def read_picture(path: Path) -> NDArray[np.uint8]:
    """The picture as grey or BGR, 8 bits.

    Transparency is laid over white, or over black where what is drawn is itself light: a code saved without background
    stays a code. NotAPictureError where it is none; OSError where the file cannot be read.
    """
    packed = np.frombuffer(path.read_bytes(), dtype=np.uint8)
    if packed.size == 0:
        raise NotAPictureError("the file is empty")
    try:
        picture = cv2.imdecode(packed, cv2.IMREAD_UNCHANGED)
    except cv2.error as fault:  # more than 2**30 pixels, or broken in a way that it does not expect
        raise NotAPictureError("not a picture that can be opened") from fault
    if picture is None or picture.size == 0:
        raise NotAPictureError("not a picture that can be opened")
    return _opaque(_eight_bits(picture))


def _eight_bits(picture: NDArray[np.generic]) -> NDArray[np.uint8]:
    if picture.dtype == np.uint8:
        return np.asarray(picture, dtype=np.uint8)
    if picture.dtype == np.uint16:
        return np.asarray(picture.astype(np.uint16) >> 8, dtype=np.uint8)
    values = np.nan_to_num(picture.astype(np.float32))
    return np.asarray(np.clip(values * (255 if values.max() <= 1 else 1), 0, 255), dtype=np.uint8)


def _opaque(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if picture.ndim == 2 or picture.shape[2] != _WITH_ALPHA:  # noqa: PLR2004 -- height x width
        return picture
    colour, alpha = picture[:, :, :3], picture[:, :, 3:].astype(np.uint16)
    if alpha.min() == 255:  # noqa: PLR2004 -- opaque everywhere
        return np.ascontiguousarray(colour)
    drawn = colour[alpha[:, :, 0] > 0]
    behind = 0 if drawn.size and drawn.mean() > _MIDDLE else 255
    return np.asarray((colour * alpha + behind * (255 - alpha)) // 255, dtype=np.uint8)
