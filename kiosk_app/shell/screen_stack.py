"""The screens of the window, one over the other: the first is that of the mode, another may be opened over it."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QStackedWidget, QWidget

from kiosk_app.messages import ScreenMessage, StatusMessage
from kiosk_app.screens.base import Screen


class ScreenStack(QStackedWidget):
    """Shows the last screen that was opened. Every screen receives the messages, so that none is out of date later."""

    command_issued = Signal(object)
    top_changed = Signal()

    def __init__(self, first: Screen, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._screens: list[Screen] = []
        self._status: dict[type, ScreenMessage] = {}
        self.open(first)

    @property
    def top(self) -> Screen:
        """The screen that is shown."""
        return self._screens[-1]

    @property
    def is_first(self) -> bool:
        """True if no screen is over the first."""
        return len(self._screens) == 1

    def open(self, screen: Screen) -> None:
        """Show a screen over the others. It receives the station's status, which is published only when it changes."""
        self._screens.append(screen)
        screen.command_issued.connect(self.command_issued)
        self.addWidget(screen)
        for message in self._status.values():
            screen.receive(message)
        self.setCurrentWidget(screen)
        self.top_changed.emit()

    def leave(self) -> None:
        """Remove the screen on top and show the one below. The first screen stays."""
        if self.is_first:
            return
        screen = self._screens.pop()
        self.setCurrentWidget(self.top)
        self.removeWidget(screen)
        screen.deleteLater()
        self.top_changed.emit()

    @Slot(object)
    def receive(self, message: ScreenMessage) -> None:
        """Pass a message of the workers to every screen."""
        if isinstance(message, StatusMessage):
            self._status[type(message)] = message
        for screen in tuple(self._screens):
            screen.receive(message)

    @Slot(QImage)
    def show_frame(self, image: QImage) -> None:
        """Pass the camera's newest frame to the screen that is shown."""
        self.top.show_frame(image)

    @Slot()
    def request_close(self) -> None:
        """Ask the screen that is shown to close the station."""
        self.top.request_close()
