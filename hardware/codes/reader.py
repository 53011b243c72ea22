"""The decode pipeline: a camera's frame in, the texts of the QR codes in view out.

The order is the issue's, measured best of sixteen: zxing-cpp, zxing-cpp on a sharpened frame, zbar at half size. Two
things stand beside it. A strongly sharpened half-size look (a twentieth of zbar's time) finds codes far out of focus.
And where an engine saw a code that it could not read, and only there, `restore` undoes bend and blur.
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

_PHOTO_FACTOR = 1.6  # times 720p: a photograph rather than a camera's frame, worth a look at its full size
_MAX_IMAGE_SIDE = 4096  # pixels
_SMALL_IMAGE_SIDE = 400  # pixels of the shorter side: enlarging costs little
_MAX_RESTORATIONS = 2  # places in one frame; each unreadable one costs about 20 ms


@dataclass(frozen=True, slots=True)
class Rect:
    """A part of the frame, in fractions of its width and height (0 to 1), so that it holds for any resolution."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class DecodeResult:
    """What a frame said. Two texts or more mean two different codes in view, and the caller should ask for one."""

    texts: tuple[str, ...]  # distinct, those inside the guide first
    engine: str | None  # whose look read the first of them
    elapsed_ms: float  # wall time of the read


class CodeReader:
    """Reads QR codes from frames. Keeps no state between frames; use one per thread."""

    def __init__(
        self,
        *,
        zxing: Callable[[], BarcodeEngine | None] = load_zxing,
        zbar: Callable[[], BarcodeEngine | None] = load_zbar,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Load the engines that are there. DeviceMissing where there is none at all."""
        self._zxing = zxing()
        self._zbar = zbar()
        self._clock = clock
        if self._zxing is None and self._zbar is None:
            raise DeviceMissing("No QR reader is installed: zxing-cpp or pyzbar with libzbar0 is needed.")

    def read(self, image: ArrayLike | None, guide: Rect | None = None) -> DecodeResult:
        """Read a BGR or grey picture of any size; `guide` is looked at first.

        Never raises for anything a camera can deliver or a person can hold up: an empty, odd or broken picture reads as
        nothing. A text comes only from a code whose own error correction agreed.
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
        assert primary is not None  # noqa: S101 -- the constructor saw to it
        if guide is not None and (part := _crop(frame, guide)) is not None:
            detections.add(primary, primary.detect(part), offset=_top_left(frame, guide))
        # Also when the guide held a code: the whole frame tells of a second one, for a millisecond on code frames only.
        detections.add(primary, primary.detect(frame))
        if detections.texts:
            self._search_second_code(frame, detections)
            return
        for engine, looks in self._attempts(full, frame):
            for picture, scale in looks:
                detections.add(engine, engine.detect(picture), scale=scale)
                if detections.texts:
                    return
        self._decode_restored(frame, detections)

    def _attempts(
        self, full: GrayImage, frame: GrayImage
    ) -> Iterator[tuple[BarcodeEngine, Iterator[tuple[GrayImage, float]]]]:
        """Engine and what it looks at, in order, until something is read. A picture comes with its scale to the frame."""
        if self._zxing is not None:
            yield self._zxing, _sharpened_images(frame)
        if self._zbar is not None:
            yield self._zbar, _half_size_image(frame)
        if self._zxing is None and self._zbar is not None:
            yield self._zbar, _images_for_zbar_alone(frame)
        if self._zxing is not None:
            yield self._zxing, _other_sizes_of(full, frame)

    def _search_second_code(self, frame: GrayImage, detections: "_Detections") -> None:
        """One code is read; if another was seen and not read, spend one more look on it."""
        if self._zxing is not None and detections.undecoded_places():
            detections.add(self._zxing, self._zxing.detect(unsharp_mask(frame, 1.5, 1.5, denoise=True)))

    def _decode_restored(self, frame: GrayImage, detections: "_Detections") -> None:
        if self._zxing is None:
            return
        for corners in itertools.islice(detections.undecoded_places(), _MAX_RESTORATIONS):
            for picture in restoration_candidates(frame, corners):
                detections.add(self._zxing, [s for s in self._zxing.detect(picture) if s.text is not None])
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


def _other_sizes_of(full: GrayImage, frame: GrayImage) -> Iterator[tuple[GrayImage, float]]:
    """What a camera at 720p never needs: small pictures enlarged, photographs at their own size."""
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
    """What the looks at one frame have brought so far, in the frame's pixels."""

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
        for sighting in detections:
            corners = sighting.corners / scale + np.array(offset, dtype=np.float32)
            if sighting.text is None:
                self._undecoded_corners.append(corners)
                continue
            self._decoded_corners.append(corners)
            if sighting.text and sighting.text not in self.texts:
                self.texts.append(sighting.text)
                self.engine = self.engine or engine.name

    def undecoded_places(self) -> list[Corners]:
        """Where a code was seen and none was read, largest first, each place and size once."""
        places: list[Corners] = []
        for corners in sorted(self._undecoded_corners, key=_area, reverse=True):
            if any(
                _contains_center(read, corners) or _contains_center(corners, read)
                for read in self._decoded_corners
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
    """Whether the middle of `corners` lies within the bounds of `place`."""
    middle = corners.mean(axis=0)
    return bool((place.min(axis=0) <= middle).all() and (middle <= place.max(axis=0)).all())
