"""Frame source for a USB camera through OpenCV: requests MJPG at 1280 x 720 and one buffered frame."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from hardware.camera.sources.base import Image, SourceUrl
from hardware.errors import DeviceBusy, DeviceLost, DeviceMissing


def _open_capture(device: int | str, backend: int) -> Any:
    # checked first: OpenCV writes a warning to stderr at every attempt to open a missing camera
    if sys.platform == "linux" and not _device_node(device).exists():
        raise DeviceMissing(f"There is no camera {device}.")
    return cv2.VideoCapture(device, backend)


def _device_node(device: int | str) -> Path:
    return Path(f"/dev/video{device}" if isinstance(device, int) else device)


class UsbCamera:
    """`usb:0` or `usb:/dev/video0`; options width and height.

    MJPG, because USB 2 does not have the bandwidth for raw 720p: the camera would deliver about 10 frames a second. One
    buffer, because of several buffers the oldest is delivered first, and a gate needs the newest.
    """

    max_frame_interval = 1.0
    may_repeat = False

    def __init__(
        self, url: SourceUrl, *, open_capture: Callable[[int | str, int], Any] = _open_capture
    ) -> None:
        """Parse the options; `open_capture` opens the device, as cv2.VideoCapture does. Raises ValueError for an unknown option."""
        url.check_options("width", "height")
        self._device: int | str = int(url.path) if url.path.isdecimal() else url.path
        self._size = int(url.get_float("width", 1280)), int(url.get_float("height", 720))
        self._open_capture = open_capture
        self._capture: Any = None

    def open(self) -> None:
        """See `FrameSource`. The camera may choose another frame size."""
        backend = cv2.CAP_V4L2 if sys.platform == "linux" else cv2.CAP_ANY
        capture = self._open_capture(self._device, backend)
        if not capture.isOpened():
            capture.release()
            raise self._open_error()
        capture.set(
            cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG")
        )  # first, because it determines the available sizes
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, self._size[0])
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, self._size[1])
        capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        self._capture = capture

    def _open_error(self) -> DeviceMissing | DeviceBusy:
        node = _device_node(self._device)
        if sys.platform == "linux" and node.exists():
            return DeviceBusy(f"The camera {node} is there but cannot be opened: another program may use it.")
        return DeviceMissing(f"There is no camera {self._device}.")

    def read(self) -> Image | None:
        """See `FrameSource`."""
        if self._capture is None:
            raise DeviceLost("The camera is not open.")
        success, image = self._capture.read()
        if not success or image is None:
            raise DeviceLost("The camera no longer delivers images; it may have been unplugged.")
        return np.asarray(image, dtype=np.uint8)

    def close(self) -> None:
        """See `FrameSource`."""
        if self._capture is not None:
            self._capture.release()
            self._capture = None
