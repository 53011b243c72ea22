"""Frame source that plays a video file at its own speed, like a camera."""

from pathlib import Path

import cv2
import numpy as np

from hardware import MAX_IMAGE_PIXELS
from hardware.camera.image_files import TOO_LARGE
from hardware.camera.sources.base import FramePacer, Image, SourceUrl
from hardware.errors import DeviceAccessDenied, DeviceLost, DeviceMissing

_FALLBACK_FPS = 25.0
_MAX_FPS = 240.0


class VideoFile:
    """`file:clip.mp4`; `?loop=1` restarts at the end."""

    max_frame_interval = 1.0
    may_repeat = True

    def __init__(self, url: SourceUrl) -> None:
        """Parse the options. Raises ValueError for an unknown option."""
        url.check_options("loop")
        self._path = Path(url.path)
        self._loop = url.get_bool("loop")
        self._video: cv2.VideoCapture | None = None
        self._pacer = FramePacer(1 / _FALLBACK_FPS)

    def open(self) -> None:
        """See `FrameSource`."""
        self._check_readable()
        video = cv2.VideoCapture(str(self._path), cv2.CAP_FFMPEG)
        if not video.isOpened():
            video.release()
            raise DeviceMissing(f"{self._path} is not a readable video.")
        width, height = (
            round(video.get(key)) for key in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT)
        )
        if width * height > MAX_IMAGE_PIXELS:
            video.release()
            raise DeviceMissing(
                f"{self._path} has pictures of {width} by {height} pixels, which is {TOO_LARGE}."
            )
        fps = video.get(cv2.CAP_PROP_FPS)
        self._pacer = FramePacer(1 / (fps if 0 < fps <= _MAX_FPS else _FALLBACK_FPS))
        self.max_frame_interval = max(1.0, 3 * self._pacer.period)
        self._video = video

    def _check_readable(self) -> None:
        """Raise a device error if there is no such file, or this user may not read it, which OpenCV does not tell apart."""
        try:
            if not self._path.is_file():
                raise DeviceMissing(f"There is no video file {self._path}.")
            with self._path.open("rb"):
                pass
        except PermissionError as error:
            raise DeviceAccessDenied(f"This user may not read the file {self._path}.") from error
        except OSError as error:
            raise DeviceMissing(f"The file {self._path} cannot be read ({error.strerror}).") from error

    def read(self) -> Image | None:
        """See `FrameSource`."""
        if self._video is None:
            raise DeviceLost(f"The video {self._path} is not open.")
        self._pacer.wait()
        success, image = self._video.read()
        if not success and self._loop:
            self.close()
            self.open()
            success, image = self._video.read()
        return np.asarray(image, dtype=np.uint8) if success else None

    def close(self) -> None:
        """See `FrameSource`."""
        if self._video is not None:
            self._video.release()
            self._video = None

    def revision(self) -> object:
        """See `FrameSource`. Differs for another file of that name, and while there is none."""
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino
