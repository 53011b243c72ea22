"""Virtual camera: a program pushes its frames. Used by the demo and the tests."""

import threading

from hardware.camera.sources.base import Image
from hardware.errors import DeviceLost, DeviceMissing


class VirtualCamera:
    """Delivers frames given to `push` to every open source. `unplug` and `plug` emulate the cable.

    Thread-safe. Pass its `source` to the capture: `CameraCapture(camera.source)`. Like a real camera it keeps no frames:
    a frame pushed while no source is open is lost.
    """

    def __init__(self, max_frame_interval: float = 1.0) -> None:
        """Create a plugged-in camera. It counts as stale after `max_frame_interval` seconds without a push."""
        self.max_frame_interval = max_frame_interval
        self.changed = threading.Condition()
        self.plugged = True
        self.newest: tuple[int, Image] | None = None
        self._pushed = 0

    def push(self, image: Image) -> None:
        """Deliver `image` as the next frame; it replaces an unread frame. Do not write into it afterwards."""
        with self.changed:
            self._pushed += 1
            self.newest = (self._pushed, image)
            self.changed.notify_all()

    def unplug(self) -> None:
        """Emulate the removal of the camera."""
        with self.changed:
            self.plugged = False
            self.changed.notify_all()

    def plug(self) -> None:
        """Emulate the return of the camera; it may be opened again."""
        with self.changed:
            self.plugged = True

    def source(self) -> "VirtualCameraSource":
        """Create a source that delivers the frames pushed after its opening."""
        return VirtualCameraSource(self)


class VirtualCameraSource:
    """One opening of a `VirtualCamera`; see `FrameSource`."""

    may_repeat = True

    def __init__(self, camera: VirtualCamera) -> None:
        self.max_frame_interval = camera.max_frame_interval
        self._camera = camera
        self._last_number = 0
        self._open = False

    def open(self) -> None:
        """See `FrameSource`."""
        with self._camera.changed:
            if not self._camera.plugged:
                raise DeviceMissing("The virtual camera is unplugged.")
            self._last_number = self._camera.newest[0] if self._camera.newest else 0
            self._open = True

    def read(self) -> Image | None:
        """See `FrameSource`."""
        with self._camera.changed:
            self._camera.changed.wait_for(
                lambda: self._next_frame() is not None or not self._camera.plugged or not self._open
            )
            if not self._camera.plugged or not self._open:
                raise DeviceLost("The virtual camera was unplugged or closed.")
            number, image = self._next_frame() or (0, None)
            self._last_number = number
            return image

    def revision(self) -> object:
        """See `FrameSource`. It has no end."""
        return None

    def _next_frame(self) -> tuple[int, Image] | None:
        newest = self._camera.newest
        return newest if newest is not None and newest[0] > self._last_number else None

    def close(self) -> None:
        """See `FrameSource`. Ends a waiting read."""
        with self._camera.changed:
            self._open = False
            self._camera.changed.notify_all()
