"""A frame along the screen's edge, in place of a tone that cannot be played. It stands still: nothing blinks."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPaintEvent, QRegion
from PySide6.QtWidgets import QWidget

from kiosk_app.ui.painting import painter_of
from kiosk_app.ui.style import FIRST_LOOK, Look
from resources.themes import Signal

BAND = 16
"""Width at the design's size; the screen keeps as much free while there is no sound."""


class Edge(QWidget):
    """Lies over everything, lets every touch through, and is only seen while a signal is set."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._look, self._signal = FIRST_LOOK, Signal.BLUE
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()

    def set_look(self, look: Look) -> None:
        """Wear another theme or size."""
        self._look = look
        self.update()

    def show_signal(self, signal: Signal | None) -> None:
        """Frame the screen in a signal's colour, or stop."""
        self.setVisible(signal is not None)
        if signal is not None:
            self._signal = signal
            self.raise_()
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """A broad band in the signal's bright colour."""
        painter, rect = painter_of(self), self.rect()
        band = self._look.px(BAND)
        painter.setClipRegion(QRegion(rect) - QRegion(rect.adjusted(band, band, -band, -band)))
        painter.fillRect(rect, QColor(self._look.theme.signal(self._signal).mark))
