"""Image restoration for a code that was detected but not decoded: flattening and deblurring.

Only called for a code that an engine located but could not decode, so frames without a code cost nothing. Nothing is
guessed: likely distortions are reversed, and the error correction of the code decides.
"""

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from hardware.codes.engines import Corners
from hardware.codes.grayscale import MIN_CODE_SIZE, GrayImage, resize

_OUTPUT_SIDE = 480  # pixels per side of a flattened code: 8 per module for a ticket
_MARGIN = 0.18  # of the side, added around it: zxing-cpp detects the finder patterns again
_ARC_DEGREES = 80.0  # degrees; measured: 60 to 105 all decode codes bent by 50 to 100
_CAMERA_DISTANCE = 6.0  # in code widths, usual at a gate
_MAX_CROP_SIDE = 440  # pixels; larger are scaled down before the Fourier transform
_BLUR_SIGMAS = (1.8, 2.6, 3.4, 4.4)
_NOISE_TO_SIGNAL = 0.003  # relative to the power of the signal


def restoration_candidates(image: GrayImage, corners: Corners) -> Iterator[GrayImage]:
    """Yield restored images of the code at `corners`, most successful method first; none if the corners are implausible."""
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
    """Flatten a code wrapped round a cylinder whose axis is upright (or else horizontal) in the orientation of the code.

    In units of half the code's width, a point t on the flat code is at the angle t * half on the cylinder. It appears at
    R sin(angle), enlarged by the ratio of the depths, because the middle is nearer to the camera.
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
    depth_term = matrix[2, 0] * x + matrix[2, 1] * y + matrix[2, 2]
    depth_term[depth_term == 0] = np.finfo(
        np.float32
    ).tiny  # the horizon: these points are outside the image anyway
    map_x = ((matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2]) / depth_term).astype(np.float32)
    map_y = ((matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2]) / depth_term).astype(np.float32)
    flattened = cv2.remap(image, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return flattened.astype(np.uint8, copy=False)


class _WienerDeconvolver:
    """Wiener deconvolution of one crop: one Fourier transform, then a filter per blur radius."""

    _PAD = 24  # pixels of border, so that edges do not cause ringing in the code

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
        """Return the crop without a Gaussian blur of `sigma` pixels."""
        lens = np.exp(np.float32(-2 * np.pi**2 * sigma**2) * self._squares)
        wiener = lens / (lens * lens + np.float32(_NOISE_TO_SIGNAL))
        restored = np.fft.irfft2(self._spectrum * wiener, s=self._shape)
        inner = restored[self._PAD : self._PAD + self._height, self._PAD : self._PAD + self._width]
        return np.clip(inner, 0, 255).astype(np.uint8)
