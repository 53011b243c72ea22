"""A second look at a code that was seen but not read: flattened, and brought back into focus.

Only called where an engine located a code whose modules it could not read, so a frame without a code never pays for it.
Nothing is guessed here: the picture is undone the way it may have been done, and the engine's error correction decides.
"""

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from hardware.codes.engines import Corners
from hardware.codes.grayscale import MIN_CODE_SIZE, GrayImage, resize

_OUTPUT_SIDE = 480  # pixels of a flattened code's edge: 8 a module for a ticket
_MARGIN = 0.18  # of the edge, kept around it: zxing-cpp looks for the finders anew
_ARC_DEGREES = 80.0  # degrees; measured: 60 to 105 all read what is bent by 50 to 100
_CAMERA_DISTANCE = 6.0  # code widths from the camera, usual at a gate
_MAX_CROP_SIDE = 440  # pixels; larger are scaled down before the Fourier transform
_BLUR_SIGMAS = (1.8, 2.6, 3.4, 4.4)
_NOISE_TO_SIGNAL = 0.003  # of the signal's power


def restoration_candidates(image: GrayImage, corners: Corners) -> Iterator[GrayImage]:
    """Pictures to try in turn, most fruitful first, around a code seen at `corners`; none where the corners make no sense."""
    box = _bounding_box(image, corners)
    if box is None:
        return
    for upright in (True, False):
        yield _unwrap_cylinder(image, corners, _ARC_DEGREES, upright=upright)
    x, y, width, height = box
    crop = image[y : y + height, x : x + width]
    scale = min(1.0, _MAX_CROP_SIDE / max(crop.shape))
    if scale < 1:
        crop = resize(crop, scale)
    spectrum = _WienerDeconvolver(crop)
    for sigma in _BLUR_SIGMAS:
        yield resize(spectrum.deblur(sigma), 2)


def _bounding_box(image: GrayImage, corners: Corners) -> tuple[int, int, int, int] | None:
    low, high = corners.min(axis=0), corners.max(axis=0)
    margin = 0.2 * float((high - low).max())
    if (
        not np.isfinite(corners).all()
        or float((high - low).min()) < MIN_CODE_SIZE
        or not cv2.isContourConvex(corners)
    ):
        return None
    height, width = image.shape
    left, top = np.clip(low - margin, 0, [width, height]).astype(int)
    right, bottom = np.clip(high + margin, 0, [width, height]).astype(int)
    if min(right - left, bottom - top) < MIN_CODE_SIZE:
        return None
    return int(left), int(top), int(right - left), int(bottom - top)


def _unwrap_cylinder(image: GrayImage, corners: Corners, arc: float, *, upright: bool) -> GrayImage:
    """Undo a wrap round a cylinder whose axis is upright (or else level) as the code itself is turned.

    With the code's half-width as unit, a point t on the flat code lies at the angle t * half of the cylinder, is seen at
    R sin(angle) and, being nearer towards the middle, larger there by the ratio of the depths.
    """
    half = np.radians(arc) / 2
    radius = 1 / half
    margin = int(_MARGIN * _OUTPUT_SIDE)
    flat = (np.arange(_OUTPUT_SIDE + 2 * margin) - margin) / _OUTPUT_SIDE * 2 - 1
    angle = np.clip(flat * half, -1.5, 1.5)
    depth = 2 * _CAMERA_DISTANCE + radius * (1 - np.cos(angle))
    edge = 2 * _CAMERA_DISTANCE + radius * (1 - np.cos(half))
    across = np.sin(angle) / np.sin(half) * edge / depth
    x = np.tile(across, (flat.size, 1))
    y = flat[:, None] * (edge / depth)[None, :]
    if not upright:
        x, y = y.T, x.T
    square = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], dtype=np.float32)
    matrix = cv2.getPerspectiveTransform(square, corners)
    below = matrix[2, 0] * x + matrix[2, 1] * y + matrix[2, 2]
    below[below == 0] = np.finfo(
        np.float32
    ).tiny  # the horizon: what lands there lies outside the picture anyway
    map_x = ((matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2]) / below).astype(np.float32)
    map_y = ((matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2]) / below).astype(np.float32)
    flattened = cv2.remap(image, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return flattened.astype(np.uint8, copy=False)


class _WienerDeconvolver:
    """A crop's Fourier transform, taken once, from which Wiener filters bring back several depths of focus."""

    _PAD = 24  # pixels reflected around, so that the edges do not ring into the code

    def __init__(self, crop: GrayImage) -> None:
        self._height, self._width = crop.shape
        rows = cv2.getOptimalDFTSize(self._height + 2 * self._PAD)
        columns = cv2.getOptimalDFTSize(self._width + 2 * self._PAD)
        padded = cv2.copyMakeBorder(
            crop,
            self._PAD,
            rows - self._height - self._PAD,
            self._PAD,
            columns - self._width - self._PAD,
            cv2.BORDER_REPLICATE,
        )
        self._shape = (rows, columns)
        self._spectrum = np.fft.rfft2(padded.astype(np.float32)).astype(np.complex64)
        across = np.fft.rfftfreq(columns).astype(np.float32)
        down = np.fft.fftfreq(rows).astype(np.float32)
        self._squares: NDArray[np.float32] = across[None, :] ** 2 + down[:, None] ** 2

    def deblur(self, sigma: float) -> GrayImage:
        """The crop as it would be had a lens not blurred it by `sigma` pixels."""
        lens = np.exp(np.float32(-2 * np.pi**2 * sigma**2) * self._squares)
        wiener = lens / (lens * lens + np.float32(_NOISE_TO_SIGNAL))
        back = np.fft.irfft2(self._spectrum * wiener, s=self._shape)
        inner = back[self._PAD : self._PAD + self._height, self._PAD : self._PAD + self._width]
        return np.clip(inner, 0, 255).astype(np.uint8)
