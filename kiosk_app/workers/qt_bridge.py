"""The bridge from the workers' threads to the Qt thread: every message becomes a queued signal with a frozen value."""

from typing import assert_never

import cv2
import numpy as np
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QImage

from hardware.camera import Frame
from hub_sync.client.sync.status import SyncStatus
from kiosk_app.bulletin_messages import BulletinsChanged
from kiosk_app.kiosk_messages import KioskStatus, QueueNumber, VisitorHits, VisitorKnown
from kiosk_app.messages import (
    ActiveAlarms,
    AppearanceChanged,
    CameraChoices,
    CheckpointOptions,
    CodeCaptured,
    ConnectionStatus,
    DoorWaitlist,
    DoubleAdmissions,
    EnrolmentUpdate,
    EventAnswer,
    EventInfo,
    EventOptions,
    FrameDecoded,
    GateDeviceStatus,
    GateOutcome,
    GateReadiness,
    GroupOutcome,
    IdentifyStation,
    Neighbours,
    Notice,
    Occupancy,
    OperatorStatus,
    PassageUpdate,
    PersonCard,
    PinAnswer,
    PrinterReport,
    PrinterSetupState,
    PrintUpdate,
    ReadyCheckState,
    RecentScans,
    ScanCaptured,
    ScannerChoices,
    ScreenSleep,
    SearchResults,
    SettingsOverview,
    ShiftSummary,
    StationOptions,
    UndoAnswer,
    UnreleasedMembers,
    WiringState,
    WorkerMessage,
)
from kiosk_app.queue_messages import BoardState, DeskResult, DeskState

PREVIEW_WIDTH = 640
PREVIEW_EVERY_S = 0.08


class QtBridge(QObject):
    """Receives messages on worker threads; its signals arrive where their receivers live."""

    message = Signal(object)
    """A `ScreenMessage`."""
    preview = Signal(QImage)
    finished = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._preview_at = 0.0
        self.clock_offset_ms: int | None = None
        """The hub's clock minus this machine's wall clock, as sync measured it last."""

    def publish(self, message: WorkerMessage) -> None:
        """Emit the signal for a message; called on worker threads."""
        match message:
            case Frame():
                self._preview(message)
            case FrameDecoded():
                pass
            case SyncStatus():
                self.clock_offset_ms = message.clock_offset_ms
            case (
                GateOutcome()
                | GroupOutcome()
                | Notice()
                | EventInfo()
                | EventOptions()
                | EventAnswer()
                | GateReadiness()
                | ConnectionStatus()
                | Neighbours()
                | Occupancy()
                | CheckpointOptions()
                | GateDeviceStatus()
                | SearchResults()
                | RecentScans()
                | PassageUpdate()
                | ActiveAlarms()
                | DoubleAdmissions()
                | UnreleasedMembers()
                | DoorWaitlist()
                | ScanCaptured()
                | OperatorStatus()
                | PinAnswer()
                | UndoAnswer()
                | ScannerChoices()
                | WiringState()
                | ReadyCheckState()
                | StationOptions()
                | ScreenSleep()
                | PersonCard()
                | ShiftSummary()
                | IdentifyStation()
                | AppearanceChanged()
                | BulletinsChanged()
                | EnrolmentUpdate()
                | CodeCaptured()
                | CameraChoices()
                | DeskState()
                | DeskResult()
                | BoardState()
                | PrintUpdate()
                | PrinterReport()
                | PrinterSetupState()
                | SettingsOverview()
                | KioskStatus()
                | VisitorKnown()
                | VisitorHits()
                | QueueNumber()
            ):
                self.message.emit(message)
            case _:
                assert_never(message)

    def _preview(self, frame: Frame) -> None:
        if frame.captured_at - self._preview_at < PREVIEW_EVERY_S:
            return
        self._preview_at = frame.captured_at
        height, width = frame.image.shape[:2]
        size = (PREVIEW_WIDTH, max(1, round(height * PREVIEW_WIDTH / width)))
        small = np.ascontiguousarray(cv2.resize(frame.image, size, interpolation=cv2.INTER_AREA))
        pixels = QImage.Format.Format_BGR888 if small.ndim == 3 else QImage.Format.Format_Grayscale8  # noqa: PLR2004
        self.preview.emit(QImage(small.data, size[0], size[1], small.strides[0], pixels).copy())


QUEUED = Qt.ConnectionType.QueuedConnection
