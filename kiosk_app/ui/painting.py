"""Small pieces of drawing that several widgets share."""

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QStyle, QWidget

from kiosk_app.ui.style import Look


def painter_of(widget: QWidget) -> QPainter:
    """A smooth painter that reads in the widget's direction."""
    painter = QPainter(widget)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setLayoutDirection(widget.layoutDirection())
    return painter


def rounded(
    painter: QPainter, rect: QRect, radius: float, fill: QColor, edge: QColor | None, width: int = 0
) -> None:
    """A filled rectangle with round corners, its border inside it."""
    inset = width / 2
    painter.setBrush(fill)
    painter.setPen(QPen(edge, width) if edge is not None and width else Qt.PenStyle.NoPen)
    painter.drawRoundedRect(QRectF(rect).adjusted(inset, inset, -inset, -inset), radius, radius)


def focus_ring(painter: QPainter, rect: QRect, radius: float, look: Look) -> None:
    """Where the keyboard is: a ring in the focus colour with a gap of ground inside it."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for inset, colour, width in ((1.5, look.theme.focus, 3), (4.0, look.theme.ground, 2)):
        painter.setPen(QPen(QColor(colour), width))
        corner = max(1.0, radius - inset)
        painter.drawRoundedRect(QRectF(rect).adjusted(inset, inset, -inset, -inset), corner, corner)


def mirrored(widget: QWidget, within: QRect, rect: QRect) -> QRect:
    """`rect` as laid out from left to right, in the widget's own direction."""
    return QStyle.visualRect(widget.layoutDirection(), within, rect)


def is_rtl(widget: QWidget) -> bool:
    """Whether the widget reads from right to left."""
    return widget.layoutDirection() is Qt.LayoutDirection.RightToLeft
