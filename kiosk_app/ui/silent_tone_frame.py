"""A frame along the screen's edge that replaces a tone which cannot be played. It does not blink."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPaintEvent, QRegion
from PySide6.QtWidgets import QWidget

from kiosk_app.ui.painting import create_painter
from kiosk_app.ui.style import DEFAULT_STYLE, Style
from resources.themes import Signal

BAND = 16
"""Width at the design's size; the screen keeps that much free while there is no sound."""


class EdgeFrame(QWidget):
    """An overlay that lets every touch through and is visible only while a signal is set."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._style, self._signal = DEFAULT_STYLE, Signal.BLUE
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()

    def apply_style(self, style: Style) -> None:
        """Apply another theme or scale."""
        self._style = style
        self.update()

    def show_signal(self, signal: Signal | None) -> None:
        """Frame the screen in a signal's colour; None: hide the frame."""
        self.setVisible(signal is not None)
        if signal is not None:
            self._signal = signal
            self.raise_()
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint a broad band in the signal's bright colour."""
        painter, rect = create_painter(self), self.rect()
        band = self._style.px(BAND)
        painter.setClipRegion(QRegion(rect) - QRegion(rect.adjusted(band, band, -band, -band)))
        painter.fillRect(rect, QColor(self._style.theme.signal(self._signal).mark))
