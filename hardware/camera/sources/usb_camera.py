"""Frame source for a USB camera through OpenCV: requests MJPG at 1280 x 720 and one buffered frame."""

import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from hardware.camera.sources.base import Image, SourceUrl
from hardware.errors import DeviceAccessDenied, DeviceBusy, DeviceLost, DeviceMissing

_SYSFS = Path("/sys/class/video4linux")
_VIRTUAL_DEVICES = Path("/sys/devices/virtual")
_DENIED = {errno.EACCES, errno.EPERM}
_ABSENT = {errno.ENOENT, errno.ENODEV, errno.ENXIO}


def _open_capture(device: int | str, backend: int) -> Any:
    if sys.platform == "linux":
        # checked first: OpenCV says of nothing why, and writes a warning to stderr for a missing camera
        check_access(_device_node(device))
    return cv2.VideoCapture(device, backend)


def _device_node(device: int | str) -> Path:
    return Path(f"/dev/video{device}" if isinstance(device, int) else device)


def check_access(node: Path) -> None:
    """Open and close the device file of a camera. Several programs may open one; only one of them gets its images.

    Raises:
        DeviceMissing: there is no such camera.
        DeviceAccessDenied: this user may not use it.
        DeviceBusy: another program uses it alone.
    """
    try:
        os.close(os.open(node, os.O_RDWR | os.O_NONBLOCK))
    except OSError as error:
        if error.errno in _DENIED:
            raise DeviceAccessDenied(
                f"This user may not use the camera {node}. Run: sudo usermod -aG {_group(node)} $USER, "
                "then sign in again."
            ) from error
        if error.errno in _ABSENT:
            raise DeviceMissing(f"There is no camera {node}.") from error
        if error.errno == errno.EBUSY:
            raise DeviceBusy(f"The camera {node} is used by another program.") from error
        # any other: OpenCV tries, and fails with its own reason


def _group(node: Path) -> str:
    try:
        return node.group()
    except (OSError, KeyError):
        return "video"


def is_virtual(node: Path, sysfs: Path = _SYSFS, virtual_devices: Path = _VIRTUAL_DEVICES) -> bool:
    """Return True for a camera that a program plays (v4l2loopback, akvcam): it has no sensor, so a picture may stand still."""
    device = sysfs / os.path.realpath(node).rsplit("/", 1)[-1]
    return Path(os.path.realpath(device)).is_relative_to(virtual_devices)


class UsbCamera:
    """`usb:0` or `usb:/dev/video0`; options width and height.

    MJPG, because USB 2 does not have the bandwidth for raw 720p: the camera would deliver about 10 frames a second. One
    buffer, because of several buffers the oldest is delivered first, and a gate needs the newest.
    """

    max_frame_interval = 1.0

    def __init__(
        self,
        url: SourceUrl,
        *,
        open_capture: Callable[[int | str, int], Any] = _open_capture,
        is_virtual: Callable[[Path], bool] = is_virtual,
    ) -> None:
        """Parse the options. Raises ValueError for an unknown option.

        `open_capture` opens the device, as cv2.VideoCapture does. `is_virtual` says if a device file has no sensor.
        """
        url.check_options("width", "height")
        self._device: int | str = int(url.path) if url.path.isdecimal() else url.path
        self._size = int(url.get_float("width", 1280)), int(url.get_float("height", 720))
        self._open_capture, self._is_virtual = open_capture, is_virtual
        self._capture: Any = None
        self.may_repeat = False

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
        self.may_repeat = self._is_virtual(_device_node(self._device))

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

    def revision(self) -> object:
        """See `FrameSource`. It has no end."""
        return None
