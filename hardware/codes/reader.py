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

from hardware.codes.engines import Engine, Quad, Sighting, load_zbar, load_zxing
from hardware.codes.grey import SMALLEST, Grey, as_grey, at_most_720p, resized, sharpened
from hardware.codes.restore import second_looks
from hardware.errors import DeviceMissing

_MUCH_LARGER = 1.6  # times 720p: a photograph rather than a camera's frame, worth a look at its full size
_LARGEST_LOOK = 4096  # pixels
_SMALL_PICTURE = 400  # pixels of the shorter side: enlarging costs little
_MOST_SECOND_LOOKS = 2  # places in one frame; each unreadable one costs about 20 ms


@dataclass(frozen=True, slots=True)
class Rect:
    """A part of the frame, in fractions of its width and height (0 to 1), so that it holds for any resolution."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What a frame said. Two texts or more mean two different codes in view, and the caller should ask for one."""

    texts: tuple[str, ...]  # distinct, those inside the guide first
    engine: str | None  # whose look read the first of them
    ms: float  # wall time of the read


class CodeReader:
    """Reads QR codes from frames. Keeps no state between frames; use one per thread."""

    def __init__(
        self,
        *,
        zxing: Callable[[], Engine | None] = load_zxing,
        zbar: Callable[[], Engine | None] = load_zbar,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Load the engines that are there. DeviceMissing where there is none at all."""
        self._zxing = zxing()
        self._zbar = zbar()
        self._clock = clock
        if self._zxing is None and self._zbar is None:
            raise DeviceMissing("No QR reader is installed: zxing-cpp or pyzbar with libzbar0 is needed.")

    def read(self, image: ArrayLike | None, guide: Rect | None = None) -> Reading:
        """Read a BGR or grey picture of any size; `guide` is looked at first.

        Never raises for anything a camera can deliver or a person can hold up: an empty, odd or broken picture reads as
        nothing. A text comes only from a code whose own error correction agreed.
        """
        start = self._clock()
        grey = as_grey(image)
        found = _Found()
        if grey is not None:
            self._look(grey, guide, found)
        return Reading(tuple(found.texts), found.engine, (self._clock() - start) * 1000)

    def _look(self, full: Grey, guide: Rect | None, found: "_Found") -> None:
        frame = at_most_720p(full)
        primary = self._zxing or self._zbar
        assert primary is not None  # noqa: S101 -- the constructor saw to it
        if guide is not None and (part := _cut(frame, guide)) is not None:
            found.add(primary, primary.find(part), offset=_corner(frame, guide))
        # Also when the guide held a code: the whole frame tells of a second one, for a millisecond on code frames only.
        found.add(primary, primary.find(frame))
        if found.texts:
            self._look_for_a_second(frame, found)
            return
        for engine, looks in self._plan(full, frame):
            for picture, scale in looks:
                found.add(engine, engine.find(picture), scale=scale)
                if found.texts:
                    return
        self._look_again(frame, found)

    def _plan(self, full: Grey, frame: Grey) -> Iterator[tuple[Engine, Iterator[tuple[Grey, float]]]]:
        """Engine and what it looks at, in order, until something is read. A picture comes with its scale to the frame."""
        if self._zxing is not None:
            yield self._zxing, _sharper(frame)
        if self._zbar is not None:
            yield self._zbar, _halved(frame)
        if self._zxing is None and self._zbar is not None:
            yield self._zbar, _for_zbar_alone(frame)
        if self._zxing is not None:
            yield self._zxing, _other_sizes(full, frame)

    def _look_for_a_second(self, frame: Grey, found: "_Found") -> None:
        """One code is read; if another was seen and not read, spend one more look on it."""
        if self._zxing is not None and found.unread():
            found.add(self._zxing, self._zxing.find(sharpened(frame, 1.5, 1.5, calm=True)))

    def _look_again(self, frame: Grey, found: "_Found") -> None:
        if self._zxing is None:
            return
        for corners in itertools.islice(found.unread(), _MOST_SECOND_LOOKS):
            for picture in second_looks(frame, corners):
                found.add(self._zxing, [s for s in self._zxing.find(picture) if s.text is not None])
                if found.texts:
                    return


def _sharper(frame: Grey) -> Iterator[tuple[Grey, float]]:
    yield sharpened(frame, 1.5, 1.5, calm=True), 1.0
    yield sharpened(resized(frame, 0.5), 2.5, 3.0), 0.5


def _halved(frame: Grey) -> Iterator[tuple[Grey, float]]:
    yield resized(frame, 0.5), 0.5


def _for_zbar_alone(frame: Grey) -> Iterator[tuple[Grey, float]]:
    inverted = np.bitwise_not(frame)
    yield resized(inverted, 0.5), 0.5
    yield inverted, 1.0
    yield sharpened(frame, 2.0, 2.0), 1.0
    yield sharpened(frame, 4.0, 4.0), 1.0


def _other_sizes(full: Grey, frame: Grey) -> Iterator[tuple[Grey, float]]:
    """What a camera at 720p never needs: small pictures enlarged, photographs at their own size."""
    if min(frame.shape) < _SMALL_PICTURE:
        for factor in (2.0, 3.0):
            yield resized(frame, factor), factor
        yield sharpened(resized(frame, 3.0), 3.0, 2.0), 3.0
    if max(full.shape) > _MUCH_LARGER * max(frame.shape):
        scale = min(1.0, _LARGEST_LOOK / max(full.shape))
        larger = full if scale == 1 else resized(full, scale)
        yield larger, larger.shape[1] / frame.shape[1]


def _cut(frame: Grey, guide: Rect) -> Grey | None:
    height, width = frame.shape
    left, top = _corner(frame, guide)
    right = min(width, max(0, round((guide.x + guide.width) * width)))
    bottom = min(height, max(0, round((guide.y + guide.height) * height)))
    if min(right - left, bottom - top) < SMALLEST:
        return None
    return np.ascontiguousarray(frame[top:bottom, left:right])


def _corner(frame: Grey, guide: Rect) -> tuple[int, int]:
    height, width = frame.shape
    return min(width, max(0, round(guide.x * width))), min(height, max(0, round(guide.y * height)))


class _Found:
    """What the looks at one frame have brought so far, in the frame's pixels."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.engine: str | None = None
        self._read: list[Quad] = []
        self._seen: list[Quad] = []

    def add(
        self,
        engine: Engine,
        sightings: Iterable[Sighting],
        *,
        scale: float = 1.0,
        offset: tuple[int, int] = (0, 0),
    ) -> None:
        for sighting in sightings:
            corners = sighting.corners / scale + np.array(offset, dtype=np.float32)
            if sighting.text is None:
                self._seen.append(corners)
                continue
            self._read.append(corners)
            if sighting.text and sighting.text not in self.texts:
                self.texts.append(sighting.text)
                self.engine = self.engine or engine.name

    def unread(self) -> list[Quad]:
        """Where a code was seen and none was read, largest first, each place and size once."""
        places: list[Quad] = []
        for corners in sorted(self._seen, key=_area, reverse=True):
            if any(_covers(read, corners) or _covers(corners, read) for read in self._read):
                continue
            if not any(_covers(place, corners) and _area(place) < 1.6 * _area(corners) for place in places):
                places.append(corners)
        return places


def _area(corners: Quad) -> float:
    width, height = corners.max(axis=0) - corners.min(axis=0)
    return float(width * height)


def _covers(place: Quad, corners: Quad) -> bool:
    """Whether the middle of `corners` lies within the bounds of `place`."""
    middle = corners.mean(axis=0)
    return bool((place.min(axis=0) <= middle).all() and (middle <= place.max(axis=0)).all())
