"""Capture session: one opening of a camera on its own thread, from open to close."""

import logging
import threading
from collections.abc import Callable

from hardware.camera.health import image_checksum
from hardware.camera.sources.base import FrameSource, Image
from hardware.errors import DeviceError

log = logging.getLogger(__name__)


class CaptureSession:
    """Opens a source, delivers its frames until it ends or is abandoned, and closes it. For one use only.

    A driver's read may hang and cannot be ended from outside; closing the device during it can crash the process. So a
    hung session is only abandoned, and its own thread closes the source when the read returns.
    """

    def __init__(
        self,
        source_factory: Callable[[], FrameSource],
        *,
        on_frame: Callable[["CaptureSession", Image], None],
        on_ended: Callable[[], None],
        clock: Callable[[], float],
    ) -> None:
        """Create a session. `on_frame` and `on_ended` are called on its thread."""
        self._source_factory = source_factory
        self._on_frame = on_frame
        self._on_ended = on_ended
        self._clock = clock
        self._started_at = clock()
        self._opened_at: float | None = None
        self._last_frame_at = self._last_change_at = 0.0
        self._checksum: int | None = None
        self._max_frame_interval, self._may_repeat = 0.0, True
        self._abandoned, self._ended = threading.Event(), threading.Event()
        self.message = "The camera is being opened."
        self.exhausted = False  # the source ended normally, such as a video at its end
        self._thread = threading.Thread(target=self._run, name="camera-read", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def abandon(self) -> None:
        """Ignore all later frames, and end the thread after the current read."""
        self._abandoned.set()

    @property
    def is_abandoned(self) -> bool:
        """True after `abandon`: later frames are ignored."""
        return self._abandoned.is_set()

    @property
    def has_ended(self) -> bool:
        """True after the source ended or failed; `message` says how."""
        return self._ended.is_set()

    def is_alive(self) -> bool:
        """Return True while the thread exists, possibly hung in the driver."""
        return self._thread.is_alive()

    def record_frame(self, image: Image) -> bool:
        """Record a frame; return True if it shows a live camera (a live sensor must deliver a changed frame)."""
        now, checksum = self._clock(), image_checksum(image)
        is_new = self._may_repeat or (self._checksum is not None and checksum != self._checksum)
        self._checksum, self._last_frame_at = checksum, now
        if is_new:
            self._last_change_at = now
        return is_new

    def find_fault(self, stale_after: float, open_timeout: float) -> str | None:
        """Return a message if the camera does not open, or is silent or frozen for `stale_after` seconds; else None."""
        now = self._clock()
        if self._opened_at is None:
            return "The camera does not open." if now - self._started_at > open_timeout else None
        limit = max(stale_after, self._max_frame_interval)
        if now - max(self._opened_at, self._last_frame_at) > limit:
            return "The camera delivers no new images."
        if now - max(self._opened_at, self._last_change_at) > limit:
            return "The camera's image is frozen."
        return None

    def was_opened(self) -> bool:
        """Return True if the source was opened."""
        return self._opened_at is not None

    def _run(self) -> None:
        try:
            source = self._source_factory()
            try:
                self._read_frames(source)
            finally:
                source.close()
        except DeviceError as error:
            self.message = str(error)
        except Exception:
            log.exception("camera: the source failed unexpectedly; it will be reopened")
            self.message = "The camera failed."
        finally:
            self._ended.set()
            self._on_ended()

    def _read_frames(self, source: FrameSource) -> None:
        source.open()
        self._max_frame_interval, self._may_repeat = source.max_frame_interval, source.may_repeat
        self._opened_at = self._clock()
        while not self.is_abandoned:
            image = source.read()
            if image is None:
                self.message, self.exhausted = "There are no more images.", True
                return
            self._on_frame(self, image)
