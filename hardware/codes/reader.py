"""Decode pipeline: from a camera frame to the texts of its QR codes.

The order is the best of sixteen that were measured: zxing-cpp, zxing-cpp on a sharpened frame, zbar at half size. Two
steps are added. A strongly sharpened half-size attempt (a twentieth of zbar's time) decodes codes far out of focus. And
for a code that was detected but not decoded, `image_restoration` reverses bend and blur.
"""

import itertools
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from hardware.codes.engines import BarcodeEngine, Corners, Detection, load_zbar, load_zxing
from hardware.codes.grayscale import (
    MIN_CODE_SIZE,
    GrayImage,
    downscale_to_720p,
    resize,
    to_grayscale,
    unsharp_mask,
)
from hardware.codes.image_restoration import restoration_candidates
from hardware.errors import DeviceMissing

_PHOTO_FACTOR = 1.6  # times 720p: a photograph rather than a camera frame, worth an attempt at full size
_MAX_IMAGE_SIDE = 4096  # pixels
_SMALL_IMAGE_SIDE = 400  # pixels of the shorter side: enlarging is cheap
_MAX_RESTORATIONS = 2  # codes in one frame; each undecodable one costs about 20 ms


@dataclass(frozen=True, slots=True)
class Rect:
    """A region of the frame, in fractions of its width and height (0 to 1), independent of the resolution."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class DecodeResult:
    """Result of decoding one frame. With two or more texts the caller asks for a single code: at a gate, `core.debounce` decides that."""

    texts: tuple[str, ...]  # distinct, texts inside the guide first
    engine: str | None  # the engine that decoded the first text
    elapsed_ms: float  # wall time in milliseconds


class CodeReader:
    """Reads QR codes from frames. Keeps no state between frames; use one instance per thread."""

    def __init__(
        self,
        *,
        zxing: Callable[[], BarcodeEngine | None] = load_zxing,
        zbar: Callable[[], BarcodeEngine | None] = load_zbar,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Load the engines. Raises DeviceMissing if none is installed or all are damaged."""
        self._zxing = zxing()
        self._zbar = zbar()
        self._clock = clock
        if self._zxing is None and self._zbar is None:
            raise DeviceMissing("No QR reader works: zxing-cpp or pyzbar with libzbar0 is needed.")

    def read(self, image: ArrayLike | None, guide: Rect | None = None) -> DecodeResult:
        """Decode the QR codes of an image (BGR or grayscale, any size), the region `guide` first.

        Never raises for the content of an image: an empty or damaged image has no texts. A text is returned only if the
        error correction of its code succeeded.
        """
        start = self._clock()
        gray = to_grayscale(image)
        detections = _Detections()
        if gray is not None:
            self._decode(gray, guide, detections)
        return DecodeResult(tuple(detections.texts), detections.engine, (self._clock() - start) * 1000)

    def _decode(self, full: GrayImage, guide: Rect | None, detections: "_Detections") -> None:
        frame = downscale_to_720p(full)
        primary = self._zxing or self._zbar
        assert primary is not None  # noqa: S101 -- checked in the constructor
        if guide is not None and (part := _crop(frame, guide)) is not None:
            detections.add(primary, primary.detect(part), offset=_top_left(frame, guide))
        # Also if the guide contains a code: the whole frame shows a second code, for one more millisecond.
        detections.add(primary, primary.detect(frame))
        if detections.texts:
            self._search_second_code(frame, detections)
            return
        for engine, images in self._attempts(full, frame):
            for image, scale in images:
                detections.add(engine, engine.detect(image), scale=scale)
                if detections.texts:
                    return
        self._decode_restored(frame, detections)

    def _attempts(
        self, full: GrayImage, frame: GrayImage
    ) -> Iterator[tuple[BarcodeEngine, Iterator[tuple[GrayImage, float]]]]:
        """Yield each engine with its images in order, until a code is decoded. Every image has its scale to the frame."""
        if self._zxing is not None:
            yield self._zxing, _sharpened_images(frame)
        if self._zbar is not None:
            yield self._zbar, _half_size_image(frame)
        if self._zxing is None and self._zbar is not None:
            yield self._zbar, _images_for_zbar_alone(frame)
        if self._zxing is not None:
            yield self._zxing, _rescaled_images(full, frame)

    def _search_second_code(self, frame: GrayImage, detections: "_Detections") -> None:
        """Create one more attempt if a second code was detected but not decoded."""
        if self._zxing is not None and detections.undecoded_places():
            detections.add(self._zxing, self._zxing.detect(unsharp_mask(frame, 1.5, 1.5, denoise=True)))

    def _decode_restored(self, frame: GrayImage, detections: "_Detections") -> None:
        if self._zxing is None:
            return
        for corners in itertools.islice(detections.undecoded_places(), _MAX_RESTORATIONS):
            for image in restoration_candidates(frame, corners):
                detections.add(self._zxing, [d for d in self._zxing.detect(image) if d.text is not None])
                if detections.texts:
                    return


def _sharpened_images(frame: GrayImage) -> Iterator[tuple[GrayImage, float]]:
    yield unsharp_mask(frame, 1.5, 1.5, denoise=True), 1.0
    yield unsharp_mask(resize(frame, 0.5), 2.5, 3.0), 0.5


def _half_size_image(frame: GrayImage) -> Iterator[tuple[GrayImage, float]]:
    yield resize(frame, 0.5), 0.5


def _images_for_zbar_alone(frame: GrayImage) -> Iterator[tuple[GrayImage, float]]:
    inverted = np.bitwise_not(frame)
    yield resize(inverted, 0.5), 0.5
    yield inverted, 1.0
    yield unsharp_mask(frame, 2.0, 2.0), 1.0
    yield unsharp_mask(frame, 4.0, 4.0), 1.0


def _rescaled_images(full: GrayImage, frame: GrayImage) -> Iterator[tuple[GrayImage, float]]:
    """Yield sizes that a 720p camera never needs: small images enlarged, photographs at full size."""
    if min(frame.shape) < _SMALL_IMAGE_SIDE:
        for factor in (2.0, 3.0):
            yield resize(frame, factor), factor
        yield unsharp_mask(resize(frame, 3.0), 3.0, 2.0), 3.0
    if max(full.shape) > _PHOTO_FACTOR * max(frame.shape):
        scale = min(1.0, _MAX_IMAGE_SIDE / max(full.shape))
        larger = full if scale == 1 else resize(full, scale)
        yield larger, larger.shape[1] / frame.shape[1]


def _crop(frame: GrayImage, guide: Rect) -> GrayImage | None:
    height, width = frame.shape
    left, top = _top_left(frame, guide)
    right = min(width, max(0, round((guide.x + guide.width) * width)))
    bottom = min(height, max(0, round((guide.y + guide.height) * height)))
    if min(right - left, bottom - top) < MIN_CODE_SIZE:
        return None
    return np.ascontiguousarray(frame[top:bottom, left:right])


def _top_left(frame: GrayImage, guide: Rect) -> tuple[int, int]:
    height, width = frame.shape
    return min(width, max(0, round(guide.x * width))), min(height, max(0, round(guide.y * height)))


class _Detections:
    """Detections of all attempts on one frame, in pixels of the frame."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.engine: str | None = None
        self._decoded_corners: list[Corners] = []
        self._undecoded_corners: list[Corners] = []

    def add(
        self,
        engine: BarcodeEngine,
        detections: Iterable[Detection],
        *,
        scale: float = 1.0,
        offset: tuple[int, int] = (0, 0),
    ) -> None:
        for detection in detections:
            corners = detection.corners / scale + np.array(offset, dtype=np.float32)
            if detection.text is None:
                self._undecoded_corners.append(corners)
                continue
            self._decoded_corners.append(corners)
            if detection.text and detection.text not in self.texts:
                self.texts.append(detection.text)
                self.engine = self.engine or engine.name

    def undecoded_places(self) -> list[Corners]:
        """Return the corners of codes that were detected but not decoded: largest first, each place and size once."""
        places: list[Corners] = []
        for corners in sorted(self._undecoded_corners, key=_area, reverse=True):
            if any(
                _contains_center(decoded, corners) or _contains_center(corners, decoded)
                for decoded in self._decoded_corners
            ):
                continue
            if not any(
                _contains_center(place, corners) and _area(place) < 1.6 * _area(corners) for place in places
            ):
                places.append(corners)
        return places


def _area(corners: Corners) -> float:
    width, height = corners.max(axis=0) - corners.min(axis=0)
    return float(width * height)


def _contains_center(place: Corners, corners: Corners) -> bool:
    """Return True if the center of `corners` is within the bounds of `place`."""
    center = corners.mean(axis=0)
    return bool((place.min(axis=0) <= center).all() and (center <= place.max(axis=0)).all())
