"""How a camera does, in a word for programs and a sentence for the operator."""

import zlib
from dataclasses import dataclass
from enum import StrEnum

from hardware.camera.sources.base import Image


class CameraState(StrEnum):
    """LIVE: new frames come. STALE: it is open and none come, or always the same. MISSING: it cannot be opened."""

    LIVE = "live"
    STALE = "stale"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class CameraHealth:
    """The camera's state since `since` (monotonic seconds). `sentence` is meant to be read by the operator.

    In state LIVE it is empty unless the picture is black or white all over.
    """

    state: CameraState
    since: float
    message: str
    reopen_count: int = 0  # times it was opened again after having been live


_SAMPLE_STEP = 8  # every eighth pixel both ways is enough to tell a picture by
_BLACK_LEVEL, _WHITE_LEVEL = (
    6.0,
    249.0,
)  # grey levels; a dark hall with the lens open still has lamps and noise above this
_MAX_FLAT_DEVIATION = 5.0


def image_checksum(image: Image) -> int:
    """Equal for two frames that are the same bit for bit; a sample of the pixels, about 50 microseconds at 720p."""
    return zlib.crc32(image[::_SAMPLE_STEP, ::_SAMPLE_STEP].tobytes())


def exposure_fault(image: Image) -> str | None:
    """A sentence where the picture is black or white all over, else None."""
    sample = image[::_SAMPLE_STEP, ::_SAMPLE_STEP]
    level, spread = float(sample.mean()), float(sample.std())
    if spread < _MAX_FLAT_DEVIATION and level <= _BLACK_LEVEL:
        return "The camera's picture is black: is the lens covered?"
    if spread < _MAX_FLAT_DEVIATION and level >= _WHITE_LEVEL:
        return "The camera's picture is white all over: is a light shining into it?"
    return None
