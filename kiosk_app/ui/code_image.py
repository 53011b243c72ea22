"""A QR code on the screen, dark on white in every theme, with its quiet zone."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from hardware.codes.writer import qr_modules
from kiosk_app.ui.style import DEFAULT_STYLE, Style

_QUIET = 4
"""The quiet zone in modules (ISO/IEC 18004)."""
_WIDTH = 300
_PRINT_PIXELS = 8


class CodeImage(QWidget):
    """Draws a code as large as its square allows, with whole pixels for each module."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._modules, self._style = qr_modules(text), DEFAULT_STYLE
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def apply_style(self, style: Style) -> None:
        """Apply another scale."""
        self._style = style
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Return a square that a hand-held scanner reads from an arm's length."""
        return QSize(self._style.px(_WIDTH), self._style.px(_WIDTH))

    def image(self) -> QImage:
        """Return the code for printing."""
        side = (len(self._modules) + 2 * _QUIET) * _PRINT_PIXELS
        image = QImage(side, side, QImage.Format.Format_RGB32)
        image.fill(QColor("white"))
        painter = QPainter(image)
        self.paint(painter, QRectF(0, 0, side, side))
        painter.end()
        return image

    def paint(self, painter: QPainter, square: QRectF) -> None:
        """Draw the code into a white square of any paint device."""
        count = len(self._modules) + 2 * _QUIET
        module = square.width() / count
        painter.setPen(Qt.PenStyle.NoPen)
        for row, modules in enumerate(self._modules):
            for column, dark in enumerate(modules):
                if dark:
                    x, y = (column + _QUIET) * module, (row + _QUIET) * module
                    painter.fillRect(QRectF(square.x() + x, square.y() + y, module, module), QColor("black"))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the code in the middle."""
        painter, count = QPainter(self), len(self._modules) + 2 * _QUIET
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor("white"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        radius = self._style.px(16)
        painter.drawRoundedRect(QRectF(self.rect()), radius, radius)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        side = max(1, min(self.width(), self.height()) // count) * count
        x, y = (self.width() - side) // 2, (self.height() - side) // 2
        self.paint(painter, QRectF(x, y, side, side))
