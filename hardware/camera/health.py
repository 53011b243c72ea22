"""Camera health: a state and a fault for programs, and a message for the operator."""

import zlib
from dataclasses import dataclass
from enum import StrEnum

from hardware.camera.sources.base import Image
from hardware.errors import DeviceAccessDenied, DeviceBusy, DeviceError


class CameraState(StrEnum):
    """LIVE: new frames arrive. STALE: open, but no frames or always the same frame. MISSING: cannot be opened."""

    LIVE = "live"
    STALE = "stale"
    MISSING = "missing"


class CameraFault(StrEnum):
    """Reason why the camera is of no use."""

    OPENING = "opening"
    """It is being opened."""
    LOST = "lost"
    """It is not there, or was unplugged."""
    BUSY = "busy"
    """Another program uses it."""
    ACCESS_DENIED = "access_denied"
    """This user may not open it."""
    SILENT = "silent"
    """It is open and delivers no images."""
    FROZEN = "frozen"
    """It delivers the same image again and again."""
    COVERED = "covered"
    """Its images are black: something covers the lens."""
    OVEREXPOSED = "overexposed"
    """Its images are white: a light shines into the lens."""
    ENDED = "ended"
    """A video or a folder of images was played to its end."""
    FAILED = "failed"
    """A bug of its driver; the log has it."""


@dataclass(frozen=True, slots=True)
class CameraHealth:
    """The camera's state since `since` (monotonic seconds), with a message for the operator.

    In state LIVE the message is empty and the fault None, unless the image is completely black or white.
    """

    state: CameraState
    since: float
    message: str
    reopen_count: int = 0  # number of times it was reopened after having been live
    fault: CameraFault | None = None


SENTENCES = {
    CameraFault.OPENING: "The camera does not open.",
    CameraFault.SILENT: "The camera delivers no new images.",
    CameraFault.FROZEN: "The camera's image is frozen.",
    CameraFault.COVERED: "The camera's image is black: is the lens covered?",
    CameraFault.OVEREXPOSED: "The camera's image is completely white: is a light shining into it?",
    CameraFault.ENDED: "All images were shown.",
    CameraFault.FAILED: "The camera failed.",
}
"""The sentences of the faults that have no sentence of a driver."""

_SAMPLE_STEP = 8  # every eighth pixel in both directions is enough to identify an image
_BLACK_LEVEL, _WHITE_LEVEL = (
    6.0,
    249.0,
)  # gray levels; a dark hall with an uncovered lens still has lamps and noise above this
_REPEATED_BLACK_LEVEL = (
    16.0  # black of cameras whose levels begin at 16; without noise nothing else is so dark
)
_MAX_FLAT_DEVIATION = 5.0


def image_checksum(image: Image) -> int:
    """Return a checksum that is equal for identical frames. Samples the pixels: about 50 microseconds at 720p."""
    return zlib.crc32(image[::_SAMPLE_STEP, ::_SAMPLE_STEP].tobytes())


def exposure_fault(image: Image, *, repeated: bool = False) -> CameraFault | None:
    """Return COVERED or OVEREXPOSED if the image is completely black or white, else None.

    `repeated`: the frame before was identical. A sensor without any light may deliver no noise either.
    """
    sample = image[::_SAMPLE_STEP, ::_SAMPLE_STEP]
    level, spread = float(sample.mean()), float(sample.std())
    if spread >= _MAX_FLAT_DEVIATION:
        return None
    if level <= (_REPEATED_BLACK_LEVEL if repeated else _BLACK_LEVEL):
        return CameraFault.COVERED
    return CameraFault.OVEREXPOSED if level >= _WHITE_LEVEL else None


def fault_of(error: DeviceError) -> CameraFault:
    """Return the fault that a driver's error stands for."""
    if isinstance(error, DeviceAccessDenied):
        return CameraFault.ACCESS_DENIED
    return CameraFault.BUSY if isinstance(error, DeviceBusy) else CameraFault.LOST
