"""From the workers' threads to the Qt thread: every callback becomes a queued signal with a frozen value in it."""

import cv2
import numpy as np
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QImage

from hardware.camera import Frame
from hub_sync.client.sync.status import SyncStatus
from kiosk_app.bootstrap.station import Listeners

PREVIEW_WIDTH = 640
PREVIEW_EVERY_S = 0.08


class Bridge(QObject):
    """Its `listeners` are called on worker threads; its signals arrive where their receivers live."""

    scanned = Signal(object)
    learned = Signal(object)
    previewed = Signal(QImage)
    ended = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._preview_at = 0.0
        self.clock_offset_ms: int | None = None
        """Hub minus this machine's wall clock, as sync last measured it."""

    def listeners(self) -> Listeners:
        """What to hand to `build_station`."""
        return Listeners(
            on_scan=self.scanned.emit, on_fact=self.learned.emit, on_frame=self._frame, on_sync=self._synced
        )

    def _synced(self, status: SyncStatus) -> None:
        self.clock_offset_ms = status.clock_offset_ms

    def _frame(self, frame: Frame) -> None:
        if frame.captured_at - self._preview_at < PREVIEW_EVERY_S:
            return
        self._preview_at = frame.captured_at
        height, width = frame.image.shape[:2]
        size = (PREVIEW_WIDTH, max(1, round(height * PREVIEW_WIDTH / width)))
        small = np.ascontiguousarray(cv2.resize(frame.image, size, interpolation=cv2.INTER_AREA))
        form = QImage.Format.Format_BGR888 if small.ndim == 3 else QImage.Format.Format_Grayscale8  # noqa: PLR2004
        self.previewed.emit(QImage(small.data, size[0], size[1], small.strides[0], form).copy())


QUEUED = Qt.ConnectionType.QueuedConnection
