"""A video file, played at its own speed as a camera would deliver it."""

from pathlib import Path

import cv2
import numpy as np

from hardware.camera.frame import Image
from hardware.camera.sources.base import Pace, SourceUrl
from hardware.errors import DeviceLost, DeviceMissing

_FALLBACK_FPS = 25.0
_FASTEST = 240.0


class VideoFile:
    """`file:clip.mp4`; `?loop=1` begins again at the end."""

    longest_gap = 1.0
    may_repeat = True

    def __init__(self, url: SourceUrl) -> None:
        """ValueError for an unknown option."""
        url.only("loop")
        self._path = Path(url.place)
        self._loop = url.flag("loop")
        self._video: cv2.VideoCapture | None = None
        self._pace = Pace(1 / _FALLBACK_FPS)

    def open(self) -> None:
        """See `FrameSource`."""
        if not self._path.is_file():
            raise DeviceMissing(f"There is no video file {self._path}.")
        video = cv2.VideoCapture(str(self._path), cv2.CAP_FFMPEG)
        if not video.isOpened():
            video.release()
            raise DeviceMissing(f"{self._path} is no video that can be opened.")
        fps = video.get(cv2.CAP_PROP_FPS)
        self._pace = Pace(1 / (fps if 0 < fps <= _FASTEST else _FALLBACK_FPS))
        self.longest_gap = max(1.0, 3 * self._pace.period)
        self._video = video

    def read(self) -> Image | None:
        """See `FrameSource`."""
        if self._video is None:
            raise DeviceLost(f"The video {self._path} is not open.")
        self._pace.wait()
        arrived, image = self._video.read()
        if not arrived and self._loop:
            self.close()
            self.open()
            arrived, image = self._video.read()
        return np.asarray(image, dtype=np.uint8) if arrived else None

    def close(self) -> None:
        """See `FrameSource`."""
        if self._video is not None:
            self._video.release()
            self._video = None
