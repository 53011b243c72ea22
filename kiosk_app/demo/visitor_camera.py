"""The demo's camera: visitors who hold up a code for a moment, drawn and fed frame by frame."""

import time
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from hardware.camera import VirtualCamera
from kiosk_app.demo.scenes import Modules, gate_frame
from kiosk_app.demo.visitors import Visitor

FRAMES_PER_SECOND = 20
HOLD_FRAMES = 9
GAP_FRAMES = 9
_EMPTY_VARIANTS = 6


def qr_modules(text: str) -> Modules:
    """Return the QR code of a text as a module matrix, level M (OpenCV's encoder)."""
    parameters = cv2.QRCodeEncoder.Params()
    parameters.correction_level = cv2.QRCodeEncoder_CORRECT_LEVEL_M
    drawn = cv2.QRCodeEncoder.create(parameters).encode(text)
    rows, columns = np.where(drawn == 0)
    return np.asarray(drawn[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1] == 0)


class VisitorCamera:
    """Feeds frames at a camera's pace. A visitor is drawn once; a hand is never quite still, so the picture moves by a pixel."""

    def __init__(self, feed: VirtualCamera, seed: int, sleep: Callable[[float], None] = time.sleep) -> None:
        self._camera = feed
        self._random = np.random.default_rng(seed)
        self._sleep = sleep
        self._empty_frames = [gate_frame(None, self._random) for _ in range(_EMPTY_VARIANTS)]
        self._next_at = time.monotonic()

    def show(self, visitor: Visitor) -> None:
        """Hold the visitor's code into view for half a second, then show nobody for as long."""
        frame = gate_frame(
            qr_modules(visitor.text),
            self._random,
            card=visitor.card,
            pose=visitor.pose,
            optics=visitor.optics,
        )
        for number in range(HOLD_FRAMES):
            self._feed(np.roll(frame, number % 3, axis=1))
        self.wait(GAP_FRAMES)

    def wait(self, frames: int) -> None:
        """Show nobody for a number of frames."""
        for _ in range(frames):
            self._feed(self._empty_frames[int(self._random.integers(_EMPTY_VARIANTS))])

    def _feed(self, image: NDArray[np.uint8]) -> None:
        self._sleep(max(0.0, self._next_at - time.monotonic()))
        self._next_at = max(self._next_at, time.monotonic() - 1 / FRAMES_PER_SECOND) + 1 / FRAMES_PER_SECOND
        self._camera.push(image)
