"""Capture session: one opening of a camera on its own thread, from open to close."""

import logging
import threading
from collections.abc import Callable

from hardware.camera.health import SENTENCES, CameraFault, exposure_fault, fault_of, image_checksum
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
        self._source: FrameSource | None = None
        self._end_revision: object = None
        self.was_live = False
        self.exposure: CameraFault | None = None
        self._max_frame_interval, self._may_repeat = 0.0, True
        self._abandoned, self._ended = threading.Event(), threading.Event()
        self.message, self.fault = "The camera is being opened.", CameraFault.OPENING
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
        """Record a frame; return True if it shows a live camera, `exposure` then says if the picture is of use.

        A live sensor must deliver a changed frame, unless it is without light (a covered lens) or has too much of it.
        """
        now, checksum = self._clock(), image_checksum(image)
        repeated = checksum == self._checksum
        self.exposure = exposure_fault(image, repeated=repeated)
        is_new = (
            self._may_repeat or (self._checksum is not None and not repeated) or self.exposure is not None
        )
        self._checksum, self._last_frame_at = checksum, now
        if is_new:
            self._last_change_at, self.was_live = now, True
        return is_new

    def find_fault(self, stale_after: float, open_timeout: float) -> CameraFault | None:
        """Return the fault if the camera does not open, or is silent or frozen for `stale_after` seconds; else None."""
        now = self._clock()
        if self._opened_at is None:
            return CameraFault.OPENING if now - self._started_at > open_timeout else None
        limit = max(stale_after, self._max_frame_interval)
        if now - max(self._opened_at, self._last_frame_at) > limit:
            return CameraFault.SILENT
        if now - max(self._opened_at, self._last_change_at) > limit:
            return CameraFault.FROZEN
        return None

    def has_new_content(self) -> bool:
        """Return True if a source that was played to its end has changed since. Call it after the session has ended."""
        return self._source is not None and self._source.revision() != self._end_revision

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
            self.message, self.fault = str(error), fault_of(error)
        except Exception:
            log.exception("camera: the source failed unexpectedly; it will be reopened")
            self._set_fault(CameraFault.FAILED)
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
                self._set_fault(CameraFault.ENDED)
                self._source, self._end_revision, self.exhausted = source, source.revision(), True
                return
            self._on_frame(self, image)

    def _set_fault(self, fault: CameraFault) -> None:
        self.message, self.fault = SENTENCES[fault], fault
