"""The interface of every screen: messages in, commands out."""

from dataclasses import dataclass
from typing import ClassVar

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from hub_sync.contract.clock import Clock
from kiosk_app.core.appearance import Appearance
from kiosk_app.messages import CloseWindow, ScreenMessage


@dataclass(frozen=True, slots=True)
class ScreenContext:
    """The things that a screen is built with.

    `clock` is corrected by the measured offset to the hub. `guide` is the area where codes are held: x, y, width,
    height in fractions of the frame.
    """

    clock: Clock
    appearance: Appearance
    operator: str = ""
    guide: tuple[float, float, float, float] | None = None
    hub: str = ""
    """The hub's address that the first start offers."""
    mode: str = ""
    """The mode that the command line names, which the first start does not ask for; "": it names none."""


class Screen(QWidget):
    """A screen of the station. A subclass overrides what it needs; all methods run on the Qt thread."""

    decides_scans: ClassVar[bool] = True
    """False: while this screen is shown, scans come to it as `ScanCaptured`, and the gate decides none."""

    tries_scanners: ClassVar[bool] = False
    """True: keys that nobody types into a field are a code of a scanner, however slow it is."""

    locks_window: ClassVar[bool] = False
    """True: visitors are alone with this screen, so that the window has no way out (`shell.kiosk_guard`)."""

    has_staff: ClassVar[bool] = True
    """False: visitors stand before it, who are not asked to confirm what the hub says."""

    command_issued = Signal(object)
    """A `ScreenCommand` for the station or the window."""

    def __init__(self, context: ScreenContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.context = context

    @Slot(object)
    def receive(self, message: ScreenMessage) -> None:
        """Show a message of the workers."""

    @Slot(QImage)
    def show_frame(self, image: QImage) -> None:
        """Show the camera's newest frame, of any size."""

    def open_page(self, name: str) -> None:
        """Show one of its pages; a screen without pages does nothing."""

    @Slot()
    def request_close(self) -> None:
        """Close the station, after asking the operator if the screen wants to; the window's close button was pressed."""
        self.command_issued.emit(CloseWindow())
