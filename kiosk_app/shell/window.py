"""The station's window: it holds a screen, can be full screen, and closes only after a confirmation."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kiosk_app.shell.bulletin_strip import BulletinStrip

_FIRST_SIZE = QSize(1280, 800)
_FRAME = QSize(16, 64)
"""Room for the frame and the title that a window manager draws: of a window as large as the screen the lower edge is outside."""
_TITLE = "Doorward"


class StationWindow(QWidget):
    """The window. Its close button emits `close_requested`; `finish()` emits `finishing`, and closes it."""

    close_requested = Signal()
    finishing = Signal()

    def __init__(self, screen: QWidget, *, title: str = _TITLE) -> None:
        super().__init__()
        self.screen_widget = screen
        self._finishing = False
        self.setWindowTitle(title)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.bulletins = BulletinStrip(self)
        column.addWidget(self.bulletins)
        column.addWidget(screen, 1)
        self.resize(_FIRST_SIZE.boundedTo(self.screen().availableSize() - _FRAME))

    def toggle_full_screen(self) -> None:
        """Change between full screen and a window."""
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def finish(self) -> None:
        """Close without another question."""
        self._finishing = True
        self.finishing.emit()
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Emit `close_requested` instead of closing."""
        if self._finishing:
            event.accept()
            return
        event.ignore()
        self.close_requested.emit()


def system_theme() -> str:
    """Return the theme that the desktop prefers. Needs a running application."""
    hints = QGuiApplication.styleHints()
    if hints.accessibility().contrastPreference() is Qt.ContrastPreference.HighContrast:
        return "high-contrast"
    return "light" if hints.colorScheme() is Qt.ColorScheme.Light else "dark"
