"""The station's one window: it holds a screen, goes full screen, and closes only when that was confirmed."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

_FIRST_SIZE = QSize(1280, 800)
_TITLE = "Doorward"


class StationWindow(QWidget):
    """`close_asked` tells that somebody wants it closed; `finish()` closes it."""

    close_asked = Signal()

    def __init__(self, screen: QWidget, *, title: str = _TITLE) -> None:
        super().__init__()
        self.screen_widget = screen
        self._finishing = False
        self.setWindowTitle(title)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(screen)
        self.resize(_FIRST_SIZE)

    def toggle_full_screen(self) -> None:
        """Full screen, or back to a window."""
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def finish(self) -> None:
        """Close, without asking again."""
        self._finishing = True
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        """The close button asks, as the menu does."""
        if self._finishing:
            event.accept()
            return
        event.ignore()
        self.close_asked.emit()


def theme_of_system() -> str:
    """The theme that fits what the desktop prefers. Needs a running application."""
    hints = QGuiApplication.styleHints()
    if hints.accessibility().contrastPreference() is Qt.ContrastPreference.HighContrast:
        return "high-contrast"
    return "light" if hints.colorScheme() is Qt.ColorScheme.Light else "dark"
